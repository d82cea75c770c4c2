"""What a line says of an upcall is what the whole finding says."""

from __future__ import annotations

from ovsdissect.analysis import conclude
from ovsdissect.analysis.outcome import Outcome
from ovsdissect.report.upcalls import PLAIN
from tests.analysis.reading import DP, SLOW_PATH, Recording, ethernet

OF_THE_PACKET = ("key", "packet", "packet_length", "order")


def test_the_same_as_the_finding() -> None:
    made = Recording("big")
    flow, sent, alone = ethernet(1), ethernet(2), ethernet(3)
    made.miss(0, flow, hash=1)
    made.add(1, made.put(10, flow), made.execute(11, flow))
    made.miss(2, sent, hash=2)
    made.add(4, made.execute(12, sent, hash=2))
    made.miss(5, alone, hash=3)
    made.add(9, made.put(13, alone, ufid=3, actions=()))
    made.add(10, made.upcall("action", ethernet(4), userdata=SLOW_PATH))
    made.until(20)
    read = made.read()
    side = read.analysis.sides[DP]
    answers = set()
    for upcall, sort in read.upcalls.values():
        outcome, finding = Outcome(upcall, sort, side), conclude.upcall(upcall, sort, side)
        assert outcome.finding() == finding
        for name in (*PLAIN, *OF_THE_PACKET):
            assert getattr(outcome, name) == getattr(finding, name), name
        answers.add(finding.answer)
    assert answers == {"flow+execute", "execute", "flow", "none"}

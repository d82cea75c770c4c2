"""What the fast path keeps is bounded, what is made of rows holds no captured byte, and what it loads is what the command needs."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from ovsdissect.dissect import plan as plans
from ovsdissect.dissect import shapes
from ovsdissect.dissect.generations import Generations
from ovsdissect.dissect.index import NO_TIME, Index
from ovsdissect.dissect.plan import Plan, Refused, plan
from ovsdissect.dissect.requests import REQUESTS, Requests
from ovsdissect.export.spelling import compile_json
from ovsdissect.families import OVS_FLOW
from ovsdissect.families.actions import ACTIONS
from tests import recorded
from tests.plan import traffic

ROW = OVS_FLOW.attrs.by_name["actions"]
HEAVY = ("textual", "construct", "orjson", "lark", "dpkt")


def test_help_loads_nothing_heavy() -> None:
    program = "import sys; sys.argv = ['ovsdissect', '--help']\nfrom ovsdissect.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    program += f"sys.exit(' '.join(name for name in {HEAVY} if name in sys.modules) or None)"
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_generations_forget_what_is_not_used() -> None:
    kept: Generations[int, int] = Generations(10)
    for number in range(100):
        kept.put(number, number)
        assert kept.get(0) == 0
    assert kept.get(99) == 99
    assert kept.get(50) is None
    assert len(kept.young) + len(kept.old) <= 20


def test_shapes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "SHAPES", 20)
    monkeypatch.setattr(shapes, "SIGHTINGS", 1)
    compiled: list[Plan] = []

    def compile_plan(made: Plan) -> object:
        compiled.append(made)
        return compile_json(made, "little")

    found: shapes.Shapes[str] = shapes.Shapes(ROW, "little", compile_plan)  # type: ignore[arg-type]
    random = Random(1)
    for seed in range(300):
        try:
            found(traffic.payload(ACTIONS, Random(seed), random, "little", 3))
        except Refused:
            continue
    assert len(compiled) > 40
    assert sum(len(table) for layouts in found._young.values() for _, table in layouts) <= 20


def test_a_refused_shape_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found: shapes.Shapes[str] = shapes.Shapes(ROW, "little", lambda made: compile_json(made, "little"))
    unknown = traffic.attribute(77, b"12345678", "little", Random(0))
    with pytest.raises(Refused):
        found(unknown)
    monkeypatch.setattr(shapes, "plan", lambda *_: pytest.fail("planned again"))
    with pytest.raises(Refused):
        found(unknown[:4] + b"87654321")


def test_source_is_made_of_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two payloads of one shape and other values make the same source."""
    sources: list[str] = []
    original = plans.Variables.function
    monkeypatch.setattr(plans.Variables, "function", lambda self, result: sources.append(self.source + result) or original(self, result))
    for seed in range(40):
        for values in (Random(1), Random(2)):
            data = traffic.payload(ACTIONS, Random(seed), values, "little", 1)
            made = plan(ROW, ACTIONS, data, "little")
            if not made.refused:
                compile_json(made, "little")
    pairs = [pair for pair in zip(sources[::2], sources[1::2], strict=False) if pair[0] != pair[1]]
    assert sources
    assert len(pairs) < len(sources)


def test_requests_are_forgotten_by_their_number_alone() -> None:
    """Looking up early or late makes no difference."""

    def requests(look: bool) -> list[bool]:
        store, found = Requests(), []
        for number in range(5 * REQUESTS):
            store.note((1, number, 40, number, None, None, b"", 0, 0))
            if look and not number % 7:
                store.find(1, number - 1500, 40)
            if number % 97 == 0:
                found.append((store.find(1, number - REQUESTS, 40) is not None, store.find(1, number - 2 * REQUESTS, 40) is not None))
        return found

    assert requests(True) == requests(False)


@pytest.mark.parametrize("name", ["startup", "nlextras"])
def test_index(name: str) -> None:
    messages = [message for message in recorded.messages(name) if message.number is not None]
    with Index(recorded.path(name)) as index:
        assert len(index) == len(messages)
        assert len(index.times) == len(recorded.records(name))
        for place, message in enumerate(messages):
            assert (index.record[place] + 1, index.offset[place]) == (message.record, message.frame.offset)
            assert (index.type[place], index.flags[place]) == (message.frame.type, message.frame.flags)
            assert index.times[index.record[place]] == (NO_TIME if message.time_ns is None else message.time_ns)
            if message.cmd is not None:
                assert index.command[place] == message.cmd.number
        for place in range(0, len(index.times), 97):
            assert index.fetch(place)[:5] == recorded.records(name)[place][:5]

"""Every threshold of the verdicts and of the pairing at its edge: the verdict on a capture built by the grammar that is just beyond it.

The numbers are those of docs/analyses.md, and Open vSwitch's own (ofproto/ofproto-dpif-upcall.c).
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from ovsdissect.analysis import conclude
from ovsdissect.analysis.findings import ErrorGroup, InTheWay
from ovsdissect.analysis.handlers import Gap
from ovsdissect.analysis.ports import Loss
from ovsdissect.analysis.verdicts import NAMES, _overflow, _seconds, verdicts
from ovsdissect.build import error
from ovsdissect.report.columns import Line, Show
from ovsdissect.report.errors import columns
from ovsdissect.report.objects import error_object
from ovsdissect.report.unknown import not_known
from tests.analysis.reading import DP, SLOW_PATH, Recording, answers, ethernet, named
from tests.each import none_of

SFLOW = {"type": "sflow", "ofp_in_port": 1, "ofproto_uuid": "00000000-0000-0000-0000-000000000000", "sflow": {"vlan_tci": 0, "output": 1}}


def answered(made: Recording, at_ms: float, number: int, took_ms: float = 1) -> None:
    """A MISS with its put and EXECUTE."""
    packet = ethernet(number)
    made.miss(at_ms, packet, hash=number)
    made.add(at_ms + took_ms, made.put(10 + 2 * number, packet, ufid=number), made.execute(11 + 2 * number, packet, hash=number))


def slow_answers(count: int, took_ms: float) -> Recording:
    """Upcalls that all take so long."""
    made = Recording()
    for at in range(count):
        answered(made, 5000 * at, at, took_ms)
    return made


def storm(count: int, step_ms: float) -> Recording:
    """So many MISSes, so far apart."""
    made = Recording()
    for at in range(count):
        made.miss(1000 + at * step_ms, ethernet(1), hash=at)
    return made


def early(misses: int, doubled: int) -> Recording:
    """MISSes of which some come twice before their put."""
    made = Recording()
    for at in range(misses - doubled):
        packet = ethernet(at)
        made.miss(20 * at, packet, hash=2 * at)
        if at < doubled:
            made.miss(20 * at + 1, packet, hash=2 * at + 1)
            made.add(20 * at + 3, made.execute(5001 + at, packet, hash=2 * at + 1))
        made.add(20 * at + 2, made.put(10 + 2 * at, packet, ufid=at), made.execute(11 + 2 * at, packet, hash=2 * at))
    return made


def gone(count: int) -> Recording:
    """Deletions of flows that are not there."""
    made = Recording()
    for at in range(count):
        request = made.flow("del", 50 + at, ufid=at)
        made.add(10 * at, request)
        made.add(10 * at + 1, error(request, -2))
    return made


def actions(count: int, step_ms: float, userdata: object) -> Recording:
    """ACTIONs with one cookie."""
    made = Recording()
    for at in range(count):
        made.add(1000 + at * step_ms, made.upcall("action", ethernet(at), hash=at, userdata=userdata))
    return made


def gso(seen: int, counted: int, polls: int = 2) -> Recording:
    """MISSes of which the datapath counts fewer."""
    made = Recording()
    made.polled(500, 1)
    for at in range(seen):
        answered(made, 1000 + at, at, 0.5)
    if polls > 1:
        made.polled(60_000, 2, missed=counted)
    return made


def dump(took_ms: float) -> Recording:
    """A revalidator's dump of the flow table."""
    made = Recording()
    made.add(0, made.flow("get", 7, flags=["request", "dump"], ufid_flags=["omit_key", "omit_mask", "omit_actions"]))
    made.add(took_ms, made.done(7))
    return made


def explosion(puts: int, alike: int) -> Recording:
    """Flows of which so many differ in the source address alone."""
    made = Recording()
    mask = {"in_port": 0xFFFFFFFF, "ethernet": {"src": "ff:ff:ff:ff:ff:ff", "dst": "00:00:00:00:00:00"}, "ethertype": 0xFFFF}
    for at in range(puts):
        made.add(1000 + at / 10, made.put(at, ethernet(at), ufid=at, in_port=1 + at // alike, mask=mask))
    return made


def overflow(first: int, queue: int) -> Recording:
    """A handler whose queue is `first` long and drains; later it is `queue` long, and upcalls are lost until it is empty."""
    made = Recording()
    made.polled(0, 1)
    number = 0
    for length, start in ((first, 1000), (queue, 40_000)):
        packets = [ethernet(number + at) for at in range(length)]
        for at, packet in enumerate(packets):
            made.miss(start + at / 10, packet, hash=number + at)
        if start > 1000:
            made.polled(start + 200, 2, missed=first + queue)
            made.polled(start + 2000, 3, missed=first + queue + 10, lost=10)
        for at, packet in enumerate(packets):
            made.add(start + 3000 + at, made.execute(10 + number + at, packet, hash=number + at, upcall_pid=77))
        number += length
    made.miss(80_000, ethernet(99_999), hash=99_999)
    made.add(80_001, made.execute(99_000, ethernet(99_999), hash=99_999, upcall_pid=77))
    return made


def limit(run: int, flows: int | None, before: int | None = 2000) -> Recording:
    """MISSes in a row that get no flow while the number of flows changes. flows, before: None to leave those polls out."""
    made = Recording()
    if before is not None:
        made.polled(500, 1, flows=before)
    for at in range(run):
        if at == run // 2 and flows is not None:
            made.polled(999 + 10 * at, 2, flows=flows, missed=at)
        made.miss(1000 + 10 * at, ethernet(at), hash=at)
        made.add(1001 + 10 * at, made.execute(10 + at, ethernet(at), hash=at))
    made.polled(3500, 3, flows=flows or 0, missed=run)  # after the last of them, some of which are not final yet
    made.polled(9000, 4, flows=flows or 0, missed=run)
    return made


EDGES: list[tuple[str, Callable[[], Recording], Callable[[], Recording]]] = [
    ("slow-answers", lambda: slow_answers(20, 1100), lambda: slow_answers(19, 1100)),
    ("slow-answers", lambda: slow_answers(20, 1010), lambda: slow_answers(20, 990)),
    ("storm", lambda: storm(1000, 0.9), lambda: storm(999, 0.9)),
    ("duplicates", lambda: early(50, 6), lambda: early(49, 6)),
    ("duplicates", lambda: early(60, 7), lambda: early(60, 6)),
    ("gone-flows", lambda: gone(3), lambda: gone(2)),
    ("slow-path", lambda: actions(100, 10, SLOW_PATH), lambda: actions(99, 10, SLOW_PATH)),
    ("slow-path", lambda: actions(120, 190, SLOW_PATH), lambda: actions(120, 210, SLOW_PATH)),
    ("sampling-controller", lambda: actions(20, 10, SFLOW), lambda: actions(19, 10, SFLOW)),
    ("gso", lambda: gso(9, 6), lambda: gso(8, 6)),
    ("gso", lambda: gso(9, 6), lambda: gso(9, 6, polls=1)),
    ("slow-dump", lambda: dump(1310), lambda: dump(1300)),
    ("megaflow-explosion", lambda: explosion(1000, 10), lambda: explosion(999, 10)),
    ("megaflow-explosion", lambda: explosion(1000, 10), lambda: explosion(1000, 9)),
    ("handler-overflow", lambda: overflow(0, 1000), lambda: overflow(0, 999)),
    ("handler-overflow", lambda: overflow(1100, 1000), lambda: overflow(1150, 1000)),
    ("flow-limit", lambda: limit(100, 2000), lambda: limit(99, 2000)),
    ("flow-limit", lambda: limit(100, 2090), lambda: limit(100, 2110)),
    ("flow-limit", lambda: limit(100, None), lambda: limit(100, None, before=None)),
    ("flow-limit", lambda: limit(100, 1, before=1), lambda: limit(100, 0, before=0)),
]


LONG = ("megaflow-explosion", "handler-overflow")


@pytest.mark.parametrize(
    ("name", "beyond", "below"),
    [pytest.param(*edge, marks=[pytest.mark.slow] if edge[0] in LONG else [], id=f"{edge[0]} {at}") for at, edge in enumerate(EDGES)],
)
def test_edges(name: str, beyond: Callable[[], Recording], below: Callable[[], Recording]) -> None:
    assert name in named(beyond().read(spread=name == "megaflow-explosion"))
    assert name not in named(below().read(spread=name == "megaflow-explosion"))


@pytest.mark.parametrize(("took_ms", "severity"), [(1900, "warn"), (2000, "warn"), (2001, "bad")])
def test_a_dump_of_more_than_two_seconds_is_bad(took_ms: float, severity: str) -> None:
    assert named(dump(took_ms).read())["slow-dump"].severity == severity


def test_an_upcall_that_is_seen_is_one_that_somebody_listens_for() -> None:
    made = Recording()
    made.polled(500, 1)
    made.add(1000, made.upcall("action", ethernet(), userdata=SFLOW))
    made.polled(2000, 2, missed=14, lost=14)
    assert "nobody-listens" not in named(made.read())
    assert named(made.read())["upcalls-lost"].figures["lost"] == 14


@pytest.mark.parametrize(("ago_ms", "why"), [(990, "capture-end"), (1010, "unexplained")])
def test_the_last_second_of_a_capture_explains_a_lack(ago_ms: float, why: str) -> None:
    made = Recording()
    number = made.miss(5000, ethernet())
    made.until(5000 + ago_ms)
    assert answers(made.read(), number)[3] == why


@pytest.mark.parametrize("kind", ["sflow", "slow_path"])
def test_what_is_sampled_needs_no_answer(kind: str) -> None:
    made = Recording()
    number = made.add(1000, made.upcall("action", ethernet(), userdata=SFLOW if kind == "sflow" else SLOW_PATH))
    made.until(9000)
    assert answers(made.read(), number)[2:] == ("none", "not-due")


@pytest.mark.parametrize(("after_ms", "answer"), [(59_990, "execute"), (60_010, "none")])
def test_an_upcall_waits_a_minute_for_its_answer(after_ms: float, answer: str) -> None:
    made = Recording()
    packet = ethernet()
    number = made.miss(0, packet)
    for at in range(1, 60):
        made.until(1000 * at)
    made.add(after_ms, made.execute(11, packet))
    made.until(70_000)
    assert answers(made.read(), number)[2] == answer


@pytest.mark.parametrize(("later_ms", "found"), [(1990, True), (2010, False)])
def test_what_is_carried_out_later_is_of_another_upcall(later_ms: float, found: bool) -> None:
    """An EXECUTE of an upcall that was answered is one of its, for two seconds."""
    made = Recording()
    packet = ethernet()
    number = made.miss(0, packet)
    made.add(1, made.put(10, packet), made.execute(11, packet))
    made.add(1 + later_ms, made.execute(12, packet))
    made.until(9000)
    read = made.read()
    assert (read.upcalls[number][0].subs is not None) is found


@pytest.mark.parametrize(("later_ms", "found"), [(990, True), (1010, False)])
def test_the_parent_of_a_recirculated_packet_is_a_second_away_at_most(later_ms: float, found: bool) -> None:
    made = Recording()
    packet = ethernet()
    made.miss(0, packet)
    parent = made.add(1, made.put(10, packet), made.execute(11, packet, actions=({"recirc": 5},))) + 1
    number = made.miss(1 + later_ms, ethernet(3), hash=1, recirc_id=5)
    made.until(9000)
    upcall, _ = made.read().upcalls[number]
    assert upcall.parent == ((parent, "hash") if found else None)


@pytest.mark.parametrize(("before_ms", "missing"), [(9, 0), (11, 1)])
def test_a_miss_just_before_the_first_poll_may_be_counted_after_it(before_ms: float, missing: int) -> None:
    """The kernel sends a MISS before it counts it."""
    made = Recording()
    answered(made, 500 - before_ms, 1, 1)
    made.polled(500, 1)
    made.polled(3000, 2, missed=1)
    found = named(made.read())
    assert (found["capture-incomplete"].figures["missing_misses"] if missing else "capture-incomplete" not in found) == (missing or True)


@pytest.mark.slow
def test_a_queue_with_one_upcall_left_was_not_emptied() -> None:
    """The last upcall of the queue is answered after the next one came."""
    made = Recording()
    made.polled(0, 1)
    for at in range(1000):
        made.miss(1000 + at / 10, ethernet(at), hash=at)
    made.polled(1200, 2, missed=1010, lost=10)
    for at in range(999):
        made.add(1300 + at, made.execute(10 + at, ethernet(at), hash=at, upcall_pid=77))
    made.miss(3000, ethernet(7777), hash=7777)
    made.add(3001, made.execute(5000, ethernet(999), hash=999, upcall_pid=77))
    made.add(3002, made.execute(5001, ethernet(7777), hash=7777, upcall_pid=77))
    found = named(made.read())
    assert "upcalls-lost" in found
    assert "handler-overflow" not in found


def test_the_field_with_the_highest_factor_comes_first() -> None:
    """Not the one with the most values: addresses and ports that vary together make no flow more, five types make five times as many."""
    made = Recording()
    mask = {"in_port": 0xFFFFFFFF, "ethernet": {"src": "ff:ff:ff:ff:ff:ff", "dst": "00:00:00:00:00:00"}, "ethertype": 0xFFFF}
    for at in range(150):
        packet = ethernet(at // 5, kind=0x88B5 + at % 5)
        made.add(1000 + at, made.put(at, packet, ufid=at, in_port=1 + at // 5, mask=mask))
    spread = made.read(spread=True).analysis.sides[DP].comings.spread
    assert spread is not None
    assert [(one.field, one.values, one.factor) for one in spread.top()] == [
        ("key.ethertype", 5, 5.0),
        ("key.ethernet.src", 30, 1.0),
        ("key.in_port", 30, 1.0),
    ]


def test_probes_of_flows_that_are_gone_are_nothing_to_note() -> None:
    """OVS_FLOW_ATTR_PROBE: the kernel is asked what it can do, and shall not log it."""
    made = Recording()
    for at in range(5):
        request = made.flow("del", 50 + at, ufid=at, probe=True)
        made.add(10 * at, request)
        made.add(10 * at + 1, error(request, -2))
    assert named(made.read()) == {}


@pytest.mark.parametrize(("neighbours", "said"), [(500, True), (499, False)])
def test_neighbours_are_half_of_a_storm(neighbours: int, said: bool) -> None:
    """0x0806 is ARP."""
    made = Recording()
    for at in range(1000):
        made.miss(1000 + at * 0.9, ethernet(1, kind=0x0806 if at < neighbours else 0x88B5), hash=at)
    verdict = named(made.read())["storm"]
    assert verdict.figures["arp_nd_share"] == neighbours / 1000
    assert ("50 % of them ARP or neighbor discovery" in verdict.text) is said


def test_from_a_tenth_of_a_second_on_durations_are_seconds() -> None:
    assert [_seconds(number) for number in (100_000_000, 99_900_000, 6_240_000_000)] == ["0.1 s", "99.9 ms", "6.2 s"]


def test_a_queue_that_drained_while_nothing_was_lost() -> None:
    """Only a loss between two polls of which some part is in the gap makes it an overflow."""
    gap = Gap(1000, 1, 2, 100, 200)
    handler = SimpleNamespace(gaps=[gap], max_queue=1000)
    for span, wanted in (((0, 99), None), ((201, 300), None), ((0, 100), gap), ((200, 300), gap), ((0, 300), gap), ((120, 130), gap)):
        side = SimpleNamespace(counters=SimpleNamespace(losses=[Loss(1, 2, *span, 7)]))
        assert _overflow(side, handler) is wanted, span  # type: ignore[arg-type]  # these members are all that it reads


def test_verdicts_come_in_the_order_of_their_weight() -> None:
    """Among those of the same severity too: a lost upcall before a refused flow, that before a packet, and so on."""
    weights = (
        *("upcalls-lost", "nobody-listens", "handler-overflow", "capture-incomplete", "flows-refused", "packets-refused", "slow-answers"),
        *("cpu-without-socket", "megaflow-explosion", "storm", "slow-dump", "install-delete-miss", "deleted-behind", "flow-limit", "cut"),
        *("duplicates", "gone-flows", "slow-path", "sampling-controller", "offloaded", "gso"),
    )
    made = gone(3)
    made.miss(6000, ethernet(5), hash=5)
    put, execute = made.put(940, ethernet(5), ufid=77), made.execute(941, ethernet(5), hash=5)
    made.add(6001, put, execute)
    made.add(6002, error(put, -22), error(execute, -22))
    told = [(one.severity, one.name) for one in verdicts(made.read().analysis)]
    assert told == [("bad", "flows-refused"), ("bad", "packets-refused"), ("note", "gone-flows")]
    assert weights == NAMES


def test_flows_that_were_there_before_are_not_counted_as_never_hit() -> None:
    """Churn.never_hit: of those that were put; what a dump told of is another's."""
    made = Recording()
    for flow in (1, 2):
        made.add(1000 + flow, made.put(flow, ethernet(flow), ufid=flow))
    for flow, packets in ((1, 0), (2, 5), (3, 0)):
        made.add(2000, made.flow("new", 9, ufid=flow, flags=["multi"], stats={"n_packets": packets, "n_bytes": 60 * packets}))
    assert conclude.churn(made.read().analysis).never_hit == 1


def test_what_is_not_known_of_offloaded_flows() -> None:
    """tc's requests in the capture say that there are some; without them nobody knows."""
    analysis = Recording().read().analysis
    for count, words in ((0, "tc-offloaded flows"), (1, "tc-offloaded flows, of which there are some")):
        analysis.offload_count = count
        for command in ("flows", "report"):
            assert words in not_known(command, analysis)
        assert none_of("offloaded" in text for command in ("upcalls", "ports", "errors") for text in not_known(command, analysis))


def test_the_busiest_port_is_that_of_the_busiest_second() -> None:
    """Not the first one: five upcalls come from port 1, then twenty in one second from port 2, a minute later three from port 3."""
    made = Recording()
    for port, count in ((1, 5), (2, 20), (3, 3)):
        for at in range(count):
            made.miss(30_000 * port + at, ethernet(100 * port + at), hash=100 * port + at, in_port=port)
    counters = made.read().analysis.sides[DP].counters
    assert counters.peak_port is not None
    assert (counters.peak_port.port_no, counters.peak, counters.peak_share) == (2, 20, 1.0)


def test_the_flows_in_the_way_are_named_and_counted() -> None:
    """The first by its ufid; how many more there are."""
    ways = tuple(InTheWay(bytes([n]) * 16, 100 + n, "little") for n in (1, 2, 3))
    for count, more in ((1, ""), (2, "; and 1 more"), (3, "; and 2 more")):
        group = ErrorGroup("ovs_flow", "new", "EEXIST", -17, None, False, None, 1, True, None, None, ways[:count], 1, 2, 2)
        text = columns()["note"].text(Line(error_object(group), group), Show(0, True, True, False))
        assert text == f"in the way: 01010101-0101-0101-0101-010101010101 (#101){more}"

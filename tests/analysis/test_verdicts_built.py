"""Verdicts that no recording raises, and alarms that must not be raised: small captures built by the grammar."""

from __future__ import annotations

import re

import pytest

import ovsdissect
from ovsdissect.analysis.ports import Loss, joined
from ovsdissect.build import build
from tests.analysis.reading import DP, SECOND, Recording, ethernet, named


def test_late_start() -> None:
    """Answers to what came before the capture raise no alarm in its first second, and replies of a dump under way none at all."""
    made = Recording()
    made.add(10, made.put(1, ethernet()), made.execute(2, ethernet()))
    for at in (20, 2000):
        made.add(at, made.flow("new", 77, ufid=5, flags=2))
    made.until(5000)
    read = made.read()
    assert not named(read)
    assert read.analysis.transactions.unmatched == 2
    made.add(6000, made.flow("new", 99, ufid=6, flags=2))
    assert named(made.read())["capture-incomplete"].figures["unmatched_replies"] == 1


def test_flow_limit() -> None:
    made = Recording()
    made.polled(500, 1, flows=2000)
    for at in range(120):
        made.miss(1000 + 10 * at, ethernet(at), hash=at)
        made.add(1001 + 10 * at, made.execute(10 + at, ethernet(at), hash=at))
        if at == 60:
            made.polled(1002 + 10 * at, 2, flows=2010, missed=61)
    made.polled(4000, 3, flows=2200, missed=120)  # by then there is room again
    read = made.read()
    assert named(read)["flow-limit"].figures == {"misses": 120, "n_flows": 2010}
    assert "capture-incomplete" not in named(read)


def test_segments() -> None:
    """GSO: several MISSes of one packet, which the datapath counts once."""
    made = Recording()
    made.polled(500, 1)
    for at in range(6):
        made.miss(1000 + at, ethernet(1, body=bytes([at])), hash=at)
        made.add(1000.5 + at, made.put(10 + 2 * at, ethernet(1)), made.execute(11 + 2 * at, ethernet(1, body=bytes([at])), hash=at))
    made.polled(2000, 2, missed=1)
    assert named(made.read())["gso"].figures == {"miss_seen": 6, "missed": 1}


def test_lost_actions() -> None:
    """n_lost counts ACTIONs too: missed - lost is no longer what was seen, which is no alarm."""
    made = Recording()
    made.polled(500, 1)
    for at in range(3):
        made.miss(1000 + at, ethernet(at), hash=at)
        made.add(1000.5 + at, made.put(10 + 2 * at, ethernet(at), ufid=at), made.execute(11 + 2 * at, ethernet(at), hash=at))
    made.polled(2000, 2, missed=3, lost=5)
    found = named(made.read())
    assert set(found) == {"upcalls-lost"}
    assert found["upcalls-lost"].figures == {"lost": 5, "missed": 3, "intervals": 1, "ports": {}}


def test_missing_misses() -> None:
    made = Recording()
    made.polled(1000, 1, missed=100)
    last = made.polled(3000, 2, missed=107)
    found = named(made.read())["capture-incomplete"]
    assert (found.figures["missing_misses"], found.severity) == (7, "bad")
    assert last in found.messages


def test_a_cpu_without_socket() -> None:
    made = Recording()
    for at, pids in enumerate(([11, 12], [11, 12, 13, 14])):
        made.polled(1000 + at, 1 + at, per_cpu_pids=pids)
    assert named(made.read())["cpu-without-socket"].figures == {"cpus": 4, "pids": 2}
    counters = made.read().analysis.sides[DP].counters
    assert (counters.dispatch, counters.pids) == ("per-cpu", (11, 12, 13, 14))


def test_misses_between_polls_are_counted_once() -> None:
    made = Recording()
    made.polled(500, 1)
    for number in range(1, 4):
        for at in range(6):
            made.miss(10_000 * number + at, ethernet(10 * number + at), hash=10 * number + at)
        made.polled(10_000 * number + 5000, 1 + number, missed=6 * number)
    counters = made.read().analysis.sides[DP].counters
    assert (counters.compared, counters.missed) == (18, 18)


def test_losses_are_joined_two_by_two() -> None:
    """Where there are too many intervals; the last of an odd number stays as it is."""
    losses = [Loss(1, 2, 10, 20, 3), Loss(2, 3, 20, 30, 4), Loss(3, 4, 30, 40, 5)]
    assert joined(losses) == [Loss(1, 3, 10, 30, 7), Loss(3, 4, 30, 40, 5)]


def test_a_cpu_whose_socket_is_0() -> None:
    """OVS_DP_ATTR_PER_CPU_PIDS: a 0 for one CPU; the message that told it is shown."""
    made = Recording()
    made.polled(1000, 1, per_cpu_pids=[7, 8, 9])
    told = made.polled(1001, 2, per_cpu_pids=[7, 0, 9])
    verdict = named(made.read())["cpu-without-socket"]
    assert verdict.text == "a CPU has no upcall socket: PER_CPU_PIDS holds 0"
    assert told in verdict.messages


def test_offloaded_flows() -> None:
    made = Recording(announce=False)
    header = b"".join(number.to_bytes(size, "little") for number, size in ((16, 4), (44, 2), (0x405, 2), (1, 4), (5, 4)))
    route = b"\0\4\3\x38" + bytes(10) + b"\0\0" + header
    made.records.append((1_700_000_000 * SECOND, route))
    made.miss(10, ethernet())
    found = named(made.read())
    assert found["offloaded"].messages == (1,)


def test_nobody_listens() -> None:
    made = Recording()
    made.polled(1000, 1)
    made.polled(2000, 2, missed=14, lost=14)
    assert named(made.read())["nobody-listens"].figures == {"lost": 14}


def test_handler_queue_and_overflow() -> None:
    """A socket that overflowed takes nothing until it is empty: the queue is counted by handler, in message order."""
    made = Recording()
    made.polled(0, 1)
    packets = [ethernet(at, body=at.to_bytes(3, "big")) for at in range(1200)]
    for at, packet in enumerate(packets):
        made.miss(1000 + at / 10, packet, hash=at)
    made.polled(1200, 2, missed=1300, lost=100)
    for at, packet in enumerate(packets):
        made.add(1300 + at, made.execute(10 + at, packet, hash=at, upcall_pid=77))
    last = made.miss(3000, ethernet(7777), hash=7777)
    made.add(3001, made.execute(5000, ethernet(7777), hash=7777, upcall_pid=77))
    found = named(made.read())["handler-overflow"]
    assert found.figures == {"handler": 77, "max_queue": 1200, "queue": 1200, "gap_ns": pytest.approx(1_880_100_000, rel=0.01)}
    assert last in found.messages


def test_install_delete_miss() -> None:
    made, packet = Recording(), ethernet()
    for turn in range(4):
        made.miss(1000 * turn, packet, hash=turn)
        made.add(1000 * turn + 1, made.put(10 + 4 * turn, packet), made.execute(11 + 4 * turn, packet, hash=turn))
        made.add(1000 * turn + 500, made.flow("del", 12 + 4 * turn, ufid=1, pid=9))
    found = named(made.read())["install-delete-miss"]
    assert found.figures == {"keys": 1, "cycles": 3}


def test_the_field_that_makes_flows_differ() -> None:
    made = Recording()
    mask = {"in_port": 0xFFFFFFFF, "ethernet": {"src": "ff:ff:ff:ff:ff:ff", "dst": "00:00:00:00:00:00"}, "ethertype": 0xFFFF}
    for at in range(1200):
        made.add(1000 + at, made.put(at, ethernet(at // 2), ufid=at, in_port=1 + at % 2, mask=mask))
    with ovsdissect.open(made.pcap()) as capture:
        (found,) = (verdict for verdict in capture.verdicts() if verdict.name == "megaflow-explosion")
    assert found.figures["field"] == "key.ethernet.src"
    assert (found.figures["values"], found.figures["factor"], found.figures["puts"]) == (600, 600.0, 1200)


@pytest.mark.parametrize(("took", "unit"), [(1, "ms"), (36.5, "ms"), (400, "s"), (1200, "s")])
def test_slow_answers(took: float, unit: str) -> None:
    """Twenty upcalls, of which one takes 2.5 s: p50 is what the others take, to the histogram's 8 bits, p99 the slowest."""
    made = Recording()
    for at in range(20):
        made.miss(10_000 * at, ethernet(at), hash=at)
        late = 2500 if at == 7 else took
        made.add(10_000 * at + late, made.put(10 + 2 * at, ethernet(at), ufid=at), made.execute(11 + 2 * at, ethernet(at), hash=at))
    text = named(made.read())["slow-answers"].text
    shown = re.fullmatch(r"answers are slow: p50 (\d+\.\d) (ms|s), p99 2\.5 s from upcall to execute", text)
    assert shown is not None, text
    assert shown[2] == unit
    assert float(shown[1]) * (1 if unit == "ms" else 1000) == pytest.approx(took, rel=1 / 256)


def test_requests_that_are_skipped() -> None:
    """A socket of Open vSwitch counts its requests one by one (nl_sock_allocate_seq() of lib/netlink-socket.c)."""

    def found(lost: int | None, first: int = 10) -> str:
        made = Recording()
        for at in range(30):
            if at != lost:
                made.miss(1000 + at, ethernet(at), hash=at)
                made.add(1000.5 + at, made.execute(first + at, ethernet(at), hash=at))
        told = named(made.read()).get("capture-incomplete")
        return told.text if told is not None else ""

    assert found(20) == "messages are missing in the capture: 1 request that the sequence numbers skip"
    assert not found(None)
    assert not found(5)  # few requests so far: other tools number theirs as they like


def test_numbers_of_two_counters_in_one_socket() -> None:
    """A step to a number of another counter is no loss: the next request goes back to the first counter."""
    made = Recording()
    for at in range(40):
        made.miss(1000 + at, ethernet(at), hash=at)
        made.add(1000.5 + at, made.execute(10 + at, ethernet(at), hash=at))
        if at % 20 == 19:
            made.polled(1000.8 + at, 300 + at, missed=at + 1)
    assert not named(made.read())


def test_requests_without_an_answer() -> None:
    """The kernel answers a GET of one flow in any case, with the flow or ENOENT."""
    made = Recording()
    made.add(1000, made.flow("get", 5, ufid=1, flags=1))
    made.add(1001, made.flow("new", 5, ufid=1, flags=0))
    made.until(20_000)
    assert not named(made.read())
    made.add(20_001, made.flow("get", 6, ufid=1, flags=1))
    made.until(40_000)
    assert named(made.read())["capture-incomplete"].text == "messages are missing in the capture: the answers to 1 request"


def test_a_verdict_names_the_first_ten_of_its_messages() -> None:
    """Two flows, each missed again four times after it was deleted; their messages come one after the other."""
    made = Recording()
    again: list[int] = []
    for flow in range(1, 4):
        packet, start = ethernet(flow), 10_000 * flow
        for turn in range(5):
            miss = made.miss(start + 1000 * turn, packet, hash=10 * flow + turn)
            again += [miss] if turn else []
            made.add(start + 1000 * turn + 1, made.put(1, packet, ufid=flow), made.execute(2, packet, hash=10 * flow + turn))
            made.add(start + 1000 * turn + 500, made.flow("del", 3, ufid=flow, pid=9))
    assert named(made.read())["install-delete-miss"].messages == tuple(again[:10])


def test_polls_whose_number_of_flows_is_that_of_the_table() -> None:
    """Two flows were put: neither one nor three."""
    made = Recording()
    for flow in (1, 2):
        made.add(1000 + flow, made.put(flow, ethernet(flow), ufid=flow))
    for at, flows in enumerate((2, 1, 3, 2)):
        made.polled(2000 + at, 1 + at, flows=flows)
    counters = made.read().analysis.sides[DP].counters
    assert (counters.polls, counters.polls_equal) == (4, 2)


def test_upcalls_that_ports_lost() -> None:
    """OVS_VPORT_ATTR_UPCALL_STATS counts from the port's beginning; a counter that went back, as of a port made anew, adds nothing."""
    made = Recording()

    def port(at: int, number: int, name: str, success: int, fail: int) -> None:
        asked = {"dp_ifindex": DP, "seq": at, "pid": 7, "port_no": number}
        made.add(at, build("ovs_vport", "get", flags=["request"], **asked))
        made.add(at, build("ovs_vport", "new", name=name, type="netdev", upcall_stats={"success": success, "fail": fail}, **asked))

    made.polled(500, 1)
    for at, success, fail in ((1000, 100, 10), (2000, 105, 13), (3000, 2, 1), (4000, 4, 2)):
        port(at, 1, "v1", success, fail)
        port(at + 1, 2, "v2", success, fail // 10)
    made.polled(5000, 2, missed=5, lost=4)
    read = made.read()
    counted = {one.name: (one.success, one.fail) for one in read.analysis.sides[DP].counters.ports.values()}
    assert counted == {"v1": (7, 4), "v2": (7, 0)}
    verdict = named(read)["upcalls-lost"]
    assert verdict.figures["ports"] == {"v1": 4}
    assert "4 of 5 upcalls lost (80.0 %)" in verdict.text
    assert verdict.text.endswith(", all from port v1")

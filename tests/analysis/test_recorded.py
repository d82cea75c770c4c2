"""The figures of recordings. expected.json names the source of each: kernel counters, dump-flows, the log of ovs-vswitchd."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ovsdissect.analysis.latency import Histogram, Latency
from ovsdissect.analysis.verdicts import verdicts
from ovsdissect.netlink import errno
from tests.analysis.reading import EXPECTED, whole

NAMES = sorted(EXPECTED)
TOLERANCES = {"p50": 0.03, "p90": 0.05, "p99": 0.1, "max": 0.1}
# The prototype that made these figures left three flows in the table whose deletion the kernel reports: the snaplen cut off the requests.
# n_flows is 0 in the end, and equals our count at all 72 polls.
CUT_REQUESTS = "truncated"


def merged(latencies: list[Histogram]) -> Latency:
    """Of all datapaths."""
    whole = Histogram()
    for one in latencies:
        whole.merge(one)
    return whole.latency()


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_upcalls(name: str) -> None:
    want, read = EXPECTED[name]["upcalls"], whole(name)
    counts: Counter[Any] = Counter()
    for side in read.analysis.sides.values():
        counts.update(side.sorts)
    answers = {
        (one["cmd"], one["answer"], one["why"], one["reason"], one["slow_path"] and tuple(one["slow_path"])): one["count"]
        for one in want["answers"]
    }
    assert {tuple(sort): count for sort, count in counts.items()} == answers
    assert (sum(counts.values()), read.analysis.messages) == (want["upcalls"], EXPECTED[name]["messages"])
    for one in want["answers"]:
        for example in one["examples"]:
            upcall, _ = read.upcalls[example["number"]]
            numbers = [upcall.put and upcall.put.number, upcall.execute and upcall.execute.number, upcall.subs or []]
            assert numbers == [example["flow"], example["execute"], example["sub_executes"]]
    assert read.analysis.upcalls.window.peak == pytest.approx(want["peak_per_second"], rel=0.01)


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", [name for name in NAMES if EXPECTED[name]["upcalls"]["executes"]])
def test_executes(name: str) -> None:
    want, got = dict(EXPECTED[name]["upcalls"]["executes"]), whole(name).analysis.upcalls.executes
    tolerance = want.pop("sub_executes_tolerance")
    total = want.pop("total")
    assert sum(count for sort, count in got.items() if sort != "probes") == total
    for sort, count in want.items():
        assert abs(got[sort] - count) <= (tolerance if sort in ("sub_executes", "sent") else 0), sort


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("which", ["to_flow", "to_execute"])
def test_latencies(name: str, which: str) -> None:
    want = EXPECTED[name]["upcalls"][f"{which}_ns"]
    got = merged([getattr(side, which) for side in whole(name).analysis.sides.values()])
    assert got.n == want["n"]
    for figure, tolerance in TOLERANCES.items():
        assert getattr(got, figure) == (want[figure] and pytest.approx(want[figure], rel=tolerance)), figure


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", [name for name in NAMES if EXPECTED[name]["puts"]])
def test_puts(name: str) -> None:
    want, analysis = EXPECTED[name]["puts"], whole(name).analysis
    total = sum(side.comings.puts for side in analysis.sides.values())
    puts = analysis.upcalls.puts
    assert (total, puts["answers"], total - puts["answers"]) == (want["total"], want["answers"], want["unprompted"])
    assert (puts["probes"], analysis.failures.probes_refused) == (want["probes"], want["probes_refused"])
    assert (analysis.modifies, analysis.flushes) == (want["modify"], want["flushes"])
    assert {errno.name(error): count for error, count in analysis.failures.refused.items()} == want["refused"]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_flows_at_the_end_and_at_polls(name: str) -> None:
    want, read = EXPECTED[name]["flows"], whole(name)
    flows = [entry for side in read.analysis.sides.values() for entry in side.table.flows.values()]
    probes = sum(entry.probe for entry in flows)
    assert (len(flows) - probes, probes) == ((0, 0) if name == CUT_REQUESTS else tuple(want["end"].values()))
    for poll in want["polls"]:
        counters = read.analysis.sides[poll["dp_ifindex"]].counters
        equal = poll["polls"] if name == CUT_REQUESTS else poll["polls_equal"]
        assert (counters.name, counters.polls, counters.polls_equal) == (poll["datapath"], poll["polls"], equal)


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_datapaths(name: str) -> None:
    read = whole(name)
    told = [side.counters for side in read.analysis.sides.values() if side.counters.polls or side.counters.pids is not None]
    assert sorted(counters.dp for counters in told) == [want["dp_ifindex"] for want in EXPECTED[name]["ports"]["datapaths"]]
    for want in EXPECTED[name]["ports"]["datapaths"]:
        got = read.analysis.sides[want["dp_ifindex"]].counters.finding(0)
        pids = want["per_cpu_pids"]
        assert {field: getattr(got, field) for field in want} == want | {"per_cpu_pids": pids if pids is None else tuple(pids)}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_ports(name: str) -> None:
    for want in EXPECTED[name]["ports"]["ports"]:
        counters = whole(name).analysis.sides[want["dp_ifindex"]].counters
        got = counters.ports[want["port_no"]].finding(counters.name)
        peak = pytest.approx(want["peak_per_second"], rel=0.01)
        assert {field: getattr(got, field) for field in want} == want | {"peak_per_second": peak}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_handlers(name: str) -> None:
    for want in EXPECTED[name]["ports"]["handlers"]:
        handler = whole(name).analysis.sides[want["dp_ifindex"]].handlers.get(want["pid"])
        got = (handler.executes, handler.answers) if handler else (0, 0)
        assert got == (want["executes"], want["answers"])
        if handler is not None and handler.answers:
            assert handler.max_queue == pytest.approx(want["max_queue"], rel=0.01)


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_errors(name: str) -> None:
    want = EXPECTED[name]["errors"]
    groups = whole(name).analysis.failures.groups.findings()
    assert [{field: getattr(group, field) for field in one} for one, group in zip(want, groups, strict=True)] == want


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_verdicts(name: str) -> None:
    want, analysis = EXPECTED[name]["report"], whole(name).analysis
    told = verdicts(analysis)
    names = {verdict.name for verdict in told}
    assert names >= set(want["verdicts"]["must"])
    assert not names & set(want["verdicts"]["must_not"])
    for verdict in told:  # a healthy recording has none
        assert 1 <= len(verdict.messages) <= 10
        assert list(verdict.messages) == sorted(verdict.messages)
    if want["transactions"]:
        got = {
            "replies": analysis.transactions.replies,
            "unmatched_replies": analysis.transactions.unmatched,
            "flow_dumps": analysis.flow_dumps,
        }
        assert got == want["transactions"]


def test_nothing_is_missed() -> None:
    """What a test of this file goes through is there: an empty list of expectations would pass."""
    assert len(NAMES) == 20
    assert sum(want["upcalls"]["upcalls"] for want in EXPECTED.values()) == 63_429
    assert sum(len(want["flows"]["at"]) for want in EXPECTED.values()) == 131
    assert sum(len(want["errors"]) for want in EXPECTED.values()) > 100

"""Which answer belongs to which upcall, in cases where a simpler rule would be wrong: small captures built by the grammar."""

from __future__ import annotations

from typing import Any

import pytest

from ovsdissect.build import error
from tests.analysis.reading import DP, DROP, SLOW_PATH, Recording, answers, ethernet, named


def test_one_lost_answer_does_not_shift_the_others() -> None:
    """Of identical packets the answer goes to the youngest cluster: the first one's was lost."""
    made, packet = Recording(), ethernet()
    lost = made.miss(1000, packet)
    later = made.miss(1500, packet)
    execute = made.add(1502, made.execute(1, packet))
    made.until(4000)
    read = made.read()
    assert answers(read, later)[1] == execute
    assert answers(read, lost)[1] is None


def test_of_a_cluster_the_oldest_is_answered() -> None:
    made, packet = Recording(), ethernet()
    first, second = made.miss(1000, packet), made.miss(1001, packet)
    one, two = made.add(1003, made.execute(1, packet)), made.add(1004, made.execute(2, packet))
    read = made.read()
    assert [answers(read, number)[1] for number in (first, second)] == [one, two]
    assert read.upcalls[first][0].ambiguous


def test_a_lost_put_and_execute_do_not_shift_the_later_ones() -> None:
    """The same packet comes again seconds later: its put and EXECUTE are its own, not those that the capture lacks."""
    made, packet = Recording(), ethernet()
    lost = made.miss(1000, packet)
    later = made.miss(9000, packet)
    put = made.add(9003, made.put(1, packet), made.execute(2, packet))
    made.until(12_000)
    read = made.read()
    assert answers(read, later) == (put, put + 1, "flow+execute", None)
    assert answers(read, lost) == (None, None, "none", "unexplained")


def test_put_and_execute_in_two_records() -> None:
    made, packet = Recording(), ethernet()
    miss = made.miss(1000, packet)
    put = made.add(1001, made.execute(6, ethernet(9), hash=9), made.put(7, packet)) + 1
    execute = made.add(1001.2, made.execute(8, packet), made.put(9, ethernet(8)))
    read = made.read()
    assert answers(read, miss) == (put, execute, "flow+execute", None)
    answer = read.upcalls[miss][0].execute
    assert answer is not None
    assert (answer.place, answer.size) == (0, 2)


def test_the_put_moves_to_the_miss_that_the_execute_answers() -> None:
    """Two handlers: the later MISS of a key gets the put."""
    made = Recording()
    one, two = ethernet(body=b"one"), ethernet(body=b"two")
    first, second = made.miss(1000, one, hash=1), made.miss(1000.1, two, hash=2)
    put = made.add(1002, made.put(1, two), made.execute(2, two, hash=2))
    execute = made.add(1004, made.execute(3, one, hash=1))
    read = made.read()
    assert answers(read, second) == (put, put + 1, "flow+execute", None)
    assert answers(read, first) == (None, execute, "execute", "early")


def test_identical_packets_with_several_keys() -> None:
    """A recirculated packet is the same bytes and hash under another key: adjacency tells which MISS a put and its EXECUTE answer."""
    made, packet = Recording(), ethernet()
    first, again = made.miss(1000, packet), made.miss(1000.1, packet, recirc_id=5)
    put = made.add(1002, made.put(1, packet, recirc_id=5, ufid=2), made.execute(2, packet))
    other = made.add(1003, made.put(3, packet, ufid=1), made.execute(4, packet))
    read = made.read()
    assert answers(read, again)[:2] == (put, put + 1)
    assert answers(read, first)[:2] == (other, other + 1)


def test_early_late_and_deleted() -> None:
    made, packet = Recording(), ethernet()
    first, early = made.miss(1000, packet), made.miss(1000.1, packet, hash=2)
    put = made.add(1001, made.put(1, packet), made.execute(2, packet), made.execute(3, packet, hash=2))
    late = made.miss(1002, packet, hash=3)
    made.add(1003, made.execute(4, packet, hash=3))
    made.add(1500, made.flow("del", 5, ufid=1))
    deleted = made.miss(1600, packet, hash=4)
    made.add(1601, made.execute(6, packet, hash=4))
    read = made.read()
    assert answers(read, first) == (put, put + 1, "flow+execute", None)
    assert [answers(read, number)[3] for number in (early, late, deleted)] == ["early", "late", "deleted"]
    assert read.upcalls[deleted][0].deleted_ns == 100_000_000
    assert named(read)["deleted-behind"].messages == (deleted,)


def test_a_put_that_was_sent_before_the_miss_is_not_its_answer() -> None:
    """Nobody answers what has not come: the next EXECUTE of the handler is the later MISS's, the put stays with the first."""
    made, packet = Recording(), ethernet()
    first = made.miss(1000, packet)
    put = made.add(1001, made.put(1, packet))
    second = made.miss(1002, packet, hash=2)
    execute = made.add(1003, made.execute(2, packet, hash=2))
    made.until(9000)
    read = made.read()
    assert answers(read, first) == (put, None, "flow", "unexplained")
    assert answers(read, second) == (None, execute, "execute", "late")


def test_a_put_that_nothing_asked_for_is_not_the_answer_of_a_later_miss() -> None:
    made, packet = Recording(), ethernet()
    made.add(1001, made.put(1, packet))
    miss = made.miss(1002, packet)
    execute = made.add(1003, made.execute(2, packet))
    made.until(9000)
    assert answers(made.read(), miss) == (None, execute, "execute", "late")


def test_a_miss_gets_the_put_that_was_sent_after_it() -> None:
    """Two of a key wait: the one from before the last put lost its own, the next put is of the one that came since."""
    made, packet = Recording(), ethernet()
    first = made.miss(1000, packet)
    second = made.miss(1000.1, packet, hash=2)
    put = made.add(1001, made.put(1, packet))
    third = made.miss(1001.1, packet, hash=3)
    later = made.add(1002, made.put(9, packet, pid=5))
    made.until(9000)
    read = made.read()
    assert [answers(read, number)[0] for number in (first, second, third)] == [put, None, later]


def test_a_miss_that_waited_long_is_not_early() -> None:
    """One that was answered a second before the put is no duplicate of that."""
    made, packet = Recording(), ethernet()
    first = made.miss(1000, packet)
    made.add(1001, made.execute(1, packet))
    second = made.miss(2500, packet, hash=2)
    made.add(2501, made.put(2, packet), made.execute(3, packet, hash=2))
    made.until(9000)
    assert answers(made.read(), first)[3] == "not-put"
    assert answers(made.read(), second)[3] is None


def test_hash_bits_that_no_kernel_sets() -> None:
    """OVS 2.15 sends what was on its stack: such an EXECUTE goes by the rules for none."""
    made, packet = Recording(), ethernet(body=b"a long body that stays")
    miss = made.miss(1000, packet, hash=5)
    changed = packet[:6] + packet[6:12] + b"\x08\x06" + packet[14:]
    sub = made.add(1001, made.execute(1, changed, hash=0x7F40_0000_0000_0005))
    execute = made.add(1002, made.execute(2, packet, hash=5))
    read = made.read()
    assert read.upcalls[miss][0].subs == [sub]
    assert answers(read, miss)[1] == execute
    assert read.analysis.upcalls.executes == {"sub_executes": 1, "answers": 1}


def test_sub_executes_by_hash() -> None:
    """Since 3.6 a changed packet keeps the hash; it does not end the upcall."""
    made, packet = Recording(), ethernet()
    action = made.add(1000, made.upcall("action", packet, hash=3, userdata=SLOW_PATH))
    sub = made.add(1001, made.execute(1, ethernet(99), hash=3))
    stray = made.add(1502, made.execute(2, ethernet(98), hash=77))
    read = made.read()
    assert read.upcalls[action][0].subs == [sub]
    assert answers(read, action)[2:] == ("sub-execute", None)
    assert read.analysis.upcalls.executes == {"sub_executes": 1, "unpaired": 1}
    assert named(read)["capture-incomplete"].messages == (stray,)


def test_upcalls_without_hash() -> None:
    """Kernels before 5.5: packet and port stand for the hash; frames that the daemon sends are no answer to anything."""
    made, packet = Recording(), ethernet()
    made.add(900, made.execute(1, packet, hash=None, in_port=None))
    first = made.miss(1000, packet, hash=None, in_port=1)
    second = made.miss(1000.5, packet, hash=None, in_port=2)
    answer = made.add(1001, made.put(2, packet, in_port=2), made.execute(3, packet, hash=None, in_port=2))
    made.add(1002, made.execute(4, packet, hash=None, in_port=9))
    other = made.add(1003, made.execute(5, packet, hash=None, in_port=1))
    read = made.read()
    assert answers(read, second)[:2] == (answer, answer + 1)
    assert answers(read, first)[:2] == (None, other)
    assert read.analysis.upcalls.executes == {"answers": 2, "sent": 2}


def test_several_alike_without_hash_are_not_certain() -> None:
    made, packet = Recording(), ethernet()
    first, _ = made.miss(1000, packet, hash=None), made.miss(1000.5, packet, hash=None)
    execute = made.add(1003, made.execute(1, packet, hash=None))
    read = made.read()
    assert answers(read, first)[1] == execute
    assert read.upcalls[first][0].ambiguous


def test_a_frame_of_the_daemon_that_comes_back() -> None:
    """The same bytes on a peer port, after the EXECUTE that sent them: no answer."""
    made, packet = Recording(), ethernet()
    made.miss(500, ethernet(50), hash=50)
    made.add(1000, made.execute(1, packet, hash=None, in_port=4))
    back = made.add(1000.2, made.upcall("action", packet, hash=6, in_port=3, userdata=SLOW_PATH))
    made.add(1001, made.execute(2, packet, hash=None, in_port=4))
    read = made.read()
    assert answers(read, back) == (None, None, "none", "not-due")
    assert read.analysis.upcalls.executes == {"sent": 2}


def test_drop_flows_with_and_without_execute() -> None:
    made = Recording()
    silent, explicit, eaten = (ethernet(source) for source in (1, 2, 3))
    numbers = [made.miss(1000 + at, packet, hash=at) for at, packet in enumerate((silent, explicit, eaten), 1)]
    made.add(1010, made.put(1, silent, ufid=1, actions=[]))
    made.add(1011, made.put(2, explicit, ufid=2, actions=DROP), made.execute(3, explicit, hash=2, actions=DROP))
    userspace = [{"userspace": {"pid": 1, "userdata": SLOW_PATH}}]
    made.add(1012, made.put(4, eaten, ufid=3, actions=userspace))
    read = made.read()
    assert [answers(read, number)[2:] for number in numbers] == [("flow", "drop"), ("flow+drop", None), ("flow", "consumed")]
    assert read.upcalls[numbers[2]][1].slow_path == ("bfd",)


def test_actions_are_those_of_the_put() -> None:
    """A revalidator changes the flow before its EXECUTE comes."""
    made, packet = Recording(), ethernet()
    miss = made.miss(1000, packet)
    made.add(1001, made.put(1, packet, actions=[]))
    made.add(1001.5, made.flow("set", 2, ufid=1, pid=9, actions=[{"output": 3}]))
    made.until(5000)
    read = made.read()
    assert answers(read, miss)[2:] == ("flow", "drop")
    (entry,) = read.analysis.sides[DP].table.flows.values()
    assert entry.actions == b"\x08\0\1\0\3\0\0\0"


def test_refused() -> None:
    made, packet = Recording(), ethernet()
    miss = made.miss(1000, packet)
    put, execute = made.put(1, packet), made.execute(2, packet)
    made.add(1001, put, execute)
    made.add(1001.1, error(put, -22))
    made.add(1001.2, error(execute, -22))
    again = made.miss(1500, packet)
    second = made.add(1501, made.put(3, packet), made.execute(4, packet))
    read = made.read()
    assert answers(read, miss)[2:] == ("refused+execute-refused", None)
    assert answers(read, again) == (second, second + 1, "flow+execute", None)
    assert {"flows-refused", "packets-refused"} <= set(named(read))
    assert named(read)["flows-refused"].figures == {"puts": 1, "keys": 1, "errors": {"EINVAL": 1}}
    assert len(read.analysis.sides[DP].table.flows) == 1


def test_after_a_refused_put_there_is_no_flow() -> None:
    """What misses after it was not late: the kernel has no flow of the key."""
    made, packet = Recording(), ethernet()
    first, put = made.miss(1000, packet), made.put(1, packet)
    number = made.add(1001, put, made.execute(2, packet))
    made.add(1001.5, error(put, -28))
    second = made.miss(1002, packet, hash=2)
    execute = made.add(1003, made.execute(3, packet, hash=2))
    made.until(9000)
    read = made.read()
    assert answers(read, first) == (number, number + 1, "refused+execute", None)
    assert answers(read, second) == (None, execute, "execute", "not-put")


def test_a_put_that_finds_its_flow_there_is_not_refused() -> None:
    """EEXIST: the key has a flow, and what misses after it is late."""
    made, packet = Recording(), ethernet()
    first, put = made.miss(1000, packet), made.put(1, packet)
    number = made.add(1001, put, made.execute(2, packet))
    made.add(1001.5, error(put, -17))
    second = made.miss(1002, packet, hash=2)
    execute = made.add(1003, made.execute(3, packet, hash=2))
    made.until(9000)
    read = made.read()
    assert answers(read, first) == (number, number + 1, "flow+execute", None)
    assert answers(read, second) == (None, execute, "execute", "late")
    assert "flows-refused" not in named(read)


def test_an_older_put_is_refused_after_a_newer_one() -> None:
    """The newer one's flow is there."""
    made, packet = Recording(), ethernet()
    made.miss(1000, packet)
    put = made.put(1, packet)
    made.add(1001, put, made.execute(2, packet))
    made.miss(1001.2, packet, hash=2)
    made.add(1001.3, made.put(3, packet), made.execute(4, packet, hash=2))
    made.add(1001.5, error(put, -28))
    third = made.miss(1002, packet, hash=3)
    execute = made.add(1003, made.execute(5, packet, hash=3))
    made.until(9000)
    assert answers(made.read(), third) == (None, execute, "execute", "late")


def test_stamps_that_run_backwards() -> None:
    made, packet = Recording(), ethernet()
    miss = made.miss(1000, packet)
    made.add(950, made.put(1, packet), made.execute(2, packet))
    read = made.read()
    side = read.analysis.sides[DP]
    assert answers(read, miss)[2] == "flow+execute"
    assert (side.to_execute.latency().max, side.to_flow.latency().p50) == (0, 0)


def test_capture_end() -> None:
    made = Recording()
    old = made.miss(0, ethernet(1), hash=1)
    half = made.miss(1000, ethernet(2), hash=2)
    new = made.miss(3000, ethernet(3), hash=3)
    made.add(3400, made.put(1, ethernet(2)))
    made.add(3500, made.flow("del", 9, ufid=77))
    read = made.read()
    assert [answers(read, number)[2:] for number in (old, half, new)] == [
        ("none", "unexplained"),
        ("flow", "capture-end"),
        ("none", "capture-end"),
    ]


def test_the_flow_limit_with_one_key() -> None:
    """Every packet of a connection misses, as its flow is never put: none of them is early, no other gets a put."""
    made = Recording()
    for at in range(5):
        made.miss(1000 + at, ethernet(), hash=at)
    for at in range(5):
        made.add(1010 + at, made.execute(10 + at, ethernet(), hash=at))
    assert {sort.why for _, sort in made.read().upcalls.values()} == {"not-put"}


def test_big_endian_host() -> None:
    made, packet = Recording("big"), ethernet()
    miss = made.miss(1000, packet, hash=5)
    put = made.add(1001, made.put(1, packet, actions=DROP), made.execute(2, packet, hash=5, actions=DROP, upcall_pid=99))
    read = made.read()
    assert answers(read, miss) == (put, put + 1, "flow+drop", None)
    upcall = read.upcalls[miss][0]
    assert (upcall.fact.in_port, upcall.hash, upcall.execute and upcall.execute.handler) == (1, 5, 99)


def test_recirculation_names_the_parent() -> None:
    made, packet = Recording(), ethernet()
    made.miss(1000, packet, hash=4)
    recirc: list[Any] = [{"clone": [{"recirc": 5}]}]
    execute = made.add(1001, made.put(1, packet, actions=recirc), made.execute(2, packet, hash=4, actions=recirc)) + 1
    same = made.miss(1002, packet, hash=4, recirc_id=5)
    changed = made.miss(1003, ethernet(3), hash=4, recirc_id=5)
    other = made.miss(1004, ethernet(3), hash=9, recirc_id=5)
    late = made.miss(2500, packet, hash=4, recirc_id=5)
    read = made.read()
    parents = [read.upcalls[number][0].parent for number in (same, changed, other, late)]
    assert parents == [(execute, "packet"), (execute, "hash"), None, None]


def test_cut_upcalls_are_not_paired() -> None:
    made, packet = Recording(), ethernet()
    miss = made.miss(1000, packet)
    made.cut(10)
    made.add(1001, made.put(1, packet), made.execute(2, packet))
    read = made.read()
    assert answers(read, miss) == (None, None, "none", "cut")
    assert set(named(read)) == {"cut"}


def test_a_flood_of_one_packet() -> None:
    """Each answer is of the oldest that waits; a further EXECUTE of one that was answered lately is no answer."""
    made, packet = Recording(), ethernet()
    misses = [made.miss(1000 + at / 10, packet) for at in range(300)]
    executes = [made.add(1100 + at, made.execute(10 + at, packet)) for at in range(300)]
    made.add(1401, made.execute(900, packet))
    read = made.read()
    assert [answers(read, number)[1] for number in misses] == executes
    assert read.analysis.upcalls.executes == {"answers": 300, "again": 1}
    assert read.upcalls[misses[-1]][0].subs == [executes[-1] + 1]


@pytest.mark.parametrize(("after_ms", "why"), [(99, "early"), (101, "not-put")])
def test_how_long_after_its_execute_a_miss_is_passed_over(after_ms: int, why: str) -> None:
    """A put for another MISS of its key says why it got none if it comes within a tenth of a second."""
    made, packet = Recording(), ethernet()
    first = made.miss(1000, packet, hash=1)
    second = made.miss(1001, packet, hash=2)
    made.add(1002, made.execute(1, packet, hash=1))
    put = made.add(1002 + after_ms, made.put(2, packet), made.execute(3, packet, hash=2))
    made.until(9000)
    read = made.read()
    assert answers(read, first)[2:] == ("execute", why)
    assert answers(read, second)[:3] == (put, put + 1, "flow+execute")


@pytest.mark.parametrize("alike", [True, False])
def test_whether_a_put_is_certain(alike: bool) -> None:
    """Two that wait are candidates; one that was answered is none."""
    made, packet = Recording(), ethernet()
    first = made.miss(1000, packet, hash=1)
    if not alike:
        made.add(1001, made.put(1, packet), made.execute(2, packet, hash=1))
    second = made.miss(1200, packet, hash=2)
    put = made.add(1201, made.put(3, packet))
    made.until(9000)
    read = made.read()
    upcall, _ = read.upcalls[first if alike else second]
    assert upcall.put is not None
    assert (upcall.put.number, upcall.put.ambiguous) == (put, alike)


@pytest.mark.parametrize(("ago_ms", "found"), [(1200, "first"), (1900, "second")])
def test_a_miss_is_lost_once_it_waits_four_times_as_long_as_others(ago_ms: int, found: str) -> None:
    """Here others wait 0.4 s: their mean is in between 0.39 and 0.4 s after sixty of them."""
    made, packet = Recording(), ethernet(99)
    for at in range(60):
        made.miss(1000 * at, ethernet(at), hash=at)
        made.add(1000 * at + 400, made.put(10 + 2 * at, ethernet(at), ufid=at), made.execute(11 + 2 * at, ethernet(at), hash=at))
    numbers = {"first": made.miss(70_000 - ago_ms, packet, hash=1), "second": made.miss(69_990, packet, hash=2)}
    put = made.add(70_000, made.put(500, packet, ufid=99))
    made.until(80_000)
    assert answers(made.read(), numbers[found])[0] == put

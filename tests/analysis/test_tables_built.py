"""The flow table, transactions and counters, in cases where a simpler rule would be wrong: small captures built by the grammar."""

from __future__ import annotations

from ovsdissect.analysis import conclude
from ovsdissect.analysis.churn import why
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.run import Analysis
from ovsdissect.build import IDS, build, error
from ovsdissect.report.flowtext import Style, flow_text
from tests.analysis.reading import DP, PID, SECOND, Recording, answers, ethernet, flow_key, named, read


def test_exists_is_no_refusal_and_names_the_flow_in_the_way() -> None:
    made, packet = Recording(), ethernet()
    wide = {"ethernet": {"src": "00:00:00:00:00:00", "dst": "ff:ff:ff:ff:ff:ff"}, "in_port": 0xFFFFFFFF}
    first = made.add(900, made.put(1, ethernet(7), ufid=7, mask=wide))
    miss = made.miss(1000, packet)
    put = made.put(2, packet, ufid=1)
    made.add(1001, put, made.execute(3, packet))
    made.add(1001.1, error(put, -17))
    read = made.read()
    assert answers(read, miss)[2:] == ("flow+execute", None)
    (group,) = read.analysis.failures.groups.findings()
    assert [flow.number for flow in group.in_the_way] == [first]
    assert (group.harmless, group.note) == (True, "overlaps a flow that is there")
    assert [entry.number for entry in read.analysis.sides[DP].table.flows.values()] == [first]


def test_a_flow_without_ufid_is_its_key() -> None:
    """The kernel's reply has attributes that the put left out, all zeros, in another order."""
    made, packet = Recording(), ethernet()
    made.add(1000, made.put(1, packet, ufid=None))
    made.add(1100, made.flow("get", 2, flags=["request", "dump"]))
    more = {"ethernet": {"src": packet[6:12].hex(":"), "dst": packet[:6].hex(":")}, "skb_mark": 0, "ct_state": [], "ct_zone": 0}
    key = {"recirc_id": 0, "dp_hash": 0, "in_port": 1, **more, "ethertype": 0x0800}
    made.add(1100.1, made.flow("new", 2, flags=2, key=key, stats={"n_packets": 3, "n_bytes": 4}))
    made.add(1100.2, made.done(2))
    read = made.read()
    (entry,) = read.analysis.sides[DP].table.flows.values()
    assert (entry.put, entry.packets) == (True, 3)


def test_replies_without_statistics_and_absence_from_dumps() -> None:
    """Without STATS nothing matched; a dump that lacks a flow proves nothing, three of a flow known from dumps alone make it stale."""
    made, packet = Recording(), ethernet()
    made.add(1000, made.put(1, packet, ufid=1))
    for turn in range(5):
        seq = 10 + turn
        made.add(1100 + 500 * turn, made.flow("get", seq, flags=["request", "dump"], ufid_flags=7))
        if not turn:
            made.add(1101, made.flow("new", seq, ufid=1, flags=2), made.flow("new", seq, ufid=2, flags=2))
        made.add(1102 + 500 * turn, made.done(seq))
    read = made.read()
    table = {entry.ufid[-4:]: entry for entry in read.analysis.sides[DP].table.flows.values() if entry.ufid}
    put, dumped = table[(1).to_bytes(4, "little")], table[(2).to_bytes(4, "little")]
    assert (put.counted, put.packets, put.used, put.stale) == (True, 0, 0, False)
    assert (dumped.put, dumped.stale) == (False, True)
    assert read.analysis.flow_dumps == 5


def test_a_reply_that_is_cut_tells_no_statistics() -> None:
    """STATS stands between MASK and ACTIONS: where the snaplen cut before it, nothing says that no packet matched."""
    made, packet = Recording(), ethernet()
    made.add(1000, made.put(1, packet, ufid=1), made.put(2, ethernet(2), ufid=2))
    made.add(1100, made.flow("get", 3, flags=["request"], ufid=1))
    made.add(1101, made.flow("new", 3, ufid=1, flags=0, key=flow_key(packet), mask=flow_key(packet)))
    made.cut(20)
    made.add(1102, made.flow("get", 4, flags=["request"], ufid=2))
    made.add(1103, made.flow("new", 4, ufid=2, flags=0, stats={"n_packets": 3, "n_bytes": 4}, actions=[{"output": 1}]))
    made.cut(2)
    made.add(1104, made.put(5, ethernet(3), ufid=3), made.flow("get", 6, flags=["request"], ufid=3))
    made.add(1105, made.flow("new", 6, ufid=3, flags=0, mask=flow_key(packet), actions=[{"output": 1}]))
    made.cut(2)
    flows = made.read().analysis.sides[DP].table.flows.values()
    assert [(flow.counted, flow.packets) for flow in flows] == [(False, 0), (True, 3), (True, 0)]


def test_the_actions_of_a_put_that_is_cut_are_not_known() -> None:
    """It cannot be said that the flow drops, nor that an EXECUTE was due."""
    made, packet = Recording(), ethernet()
    miss = made.miss(1000, packet)
    put = made.add(1001, made.put(1, packet, mask=flow_key(packet)))
    made.cut(20)
    made.until(5000)
    read = made.read()
    assert answers(read, miss) == (put, None, "flow", "cut")
    assert "cut" in named(read)


def test_the_keys_of_errors() -> None:
    """An error to a probe, and one whose request the capture lacks, echoes the key that was refused."""
    made = Recording()
    for number in (1, 2, 2):
        key = flow_key(ethernet(number))
        probe = build("ovs_flow", "new", dp_ifindex=DP, seq=number, pid=PID, flags=["request"], key=key, actions=[], probe=True)
        made.add(1000, probe)
        made.add(1001, error(probe, -22))
    for number in (3, 4, 4):
        made.add(1002, error(made.put(number, ethernet(number)), -12))
    groups = {group.error: group for group in made.read().analysis.failures.groups.findings()}
    assert [(groups[name].probe, groups[name].count, groups[name].keys) for name in ("EINVAL", "ENOMEM")] == [(True, 3, 2), (False, 3, 2)]


def test_a_flow_deleted_during_a_dump_does_not_come_back() -> None:
    made, packet = Recording(), ethernet()
    made.add(1000, made.put(1, packet, ufid=1))
    made.add(2000, made.flow("get", 2, flags=["request", "dump"]))
    made.add(2001, made.flow("del", 3, ufid=1, flags=["request", "echo"]))
    made.add(2001.1, made.flow("del", 3, ufid=1, flags=0, stats={"n_packets": 7, "n_bytes": 9}))
    made.add(2002, made.flow("new", 2, ufid=1, flags=2))
    made.add(2003, made.done(2))
    read = made.read()
    side = read.analysis.sides[DP]
    assert not side.table.flows
    assert (side.comings.deleted, side.comings.never_hit) == (1, 0)
    made.add(3000, made.flow("get", 4, flags=["request", "dump"]))
    made.add(3001, made.flow("new", 4, ufid=1, flags=2))
    assert len(made.read().analysis.sides[DP].table.flows) == 1


def test_a_flow_that_comes_back_where_no_request_is_in_the_capture() -> None:
    """Its new put and the requests of the dumps are lost: a dump that goes on so long after the deletion began after it."""
    made, packet = Recording(), ethernet()
    made.add(1000, made.put(1, packet, ufid=1))
    made.add(2000, made.flow("del", 2, ufid=1))
    made.add(2001, made.flow("new", 3, ufid=1, flags=2))
    assert not made.read().analysis.sides[DP].table.flows
    made.add(20_000, made.flow("new", 4, ufid=1, flags=2, stats={"n_packets": 5, "n_bytes": 6}))
    (flow,) = made.read().analysis.sides[DP].table.flows.values()
    assert (flow.put, flow.packets) == (False, 5)


def test_the_kernel_says_another_mask_than_was_put() -> None:
    """The text is the kernel's from then on; until it says so, what it would make of the put."""
    made, packet = Recording(), ethernet()
    exact = {"in_port": 0xFFFFFFFF, "ethernet": {"src": "ff:ff:ff:ff:ff:ff", "dst": "ff:ff:ff:ff:ff:ff"}, "ethertype": 0xFFFF}
    wide = exact | {"ethernet": {"src": "00:00:00:00:00:00", "dst": "ff:ff:ff:ff:ff:ff"}}
    made.add(1000, made.put(1, packet, ufid=1, mask=exact))
    put = conclude.flows(made.read().analysis)
    made.add(1100, made.flow("get", 2, flags=["request", "dump"]))
    made.add(1101, made.flow("new", 2, ufid=1, flags=2, key=flow_key(packet), mask=wide))
    told = conclude.flows(made.read().analysis)
    texts = [text.flow for flow in (*put, *told) if (text := flow_text(flow, Style("4.0"))) is not None]
    assert "src=02:00:00:00:00:01,dst=" in texts[0]
    assert "eth(dst=02:00:00:00:00:02)" in texts[1]


def test_a_deletion_that_was_refused() -> None:
    made, packet = Recording(), ethernet()
    made.add(1000, made.put(1, packet, ufid=1))
    delete = made.flow("del", 2, ufid=1)
    made.add(1001, delete)
    made.add(1001.1, error(delete, -1))
    flush = made.flow("del", 3)
    made.add(1002, flush)
    made.add(1002.1, error(flush, -1))
    assert len(made.read().analysis.sides[DP].table.flows) == 1


def test_notifications_of_one_request() -> None:
    """A notification stands once for every listener, with the requester's portid and sequence number; both are used again later."""
    made = Recording()
    vport = build("ovs_vport", "new", dp_ifindex=DP, seq=5, pid=PID, flags=["request"], name="v1", type="netdev")
    reply = build("ovs_vport", "new", dp_ifindex=DP, seq=5, pid=PID, name="v1", type="netdev", port_no=3)
    made.add(1000, vport)
    made.add(1001, reply)
    made.add(1001, reply)
    made.add(1002, build("ovs_datapath", "get", dp_ifindex=DP, seq=5, pid=PID, flags=["request"]))
    made.add(1003, made.poll(5))
    made.add(1004, reply)
    read = made.read()
    assert (read.analysis.transactions.replies, read.analysis.transactions.unmatched) == (4, 0)
    port = read.analysis.sides[DP].counters.ports[3].finding(None)
    assert (port.port, port.type, port.polls) == ("v1", "netdev", 0)


def test_a_datapath_that_is_deleted_by_name_is_the_one_of_that_host() -> None:
    """Two hosts in one file, told apart by their byte order, have a datapath of the same name."""
    made = Recording()
    for order in ("little", "big"):
        made.order = order
        for family in ("ovs_datapath", "ovs_flow"):
            number = IDS[family]
            made.add(1, build("nlctrl", "newfamily", byteorder=order, family_name=family, family_id=number))
        made.polled(1000, 1)
        made.add(1001, made.put(2, ethernet()))
    request = build("ovs_datapath", "del", dp_ifindex=0, seq=3, pid=PID, flags=["request"], byteorder="little", name="ovs-system")
    made.add(1002, request)
    sides = [side for dp, side in made.read().analysis.sides.items() if dp & 0xFFFFFFFF == DP]
    assert [len(side.table.flows) for side in sides] == [0, 1]


def test_dispatch_per_vport() -> None:
    made = Recording()
    made.add(1000, build("ovs_vport", "new", dp_ifindex=DP, seq=5, pid=PID, port_no=3, name="v1", type="netdev", upcall_pid=[77]))
    counters = made.read().analysis.sides[DP].counters
    assert (counters.dispatch, counters.ports[3].pids) == ("per-vport", (77,))


def test_counters_that_go_back() -> None:
    """The datapath was made anew: that step does not count."""
    made = Recording()
    made.polled(1000, 1, missed=100, lost=50, hit=9)
    made.polled(2000, 2, missed=103, lost=50, hit=9)
    made.polled(3000, 3, missed=1)
    made.polled(4000, 4, missed=2)
    counters = made.read().analysis.sides[DP].counters
    assert (counters.resets, counters.missed, counters.lost, counters.hit) == (1, 4, 0, 0)


def test_two_datapaths_with_one_ufid() -> None:
    made = Recording()
    for dp in (DP, DP + 1):
        made.add(1000 + dp, made.put(dp, ethernet(), ufid=1, dp=dp))
    made.add(1100, made.flow("del", 50, ufid=1))
    read = made.read()
    assert [len(read.analysis.sides[dp].table.flows) for dp in (DP, DP + 1)] == [0, 1]


def test_max_idle_and_why_flows_went() -> None:
    made = Recording()
    for at in range(8):
        made.add(1000 + at, made.put(10 * at, ethernet(at), ufid=at))
        age = 10_300 if at < 6 else 700
        made.add(1000 + at + age, made.flow("del", 10 * at + 1, ufid=at, flags=["request", "echo"]))
        made.add(1000 + at + age, made.flow("del", 10 * at + 1, ufid=at, flags=0))
    made.records.sort(key=lambda record: record[0])
    made.add(30_000, made.put(200, ethernet(50), ufid=50), made.flow("del", 201))
    ended: list[Entry] = []
    side = Analysis(ended=ended.append).run(read(made.pcap())).sides[DP]
    assert (side.comings.max_idle_ns, side.comings.never_hit) == (10 * SECOND, 8)
    reasons = [why(entry, side.table.clock, side.comings.max_idle_ns) for entry in ended]
    assert reasons == ["sooner"] * 2 + ["idle"] * 6 + ["flush"]

"""What a message's shape reveals of its family, on messages made by hand: each rule at its edge, and violated alone."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families import FAMILIES, OVS_FAMILIES
from ovsdissect.families.inference import Evidence, shape
from ovsdissect.families.registry import Announcement, How, Known, Registry
from tests.dissect.made import newfamily, nlmsg, pcap, record


def attr(number: int, payload: bytes = b"") -> bytes:
    """One attribute, padded."""
    return struct.pack("<HH", 4 + len(payload), number) + payload + bytes(-len(payload) % 4)


def u32(number: int, value: int = 0) -> bytes:
    """An attribute of four bytes."""
    return attr(number, struct.pack("<I", value))


def body(command: int, *attrs: bytes, version: int = 1, reserved: int = 0, dp: int = 5) -> bytes:
    """genlmsghdr, ovs_header and attributes."""
    return struct.pack("<BBHi", command, version, reserved, dp) + b"".join(attrs)


# enum ovs_key_attr: priority, in_port, skb_mark, dp_hash, recirc_id, ct_mark are one __u32 each
KEYS = [u32(number) for number in (2, 3, 15, 19, 20, 24)]
RICH, PLAIN = attr(1, b"".join(KEYS)), attr(1, b"".join(KEYS[:5]))  # OVS_FLOW_ATTR_KEY
UFID, STATS = attr(9, bytes(16)), attr(3, bytes(16))  # OVS_FLOW_ATTR_UFID, OVS_FLOW_ATTR_STATS: struct ovs_flow_stats
ACTIONS = attr(2)
FLOW_GET = 3  # enum ovs_flow_cmd


def evidence(*bodies: bytes) -> Evidence:
    """What messages of one type said."""
    found = Evidence()
    for one in bodies:
        found.add(one, "little", OVS_FAMILIES, cut=False)
    return found


def verdict(*bodies: bytes) -> str | None:
    """The family that they tell."""
    return evidence(*bodies).verdict()


def names(family: str, data: bytes, order: ByteOrder = "little", *, cut: bool = False) -> list[str] | None:
    """The attributes of a message as those of a family; None where it does not fit."""
    found = shape(FAMILIES[family], data, order, cut=cut)
    return None if found is None else sorted(found)


def test_what_fits() -> None:
    assert names("ovs_flow", body(FLOW_GET, UFID, STATS)) == ["stats", "ufid"]
    assert names("ovs_flow", body(FLOW_GET)) == []


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("a command that there is not", body(9, UFID, STATS)),
        ("a command of number 0", body(0, UFID, STATS)),
        ("version 0", body(FLOW_GET, UFID, STATS, version=0)),
        ("a version that there is not", body(FLOW_GET, UFID, STATS, version=2)),
        ("the reserved bytes of genlmsghdr are not zero", body(FLOW_GET, UFID, STATS, reserved=1)),
        ("the second of them is not", body(FLOW_GET, UFID, STATS, reserved=0x100)),
        ("a datapath below zero", body(FLOW_GET, UFID, STATS, dp=-1)),
        ("statistics of another length", body(FLOW_GET, UFID, attr(3, bytes(15)))),
        ("statistics of more bytes", body(FLOW_GET, UFID, attr(3, bytes(24)))),
        ("a time of more bytes", body(FLOW_GET, UFID, STATS, attr(5, bytes(12)))),
        ("an attribute that there is not", body(FLOW_GET, UFID, STATS, u32(60))),
        ("an attribute twice", body(FLOW_GET, UFID, STATS, STATS)),
        ("an attribute that claims more than there is", body(FLOW_GET, UFID, STATS, struct.pack("<HH", 40, 5) + bytes(8))),
        ("too short for its headers", body(FLOW_GET)[:7]),
    ],
)
def test_what_does_not_fit(why: str, data: bytes) -> None:
    """Each is a message of ovs_flow but for one thing."""
    assert names("ovs_flow", data) is None, why


def test_what_the_capture_cut_fits_as_far_as_it_goes() -> None:
    whole = body(FLOW_GET, UFID, STATS)
    for end in range(8 + 20, len(whole)):
        assert names("ovs_flow", whole[:end], cut=True) == ["ufid"]
        # cut between attributes it could be whole
        assert names("ovs_flow", whole[:end], cut=False) == (["ufid"] if end == 28 else None)


def test_the_byte_order_is_that_of_the_record() -> None:
    big = struct.pack(">BBHi", FLOW_GET, 1, 0, 5) + struct.pack(">HH", 20, 9) + bytes(16)
    assert names("ovs_flow", big, "big") == ["ufid"]
    assert names("ovs_flow", big, "little") is None


def test_a_rich_key_has_six_attributes() -> None:
    assert names("ovs_flow", body(FLOW_GET, RICH)) == ["key", "rich"]
    assert names("ovs_flow", body(FLOW_GET, PLAIN)) == ["key"]
    assert verdict(body(FLOW_GET, RICH)) == "ovs_flow"
    assert verdict(body(FLOW_GET, PLAIN)) is None


def test_attributes_that_a_key_does_not_have_make_it_poor() -> None:
    """As many numbers of anything could be nested there."""
    odd = attr(1, b"".join([*KEYS, u32(60)]))
    assert names("ovs_flow", body(FLOW_GET, odd)) == ["key"]


PACKET = [attr(1, bytes(14)), attr(2, KEYS[1])]  # OVS_PACKET_ATTR_PACKET, _KEY
VPORT = {"port_no": u32(1, 3), "type": u32(2, 1), "name": attr(3, b"p\0"), "stats": attr(6, bytes(64))}
DATAPATH = {"name": attr(1, b"d\0"), "upcall_pid": u32(2), "stats": attr(3, bytes(32)), "user_features": u32(5, 1)}
METER = {"id": u32(1, 3), "stats": attr(3, bytes(16)), "bands": attr(4), "used": attr(5, bytes(8))}
METER |= {"max_meters": u32(7), "max_bands": u32(8)}


@pytest.mark.parametrize(
    ("family", "command", "attrs"),
    [
        ("ovs_packet", 1, PACKET),
        ("ovs_packet", 1, [attr(2, b"".join(KEYS))]),
        ("ovs_flow", 3, [RICH]),
        ("ovs_flow", 3, [UFID, STATS]),
        ("ovs_flow", 3, [UFID, PLAIN]),
        ("ovs_flow", 4, [PLAIN, ACTIONS]),
        ("ovs_datapath", 3, [DATAPATH["name"], DATAPATH["stats"]]),
        ("ovs_datapath", 1, [DATAPATH["name"], DATAPATH["user_features"], DATAPATH["upcall_pid"]]),
        ("ovs_vport", 1, [VPORT["port_no"], VPORT["type"], VPORT["name"]]),
        ("ovs_vport", 3, [VPORT["name"], VPORT["stats"]]),
        ("ovs_meter", 3, [METER["id"], METER["bands"]]),
        ("ovs_meter", 1, [METER["max_meters"], METER["max_bands"]]),
        ("ovs_meter", 4, [METER["id"], METER["stats"], METER["used"]]),
    ],
)
def test_what_tells_a_family(family: str, command: int, attrs: list[bytes]) -> None:
    """One message is enough where it has all of them, and none where one is lacking."""
    assert verdict(body(command, *attrs)) == family
    for lacking in range(len(attrs)):
        assert verdict(body(command, *(one for at, one in enumerate(attrs) if at != lacking))) is None


# attributes of a flow that tell nothing by themselves: tcp_flags, used, clear, probe, ufid_flags
MORE = [attr(4, b"\2"), attr(5, bytes(8)), attr(6), attr(8), u32(10)]


def flows(many: int) -> list[bytes]:
    """Messages of ovs_flow, each with other attributes, so that each counts; the first tells the family, the others fit it."""
    found = [body(command, *(one for at, one in enumerate(MORE) if bits >> at & 1)) for bits in range(32) for command in (1, 2, 3, 4)]
    return [body(FLOW_GET, UFID, STATS), *found[: many - 1]]


def noise(many: int) -> list[bytes]:
    """Messages that fit no family, each with another attribute."""
    return [body(FLOW_GET, u32(60 + at)) for at in range(many)]


@pytest.mark.parametrize(
    ("fitting", "others", "told"), [(9, 1, True), (18, 2, True), (17, 2, False), (8, 1, False), (27, 3, True), (26, 3, False)]
)
def test_nine_of_ten_must_fit(fitting: int, others: int, told: bool) -> None:
    messages = flows(fitting) + noise(others)
    kept = Evidence()
    for one in messages:
        kept.keep(one, "little", cut=False)
    kept.settle(OVS_FAMILIES)
    for found in (kept, evidence(*messages)):
        assert found.total == fitting + others
        assert found.verdict() == ("ovs_flow" if told else None)


def test_messages_that_look_alike_count_eight_times() -> None:
    """A thousand of one sort say no more than eight."""
    found = evidence(*[body(FLOW_GET, UFID, STATS)] * 1000)
    assert (found.total, found.fits["ovs_flow"], found.telling["ovs_flow"]) == (8, 8, 8)
    # eight that fit and one that does not are not nine of ten, however often the eight were said
    assert verdict(*[body(FLOW_GET, UFID, STATS)] * 1000, *noise(1)) is None
    assert verdict(*[body(FLOW_GET, UFID, STATS)] * 1000, body(1), *noise(1)) == "ovs_flow"


def test_after_256_messages_nothing_more_is_weighed() -> None:
    first = evidence(*(body(FLOW_GET, u32(60 + at)) for at in range(255)))
    assert not first.open()  # none of the families fits any more
    found = evidence(*flows(120), *flows(120), *flows(120))
    assert found.total == 256
    assert not found.open()
    assert evidence(*flows(120), *flows(120)).open()


def test_after_4096_messages_that_say_nothing_it_is_given_up() -> None:
    found = evidence(*[body(FLOW_GET)] * 4095)
    assert found.open()
    found.add(body(FLOW_GET), "little", OVS_FAMILIES, cut=False)
    assert not found.open()


def test_it_stays_open_while_nine_of_ten_fit_some_family() -> None:
    assert Evidence().open()
    assert evidence(*flows(9), *noise(1)).open()
    assert not evidence(*flows(8), *noise(1)).open()


def test_two_families_are_no_verdict() -> None:
    """A capture of two hosts under one number."""
    one, other = body(FLOW_GET, UFID, STATS), body(1, *PACKET)
    assert verdict(one) == "ovs_flow"
    assert verdict(other) == "ovs_packet"
    assert verdict(one, other) is None
    # each fits nine of ten where what the others say is of both: no attribute at all
    both = [body(command) for command in (1, 2, 3)] * 8
    assert verdict(*both, one) == "ovs_flow"
    assert verdict(*both, other) == "ovs_packet"
    assert verdict(*both, one, other) is None


def test_what_confirms_a_neighbour() -> None:
    """Half of the messages and one more must fit, and one be of that family alone."""
    assert evidence(*flows(2), *noise(1)).confirms("ovs_flow")
    assert not evidence(*flows(1), *noise(1)).confirms("ovs_flow")
    assert not evidence(*flows(3)[1:]).confirms("ovs_flow")
    assert not evidence(*flows(3)).confirms("ovs_packet")


def registry(**announced: int) -> Registry:
    """One that nlctrl spoke to."""
    made = Registry()
    for name, number in announced.items():
        made.learn(Announcement(name, number))
    return made


def weighed(made: Registry, number: int, *bodies: bytes) -> Registry:
    """The registry after messages of a type."""
    for one in bodies:
        made.weigh(number, one, "little", cut=False)
    return made


FLOW, MISS = body(FLOW_GET, UFID, STATS), body(1, *PACKET)


def test_the_neighbours_of_a_family_are_presumed() -> None:
    """ovs_datapath, ovs_vport, ovs_flow, ovs_packet, ovs_meter, ovs_ct_limit: dp_genl_families[] of datapath.c registers them in order."""
    known = weighed(Registry(), 40, FLOW).ids()
    assert known[40] == Known("ovs_flow", How.INFERRED)
    assert {number: one.name for number, one in known.items() if one.how is How.PRESUMED} == {
        38: "ovs_datapath",
        39: "ovs_vport",
        41: "ovs_packet",
        42: "ovs_meter",
        43: "ovs_ct_limit",
    }


def test_families_that_do_not_stand_side_by_side_have_no_presumed_neighbours() -> None:
    made = weighed(weighed(Registry(), 40, FLOW), 60, MISS)
    assert made.known(60) == Known("ovs_packet", How.INFERRED)
    assert [one.name for one in made.ids().values() if one.how is How.PRESUMED] == []


def test_a_family_has_one_id() -> None:
    """The second number that speaks as it does stays unknown, as it comes and when all is reviewed."""
    made = weighed(weighed(Registry(), 40, FLOW), 60, FLOW, FLOW)
    assert made.known(60) is None
    noted = Registry()
    for number in (40, 40, 60):
        noted.note(number, FLOW, "little", cut=False)
    noted.review()
    assert noted.known(60) is None
    assert noted.known(40) == Known("ovs_flow", How.INFERRED)


@pytest.mark.parametrize("order", [(40, 60), (60, 40)])
def test_of_two_the_one_that_says_more_is_believed(order: tuple[int, int]) -> None:
    made = Registry()
    for number in order:
        for one in [FLOW] * (1 if number == 40 else 3):
            made.note(number, one, "little", cut=False)
    made.review()
    assert made.known(60) == Known("ovs_flow", How.INFERRED)
    assert made.known(40) is None


def test_a_given_id_is_neither_weighed_nor_taken() -> None:
    made = weighed(Registry({"ovs_vport": 40}), 40, FLOW)
    assert made.known(40) == Known("ovs_vport", How.GIVEN)
    assert weighed(Registry({"ovs_flow": 50}), 40, FLOW).known(40) is None  # ovs_flow has its id
    made.learn(Announcement("ovs_flow", 40))
    assert made.known(40) == Known("ovs_vport", How.GIVEN)


def test_an_announced_id_is_neither_weighed_nor_taken() -> None:
    made = weighed(registry(ovs_vport=40), 40, FLOW)
    assert made.known(40) == Known("ovs_vport", How.NLCTRL)
    assert weighed(registry(ovs_flow=50), 40, FLOW).known(40) != Known("ovs_flow", How.INFERRED)


def test_an_announcement_undoes_a_guess() -> None:
    """Of the family under another number, and of the number for another family."""
    made = weighed(Registry(), 40, FLOW)
    made.learn(Announcement("ovs_flow", 60))
    assert made.known(40) is None
    assert made.known(60) == Known("ovs_flow", How.NLCTRL)
    made = weighed(Registry(), 40, FLOW)
    made.learn(Announcement("ethtool", 40))
    assert made.known(40) == Known("ethtool", How.NLCTRL)
    assert "ovs_flow" not in {one.name for one in made.ids().values()}
    assert weighed(made, 60, FLOW).known(60) == Known("ovs_flow", How.INFERRED)
    made = weighed(Registry(), 40, FLOW)
    made.learn(Announcement("ovs_flow", 40))
    assert made.known(40) == Known("ovs_flow", How.NLCTRL)


def test_a_number_belongs_to_the_family_that_had_it_last() -> None:
    made = registry(ovs_flow=40)
    made.learn(Announcement("ovs_packet", 40))
    assert made.known(40) == Known("ovs_packet", How.NLCTRL)
    assert weighed(made.copy(), 60, FLOW).known(60) == Known("ovs_flow", How.INFERRED)  # which has none any more
    made.learn(Announcement("ovs_flow", 50))
    made.learn(Announcement("ovs_packet", None))
    assert made.known(40) is None
    assert made.known(50) == Known("ovs_flow", How.NLCTRL)


def test_a_family_that_is_gone_leaves_its_number() -> None:
    made = registry(ovs_flow=40)
    made.learn(Announcement("ovs_flow", None))
    assert made.known(40) is None
    assert {one.how for one in made.ids().values()} == {How.FIXED}


@pytest.mark.parametrize("said", [Announcement("nlctrl", 40), Announcement("nlctrl", None), Announcement("ovs_flow", 16)])
def test_nlctrls_own_id_is_fixed(said: Announcement) -> None:
    for tell in (Registry.learn, lambda made, one: made.start_with([one])):
        made = registry(ovs_packet=41)
        tell(made, said)
        assert made.known(16) == Known("nlctrl", How.FIXED)
        assert made.known(40) != Known("nlctrl", How.NLCTRL)
        assert made.known(41) == Known("ovs_packet", How.NLCTRL)


def test_what_a_file_announces_first_holds_from_its_start() -> None:
    made = Registry()
    made.start_with([Announcement("ovs_flow", 40), Announcement("ovs_flow", 50), Announcement("ovs_packet", 40)])
    assert made.known(40) == Known("ovs_flow", How.NLCTRL)
    assert made.known(50) != Known("ovs_flow", How.NLCTRL)
    made = Registry()
    made.start_with([Announcement("ovs_flow", None), Announcement("ovs_flow", 50)])
    assert made.known(50) is None  # until it is said


def test_a_presumed_family_decodes_what_fits_only() -> None:
    made = weighed(Registry(), 40, FLOW)
    assert made.family(41) is None
    found = made.presumed(41, MISS, "little", cut=False)
    assert found is not None
    assert found.name == "ovs_packet"
    assert made.presumed(41, body(9, *PACKET), "little", cut=False) is None
    assert made.presumed(40, FLOW, "little", cut=False) is None  # it is sure


def test_a_message_that_does_not_fit_a_presumed_family_is_its_own_once_others_confirm_it() -> None:
    """A damaged message is read from a stream as from a file, where all messages are weighed before the first is read."""
    made = weighed(Registry(), 38, body(1, DATAPATH["name"], DATAPATH["stats"]))
    either, damaged = body(1, RICH, ACTIONS), noise(1)[0]  # of ovs_flow or, with a strange packet and an empty key, of ovs_packet
    assert made.presumed(40, damaged, "little", cut=False) is None
    weighed(made, 40, either, either, damaged)
    assert made.known(40) == Known("ovs_flow", How.PRESUMED)
    found = made.presumed(40, damaged, "little", cut=False)
    assert found is not None
    assert found.name == "ovs_flow"


def test_a_presumed_id_is_inferred_where_its_messages_confirm_it() -> None:
    """Two of three fit: too few to tell the family alone, enough where its neighbour is known."""
    meters = [body(3, METER["id"], METER["bands"]), body(4, METER["id"]), *noise(1)]
    alone, beside = Registry(), Registry()
    beside.note(40, FLOW, "little", cut=False)
    for made in (alone, beside):
        for one in meters:
            made.note(42, one, "little", cut=False)
        made.review()
    assert alone.known(42) is None
    assert beside.known(42) == Known("ovs_meter", How.INFERRED)


def families(records: Iterable[bytes], tmp_path: Path | None = None) -> list[str | None]:
    """The families of the messages of a stream, or of a file."""
    data = pcap([record(one, number=number) for number, one in enumerate(records, 1)])
    if tmp_path is None:
        with ovsdissect.open(io.BytesIO(data)) as capture:
            return [message.family for message in capture]
    (tmp_path / "c.pcap").write_bytes(data)
    with ovsdissect.open(tmp_path / "c.pcap") as capture:
        return [message.family for message in capture]


@pytest.mark.parametrize(("between", "found"), [(255, "ovs_flow"), (256, None)])
def test_a_stream_holds_back_256_records(between: int, found: str | None) -> None:
    """The first flow says too little; the next one tells, but by then the first may have been shown."""
    poor = nlmsg(40, body(FLOW_GET))
    assert families([poor, *[nlmsg(16)] * between, nlmsg(40, FLOW)])[0] == found


def test_a_file_is_read_to_its_end_first(tmp_path: Path) -> None:
    poor = nlmsg(40, body(FLOW_GET))
    assert families([poor, *[nlmsg(16)] * 1000, nlmsg(40, FLOW)], tmp_path)[0] == "ovs_flow"


def test_announcements_that_cannot_both_hold_are_told(tmp_path: Path) -> None:
    """Two hosts in one file; a module that was loaded anew has an id that nobody had before."""

    def clashes(*said: bytes) -> list[tuple[str, int, str, int]]:
        file = tmp_path / "two.pcap"
        file.write_bytes(pcap([record(one, number=number) for number, one in enumerate(said, 1)]))
        with ovsdissect.open(file) as capture:
            assert len(list(capture)) == len(said)
            return [(one.name, one.id, one.before_name, one.before_id) for one in capture.clashes]

    flow, gone = newfamily("ovs_flow", 40), newfamily("ovs_flow", 40, cmd="delfamily")
    assert clashes(flow, newfamily("ovs_flow", 50)) == []
    assert clashes(flow, flow) == []
    assert clashes(flow, newfamily("ovs_packet", 40)) == [("ovs_packet", 40, "ovs_flow", 40)]
    assert clashes(flow, gone, newfamily("ovs_packet", 40)) == []
    assert clashes(flow, newfamily("ovs_flow", 50), flow) == [("ovs_flow", 40, "ovs_flow", 50)]

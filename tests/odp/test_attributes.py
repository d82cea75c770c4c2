"""Which attribute of a message goes where in its line; the expected lines are from real logs, shortened."""

from __future__ import annotations

import pytest

from ovsdissect.dissect.flow_keys import FlowKey
from ovsdissect.families.flow_key import MASK
from ovsdissect.families.ovs_flow import FLOW_ATTRS
from ovsdissect.families.ovs_packet import PACKET_ATTRS
from ovsdissect.grammar import AttrSet
from ovsdissect.odp import Attributes, Shown, flow_line, format_key, format_tunnel, packet_line
from ovsdissect.odp.key import flow_text
from ovsdissect.odp.text import Source
from ovsdissect.tree.tree import Tree

NEW, DEL, GET, SET = 1, 2, 3, 4
REQUEST, CREATE = 0x1, 0x400


def attr(number: int, payload: bytes) -> bytes:
    """An attribute, padded."""
    return (len(payload) + 4).to_bytes(2, "little") + number.to_bytes(2, "little") + payload + bytes(-len(payload) % 4)


def attributes(attrs: AttrSet, data: bytes, ovs: str = "4.0") -> Attributes:
    """The attributes of a message."""
    shown = Shown({3: "v1", 4: "v2"}, ovs, now=3513)
    return Attributes(Tree(data, "little", []).attrs(attrs, 0, len(data), ""), data, shown)


IN_PORT, RECIRC = attr(3, bytes([3, 0, 0, 0])), attr(20, bytes(4))
FULL = attr(3, b"\xff" * 4)
OUTPUT, DROP = attr(1, bytes([4, 0, 0, 0])), attr(24, bytes(4))
UFID = attr(9, bytes.fromhex("5c3fb0295dd6c844aa7471845ecab785"))
UFID_TEXT = "ufid:29b03f5c-44c8-d65d-8471-74aa85b7ca5e"
STATS = attr(3, (1).to_bytes(8, "little") + (90).to_bytes(8, "little")) + attr(5, (1000).to_bytes(8, "little")) + attr(4, b"\x12")


def test_upcalls_and_executes() -> None:
    message = attributes(PACKET_ATTRS, attr(2, RECIRC + IN_PORT) + attr(3, OUTPUT) + attr(9, bytes([0xDC, 5])))
    assert packet_line(1, message) == "miss upcall: recirc_id(0),in_port(3)"
    assert packet_line(2, message) == "action upcall: recirc_id(0),in_port(3)"
    assert packet_line(3, message) == "execute 4 with metadata recirc_id(0),in_port(3) mtu 1500"
    assert packet_line(9, message) is None


def test_puts() -> None:
    data = UFID + attr(1, RECIRC + IN_PORT) + attr(7, FULL) + attr(2, OUTPUT)
    put = attributes(FLOW_ATTRS, data)
    assert flow_line(NEW, REQUEST | CREATE, put) == f"put[create] {UFID_TEXT} in_port(3), actions:4"
    assert flow_line(SET, REQUEST, put) == f"put[modify] {UFID_TEXT} in_port(3), actions:4"
    failed = flow_line(NEW, REQUEST | CREATE, put, error="Invalid argument")
    assert failed == f"failed to put[create] (Invalid argument) {UFID_TEXT} in_port(3), actions:4"
    old = attributes(FLOW_ATTRS, data, "3.1")
    assert flow_line(NEW, REQUEST | CREATE, old) == f"put[create] {UFID_TEXT} recirc_id(0/0),in_port(3), actions:4"


@pytest.mark.parametrize("ovs", ["2.13", "2.15.0", "3.1", "3.4", "3.5.0", "4.0"])
def test_a_put_of_an_empty_list_has_no_actions_in_the_log(ovs: str) -> None:
    """log_flow_put_message(): the daemon hands an empty list as none; the explicit drop of 3.4 and later is an action."""
    for mask in (b"", attr(7, FULL)):
        empty = attributes(FLOW_ATTRS, UFID + attr(1, IN_PORT) + mask + attr(2, b""), ovs)
        line = flow_line(NEW, REQUEST | CREATE, empty)
        assert line is not None
        assert line.startswith(f"put[create] {UFID_TEXT} ")
        assert "actions" not in line
    dropped = attributes(FLOW_ATTRS, UFID + attr(1, IN_PORT) + attr(7, FULL) + attr(2, DROP), ovs)
    text = "tnl_pop(0)" if ovs == "3.1" else "drop"
    assert flow_line(NEW, REQUEST | CREATE, dropped) == f"put[create] {UFID_TEXT} in_port(3), actions:{text}"


def test_a_put_without_mask_and_actions_shows_its_ufid_only() -> None:
    put = attributes(FLOW_ATTRS, UFID + attr(1, IN_PORT) + attr(2, b""))
    assert flow_line(NEW, REQUEST | CREATE, put) == f"put[create] {UFID_TEXT} "


def test_deletes() -> None:
    reply = attributes(FLOW_ATTRS, UFID + STATS)
    delete = attributes(FLOW_ATTRS, UFID)
    assert flow_line(DEL, REQUEST, delete) == f"flow_del {UFID_TEXT} "
    assert flow_line(DEL, REQUEST, delete, reply=reply) == f"flow_del {UFID_TEXT} , packets:1, bytes:90, used:2.513s, flags:S."
    # log_flow_del_message(): what the kernel counted is told of a flow that is gone, not of one that it did not find
    failed = flow_line(DEL, REQUEST, delete, reply=reply, error="No such file or directory")
    assert failed == f"failed to flow_del (No such file or directory) {UFID_TEXT} "
    assert flow_line(DEL, REQUEST, attributes(FLOW_ATTRS, attr(1, IN_PORT))) == "flow_del "
    assert flow_line(DEL, REQUEST, attributes(FLOW_ATTRS, b"")) == "flow_flush success"


def test_gets() -> None:
    reply = attributes(FLOW_ATTRS, attr(7, FULL) + attr(2, OUTPUT))
    by_key = flow_line(GET, REQUEST, attributes(FLOW_ATTRS, attr(1, IN_PORT)), reply=reply)
    assert by_key == "flow_get in_port(3), packets:0, bytes:0, used:never, actions:4"
    by_ufid = flow_line(GET, REQUEST, attributes(FLOW_ATTRS, UFID), reply=attributes(FLOW_ATTRS, UFID + attr(2, b"")))
    assert by_ufid == f"flow_get {UFID_TEXT} <empty>, packets:0, bytes:0, used:never, actions:drop"
    # ukey_create_from_dpif_flow() asks because it does not know the key, whatever was put before
    known = FlowKey(RECIRC + IN_PORT, own=True)
    assert flow_line(GET, REQUEST, attributes(FLOW_ATTRS, UFID), reply=attributes(FLOW_ATTRS, UFID + attr(2, b"")), known=known) == by_ufid


def test_dumps() -> None:
    full = attributes(FLOW_ATTRS, UFID + attr(1, IN_PORT) + attr(7, FULL) + attr(2, OUTPUT) + STATS)
    counters = "packets:1, bytes:90, used:2.513s, flags:S."
    assert flow_line(GET, 2, full) == f"{UFID_TEXT}, in_port(v1), {counters}, dp:ovs, actions:v2"
    assert flow_line(GET, 2, full, names=False) == f"{UFID_TEXT}, in_port(3), {counters}, dp:ovs, actions:4"
    terse = attributes(FLOW_ATTRS, UFID)
    assert flow_line(GET, 2, terse) == f"flow_dump {UFID_TEXT} <empty>, packets:0, bytes:0, used:never"


def test_names_are_those_of_the_outer_key() -> None:
    """format_odp_key_attr__(): OVS_KEY_ATTR_ENCAP is written without the names of ports."""
    assert format_key(IN_PORT + attr(1, IN_PORT), names={3: "v1"}) == "in_port(v1),encap(in_port(3))"


def test_a_mask_by_itself_reads_as_a_key() -> None:
    data = FULL + attr(16, attr(0, bytes(8)) + attr(8, b"\xff" * 4)) + attr(26, b"\xff" * 16)
    nodes = Tree(data, "little", []).attrs(MASK, 0, len(data), "")
    want = "in_port(4294967295),tunnel(tun_id=0x0,geneve(ff ff ff ff),flags(key)),"
    want += "ct_tuple4(src=255.255.255.255,dst=255.255.255.255,proto=255,tp_src=65535,tp_dst=65535)"
    assert flow_text(nodes, None, Source(data)) == want


def test_made_up_masks_of_tunnel_attributes() -> None:
    """No golden row has these: lib/odp-util.c, format_odp_tun_attr(), generate_all_wildcard_mask() and format_unknown_key()."""
    bits = attr(7, b"")
    forgotten = attr(1, b"\x01\x02\x03") + attr(2, b"\x0a\x00\x00\x01") + attr(4, b"\x40")
    want = "tunnel(key1(bad key length 3, expected 4)(01 02 03/(bad mask length 3, expected 4)(00 00 00)"
    want += "key20a 00 00 01/(bad mask length 3, expected 4)(00 00 00)key440/(bad mask length 3, expected 1)(00 00 00)"
    want += "flags(-oam))"
    assert format_tunnel(forgotten, mask=bits) == want
    assert format_tunnel(attr(17, b"\x05"), mask=attr(17, b"\xff")) == "tunnel(key17(05),flags(0/0))"
    assert format_tunnel(attr(17, b"\x05"), mask=attr(17, b"\x0f")) == "tunnel(key17(05/0f),flags(0/0))"
    assert format_tunnel(attr(40, b"\x05"), mask=attr(40, b"\xff")) == "tunnel(key40(05/ff),flags(0/0))"


BAD_TOS = "key3(bad key length 2, expected 1)(01 02/(bad mask length 2, expected 1)(00 00)"  # its made-up mask: 06 00 03 00, 00 00 00 00


def behind(part: bytes, ovs: str = "4.0") -> str:
    """The text of a sub-attribute behind a TOS of two bytes, where the mask names neither."""
    text = format_tunnel(attr(3, b"\x01\x02") + part, mask=attr(7, b""), ovs=ovs)
    assert text.startswith(f"tunnel({BAD_TOS}")
    return text.removeprefix(f"tunnel({BAD_TOS}").removesuffix("flags(-oam))")


def test_a_made_up_mask_serves_the_next_sub_attribute_after_a_bad_length() -> None:
    """The first in OVS's buffer serves, with its own length; behind its two bytes and their padding comes the next one's header."""
    option = b"\x01\x02\x03\x01" + b"\xaa\xbb\xcc\xdd"
    assert behind(attr(8, option)) == "geneve(value len 8 different from mask len 2),"
    # one option without data is four bytes; its mask would have to be as long
    assert behind(attr(8, b"\x01\x02\x03\x00")) == "geneve(value len 4 different from mask len 2),"
    # erspan_metadata of version 1: the mask's version is 00 00 00 00 (bytes and padding), its index the header 10 00 0f 00 of the next
    assert behind(attr(15, b"\x01\x00\x00\x00\x00\x00\x00\x07" + bytes(4))) == "erspan(ver=1/0,idx=0x7/0x10000f00),"
    assert behind(attr(16, b"\x30\xff")) == "gtpu(flags=0x30/0,msgtype=255/0),"
    assert behind(attr(20, b"\x05\x06\x07")) == "key20(05 06 07/00 00),"
    # an empty one: the header of the next stands where its bytes would
    text = format_tunnel(attr(2, b"") + attr(16, b"\x30\xff"), mask=attr(7, b""))
    empty = "key2(bad key length 0, expected 4)(/(bad mask length 0, expected 4)()"
    assert text == f"tunnel({empty}gtpu(flags=0x30/0x6,msgtype=255/0),flags(-oam))"
    # VXLAN extensions have a buffer of their own
    vxlan = attr(11, attr(1, b"\x01\x02") + attr(2, b"\x09"))
    want = "vxlan(key1(bad key length 2, expected 4)(01 02/(bad mask length 2, expected 4)(00 00)key2(09/00 00)),"
    assert format_tunnel(vxlan, mask=attr(7, b"")) == f"tunnel({want}flags(-oam))"


def test_an_unknown_sub_attribute_is_a_bad_length_before_2_17_4() -> None:
    text = format_tunnel(attr(17, b"\xc8") + attr(8, b"\x01\x02\x03\x00"), mask=attr(7, b""), ovs="2.15.0")
    want = "key17(bad key length 1, expected -1)(c8/(bad mask length 1, expected -1)(00)geneve(value len 4 different from mask len 1),"
    assert text == f"tunnel({want}flags(-oam))"
    assert format_tunnel(attr(11, attr(2, b"\x09")), ovs="2.15.0") == "tunnel(vxlan(key2(bad key length 1, expected -1)(09)),flags(0))"
    assert format_tunnel(attr(11, attr(2, b"\x09"))) == "tunnel(vxlan(key2(09)),flags(0))"

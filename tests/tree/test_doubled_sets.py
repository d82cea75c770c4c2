"""Sets whose attributes hold a value and its mask: the halves share no names, even if sets are nested; paths are the JSON's."""

from __future__ import annotations

from struct import pack

from tests.dissect.made import REQUEST, nlmsg, single

GENL = b"\1\1\0\0\5\0\0\0"  # ovs_flow new, version 1, datapath 5


def nla(number: int, data: bytes) -> bytes:
    return pack("<HH", 4 + len(data), number) + data + bytes(-len(data) % 4)


def masked(inside: bytes) -> bytes:
    """OVS_FLOW_ATTR_ACTIONS with one OVS_ACTION_ATTR_SET_MASKED."""
    return nlmsg(40, GENL + nla(2, nla(11, inside)), flags=REQUEST)


def test_a_doubled_set_in_another() -> None:
    """OVS_KEY_ATTR_ENCAP holding OVS_KEY_ATTR_ENCAP holding a doubled OVS_KEY_ATTR_PRIORITY."""
    (message,) = single(masked(nla(1, nla(1, nla(2, pack("<II", 7, 0xFF))))))
    assert message.to_dict()["attrs"] == {
        "actions": [{"set_masked": {"encap": {"value": {"encap": {"priority": 7}}, "mask": {"encap": {"priority": 255}}}}}]
    }


def test_the_path_of_a_problem_in_a_half() -> None:
    """Twelve bytes of Geneve options are six and a mask of six: an option of eight does not fit."""
    (message,) = single(masked(nla(16, nla(8, bytes.fromhex("12348501dead") + b"\xff" * 6))))
    assert [(str(one.kind), one.path, one.length) for one in message.problems] == [
        ("bad-length", "attrs.actions[0].set_masked.tunnel.value.geneve_opts[0]", 6)
    ]

"""What ovs-dpctl and the log of ovs-vswitchd print, byte for byte: keys, flows, actions, tunnels and ufids, given as bytes.

No function here raises for malformed bytes: what OVS prints for them is part of the format. A str raises TypeError.
`ovs` is the release whose text is wanted, or its name ("3.3": the newest of its branch, "3.3.7").  A release, form or byte order that
does not exist raises OvsDissectError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from ovsdissect.byteorder import ByteOrder, check_order
from ovsdissect.errors import OvsDissectError
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.grammar.octets import octets
from ovsdissect.grammar.wire import UFID
from ovsdissect.odp.actions import actions_text
from ovsdissect.odp.attributes import Attributes, Shown, flow_line, packet_line
from ovsdissect.odp.key import attr_text, flow_text
from ovsdissect.odp.lines import FlowStats
from ovsdissect.odp.releases import RELEASES, Release, Version, release
from ovsdissect.odp.text import Source
from ovsdissect.tree.tree import Tree

__all__ = [
    "RELEASES",
    "Attributes",
    "FlowStats",
    "Form",
    "Release",
    "Shown",
    "Version",
    "flow_line",
    "format_actions",
    "format_flow",
    "format_key",
    "format_tunnel",
    "format_ufid",
    "packet_line",
    "release",
]

Form = Literal["dump", "dump-m", "log"]


def format_key(
    data: bytes,
    *,
    verbose: bool = True,
    names: Mapping[int, str] | None = None,
    ovs: Version = "4.0",
    byteorder: ByteOrder = "little",
) -> str:
    """Return the text of a flow key: the attributes inside OVS_PACKET_ATTR_KEY or OVS_FLOW_ATTR_KEY, without that attribute's own header.

    names: port number -> name. ovs: the release, or its name. Source: odp_flow_format() without a mask.
    """
    check_order(byteorder)
    data = octets(data, "data")
    nodes = Tree(data, byteorder, []).attrs(KEY, 0, len(data), "")
    return flow_text(nodes, None, Source(data, b"", verbose, names, byteorder, release(ovs)))


def format_flow(
    key: bytes,
    mask: bytes,
    *,
    form: Form = "dump",
    names: Mapping[int, str] | None = None,
    ovs: Version = "4.0",
    byteorder: ByteOrder = "little",
) -> str:
    """Return the text of a flow's key and mask (payloads): as printed by `dump-flows`, by `dump-flows -m`, or by the log.

    names: port number -> name. ovs: the release; since 3.5 the log leaves out attributes without a mask. Source: odp_flow_format().
    """
    check_order(byteorder)
    if form not in get_args(Form):
        raise OvsDissectError(f"no form {form!r}; the forms are {', '.join(get_args(Form))}")
    key, mask = octets(key, "key"), octets(mask, "mask")
    nodes = Tree(key, byteorder, []).attrs(KEY, 0, len(key), "")
    masks = Tree(mask, byteorder, []).attrs(MASK, 0, len(mask), "")
    whose = release(ovs)
    source = Source(key, mask, form != "dump", names, byteorder, whose, skip_no_mask=form == "log" and whose.log_skips_unmasked)
    return flow_text(nodes, masks, source)


def format_actions(
    data: bytes, *, names: Mapping[int, str] | None = None, ovs: Version = "4.0", byteorder: ByteOrder = "little"
) -> str:
    """Return the text of a list of actions (the payload of OVS_FLOW_ATTR_ACTIONS or OVS_PACKET_ATTR_ACTIONS); an empty list is "drop".

    names: port number -> name. ovs: the release; numbers above 21 have changed between releases. Source: format_odp_actions().
    """
    check_order(byteorder)
    data = octets(data, "data")
    nodes = Tree(data, byteorder, []).attrs(ACTIONS, 0, len(data), "")
    return actions_text(nodes, Source(data, b"", True, names, byteorder, release(ovs)))


def format_tunnel(
    data: bytes, *, mask: bytes | None = None, verbose: bool = True, ovs: Version = "4.0", byteorder: ByteOrder = "little"
) -> str:
    """Return `tunnel(...)` for the payload of OVS_KEY_ATTR_TUNNEL, and that of its mask if there is one.

    ovs: the release, or its name. Source: format_odp_tun_attr().
    """
    check_order(byteorder)
    data, mask = octets(data, "data"), None if mask is None else octets(mask, "mask")
    row, mask_row = KEY.by_name["tunnel"], MASK.by_name["tunnel"]
    node = Tree(data, byteorder, []).value(row, row.wire, "", 0, len(data), "")
    bits = None if mask is None else Tree(mask, byteorder, []).value(mask_row, mask_row.wire, "", 0, len(mask), "")
    return attr_text(row, node, bits, Source(data, mask or b"", verbose, None, byteorder, release(ovs)))


def format_ufid(data: bytes, *, ovs: Version = "4.0", byteorder: ByteOrder = "little") -> str:
    """Return `ufid:...` for 16 bytes: four words in the capturing host's order (odp_format_ufid); other lengths are padded with zeros or
    cut.

    ovs: the release; all print the same.
    """
    release(ovs)
    check_order(byteorder)
    raw = octets(data, "data")[:16].ljust(16, b"\0")
    return f"ufid:{UFID.value(UFID.reader(byteorder)(raw, 0))}"

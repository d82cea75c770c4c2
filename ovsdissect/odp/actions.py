"""Actions as text: format_odp_actions() and format_odp_action() of lib/odp-util.c, over the grammar's nodes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from ovsdissect.families.actions import ACTIONS, CHECK_PKT_LEN, DEC_TTL, PSAMPLE, SAMPLE
from ovsdissect.families.flow_key import KEY, MASK, NSH, SET_MASKED
from ovsdissect.grammar import Masked
from ovsdissect.grammar.attrs import NLA_HEADER, NLA_TYPE_MASK
from ovsdissect.grammar.wire import PREFIX
from ovsdissect.odp.ct import ct_text
from ovsdissect.odp.key import attr_text, lse_text, tci_text
from ovsdissect.odp.nsh import push_nsh_text, set_nsh_text
from ovsdissect.odp.releases import Release
from ovsdissect.odp.styles import hex_bytes, mac_text
from ovsdissect.odp.text import ANY, Nodes, Source, generic, is_cut, leftover, leftover_text, number, parsed, payload, port_text
from ovsdissect.odp.tnl_push import tnl_push
from ovsdissect.odp.userspace import userspace_text
from ovsdissect.odp.words import ACTION_NUMBERS, ACTION_SIZES, ACTION_WORDS, HASH_WORDS
from ovsdissect.tree.node import UNDECODED_ROW, Node
from ovsdissect.tree.tree import Tree

ActionWriter = Callable[[Node, Source], str]

# format_odp_action(): "Masked set action not supported for tunnel key, which is bigger."
MAX_MASKED: Final = KEY.by_name["ipv6"].wire.size or 0


def actions_text(nodes: Nodes, source: Source) -> str:
    """Return a list of actions (format_odp_actions)."""
    if not nodes:
        return "drop"
    last = nodes[-1].row is UNDECODED_ROW
    text = ",".join([action_text(node, source) for node in (nodes[:-1] if last else nodes)])
    rest = leftover(nodes, source.data)
    if rest:
        text += ("<empty>," if last and len(nodes) == 1 else ",") + leftover_text(rest)
    return text


def action_text(node: Node, source: Source) -> str:
    """Return one action (format_odp_action)."""
    size, write = known(source.release).get(number(node), UNKNOWN)
    if size is not None and node.length != size:
        return f"bad length {node.length}, expected {size} for: {unknown(node, source)}"
    return unknown(node, source) if is_cut(node) else write(node, source)


def unknown(node: Node, source: Source) -> str:
    """Return an unknown action (format_generic_odp_action)."""
    inside = f"({generic(node, source.data)})" if node.length else ""
    return f"action{number(node)}{inside}"


def bare(word: str) -> ActionWriter:
    """Return the writer of a bare word."""
    return lambda node, source: word


def around(form: str, style: Callable[[int], str]) -> ActionWriter:
    """Return the writer of a word around a number."""
    return lambda node, source: form.format(style(node.raw))


def output(node: Node, source: Source) -> str:
    """A port."""
    return port_text(node.raw, source)


def tnl_pop(node: Node, source: Source) -> str:
    """Tunnel decapsulation of the userspace datapath."""
    return f"tnl_pop({port_text(u32(node, source), source)})"


def lb_output(node: Node, source: Source) -> str:
    """Output by a bond of the userspace datapath."""
    return f"lb_output({u32(node, source)})"


def u32(node: Node, source: Source) -> int:
    """Return a number in host byte order from an attribute that the grammar does not know."""
    return int.from_bytes(payload(node, source.data), source.order)


def push_vlan(node: Node, source: Source) -> str:
    """A VLAN tag to push."""
    tpid, tci = node.children
    word = "" if tpid.raw == 0x8100 else f"tpid=0x{tpid.raw:04x},"
    return f"push_vlan({word}{tci_text(tci.raw, 0xFFFF, False)})"


def push_eth(node: Node, source: Source) -> str:
    """An Ethernet header to push."""
    src, dst = node.children
    return f"push_eth(src={mac_text(src.raw)},dst={mac_text(dst.raw)})"


def mpls(word: str) -> ActionWriter:
    """The writer of a label stack entry to push."""
    return lambda node, source: f"{word}({lse_text(node.children[0].raw)},eth_type=0x{node.children[1].raw:x})"


def hash_text(node: Node, source: Source) -> str:
    """A hash to compute."""
    alg, basis = node.children
    return f"hash({HASH_WORDS.get(alg.raw, 'Unknown hash algorithm({})').format(alg.raw if alg.raw not in HASH_WORDS else basis.raw)})"


def trunc(node: Node, source: Source) -> str:
    """A truncation."""
    return f"trunc({node.children[0].raw})"


def sample(node: Node, source: Source) -> str:
    """Actions for a share of the packets."""
    probability, actions = (row.number for row in SAMPLE.rows)
    found = parsed(node.children, source.data, {probability: (4, 4), actions: ANY})
    if found is None or len(found) < 2:
        return "sample(error)"
    percent = 100.0 * found[probability].raw / 0xFFFFFFFF
    return f"sample(sample={percent:.1f}%,actions({actions_text(found[actions].children, source)}))"


def clone(node: Node, source: Source) -> str:
    """Actions on a copy."""
    return f"clone({actions_text(node.children, source)})"


def check_pkt_len(node: Node, source: Source) -> str:
    """Actions depending on the packet's length."""
    size, greater, less_equal = (row.number for row in CHECK_PKT_LEN.rows)
    found = parsed(node.children, source.data, {size: (2, 2), greater: ANY, less_equal: ANY})
    if found is None or len(found) < 3:
        return "check_pkt_len(error)"
    gt, le = (actions_text(found[kind].children, source) for kind in (greater, less_equal))
    return f"check_pkt_len(size={found[size].raw},gt({gt}),le({le}))"


def dec_ttl(node: Node, source: Source) -> str:
    """A TTL to decrement."""
    action = DEC_TTL.rows[0].number
    inner = [actions_text(child.children, source) for child in node.children if number(child) == action]
    return f"dec_ttl(le_1({inner[0] if inner else ''}))"


def psample(node: Node, source: Source) -> str:
    """A sample for a psample group: the comma belongs to the group."""
    group, cookie = (row.number for row in PSAMPLE.rows)
    text = ""
    for child in node.children:
        kind = -1 if child.flags else number(child)  # OVS compares the number with its flag bits
        if kind == group:
            text += f"group={int.from_bytes(payload(child, source.data)[:4], source.order)},"
        elif kind == cookie:
            text += f"cookie={hex_bytes(payload(child, source.data))}"
    return f"psample({text.removesuffix(',')})"


def set_text(node: Node, source: Source) -> str:
    """A header field or metadata to overwrite: the first attribute inside, verbose, without names."""
    inner = first_inside(node, source)
    if inner is None:
        return "set()"
    attr, within = inner
    if attr.row is UNDECODED_ROW:
        return "set()"
    row = KEY.row(number(attr))
    return f"set({attr_text(row, attr, None, within._replace(verbose=True, names=None))})"


def set_masked(node: Node, source: Source) -> str:
    """Bits of a header field or of metadata to overwrite: the first attribute inside holds the value, then its mask."""
    inner = first_inside(node, source)
    if inner is None:
        return "set()"
    attr, within = inner
    row = KEY.row(number(attr))
    within = within._replace(verbose=False, names=None, mask_data=within.data)
    tree = Tree(within.data, source.order, [])
    start, end = attr.offset, attr.offset + attr.length
    if row.wire is NSH:
        return set_nsh_text(Node("", row, NSH, start, attr.length, None, tree.attrs(NSH, start, end, "")), within)
    half = attr.length // 2
    if half > MAX_MASKED:
        return f"set({attr_text(row, tree.value(row, row.wire, '', start, end, ''), None, within)})"
    if isinstance(attr.wire, Masked):
        value, mask = attr.children
    else:
        middle = start + half
        mask_row = MASK.row(row.number)
        value = tree.value(row, row.wire, "", start, middle, "")
        mask = tree.value(mask_row, mask_row.wire, "", middle, middle + half, "")
    return f"set({attr_text(row, value, mask, within)})"


def first_inside(node: Node, source: Source) -> tuple[Node, Source] | None:
    """Return the first attribute of a payload, whatever its declared length, and the bytes that hold it; None if nothing is left to read.

    OVS does not check that the attribute ends within the payload: it reads what follows, here zeros after the last byte.
    """
    first = node.children[0] if node.children else None
    if first is not None and first.row is not UNDECODED_ROW:
        return first, source
    raw = source.data[node.offset :]
    if len(raw) < NLA_HEADER:
        return None
    length, kind = struct.unpack_from(PREFIX[source.order] + "HH", raw)
    data = raw[:length].ljust(max(length, NLA_HEADER), b"\0")
    row = (SET_MASKED if node.row is SET_MASKED_ROW else KEY).row(kind & NLA_TYPE_MASK)
    return Tree(data, source.order, []).value(row, row.wire, "", NLA_HEADER, len(data), ""), source._replace(data=data)


def push_nsh(node: Node, source: Source) -> str:
    """A network service header to push."""
    inner = first_inside(node, source)
    if inner is None:
        return push_nsh_text((), source)
    attr, within = inner
    return push_nsh_text(Tree(within.data, source.order, []).attrs(NSH, attr.offset, attr.offset + attr.length, ""), within)


SET_MASKED_ROW: Final = ACTIONS.by_name["set_masked"]
WRITERS: Final[dict[str, ActionWriter]] = {
    **{row.name: bare(word) for row, word in ACTION_WORDS.items()},
    **{row.name: around(form, style) for row, (form, style) in ACTION_NUMBERS.items()},
    "output": output,
    "userspace": userspace_text,
    "set": set_text,
    "push_vlan": push_vlan,
    "sample": sample,
    "hash": hash_text,
    "push_mpls": mpls("push_mpls"),
    "set_masked": set_masked,
    "ct": ct_text,
    "trunc": trunc,
    "push_eth": push_eth,
    "push_nsh": push_nsh,
    "clone": clone,
    "check_pkt_len": check_pkt_len,
    "add_mpls": mpls("add_mpls"),
    "dec_ttl": dec_ttl,
    "psample": psample,
    "tnl_push": tnl_push,
    "tnl_pop": tnl_pop,
    "lb_output": lb_output,
}
# the length that OVS "expects" of an action that it does not know, and how it prints an action of another length
UNKNOWN: Final[tuple[int | None, ActionWriter]] = (-1, unknown)
LAST_COMMON: Final = 21  # the numbers up to this one never changed


@cache
def known(release: Release) -> Mapping[int, tuple[int | None, ActionWriter]]:
    """Return, by number, the length that a release insists on (None: it checks none) and how it writes the action."""
    names = {row.number: row.name for row in ACTIONS.rows if row.number <= LAST_COMMON} | dict(release.actions)
    return {kind: (ACTION_SIZES[name], WRITERS.get(name, unknown)) for kind, name in names.items()}

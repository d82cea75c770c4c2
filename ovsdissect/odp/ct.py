"""ct() and nat() as text: format_odp_conntrack_action() and format_odp_ct_nat() of lib/odp-util.c."""

from __future__ import annotations

from typing import Final

from ovsdissect.families.actions import CT, NAT
from ovsdissect.grammar.address import ipv6_text
from ovsdissect.odp.styles import hash_hex, ipv4_text
from ovsdissect.odp.text import ANY, Source, parsed, payload
from ovsdissect.tree.node import Node

COMMIT, ZONE, MARK, LABELS, HELPER, NAT_ATTR, FORCE, TIMEOUT = (
    CT.by_name[name].number for name in ("commit", "zone", "mark", "labels", "helper", "nat", "force_commit", "timeout")
)
SRC, DST, IP_MIN, IP_MAX, PROTO_MIN, PROTO_MAX, PERSISTENT, HASH, RANDOM = (row.number for row in NAT.rows)
CT_POLICY: Final = {
    COMMIT: ANY,
    FORCE: ANY,
    ZONE: (2, 2),
    MARK: (8, 0xFFFF),
    LABELS: (32, 0xFFFF),
    HELPER: (1, 16),
    NAT_ATTR: ANY,
    TIMEOUT: (1, 32),
}
NAT_POLICY: Final = {row.number: ANY for row in NAT.rows} | {IP_MIN: (4, 16), IP_MAX: (4, 16), PROTO_MIN: (2, 2), PROTO_MAX: (2, 2)}
STRINGS: Final = frozenset((HELPER, TIMEOUT))
NAT_OPTIONS: Final = ((PERSISTENT, "persistent"), (HASH, "hash"), (RANDOM, "random"))


def ct_text(node: Node, source: Source) -> str:
    """`ct(...)`."""
    data, order = source.data, source.order
    found = parsed(node.children, data, CT_POLICY, STRINGS)
    if found is None:
        return "ct(error)"
    parts = []
    if COMMIT in found:
        parts.append("commit")
    if FORCE in found:
        parts.append("force_commit")
    if ZONE in found and found[ZONE].raw:
        parts.append(f"zone={found[ZONE].raw}")
    if MARK in found:
        raw = payload(found[MARK], data)
        parts.append(f"mark={hash_hex(int.from_bytes(raw[:4], order))}/{hash_hex(int.from_bytes(raw[4:8], order))}")
    if LABELS in found:
        raw = payload(found[LABELS], data)
        mask = "" if raw[16:32] == b"\xff" * 16 else "/" + hash_hex(int.from_bytes(raw[16:32], order))
        parts.append(f"label={hash_hex(int.from_bytes(raw[:16], order))}{mask}")
    if HELPER in found:
        parts.append(f"helper={string(found[HELPER], data)}")
    timeout = f"timeout={string(found[TIMEOUT], data)}" if TIMEOUT in found else ""
    nat = nat_text(found[NAT_ATTR], source) if NAT_ATTR in found else ""
    if source.release.ct_timeout_comma:
        parts += [part for part in (timeout, nat) if part]
    elif timeout or nat:
        parts.append(timeout + nat)
    return f"ct({','.join(parts)})" if parts else "ct"


def string(node: Node, data: bytes) -> str:
    """Return a string without its NUL."""
    return payload(node, data)[:-1].decode("utf-8", "backslashreplace")


def nat_text(node: Node, source: Source) -> str:
    """`nat(...)`."""
    data = source.data
    found = parsed(node.children, data, NAT_POLICY)
    if found is None:
        return "nat(error: nl_parse_nested() failed.)"
    error = nat_error(found)
    if error:
        return f"nat(error: {error})"
    low, high = address(found.get(IP_MIN), data), address(found.get(IP_MAX), data)
    proto_min = found[PROTO_MIN].raw if PROTO_MIN in found else 0
    proto_max = found[PROTO_MAX].raw if PROTO_MAX in found else 0
    if (any(high) and low > high) or (proto_max and proto_min > proto_max):
        return "nat(range error)"
    if SRC not in found and DST not in found:
        return "nat"
    text = "src" if SRC in found else "dst"
    if low:
        text += "=" + address_text(low, proto_min)
        if any(high) and high != low:
            text += "-" + address_text(high, proto_min)
        if proto_min:
            text += f":{proto_min}"
            if proto_max and proto_max != proto_min:
                text += f"-{proto_max}"
    text += "".join(f",{word}" for kind, word in NAT_OPTIONS if kind in found)
    return f"nat({text})"


def nat_error(found: dict[int, Node]) -> str:
    """Return OVS's sentence about an invalid combination; "" for valid ones."""
    if SRC not in found and DST not in found:
        return 'options allowed only with "src" or "dst"' if found else ""
    if SRC in found and DST in found:
        return 'Only one of "src" or "dst" may be present.'
    if IP_MIN not in found and PROTO_MIN in found:
        return "proto but no IP."
    if (IP_MIN not in found and IP_MAX in found) or (PROTO_MIN not in found and PROTO_MAX in found):
        return "range max without min."
    if IP_MIN in found:
        size = found[IP_MIN].length
        if size not in (4, 16) or (IP_MAX in found and found[IP_MAX].length != size):
            return "IP address sizes do not match"
    return ""


def address(node: Node | None, data: bytes) -> bytes:
    """Return an address's bytes; empty if there is none."""
    return payload(node, data) if node is not None else b""


def address_text(raw: bytes, port: int) -> str:
    """Return an address; an IPv6 one in brackets if a port follows."""
    if len(raw) != 16:
        return ipv4_text(raw)
    return f"[{ipv6_text(raw)}]" if port else ipv6_text(raw)

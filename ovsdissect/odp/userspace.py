"""userspace() and its cookie as text: format_odp_userspace_action() of lib/odp-util.c."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ovsdissect.families.actions import USERSPACE
from ovsdissect.families.cookies import HEAD, SLOW_PATH_REASONS
from ovsdissect.grammar import Variant
from ovsdissect.odp.styles import flags_text, hash_hex
from ovsdissect.odp.text import ANY, Source, parsed, payload, port_text
from ovsdissect.tree.node import Node

PID, USERDATA_ATTR, TUN_PORT, ACTIONS_ATTR = (row.number for row in USERSPACE.rows)
POLICY: Final = {PID: (4, 4), USERDATA_ATTR: ANY, TUN_PORT: (4, 4), ACTIONS_ATTR: ANY}

Members = Mapping[str, Any]


def userspace_text(node: Node, source: Source) -> str:
    """`userspace(...)`."""
    found = parsed(node.children, source.data, POLICY)
    if found is None or PID not in found:
        return "userspace(error)"
    text = f"userspace(pid={found[PID].raw}"
    if USERDATA_ATTR in found:
        text += "," + cookie_text(found[USERDATA_ATTR], source)
    if ACTIONS_ATTR in found:
        text += ",actions"
    if TUN_PORT in found:
        text += f",tunnel_out_port={port_text(found[TUN_PORT].raw, source)}"
    return text + ")"


def cookie_text(node: Node, source: Source) -> str:
    """Return a cookie of ovs-vswitchd's own, or the bytes of another one."""
    if isinstance(node.wire, Variant) and len(node.children) > len(HEAD.members):
        union = node.children[len(HEAD.members)]
        values = {member.name: member.raw for member in union.children}
        cookie = COOKIES[union.name]
        said = [f"{one.label}={one.style(values[one.member], source)}" for one in cookie.members]
        if cookie.before is not None:
            said.insert(0, cookie.before(values))
        return f"{cookie.word}({','.join(said)}{'' if cookie.after is None else cookie.after(values)})"
    return f"userdata({payload(node, source.data).hex()})"


def decimal(value: int, source: Source) -> str:
    """A number."""
    return str(value)


def hashed(value: int, source: Source) -> str:
    """Return a number in hex, zero without a prefix."""
    return hash_hex(value)


def truth(value: int, source: Source) -> str:
    """Return whether it is not zero."""
    return str(int(value != 0))


class Said(NamedTuple):
    """A member of a cookie: `label=` and its value in a style."""

    label: str
    member: str
    style: Callable[[int, Source], str] = decimal


class Cookie(NamedTuple):
    """How a cookie is printed: `word(...)`; before and after: parts with a form of their own around its members."""

    word: str
    members: tuple[Said, ...] = ()
    before: Callable[[Members], str] | None = None
    after: Callable[[Members], str] | None = None


def _vlan(m: Members) -> str:
    tci = m["vlan_tci"]
    return f"vid={tci & 0xFFF},pcp={tci >> 13}"


def _reasons(m: Members) -> str:
    return flags_text(m["reason"], SLOW_PATH_REASONS, ",")


def _direction(m: Members) -> str:
    return {1: ",ingress", 2: ",egress"}.get(m["direction"], "")


COOKIES: Final = {
    "sflow": Cookie("sFlow", (Said("output", "output"),), before=_vlan),
    "slow_path": Cookie("slow_path", before=_reasons),
    "flow_sample": Cookie(
        "flow_sample",
        (
            *(Said(name, name) for name in ("probability", "collector_set_id", "obs_domain_id", "obs_point_id")),
            Said("output_port", "output_odp_port", port_text),
        ),
        after=_direction,
    ),
    "ipfix": Cookie("ipfix", (Said("output_port", "output_odp_port", port_text),)),
    "controller": Cookie(
        "controller",
        (
            *(Said("reason", "reason"), Said("dont_send", "dont_send", truth), Said("continuation", "continuation", truth)),
            *(Said("recirc_id", "recirc_id"), Said("rule_cookie", "rule_cookie", hashed)),
            *(Said("controller_id", "controller_id"), Said("max_len", "max_len")),
        ),
    ),
}

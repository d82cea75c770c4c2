"""userspace() and its cookie as text: format_odp_userspace_action() of lib/odp-util.c."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

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
    """A cookie of ovs-vswitchd's own, or its bytes where it is none."""
    if isinstance(node.wire, Variant) and len(node.children) > len(HEAD.members):
        union = node.children[len(HEAD.members)]
        return COOKIES[union.name]({member.name: member.raw for member in union.children}, source)
    return f"userdata({payload(node, source.data).hex()})"


def sflow(m: Members, source: Source) -> str:
    """An sFlow sample."""
    tci = m["vlan_tci"]
    return f"sFlow(vid={tci & 0xFFF},pcp={tci >> 13},output={m['output']})"


def slow_path(m: Members, source: Source) -> str:
    """A slow path: why the kernel cannot do it alone."""
    return f"slow_path({flags_text(m['reason'], SLOW_PATH_REASONS, ',')})"


def flow_sample(m: Members, source: Source) -> str:
    """An IPFIX flow sample."""
    direction = {1: ",ingress", 2: ",egress"}.get(m["direction"], "")
    return (
        f"flow_sample(probability={m['probability']},collector_set_id={m['collector_set_id']},obs_domain_id={m['obs_domain_id']},"
        f"obs_point_id={m['obs_point_id']},output_port={port_text(m['output_odp_port'], source)}{direction})"
    )


def ipfix(m: Members, source: Source) -> str:
    """An IPFIX bridge sample."""
    return f"ipfix(output_port={port_text(m['output_odp_port'], source)})"


def controller(m: Members, source: Source) -> str:
    """A packet-in for a controller."""
    return (
        f"controller(reason={m['reason']},dont_send={int(m['dont_send'] != 0)},continuation={int(m['continuation'] != 0)},"
        f"recirc_id={m['recirc_id']},rule_cookie={hash_hex(m['rule_cookie'])},controller_id={m['controller_id']},max_len={m['max_len']})"
    )


COOKIES: Final[dict[str, Callable[[Members, Source], str]]] = {
    "sflow": sflow,
    "slow_path": slow_path,
    "flow_sample": flow_sample,
    "ipfix": ipfix,
    "controller": controller,
}

"""What a line says of ports, datapaths, meters, limits and families: for each family its phrases, in the order they are said.

A phrase is a function of the message's top attributes that gives "" where it has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ovsdissect.text.values import Scope, quoted, value_text
from ovsdissect.tree.node import Node

Attributes = Mapping[str, Node]
Phrase = Callable[[Attributes, Scope], str]


def value(name: str, form: str = "{}") -> Phrase:
    """An attribute's value inside a few words."""

    def phrase(attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(name)
        return "" if node is None else form.format(value_text(node, scope))

    return phrase


def word(name: str, text: str) -> Phrase:
    """A word where an attribute is there."""
    return lambda attrs, scope: text if name in attrs else ""


def plain(name: str, form: str) -> Phrase:
    """An enumeration's or a set of flags' names inside a few words."""

    def phrase(attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(name)
        if node is None or node.wire.kind == "undecoded":
            return ""
        value = node.value
        return form.format("|".join(value) or "none" if isinstance(value, list) else value)

    return phrase


def counters(name: str, forms: Mapping[str, str], quiet: frozenset[str] = frozenset()) -> Phrase:
    """The members of a struct, each in its words; those of `quiet` only where they are not zero."""

    def phrase(attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(name)
        values = {child.name: child.raw for child in node.children} if node is not None else {}
        said = [form.format(values[key]) for key, form in forms.items() if key in values and (values[key] or key not in quiet)]
        return " ".join(said)

    return phrase


def _port(attrs: Attributes, scope: Scope) -> str:
    node = attrs.get("port_no")
    return "" if node is None or node.wire.kind == "undecoded" else f"port {node.raw}"


def _options(attrs: Attributes, scope: Scope) -> str:
    node = attrs.get("options")
    said = []
    for child in node.children if node is not None else ():
        inner = [f"{part.name} {value_text(part, scope)}" for part in child.children]
        said.append(" ".join([child.name, *inner] if child.children else [child.name, value_text(child, scope)]).rstrip())
    return " ".join(said)


def _list(name: str, form: str) -> Phrase:
    """The elements of an array, where one is not zero."""

    def phrase(attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(name)
        if node is None or not any(child.raw for child in node.children):
            return ""
        return form.format(" ".join(value_text(child, scope) for child in node.children[:4]) + (" .." if len(node.children) > 4 else ""))

    return phrase


def _handlers(attrs: Attributes, scope: Scope) -> str:
    node = attrs.get("per_cpu_pids")
    return "" if node is None else f"upcall sockets for {len(node.children)} CPUs"


def _lost_upcalls(attrs: Attributes, scope: Scope) -> str:
    node = attrs.get("upcall_stats")
    values = {child.name: child.raw for child in node.children} if node is not None else {}
    return f"upcalls {values.get('success', 0)} failed {values['fail']}" if values.get("fail") else ""


def _bands(attrs: Attributes, scope: Scope) -> str:
    node = attrs.get("bands")
    unit = "kbit/s" if "kbps" in attrs else "packets/s"
    said = []
    for band in node.children if node is not None else ():
        values = {child.name: child for child in band.children}
        words = [f"{values['type'].value}"] if "type" in values else ["band"]
        words += [f"above {values['rate'].raw} {unit}"] if "rate" in values else []
        words += [f"burst {values['burst'].raw}"] if "burst" in values and values["burst"].raw else []
        hits = values["stats"].child("n_packets") if "stats" in values else None
        words += [f"hit by {hits.raw} packets"] if hits is not None else []
        said.append(" ".join(words))
    return ", ".join(said)


def _limits(attrs: Attributes, scope: Scope) -> str:
    node = attrs.get("zone_limit")
    said = []
    for limit in node.children if node is not None else ():
        values = {child.name: child for child in limit.children}
        if len(values) == 3:
            count = f" count {values['count'].raw}" if values["count"].raw else ""
            said.append(f"zone {values['zone_id'].value} limit {values['limit'].raw}{count}")
    return ", ".join(said)


def _policies(attrs: Attributes, scope: Scope) -> str:
    node, operations = attrs.get("policy"), attrs.get("op_policy")
    said = []
    for policy in node.children if node is not None else ():
        for attribute in policy.children:
            values = {child.name: child for child in attribute.children}
            kind = f" {values['type'].value}" if "type" in values else ""
            said.append(f"policy {policy.name} attribute {attribute.name}{kind}")
    for operation in operations.children if operations is not None else ():
        which = " ".join(f"{child.name} {value_text(child, scope)}" for child in operation.children)
        said.append(f"operation {operation.name} policy {which}")
    return ", ".join(said)


def _groups(attrs: Attributes, scope: Scope) -> str:
    node = attrs.get("mcast_groups")
    said = []
    for group in node.children if node is not None else ():
        values = {child.name: child for child in group.children}
        if "name" in values and "id" in values:
            said.append(f"{quoted(str(values['name'].value))} {values['id'].raw}")
    return "groups " + " ".join(said) if said else ""


def _family(attrs: Attributes, scope: Scope) -> str:
    name, number = attrs.get("family_name"), attrs.get("family_id")
    text = value_text(name, scope) if name is not None else ""
    return text if number is None else f"{text} is {number.raw}" if text else f"family {number.raw}"


CONFIGURATION: Final[dict[str, tuple[Phrase, ...]]] = {
    "ovs_vport": (
        value("name"),
        _port,
        plain("type", "{}"),
        _options,
        value("ifindex", "ifindex {}"),
        value("netnsid", "netnsid {}"),
        _list("upcall_pid", "upcall pid {}"),
        counters(
            "stats",
            {
                "rx_packets": "rx {}",
                "tx_packets": "tx {}",
                "rx_errors": "rx errors {}",
                "tx_errors": "tx errors {}",
                "rx_dropped": "rx dropped {}",
                "tx_dropped": "tx dropped {}",
            },
            frozenset({"rx_errors", "tx_errors", "rx_dropped", "tx_dropped"}),
        ),
        _lost_upcalls,
    ),
    "ovs_datapath": (
        value("name"),
        counters("stats", {"n_flows": "flows {}", "n_hit": "hit {}", "n_missed": "missed {}", "n_lost": "lost {}"}),
        counters("megaflow_stats", {"n_masks": "masks {}"}),
        plain("user_features", "features {}"),
        _handlers,
        value("masks_cache_size", "mask cache {}"),
        value("upcall_pid", "upcall pid {}"),
    ),
    "ovs_meter": (
        value("id", "meter {}"),
        value("max_meters", "at most {} meters"),
        value("max_bands", "of {} bands"),
        counters("stats", {"n_packets": "packets {}", "n_bytes": "bytes {}"}),
        word("clear", "clear"),
        _bands,
    ),
    "ovs_ct_limit": (_limits,),
    "nlctrl": (
        _family,
        value("op", "operation {}"),
        value("version", "version {}"),
        _policies,
        _groups,
    ),
}

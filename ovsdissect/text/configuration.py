"""The summary of ports, datapaths, meters, limits and families: for each family its phrases, in order.

A phrase is a function of the message's top attributes that returns "" if it has nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from ovsdissect.grammar.wire import Int
from ovsdissect.problem import counted
from ovsdissect.text.values import Scope, quoted, value_text
from ovsdissect.tree.node import Node

Attributes = Mapping[str, Node]


class Phrase(Protocol):
    """The text about one attribute, or several; "" if they are absent."""

    def __call__(self, attrs: Attributes, scope: Scope, /) -> str: ...


MOST_ELEMENTS: Final = 4  # of an array that are shown


class Value(NamedTuple):
    """An attribute's value between some words."""

    name: str
    form: str = "{}"

    def __call__(self, attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(self.name)
        return "" if node is None else self.form.format(value_text(node, scope))


class Number(NamedTuple):
    """An attribute's plain number between some words."""

    name: str
    form: str

    def __call__(self, attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(self.name)
        return "" if node is None or node.wire.kind == "undecoded" else self.form.format(node.raw)


class Word(NamedTuple):
    """A word that is shown if an attribute is present."""

    name: str
    text: str

    def __call__(self, attrs: Attributes, scope: Scope) -> str:
        return self.text if self.name in attrs else ""


class Names(NamedTuple):
    """The names of an enumeration's value or of set flags, between some words."""

    name: str
    form: str

    def __call__(self, attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(self.name)
        if node is None or node.wire.kind == "undecoded":
            return ""
        value = node.value
        return self.form.format("|".join(value) or "none" if isinstance(value, list) else value)


class Counters(NamedTuple):
    """The members of a struct, each with its words; those in `quiet` only if they are not zero."""

    name: str
    forms: Mapping[str, str]
    quiet: frozenset[str] = frozenset()

    def __call__(self, attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(self.name)
        values = {child.name: child.raw for child in node.children} if node is not None else {}
        said = [form.format(values[key]) for key, form in self.forms.items() if key in values and (values[key] or key not in self.quiet)]
        return " ".join(said)


class Elements(NamedTuple):
    """The first elements of an array: always, or if one of them is not zero."""

    name: str
    form: str
    always: bool = False

    def __call__(self, attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(self.name)
        if node is None or not (self.always or any(child.raw for child in node.children)):
            return ""
        shown = [value_text(child, scope) for child in node.children[:MOST_ELEMENTS]]
        return self.form.format(" ".join(shown) + (" .." if len(node.children) > MOST_ELEMENTS else ""))


class Count(NamedTuple):
    """The number of elements of an array, between some words."""

    name: str
    form: str

    def __call__(self, attrs: Attributes, scope: Scope) -> str:
        node = attrs.get(self.name)
        return "" if node is None else self.form.format(len(node.children))


def options(attrs: Attributes, scope: Scope) -> str:
    """The options of a tunnel port."""
    node = attrs.get("options")
    said = []
    for child in node.children if node is not None else ():
        inner = [f"{part.name} {value_text(part, scope)}" for part in child.children]
        said.append(" ".join([child.name, *inner] if child.children else [child.name, value_text(child, scope)]).rstrip())
    return " ".join(said)


def lost_upcalls(attrs: Attributes, scope: Scope) -> str:
    """The lost upcalls of a port, if there are any."""
    node = attrs.get("upcall_stats")
    values = {child.name: child.raw for child in node.children} if node is not None else {}
    return f"upcalls {values.get('success', 0)} failed {values['fail']}" if values.get("fail") else ""


def bands(attrs: Attributes, scope: Scope) -> str:
    """The bands of a meter."""
    node = attrs.get("bands")
    kilobits = "kbps" in attrs
    said = []
    for band in node.children if node is not None else ():
        values = {child.name: child for child in band.children}
        words = [f"{values['type'].value}"] if "type" in values else ["band"]
        if "rate" in values:
            rate = values["rate"].raw
            words.append(f"above {rate} kbit/s" if kilobits else f"above {counted(rate, 'packet')}/s")
        words += [f"burst {values['burst'].raw}"] if "burst" in values and values["burst"].raw else []
        hits = values["stats"].child("n_packets") if "stats" in values else None
        words += [f"hit by {hits.raw} packets"] if hits is not None else []
        said.append(" ".join(words))
    return ", ".join(said)


def zone(node: Node) -> str:
    """Return a zone's number, or the word for all zones without a limit of their own."""
    assert isinstance(node.wire, Int)
    return node.wire.names.get(node.raw) or str(node.raw)


def limits(attrs: Attributes, scope: Scope) -> str:
    """The limits of zones."""
    node = attrs.get("zone_limit")
    said = []
    for limit in node.children if node is not None else ():
        values = {child.name: child for child in limit.children}
        if len(values) == 3:
            count = f" count {values['count'].raw}" if values["count"].raw else ""
            said.append(f"zone {zone(values['zone_id'])} limit {values['limit'].raw}{count}")
    return ", ".join(said)


def policies(attrs: Attributes, scope: Scope) -> str:
    """Policies, and which of them apply to an operation."""
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


def groups(attrs: Attributes, scope: Scope) -> str:
    """Multicast groups."""
    node = attrs.get("mcast_groups")
    said = []
    for group in node.children if node is not None else ():
        values = {child.name: child for child in group.children}
        if "name" in values and "id" in values:
            said.append(f"{quoted(str(values['name'].value))} {values['id'].raw}")
    return "groups " + " ".join(said) if said else ""


def family(attrs: Attributes, scope: Scope) -> str:
    """A family and its id."""
    name, number = attrs.get("family_name"), attrs.get("family_id")
    text = value_text(name, scope) if name is not None else ""
    return text if number is None else f"{text} is {number.raw}" if text else f"family {number.raw}"


def zones(attrs: Attributes, scope: Scope) -> str:
    """The zones whose limits are requested or deleted."""
    node = attrs.get("zone_limit")
    limits = node.children if node is not None else ()
    found = [one for limit in limits for one in limit.children if one.name == "zone_id" and isinstance(one.wire, Int)]
    return ", ".join(f"zone {zone(one)}" for one in found)


CONFIGURATION: Final[Mapping[str, Sequence[Phrase]]] = {
    "ovs_vport": (
        Value("name"),
        Number("port_no", "port {}"),
        Names("type", "{}"),
        options,
        Value("ifindex", "ifindex {}"),
        Value("netnsid", "netnsid {}"),
        Elements("upcall_pid", "upcall pid {}"),
        Counters(
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
        lost_upcalls,
    ),
    "ovs_datapath": (
        Value("name"),
        Counters("stats", {"n_flows": "flows {}", "n_hit": "hit {}", "n_missed": "missed {}", "n_lost": "lost {}"}),
        Counters("megaflow_stats", {"n_masks": "masks {}"}),
        Names("user_features", "features {}"),
        Count("per_cpu_pids", "upcall sockets for {} CPUs"),
        Value("masks_cache_size", "mask cache {}"),
        Value("upcall_pid", "upcall pid {}"),
    ),
    "ovs_meter": (
        Value("id", "meter {}"),
        Value("max_meters", "at most {} meters"),
        Value("max_bands", "of {} bands"),
        Counters("stats", {"n_packets": "packets {}", "n_bytes": "bytes {}"}),
        Word("clear", "clear"),
        bands,
    ),
    "ovs_ct_limit": (limits,),
    "nlctrl": (
        family,
        Value("op", "operation {}"),
        Value("version", "version {}"),
        policies,
        groups,
    ),
}

# requests that change a port, or only name zones; all others have the same summary as the kernel's answers
REQUESTS: Final[Mapping[tuple[str, str], Sequence[Phrase]]] = {
    ("ovs_vport", "set"): tuple(
        one._replace(always=True) if isinstance(one, Elements) and one.name == "upcall_pid" else one for one in CONFIGURATION["ovs_vport"]
    ),
    ("ovs_ct_limit", "get"): (zones,),
    ("ovs_ct_limit", "del"): (zones,),
}

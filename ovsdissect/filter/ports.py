"""Ports and datapaths by name: numbers together with the names that were known when the message was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from ovsdissect.dissect.subject import NO_PORT, dp_ifindex
from ovsdissect.families.actions import ACTIONS, USERSPACE
from ovsdissect.families.cookies import FLOW_SAMPLE, IPFIX
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.ovs_vport import VPORT_ATTRS
from ovsdissect.filter.reading import Reading
from ovsdissect.filter.types import Key
from ovsdissect.grammar import Attr
from ovsdissect.grammar.fieldnames import Place

PORTS: Final = frozenset(
    (
        KEY.by_name["in_port"],
        ACTIONS.by_name["output"],
        VPORT_ATTRS.by_name["port_no"],
        USERSPACE.by_name["egress_tun_port"],
        FLOW_SAMPLE.fields["output_odp_port"],
        IPFIX.fields["output_odp_port"],
    )
)
Read = Callable[[Reading], Iterable[tuple[Key, Any]]]


class NamedNumber(int):
    """A number, and the name that it had when its message was sent."""

    name: str | None

    def __new__(cls, number: int, name: str | None) -> NamedNumber:
        """Return the number with its name, None if it is not known."""
        made = super().__new__(cls, number)
        made.name = name
        return made


def is_port(places: Iterable[Place]) -> bool:
    """Whether values of these places are port numbers; masks are not."""
    rows = [(place.row.origin if isinstance(place.row, Attr) else place.row) for place in places if place.wire.kind == "uint"]
    masks = any(step == "mask" for place in places for step in place.name.split("."))
    return bool(rows) and not masks and all(row in PORTS for row in rows)


def with_names(read: Read) -> Read:
    """Return the reader of a field of ports, adding names to the numbers."""

    def named(reading: Reading) -> Iterator[tuple[Key, Any]]:
        message = reading.message
        datapath = dp_ifindex(message) or 0
        for key, raw in read(reading):
            if isinstance(raw, int):
                yield key, NamedNumber(raw, "none" if raw == NO_PORT else message.ports.get((datapath, raw)))
            else:
                yield key, raw

    return named


def datapaths_with_names(read: Read) -> Read:
    """Return the reader of a field of datapaths, adding names to the numbers."""

    def named(reading: Reading) -> Iterator[tuple[Key, Any]]:
        for key, raw in read(reading):
            yield key, NamedNumber(raw, reading.message.datapaths.get(raw))

    return named

"""What is unusual about the sources of a capture's messages, in sentences: for standard error and for `stats`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Interface
from ovsdissect.capture.record import LINK_TYPE_NAMES, interface_of
from ovsdissect.dissect.clashes import Clash
from ovsdissect.dissect.conversation import Met
from ovsdissect.problem import counted, counted_verb
from ovsdissect.text.screen import escape

SHOWN: Final = 5  # clashes


def source_lines(
    met: Met, interfaces: Sequence[Interface], records: int, container: ByteOrder | None, *, orders_differ: bool
) -> Iterator[str]:
    """Yield a line for each unusual feature.

    container: the byte order of the file. orders_differ: messages are in another order, or in both.
    """
    if orders_differ:
        counts = [(order, met.orders[order]) for order in ("little", "big") if met.orders[order]]
        found = ", ".join(f"{counted(count, 'record', grouped=True)} {order}-endian" for order, count in counts)
        what = "the same throughout" if all(met.orders[order] for order in ("little", "big")) else f"that of the file ({container}-endian)"
        yield f"the byte order of messages is not {what}: {found}"
    if met.others:
        of = "is" if met.others == 1 else "are"
        yield f"{met.others:,} of {counted(records, 'record', grouped=True)} {of} of another kind: {'; '.join(other_kinds(met))}"
    for one in interfaces:
        if one.lost:
            first = ", ".join(f"{count:,} before record {number:,}" for number, count in one.lost_at)
            more = ", ..." if sum(count for _, count in one.lost_at) < one.lost else ""
            lost = counted_verb(one.lost, "record", "was", "were", grouped=True)
            yield f"the capture says that {lost} lost on {interface_text(one.index, interfaces)}: {first}{more}"
        dropped = (one.dropped or 0) + (one.os_dropped or 0)
        if dropped:
            lost = counted_verb(dropped, "packet", "was", "were", grouped=True)
            yield f"the capture says that {lost} dropped on {interface_text(one.index, interfaces)}"
    for clash in met.clashes[:SHOWN]:
        yield clash_text(clash, interfaces)
    if len(met.clashes) > SHOWN:
        yield f"{len(met.clashes) - SHOWN:,} more announcements of families clash"


def other_kinds(met: Met) -> Iterator[str]:
    """Yield descriptions of the records that differ from those that nlmon writes."""
    if met.bare:
        yield f"{met.bare:,} without a cooked header, read as generic netlink"
    if met.strange:
        yield f"{met.strange:,} with another address type than netlink's in the cooked header"
    for number, count in sorted(met.link_types.items()):
        name = LINK_TYPE_NAMES.get(number)
        yield f"{count:,} of link type {number}{f' ({name})' if name else ''}"
    devices = met.foreign - met.link_types.total()
    if devices:
        yield f"{devices:,} of other devices than nlmon"


def interface_text(index: int, interfaces: Sequence[Interface]) -> str:
    """Return an interface's number, and its name if the capture has it."""
    name = interfaces[index].name if index < len(interfaces) else ""
    return f"interface {index}{f' ({escape(name)})' if name else ''}"


def clash_text(clash: Clash, interfaces: Sequence[Interface]) -> str:
    """Return which announcements contradict each other."""
    where = interface_text(interface_of(clash.conversation), interfaces)
    name, before = (escape(f'"{one}"') for one in (clash.name, clash.before_name))
    against = f"which is {before}" if clash.name != clash.before_name else f"after it was {clash.before_id}"
    said = f"message {clash.number:,} announces {name} as {clash.id}, {against}"
    return f"family ids clash on {where}: {said}; several hosts seem to speak there"

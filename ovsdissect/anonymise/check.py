"""Verifies that only identifying values were changed: compares old and new messages value by value.

It does not know how they were changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from ovsdissect.anonymise.inner import packets
from ovsdissect.dissect.message import Message
from ovsdissect.families.flow_key import NSH
from ovsdissect.families.ovs_datapath import DATAPATH_ATTRS
from ovsdissect.families.ovs_vport import VPORT_ATTRS
from ovsdissect.frame import Frame
from ovsdissect.grammar import Attr
from ovsdissect.problem import Problem, ProblemKind, counted
from ovsdissect.tree.node import Node, is_malformed, join

CHANGEABLE: Final = frozenset(("ipv4", "ipv6", "mac", "uuid", "bytes", "undecoded", "packet", "text", "pad"))
NAMES: Final = frozenset((VPORT_ATTRS.by_name["name"], DATAPATH_ATTRS.by_name["name"]))
CONTEXT: Final = NSH.by_name["md1"].wire


def unlike(old: Sequence[Message], new: Sequence[Message], addresses: Collection[bytes]) -> str | None:
    """Return a sentence about the first thing that changed and should not have; None if there is none.

    addresses: the original ones, which must not even occur in a mask.
    """
    if len(old) != len(new):
        return f"{counted(len(old), 'message')} became {len(new)}"
    for before, after in zip(old, new, strict=True):
        said = next(_message(before, after, addresses), None)
        if said is not None:
            return f"message {before.number}: {said}"
    return None


def _message(old: Message, new: Message, addresses: Collection[bytes]) -> Iterator[str]:
    for what in ("number", "record", "kind", "time_ns", "frame", "wire_length", "declaration", "version", "dp_ifindex"):
        if getattr(old, what) != getattr(new, what):
            yield f"its {what} changed"
    if (old.command and old.command.number) != (new.command and new.command.number):
        yield "its command changed"
    if (old.request is None) != (new.request is None) or (old.request and new.request and old.request.number != new.request.number):
        yield "it answers another request"
    if old.data[: old.frame.offset] != new.data[: new.frame.offset]:
        yield "its record's header changed"
    yield from _node(old.root, new.root, "", False, addresses)
    yield from _padding(old.data, new.data, old.root, "")
    if _places(old.problems) != _places(new.problems):
        yield "its problems changed"
    yield from _packets(old, new)


def _places(problems: Sequence[Problem]) -> list[tuple[str, str, int, int]]:
    """Return problems without their texts; an out-of-range number may change if the whole value is malformed."""
    return [_place(problem) for problem in problems if problem.kind is not ProblemKind.OUT_OF_RANGE]


def _place(problem: Problem) -> tuple[str, str, int, int]:
    """Return a problem without its text, which may quote values."""
    return problem.kind, problem.path, problem.offset, problem.length


def _node(old: Node, new: Node, path: str, masked: bool, addresses: Collection[bytes]) -> Iterator[str]:
    if (old.name, old.wire.kind, old.offset, old.length, old.flags, old.header, old.padding) != (
        new.name,
        new.wire.kind,
        new.offset,
        new.length,
        new.flags,
        new.header,
        new.padding,
    ):
        yield f"{path or 'its shape'} changed"
    elif len(old.children) != len(new.children):
        yield f"{path} has other contents"
    elif not old.children:
        if old.raw != new.raw and not _may_change(old, masked, addresses):
            yield f"{path} changed"
    elif old.wire is CONTEXT or is_malformed(old):
        return
    else:
        for before, after in zip(old.children, new.children, strict=True):
            yield from _node(before, after, join(path, before.name), masked or before.name == "mask", addresses)


def _padding(old: bytes, new: bytes, node: Node, path: str) -> Iterator[str]:
    """Yield differences in padding: padding that is not zero may become zero."""
    at, end = node.offset + node.length, node.offset + node.length + node.padding
    if old[at:end] != new[at:end] and any(new[at:end]):
        yield f"the padding of {path or 'the message'} changed"
    for child in node.children:
        yield from _padding(old, new, child, join(path, child.name))


def _may_change(node: Node, masked: bool, addresses: Collection[bytes]) -> bool:
    if masked:
        return node.wire.kind in ("undecoded", "pad") or node.raw in addresses
    row = node.row.origin if isinstance(node.row, Attr) else node.row
    if node.wire.kind == "text":
        return row in NAMES or row.name == "message"
    return node.wire.kind in CHANGEABLE or node.wire.code == "16s"


def _packets(old: Message, new: Message) -> Iterator[str]:
    befores, afters = list(packets(old)), list(packets(new))
    if [inside.path for inside in befores] != [inside.path for inside in afters]:
        yield "its packets changed"
        return
    for (path, before), (_, after) in zip(befores, afters, strict=True):
        yield from _frame(before, after, path)


def _frame(before: Frame, after: Frame, path: str) -> Iterator[str]:
    if [_shape(layer) for layer in before.layers] != [_shape(layer) for layer in after.layers]:
        yield f"{path} reads {after.summary} and not {before.summary}"
        return
    for layer, other in zip(before.layers, after.layers, strict=True):
        yield from _layer(layer, other, join(path, layer.name))
    if [_place(problem) for problem in before.problems] != [_place(problem) for problem in after.problems]:
        yield f"the problems of {path} changed"
    good = {checksum.path for checksum in after.checksums if checksum.good}
    for checksum in before.checksums:
        if checksum.good and checksum.path not in good:
            yield f"{checksum.path} is wrong now"


def _shape(layer: Node) -> tuple[str, int, int, int]:
    return layer.name, layer.offset, layer.length, len(layer.children)


def _layer(old: Node, new: Node, path: str) -> Iterator[str]:
    if (old.name, old.offset, old.length, len(old.children)) != (new.name, new.offset, new.length, len(new.children)):
        yield f"{path} changed"
    elif old.children:
        for before, after in zip(old.children, new.children, strict=True):
            yield from _layer(before, after, join(path, before.name))
    elif old.raw != new.raw and old.wire.kind not in CHANGEABLE and "checksum" not in old.name:
        yield f"{path} changed"

"""The layers put together: open a capture, walk its messages, dissect bytes in hand.

What the command line and the TUI do, they do through this.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self

from ovsdissect.capture import CaptureFile, Interface, open_capture
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.message import Message as BareMessage
from ovsdissect.dissect.node import Node
from ovsdissect.dissect.survey import look_ahead, survey
from ovsdissect.dissect.tree import Tree
from ovsdissect.errors import OvsDissectError
from ovsdissect.families import FAMILIES
from ovsdissect.families.registry import Known, Registry
from ovsdissect.grammar import ByteOrder, Member
from ovsdissect.netlink.headers import NETLINK_GENERIC
from ovsdissect.odp.message import Texts
from ovsdissect.problem import Problem

__all__ = ["Capture", "Message", "dissect", "is_ovs", "open"]


def open(
    source: str | os.PathLike[str] | BinaryIO, *, families: Mapping[str, int] | None = None, follow: bool = False
) -> Capture:
    """Open a capture.

    source: a path, "-" for standard input, or a binary stream.  families: ids that the caller knows ({"ovs_packet": 47}).
    follow: wait for records that are still being written.
    Raises CaptureError where it is no capture, or holds no netlink.
    """
    return Capture(source, families=families, follow=follow)


class Message(BareMessage):
    """A message of a capture with what the layers above the dissection add to it: Open vSwitch's own text, its JSON object."""

    __slots__ = ("_odp",)

    @property
    def odp(self) -> Texts:
        """What Open vSwitch prints of this message: key, mask, flow, actions, the log's line; None for what does not apply."""
        if not hasattr(self, "_odp"):
            self._odp = Texts(self)
        return self._odp

    def to_dict(self, *, raw: bool = False) -> dict[str, Any]:
        """The JSON object of `ovsdissect json`; `raw` adds the bytes and where each value stands in them."""
        from ovsdissect.export.jsonline import to_dict

        return to_dict(self, raw=raw)


class Capture:
    """An open capture: a context manager that gives its messages in order, once for a stream, as often as asked for a file."""

    def __init__(
        self, source: str | os.PathLike[str] | BinaryIO, *, families: Mapping[str, int] | None = None, follow: bool = False
    ) -> None:
        unknown = sorted(set(families or {}) - set(FAMILIES))
        if unknown:
            raise OvsDissectError(f"no family {', '.join(unknown)}; known are {', '.join(FAMILIES)}")
        self._source = source
        self._follow = follow
        self._given = dict(families or {})
        self._file: CaptureFile = open_capture(source, follow=follow)
        self._started = False
        self.registry = Registry(self._given)
        self.messages_seen = 0
        self.records_seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def name(self) -> str:
        """The input's name."""
        return self._file.name

    @property
    def format(self) -> Literal["pcap", "pcapng"] | None:
        """The file format; None while a followed file has no header yet."""
        return self._file.format

    @property
    def compression(self) -> str | None:
        """How the file is compressed, None where it is not."""
        return self._file.compression

    @property
    def byteorder(self) -> ByteOrder | None:
        """The capturing host's byte order; None while a followed file has no header yet."""
        return self._file.byteorder

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces of the capture, with what they say was lost."""
        return self._file.interfaces

    @property
    def cut(self) -> Problem | None:
        """How the capture ended early, None where it did not; known once all messages were read."""
        return self._file.cut

    @property
    def ids(self) -> dict[int, Known]:
        """The family ids known so far, and how each became known."""
        return self.registry.ids()

    def __iter__(self) -> Iterator[Message]:
        """Every netlink message, and a record's own line where bytes are in no message."""
        if self._started:
            self._file.close()
            self._file = open_capture(self._source, follow=self._follow)
        self._started = True
        self.registry = Registry(self._given)
        whole = self._file.seekable and not self._follow and isinstance(self._source, (str, os.PathLike))
        if whole:
            with open_capture(self._source) as first:
                survey(self.registry, first)
        context = Context(self.registry, Message)
        for record in self._file if whole else look_ahead(self.registry, self._file):
            self.records_seen = record.number
            for message in context.messages(record):
                self.messages_seen = context.numbers
                yield message

    def ovs(self) -> Iterator[Message]:
        """What is shown by default: Open vSwitch's messages, nlctrl's, what answers them, and records with problems."""
        return (message for message in self if is_ovs(message))


def is_ovs(message: Message) -> bool:
    """Whether a message is of a decoded family, or an error, acknowledgement or end of a dump that belongs to one."""
    if message.kind == "message":
        return message.family is not None
    if message.kind == "record":
        return message.protocol in (NETLINK_GENERIC, None)
    return message.request is not None and message.request.family is not None


def dissect(data: bytes, *, family: str, cmd: str | None = None, byteorder: ByteOrder = "little") -> tuple[Node, list[Problem]]:
    """The attributes of a message in hand: the bytes after the family's own header.

    Returns the tree and its problems.  Raises OvsDissectError for a family or command that does not exist.
    """
    known = FAMILIES.get(family)
    if known is None:
        raise OvsDissectError(f"no family {family}; known are {', '.join(FAMILIES)}")
    if cmd is not None and cmd not in known.by_name:
        raise OvsDissectError(f"{family} has no command {cmd}; it has {', '.join(known.by_name)}")
    problems: list[Problem] = []
    tree = Tree(data, byteorder, problems)
    node = tree.value(Member("attrs", known.attrs), known.attrs, "attrs", 0, len(data), "attrs")
    return node, problems

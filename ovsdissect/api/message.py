"""A message as users of the library see it: a mapping of paths to values, with Open vSwitch's text and its JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, overload

import orjson

from ovsdissect.capture.timestamp import moment
from ovsdissect.dissect.message import Message as BareMessage
from ovsdissect.dissect.subject import datapath_name, port_name
from ovsdissect.json.jsonline import to_dict
from ovsdissect.tree.node import Field as BareField
from ovsdissect.tree.node import fields

if TYPE_CHECKING:
    from ovsdissect.odp.texts import Texts

T = TypeVar("T")
PACKET: Final = "attrs.packet."
LONG: Final = 60  # characters of a value that a repr shows


class Field(BareField):
    """One value of a message: its position, the value, and its text."""

    message: BareMessage | None = None

    @classmethod
    def of(cls, item: BareField, message: BareMessage | None) -> Self:
        """The field with its message, which knows the names of ports."""
        field = cls(*item)
        field.message = message
        return field

    @property
    def text(self) -> str:
        """The value for display: numbers with their symbols, ports with their names, everything else escaped."""
        # these texts load Open vSwitch's formats, which `ovsdissect json` does not need
        from ovsdissect.text.values import Scope, part_text, scope, value_text

        if self.part:
            return part_text(self.node.raw, self.part)
        return value_text(self.node, scope(self.message) if self.message else Scope())

    def __repr__(self) -> str:
        text = self.text
        return f"<Field {self.part.name if self.part else self.node.name}: {text if len(text) <= LONG else text[: LONG - 1] + '…'}>"


class Message(BareMessage):
    """A message of a capture.

    It is a mapping from paths ("attrs.key.in_port", as in the JSON) to Fields.  Paths into the inner packet are "attrs.packet." and
    Wireshark's name ("attrs.packet.ip.src").
    """

    __slots__ = ("_odp",)

    @property
    def odp(self) -> Texts:
        """Open vSwitch's texts of this message: key, mask, flow, actions, the log line; None for those that do not apply.

        Call it for another release or for port names: `message.odp(ovs="3.1", names=True).line`.
        """
        if not hasattr(self, "_odp"):
            from ovsdissect.odp.texts import Texts

            self._odp = Texts(self)
        return self._odp

    @property
    def summary(self) -> str:
        """The summary that `ovsdissect list` prints."""
        from ovsdissect.text.summary import summary

        return summary(self)

    def walk(self) -> Iterator[tuple[str, Field]]:
        """Every value of the message with its path, in byte order."""
        return ((path, Field.of(item, self)) for path, item in super().walk())

    def __getitem__(self, path: str) -> Field:
        """The value at a path.  Raises KeyError if there is none."""
        found = self._found(path)
        if found is None:
            near = f"attrs.{path}"
            raise KeyError(f"{path}; did you mean {near}?" if self._found(near) is not None else path)
        return found

    def _found(self, path: str) -> Field | None:
        if not isinstance(path, str):
            raise TypeError(f"a path is text, as in message['attrs.key.in_port']; not {path!r}")
        if path.startswith(PACKET) and self.inner is not None:
            for layer in self.inner.layers:
                for name, item in fields(layer, PACKET + layer.name):
                    if name == path:
                        return Field.of(item, self)
        try:
            return Field.of(super().__getitem__(path), self)
        except KeyError:
            return None

    @overload
    def get(self, path: str) -> Field | None: ...
    @overload
    def get(self, path: str, default: T) -> Field | T: ...
    def get(self, path: str, default: Any = None) -> Any:
        """The value at a path, or the default."""
        found = self._found(path)
        return default if found is None else found

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path) is not None

    def keys(self) -> list[str]:
        """The paths of all values, in byte order.  The inner packet counts as one value."""
        return list(self)

    def items(self) -> Iterator[tuple[str, Field]]:
        """The paths and their values, in byte order; the same as walk()."""
        return self.walk()

    def values(self) -> Iterator[Field]:
        """The values, in byte order."""
        return (field for _path, field in self.walk())

    def __iter__(self) -> Iterator[str]:
        """The paths, as in keys()."""
        return (path for path, _field in super().walk())

    def __repr__(self) -> str:
        what = " ".join(word for word in (self.family, self.cmd) if word)
        words = ["record" if self.number is None else str(self.number), what, self.kind if self.kind != "message" else "", self.direction]
        return f"<Message {' '.join(word for word in words if word)}>"

    @property
    def time(self) -> datetime | None:
        """The time of capture in UTC, in microseconds; None if the capture has no time, or one after the year 9999."""
        return moment(self.time_ns)

    @property
    def datapath(self) -> str | None:
        """The name of the message's datapath, as in the JSON; None if the capture did not name it before the message."""
        return datapath_name(self)

    @property
    def port(self) -> str | None:
        """The name of the vport, or of key.in_port, as in the JSON; None if the capture did not name it before the message."""
        return port_name(self)

    def to_dict(self, *, raw: bool = False, inner: bool = False, upcalls: bool = False, symbols: bool = False) -> dict[str, Any]:
        """The JSON object of `ovsdissect json`.

        raw: add the bytes and the position of each value.  inner: add the layers of the inner packet.  upcalls: add what became of its
        upcall and its flow.  symbols: numbers that have names, such as ethertypes, as text.
        """
        return to_dict(self, raw=raw, inner=inner, upcalls=upcalls, symbols=symbols)

    def to_json(self, *, raw: bool = False, inner: bool = False) -> str:
        """The line of `ovsdissect json`, without the newline."""
        return orjson.dumps(self.to_dict(raw=raw, inner=inner)).decode()

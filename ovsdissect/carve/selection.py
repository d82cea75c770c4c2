"""Which records a selection of messages needs: their own, and those of the nlctrl messages that name their families."""

from __future__ import annotations

from typing import NamedTuple

from ovsdissect.dissect.message import Message
from ovsdissect.families import NLCTRL


class _Naming(NamedTuple):
    """A family's id as a record announces it."""

    record: int
    id: object


class Selection:
    """Determines the records; it needs every message of a capture in order, and whether it is selected.

    records: the numbers of the records needed so far. messages: how many were selected.
    unnamed: families (conversation, name -> id) of selected messages that no nlctrl message has named so far.
    """

    def __init__(self) -> None:
        self.records: set[int] = set()
        self.messages = 0
        self.unnamed: dict[tuple[int, str], int] = {}
        self._named: dict[tuple[int, str], _Naming] = {}

    def see(self, message: Message, selected: bool) -> None:
        """Take the next message."""
        if message.declaration is NLCTRL and message.command is not None and message.command.name == "newfamily":
            self._learn(message)
        if not selected:
            return
        self.messages += 1
        self.records.add(message.record)
        for name, number in families(message).items():
            key = message.conversation, name
            if key in self._named:
                self.records.add(self._named[key].record)
            else:
                self.unnamed.setdefault(key, number)

    def may_need(self, record: int) -> bool:
        """Return whether a record that was seen is needed, or may be needed later."""
        return record in self.records or any(naming.record == record for naming in self._named.values())

    def _learn(self, message: Message) -> None:
        attrs = message.attrs
        name, number = (None, None) if attrs is None else (attrs.child("family_name"), attrs.child("family_id"))
        if name is None or number is None:
            return
        family = message.conversation, name.wire.value(name.raw)
        known = self._named.get(family)
        if known is None or known.id != number.raw:
            # a repeated announcement needs no second record
            self._named[family] = _Naming(message.record, number.raw)
        if self.unnamed.get(family) == number.raw:
            del self.unnamed[family]
            self.records.add(message.record)


def families(message: Message) -> dict[str, int]:
    """Return the families (name -> id) needed to read a message: its own, or that of the request that it answers."""
    request = message.request
    found = {}
    if message.declaration is not None:
        found[message.declaration.name] = message.frame.type
    elif request is not None and request.declaration is not None:
        found[request.declaration.name] = request.type
    found.pop(NLCTRL.name, None)  # its id is fixed
    return found

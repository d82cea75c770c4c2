"""Finds announcements of family ids that contradict each other: then more than one host is in the conversation."""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.families.registry import Announcement

SHOWN: Final = 100  # clashes that are shown
_NAMES: Final = 4096  # families remembered per conversation
_IDS: Final = 8  # remembered per family


class Clash(NamedTuple):
    """An announcement that contradicts an earlier one: an id that belongs to another family, or an id that a family had before its last
    one.

    number: of the announcing message. before_name, before_id: the earlier announcement, which was not withdrawn.
    """

    conversation: int
    number: int
    name: str
    id: int
    before_name: str
    before_id: int


class Announced:
    """What one conversation has announced so far."""

    def __init__(self) -> None:
        self._ids: dict[str, list[int]] = {}  # the ids that a family had, the last one last
        self._names: dict[int, str] = {}

    def see(self, said: Announcement) -> tuple[str, int] | None:
        """Take an announcement. Returns the name and the id of the announcement that it contradicts, None if there is none.

        A module that is reloaded gets an id that nobody had before: that is not a clash.
        """
        if said.id is None:
            for number in self._ids.pop(said.name, ()):
                self._names.pop(number, None)
            return None
        if said.name not in self._ids and len(self._ids) >= _NAMES:
            return None
        ids = self._ids.setdefault(said.name, [])
        last, again = (ids[-1] if ids else said.id), said.id in ids
        ids[:] = [*(one for one in ids if one != said.id), said.id][-_IDS:]
        before = self._names.get(said.id, said.name)
        self._names[said.id] = said.name
        if before != said.name:
            return before, said.id
        return (said.name, last) if again and last != said.id else None

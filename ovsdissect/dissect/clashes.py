"""Announcements of family ids that cannot both hold: more than one host speaks in one conversation."""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.families.registry import Announcement

SHOWN: Final = 100  # clashes that are told
_NAMES: Final = 4096  # families of a conversation that are remembered
_IDS: Final = 8  # of each family


class Clash(NamedTuple):
    """An announcement that is against an earlier one: an id that is another family's, or an id that a family had before the last one.

    number: of the message that announces.  before_name, before_id: what was announced before, and was not said to be gone.
    """

    conversation: int
    number: int
    name: str
    id: int
    before_name: str
    before_id: int


class Announced:
    """What one conversation announced so far."""

    def __init__(self) -> None:
        self._ids: dict[str, list[int]] = {}  # that a family had, the last one last
        self._names: dict[int, str] = {}

    def see(self, said: Announcement) -> tuple[str, int] | None:
        """Take an announcement; the name and the id of the one that it is against, None if it is against none.

        A module that is loaded again has an id that nobody had before: that is no clash.
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

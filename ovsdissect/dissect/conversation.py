"""What messages of one conversation say about each other: ids, names, requests, keys of flows.

A conversation is the traffic on one interface of a capture in one byte order. Only the most recent ones are kept: memory does not grow with
the interfaces of a capture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.dissect.clashes import SHOWN, Announced, Clash
from ovsdissect.dissect.flow_keys import FlowKeys
from ovsdissect.dissect.naming import Naming
from ovsdissect.dissect.requests import RequestLog, Requests
from ovsdissect.families.registry import Announcement, Known, Registry

CONVERSATIONS: Final = 64  # kept at a time
REGISTRIES: Final = 256  # conversations whose ids stay known


class Conversation:
    """The state of one conversation.

    key: its number. registry: the family ids. requests: those that may still be answered. ports, datapaths: their names, replaced when they
    change. links: names of interfaces by index. flow_keys: keys of the flows that were put.
    """

    __slots__ = ("datapaths", "flow_keys", "key", "links", "ports", "registry", "requests")

    def __init__(self, key: int, registry: Registry) -> None:
        self.key, self.registry = key, registry
        self.requests: Requests = RequestLog()
        self.ports: Naming[tuple[int, int]] = Naming()
        self.datapaths: Naming[int] = Naming()
        self.links: Naming[int] = Naming()
        self.flow_keys = FlowKeys()

    def copy(self, registry: Registry) -> Conversation:
        """Return an independent copy of the state, without the requests, which the caller must add."""
        other = Conversation(self.key, registry)
        other.ports, other.datapaths, other.links = self.ports, self.datapaths, self.links
        return other


class Met:
    """What kinds of record a pass met.

    foreign: records that are not netlink's, by link type, and of devices other than nlmon. orders: records with messages, by their byte
    order.
    bare: those without a cooked header. strange: those whose cooked header has another address type than netlink's.
    clashes: announcements that contradict each other, the first ones.
    """

    __slots__ = ("_announced", "bare", "clashes", "foreign", "link_types", "orders", "strange")

    def __init__(self) -> None:
        self.foreign = self.bare = self.strange = 0
        self.link_types: Counter[int] = Counter()
        self.orders: Counter[ByteOrder] = Counter()
        self.clashes: list[Clash] = []
        self._announced: dict[int, Announced] = {}

    @property
    def others(self) -> int:
        """How many records are of another kind than nlmon writes."""
        return self.foreign + self.bare + self.strange

    def announced(self, conversation: int, number: int, said: Announcement) -> None:
        """Take a family's announcement in a message of a conversation."""
        known = self._announced.get(conversation)
        if known is None:
            if len(self._announced) >= REGISTRIES:
                return
            known = self._announced[conversation] = Announced()
        against = known.see(said)
        if against is not None and said.id is not None and len(self.clashes) < SHOWN:
            self.clashes.append(Clash(conversation, number, said.name, said.id, *against))


class Registries:
    """The family ids of each conversation, by its number.

    given: ids that apply to all of them. Those of the first REGISTRIES conversations are kept.
    """

    def __init__(self, given: Mapping[str, int] | None = None) -> None:
        self.given = dict(given or {})
        self._kept: dict[int, Registry] = {}
        self._first: Registry | None = None

    @classmethod
    def of(cls, registry: Registry) -> Registries:
        """Return the registries of a capture, given that of its first conversation."""
        made = cls(registry.given)
        made._first = registry
        return made

    def __getitem__(self, key: int) -> Registry:
        found = self._kept.get(key)
        if found is None:
            found, self._first = self._first or Registry(self.given), None
            if len(self._kept) < REGISTRIES:
                self._kept[key] = found
        return found

    def __contains__(self, key: int) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def items(self) -> list[tuple[int, Registry]]:
        """Return the registries that are kept, in the order of their conversations."""
        return sorted(self._kept.items())

    def copy(self) -> Registries:
        """Return a copy of what is known now, without the evidence for undecided ids."""
        other = Registries(self.given)
        other._kept = {key: registry.copy() for key, registry in self._kept.items()}
        return other

    def ids(self) -> dict[int, Known]:
        """Return every known id; if it means several families in several conversations, the first."""
        found = Registry(self.given).ids()
        for _key, registry in reversed(self.items()):
            found |= registry.ids()
        return found

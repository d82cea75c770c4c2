"""The compiled records of conversations, and the view of them that messages of the tree use.

Each fact has one owner: the pass looks up requests and names in the compiled records, and the conversation reports changed ids and names to
them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final

from ovsdissect.dissect.context import Context, M
from ovsdissect.dissect.conversation import Conversation
from ovsdissect.dissect.requests import Pending
from ovsdissect.engine.codes import BARE, UNKNOWN
from ovsdissect.engine.names import Names, port_key
from ovsdissect.engine.requests import Requests
from ovsdissect.engine.tables import Tables
from ovsdissect.families import FAMILIES
from ovsdissect.families.registry import How, Registry
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NETLINK_GENERIC, NLMSGHDR_LEN

_TYPES: Final = 1 << 16


class PassRequests:
    """Gives a context access to the compiled requests."""

    def __init__(self, requests: Requests, tables: Tables, registry: Registry) -> None:
        self._requests, self._tables, self._registry = requests, tables, registry

    def note(self, protocol: int, pid: int, seq: int, request: Pending) -> None:
        """Note a request that the tree read."""
        kind, family, command, number, body = request
        code = BARE if family is None else UNKNOWN
        if family is not None and command is not None:
            code = self._tables.by_command[256 * self._tables.families[family.name] + command.number]
        self._requests.remember(pid, seq, protocol, kind, code, number, body)

    def speaks(self, protocol: int, pid: int, seq: int, kind: int) -> None:
        """Note a dump's answer that the tree read."""
        self._requests.speaks(pid, seq, protocol, kind)

    def find(self, protocol: int, pid: int, seq: int, kind: int) -> Pending | None:
        """Return the latest request with a portid, sequence number and type; None if there is none."""
        found = self._requests.request(pid, seq, protocol, kind)
        if found is None:
            return None
        number, code, body = found
        if 0 <= code < len(self._tables.declared):
            family, command = self._tables.declared[code]
            return Pending(kind, family, command, number, body)
        known = self._registry.family(kind) if code != BARE and protocol == NETLINK_GENERIC else None
        cmd = known.command(body[NLMSGHDR_LEN]) if known and len(body) >= NLMSGHDR_LEN + GENLMSGHDR_LEN else None
        return Pending(kind, known, cmd, number, body)

    def latest(self, protocol: int, pid: int, seq: int) -> int | None:
        """Return the type of the latest request, or of the latest answer to a dump; None if there is neither."""
        return self._requests.last_type(pid, seq, protocol)


class Books:
    """The compiled records of one conversation.

    undecoded: names of families that are not decoded, by id. before_names: called while the names are still those of the messages so far.
    """

    def __init__(self, tables: Tables, before_names: Callable[[], None]) -> None:
        self._tables = tables
        self.undecoded: dict[int, bytes] = {}
        self._before_names = before_names
        self.requests = Requests()
        self.families = array("h", [BARE]) * _TYPES
        self.port_names, self.datapath_names, self.family_names = Names(), Names(), Names()
        self.conversation: Conversation | None = None
        self._ports: object = None
        self._datapaths: object = None
        self._changes = 0

    def open(self, conversation: Conversation, requests: Requests | None = None) -> None:
        """Take over the records of a conversation. requests: its requests so far."""
        if self.conversation is not None:
            for number in self.conversation.registry.since(0):
                self.families[number] = BARE
            self.undecoded.clear()
            self.family_names.replace({})
        if requests is not None:
            self.requests = requests
        elif self.conversation is not None:
            self.requests.forget()
        self.conversation = conversation
        conversation.requests = PassRequests(self.requests, self._tables, conversation.registry)
        self._ports = self._datapaths = None
        self._changes = 0
        self.update()

    def update(self) -> None:
        """Pass on to the engine what the conversation has learnt since the last call."""
        known = self.conversation
        if known is None:
            return
        if known.registry.changes != self._changes:
            self._tell_ids(known.registry)
        if known.ports is not self._ports:
            said = known.ports.since(self._ports)
            if said is None:
                self.port_names.replace({port_key(*key): name.encode() for key, name in known.ports.items()})
            else:
                self.port_names.change((port_key(*key), None if name is None else name.encode()) for key, name in said)
            self._ports = known.ports
        if known.datapaths is not self._datapaths:
            told = known.datapaths.since(self._datapaths)
            if told is None:
                self.datapath_names.replace({number & 0xFFFFFFFF: name.encode() for number, name in known.datapaths.items()})
            else:
                self.datapath_names.change((number & 0xFFFFFFFF, None if name is None else name.encode()) for number, name in told)
            self._datapaths = known.datapaths

    def _tell_ids(self, registry: Registry) -> None:
        """Pass on the ids that have changed."""
        self._before_names()
        for number in registry.since(self._changes):
            known = registry.known(number)
            name: bytes | None = None
            if known is None:
                self.families[number] = BARE
            elif registry.family(number) is not None:
                self.families[number] = self._tables.families[known.name]
            else:
                self.families[number] = UNKNOWN
                if known.how is not How.PRESUMED and known.name not in FAMILIES and _is_plain(known.name):
                    name = known.name.encode()
                    self.families[number] = BARE
            if name is not None:
                self.undecoded[number] = name
            else:
                self.undecoded.pop(number, None)
            self.family_names.change([(number, name)])
        self._changes = registry.changes


class Library:
    """The records of the conversations of a context; those of a forgotten conversation are reused.

    before_names: called before the names of a conversation's families change, and before the conversation is forgotten.
    """

    def __init__(self, tables: Tables, context: Context[M]) -> None:
        self._tables = tables
        self.before_names: Callable[[], None] = _nothing
        self._books: dict[int, Books] = {}
        self.go_on(context, {})

    def go_on(self, context: Context[M], requests: dict[int, Requests]) -> None:
        """Take over the records of the conversations of a context. requests: those of another pass, by conversation."""
        self._context = context
        for conversation in context.conversations.values():
            self._open(conversation, requests.get(conversation.key))
        context.opened = self._open

    def books(self, conversation: Conversation) -> Books:
        """Return the records of a conversation of the context."""
        return self._books[conversation.key]

    def undecoded(self, key: int) -> dict[int, bytes]:
        """Return the names of families that are not decoded, by id, in a conversation that the context knows."""
        return self._books[key].undecoded

    def requests(self, spare: list[Requests]) -> dict[int, Requests]:
        """Return records that continue from every conversation's requests. spare: records that may be overwritten."""
        return {key: books.requests.copy(spare.pop() if spare else None) for key, books in self._books.items()}

    def _open(self, conversation: Conversation, requests: Requests | None = None) -> None:
        """Start a conversation, or continue it with these requests."""
        gone = next((key for key in self._books if key not in self._context.conversations), None)
        if gone is not None:
            self.before_names()
        books = self._books.get(conversation.key)
        if gone is not None:
            books = self._books.pop(gone)
        elif books is None:
            books = Books(self._tables, lambda: self.before_names())
        books.open(conversation, requests)
        self._books[conversation.key] = books


def _nothing() -> None:
    """Do nothing: the default for before_names."""


def _is_plain(name: str) -> bool:
    """Whether a name needs no escaping in JSON."""
    return name.isascii() and name.isprintable() and '"' not in name and "\\" not in name

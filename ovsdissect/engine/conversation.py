"""The books of one conversation, compiled, and the context that messages of the tree see of them.

There is one owner of each fact: requests and names that the pass looks up are the compiled ones; ids, and who has which name, are told
to it
by the context whenever they change.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final, Generic

from ovsdissect.dissect.context import Context, M
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
    """The compiled requests as a context asks for them."""

    def __init__(self, requests: Requests, tables: Tables, registry: Registry) -> None:
        self._requests, self._tables, self._registry = requests, tables, registry
        self._numbers = {(family.name, command.number): number for number, (family, command) in enumerate(tables.declared)}

    def note(self, protocol: int, pid: int, seq: int, request: Pending) -> None:
        """A request that the tree read."""
        kind, family, command, number, body = request
        code = BARE if family is None else UNKNOWN if command is None else self._numbers.get((family.name, command.number), UNKNOWN)
        self._requests.remember(pid, seq, protocol, kind, code, number, body)

    def speaks(self, protocol: int, pid: int, seq: int, kind: int) -> None:
        """A dump's answer that the tree read."""
        self._requests.speaks(pid, seq, protocol, kind)

    def find(self, protocol: int, pid: int, seq: int, kind: int) -> Pending | None:
        """The latest request with this portid, sequence number and type."""
        found = self._requests.request(pid, seq, protocol, kind)
        if found is None:
            return None
        number, code, body = found
        if code >= 0:
            family, command = self._tables.declared[code]
            return Pending(kind, family, command, number, body)
        known = self._registry.family(kind) if code == UNKNOWN and protocol == NETLINK_GENERIC else None
        cmd = known.command(body[NLMSGHDR_LEN]) if known and len(body) >= NLMSGHDR_LEN + GENLMSGHDR_LEN else None
        return Pending(kind, known, cmd, number, body)

    def latest(self, protocol: int, pid: int, seq: int) -> int | None:
        """The type that was last asked for, or that a dump last answered with."""
        return self._requests.last_type(pid, seq, protocol)


class Conversation(Generic[M]):
    """One conversation: the compiled books and the context of its messages of the tree.

    undecoded: names of families that are not decoded, by id; before_names is called while they are still those of the messages so far.
    """

    def __init__(self, tables: Tables, context: Context[M]) -> None:
        self._tables = tables
        self.undecoded: dict[int, bytes] = {}
        self.before_names: Callable[[], None] | None = None
        self.requests = Requests()
        self.families = array("h", [BARE]) * _TYPES
        self.port_names, self.datapath_names, self.family_names = Names(), Names(), Names()
        self.context = context
        context.requests = self.view(self.requests)
        self._ports: object = None
        self._datapaths: object = None
        self._changes = 0
        self.update()

    def view(self, requests: Requests) -> PassRequests:
        """Compiled requests as the context asks for them."""
        return PassRequests(requests, self._tables, self.context.registry)

    def update(self) -> None:
        """Tell the pass what the context learnt since it was told last."""
        context = self.context
        if context.registry.changes != self._changes:
            self._tell_ids(context.registry)
        if context.ports is not self._ports:
            said = context.ports.since(self._ports)
            if said is None:
                self.port_names.replace({port_key(*key): name.encode() for key, name in context.ports.items()})
            else:
                self.port_names.change((port_key(*key), None if name is None else name.encode()) for key, name in said)
            self._ports = context.ports
        if context.datapaths is not self._datapaths:
            told = context.datapaths.since(self._datapaths)
            if told is None:
                self.datapath_names.replace({number & 0xFFFFFFFF: name.encode() for number, name in context.datapaths.items()})
            else:
                self.datapath_names.change((number & 0xFFFFFFFF, None if name is None else name.encode()) for number, name in told)
            self._datapaths = context.datapaths

    def _tell_ids(self, registry: Registry) -> None:
        """Tell of the ids that changed since."""
        if self.before_names is not None:
            self.before_names()
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


def _is_plain(name: str) -> bool:
    """Whether a name is its own JSON text."""
    return name.isascii() and name.isprintable() and '"' not in name and "\\" not in name

"""Infers which release of Open vSwitch sent a conversation's requests: hints as rows, and what follows from them.

A hint says that releases with some change sent a message, or that releases without it did; no hint is proof. The result is the newest
release that all hints allow. A message that is present counts more than one that is absent, because other tools send requests too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.dissect.conversation import REGISTRIES, Registries
from ovsdissect.dissect.survey import generic_messages
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import KEY, NSH, NSH_BASE
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.families.ovs_datapath import DATAPATH_ATTRS, OVS_DATAPATH, USER_FEATURES
from ovsdissect.families.ovs_flow import FLOW_ATTRS
from ovsdissect.families.ovs_packet import PACKET_ATTRS
from ovsdissect.grammar.attrs import payloads
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NLM_F_REQUEST, NLMSGHDR_LEN
from ovsdissect.odp.releases import RELEASES, branch, has

NEW, SET, EXECUTE = 1, 4, 3
HEADERS: Final = GENLMSGHDR_LEN + (OVS_HEADER.size or 0)
FIRST_LOOK: Final = 100_000  # records of a file that are examined at most before its first text is made
ENOUGH: Final = 1_000  # messages without a new hint after which normally no more are expected

FEATURES, PIDS, CACHE, UPCALL_PID_0 = (
    DATAPATH_ATTRS.by_name[name].number for name in ("user_features", "per_cpu_pids", "masks_cache_size", "upcall_pid")
)
VPORT_PIDS, PER_CPU = (bit for bit, name in USER_FEATURES.items() if name in ("vport_pids", "dispatch_upcall_per_cpu"))
# OVS_DP_F_UNSUPPORTED of lib/dpif-netlink.c: requested to see whether the kernel refuses unknown features
UNSUPPORTED: Final = 1 << 31
FLOW_KEY, FLOW_MASK, FLOW_ACTIONS, FLOW_PROBE = (FLOW_ATTRS.by_name[name].number for name in ("key", "mask", "actions", "probe"))
PACKET_ACTIONS, PACKET_PROBE, HASH, UPCALL_PID = (
    PACKET_ATTRS.by_name[name].number for name in ("actions", "probe", "hash", "upcall_pid")
)
IN_PORT, SKB_MARK, CT_STATE, KEY_NSH = (KEY.by_name[name].number for name in ("in_port", "skb_mark", "ct_state", "nsh"))
SET_MASKED, CHECK_PKT_LEN, ADD_MPLS, DEC_TTL, DROP, PSAMPLE = (
    ACTIONS.by_name[name].number for name in ("set_masked", "check_pkt_len", "add_mpls", "dec_ttl", "drop", "psample")
)
BASE: Final = NSH.by_name["base"].number
BASE_SIZE: Final = NSH_BASE.size or 0
HASH_BITS: Final = 34  # bits that a kernel sets: 32 of hash, "software", "layer 4"

Attributes = Mapping[int, bytes]


class Told(NamedTuple):
    """One message, and what was known of the conversation before it.

    actions: numbers and payloads of the top actions, in order. probed: the actions of the probes so far, None if one of them was cut.
    per_cpu: whether upcalls go to one socket per CPU, None if unknown.
    """

    attrs: Attributes
    order: ByteOrder
    request: bool
    actions: list[tuple[int, bytes]]
    probed: frozenset[int] | None
    per_cpu: bool | None

    @property
    def features(self) -> int:
        """The features of a datapath."""
        return int.from_bytes(self.attrs.get(FEATURES, b""), self.order)

    @property
    def kinds(self) -> frozenset[int]:
        """The numbers of the actions."""
        return frozenset(kind for kind, _ in self.actions)

    def comes_first(self, one: int, other: int) -> bool:
        """Return whether one attribute precedes another in what ovs-vswitchd made itself: a mask, or the key of a probe."""
        made = self.attrs.get(FLOW_MASK) or (self.attrs.get(FLOW_KEY, b"") if FLOW_PROBE in self.attrs else b"")
        order = [kind for kind, _ in within(made, self.order)]
        return one in order and other in order and order.index(one) < order.index(other)

    @property
    def hash(self) -> int | None:
        """The hash of an EXECUTE that is not a probe."""
        raw = self.attrs.get(HASH)
        return None if raw is None or PACKET_PROBE in self.attrs else int.from_bytes(raw, self.order)

    @property
    def nsh_base(self) -> bytes | None:
        """The mask of the first set(nsh())'s base header, empty if it has none; None if there is no such action."""
        for kind, payload in self.actions:
            for inner, header in within(payload, self.order) if kind == SET_MASKED else ():
                if inner == KEY_NSH:
                    return dict(within(header, self.order)).get(BASE, b"")[BASE_SIZE:]
        return None


class Hint(NamedTuple):
    """One row.

    words: what the message is. family, commands: the messages to which it applies. shown: whether a message is one. since: the first
    release of each branch that sends it; unless `after` is set, the releases before those send it.
    """

    words: str
    family: str
    commands: frozenset[int]
    shown: Callable[[Told], bool]
    since: str
    after: bool = True


DATAPATH, PUT, EXECUTES = frozenset({NEW, SET}), frozenset({NEW}), frozenset({EXECUTE})
PID_SINCE: Final = "3.3.7 3.4.5 3.5.3 3.6.0"
NSH_SINCE: Final = "3.3.8 3.4.5 3.5.3 3.6.2 3.7.0"

# of a branch whose point releases send the same, and print nearly the same: the one in distributions (Debian 11)
USUAL: Final = {"2.15": "2.15.0"}

# hints about what is present, then about what is absent, more certain ones first
HINTS: Final = (
    Hint(
        "one upcall socket per CPU",
        OVS_DATAPATH.name,
        DATAPATH,
        lambda told: PIDS in told.attrs or bool(told.features & (PER_CPU | UNSUPPORTED)),
        "2.17.0",
    ),
    Hint("a size of the mask cache is asked for", OVS_DATAPATH.name, DATAPATH, lambda told: told.request and CACHE in told.attrs, "2.17.0"),
    Hint("a probe of add_mpls", OVS_FLOW.name, PUT, lambda told: FLOW_PROBE in told.attrs and ADD_MPLS in told.kinds, "2.17.0"),
    Hint("keys with in_port before skb_mark", OVS_FLOW.name, PUT, lambda told: told.comes_first(IN_PORT, SKB_MARK), "3.2.0"),
    Hint("a flow with dec_ttl, drop or psample", OVS_FLOW.name, PUT, lambda told: bool(told.kinds & {DEC_TTL, DROP, PSAMPLE}), "3.4.0"),
    Hint("an EXECUTE of drop or psample", OVS_PACKET.name, EXECUTES, lambda told: bool(told.kinds & {DROP, PSAMPLE}), "3.4.0"),
    Hint("an EXECUTE with UPCALL_PID", OVS_PACKET.name, EXECUTES, lambda told: UPCALL_PID in told.attrs, PID_SINCE),
    Hint("a flow with set(nsh()) without a base header", OVS_FLOW.name, PUT, lambda told: told.nsh_base == b"", NSH_SINCE),
    Hint("keys with skb_mark before in_port", OVS_FLOW.name, PUT, lambda told: told.comes_first(SKB_MARK, IN_PORT), "3.2.0", False),
    # an uninitialised field of struct dpif_execute
    Hint(
        "an EXECUTE with a HASH that is none",
        OVS_PACKET.name,
        EXECUTES,
        lambda told: int.from_bytes(told.attrs.get(HASH, b""), told.order) >> HASH_BITS > 0,
        "2.13.7 2.15.4 2.17.0",
        False,
    ),
    Hint(
        "a datapath without a try of sockets per CPU",
        OVS_DATAPATH.name,
        DATAPATH,
        lambda told: told.request and UPCALL_PID_0 in told.attrs and told.features & (VPORT_PIDS | PER_CPU | UNSUPPORTED) == VPORT_PIDS,
        "2.17.0",
        False,
    ),
    Hint(
        "probes without add_mpls",
        OVS_FLOW.name,
        PUT,
        lambda told: probes_lack(told, ADD_MPLS),
        "2.17.0",
        False,
    ),
    Hint(
        "probes without drop and psample",
        OVS_FLOW.name,
        PUT,
        lambda told: probes_lack(told, DROP) and probes_lack(told, PSAMPLE),
        "3.4.0",
        False,
    ),
    Hint(
        "an EXECUTE with a HASH and without UPCALL_PID",
        OVS_PACKET.name,
        EXECUTES,
        lambda told: told.per_cpu is not False and told.hash is not None and told.hash >> HASH_BITS == 0 and UPCALL_PID not in told.attrs,
        PID_SINCE,
        False,
    ),
    Hint(
        "a flow with set(nsh()) with an empty mask of the base header",
        OVS_FLOW.name,
        PUT,
        lambda told: bool(told.nsh_base) and not any(told.nsh_base or b""),
        NSH_SINCE,
        False,
    ),
)


def probes_lack(told: Told, action: int) -> bool:
    """Return whether the probes of actions are over without this one: those of connection tracking follow them (check_support())."""
    if FLOW_PROBE not in told.attrs or told.probed is None or CHECK_PKT_LEN not in told.probed:
        return False
    return action not in told.probed and any(kind == CT_STATE for kind, _ in within(told.attrs.get(FLOW_KEY, b""), told.order))


def within(data: bytes, order: ByteOrder) -> list[tuple[int, bytes]]:
    """Return numbers and payloads of the attributes in a list, as far as it is well-formed."""
    return payloads(data, order)[0]


class Detector:
    """What one conversation reveals: that of one interface of one section of a capture.

    It needs these messages, in order: requests and replies of ovs_datapath NEW and SET; requests of ovs_flow NEW, at least those with a
    PROBE, one with a MASK and one with set(nsh()); requests of ovs_packet EXECUTE. It ignores all others.
    """

    def __init__(self) -> None:
        self.hints: tuple[Hint, ...] = ()
        self.seen = 0  # messages that it needs
        self._probed: frozenset[int] | None = frozenset()
        self._per_cpu: bool | None = None
        self._release: str | None = None

    @property
    def release(self) -> str | None:
        """The newest point release that sends what was sent; None while nothing reveals it."""
        return self._release

    @property
    def waits(self) -> bool:
        """Whether it is a release before 3.2, and nothing has yet distinguished those before 2.17 from the others."""
        return self._release is not None and not has(self._release, "3.2.0") and not any("2.17.0" in hint.since for hint in self.hints)

    @property
    def reasons(self) -> list[str]:
        """The hints without which it would be another release, in words."""
        return [hint.words for hint in self.hints if newest(other for other in self.hints if other is not hint) != self._release]

    def see(self, family: str, flags: int, body: bytes, order: ByteOrder) -> None:
        """Take a message of a family. flags: of the nlmsghdr. body: genlmsghdr and what follows; a cut message reveals nothing."""
        rows = ROWS.get((family, body[0] if body else 0))
        request = bool(flags & NLM_F_REQUEST)
        if rows is None or not (request or family == OVS_DATAPATH.name):
            return
        self.seen += 1
        listed, complete = payloads(body[HEADERS:], order)
        if not complete:
            self._probed = None
            return
        attrs = dict(listed)
        actions, probe = NESTED[family]
        told = Told(attrs, order, request, within(attrs.get(actions, b""), order), self._probed, self._per_cpu)
        found = tuple(hint for hint in rows if hint not in self.hints and hint.shown(told))
        if found:
            self.hints += found
            self._release = newest(self.hints)
        if family == OVS_DATAPATH.name:
            if FEATURES in attrs and not told.features & UNSUPPORTED:
                self._per_cpu = bool(told.features & PER_CPU)
        elif probe in attrs and self._probed is not None:
            self._probed |= told.kinds


class Sent(NamedTuple):
    """A message of a family in a conversation.  flags: of the nlmsghdr.  body: genlmsghdr and what follows."""

    conversation: int
    family: str
    flags: int
    body: bytes
    order: ByteOrder


def sent(registries: Registries, record: Record, place: int = 0) -> Iterator[Sent]:
    """The messages of known families in a record, from a place on."""
    data, order = record.data, record.byteorder
    registry = registries[record.conversation]
    for kind, start, end in generic_messages(record, place):
        family = registry.family(kind)
        if family is not None:
            flags = int.from_bytes(data[start - NLMSGHDR_LEN + 6 : start - NLMSGHDR_LEN + 8], order)
            yield Sent(record.conversation, family.name, flags, data[start:end], order)


class Detectors(dict[int, Detector]):
    """The detectors of a capture's conversations, for as many as have their ids kept."""

    def __missing__(self, conversation: int) -> Detector:
        detector = Detector()
        if len(self) < REGISTRIES:
            self[conversation] = detector
        return detector

    def look(self, registries: Registries, records: Iterable[Record]) -> None:
        """Take the first records of a file, as many as are likely to reveal anything."""
        self.hear(message for record in islice(records, FIRST_LOOK) for message in self._sent(registries, record))

    def hear(self, messages: Iterable[Sent]) -> None:
        """Take the first messages of a file, as many as are likely to reveal anything."""
        last = seen = 0
        for conversation, family, flags, body, order in messages:
            detector = self[conversation]
            hints, before = len(detector.hints), detector.seen
            detector.see(family, flags, body, order)
            seen += detector.seen - before
            if len(detector.hints) > hints:
                last = seen
            if seen - last > ENOUGH:
                if not any(one.waits for one in self.values()):
                    return
                last = seen

    def show(self, registries: Registries, record: Record) -> None:
        """Show a record to its detector."""
        for conversation, family, flags, body, order in self._sent(registries, record):
            self[conversation].see(family, flags, body, order)

    def _sent(self, registries: Registries, record: Record) -> Iterator[Sent]:
        """The messages of a record, whose conversation has a detector from now on."""
        self[record.conversation]
        return sent(registries, record)


def newest(hints: Iterable[Hint]) -> str:
    """Return the newest release that the hints allow; hints that contradict more certain ones are ignored."""
    allowed = list(RELEASES)
    for hint in sorted(hints, key=HINTS.index):
        allowed = [version for version in allowed if has(version, hint.since) == hint.after] or allowed
    usual = USUAL.get(branch(allowed[-1]))
    return usual if usual in allowed else allowed[-1]


ROWS: Final[Mapping[tuple[str, int], tuple[Hint, ...]]] = {
    (family, command): tuple(hint for hint in HINTS if hint.family == family and command in hint.commands)
    for family, command in {(hint.family, command) for hint in HINTS for command in hint.commands}
}
# the attributes that hold actions, and that mark a probe
NESTED: Final[Mapping[str, tuple[int, int]]] = {
    OVS_DATAPATH.name: (-1, -1),
    OVS_FLOW.name: (FLOW_ACTIONS, FLOW_PROBE),
    OVS_PACKET.name: (PACKET_ACTIONS, PACKET_PROBE),
}

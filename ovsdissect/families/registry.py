"""The ids of families in one capture: which nlmsg_type is which family, and how that became known.

Ids are given, announced by nlctrl, inferred or presumed, in this order of certainty.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from construct import ConstructError

from ovsdissect.byteorder import ByteOrder
from ovsdissect.errors import OvsDissectError
from ovsdissect.families import FAMILIES, GENL_ID_CTRL, NLCTRL, OVS_FAMILIES
from ovsdissect.families.inference import Evidence, shape
from ovsdissect.grammar import Family
from ovsdissect.grammar.attrs import attributes
from ovsdissect.netlink.headers import NLMSG_MIN_TYPE

# This many unknown types, and bytes of their messages, are kept to be weighed together.
TYPES: Final = 1024
KEPT: Final = 16 * 1024 * 1024

LONGEST_NAME: Final = 255  # characters of a name that are kept: the kernel's have at most 15, hostile ones fill messages

_NAMES: Final = [family.name for family in OVS_FAMILIES]  # in the order of registration, in which their ids are assigned


class How(StrEnum):
    """How an id became known, most certain first."""

    FIXED = "fixed"
    GIVEN = "given"
    NLCTRL = "nlctrl"
    INFERRED = "inferred"
    PRESUMED = "presumed"


class Known(NamedTuple):
    """A family's id: its name (also of families that are not decoded) and how it became known."""

    name: str
    how: How


_CONTROL: Final = Known(NLCTRL.name, How.FIXED)


class Announcement(NamedTuple):
    """What an nlctrl message says about a family: its name and id; id None if the family is gone."""

    name: str
    id: int | None


def announcement(body: bytes, order: ByteOrder) -> Announcement | None:
    """Return what an nlctrl message (genlmsghdr and what follows) announces; None if nothing."""
    if len(body) < 4 or body[0] not in (NLCTRL.by_name["newfamily"].number, NLCTRL.by_name["delfamily"].number):
        return None
    data, values = body[4:], dict[str, Any]()
    try:
        for kind, _flags, start, end, _padding in attributes(data, order):
            row = NLCTRL.attrs.row(kind)
            if row.name in ("family_name", "family_id") and row.wire.size in (None, end - start):
                values[row.name] = row.wire.parse(data[start:end], byteorder=order)
    except ConstructError:
        pass  # what precedes a snaplen's cut counts: the kernel puts name and id first
    name, number = values.get("family_name"), values.get("family_id")
    if name is None or number is None or len(name) > LONGEST_NAME:
        return None
    return Announcement(name, number if body[0] == NLCTRL.by_name["newfamily"].number else None)


def given_ids(families: Mapping[str, int] | None) -> dict[str, int]:
    """Return the family ids that a caller passed. Raises OvsDissectError for an unknown family or an impossible id."""
    given = dict(families or {})
    unknown = sorted(given.keys() - FAMILIES.keys())
    if unknown:
        raise OvsDissectError(f"no family {', '.join(unknown)}; the families are {', '.join(FAMILIES)}")
    for name, number in given.items():
        if number not in range(NLMSG_MIN_TYPE, 0x10000):
            raise OvsDissectError(f"{name}={number!r}: a family id is a number from {NLMSG_MIN_TYPE} to 65535")
    return given


class Registry:
    """The ids known at one moment of a capture; `learn` and `weigh` add to it.

    The time for each does not depend on the number of families. changes: how often an id's meaning changed.
    given: ids that apply whatever the messages say.
    """

    def __init__(self, given: Mapping[str, int] | None = None) -> None:
        self.given = dict(given or {})
        self._given = {number: Known(name, How.GIVEN) for name, number in (given or {}).items()}
        self._announced: dict[int, Known] = {}
        self._ids_announced: dict[str, int] = {}  # the reverse of _announced
        self._inferred: dict[int, Known] = {}
        self._presumed: dict[int, Known] = {}
        self._evidence: dict[int, Evidence] = {}
        self._kept = 0  # bytes of messages kept as evidence
        self._log: list[int] = [GENL_ID_CTRL]
        self._update({})
        self._log += self._given

    def _update(self, before: dict[int, Known | None]) -> None:
        """Presume what follows from the certain ids, and note what changed. before: the earlier meaning of ids that may have changed."""
        before |= {number: self.known(number) for number in self._presumed if number not in before}
        sure = {number: known.name for number, known in self._inferred.items() if number not in self._announced}
        sure |= {self._ids_announced[name]: name for name in _NAMES if name in self._ids_announced}
        sure |= {number: known.name for number, known in self._given.items()}
        self._presumed = {}
        bases = {number - _NAMES.index(name) for number, name in sure.items() if name in _NAMES}
        if len(bases) == 1:
            base = bases.pop()
            self._presumed = {base + _NAMES.index(name): Known(name, How.PRESUMED) for name in _NAMES if name not in sure.values()}
        for number in self._presumed:
            before.setdefault(number, None)
        self._log += [number for number, known in before.items() if self.known(number) != known]

    @property
    def changes(self) -> int:
        """How often an id's meaning changed."""
        return len(self._log)

    def since(self, changes: int) -> set[int]:
        """Return the ids whose meaning changed since there were this many changes."""
        return set(self._log[changes:])

    def ids(self) -> dict[int, Known]:
        """Return every known id."""
        return {GENL_ID_CTRL: _CONTROL} | self._presumed | self._inferred | self._announced | self._given

    def copy(self) -> Registry:
        """Return a copy of what is known now, without the evidence for undecided ids."""
        other = Registry(self.given)
        other._given, other._announced, other._inferred = dict(self._given), dict(self._announced), dict(self._inferred)
        other._ids_announced = dict(self._ids_announced)
        other._update({})
        other._log = list(other.ids())
        return other

    def known(self, number: int) -> Known | None:
        """Return what is known of an nlmsg_type."""
        for found in (self._given, self._announced, self._inferred, self._presumed):
            if number in found:
                return found[number]
        return _CONTROL if number == GENL_ID_CTRL else None

    def family(self, number: int) -> Family | None:
        """Return the family of an nlmsg_type; None if it is unknown, not decoded, or only presumed."""
        known = self.known(number)
        return FAMILIES.get(known.name) if known and known.how is not How.PRESUMED else None

    def presumed(self, number: int, body: bytes, order: ByteOrder, *, cut: bool) -> Family | None:
        """Return the family presumed for an nlmsg_type, if this message fits it or the messages weighed so far confirm it."""
        known = self.known(number)
        if known is None or known.how is not How.PRESUMED:
            return None
        family = FAMILIES[known.name]
        evidence = self._evidence.get(number)
        if evidence is not None and evidence.confirms(known.name):
            return family
        return family if shape(family, body, order, cut=cut) is not None else None

    def learn(self, said: Announcement) -> None:
        """Take an nlctrl message: from now on the family has this id, or none.

        An id that it had before remains its own until another family gets it: in merged captures of two hosts both are right.
        """
        if said.id == GENL_ID_CTRL or said.name == NLCTRL.name:
            return  # its id is fixed, whatever a message says
        earlier = self._ids_announced.get(said.name)
        inferred = [number for number, known in self._inferred.items() if known.name == said.name or number == said.id]
        if earlier == said.id and not inferred:
            return
        before = {number: self.known(number) for number in (earlier, said.id, *inferred) if number is not None}
        for number in inferred:
            del self._inferred[number]
        if earlier is not None and said.id is None:
            self._withdraw(earlier)
        if said.id is not None:
            self._withdraw(said.id)
            self._announce(said.name, said.id)
        self._update(before)

    def _announce(self, name: str, number: int) -> None:
        self._announced[number] = Known(name, How.NLCTRL)
        self._ids_announced[name] = number

    def _withdraw(self, number: int) -> None:
        known = self._announced.pop(number, None)
        if known is not None and self._ids_announced.get(known.name) == number:
            del self._ids_announced[known.name]

    def start_with(self, announcements: list[Announcement]) -> None:
        """Apply announcements from later parts of the capture from its beginning, unless they contradict it."""
        names: set[str] = set()
        before: dict[int, Known | None] = {}
        for said in announcements:
            if said.id == GENL_ID_CTRL or said.name == NLCTRL.name:
                continue
            if said.id is not None and said.name not in names and said.id not in self._announced:
                before.setdefault(said.id, self.known(said.id))
                self._announce(said.name, said.id)
            names.add(said.name)
        self._update(before)

    def _is_taken(self, name: str) -> bool:
        """Whether a family has a certain id."""
        return name in self._ids_announced or any(known.name == name for known in (*self._given.values(), *self._inferred.values()))

    def weigh(self, number: int, body: bytes, order: ByteOrder, *, cut: bool) -> None:
        """Take a message of an unknown type: its shape may reveal the family."""
        known = self.known(number)
        if known is not None and known.how not in (How.PRESUMED, How.INFERRED):
            return
        evidence = self._evidence_of(number)
        if evidence is None:
            return
        evidence.add(body, order, OVS_FAMILIES, cut=cut)
        if number in self._inferred:
            return
        name = evidence.verdict()
        if name is not None and not self._is_taken(name):
            before = {number: known}
            self._inferred[number] = Known(name, How.INFERRED)
            self._update(before)

    def _evidence_of(self, number: int) -> Evidence | None:
        """Return what is kept of an nlmsg_type; None if there are too many types."""
        found = self._evidence.get(number)
        if found is None and len(self._evidence) < TYPES:
            found = self._evidence[number] = Evidence()
        return found

    def note(self, number: int, body: bytes, order: ByteOrder, *, cut: bool) -> bool:
        """Keep a message for review(), in case its type is not announced. Returns False if no more of that type are needed."""
        evidence = None if number in self._given else self._evidence_of(number)
        if evidence is None:
            return False
        kept = len(evidence.kept)
        more = evidence.keep(body, order, cut=cut)
        self._kept += len(body) * (len(evidence.kept) - kept)
        if self._kept > KEPT:
            for one in self._evidence.values():
                one.settle(OVS_FAMILIES)
            self._kept = 0
        return more

    def review(self) -> None:
        """Withdraw what later messages of a capture contradicted, and decide again on all evidence."""
        before = {number: self.known(number) for number in self._inferred}
        self._inferred = {}
        self._evidence = {
            number: one for number, one in self._evidence.items() if number not in self._given and number not in self._announced
        }
        for evidence in self._evidence.values():
            evidence.settle(OVS_FAMILIES)
        self._kept = 0
        ranked = sorted(self._evidence.items(), key=lambda item: -sum(item[1].telling.values()))
        for number, evidence in ranked:
            name = evidence.verdict()
            if name is not None and not self._is_taken(name):
                before.setdefault(number, self.known(number))
                self._inferred[number] = Known(name, How.INFERRED)
        self._update(before)
        for number, known in list(self._presumed.items()):
            if number in self._evidence and self._evidence[number].confirms(known.name):
                self._inferred[number] = Known(known.name, How.INFERRED)
        self._update({number: Known(known.name, How.PRESUMED) for number, known in self._presumed.items()})

    def undecided(self, number: int) -> bool:
        """Return whether an nlmsg_type is unknown and may still become known from the shape of its messages."""
        known = self.known(number)
        if known is not None and known.how is not How.PRESUMED:
            return False
        evidence = self._evidence.get(number)
        return evidence is not None and evidence.open()

"""The ids of families in one capture: which nlmsg_type is which family, and how that became known.

Ids are given, announced by nlctrl, inferred or presumed, in that order.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from construct import ConstructError

from ovsdissect.families import FAMILIES, GENL_ID_CTRL, NLCTRL, OVS_FAMILIES
from ovsdissect.families.inference import Evidence, shape
from ovsdissect.grammar import ByteOrder, Family
from ovsdissect.grammar.attrs import attributes


class How(StrEnum):
    """How an id became known, the surest first."""

    FIXED = "fixed"
    GIVEN = "given"
    NLCTRL = "nlctrl"
    INFERRED = "inferred"
    PRESUMED = "presumed"


class Known(NamedTuple):
    """A family's id: its name (also of families that are not decoded) and how it became known."""

    name: str
    how: How


class Announcement(NamedTuple):
    """What an nlctrl message says of a family: its name and id; id None where the family is gone."""

    name: str
    id: int | None


def announcement(body: bytes, order: ByteOrder) -> Announcement | None:
    """What an nlctrl message (genlmsghdr and what follows) announces; None where it announces nothing."""
    if len(body) < 4 or body[0] not in (NLCTRL.by_name["newfamily"].number, NLCTRL.by_name["delfamily"].number):
        return None
    data, values = body[4:], dict[str, Any]()
    try:
        for kind, _flags, start, end, _padding in attributes(data, order):
            row = NLCTRL.attrs.row(kind)
            if row.name in ("family_name", "family_id") and row.wire.size in (None, end - start):
                values[row.name] = row.wire.parse(data[start:end], byteorder=order)
    except ConstructError:
        pass  # what comes before a snaplen's cut counts: the kernel puts name and id first
    name, number = values.get("family_name"), values.get("family_id")
    if name is None or number is None:
        return None
    return Announcement(name, number if body[0] == NLCTRL.by_name["newfamily"].number else None)


class Registry:
    """The ids known at one moment of a capture; `learn` and `weigh` add to it as it goes on.

    changes: how often that made a difference.  given: ids that hold whatever the messages say.
    """

    def __init__(self, given: Mapping[str, int] | None = None) -> None:
        self.given = dict(given or {})
        self._given = {number: Known(name, How.GIVEN) for name, number in (given or {}).items()}
        self._announced: dict[int, Known] = {}
        self._inferred: dict[int, Known] = {}
        self._presumed: dict[int, Known] = {}
        self._evidence: dict[int, Evidence] = {}
        self._all: dict[int, Known] = {}
        self.changes = 0
        self._update()

    def _update(self) -> None:
        before = self._all
        sure = self._inferred | self._announced | self._given
        self._presumed = {}
        names = [family.name for family in OVS_FAMILIES]
        bases = {number - names.index(known.name) for number, known in sure.items() if known.name in names}
        if len(bases) == 1:
            base = bases.pop()
            missing = [name for name in names if name not in {known.name for known in sure.values()}]
            self._presumed = {base + names.index(name): Known(name, How.PRESUMED) for name in missing}
        self._all = {GENL_ID_CTRL: Known(NLCTRL.name, How.FIXED)} | self._presumed | sure
        self.changes += self._all != before

    def ids(self) -> dict[int, Known]:
        """Every known id."""
        return dict(self._all)

    def copy(self) -> Registry:
        """What is known at this moment, without the evidence for what is not."""
        other = Registry(self.given)
        other._given, other._announced, other._inferred = dict(self._given), dict(self._announced), dict(self._inferred)
        other._update()
        return other

    def known(self, number: int) -> Known | None:
        """What is known of an nlmsg_type."""
        return self._all.get(number)

    def family(self, number: int) -> Family | None:
        """The family of an nlmsg_type; None where it is unknown, not decoded, or only presumed."""
        known = self._all.get(number)
        return FAMILIES.get(known.name) if known and known.how is not How.PRESUMED else None

    def presumed(self, number: int, body: bytes, order: ByteOrder, *, cut: bool) -> Family | None:
        """The family presumed for an nlmsg_type, where this message fits it."""
        known = self._all.get(number)
        if known is None or known.how is not How.PRESUMED:
            return None
        family = FAMILIES[known.name]
        return family if shape(family, body, order, cut=cut) is not None else None

    def learn(self, said: Announcement) -> None:
        """An nlctrl message spoke: from now on the family has this id, or none.

        An id that it had before stays its own until somebody else has it: where two hosts' captures are one, both are right.
        """
        if said.id is None:
            self._announced = {number: known for number, known in self._announced.items() if known.name != said.name}
        self._inferred = {number: known for number, known in self._inferred.items() if known.name != said.name and number != said.id}
        if said.id is not None:
            self._announced[said.id] = Known(said.name, How.NLCTRL)
        self._update()

    def start_with(self, announcements: list[Announcement]) -> None:
        """What a later part of the capture announces holds from its beginning, as far as it says nothing else before."""
        names: set[str] = set()
        for said in announcements:
            if said.id is not None and said.name not in names and said.id not in self._announced:
                self._announced[said.id] = Known(said.name, How.NLCTRL)
            names.add(said.name)
        self._update()

    def weigh(self, number: int, body: bytes, order: ByteOrder, *, cut: bool) -> None:
        """Consider a message of a type that is not known: its shape may tell the family."""
        known = self._all.get(number)
        if known is not None and known.how not in (How.PRESUMED, How.INFERRED):
            return
        evidence = self._evidence.setdefault(number, Evidence())
        evidence.add(body, order, OVS_FAMILIES, cut=cut)
        if number in self._inferred:
            return
        name = evidence.verdict()
        taken = {known.name for known in (self._given | self._announced | self._inferred).values()}
        if name is not None and name not in taken:
            self._inferred[number] = Known(name, How.INFERRED)
            self._update()

    def note(self, number: int, body: bytes, order: ByteOrder, *, cut: bool) -> bool:
        """Keep a message for review(), in case no announcement comes for its type; False where no more of that type are needed."""
        return number not in self._given and self._evidence.setdefault(number, Evidence()).keep(body, order, cut=cut)

    def review(self) -> None:
        """Take back what later messages of a capture spoke against, and decide again on all evidence."""
        self._inferred = {}
        self._evidence = {number: one for number, one in self._evidence.items() if number not in self._given | self._announced}
        for evidence in self._evidence.values():
            evidence.settle(OVS_FAMILIES)
        taken = {known.name for known in (self._given | self._announced).values()}
        ranked = sorted(self._evidence.items(), key=lambda item: -sum(item[1].telling.values()))
        for number, evidence in ranked:
            name = evidence.verdict()
            if name is not None and name not in taken:
                taken.add(name)
                self._inferred[number] = Known(name, How.INFERRED)
        self._update()
        for number, known in list(self._presumed.items()):
            if number in self._evidence and self._evidence[number].confirms(known.name):
                self._inferred[number] = Known(known.name, How.INFERRED)
        self._update()

    def undecided(self, number: int) -> bool:
        """Whether an nlmsg_type is unknown and may yet become known by its messages' shape."""
        known = self._all.get(number)
        if known is not None and known.how is not How.PRESUMED:
            return False
        evidence = self._evidence.get(number)
        return evidence is not None and evidence.open()

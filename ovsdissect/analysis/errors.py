"""Groups errors by request: Open vSwitch itself provokes most of them, and expects them."""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.analysis.facts import DIGEST, ErrorFact, Fact, interface
from ovsdissect.analysis.findings import ErrorGroup, InTheWay
from ovsdissect.families import FAMILIES
from ovsdissect.netlink import errno

IN_THE_WAY: Final = 10
SEARCHES: Final = 64  # searches per group: each goes through the whole flow table
KEYS: Final = 65_536
GROUPS: Final = 4096


class Expected(NamedTuple):
    """An error that is harmless, or that deserves a note."""

    harmless: bool
    note: str


# (family, command, error) -> its meaning
EXPECTED: Final = {
    ("ovs_vport", "get", "ENODEV"): Expected(True, "is there a port of that name?"),
    ("ovs_datapath", "set", "EOPNOTSUPP"): Expected(True, "does the kernel know this feature?"),
    ("ovs_datapath", "new", "EOPNOTSUPP"): Expected(True, "does the kernel know this feature?"),
    ("ovs_meter", "get", "ENOENT"): Expected(True, "is there such a meter?"),
    ("ovs_flow", "new", "EEXIST"): Expected(True, "overlaps a flow that is there"),
    ("ovs_flow", "del", "ENOENT"): Expected(True, "was gone already"),
    ("ovs_flow", "set", "ENOENT"): Expected(True, "was gone already"),
    ("ovs_vport", "new", "EAFNOSUPPORT"): Expected(False, "the kernel has no such tunnel type"),
}
PROBED: Final = Expected(True, "a feature probe")

Name = tuple[str | None, str | None, int, str | None, bool, int]


class Group:
    """Errors of one sort. passed: whether any of them passes the display filter."""

    __slots__ = ("count", "first", "first_request", "in_the_way", "keys", "last", "passed", "path", "searches")

    def __init__(self, first: int, path: str | None, request: int | None) -> None:
        self.first, self.last, self.path, self.first_request = first, first, path, request
        self.count = 0
        self.keys: set[bytes] = set()
        self.in_the_way: dict[int, InTheWay] = {}
        self.searches = 0
        self.passed = False


class Errors:
    """The errors of decoded families.

    unmatched: the number whose request is not in the capture. passing: in the current batch, the message numbers that pass the display
    filter.
    """

    def __init__(self) -> None:
        self._groups: dict[Name, Group] = {}
        self.unmatched = 0
        self.passing: frozenset[int] | None = None

    def add(self, fact: Fact, body: ErrorFact, request: int | None, probe: bool, key: bytes | None) -> Group:
        """Count an error; request: the number of the request; key: the digest of the key in a put."""
        command = None if fact.cmd is None else FAMILIES[fact.family].command(fact.cmd).name
        if request is None:
            self.unmatched += 1
        place = interface(fact.dp)
        name = (fact.family, command, body.number, body.message, probe, place)
        group = self._groups.get(name)
        if group is None:
            if len(self._groups) >= GROUPS:
                name = (fact.family, command, body.number, None, probe, place)
            group = self._groups.setdefault(name, Group(fact.number, body.path, request))
        group.count += 1
        group.last = fact.number
        group.passed = group.passed or (self.passing is not None and fact.number in self.passing)
        if key is not None and len(group.keys) < KEYS:
            group.keys.add(key[:DIGEST])
        return group

    def findings(self, *, passed: bool = False, several: bool = False) -> list[ErrorGroup]:
        """Return the groups, most frequent first.

        passed: only groups in which an error passes the display filter. several: the capture has several interfaces.
        """
        made = [_finding(name, group, several=several) for name, group in self._groups.items() if group.passed or not passed]
        return sorted(made, key=lambda group: (-group.count, group.first_error))


def _finding(name: Name, group: Group, *, several: bool) -> ErrorGroup:
    family, command, number, message, probe, place = name
    error = errno.name(-number)
    expected = EXPECTED.get((family or "", command or "", error))
    refused = family == "ovs_flow" and command == "new"
    note = expected.note if expected else None
    if refused and note is None and not probe:
        keys = f"{len(group.keys)} key{'s' * (len(group.keys) != 1)}"
        note = f"{keys}; {'its' if len(group.keys) == 1 else 'their'} packets stay in user space"
    return ErrorGroup(
        family,
        command,
        error,
        number,
        message,
        probe,
        group.path,
        group.count,
        probe or bool(expected and expected.harmless),
        PROBED.note if probe else note,
        len(group.keys) if refused else None,
        tuple(group.in_the_way[number] for number in sorted(group.in_the_way)),
        group.first_request,
        group.first,
        group.last,
        place if several else None,
    )

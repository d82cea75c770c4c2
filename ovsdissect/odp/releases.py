"""What Open vSwitch's releases print differently: a table with one field per change, whose value names the releases that have it.

A change is in the releases named, in later ones of their branches, and in all branches after the last one named. Long-term branches got
many of them as fixes, so the point release counts. Two releases with equal fields print the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ovsdissect.errors import OvsDissectError

if TYPE_CHECKING:
    from ovsdissect.dissect.message import Daemon

# the point releases of every branch; 4.0.90 is the main branch's own version when its texts were taken (commit d6a632a)
POINTS: Final[Mapping[str, tuple[int, ...]]] = {
    "2.13": tuple(range(12)),
    "2.15": tuple(range(9)),
    "2.17": tuple(range(13)),
    "3.0": tuple(range(9)),
    "3.1": tuple(range(8)),
    "3.2": tuple(range(7)),
    "3.3": tuple(range(10)),
    "3.4": tuple(range(7)),
    "3.5": tuple(range(5)),
    "3.6": tuple(range(4)),
    "3.7": tuple(range(2)),
    "4.0": (0, 90),
}

# the actions above 21, from a release on: the userspace datapath's own follow the kernel's, and move when those get another one
ACTIONS: Final[Mapping[str, Mapping[int, str]]] = {
    "2.13.0": {22: "tnl_push", 23: "tnl_pop", 24: "drop"},
    "2.15.0": {22: "tnl_push", 23: "tnl_pop", 24: "drop", 25: "lb_output"},
    "2.17.0": {22: "add_mpls", 23: "tnl_push", 24: "tnl_pop", 25: "drop", 26: "lb_output"},
    "3.4.0": {22: "add_mpls", 23: "dec_ttl", 24: "drop", 25: "psample", 26: "tnl_push", 27: "tnl_pop", 28: "lb_output"},
}

# releases that print the same text for what a kernel sends, by a letter: the first of each class
TEXT_CLASSES: Final[Mapping[str, str]] = {
    "a": "2.13.0",
    "b": "2.13.7",
    "c": "2.13.9",
    "d": "2.15.0",
    "e": "2.15.4",
    "f": "2.17.0 3.0.0",
    "g": "2.17.4",
    "h": "3.0.2 3.1.0",
    "i": "3.2.0 3.3.0",
    "j": "3.3.8",
    "k": "3.4.0",
    "l": "3.5.0 3.6.0",
    "m": "3.5.3 3.6.2 3.7.0",
    "n": "4.0.0",
}


def number(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare."""
    return tuple(map(int, version.split(".")))


def branch(version: str) -> str:
    """Return the branch of a point release."""
    return version.rpartition(".")[0]


def has(version: str, since: str) -> bool:
    """Return whether a release has a change. since: the first release of each branch that has it, oldest first."""
    mine = number(version)
    first = {one[:2]: one for one in map(number, since.split())}
    return mine >= first[mine[:2]] if mine[:2] in first else mine[:2] > max(first)


def since(first: str) -> Any:
    """Return a field that says whether a release has a change."""
    return field(metadata={"since": first})


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """What one release prints. There is one object for each, so releases compare by identity.

    version: "3.3.7". text_class: its letter in TEXT_CLASSES. actions: the actions above 21.
    """

    version: str
    text_class: str
    actions: Mapping[int, str]

    # a key whose packet_type is wildcarded still shows a wildcarded eth() (31b467a75)
    eth_beside_packet_type: bool = since("2.13.7 2.15.4 2.17.1 3.0.0")
    # a tunnel id without a mask is shown only in verbose text (499b9d73c)
    tun_id_needs_mask: bool = since("2.13.9 2.15.6 2.17.3 3.0.0")
    # tunnel attribute 16 and tnl_push type 110 are GTP-U's (3c6d05a02)
    gtpu: bool = since("2.15.0")
    # attributes above the highest known have a name and a place in the list; before, they are length errors (954ae38a1)
    unknown_attributes: bool = since("2.17.4 3.0.2 3.1.0")
    # ct(): a comma separates timeout and nat (0bd4155f5)
    ct_timeout_comma: bool = since("2.17.4 3.0.2 3.1.0")
    # key attribute 31 is known as the kernel's own (d96d14b14)
    tunnel_info: bool = since("3.0.0")
    # tnl_push writes SRv6 headers (7381fd440)
    srv6: bool = since("3.2.0")
    # set(nsh()): an absent part counts as mask 0, earlier as exact zeros (67e21fdb1)
    nsh_parts_left_out: bool = since("3.3.8 3.4.5 3.5.3 3.6.2 3.7.0")
    # set(nsh()): metadata of type 2 is skipped; earlier nothing at all was printed (c38ff60c2)
    nsh_md2: bool = since("3.5.0")
    # the log's lines of flows leave out attributes without a mask (252ee0f18)
    log_skips_unmasked: bool = since("3.5.0")
    # tnl_push compares its header's size with what it reads (e52432a8f)
    tnl_push_checked: bool = since("4.0.0")

    def __reduce__(self) -> tuple[Any, ...]:
        return release, (self.version,)

    @property
    def highest_key_attribute(self) -> int:
        """The highest OVS_KEY_ATTR_* that it knows."""
        return 31 if self.tunnel_info else 30

    @property
    def highest_tunnel_attribute(self) -> int:
        """The highest OVS_TUNNEL_KEY_ATTR_* that it knows."""
        return 16 if self.gtpu else 15

    @property
    def unknown_size(self) -> int | None:
        """The length that it "expects" of an unknown attribute; None: any."""
        return None if self.unknown_attributes else -1


def _release(version: str) -> Release:
    changes = {one.name: has(version, one.metadata["since"]) for one in fields(Release) if "since" in one.metadata}
    actions = max((number(first), meaning) for first, meaning in ACTIONS.items() if has(version, first))[1]
    return Release(version, _text_class(version), MappingProxyType(actions), **changes)


def _text_class(version: str) -> str:
    mine = number(version)
    firsts = [(number(first), letter) for letter, some in TEXT_CLASSES.items() for first in some.split()]
    return max((first, letter) for first, letter in firsts if first[:2] == mine[:2] and first <= mine)[1]


RELEASES: Final[Mapping[str, Release]] = MappingProxyType(
    {version: _release(version) for name, points in POINTS.items() for version in (f"{name}.{point}" for point in points)}
)
NEWEST: Final = RELEASES["4.0.90"]
# a release or its name; AUTO if the capture should decide
Version = Release | str
AUTO: Final = "auto"
_SPELLED: Final = re.compile(r"\s*(?:v|branch-|openvswitch-)?(\d+\.\d+(?:\.\d+)?)(?:\.x)?(?:[-+~][\w.+~-]+)?\s*", re.IGNORECASE)
_NAMED: Final[Mapping[str, Release]] = dict(RELEASES) | {name: RELEASES[f"{name}.{points[-1]}"] for name, points in POINTS.items()}


def plain_name(name: str) -> str:
    """Return a name of this table for that of a tag ("v3.3.7"), a branch ("branch-3.3", "3.3.x") or a package ("3.3.1-1ubuntu2")."""
    found = _SPELLED.fullmatch(name)
    return found[1] if found else name


def release(name: Version) -> Release:
    """Return a release by name: a branch ("3.3": its newest point release) or a point release ("3.3.7"), spelled as for plain_name().

    Raises OvsDissectError for any other name, listing the valid ones.
    """
    if isinstance(name, Release):
        return name
    found = _NAMED.get(plain_name(name))
    if found is None:
        raise OvsDissectError(f"no Open vSwitch release {name!r}; the releases are {known_releases()}")
    return found


def release_of(ovs: Version, daemon: Daemon | None) -> Release:
    """Return the wanted release: AUTO means the ovs-vswitchd's, or the newest if nothing revealed it."""
    if ovs != AUTO:
        return release(ovs)
    told = None if daemon is None else daemon.release
    return NEWEST if told is None else release(told)


def short_name(version: str) -> str:
    """Return the short name of a point release: its branch if it is the newest there."""
    found = branch(version)
    return found if _NAMED[found].version == version else version


def known_releases() -> str:
    """Return the branches and their point releases, in words."""

    def some(name: str, points: tuple[int, ...]) -> str:
        return f"{name} ({name}.{points[0]} {'to' if points[-1] < len(points) else 'and'} {name}.{points[-1]})"

    return ", ".join(some(name, points) for name, points in POINTS.items())

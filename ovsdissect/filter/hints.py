"""Suggests what an unknown name may have been meant for."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache
from heapq import nlargest
from itertools import pairwise
from typing import Final

from ovsdissect.families import FAMILIES
from ovsdissect.filter.fields import attribute_fields, error_fields, header_fields, inner_fields
from ovsdissect.filter.gather import ROOTS
from ovsdissect.filter.types import type_of
from ovsdissect.grammar.fieldnames import Place
from ovsdissect.netlink.headers import PROTOCOLS

WORDED: Final = ("kind", "cmd", "direction", "error.name")


@cache
def names() -> tuple[str, ...]:
    """Return every native name: the candidates for a misspelled one."""
    found = {*header_fields(), *attribute_fields(), *error_fields(), *FAMILIES}
    found |= {f"packet.{name}" for name in inner_fields()} | {"packet.data", "packet.len"} | set(inner_fields())
    return tuple(found)


@cache
def _spelled(steps: int) -> Mapping[str, str]:
    """Return candidates for a name of this many steps: whole names and ends of names, each with the shortest name it belongs to."""
    found: dict[str, str] = {}
    for name in sorted(names(), key=lambda name: (len(name), name)):
        found.setdefault(name, name)
        found.setdefault(".".join(name.split(".")[-steps:]), name)
    return found


@cache
def _pairs(text: str) -> int:
    """Return which pairs of letters occur in a text, as bits."""
    bits = 0
    for first, second in pairwise(text):
        bits |= 1 << (ord(first) * 37 + ord(second)) % 1021
    return bits


def collapsed(name: str) -> str | None:
    """Return the field for a path through sets nested in themselves, at every depth; None if the name is not such a path."""
    prefix = "request." if name.startswith("request.") else ""
    path = name.removeprefix(prefix).removeprefix("attrs.")
    for family, root in ROOTS.items():
        place: Place | None = root
        for step in path.removeprefix(f"{family}.").split("."):
            place = place.steps.get(step) if place is not None else None
        if place is not None and place.name:
            field = f"{family}.{place.name}" if path.startswith(f"{family}.") else place.name
            return prefix + field
    return None


def compared(word: str) -> str | None:
    """Return the comparison that a single word of the lists abbreviates: `kind == ack`; None for any other word."""
    fields = header_fields()
    for name in WORDED:
        types = [type_of(key) for key in fields[name].types]
        if any(word in type_.words or word in type_.names for type_ in types):
            return f"{name} == {word}"
    return f"family == {word}" if word in PROTOCOLS.values() else None


def nearest(name: str) -> str | None:
    """Return the field that a misspelled or shortened name most likely means; None if none is close."""
    deeper = collapsed(name)
    if deeper is not None:
        return deeper
    name = name[:80].lower().strip(".")
    candidates = _spelled(min(name.count("."), 9) + 1)
    if name in candidates:
        return candidates[name]
    pairs = _pairs(name)
    alike = nlargest(24, ((2 * (pairs & _pairs(known)).bit_count() / (len(name) + len(known)), known) for known in candidates))
    best = max((SequenceMatcher(None, name, known).ratio(), -len(candidates[known]), known) for _, known in alike)
    return candidates[best[2]] if best[0] >= 0.72 else None

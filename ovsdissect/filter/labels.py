"""Words that screens show instead of a value: protocols for families, message types of NETLINK_ROUTE, kinds of answers for commands.

Each stands for a filter over the fields that hold it: `cmd == RTM_NEWLINK` is `protocol == route && kind == message && nlmsg.type == 16`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from ovsdissect.families import FAMILIES
from ovsdissect.filter.headers import KIND
from ovsdissect.filter.literals import integer, nearest
from ovsdissect.netlink.headers import CONTROL_TYPES, PROTOCOLS
from ovsdissect.netlink.rtnetlink import KINDS, RTM_BASE, SUBJECTS, type_name

GENERIC: Final = "!(protocol != generic)"  # records without a cooked header do not tell their protocol
UNNAMED: Final = f"kind == message && !family && {GENERIC}"
_TYPE: Final = re.compile(r"type (0|[1-9][0-9]{0,4})")
_PROTOCOL: Final = re.compile(r"protocol (0|[1-9][0-9]{0,4})")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,14}")  # GENL_NAMSIZ
_DECODED: Final = ", ".join(FAMILIES)
INTERFACE: Final = "frame.interface_id"
_INTERFACE: Final = re.compile(r"([0-9]+) .+", re.DOTALL)  # as `list` shows it, with its name
FIELDS: Final = frozenset(name for field in ("family", "cmd", "nlmsg.type") for name in (field, f"request.{field}")) | {INTERFACE}
REQUESTED: Final = "request && kind != message"


class Label(NamedTuple):
    """What a word stands for: a filter, and the message type that the answered request must have, None if any will do."""

    filter: str
    request_type: int | None = None


@cache
def route_types() -> Mapping[str, int]:
    """Return the message types of NETLINK_ROUTE by name."""
    types = (subject + kind for subject in SUBJECTS for kind in range(len(KINDS)))
    return {name: number for number in types if number >= RTM_BASE and (name := type_name(number)) is not None}


@cache
def words(field: str) -> tuple[str, ...]:
    """Return the words without blanks that a field accepts besides its values."""
    last = field.removeprefix("request.")
    if last == "family":
        return tuple(PROTOCOLS.values())
    kinds = [kind for kind in KIND.words if kind not in ("message", "record")] if field == "cmd" else []
    own = [*FAMILIES, *CONTROL_TYPES.values()] if last == "nlmsg.type" else []
    return (*route_types(), *kinds, *own) if field in FIELDS else ()


def label(field: str, word: str, *, quoted: bool) -> Label | None:
    """Return what a word that is compared with a field stands for; None if it is not such a word. quoted: any quoted text may name a
    family.
    """
    if field not in FIELDS or (field == INTERFACE and integer(word) is not None):
        return None
    if field == INTERFACE:
        number = _INTERFACE.fullmatch(word)
        return Label(f"{INTERFACE} == {number[1]}") if number else Label(f'{INTERFACE[:-2]}name == "{_quoted(word)}"')
    requested = field.startswith("request.")
    if field.endswith("family"):
        return _family(word, requested=requested, quoted=quoted)
    return _type(word, field) if field.endswith("type") else _command(word, requested=requested)


def _family(word: str, *, requested: bool, quoted: bool) -> Label | None:
    field, on = ("request.family", f"{REQUESTED} && ") if requested else ("family", "")
    number = _PROTOCOL.fullmatch(word)
    if number is not None:
        return Label(f"{on}nlmsg && protocol == {number[1]}")
    number = _TYPE.fullmatch(word)
    if number is not None:
        return None if requested else Label(f"{UNNAMED} && nlmsg.type == {number[1]}")
    if word == "generic":
        return Label(f"{on}nlmsg && kind != message && !{field} && {GENERIC}")
    if word in PROTOCOLS.values():
        return Label(f"{on}nlmsg && protocol == {word}")
    return Label(f'{field} == "{word}"') if not quoted and _undecoded(word) else None


def _quoted(word: str) -> str:
    """Return a text as it is written between quotes."""
    return word.replace("\\", "\\\\").replace('"', '\\"')


def _undecoded(word: str) -> bool:
    """Whether a word may name a family that is not decoded, rather than misspell one that is."""
    return _NAME.fullmatch(word) is not None and nearest(word, (*FAMILIES, *PROTOCOLS.values())) is None


def _command(word: str, *, requested: bool) -> Label | None:
    kind = route_types().get(word)
    if kind is not None and requested:
        return Label(f"{REQUESTED} && protocol == route", kind)
    if kind is not None:
        return Label(f"protocol == route && kind == message && nlmsg.type == {kind}")
    number = _TYPE.fullmatch(word)
    if number is not None:
        kind = int(number[1])
        named = " && !(protocol == route)" if type_name(kind) is not None else ""
        if requested:
            return Label(f"{REQUESTED} && !(request.family in {{{_DECODED}}}){named}", kind)
        return Label(f"kind == message && !(family in {{{_DECODED}}}) && nlmsg.type == {kind}{named}")
    if word in KIND.words and word != "message" and not requested:
        return Label(f"kind == {word} && !cmd")
    return None


def _type(word: str, field: str) -> Label | None:
    kind = route_types().get(word)
    if kind is not None:
        return Label(f"protocol == route && {field} == {kind}")
    number = next((number for number, name in CONTROL_TYPES.items() if name == word), None)
    if number is not None:
        return Label(f"{field} == {number}")
    if word not in FAMILIES and not _undecoded(word):
        return None
    return Label(f'{field} && request.family == "{word}"' if field != "nlmsg.type" else f'kind == message && family == "{word}"')

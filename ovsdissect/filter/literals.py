"""Literals of the filter: words and strings of its text, read as values of a field's type. Errors say what would be accepted."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from ovsdissect.filter.syntax import Atom, Value
from ovsdissect.filter.types import Type, literal_form


class Constant(NamedTuple):
    """A literal's value.

    mask: only these bits of it count (10.0.0.0/8; not used for numbers). other: its second meaning: bytes in hex that are written in
    quotes.
    """

    value: Any
    mask: int | None = None
    other: Any = None


class MismatchError(Exception):
    """A literal that does not fit a type: what is wrong, and where in the filter's text."""

    def __init__(self, text: str, column: int, length: int) -> None:
        super().__init__(text)
        self.column, self.length = column, length


class MisfitError(MismatchError):
    """A number that a field cannot hold; above: it exceeds the field's highest value, else it is below the lowest."""

    def __init__(self, text: str, column: int, length: int, *, above: bool) -> None:
        super().__init__(text, column, length)
        self.above = above


def constant(value: Value, type_: Type) -> Constant:
    """Return a literal as a value of a type. Raises MismatchError."""
    first = value.atoms[0]
    if type_.group == "none":
        raise _mismatch(value, "it holds other fields and has no value of its own: compare one of those")
    if len(value.atoms) > 1:
        if type_.kind != "flags":
            raise _mismatch(value, f"only names of flags are joined by |; {literal_form(type_)} is expected here")
        return Constant(flags(value.atoms, type_))
    if type_.kind == "flags" and _SIGNED_FLAGS.fullmatch(first.text) and integer(first.text) is None:
        return Constant(flags([first], type_))
    if type_.kind == "flags" and first.quoted:
        return Constant(flags([first._replace(text=name.strip()) for name in first.text.split("|")], type_))
    if type_.group == "number" and first.quoted and (shown := _SHOWN.fullmatch(first.text)) is not None:
        first = first._replace(text=shown[1])
    if type_.group == "number":
        return Constant(READERS.get(type_.kind, number)(first, type_))
    if type_.group == "text":
        return Constant(text(first, type_))
    if type_.kind in ("ipv4", "ipv6"):
        return address(first, type_)
    if type_.kind == "uuid":
        return uuid(first, type_)
    if type_.kind in ("bytes", "packet") and first.quoted:
        return Constant(some_bytes(first, type_), other=octets(first.text) if len(first.text) > 1 else None)
    return Constant(READERS[type_.kind](first, type_))


_SHOWN: Final = re.compile(r"([^ ()]+) \(.*\)")  # 0x0800 (ipv4): a number and what it means, as `show` prints both


def _mismatch(at: Value | Atom, text: str) -> MismatchError:
    return MismatchError(text, at.column, at.length)


def _expected(atom: Atom, type_: Type) -> MismatchError:
    shown = f'"{atom.text}"' if atom.quoted else atom.text
    names = tuple(type_.names) or type_.words
    near = nearest(atom.text, names)
    if near:
        return _mismatch(atom, f"{shown} is not a valid value: did you mean {near}?")
    if not names:
        return _mismatch(atom, f"{shown} is not {literal_form(type_)}")
    if type_.group == "text":
        return _mismatch(atom, f"{shown} is not one of {_listed(names)}")
    return _mismatch(atom, f"{shown} is neither one of {_listed(names)} nor a number")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 24 else "the valid values"


OFFERED: Final = 3  # names that a hint offers


def nearest(text: str, names: Mapping[str, Any] | tuple[str, ...]) -> str | None:
    """Return the name that a misspelled one most likely means, or the two or three that begin with it; None if none is close."""
    lower = {name.lower(): name for name in names}
    begun = [name for low, name in lower.items() if text and low.startswith(text.lower())]
    if 1 < len(begun) <= OFFERED:
        return " or ".join([", ".join(begun[:-1]), begun[-1]])
    found = difflib.get_close_matches(text[:64].lower(), lower, 1, 0.6) if len(names) < 300 else []
    return lower[found[0]] if found else None


_NUMBER: Final = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")


def integer(text: str) -> int | None:
    """Return a number in any base (0x1f, 0b11111, 037, 0o37, 31); None if the text is not a number."""
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > 200:
        return None
    sign, *digits = match.groups()
    value = next(int(found, base) for found, base in zip(digits, (16, 2, 8, 10), strict=True) if found)
    return -value if sign == "-" else value


def number(atom: Atom, type_: Type) -> int:
    """Return a number, given as such or by name."""
    if atom.text in type_.names:
        return type_.names[atom.text]
    value = integer(atom.text)
    if value is None and type_.kind == "bits":
        value = parted(atom.text, type_)
    if value is None:
        raise _expected(atom, type_)
    if type_.size:
        low, high = (-(1 << type_.size - 1), (1 << type_.size - 1) - 1) if type_.signed else (0, (1 << type_.size) - 1)
        if not low <= value <= high:
            raise MisfitError(f"{atom.text} does not fit: the field holds {low} to {high}", atom.column, atom.length, above=value > high)
    return value


_PART: Final = re.compile(r"(\w+) (\w+)")


def parted(text: str, type_: Type) -> int | None:
    """Return the number with these parts, as its line shows them: "vid 5, pcp 1, cfi 1"; None unless all its parts are given."""
    found = [_PART.fullmatch(part) for part in text.split(", ")]
    said = {match[1]: match[2] for match in found if match is not None}
    if len(said) != len(found) or said.keys() != {part.name for part in type_.parts}:
        return None
    value = 0
    for part in type_.parts:
        number = {"true": 1, "false": 0}.get(said[part.name], integer(said[part.name]))
        if number is None or not 0 <= number <= part.mask:
            return None
        value |= number << part.shift
    return value


def flags(atoms: Iterable[Atom], type_: Type) -> int:
    """Return names of flags, or numbers, combined; also as Open vSwitch prints them: +new-est+trk."""
    bits = 0
    for atom in atoms:
        if _SIGNED_FLAGS.fullmatch(atom.text):
            for sign, name in _SIGNED_FLAG.findall(atom.text):
                bit = number(atom._replace(text=name), type_)
                bits |= bit if sign == "+" else 0
            continue
        bits |= number(atom, type_)
    return bits


_SIGNED_FLAG: Final = re.compile(r"([+-])([a-zA-Z_][a-zA-Z0-9_]*)")
_SIGNED_FLAGS: Final = re.compile(f"(?:{_SIGNED_FLAG.pattern})+")


def boolean(atom: Atom, type_: Type) -> int:
    """Return true, false, 1 or 0 as a number."""
    value = {"true": 1, "false": 0, "1": 1, "0": 0}.get(atom.text.lower())
    if value is None:
        raise _expected(atom, type_)
    return value


def text(atom: Atom, type_: Type) -> str:
    """Return a string; an unquoted one must be a word that is known here."""
    if atom.text in type_.words or (atom.quoted and type_.open):
        return atom.text
    if not atom.quoted and not type_.words and not nearest(atom.text, type_.words):
        raise _mismatch(atom, f'text needs quotes: "{atom.text}"')
    if not atom.quoted and type_.open and not nearest(atom.text, type_.words):
        raise _mismatch(atom, f'{atom.text} is not one of {_listed(type_.words)}; any other text needs quotes: "{atom.text}"')
    raise _expected(atom, type_)


def address(atom: Atom, type_: Type) -> Constant:
    """Return an address, with or without a /prefix."""
    bare, slash, prefix = atom.text.partition("/")
    size = 32 if type_.kind == "ipv4" else 128
    try:
        value = int(ipaddress.IPv4Address(bare)) if size == 32 else int(ipaddress.IPv6Address(bare.partition("%")[0]))
    except ValueError:
        raise _expected(atom, type_) from None
    if not slash:
        return Constant(value.to_bytes(size // 8, "big"))
    if not re.fullmatch("[0-9]{1,3}", prefix) or int(prefix) > size:
        raise _mismatch(atom, f"/{prefix} is no prefix length: 0 to {size}")
    mask = (1 << size) - (1 << size - int(prefix))
    return Constant((value & mask).to_bytes(size // 8, "big"), mask)


_HEX: Final = re.compile(r"[0-9A-Fa-f]{1,2}(?:([:.-])[0-9A-Fa-f]{1,2}(?:\1[0-9A-Fa-f]{1,2})*)?")
_HEX_WORDS: Final = re.compile(r"[0-9A-Fa-f]{4}(?:[.:][0-9A-Fa-f]{4})+")
_HEX_RUN: Final = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})+)")


def octets(text: str) -> bytes | None:
    """Return bytes given in hex (0a:1b, 0a-1b, 0a.1b, 0a1b.2c3d, 0x0a1b, a single byte a or 0a); None if the text has another form."""
    if _HEX_WORDS.fullmatch(text):
        return bytes.fromhex(text.replace(".", "").replace(":", ""))
    match = _HEX.fullmatch(text)
    if match:
        return bytes(int(part, 16) for part in (text.split(match[1]) if match[1] else [text]))
    match = _HEX_RUN.fullmatch(text)
    return bytes.fromhex(match[1]) if match else None


def mac(atom: Atom, type_: Type) -> bytes:
    """Return a MAC address."""
    value = octets(atom.text)
    if value is None or len(value) != type_.size:
        raise _expected(atom, type_)
    return value


_DASHES: Final = (8, 13, 18, 23)


def uuid(atom: Atom, type_: Type) -> Constant:
    """Return a UUID as Open vSwitch prints it, with or without ufid: and dashes; or the beginning of one."""
    text = atom.text.removeprefix("ufid:")
    bare = text.replace("-", "")
    placed = "-" not in text or all((character == "-") == (at in _DASHES) for at, character in enumerate(text))
    if not placed or not re.fullmatch("[0-9A-Fa-f]{1,32}", bare):
        raise _expected(atom, type_)
    value = int(bare.ljust(32, "0"), 16)
    mask = (1 << 128) - (1 << 128 - 4 * len(bare))
    return Constant(value.to_bytes(16, "big"), None if len(bare) == 32 else mask)


_PART_SHOWN: Final = re.compile(r"(?:[0-9a-f]{2})+…")  # `show` prints only the beginning of long bytes


def some_bytes(atom: Atom, type_: Type) -> bytes:
    """Return bytes given in hex, or those of a string."""
    if atom.quoted and _PART_SHOWN.match(atom.text):
        raise _mismatch(atom, "the beginning of a longer value is no value: use contains, with the bytes as 0a:1b:2c")
    if atom.quoted:
        # \xff in quotes is that byte; text beyond Latin-1 is encoded in UTF-8, as in the kernel
        return atom.text.encode("latin-1" if all(ord(character) < 256 for character in atom.text) else "utf-8", "surrogatepass")
    value = octets(atom.text)
    if value is None:
        raise _expected(atom, type_)
    return value


_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d|[A-Z][a-z]{2} +\d{1,2}, \d{4})"  # 2026-11-23, or as Wireshark shows it: Nov 23, 2026
    r"(?:[T ]+(\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?)? *(Z|UTC|[+-]\d\d:?\d\d)?"
)


def date_time(text: str) -> int | None:
    """Return a date as nanoseconds since 1970; time of day and zone are optional, and the default zone is UTC.

    None if the text has another form. Raises ValueError if there is no such day or hour.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    date = datetime.strptime(day, "%Y-%m-%d" if day[0].isdigit() else "%b %d, %Y")
    hours, minutes, seconds = (int(part) for part in ((clock or "00:00") + ":00")[:8].split(":"))
    moment = datetime(date.year, date.month, date.day, hours, minutes, seconds, tzinfo=UTC)
    offset = timedelta()
    if zone and zone[0] in "+-":
        digits = zone.replace(":", "")
        offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5])) * (1 if zone[0] == "+" else -1)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC) - offset
    return (since.days * 86400 + since.seconds) * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def time(atom: Atom, type_: Type) -> int:
    """Return a time in nanoseconds since 1970, given in seconds or as a date."""
    if re.fullmatch(r"-?\d+(\.\d+)?", atom.text):
        return _scaled(atom, atom.text, type_)
    try:
        value = date_time(atom.text)
    except ValueError:
        raise _mismatch(atom, f"{atom.text} is no time: there is no such day or hour") from None
    if value is None:
        raise _expected(atom, type_)
    return value


UNITS: Final = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "": 1_000_000_000}


def duration(atom: Atom, type_: Type) -> int:
    """Return a duration in nanoseconds."""
    match = re.fullmatch(r"([+-]?\d*\.?\d+)(ns|us|ms|s|)", atom.text)
    if match is None:
        raise _expected(atom, type_)
    return _scaled(atom, match[1], type_, UNITS[match[2]])


def _scaled(atom: Atom, digits: str, type_: Type, unit: int = 1_000_000_000) -> int:
    try:
        return int(Decimal(digits[:40]) * unit)
    except (InvalidOperation, ValueError, OverflowError):
        raise _expected(atom, type_) from None


READERS: Final[dict[str, Callable[[Atom, Type], Any]]] = {
    "bool": boolean,
    "flag": boolean,
    "mac": mac,
    "bytes": some_bytes,
    "packet": some_bytes,
    "time": time,
    "duration": duration,
}

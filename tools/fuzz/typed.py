"""Texts that are typed or pasted, or printed by other programs: filters, dumps of bytes, lines of dumpcap and tcpdump."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

import ovsdissect
from ovsdissect.capture.pasted import PasteError, pasted
from ovsdissect.dissect.whole import fits
from ovsdissect.errors import FilterError
from ovsdissect.families.registry import Registry
from ovsdissect.filter import catalogue
from ovsdissect.filter import compile as compile_filter
from ovsdissect.filter.completion import complete
from ovsdissect.tui.recorder import lost_by
from tools.fuzz.found import LONGEST, FoundError

ROUND: Final = 30  # texts of each sort for a capture
VALUES: Final = (
    *("1", "0x10", "-1", "1..5", "1.5", "99999999999999999999", '"x"', "miss", "true", "v1"),
    *("10.0.0.0/8", "fe80::/10", "3c:fd:fe:12:34:56"),
)
OPERATORS: Final = ("==", "!=", "<", "<=", ">", ">=", "in", "contains", "matches", "has", "&", "~", "eq", "==any", "all ==")
PIECES: Final = (
    *("(", ")", "{", "}", "[", "]", "!", "&&", "||", "not", "and", "or", "any", "all", "..", ",", "/", ":"),
    *('"', "'", "\\", "é", "\x00", "\u202e"),
)
SAID: Final = (
    b"Packets received/dropped on interface 'nlmon0': 12/3 (pcap:3/dumpcap:0/flushed:0/ps_ifdrop:0) (80.0%)\n",
    b"3 packets dropped by kernel\n",
    b"1 packet dropped by kernel\n",
    b"File: -\nPackets captured: 12\n",
    b"dumpcap: The capture session could not be initiated on capture device \"nlmon0\" (No such device exists)\n",
)


def filters(path: Path) -> int:
    """A text is a filter that runs, or is refused with its column; completion at any place of it ends."""
    rng = Random(path.stat().st_size)
    names = [name for info in catalogue() for name in (info.short, info.name)]
    with ovsdissect.open(path) as capture:
        messages = list(islice(capture, 10))
    for _ in range(ROUND):
        text = _filter(rng, names)
        with _timely(text):
            try:
                wanted = compile_filter(text)
            except FilterError as error:
                if not str(error):
                    raise FoundError(f"{text!r} is refused without a word") from None
            else:
                for message in messages:
                    wanted.matches(message)
            complete(text, rng.randrange(len(text) + 1))
    return ROUND


def _filter(rng: Random, names: list[str]) -> str:
    """A filter, whole or damaged."""
    conditions = []
    for _ in range(rng.choice((1, 1, 2, 4))):
        value = rng.choice((rng.choice(VALUES), "{" + ", ".join(rng.choices(VALUES, k=3)) + "}"))
        name = rng.choice(names)
        conditions.append(rng.choice((f"{name} {rng.choice(OPERATORS)} {value}", name, f"!({name})")))
    return _damaged(f" {rng.choice(('&&', '||', 'and', 'or'))} ".join(conditions), rng)


def _damaged(text: str, rng: Random) -> str:
    """A text with a few characters more, fewer, or others; sometimes as it is."""
    for _ in range(rng.choice((0, 0, 1, 2, 5))):
        at = rng.randrange(len(text) + 1)
        match rng.randrange(5):
            case 0:
                text = text[:at] + rng.choice(PIECES) + text[at:]
            case 1:
                text = text[:at]
            case 2:
                text = text[:at] + text[at + rng.randrange(1, 5) :]
            case 3:
                text = text[:at] + text[max(at - 20, 0) : at] * rng.choice((1, 2, 50)) + text[at:]
            case _:
                text = text[:at] + chr(rng.choice((rng.randrange(1, 128), rng.randrange(0xD7FF), 0x10FFFF))) + text[at + 1 :]
    return text


def pastes(path: Path) -> int:
    """A dump of bytes, whole or damaged, is read or refused with its line and column; a whole one gives the bytes."""
    rng, registry = Random(path.stat().st_size), Registry({})
    data = path.read_bytes()
    for _ in range(ROUND):
        at = rng.randrange(max(len(data), 1))
        part = data[at : at + rng.choice((16, 20, 37, 200))]
        form = rng.choice(FORMS)
        whole = form(part)
        text = _damaged(whole, rng)
        with _timely(text):
            try:
                found = pasted(text, lambda block: fits(block, registry))
            except PasteError as error:
                if error.line < 1 or error.column < 1 or not error.text:
                    raise FoundError(f"{text!r} is refused at no place") from None
            else:
                if text == whole and form in SURE and part and b"".join(found) != part:
                    raise FoundError(f"{text!r} gave {b''.join(found)!r}")
    return ROUND


def _xxd(data: bytes) -> str:
    shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
    lines = ((at, data[at : at + 16].hex(" ", 2), shown[at : at + 16]) for at in range(0, len(data), 16))
    return "".join(f"{at:08x}: {octets:<39}  {text}\n" for at, octets, text in lines)


def _hexdump(data: bytes) -> str:
    lines = [f"{at:08x}  {data[at : at + 8].hex(' ')}  {data[at + 8 : at + 16].hex(' ')}\n" for at in range(0, len(data), 16)]
    return "".join((*lines, f"{len(data):08x}\n"))


def _array(data: bytes) -> str:
    return "{ " + ", ".join(f"0x{byte:02x}" for byte in data) + " };"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _string(data: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


FORMS: Final[tuple[Callable[[bytes], str], ...]] = (bytes.hex, lambda data: data.hex(" "), _xxd, _hexdump, _array, _string, _base64)
SURE: Final = (_xxd, _array, _string)  # what can be nothing else


def said(path: Path) -> int:
    """Lines of dumpcap and tcpdump, whole or damaged, tell a number or nothing."""
    rng = Random(path.stat().st_size)
    for _ in range(ROUND):
        line = bytearray(rng.choice(SAID))
        for _ in range(rng.choice((0, 1, 3))):
            at = rng.randrange(len(line))
            line[at : at + rng.randrange(3)] = rng.choice((rng.randbytes(3), b"9" * 5000, b"/", b"\xb2"))
        with _timely(repr(line)):
            lost = lost_by(bytes(line))
        if lost is not None and not 0 <= lost < 1 << 64:
            raise FoundError(f"{line!r} tells {lost}")
    return ROUND


@contextmanager
def _timely(text: str) -> Iterator[None]:
    start = time.thread_time()
    yield
    if time.thread_time() - start > LONGEST:
        raise FoundError(f"{text[:500]!r} took {time.thread_time() - start:.1f} s")

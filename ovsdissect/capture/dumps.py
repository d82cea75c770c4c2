"""Dumps in a text: lines of bytes that begin with an address, as printed by xxd, hexdump, od, gdb, tcpdump and Wireshark."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ovsdissect.capture.paste_reading import PasteError, Reading
from ovsdissect.problem import counted, counted_verb

HH: Final = "[0-9a-f]{2}"
EIGHT: Final = f"{HH}(?: {HH}){{0,7}}"
TEXT: Final = "(?P<text>.*)"
STAMP: Final = r"\d\d:\d\d:\d\d"  # the time in a line that tcpdump prints above a packet


class Dump(NamedTuple):
    """A format of lines that begin with an address.

    line: its groups are `at`, `data` and `text`, the characters beside the bytes. base: of the address. word: bytes in a number that is
    printed in host byte order; 1 if bytes are printed in sequence. orders: of these words. digits: base of the data.
    other: other lines that the tool prints; each begins a new block. end: whether a last line holds only the final address.
    unlikely: whether the same lines are probably those of another row.
    """

    name: str
    line: str
    base: int = 16
    word: int = 1
    orders: tuple[str, ...] = ("",)
    digits: int = 16
    other: str = r"(?!)"
    end: bool = False
    unlikely: bool = False


def _words(size: int, prefix: str = "") -> str:
    return f"{prefix}[0-9a-f]{{{2 * size}}}(?:[ \t]+{prefix}[0-9a-f]{{{2 * size}}})*"


HOSTS: Final = ("little", "big")
DECIMAL: Final = {"u": r"(?:0|[1-9]\d*)", "d": r"(?:0|-?[1-9]\d*)"}
GDB: Final = r"(?P<at>0x[0-9a-f]+)(?: <[^>]*>)?:[ \t]+"
GDB_OTHER: Final = r"\(gdb\).*"
OD_ADDRESSES: Final = ((8, "[0-7]{7}"), (10, "[0-9]{7}"), (16, "[0-9a-f]{6}"))

DUMPS: Final = (
    *(
        Dump(f"xxd{option}", rf"(?P<at>[0-9a-f]{{4,16}}): ?(?P<data>(?:{HH})+(?: (?:{HH})+)*)(?:  +{TEXT})?", base)
        for option, base in (("", 16), (" -d", 10))
    ),
    *(
        Dump(
            "xxd -e",
            rf"(?P<at>[0-9a-f]{{8,}}): (?P<data>(?:{_words(size)})?(?: *(?:{HH})+)?)(?:  +{TEXT})?",
            16,
            size,
            ("little",),
            unlikely=size == 2,
        )
        for size in (2, 4, 8)
    ),
    # Open vSwitch's own dumps have a - in the middle
    Dump("hexdump -C", rf"(?P<at>[0-9a-f]{{8,}})  (?P<data>{EIGHT}(?:(?:  |-){EIGHT})?) *(?:\|{TEXT}\|)?", end=True),
    Dump("hexdump", rf"(?P<at>[0-9a-f]{{7}}) +(?P<data>{_words(2)}) *", 16, 2, HOSTS, end=True),
    Dump("hexdump -b", r"(?P<at>[0-9a-f]{7}) (?P<data>[0-3][0-7]{2}(?: [0-3][0-7]{2})*) *", digits=8, end=True),
    *(
        Dump("od -b", rf"(?P<at>{address}) (?P<data>[0-3][0-7]{{2}}(?: [0-3][0-7]{{2}})*) *", base, digits=8, end=True)
        for base, address in OD_ADDRESSES
    ),
    *(Dump("od -tx1", rf"(?P<at>{address}) (?P<data>{HH}(?: {HH})*) *(?:  >{TEXT}<)?", base, end=True) for base, address in OD_ADDRESSES),
    *(
        Dump(
            f"od -tx{size}",
            rf"(?P<at>{address}) (?P<data>[0-9a-f]{{{2 * size}}}(?: [0-9a-f]{{{2 * size}}})*) *(?:  >{TEXT}<)?",
            base,
            size,
            HOSTS,
            end=True,
        )
        for base, address in OD_ADDRESSES
        for size in (2, 4, 8)
    ),
    *(
        Dump("od", rf"(?P<at>{address}) (?P<data>[01][0-7]{{5}}(?: [01][0-7]{{5}})*) *", base, 2, HOSTS, 8, end=True)
        for base, address in OD_ADDRESSES
    ),
    *(
        Dump(f"od -t{sign}{size}", rf"(?P<at>{address}) +(?P<data>{number}(?: +{number})*) *", base, size, orders, 10, end=True)
        for base, address in OD_ADDRESSES
        for sign, number in DECIMAL.items()
        for size, orders in ((1, ("",)), (2, HOSTS), (4, HOSTS))
    ),
    Dump("hexdump -d", r"(?P<at>[0-9a-f]{7}) +(?P<data>\d{5}(?: +\d{5})*) *", 16, 2, HOSTS, 10, end=True),
    Dump("hexdump -o", r"(?P<at>[0-9a-f]{7}) +(?P<data>[0-7]{6}(?: +[0-7]{6})*) *", 16, 2, HOSTS, 8, end=True),
    *(
        Dump(f"gdb's x/{sign}b", GDB + rf"(?P<data>{number}(?:[ \t]+{number})*)\s*", 16, 1, ("",), 10, GDB_OTHER)
        for sign, number in DECIMAL.items()
    ),
    Dump("gdb's x/xb", GDB + rf"(?P<data>0x{HH}(?:[ \t]+0x{HH})*)\s*", other=GDB_OTHER),
    *(
        Dump(f"gdb's x/x{unit}", GDB + rf"(?P<data>{_words(size, '0x')})\s*", 16, size, HOSTS, 16, GDB_OTHER)
        for unit, size in (("h", 2), ("w", 4), ("g", 8))
    ),
    Dump("lldb's memory read", rf"(?P<at>0x[0-9a-f]{{5,}}): (?P<data>{HH}(?: {HH})*)(?:  +{TEXT})?", other=r"\(lldb\).*"),
    Dump(
        "tcpdump -x",
        rf"(?P<at>0x[0-9a-f]{{4,}}):  ?(?P<data>(?:{HH}){{1,2}}(?: (?:{HH}){{1,2}})*)(?:  +{TEXT})?",
        other=rf"(?!0x).*(?:{STAMP}|\d+\.\d{{6,}}).*|reading from file .*|[A-Z][\w.]* [^0].*|UNSUPPORTED",
    ),
    Dump(
        "Wireshark's hex dump",
        rf"(?P<at>[0-9a-f]{{4,6}})  +(?P<data>{HH}(?: {HH})*)(?:  +{TEXT})?",
        other=r"[A-Z][\w ./-]* \(\d+ bytes?\):|Packet \d+.*|\d+ +\d+\.\d+ .*",
    ),
    Dump(
        "strace -e write=",
        rf"\| (?P<at>[0-9a-f]{{5,}})  (?P<data>{EIGHT}(?:  {EIGHT})?)  +{TEXT} \|",
        other=r"(?:\[pid +\d+\] |\d+ +)?\w+\(.*|\+\+\+ .*|--- .*|\* \d+ bytes in buffer \d+",
    ),
)
_LINES: Final = {row: re.compile(row.line, re.IGNORECASE) for row in DUMPS}
_OTHERS: Final = {row: re.compile(row.other) for row in DUMPS}
_END: Final = re.compile("[0-9a-f]{6,}", re.IGNORECASE)


def dumps(lines: list[str]) -> tuple[list[Reading], list[PasteError], int | None]:
    """Return what the formats with addresses find, where those that accept the beginning fail, and the first address, None if there is
    none.
    """
    found: list[Reading] = []
    faults: list[PasteError] = []
    address = None
    for row in DUMPS:
        begin = next((line.strip() for line in lines if line.strip() and not _OTHERS[row].fullmatch(line.strip())), "")
        match = _LINES[row].fullmatch(begin)
        if match is None:
            continue
        address = int(match["at"], 16)
        for order in row.orders:
            name = f"{row.name} of a {order}-endian host" if len(row.orders) > 1 else row.name
            try:
                found.append(_dump(row, name, order, lines))
            except PasteError as fault:
                faults.append(fault)
    return found, faults, address


class _Block:
    """A block that is being read: its bytes, where they begin, the last line's bytes, and whether a * waits for the next address."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.start: int | None = None
        self.last = b""
        self.repeated = False
        self.width = 0  # bytes of a line other than the last
        self.ended = False

    def reaches(self, at: int, line: int) -> None:
        """Take the address of the next line, or of the end: repeats the last line up to it."""
        if self.start is None:
            self.start = at
        missing = at - self.start - len(self.data)
        if self.repeated and self.last and missing >= 0 and missing % len(self.last) == 0:
            self.data += self.last * (missing // len(self.last))
            missing = 0
        self.repeated = False
        if -8 < missing < 0 and self.ended:
            del self.data[missing:]  # the rest of the last word, which was missing
        elif missing:
            if missing < 0:
                raise PasteError(line, 1, "this address stands inside the line before")
            raise PasteError(line, 1, f"{counted_verb(missing, 'byte', 'is', 'are')} missing before this address")


def _dump(row: Dump, name: str, order: str, lines: list[str]) -> Reading:
    blocks: list[_Block] = []
    block, fresh, beside = _Block(), True, None
    number = 0
    for number, whole in enumerate(lines, 1):
        line = whole.strip()
        match = _LINES[row].fullmatch(line)
        if match is None:
            if row.end and _END.fullmatch(line) and block.start is not None:
                block.ended = True
                block.reaches(_address(line, row.base, number), number)
            elif line == "*" and block.start is not None:
                block.repeated = True
            elif not line or _OTHERS[row].fullmatch(line):
                fresh = True
            else:
                raise PasteError(number, _wrong(whole), f"this is no line of {row.name}")
            continue
        at = _address(match["at"], row.base, number)
        again = block.start is not None and at == block.start and len(block.data) > 0
        if block.start is None or ((fresh or again) and at in (0, block.start)):
            twice = not fresh and row.name == "tcpdump -x"  # tcpdump prints packets that it cannot decode this way
            block = _Block()
            if not twice:
                blocks.append(block)
        fresh = False
        block.reaches(at, number)
        try:
            data = _data(row, order, match["data"])
        except OverflowError:
            said = f"one of these numbers does not fit into {counted(row.word, 'byte')}"
            raise PasteError(number, match.start("data") + 1, said) from None
        text = match.groupdict().get("text")
        agrees = _beside(data, text, match["data"], number, match.start("data") + len(whole) - len(whole.lstrip()) + 1)
        beside = agrees if beside is None else beside and agrees is not False
        if block.width and len(block.last) != block.width:
            raise PasteError(number, 1, f"the line before has {counted(len(block.last), 'byte')}, not {block.width}")
        block.width = block.width or len(data)
        if len(data) > block.width:
            raise PasteError(number, 1, f"{counted(len(data), 'byte')}, and {block.width} in the lines before")
        block.data += data
        block.last = data
    if block.repeated:
        raise PasteError(number, 1, "no address tells how often * repeats the line before")
    if not blocks:
        raise PasteError(1, 1, f"this is no line of {row.name}")
    return Reading(name, tuple(bytes(one.data) for one in blocks), beside, row.unlikely)


def _address(text: str, base: int, line: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise PasteError(line, 1, f"the address {text} is no number of base {base}, as the others are") from None


def _wrong(line: str) -> int:
    """Return the column of the first character that does not belong to a dump."""
    match = re.search(r"[^0-9a-fx:|\s*]", line, re.IGNORECASE)
    return match.start() + 1 if match else 1


def _data(row: Dump, order: str, text: str) -> bytes:
    """Return the bytes of a line."""
    if row.digits == 10:
        numbers = map(int, text.split())
        return b"".join(number.to_bytes(row.word, "big" if order == "big" else "little", signed=number < 0) for number in numbers)
    parts = re.split(r"[\s-]+", text.strip())
    if row.digits == 8:
        return b"".join(int(part, 8).to_bytes(row.word, "big" if order == "big" else "little") for part in parts)
    words = [bytes.fromhex(part.removeprefix("0x").removeprefix("0X")) for part in parts]
    return b"".join(word[::-1] if order == "little" else word for word in words)


def _rendered(data: bytes) -> str:
    """Return the characters that dumps show beside bytes."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)


def _beside(data: bytes, text: str | None, shown: str, line: int, column: int) -> bool | None:
    """Whether the characters beside the bytes match them.

    Raises PasteError if they look like bytes and do not match, or if the bytes' end may belong to the characters.
    """
    if text and text.strip():
        agrees = text.strip() == _rendered(data).strip() or text.strip() == _rendered(data).replace(" ", ".").strip()
        if not agrees and re.fullmatch(rf"{HH}(?: {HH})+(?:  .*)?", text.strip(), re.IGNORECASE):
            raise PasteError(line, column + len(shown) + 2, "this may be bytes or the characters beside them")
        return agrees
    end = characters(shown)
    if end is not None:
        raise PasteError(line, column + end, "this may be bytes or the characters beside them")
    return None


def characters(shown: str) -> int | None:
    """Return the index in a line's bytes from which on the rest shows the characters of the bytes before; None if there is none."""
    for match in re.finditer(r"\s+", shown):
        before = re.sub(r"[^0-9a-fA-F]", "", shown[: match.start()])
        if len(before) % 2 == 0 and len(before) >= 4 and shown[match.end() :].strip() == _rendered(bytes.fromhex(before)).strip():
            return match.end()
    return None

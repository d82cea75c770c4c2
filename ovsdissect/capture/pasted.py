"""Bytes out of text that a tool printed: dumps with addresses, hexadecimal digits, arrays, strings with escapes, base64.

Every format that can read the whole text reads it.  Where they find different bytes, the characters beside the bytes decide, then the
caller's test; what is still undecided is refused, as is what no format can read.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ovsdissect.errors import OvsDissectError

HH: Final = "[0-9a-f]{2}"
EIGHT: Final = f"{HH}(?: {HH}){{0,7}}"
TEXT: Final = "(?P<text>.*)"
STAMP: Final = r"\d\d:\d\d:\d\d"  # the time in a line that tcpdump prints above a packet
ESCAPES: Final = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "e": 27, "\\": 92, '"': 34, "'": 39}
CALLS: Final = "write|pwrite64|send|sendto|sendmsg|sendmmsg|writev|read|pread64|recv|recvfrom|recvmsg|recvmmsg|readv"


class PasteError(OvsDissectError):
    """A text that cannot be read.  line, column: where, both from 1.  text: why.  source: what begins the error's own text."""

    def __init__(self, line: int, column: int, text: str, source: str = "") -> None:
        super().__init__(f"{source}line {line}, column {column}: {text}")
        self.line, self.column, self.text = line, column, text


class Dump(NamedTuple):
    """A format of lines that begin with an address.

    line: its groups are `at`, `data` and `text`, the characters beside the bytes.  base: of the address.  word: bytes in a number that is
    printed in a host's order; 1 where bytes stand as they are.  orders: of these words.  digits: base of the data.
    other: lines that the tool prints besides; each begins a new block.  end: whether a last line holds the final address alone.
    """

    name: str
    line: str
    base: int = 16
    word: int = 1
    orders: tuple[str, ...] = ("",)
    digits: int = 16
    other: str = r"(?!)"
    end: bool = False


def _words(size: int, prefix: str = "") -> str:
    return f"{prefix}[0-9a-f]{{{2 * size}}}(?:[ \t]+{prefix}[0-9a-f]{{{2 * size}}})*"


HOSTS: Final = ("little", "big")
GDB: Final = r"(?P<at>0x[0-9a-f]+)(?: <[^>]*>)?:[ \t]+"
GDB_OTHER: Final = r"\(gdb\).*"
OD_ADDRESSES: Final = ((8, "[0-7]{7}"), (10, "[0-9]{7}"), (16, "[0-9a-f]{6}"))

DUMPS: Final = (
    *(
        Dump(f"xxd{option}", rf"(?P<at>[0-9a-f]{{4,16}}): ?(?P<data>(?:{HH})+(?: (?:{HH})+)*)(?:  +{TEXT})?", base)
        for option, base in (("", 16), (" -d", 10))
    ),
    *(
        Dump("xxd -e", rf"(?P<at>[0-9a-f]{{8,}}): (?P<data>(?:{_words(size)})?(?: *(?:{HH})+)?)(?:  +{TEXT})?", 16, size, ("little",))
        for size in (4, 8)
    ),
    # Open vSwitch's own dumps have a - in the middle
    Dump("hexdump -C", rf"(?P<at>[0-9a-f]{{8,}})  (?P<data>{EIGHT}(?:(?:  |-){EIGHT})?) *(?:\|{TEXT}\|)?", end=True),
    Dump("hexdump", rf"(?P<at>[0-9a-f]{{7}}) +(?P<data>{_words(2)}) *", 16, 2, HOSTS, end=True),
    Dump("hexdump -b", r"(?P<at>[0-9a-f]{7}) (?P<data>[0-3][0-7]{2}(?: [0-3][0-7]{2})*) *", digits=8, end=True),
    *(
        Dump("od -b", rf"(?P<at>{address}) (?P<data>[0-3][0-7]{{2}}(?: [0-3][0-7]{{2}})*) *", base, digits=8, end=True)
        for base, address in OD_ADDRESSES
    ),
    *(
        Dump("od -tx1", rf"(?P<at>{address}) (?P<data>{HH}(?: {HH})*) *(?:  >{TEXT}<)?", base, end=True)
        for base, address in OD_ADDRESSES
    ),
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
    Dump("od", r"(?P<at>[0-7]{7}) (?P<data>[0-7]{6}(?: [0-7]{6})*) *", 8, 2, HOSTS, 8, end=True),
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
        other=r'(?:\[pid +\d+\] |\d+ +)?\w+\(.*|\+\+\+ .*|--- .*|\* \d+ bytes in buffer \d+',
    ),
)
_LINES: Final = {row: re.compile(row.line, re.IGNORECASE) for row in DUMPS}
_OTHERS: Final = {row: re.compile(row.other) for row in DUMPS}
_END: Final = re.compile("[0-9a-f]{6,}", re.IGNORECASE)

Blocks = tuple[bytes, ...]


class Reading(NamedTuple):
    """What a format finds in a text.  beside: whether the characters beside the bytes are there and are theirs; None without them."""

    name: str
    blocks: Blocks
    beside: bool | None = None


def pasted(text: str, fits: Callable[[bytes], bool] | None = None) -> list[bytes]:
    """The bytes that a text shows: a block for each packet, call or array, as a rule one.

    fits: whether bytes are what the caller expects, asked where a text can be read in more than one way.
    Raises PasteError with line and column where it cannot be read, or not in one way only.
    """
    if "\0" in text:
        raise PasteError(1, 1, "this is binary, not text: xxd -p makes text of it")
    if not text.strip():
        return [b""]
    lines = [line.rstrip() for line in text.expandtabs(1).splitlines()]
    found, faults, address = _dumps(lines)
    if address is None or (found and address):  # an address that is not 0 may be bytes
        for name, read in PLAIN.items():
            try:
                found.append(Reading(name, *read(text)))
            except PasteError as fault:
                faults.append(fault)
    if not found:
        # of dumps the one that was meant got furthest
        raise max(faults, key=lambda fault: (fault.line, fault.column)) if address is not None else faults[list(PLAIN).index(_meant(text))]
    return list(_decided(found, fits))


def _decided(found: list[Reading], fits: Callable[[bytes], bool] | None) -> Blocks:
    """The blocks that all readings have, or those that are left when the text beside and the caller's test have spoken."""
    tests: tuple[Callable[[Reading], bool], ...] = (
        lambda reading: reading.beside is True,
        lambda reading: fits is not None and all(fits(block) for block in reading.blocks),
    )
    for test in tests:
        if len({reading.blocks for reading in found}) > 1:
            found = [reading for reading in found if test(reading)] or found
    if len({reading.blocks for reading in found}) > 1:
        names = " or ".join(dict.fromkeys(reading.name for reading in found))
        raise PasteError(1, 1, f"this can be read as {names}, with different bytes: xxd -p prints bytes that can be read in one way")
    return found[0].blocks


def _meant(text: str) -> str:
    """Which of PLAIN a text that none can read looks like."""
    if CALL.match(text.lstrip()) or re.search(r"[\"'\\]", text):
        return "a string"
    if re.search(r"0x|[{}]", text, re.IGNORECASE):
        return "numbers as written"
    letters = len(re.findall("[g-z+/=]", text, re.IGNORECASE))
    return "hexadecimal digits" if re.search(r"[\s:,-]", text.strip()) or letters <= len(text) / 2 else "base64"


def _dumps(lines: list[str]) -> tuple[list[Reading], list[PasteError], int | None]:
    """What the formats with addresses find, where those that accept the beginning fail, and the first address, None where there is none."""
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
        self.width = 0  # bytes of a line that is not the last
        self.ended = False

    def reaches(self, at: int, line: int) -> None:
        """The next line, or the end, has this address: repeats the last line up to it."""
        if self.start is None:
            self.start = at
        missing = at - self.start - len(self.data)
        if self.repeated and self.last and missing >= 0 and missing % len(self.last) == 0:
            self.data += self.last * (missing // len(self.last))
            missing = 0
        self.repeated = False
        if -8 < missing < 0 and self.ended:
            del self.data[missing:]  # the rest of the last word, which was not there
        elif missing:
            said = f"{missing} bytes before this address are missing" if missing > 0 else "this address stands inside the line before"
            raise PasteError(line, 1, said)


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
            twice = not fresh and row.name == "tcpdump -x"  # as tcpdump prints packets that it cannot decode
            block = _Block()
            if not twice:
                blocks.append(block)
        fresh = False
        block.reaches(at, number)
        data = _data(row, order, match["data"])
        text = match.groupdict().get("text")
        agrees = _beside(data, text, match["data"], number, match.start("data") + len(whole) - len(whole.lstrip()) + 1)
        beside = agrees if beside is None else beside and agrees is not False
        if block.width and len(block.last) != block.width:
            raise PasteError(number, 1, f"the line before has {len(block.last)} bytes, not {block.width}")
        block.width = block.width or len(data)
        if len(data) > block.width:
            raise PasteError(number, 1, f"{len(data)} bytes, and {block.width} in the lines before")
        block.data += data
        block.last = data
    if block.repeated:
        raise PasteError(number, 1, "no address tells how often * repeats the line before")
    if not blocks:
        raise PasteError(1, 1, f"this is no line of {row.name}")
    return Reading(name, tuple(bytes(one.data) for one in blocks), beside)


def _address(text: str, base: int, line: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise PasteError(line, 1, f"the address {text} is no number of base {base}, as the others are") from None


def _wrong(line: str) -> int:
    """The column of the first character that is none of a dump's."""
    match = re.search(r"[^0-9a-fx:|\s*]", line, re.IGNORECASE)
    return match.start() + 1 if match else 1


def _data(row: Dump, order: str, text: str) -> bytes:
    """The bytes of a line."""
    parts = re.split(r"[\s-]+", text.strip())
    if row.digits == 8:
        return b"".join(int(part, 8).to_bytes(row.word, "big" if order == "big" else "little") for part in parts)
    numbers = [bytes.fromhex(part.removeprefix("0x").removeprefix("0X")) for part in parts]
    return b"".join(number[::-1] if order == "little" else number for number in numbers)


def _rendered(data: bytes) -> str:
    """The characters that dumps show beside bytes."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)


def _beside(data: bytes, text: str | None, shown: str, line: int, column: int) -> bool | None:
    """Whether the characters beside the bytes are theirs.

    Raises PasteError where they look like bytes and are not theirs, and where the end of the bytes may be the characters.
    """
    if text and text.strip():
        agrees = text.strip() == _rendered(data).strip() or text.strip() == _rendered(data).replace(" ", ".").strip()
        if not agrees and re.fullmatch(rf"{HH}(?: {HH})+(?:  .*)?", text.strip(), re.IGNORECASE):
            raise PasteError(line, column + len(shown) + 2, "this may be bytes or the characters beside them")
        return agrees
    end = _characters(shown)
    if end is not None:
        raise PasteError(line, column + end, "this may be bytes or the characters beside them")
    return None


def _characters(shown: str) -> int | None:
    """Where, in the bytes of a line, what follows is what dumps would show of the bytes before; None for nowhere."""
    for match in re.finditer(r"\s+", shown):
        before = re.sub(r"[^0-9a-fA-F]", "", shown[: match.start()])
        if len(before) % 2 == 0 and len(before) >= 4 and shown[match.end() :].strip() == _rendered(bytes.fromhex(before)).strip():
            return match.end()
    return None


def _place(text: str, at: int, said: str) -> PasteError:
    """The fault at a character of a text."""
    before = text[:at]
    return PasteError(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1, said)


def _hexadecimal(text: str) -> tuple[Blocks]:
    """Hexadecimal digits, two for a byte, in groups of one size; an address and characters beside have another one."""
    data = bytearray()
    start = 0
    for line in text.splitlines(keepends=True):
        tokens = list(re.finditer(r"[^\s:,-]+", line))
        for token in tokens:
            wrong = re.search(r"[^0-9a-f]", token[0], re.IGNORECASE)
            if wrong:
                raise _place(text, start + token.start() + wrong.start(), f"{wrong.group()!r} is no hexadecimal digit")
            if len(token[0]) % 2:
                raise _place(text, start + token.start(), f"{len(token[0])} hexadecimal digits: a byte has two")
        stripped = line.strip()
        if stripped.startswith((":", "-", ",")):
            raise _place(text, start + line.index(stripped), f"{stripped[0]!r} stands between bytes only")
        colon = re.match(r"\s*[0-9a-f]{4,}:\s", line, re.IGNORECASE)
        sizes = [len(token[0]) for token in tokens]
        if colon or len(set(sizes[:-1])) > 1 or (len(sizes) > 1 and sizes[-1] > sizes[0]):
            odd = next((i for i, size in enumerate(sizes) if size > min(sizes)), 0)
            raise _place(text, start + tokens[odd].start(), f"{tokens[odd][0]} may be an address or characters, not bytes")
        end = _characters(line.rstrip())
        if end is not None:
            raise _place(text, start + end, "this may be bytes or the characters beside them")
        data += bytes.fromhex("".join(token[0] for token in tokens))
        start += len(line)
    return ((bytes(data),),)


NUMBER: Final = re.compile(r"0x(?P<hex>[0-9a-f]+)|(?P<repeats><repeats (\d+) times>)|[\s,;]+|(?P<end>[}\])]+)", re.IGNORECASE)
OPENING: Final = re.compile(
    r"(?:[\w\s*$&!:.=()-]|\[\w*\])*?(?:\{|\[(?=\s*0x)|\((?=0x))\s*|\s*unsigned int \w+ = (?P<length>\d+);\s*",
    re.IGNORECASE,
)


def _numbers(big: bool) -> Callable[[str], tuple[Blocks]]:
    """Numbers with 0x: bytes, or words that are read as they are written (big) or from their end."""

    def read(text: str) -> tuple[Blocks]:
        blanked = re.sub(r"/\*.*?\*/|//[^\n]*", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.DOTALL)
        blocks: list[bytearray] = []
        last, at, inside = b"", 0, False
        if re.match(r"\s*0x", blanked, re.IGNORECASE):
            blocks.append(bytearray())
            inside = True
        while at < len(blanked):
            opening = None if inside else OPENING.match(blanked, at)
            match = opening or NUMBER.match(blanked, at)
            if match is None or match.end() == at:
                raise _place(text, at, f"{text[at]!r} is no part of a list of numbers with 0x")
            at = match.end()
            if opening is not None:
                length = opening["length"]
                if length is None:
                    blocks.append(bytearray())
                    inside = True
                elif not blocks or int(length) != len(blocks[-1]):
                    raise _place(text, match.start(), f"{length} bytes are announced, {len(blocks[-1]) if blocks else 0} are there")
            elif match["hex"]:
                if not inside:
                    raise _place(text, match.start(), "a number outside the braces")
                digits = match["hex"]
                if len(digits) > 2 and len(digits) % 2:
                    raise _place(text, match.start(), f"{len(digits)} hexadecimal digits: a byte has two")
                number = bytes.fromhex(digits.zfill(2))
                last = number[::-1] if not big and len(number) in (2, 4, 8) else number
                blocks[-1] += last
            elif match["repeats"]:
                blocks[-1] += last * (int(match[3]) - 1)
            elif match["end"]:
                inside = False
        if not blocks:
            raise _place(text, 0, "no number with 0x")
        return (tuple(bytes(block) for block in blocks),)

    return read


STRING: Final = re.compile(r"""b?(?P<quote>["'])(?P<body>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)""")
BETWEEN: Final = re.compile(r"(?:[\s,;)]|\\(?=\s*\n))+")
BEFORE: Final = re.compile(r"(?P<gdb>\s*(?:\(gdb\)[^\n]*\n\s*)?\$\d+ = )|\s*(?:[\w\s*.:]+(?:\[\w*\])?\s*=|[\w.]+\(|&)?\s*")
CALL: Final = re.compile(rf"(?:\[pid +\d+\] |\d+ +)?(?:\d[\d:.]* )?(?:{CALLS})\(\d+")
NOISE: Final = re.compile(r"\s*(?:\+\+\+ .*|--- .*|strace: .*)?\s*")


def _strings(nul: bytes) -> Callable[[str], tuple[Blocks]]:
    """A string as C, Python, gdb or strace print it.  nul: what gdb leaves out of an array of characters that ends with a NUL."""

    def read(text: str) -> tuple[Blocks]:
        if CALL.match(text.lstrip()):
            if nul:
                raise _place(text, 0, "strace leaves nothing out")
            return (tuple(_calls(text)),)
        data = bytearray()
        if not re.search(r"[\"']", text):
            _unquoted(text)
            return ((bytes(_unescaped(text, re.sub(r"\s", "", text), 0)),),)
        begin = BEFORE.match(text)
        at = begin.end() if begin else 0
        if nul and not (begin and begin["gdb"]):
            raise _place(text, 0, "only gdb leaves a NUL out")
        last = b""
        while at < len(text):
            match, gap = STRING.match(text, at), BETWEEN.match(text, at)
            times = re.compile(r"\s*<repeats (\d+) times>").match(text, at)
            if match:
                last = bytes(_unescaped(text, match["body"], match.start("body")))
                data += last
                at = match.end()
            elif times:
                data += last * (int(times[1]) - 1)
                at = times.end()
            elif gap:
                at = gap.end()
            else:
                said = "the string was cut here" if text.startswith("...", at) else f"{text[at]!r} is no part of a string"
                raise _place(text, at, said)
        return ((bytes(data) + nul,),)

    return read


def _calls(text: str) -> Iterator[bytes]:
    """The strings of system calls, one a line, as strace prints them."""
    start = 0
    for line in text.splitlines(keepends=True):
        strings = list(STRING.finditer(line))
        if NOISE.fullmatch(line):
            start += len(line)
            continue
        if not CALL.match(line.lstrip()):
            raise _place(text, start, "this is no call that reads or writes")
        if "nlmsg_len=" in line:
            raise _place(text, start + line.index("nlmsg_len="), "strace decoded the header: -e write=FD or -e read=FD shows all bytes")
        if len(strings) != 1:
            raise _place(text, start, f"{len(strings)} strings in this line: only one can be the data")
        (string,) = strings
        if line.startswith("...", string.end()):
            raise _place(text, start + string.end(), "strace cut the string here: -s 65536 shows all of it")
        yield bytes(_unescaped(text, string["body"], start + string.start("body")))
        start += len(line)


def _unquoted(text: str) -> None:
    """Escapes without quotes: nothing else may stand there, as a space may be a byte or not."""
    wrong = re.sub(r"\\x[0-9a-fA-F]{2}|\\[0-7]{1,3}", lambda match: " " * len(match[0]), text)
    other = re.search(r"\S", wrong)
    if other or "\\" not in text:
        raise _place(text, other.start() if other else 0, "this is no escape such as \\x08")


ESCAPE: Final = re.compile(
    r"\\x(?P<hex>[0-9a-fA-F]{2})|\\(?P<octal>[0-3][0-7]{2}|[0-7]{1,2})|\\(?P<one>[abtnvfre\\\"'])|(?P<plain>[ -\[\]-~])"
)


def _unescaped(text: str, body: str, at: int) -> Iterator[int]:
    """The bytes of a string's body, which stands at a place in the text."""
    place = 0
    while place < len(body):
        match = ESCAPE.match(body, place)
        if match is None:
            shown = body[place : place + 4]
            raise _place(text, at + place, f"{shown!r} is no escape, and no character that these strings show")
        if match["hex"]:
            yield int(match["hex"], 16)
        elif match["octal"]:
            yield int(match["octal"], 8)
        else:
            yield ESCAPES[match["one"]] if match["one"] else ord(match["plain"])
        place = match.end()


def _base64(text: str) -> tuple[Blocks]:
    """Base64 with its padding, of either alphabet."""
    digits = "".join(line.strip() for line in text.splitlines()).translate(str.maketrans("-_", "+/"))
    wrong = re.search(r"[^A-Za-z0-9+/=]", digits)
    mixed = re.search("[A-Z]", digits) and re.search("[a-z0-9+/=]", digits)
    if wrong or not mixed or len(digits) % 4:
        at = text.find(wrong.group()) if wrong else 0
        raise _place(text, max(at, 0), "neither hexadecimal digits nor base64")
    try:
        return ((b64decode(digits, validate=True),),)
    except binascii.Error as fault:
        raise _place(text, max(text.find("="), 0), f"this is no base64: {fault}") from fault


PLAIN: Final[dict[str, Callable[[str], tuple[Blocks]]]] = {
    "hexadecimal digits": _hexadecimal,
    "numbers as written": _numbers(True),
    "numbers of a little-endian host": _numbers(False),
    "a string": _strings(b""),
    "a string without its last NUL": _strings(b"\0"),
    "base64": _base64,
}

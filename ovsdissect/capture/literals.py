"""Bytes in a text without addresses: hexadecimal digits, numbers of an array, strings with escapes, base64."""

from __future__ import annotations

import binascii
import re
from base64 import b32decode, b64decode
from collections.abc import Callable, Iterator
from typing import Final, Literal

from ovsdissect.capture.dumps import characters
from ovsdissect.capture.paste_reading import Blocks, place
from ovsdissect.problem import counted, counted_verb

ESCAPES: Final = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "e": 27, "\\": 92, '"': 34, "'": 39}
CALLS: Final = "write|pwrite64|send|sendto|sendmsg|sendmmsg|writev|read|pread64|recv|recvfrom|recvmsg|recvmmsg|readv"


def _hexadecimal(text: str) -> tuple[Blocks]:
    """Hexadecimal digits, two for a byte, in groups of one size; addresses and characters beside the bytes have another size."""
    data = bytearray()
    start = 0
    for line in text.splitlines(keepends=True):
        tokens = list(re.finditer(r"[^\s:,-]+", line))
        for token in tokens:
            wrong = re.search(r"[^0-9a-f]", token[0], re.IGNORECASE)
            if wrong:
                raise place(text, start + token.start() + wrong.start(), f"{wrong.group()!r} is no hexadecimal digit")
            if len(token[0]) % 2:
                raise place(text, start + token.start(), f"{len(token[0])} hexadecimal digits: a byte has two")
        stripped = line.strip()
        if stripped.startswith((":", "-", ",")):
            raise place(text, start + line.index(stripped), f"{stripped[0]!r} stands between bytes only")
        colon = re.match(r"\s*[0-9a-f]{4,}:\s", line, re.IGNORECASE)
        sizes = [len(token[0]) for token in tokens]
        if colon or len(set(sizes[:-1])) > 1 or (len(sizes) > 1 and sizes[-1] > sizes[0]):
            odd = next((i for i, size in enumerate(sizes) if size > min(sizes)), 0)
            raise place(text, start + tokens[odd].start(), f"{tokens[odd][0]} may be an address or characters, not bytes")
        end = characters(line.rstrip())
        if end is not None:
            raise place(text, start + end, "this may be bytes or the characters beside them")
        data += bytes.fromhex("".join(token[0] for token in tokens))
        start += len(line)
    return ((bytes(data),),)


def _hexadecimal_words(text: str) -> tuple[Blocks]:
    """The same in groups of 2, 4 or 8 bytes, as numbers printed by a little-endian host (od -An -tx2)."""
    _hexadecimal(text)
    words = re.findall(r"[0-9a-f]+", text, re.IGNORECASE)
    if {len(word) for word in words} not in ({4}, {8}, {16}) or len(words) < 2:
        raise place(text, 0, "these are no words of one size")
    return ((b"".join(bytes.fromhex(word)[::-1] for word in words),),)


NUMBER: Final = re.compile(r"0x(?P<hex>[0-9a-f]+)|(?P<repeats><repeats (\d+) times>)|[\s,;]+|(?P<end>[}\])]+)", re.IGNORECASE)
OPENING: Final = re.compile(
    r"(?:[\w\s*$&!:.=()-]|\[\w*\])*?(?:\{|\[(?=\s*0x)|\((?=0x))\s*|\s*unsigned int \w+ = (?P<length>\d+);\s*",
    re.IGNORECASE,
)


def _numbers(big: bool) -> Callable[[str], tuple[Blocks]]:
    """Numbers with 0x: bytes, or words that are read as written (big) or reversed."""

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
                raise place(text, at, f"{text[at]!r} is no part of a list of numbers with 0x")
            at = match.end()
            if opening is not None:
                length = opening["length"]
                if length is None:
                    blocks.append(bytearray())
                    inside = True
                elif not blocks or int(length) != len(blocks[-1]):
                    told = counted_verb(int(length), "byte", "is", "are")
                    raise place(text, match.start(), f"{told} announced, {len(blocks[-1]) if blocks else 0} are there")
            elif match["hex"]:
                if not inside:
                    raise place(text, match.start(), "a number outside the braces")
                digits = match["hex"]
                if len(digits) > 2 and len(digits) % 2:
                    raise place(text, match.start(), f"{len(digits)} hexadecimal digits: a byte has two")
                number = bytes.fromhex(digits.zfill(2))
                last = number[::-1] if not big and len(number) in (2, 4, 8) else number
                blocks[-1] += last
            elif match["repeats"]:
                blocks[-1] += last * (int(match[3]) - 1)
            elif match["end"]:
                inside = False
        if not blocks:
            raise place(text, 0, "no number with 0x")
        return (tuple(bytes(block) for block in blocks),)

    return read


STRING: Final = re.compile(r"""b?(?P<quote>["'])(?P<body>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)""")
BETWEEN: Final = re.compile(r"(?:[\s,;)]|\\(?=\s*\n))+")
BEFORE: Final = re.compile(r"(?P<gdb>\s*(?:\(gdb\)[^\n]*\n\s*)?\$\d+ = )|\s*(?:[\w\s*.:]+(?:\[\w*\])?\s*=|[\w.]+\(|&)?\s*")
CALL: Final = re.compile(rf"(?:\[pid +\d+\] |\d+ +)?(?:\d[\d:.]* )?(?:{CALLS})\(\d+")
RETURNED: Final = re.compile(r"\) += (\d+)(?: <[\d.]+>)?\s*\Z")
NOISE: Final = re.compile(r"\s*(?:\+\+\+ .*|--- .*|strace: .*)?\s*")


def _strings(escapes: re.Pattern[str], nul: bytes = b"") -> Callable[[str], tuple[Blocks]]:
    """A string as printed by C, Python, gdb or strace. escapes: the meaning of backslashes. nul: what gdb omits from an array of
    characters that ends with a NUL.
    """

    def read(text: str) -> tuple[Blocks]:
        if CALL.match(text.lstrip()):
            if nul or escapes is not OCTAL:
                raise place(text, 0, "strace leaves nothing out, and its numbers are octal")
            return (tuple(_calls(text)),)
        if escapes is NUL_ALONE and not ONLY_NULS.search(text):
            raise place(text, 0, "these numbers are octal")
        data = bytearray()
        if not re.search(r"[\"']", text):
            if nul:
                raise place(text, 0, "only gdb leaves a NUL out")
            _unquoted(text)
            return ((bytes(_unescaped(text, re.sub(r"\s", "", text), 0, escapes)),),)
        begin = BEFORE.match(text)
        at = begin.end() if begin else 0
        if nul and not (begin and begin["gdb"]):
            raise place(text, 0, "only gdb leaves a NUL out")
        last = b""
        while at < len(text):
            match, gap = STRING.match(text, at), BETWEEN.match(text, at)
            times = re.compile(r"\s*<repeats (\d+) times>").match(text, at)
            if match:
                last = bytes(_unescaped(text, match["body"], match.start("body"), escapes))
                data += last
                at = match.end()
            elif times:
                data += last * (int(times[1]) - 1)
                at = times.end()
            elif gap:
                at = gap.end()
            else:
                said = "the string was cut here" if text.startswith("...", at) else f"{text[at]!r} is no part of a string"
                raise place(text, at, said)
        return ((bytes(data) + nul,),)

    return read


def _calls(text: str) -> Iterator[bytes]:
    """Yield the strings of system calls, one per line, as strace prints them."""
    start = 0
    for line in text.splitlines(keepends=True):
        strings = list(STRING.finditer(line))
        if NOISE.fullmatch(line):
            start += len(line)
            continue
        if not CALL.match(line.lstrip()):
            raise place(text, start, "this is no call that reads or writes")
        if "nlmsg_len=" in line:
            raise place(text, start + line.index("nlmsg_len="), "strace decoded the header: -e write=FD or -e read=FD shows all bytes")
        if len(strings) != 1:
            raise place(text, start, f"{counted(len(strings), 'string')} in this line: only one can be the data")
        (string,) = strings
        if line.startswith("...", string.end()):
            raise place(text, start + string.end(), "strace cut the string here: -s 65536 shows all of it")
        data = bytes(_unescaped(text, string["body"], start + string.start("body"), OCTAL))
        returned = RETURNED.search(line)
        if returned and int(returned[1]) != len(data) and "mmsg(" not in line:
            said = f"the call returned {returned[1]}, and the string has {counted(len(data), 'byte')}"
            raise place(text, start + string.start(), said)
        yield data
        start += len(line)


SPACES: Final = re.compile(r"(?:\\x[0-9a-fA-F]{2})+(?: +(?:\\x[0-9a-fA-F]{2})+)+")


def _spaced(text: str) -> tuple[Blocks]:
    """Escapes without quotes between which a space is a byte, as bpftrace prints a buffer."""
    if not SPACES.fullmatch(text.strip()):
        raise place(text, 0, "no space stands between two escapes")
    return ((bytes(_unescaped(text, text.strip("\r\n"), 0, OCTAL)),),)


def _unquoted(text: str) -> None:
    """Refuse escapes without quotes: nothing else may occur in such a text, because a space may or may not be a byte."""
    wrong = re.sub(r"\\x[0-9a-fA-F]{2}|\\[0-7]{1,3}", lambda match: " " * len(match[0]), text)
    other = re.search(r"\S", wrong)
    if other or "\\" not in text:
        raise place(text, other.start() if other else 0, "this is no escape such as \\x08")


SIMPLE: Final = r"\\x(?P<hex>[0-9a-fA-F]{2})|\\(?P<one>[abtnvfre\\\"'])|(?P<plain>[ -\[\]-~])"
OCTAL: Final = re.compile(rf"\\(?P<octal>[0-3][0-7]{{2}}|[0-7]{{1,2}})|{SIMPLE}")
# in Rust and JavaScript \0 is one byte, whatever follows it
NUL_ALONE: Final = re.compile(rf"\\(?P<octal>0)|{SIMPLE}")
# no other number, and not all of three digits, as gdb prints each
ONLY_NULS: Final = re.compile(r"\A(?:\\[^1-7]|[^\\])*?\\0(?![0-7]{2})(?:\\[^1-7]|[^\\])*\Z")
DECIMAL: Final = re.compile(rf"\\(?P<decimal>25[0-5]|2[0-4]\d|1\d\d|0?\d{{1,2}})|{SIMPLE}")


def _unescaped(text: str, body: str, at: int, escapes: re.Pattern[str]) -> Iterator[int]:
    """Yield the bytes of a string's body, which is at an offset in the text."""
    here = 0
    while here < len(body):
        match = escapes.match(body, here)
        if match is None:
            shown = body[here : here + 4]
            raise place(text, at + here, f"{shown!r} is no escape, and no character that these strings show")
        found = match.groupdict()
        if found["hex"]:
            yield int(found["hex"], 16)
        elif found.get("octal"):
            yield int(found["octal"], 8)
        elif found.get("decimal"):
            yield int(found["decimal"])
        else:
            yield ESCAPES[found["one"]] if found["one"] else ord(found["plain"])
        here = match.end()


QUOTED: Final = re.compile(r"""\s*(?:[\w.]+\s*[(=:]\s*)*[bxX]?(?P<quote>["'])(?P<body>[^"'\\]*)(?P=quote)[\s),;]*""")


def _quoted(text: str) -> tuple[Blocks]:
    """Hexadecimal digits or base64 between quotes, as JSON and languages print them."""
    match = QUOTED.fullmatch(text)
    if match is None or not match["body"].strip():
        raise place(text, 0, "these are no digits between quotes")
    return _hexadecimal(match["body"]) if re.fullmatch(r"[0-9a-fA-F\s:,-]+", match["body"]) else _base64(match["body"])


def _binary(text: str) -> tuple[Blocks]:
    """Binary digits, eight for a byte."""
    groups = text.split()
    digits = "".join(groups)
    if re.search("[^01]", digits) or len(digits) % 8 or len(digits) < (64 if len(groups) == 1 else 16):
        raise place(text, 0, "these are no binary digits")
    if len(groups) > 1 and {len(group) for group in groups} != {8}:
        raise place(text, 0, "these are no groups of eight binary digits")
    return ((int(digits, 2).to_bytes(len(digits) // 8, "big"),),)


def _octal_words(order: Literal["little", "big"]) -> Callable[[str], tuple[Blocks]]:
    """Octal words of two bytes (od -An -to2)."""

    def read(text: str) -> tuple[Blocks]:
        groups = text.split()
        wrong = next((group for group in groups if not re.fullmatch("[01][0-7]{5}", group)), None)
        if wrong is not None or len(groups) < 2:
            raise place(text, text.find(wrong or ""), "these are no octal words")
        return ((b"".join(int(group, 8).to_bytes(2, order) for group in groups),),)

    return read


def _base32(text: str) -> tuple[Blocks]:
    """Base32 with its padding."""
    digits = "".join(text.split())
    if len(digits) < 8 or not re.fullmatch("[A-Z2-7]+=*", digits):
        raise place(text, 0, "this is no base32")
    try:
        return ((b32decode(digits),),)
    except binascii.Error as fault:
        raise place(text, 0, f"this is no base32: {fault}") from fault


LIST: Final = re.compile(r"\s*(?:\$\d+ = |[\w.]+ ?= ?)?(?:[A-Za-z]\w*(?:\(\d*\))?!? ?)?(?P<open><<|<Buffer |[\[({])?\s*")
GAP: Final = re.compile(r"[\s,]+")
WIDE: Final = re.compile(r"(?<=\d) {5,}(?=-?\d)")  # od -tu2 has columns of 6 characters, -td1 of 5
CLOSES: Final = {"<<": ">>", "<Buffer ": ">", "[": "]", "(": ")", "{": "}"}


def _listed(base: int) -> Callable[[str], tuple[Blocks]]:
    """Numbers of bytes in a list, as printed by Go, JavaScript, JSON, Python, Rust, or od without addresses: decimal or hexadecimal."""
    number = re.compile(r"(?:0|-?[1-9]\d{0,2})(?![\w.-])" if base == 10 else r"[0-9a-f]{1,2}(?![\w.-])", re.IGNORECASE)

    def read(text: str) -> tuple[Blocks]:
        begin = LIST.match(text)
        opened = begin["open"] if begin is not None else None
        at = begin.end() if begin is not None and opened else 0
        if base == 16 and opened is None:
            raise place(text, 0, "this is no list")
        wide = WIDE.search(text) if opened is None else None
        if wide is not None:
            raise place(text, wide.start(), "columns as wide as these hold words, not bytes: od -An -tx1 prints bytes")
        data, sizes = bytearray(), set[int]()
        while at < len(text):
            match, gap = number.match(text, at), GAP.match(text, at)
            if match is not None:
                value = int(match[0], base)
                if not -128 <= value < 256:
                    raise place(text, at, f"{match[0]} is no byte")
                data.append(value & 0xFF)
                sizes.add(len(match[0]))
                at = match.end()
            elif gap is not None:
                at = gap.end()
            elif opened is not None and text.startswith(CLOSES[opened], at) and not text[at + len(CLOSES[opened]) :].strip(" \t\r\n;)}"):
                break
            else:
                said = "the list was cut here" if text.startswith("...", at) else f"{text[at]!r} is no part of a list of numbers"
                raise place(text, at, said)
        if not data or (opened is None and sizes == {2}):
            raise place(text, 0, "these are no decimal numbers")
        return ((bytes(data),),)

    return read


def _base64(text: str) -> tuple[Blocks]:
    """Base64 with padding, in either alphabet."""
    digits = "".join(line.strip() for line in text.splitlines()).translate(str.maketrans("-_", "+/"))
    wrong = re.search(r"[^A-Za-z0-9+/=]", digits)
    mixed = re.search("[A-Z]", digits) and re.search("[a-z0-9+/=]", digits)
    if wrong or not mixed or len(digits) % 4:
        at = text.find(wrong.group()) if wrong else 0
        raise place(text, max(at, 0), "neither hexadecimal digits nor base64")
    try:
        return ((b64decode(digits, validate=True),),)
    except binascii.Error as fault:
        raise place(text, max(text.find("="), 0), f"this is no base64: {fault}") from fault


LUA: Final = "a string with decimal escapes"
SPACED: Final = "a string with spaces"
UNLIKELY: Final = frozenset((LUA, SPACED))
PLAIN: Final[dict[str, Callable[[str], tuple[Blocks]]]] = {
    "hexadecimal digits": _hexadecimal,
    "numbers as written": _numbers(True),
    "numbers of a little-endian host": _numbers(False),
    "a string": _strings(OCTAL),
    r"a string in which \0 is one byte": _strings(NUL_ALONE),
    "a string without its last NUL": _strings(OCTAL, b"\0"),
    LUA: _strings(DECIMAL),
    SPACED: _spaced,
    "digits between quotes": _quoted,
    "hexadecimal words of a little-endian host": _hexadecimal_words,
    "octal words of a little-endian host": _octal_words("little"),
    "octal words of a big-endian host": _octal_words("big"),
    "binary digits": _binary,
    "base64": _base64,
    "base32": _base32,
    "decimal numbers": _listed(10),
    "hexadecimal numbers of a list": _listed(16),
}

"""Pasted bytes: the output of real tools for two files is read as those files, and ambiguous text is refused.

pasted/make.sh wrote the outputs; pasted/commands.tsv says which file each shows and how it was made.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ovsdissect.capture.pasted import PasteError, pasted

HERE = Path(__file__).parent / "pasted"
ROWS = [row.split("\t") for row in (HERE / "commands.tsv").read_text().splitlines()]
TRICKY, MESSAGE = (HERE / "tricky.bin").read_bytes(), (HERE / "message.bin").read_bytes()
COOKED = bytes.fromhex("00040338000000000000000000000010") + MESSAGE
SHOWN = {"tricky": [TRICKY], "message": [MESSAGE], "two": [COOKED, COOKED], "one": [COOKED]}
DECIMAL = ("od-td2", "hexdump-d", "hexdump-o")
WORDS = (*DECIMAL, "hexdump", "hexdump-x", "hexdump-v", "od-x", "od-tx4", "od-plain", "gdb-xh", "gdb-xw", "gdb-xg")


def output(name: str) -> str:
    return (HERE / f"{name}.txt").read_text()


@pytest.mark.parametrize(("name", "bytes_of"), [row[:2] for row in ROWS])
def test_what_tools_print(name: str, bytes_of: str) -> None:
    assert pasted(output(name), lambda data: data in SHOWN[bytes_of]) == SHOWN[bytes_of]


@pytest.mark.parametrize("name", [row[0] for row in ROWS])
def test_only_words_and_gdbs_strings_need_a_test(name: str) -> None:
    kind, _, way = name.partition("-")
    if way in WORDS or way == "gdb-p":
        with pytest.raises(PasteError, match="with different bytes"):
            pasted(output(name))
    else:
        assert pasted(output(name)) == SHOWN[kind]


ADDRESSED = [name for name, *_ in ROWS if re.search("xxd$|xxd-[gceda]|hexdump|od$|od-[^A]|od-A[xd]|gdb-x|tcpdump|tshark|strace-dump", name)]


@pytest.mark.parametrize("name", ADDRESSED)
def test_a_line_that_is_missing(name: str) -> None:
    lines = output(name).splitlines()
    dump = [i for i, line in enumerate(lines) if re.match(r"\s*(\| )?(0x)?[0-9a-f]{4,}:?\s|0x", line) or line == "*"]
    del lines[dump[len(dump) // 2]]
    kind = name.partition("-")[0]
    try:
        got = pasted("\n".join(lines), lambda data: data in SHOWN[kind])
    except PasteError:
        return
    # tcpdump printed the packet a second time
    assert name.startswith("two-tcpdump")
    assert got[0] == COOKED or COOKED in got


@pytest.mark.parametrize("name", ADDRESSED)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_indented(name: str, ending: str) -> None:
    kind = name.partition("-")[0]
    text = ending.join(f"    {line}" for line in output(name).splitlines())
    assert pasted(text, lambda data: data in SHOWN[kind]) == SHOWN[kind]


@pytest.mark.parametrize(
    "text",
    [
        "0800030002000000",
        "08 00 03 00 02 00 00 00",
        "08:00:03:00:02:00:00:00\n",
        "08-00-03-00-02-00-00-00",
        r"\x08\x00\x03\x00\x02\x00\x00\x00",
        r"\x08\x00\x03\x00 \x02\x00\x00\x00",
        r'"\x08\x00\x03\x00" \ ' + "\n" + r'"\x02\x00\x00\x00"',
        r'"\10\0\3\0\2\0\0\0"',
        r"b'\x08\x00\x03\x00\x02\x00\x00\x00'",
        r'"\b\000\003\000\002", ' + r"'\000' <repeats 3 times>",
        'unsigned char key[] = "\\x08\\x00\\x03\\x00\\x02\\x00\\x00\\x00";',
        "{0x08, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x00}",
        "{0x8, 0x0, 0x3, 0x0, 0x2, 0x0 <repeats 3 times>}",
        "[]byte{0x8, 0x0, 0x3, 0x0, 0x2, 0x0, 0x0, 0x0}",
        "unsigned char bytes[] = {0x8, 0x0, 0x3, 0x0, 0x2, 0x0, 0x0, 0x0};",
        "static const uint8_t key[8] = {\n  0x08, 0x00, /* len */ 0x03, 0x00, // type\n  0x02, 0x00, 0x00, 0x00,\n};",
        "bytes([0x08, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x00])",
        "CAADAAIAAAA=",
        "BAAAGAACAAAAA===",
        "X'0800030002000000'",
        "0000   08 00 03 00 02 00 00 00                           ........",  # Wireshark: copy bytes as hex + ASCII dump
        "0000   08 00 03 00 02 00 00 00",  # Wireshark: as hex dump
        "00000000  08 00 03 00 02 00 00 00                         |........|",  # Open vSwitch: ovs_hex_dump()
        'write(3, "\\10\\0\\3\\0\\2\\0\\0\\0", 8) = 8',
        '[pid  7] 12:00:00.5 sendto(3<NETLINK:[5]>, "\\10\\0\\3\\0\\2\\0\\0\\0", 8, 0, NULL, 0) = 8\n+++ exited with 0 +++',
        "0010: 08 00 03 00 02 00 00 00",
        "0x7ffe1000:\t0x08\t0x00\t0x03\t0x00\n0x7ffe1004:\t0x02\t0x00\t0x00\t0x00",
    ],
)
def test_by_hand(text: str) -> None:
    assert pasted(text) == [bytes.fromhex("0800030002000000")]


# an attribute whose payload is digits and a NUL
DIGITS = bytes.fromhex("0a0003003031320034350000")


@pytest.mark.parametrize(
    "text",
    [
        r'b"\n\0\x03\0012\045\0\0"',  # Rust; in C \0012 and \045 are other bytes
        f'"{DIGITS.hex()}"',
        f"b'{DIGITS.hex()}'",
        f'bytes.fromhex("{DIGITS.hex(" ")}")',
        '"CgADADAxMgA0NQAA"',
        " ".join(f"{byte:08b}" for byte in DIGITS),
        "".join(f"{byte:08b}" for byte in DIGITS),
        " 000012 000003 030460 000062 032464 000000",  # od -An -to2
        "000000 000012 000003 030460 000062 032464 000000\n00000c",  # od -Ax -to2
        " 000a 0003 3130 0032 3534 0000",  # od -An -tx2
        "0a00 0300 3031 3200 3435 0000",  # od -An --endian=big -tx2
        " 0003000a 00323130 00003534",  # od -An -tx4
        "0a000300 30313200 34350000",
    ],
)
def test_only_what_fits(text: str) -> None:
    """Two readings with different bytes: that which the caller expects is taken, and without it none."""
    assert pasted(text, lambda data: int(data == DIGITS)) == [DIGITS]
    with pytest.raises(PasteError, match="with different bytes"):
        pasted(text)


def test_words_of_two_bytes_after_a_colon_are_swapped_only_if_that_makes_messages() -> None:
    """xxd prints bytes in sequence; `xxd -e -g2` prints words in the same form. 1: lengths of messages fit, 2: all is known."""
    text = "00000000: 0000 1000 0400 0000 0000 0000 0000 0000  ................\n"
    plain, swapped = bytes.fromhex("00001000 04000000") + bytes(8), bytes.fromhex("00000010 00040000") + bytes(8)
    assert pasted(text, lambda data: 0) == [plain]
    with pytest.raises(PasteError, match=r"can be read as xxd or .*xxd -e"):
        pasted(text, lambda data: int(data == swapped))
    assert pasted(text, lambda data: 2 * int(data == swapped)) == [swapped]


def test_a_space_between_escapes_may_be_a_byte() -> None:
    text = r"\x08\x00\x03\x00 \x00\x00\x00"
    assert pasted(text) == [b"\x08\0\x03\0\0\0\0"]
    with pytest.raises(PasteError, match="a string with spaces"):
        pasted(text, lambda data: int(data == b"\x08\0\x03\0 \0\0\0"))


def test_open_vswitch_dumps_with_a_hyphen_in_the_middle() -> None:
    first = "00000000  50 54 00 00 00 06 50 54-00 00 00 05 08 00 45 00 |PT....PT......E.|"
    assert pasted(f"{first}\n00000010  00 2c                                           |.,|") == [
        bytes.fromhex("50540000000650540000000508004500002c")
    ]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("0z", 1, 2),
        ("080", 1, 1),
        ("08 00\n03 0", 2, 4),
        ("10 20 [30 40]", 1, 7),
        ("{10, 20, 30, 40}", 1, 1),  # decimal or not?
        ("00000000: 6465 6164 dead", 1, 21),  # the characters of dead, one space too few before them
        ("64 65 61 64 dead", 1, 13),
        ("64 65 20 61 64 20 62 65  de ad be", 1, 26),
        ("0000 08 00 03 00", 1, 1),
        (":10010000214601360121470136007EFE09D2190140", 1, 1),  # Intel HEX
        ("00000000  64 65 20 61 64 20 62 65\n00000020  00 00", 2, 1),
        ("00000000: 0000 0000\n*\n", 2, 1),
        ('write(3, "\\10\\0"..., 8) = 8', 1, 17),
        ('"\\10\\0"...', 1, 8),
        ('write(3, "\\10\\0", 8) = 8', 1, 10),  # a part of it is not there
        ('sendto(3, [{nlmsg_len=44, nlmsg_type=0x22}, "\\1\\1"], 44, 0, NULL, 0) = 44', 1, 13),
        (r"\x08\x00\x0", 1, 9),
        (r"\x08\x00abc", 1, 9),
        ('"\\q"', 1, 2),
        ("unsigned char k[] = {0x08, 0x00};\nunsigned int k_len = 3;", 2, 1),
        (" 010 000 003 000", 1, 2),  # od -An -to1
        ("     8     2     0     0\n", 1, 7),  # od -An -tu2
        ("captures", 1, 1),
        ("\0\1", 1, 1),
    ],
)
def test_refused_with_the_place(text: str, line: int, column: int) -> None:
    with pytest.raises(PasteError) as fault:
        pasted(text)
    assert (fault.value.line, fault.value.column) == (line, column), str(fault.value)
    assert str(fault.value).startswith(f"line {line}, column {column}: ")


LISTS = {
    "Go's %v": "[" + " ".join(map(str, MESSAGE)) + "]",
    "Python's list": str(list(MESSAGE)),
    "JavaScript": f"Uint8Array({len(MESSAGE)}) [ {', '.join(map(str, MESSAGE))} ]",
    "Node": f"<Buffer {MESSAGE.hex(' ')}>",
    "Rust's {:x?}": "[" + ", ".join(f"{byte:x}" for byte in MESSAGE) + "]",
    "Go's %#v": "[]byte{" + ", ".join(f"{byte:#x}" for byte in MESSAGE) + "}",
    "the kernel's log": "".join(
        f"[  123.456789] nlmsg: {at:08x}: {MESSAGE[at : at + 16].hex(' ')}\n" for at in range(0, len(MESSAGE), 16)
    ),
    "a journal": "".join(
        f"Nov 23 05:48:14 host kernel: nlmsg: {at:08x}: {MESSAGE[at : at + 16].hex(' ')}\n" for at in range(0, len(MESSAGE), 16)
    ),
    "od -An -tu1": "".join("".join(f"{byte:4}" for byte in MESSAGE[at : at + 16]) + "\n" for at in range(0, len(MESSAGE), 16)),
    "od without addresses": "".join(
        " ".join(MESSAGE[at : at + 2][::-1].hex() for at in range(line, min(line + 16, len(MESSAGE)), 2)) + "\n"
        for line in range(0, len(MESSAGE), 16)
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_logs_and_words(name: str) -> None:
    assert pasted(LISTS[name], MESSAGE.__eq__) == [MESSAGE]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("[72, 0, 300]", 9),
        ("[72 0 34 ...", 10),
        ("<Buffer 48 00 ... 52 more bytes>", 15),
    ],
)
def test_lists_that_are_none(text: str, column: int) -> None:
    with pytest.raises(PasteError) as raised:
        pasted(text)
    assert (raised.value.line, raised.value.column) == (1, column)

"""The shortened output gives the same cells in the same colours, on a terminal of our own that knows cursor and colours."""

from __future__ import annotations

import random
import re

from ovsdissect.tui.pen import shorter

_PART = re.compile(r"\x1b\[(?P<sgr>[0-9;]*)m|\x1b\[(?P<line>\d+);(?P<column>\d+)H|(?P<other>\x1b[^a-zA-Z]*[a-zA-Z])|(?P<text>[^\x1b])")
PLAIN = ("", "", frozenset[str]())


def cells(data: str) -> dict[tuple[int, int], tuple[str, object]]:
    """Each cell's character, and its look as far as it is seen: that of a space is its ground."""
    drawn: dict[tuple[int, int], tuple[str, object]] = {}
    front, ground, rest = PLAIN
    line = column = 1
    for part in _PART.finditer(data):
        if part["sgr"] is not None:
            for code in re.findall(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+", part["sgr"] or "0"):
                if code == "0":
                    front, ground, rest = PLAIN
                elif code == "39" or re.fullmatch(r"38;.*|3\d|9\d", code):
                    front = "" if code == "39" else code
                elif code == "49" or re.fullmatch(r"48;.*|4\d|10\d", code):
                    ground = "" if code == "49" else code
                else:
                    rest = rest | {code}
        elif part["line"] is not None:
            line, column = int(part["line"]), int(part["column"])
        elif part["text"] == "\n":
            line, column = line + 1, 1
        elif part["text"] is not None:
            seen = (front, ground, rest) if part["text"] != " " or rest & {"4", "7"} else ground
            drawn[line, column] = part["text"], seen
            column += 1
    assert (front, ground, rest) == PLAIN, "whoever writes next begins with the terminal's own colours"
    return drawn


WHOLE = ("38;2;200;206;222", "38;2;1;2;3", "48;2;22;24;31", "48;2;43;58;99", "38;5;7", "48;5;9")
CODES = (*WHOLE, "1", "2", "4", "7", "31", "92", "44", "100", "39", "49")


def test_the_same_picture() -> None:
    for seed in range(400):
        chance = random.Random(seed)
        data = ""
        for _ in range(20):
            codes = ";".join(chance.choices(CODES, k=chance.randint(1, 3)))
            text = chance.choice(("abc", "   ", " a ", "x", "é▾"))
            data += f"\x1b[{codes}m{text}\x1b[0m" + "\n" * chance.choice((0, 0, 0, 1, 1, 2))
            while chance.random() < 0.3:
                data += f"\x1b[{chance.randint(1, 9)};{chance.randint(1, 9)}H"
        made = shorter(data)
        assert cells(made) == cells(data), seed
        assert len(made) <= len(data)


def test_neighbours_of_one_ground() -> None:
    ground = "48;2;22;24;31"
    assert shorter(f"\x1b[38;2;1;2;3;{ground}ma\x1b[0m\x1b[{ground}m  \x1b[0m\x1b[38;2;1;2;3;{ground}mb\x1b[0m") == (
        f"\x1b[38;2;1;2;3;{ground}ma  b\x1b[m"
    )


def test_what_is_no_colour_stays() -> None:
    for data in ("\x1b[?1049h\x1b[?25l", "\x1b]52;c;YWJj\a", "\x1b[>1u", "text\r\n", "\x1b7\x1b8", "\x1b"):
        assert shorter(data) == data


def test_only_the_last_place_before_a_text_is_written() -> None:
    assert shorter("\x1b[4;1Hab\n\x1b[5;79H\n\x1b[5;79Hcd\n") == "\x1b[4;1Hab\x1b[5;79Hcd\n"
    assert shorter("ab\n\ncd") == "ab\n\ncd"
    assert shorter("\x1b[4;1H\x1b[2Kab") == "\x1b[4;1H\x1b[2Kab"

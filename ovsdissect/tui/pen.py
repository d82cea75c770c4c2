"""Shortens the output to the terminal: colours are set only where they change, which halves the data on a slow connection."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

# a change of the pen, another control sequence, a string for the terminal (ECMA-48: OSC), another escape, a line feed, text
_TOKEN: Final = re.compile(r"\x1b\[([0-9;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\a\x1b]*(?:\a|\x1b\\)|\x1b.?|\n|[^\x1b\n]+", re.DOTALL)
_MOVE: Final = re.compile(r"\x1b\[[0-9;]*H")  # ECMA-48: CUP
_ON_BLANKS: Final = frozenset(("4", "7", "9", "21", "53"))  # underline, reverse, strike and overline are seen on spaces, too


class Pen(NamedTuple):
    """The style of text: select graphic rendition (ECMA-48, 8.3.117) of foreground, ground and the rest; "" is the terminal's own."""

    front: str = ""
    ground: str = ""
    rest: frozenset[str] = frozenset()


_PLAIN: Final = Pen()


@lru_cache(maxsize=1024)
def pen(codes: str, before: Pen) -> Pen:
    """The pen after a sequence."""
    front, ground, rest = before
    words = iter(codes.split(";"))
    for word in words:
        if word in ("", "0"):
            front, ground, rest = _PLAIN
        elif word in ("38", "48"):
            kind = next(words, "")
            colour = ";".join([word, kind, *(next(words, "") for _ in range(3 if kind == "2" else 1))])
            front, ground = (colour, ground) if word == "38" else (front, colour)
        elif word == "39":
            front = ""
        elif word == "49":
            ground = ""
        elif len(word) >= 2 and word[:-1] in ("3", "9"):
            front = word
        elif len(word) >= 2 and word[:-1] in ("4", "10"):
            ground = word
        else:
            rest |= {word}
    return Pen(front, ground, rest)


@lru_cache(maxsize=4096)
def change(now: Pen, wanted: Pen) -> str:
    """The shortest sequence from one pen to another."""
    if now == wanted:
        return ""
    if wanted == _PLAIN:
        return "\x1b[m"
    codes = sorted(wanted.rest - now.rest)
    if now.rest - wanted.rest:
        codes, now = ["0", *sorted(wanted.rest)], _PLAIN
    if wanted.front != now.front:
        codes.append(wanted.front or "39")
    if wanted.ground != now.ground:
        codes.append(wanted.ground or "49")
    return f"\x1b[{';'.join(codes)}m"


def shorter(data: str) -> str:
    """The same picture in fewer bytes; before and after it, the pen is the terminal's default."""
    now = wanted = _PLAIN
    made: list[str] = []
    move = ""  # the way to the next text: what comes before the last absolute position changes nothing
    for token in _TOKEN.finditer(data):
        text = token[0]
        if token[1] is not None:
            wanted = pen(token[1], wanted)
            continue
        if text == "\n" or _MOVE.fullmatch(text):
            move = move + text if text == "\n" else text
            continue
        made.append(move)
        move = ""
        if text[0] != "\x1b":
            # of spaces only the ground is seen
            seen = wanted if not text.isspace() or (now.rest | wanted.rest) & _ON_BLANKS else Pen(now.front, wanted.ground, now.rest)
            made.append(change(now, seen))
            now = seen
        made.append(text)
    made += (move, change(now, _PLAIN))
    return "".join(made)

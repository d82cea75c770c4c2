"""The layout of list lines as numbers: columns, separators and the format of times."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ovsdissect.engine import listcodes
from ovsdissect.text.rows import TONES, Column, TimeStyle

# the columns that need no tree, and the header fields among them
COLUMNS: Final = {
    "number": listcodes.COLUMN_NUMBER,
    "record": listcodes.COLUMN_RECORD,
    "time": listcodes.COLUMN_TIME,
    "interface": listcodes.COLUMN_INTERFACE,
    "direction": listcodes.COLUMN_DIRECTION,
    "family": listcodes.COLUMN_FAMILY,
    "cmd": listcodes.COLUMN_CMD,
    "datapath": listcodes.COLUMN_DATAPATH,
    "port": listcodes.COLUMN_PORT,
    "summary": listcodes.COLUMN_SUMMARY,
    "index": listcodes.COLUMN_INDEX,
    "kind": listcodes.COLUMN_KIND,
    "protocol": listcodes.COLUMN_PROTOCOL,
    "version": listcodes.COLUMN_VERSION,
    "dp_ifindex": listcodes.COLUMN_DP_IFINDEX,
    "nlmsg.len": listcodes.COLUMN_LEN,
    "nlmsg.type": listcodes.COLUMN_TYPE,
    "nlmsg.flags": listcodes.COLUMN_FLAGS,
    "nlmsg.seq": listcodes.COLUMN_SEQ,
    "nlmsg.pid": listcodes.COLUMN_PID,
    "frame.len": listcodes.COLUMN_RECORD_LENGTH,
    "frame.cap_len": listcodes.COLUMN_RECORD_LENGTH,  # the engine reads only records that were captured whole
    "time_relative": listcodes.COLUMN_TIME_RELATIVE,
}
TIMES: Final[dict[TimeStyle, int]] = {
    "relative": listcodes.TIME_RELATIVE,
    "delta": listcodes.TIME_DELTA,
    "epoch": listcodes.TIME_EPOCH,
    "absolute": listcodes.TIME_ABSOLUTE,
}
assert (TONES[listcodes.TONE_ERROR], TONES[listcodes.TONE_CONTROL], TONES[listcodes.TONE_OTHER]) == ("error", "control", "other")
assert len(TONES) == listcodes.TONES


class Terminal(NamedTuple):
    """The terminal to write for. width: in cells. styles: for each of TONES, the escape sequence that starts each column's style, "" for
    none.
    ellipsis: replaces text that is cut off.
    """

    width: int
    styles: Mapping[str, Sequence[str]]
    ellipsis: bytes


class Shape(NamedTuple):
    """The layout. form: FORM_...; what: COLUMN_... of each column; columns: for each, its width and 1 if it is aligned to the right.

    time: TIME_...; digits: of a second's fraction. down, up: the marks of the two directions; down_more, up_more: by how many their bytes
    exceed the terminal cells that they take. ellipsis: replaces text that is cut off.
    width, styles, begins: see Cells. interfaces: offset and length, in `names`, of each interface's text.
    """

    form: int
    what: array[int]
    columns: array[int]
    time: int
    digits: int
    down: bytes
    up: bytes
    down_more: int
    up_more: int
    ellipsis: bytes
    width: int
    styles: array[int]
    begins: bytes
    interfaces: array[int]
    names: bytes


def _more(directions: tuple[bytes, bytes]) -> tuple[int, int]:
    """Return, for each direction's mark, by how many its bytes exceed the terminal cells that it takes."""
    down, up = (len(mark) - len(mark.decode()) for mark in directions)
    return down, up


def shape(
    shown: Sequence[Column],
    time: TimeStyle,
    digits: int,
    directions: tuple[bytes, bytes],
    *,
    separated: bool = False,
    terminal: Terminal | None = None,
    interfaces: Sequence[str] = (),
) -> Shape | None:
    """Return the shape of lines with these columns; None if one of them needs the tree.

    directions: the marks for down and up. separated: as comma-separated values. interfaces: the text of each known interface.
    """
    names = [column.name for column in shown]
    # a second time column would need a state of its own for the time since the line before
    if not shown or not all(name in COLUMNS for name in names) or names.count("time") > 1:
        return None
    form = listcodes.FORM_SEPARATED if separated else listcodes.FORM_PAINTED if terminal else listcodes.FORM_ALIGNED
    styles, begins = array("i"), b""
    if terminal is not None:
        for tone in TONES:
            for begin in terminal.styles[tone]:
                styles.extend((len(begins), len(begin)))
                begins += begin.encode()
    places, texts = array("i"), b""
    for text in interfaces if all(map(str.isascii, interfaces)) else ():
        places.extend((len(texts), len(text)))
        texts += text.encode()
    return Shape(
        form,
        array("i", [COLUMNS[name] for name in names]),
        array("i", [number for column in shown for number in (column.width, int(column.right))]),
        TIMES[time],
        digits,
        *directions,
        *_more(directions),
        terminal.ellipsis if terminal else b"",
        terminal.width if terminal else 0,
        styles,
        begins,
        places + array("i", [0]),
        texts + b" ",
    )

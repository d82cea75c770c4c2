"""Nothing from a capture may reach a screen, or a spreadsheet, as anything but text."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovsdissect.text.csvline import csv_line, harmless
from ovsdissect.text.screen import ELLIPSIS, cells, cut, escape, pad

NASTY = {
    "eth\x1b[2J": r"eth\x1b[2J",
    "a\nb\r\tc": r"a\nb\r\tc",
    "x\x9b31m": r"x\x9b31m",
    "abc\u202etxt.exe": r"abc\u202etxt.exe",
    "zero\u200bwidth\u200djoiner\ufeff": r"zero\u200bwidth\u200djoiner\ufeff",
    "tag\U000e0041": r"tag\U000e0041",
    "line\u2028end": r"line\u2028end",
    "wide\u3000space": r"wide\u3000space",
    "lone\udc80": r"lone\udc80",
    "\x7f": r"\x7f",
    "网桥0": "网桥0",
    "e\u0301th0": "e\u0301th0",
    "[bold red]vnet0[/]": "[bold red]vnet0[/]",
}


@pytest.mark.parametrize("text", NASTY)
def test_escape(text: str) -> None:
    assert escape(text) == NASTY[text]


@given(st.text())
def test_escaped_text_is_printable_and_escaping_it_again_changes_nothing(text: str) -> None:
    assert escape(text).isprintable()
    assert escape(escape(text)) == escape(text)


def test_cells() -> None:
    assert [cells(text) for text in ("vnet0", "网桥0", "e\u0301th0", "…", "")] == [5, 5, 4, 1, 0]


@given(st.text().map(escape), st.integers(0, 30))
def test_cut_text_fits(text: str, width: int) -> None:
    short = cut(text, width)
    assert cells(short) <= width
    assert short == text or short == "" or short.endswith(ELLIPSIS)
    assert (short == text) == (cells(text) <= width)


def test_pad() -> None:
    assert pad("网桥", 6) == "网桥  "
    assert pad("17", 4, right=True) == "  17"
    assert pad("toolong", 3) == "toolong"


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", " =1", "\t=1", "＝1", "＋1", "－1", "＠1", "-"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert csv_line([text], safe=True).lstrip('"') == f"'{text}"


@pytest.mark.parametrize("text", ["-22", "+5", "-0.000001", "vnet0", "0x0a", "10.0.0.0/8", ""])
def test_what_is_no_formula_stays(text: str) -> None:
    assert harmless(text) == text


@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"])), min_size=2))
def test_a_csv_reader_reads_what_was_written(values: list[str]) -> None:
    (row,) = csv.reader(io.StringIO(csv_line(values), newline=""), strict=True)
    assert row == values

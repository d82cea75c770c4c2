"""The matches of a search in a line have their own style, from their first character to their last, also across pieces."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style

from ovsdissect.tui.matches import lit
from ovsdissect.tui.search import Needle

PLAIN, BOLD, LIT = Style(), Style(bold=True), Style(reverse=True)


def test_matches_are_lit() -> None:
    pieces = [Segment("port v1, po", PLAIN), Segment("rt v12", BOLD)]
    assert [(piece.text, piece.style) for piece in lit(pieces, Needle("port v1"), LIT)] == [
        ("port v1", LIT),
        (", ", PLAIN),
        ("po", LIT),
        ("rt v1", LIT),
        ("2", BOLD),
    ]
    assert lit(pieces, Needle("v3"), LIT) is pieces
    assert lit(pieces, None, LIT) is pieces

"""Highlights the matches of a search in a line."""

from __future__ import annotations

from itertools import pairwise

from rich.segment import Segment
from rich.style import Style

from ovsdissect.tui.search import Needle


def lit(pieces: list[Segment], needle: Needle | None, style: Style) -> list[Segment]:
    """The pieces of a line, with the matches in another style."""
    if needle is None:
        return pieces
    text = "".join(piece.text for piece in pieces)
    spans = list(needle.spans(text))
    if not spans:
        return pieces
    cuts = sorted({place for span in spans for place in span})
    made: list[Segment] = []
    at = 0
    for piece in pieces:
        start, end = at, at + len(piece.text)
        at = end
        edges = [start, *(cut for cut in cuts if start < cut < end), end]
        for first, last in pairwise(edges):
            inside = any(begin <= first < stop for begin, stop in spans)
            made.append(Segment(text[first:last], style if inside else piece.style))
    return made

"""Charts as SVG: drawn by Vega-Lite, with the page's own colours, so that they follow light and dark themes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

WIDTH: Final = 860
HEIGHT: Final = 150
SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"  # an identifier: nothing is fetched

# placeholders in the drawing for variables of the page's style
COLOURS: Final[Mapping[str, str]] = {
    "#0a0001": "var(--muted)",
    "#0a0002": "var(--line)",
    "#0a0003": "var(--one)",
    "#0a0004": "var(--two)",
    "#0a0005": "var(--bad)",
    "#0a0006": "var(--three)",
    "#0a0007": "var(--four)",
}
MUTED, LINE, ONE, TWO, BAD, THREE, FOUR = COLOURS
SERIES: Final = (ONE, TWO, THREE, FOUR, BAD)

CONFIG: Final = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "tickColor": LINE,
        "domainColor": LINE,
        "gridColor": LINE,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridOpacity": 0.6,
    },
    "legend": {"labelColor": MUTED, "titleColor": MUTED, "orient": "top", "title": None, "labelFontSize": 11, "symbolStrokeWidth": 3},
}

Row = Mapping[str, Any]


def over_time(
    rows: Sequence[Row], names: Sequence[str], title: str, seconds: float, *, stacked: bool = False, colours: Sequence[str] = SERIES
) -> str:
    """Return a chart of values over time. rows: {"s": seconds, "name": one of names, "value": number}; stacked: as areas on top of each
    other.
    """
    mark: dict[str, Any] = {"type": "area" if stacked else "line", "interpolate": "step-after"}
    if not stacked:
        mark["strokeWidth"] = 1.5
    y: dict[str, Any] = {"field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 4}}
    if stacked:
        y["stack"] = True
    return _draw(
        rows,
        mark,
        {
            "x": {
                "field": "s",
                "type": "quantitative",
                "title": "seconds since the start",
                "axis": {"grid": False},
                "scale": {"domain": [0, max(seconds, 0.001)], "nice": False},
            },
            "y": y,
            "color": {
                "field": "name",
                "type": "nominal",
                "scale": {"domain": list(names), "range": list(colours[: len(names)])},
                "legend": {} if len(names) > 1 else None,
            },
        },
    )


def bars(rows: Sequence[Row], title: str) -> str:
    """Return a bar chart with the rows in their order: {"label": text, "value": number}."""
    return _draw(
        rows,
        {"type": "bar", "color": ONE},
        {
            "x": {"field": "label", "type": "ordinal", "sort": None, "title": title, "axis": {"labelAngle": 0}},
            "y": {"field": "value", "type": "quantitative", "title": None, "axis": {"tickCount": 4}},
        },
    )


def _draw(rows: Sequence[Row], mark: Mapping[str, Any], encoding: Mapping[str, Any]) -> str:
    # a compiled library that takes a second to draw its first chart, so it is loaded only when a page is made
    import vl_convert

    spec = {
        "$schema": SCHEMA,
        "width": WIDTH - 60,
        "height": HEIGHT,
        "padding": 4,
        "config": CONFIG,
        "data": {"values": list(rows)},
        "mark": mark,
        "encoding": encoding,
    }
    svg: str = vl_convert.vegalite_to_svg(spec)
    for colour, variable in COLOURS.items():
        svg = svg.replace(colour, variable)
    return svg

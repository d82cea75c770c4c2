"""Everything drawn is readable: contrast by WCAG's formula, of every role on every background that it occurs on, in all palettes."""

from __future__ import annotations

from itertools import product

import pytest
from rich.color import Color
from rich.style import Style
from textual.color import Color as Widgets
from textual.theme import Theme

from ovsdissect.tui.palette import DARK, LIGHT, PALETTES, PLAIN, SIXTEEN, SIXTEEN_LIGHT, THEMES, Palette
from tests.tui.driving import Driven, driven

# xterm's own 16 colours, as its resource file XTerm-col.ad has them
XTERM = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
GROUNDS = {DARK.name: (22, 24, 31), LIGHT.name: (251, 251, 249), SIXTEEN.name: (0, 0, 0), SIXTEEN_LIGHT.name: (255, 255, 255)}
COLOURED = [theme for theme in THEMES if theme is not PLAIN]
# what only helps the eye: lines, places, what is of no interest
FAINT = ("offset", "byte.dim", "scrollbar", "scrollbar.thumb")
# the only grey among the 16 colours, bright black
GREY = ("dim", "expected", "probe", "control", "other", "zero")
BARS = ("text", "dim", "title", "mark", "valid", "error", "problem", "invalid")
ROWS = ("text", "dim", "mark", "problem", "error", "expected", "probe", "drop", "outputs", "miss", "action", "execute", "flow")
TREE = ("configuration", "control", "other", "name", "value", "zero", "note", "offset")

RGB = tuple[int, int, int]


def luminance(colour: RGB) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: RGB, other: RGB) -> float:
    """Contrast ratio, WCAG 2.1: from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def rgb(colour: Color | None, default: RGB) -> RGB:
    """The red, green and blue of a style's colour."""
    if colour is None or colour.is_default:
        return default
    if colour.number is not None:
        return XTERM[colour.number]
    assert colour.triplet is not None
    return tuple(colour.triplet)


def shown(style: Style, theme: Theme) -> float:
    """The contrast of a text in a style."""
    ground = GROUNDS[theme.name]
    front = (255, 255, 255) if luminance(ground) < 0.5 else (0, 0, 0)
    return contrast(rgb(style.color, front), rgb(style.bgcolor, ground))  # the same when they are reversed


def enough(role: str, theme: Theme) -> float:
    """What a role needs."""
    return 3.0 if role in FAINT or (theme.ansi and role in GREY) else 4.5


def test_the_formula() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)  # WCAG's own example: #777 on white just fails


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_every_role_can_be_read(theme: Theme) -> None:
    palette = PALETTES[theme.name]
    low = {role: round(shown(palette[role], theme), 2) for role in palette if shown(palette[role], theme) < enough(role, theme)}
    assert not low


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_so_on_the_bars_and_under_the_cursor(theme: Theme) -> None:
    palette = PALETTES[theme.name]
    pairs = [*product(("title",), BARS), *product(("cursor", "cursor.blur"), (*ROWS, *TREE))]
    low = {}
    for ground, role in pairs:
        style = under(palette, ground, role)
        if shown(style, theme) < enough(role, theme):
            low[ground, role] = round(shown(style, theme), 2)
    assert not low


def under(palette: Palette, ground: str, role: str) -> Style:
    """A role's style on a ground: of a bar, or of the cursor's line, which changes the ground alone."""
    return palette.on(ground, role) if ground == "title" else palette[role] + Style(bgcolor=palette[ground].bgcolor)


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_borders_and_titles(theme: Theme) -> None:
    """Their colours are the theme's: panel and foreground, primary where the focus is, error and success for the filter."""
    ground = Widgets(*GROUNDS[theme.name])
    for name, least in (("panel", 3.0), ("primary", 4.5), ("foreground", 4.5), ("error", 4.5), ("success", 4.5)):
        told = getattr(theme, name)
        if told == "ansi_default":
            continue  # the terminal's own pair
        colour = Widgets(*XTERM[NAMES.index(told)]) if told.startswith("ansi_") else Widgets.parse(told)
        assert contrast(colour.rgb, ground.rgb) >= least, name


HUES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
NAMES = [f"ansi_{bright}{hue}" for bright in ("", "bright_") for hue in HUES]


def test_the_cursor_leaves_an_error_its_colour() -> None:
    for theme in (DARK, LIGHT):
        palette = PALETTES[theme.name]
        assert palette["cursor"].bgcolor != palette["error"].bgcolor
        assert under(palette, "cursor", "error").color == palette["error"].color


async def test_what_widgets_of_textual_draw_can_be_read() -> None:
    """The example in the filter, a selected path, a found text on the cursor's row, and the keys in the command palette."""
    for light in (False, True):
        async with driven("rawnl", size=(100, 24), light=light) as at:
            theme = LIGHT if light else DARK
            assert drawn(at, "/ to filter", theme) >= 4.5
            await at.press("s", *"ENODEV", "enter")
            await at.settle()
            assert drawn(at, "ENODEV", theme, row=4 + at.list.cursor - at.list.top) >= 4.5
            await at.press("w", "s")
            assert drawn(at, "rawnl-shown.pcap", theme) >= 4.5
            await at.press("escape", "ctrl+p")
            await at.until(lambda at=at: "key u" in at.screen())
            await at.press("down")
            assert drawn(at, "key u", theme) >= 4.5


def drawn(at: Driven, text: str, theme: Theme, row: int | None = None) -> float:
    """The least contrast of the pieces on the screen that a text is, or that contain it."""
    rows = at.app.screen._compositor.render_strips(at.app.size)
    styles = [piece.style for line in (rows if row is None else rows[row : row + 1]) for piece in line if text in piece.text]
    return min(shown(style, theme) for style in styles if style is not None)

"""The colours: palettes for dark and light terminals, two of the terminal's own 16 colours, one without colours for NO_COLOR.

Views ask for roles, not colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

DARK: Final = Theme(
    name="ovsdissect-dark",
    primary="#7aa2f7",
    secondary="#7dcfff",
    accent="#e0af68",
    warning="#e0af68",
    error="#ff8a9e",
    success="#9ece6a",
    foreground="#c8cede",
    background="#16181f",
    surface="#1c1f29",
    panel="#666f88",
    dark=True,
)
LIGHT: Final = Theme(
    name="ovsdissect-light",
    primary="#2a5db0",
    secondary="#0b7285",
    accent="#855000",
    warning="#855000",
    error="#b3261e",
    success="#2c691d",
    foreground="#24292f",
    background="#fbfbf9",
    surface="#f1f1ee",
    panel="#888d94",
    dark=False,
)
PLAIN: Final = replace(BUILTIN_THEMES["ansi-dark"], name="ovsdissect-plain")
SIXTEEN: Final = replace(
    BUILTIN_THEMES["ansi-dark"], name="ovsdissect-16", primary="ansi_bright_cyan", error="ansi_bright_red", warning="ansi_bright_yellow"
)
SIXTEEN_LIGHT: Final = replace(BUILTIN_THEMES["ansi-light"], name="ovsdissect-16-light", success="ansi_blue", warning="ansi_magenta")
THEMES: Final = (DARK, LIGHT, PLAIN, SIXTEEN, SIXTEEN_LIGHT)
OTHERS: Final = {DARK.name: LIGHT.name, LIGHT.name: DARK.name, SIXTEEN.name: SIXTEEN_LIGHT.name, SIXTEEN_LIGHT.name: SIXTEEN.name}

# role: (dark, light, weights alone, 16 colours on dark, 16 colours on light).  A kind of message colours its row's command; "text" is what
# has no role.  Of the 16 colours those are used that xterm's palette shows clearly on black, or on white.
_ROLES: Final = {
    "text": ("#c8cede", "#24292f", "", "", ""),
    "dim": ("#9ca5bb", "#5c616a", "dim", "bright_black", "bright_black"),
    "title": ("#c8cede on #2b3042", "#24292f on #dfe1dd", "reverse", "reverse", "reverse"),
    "head": ("#a3adc4 on #1f2330", "#50575f on #e9eae6", "underline", "underline", "underline"),
    "sign": ("#a3adc4 on #1c1f29", "#50575f on #f1f1ee", "", "", ""),
    "cursor": ("#ffffff on #2b3a63", "#000000 on #cfe0f7", "reverse", "reverse", "reverse"),
    "cursor.blur": ("on #242938", "on #e6e8ec", "bold", "bold", "bold"),
    "match": ("bold #16181f on #e0af68", "bold #000000 on #ffd98a", "bold underline", "bold black on yellow", "bold white on blue"),
    "mark": ("bold #e0af68", "bold #855000", "bold", "bold bright_yellow", "bold magenta"),
    "problem": ("#ff9e64", "#a1440a", "bold", "bold bright_magenta", "bold magenta"),
    "error": ("#ff8a9e", "#b3261e", "bold", "bold bright_red", "bold red"),
    "expected": ("#9ca5bb", "#5c616a", "dim", "bright_black", "bright_black"),
    "probe": ("#9ca5bb", "#5c616a", "dim", "bright_black", "bright_black"),
    "drop": ("#ff8a9e", "#b3261e", "bold", "bold bright_red", "bold red"),
    "outputs": ("#7dcfff", "#0b5e7a", "", "cyan", "blue"),
    "miss": ("#e0af68", "#855000", "", "yellow", "magenta"),
    "action": ("#cfaefa", "#6b3fa3", "", "bright_magenta", "magenta"),
    "execute": ("#7dcfff", "#0b5e7a", "", "cyan", "blue"),
    "flow": ("#9ece6a", "#2c691d", "", "green", "blue"),
    "configuration": ("#9ab8f2", "#2857a5", "", "bright_cyan", "blue"),
    "control": ("#9ca5bb", "#5c616a", "dim", "bright_black", "bright_black"),
    "other": ("#9ca5bb", "#5c616a", "dim", "bright_black", "bright_black"),
    "name": ("#9ab8f2", "#2857a5", "", "cyan", "blue"),
    "value": ("#d8dcea", "#1b1f24", "", "", ""),
    "zero": ("#9ca5bb", "#5c616a", "dim", "bright_black", "bright_black"),
    "note": ("#9bbba8", "#38614a", "italic", "green", ""),
    "offset": ("#818aa1", "#70757c", "dim", "bright_black", "bright_black"),
    "byte": ("#aab2c8", "#3a4048", "", "", ""),
    "byte.dim": ("#7b849b", "#767b82", "dim", "bright_black", "bright_black"),
    "byte.node": ("#ffffff on #33467c", "#000000 on #bfd4f2", "reverse", "reverse", "reverse"),
    "byte.header": ("#c8cede on #2a3350", "#24292f on #dbe6f6", "underline", "underline", "underline"),
    "byte.cursor": ("bold #16181f on #7aa2f7", "bold #ffffff on #2a5db0", "reverse bold", "bold black on cyan", "bold white on blue"),
    "scrollbar": ("#666f88", "#888d94", "dim", "bright_black", "bright_black"),
    "scrollbar.thumb": ("#9aa5c4", "#5f6874", "", "", ""),
    "plot": ("#7aa2f7", "#2857a5", "", "cyan", "blue"),
    "plot.bad": ("#ff8a9e", "#b3261e", "bold", "bright_red", "red"),
    "valid": ("#9ece6a", "#2c691d", "", "green", "blue"),
    "invalid": ("#ff8a9e", "#b3261e", "bold", "bold bright_red", "bold red"),
    "bar": ("#16181f on #7aa2f7", "#ffffff on #2a5db0", "reverse", "reverse", "reverse"),
    "bar.rest": ("#c8cede on #3a4158", "#24292f on #cfd2cc", "", "", ""),
}


class Palette:
    """The styles of one palette by role, each with its background."""

    def __init__(self, theme: Theme, look: int) -> None:
        ground = Style() if theme.ansi else Style(bgcolor=theme.background)
        self._styles = {role: ground + Style.parse(styles[look]) for role, styles in _ROLES.items()}

    def __getitem__(self, role: str) -> Style:
        return self._styles[role]

    def __iter__(self) -> Iterator[str]:
        return iter(self._styles)

    def on(self, ground: str, role: str) -> Style:
        """The style of a role on the background of another; reversed styles keep their background."""
        below, style = self._styles[ground], self._styles[role]
        return below + Style(bold=style.bold) if below.reverse else style + Style(bgcolor=below.bgcolor)


PALETTES: Final = {theme.name: Palette(theme, look) for look, theme in enumerate(THEMES)}

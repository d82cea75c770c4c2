"""The colours: a palette for dark terminals, one for light ones, one of weights alone for NO_COLOR.  Views ask for roles, not colours."""

from __future__ import annotations

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
    error="#f7768e",
    success="#9ece6a",
    foreground="#c8cede",
    background="#16181f",
    surface="#1c1f29",
    panel="#242836",
    dark=True,
)
LIGHT: Final = Theme(
    name="ovsdissect-light",
    primary="#2a5db0",
    secondary="#0b7285",
    accent="#9a5b00",
    warning="#9a5b00",
    error="#b3261e",
    success="#2f6f1f",
    foreground="#24292f",
    background="#fbfbf9",
    surface="#f1f1ee",
    panel="#e4e5e2",
    dark=False,
)
PLAIN: Final = replace(BUILTIN_THEMES["ansi-dark"], name="ovsdissect-plain")

# role: (dark, light, plain).  A kind of message colours its row's command; "text" is what has no role.
_ROLES: Final = {
    "text": ("#c8cede", "#24292f", ""),
    "dim": ("#7f889e", "#6b7078", "dim"),
    "title": ("#c8cede on #242836", "#24292f on #e4e5e2", "reverse"),
    "head": ("#8f9ab3 on #1c1f29", "#57606a on #ecece9", "underline"),
    "cursor": ("#ffffff on #33467c", "#000000 on #bfd4f2", "reverse"),
    "cursor.blur": ("on #262b3b", "on #e2e4e8", "bold"),
    "match": ("bold #16181f on #e0af68", "bold #000000 on #ffd98a", "bold underline"),
    "mark": ("bold #e0af68", "bold #9a5b00", "bold"),
    "problem": ("#ff9e64", "#a8480a", "bold"),
    "error": ("#f7768e", "#b3261e", "bold"),
    "miss": ("#e0af68", "#8a5300", ""),
    "action": ("#c6a0f6", "#6f42a8", ""),
    "execute": ("#7dcfff", "#0b6280", ""),
    "flow": ("#9ece6a", "#2f6f1f", ""),
    "configuration": ("#8aa9e8", "#2a5db0", ""),
    "control": ("#7f889e", "#6b7078", "dim"),
    "other": ("#7f889e", "#6b7078", "dim"),
    "name": ("#8aa9e8", "#2a5db0", ""),
    "value": ("#d8dcea", "#1b1f24", ""),
    "note": ("#8fae9b", "#3f6b52", "italic"),
    "offset": ("#5f6880", "#8b9098", "dim"),
    "byte": ("#aab2c8", "#3a4048", ""),
    "byte.dim": ("#596178", "#a0a5ac", "dim"),
    "byte.node": ("#ffffff on #33467c", "#000000 on #bfd4f2", "reverse"),
    "byte.header": ("#c8cede on #2a3350", "#24292f on #dbe6f6", "underline"),
    "byte.cursor": ("bold #16181f on #7aa2f7", "bold #ffffff on #2a5db0", "reverse bold"),
    "scrollbar": ("#242836", "#dcdcd8", "dim"),
    "scrollbar.thumb": ("#4a5470", "#a9b1bd", ""),
    "valid": ("#9ece6a", "#2f6f1f", ""),
    "invalid": ("#f7768e", "#b3261e", "bold"),
    "bar": ("#16181f on #7aa2f7", "#ffffff on #2a5db0", "reverse"),
    "bar.rest": ("on #242836", "on #e4e5e2", ""),
}


class Palette:
    """The styles of one look, by role, each with the ground that it stands on."""

    def __init__(self, theme: Theme, look: int) -> None:
        ground = Style() if theme.ansi else Style(bgcolor=theme.background)
        self._styles = {role: ground + Style.parse(styles[look]) for role, styles in _ROLES.items()}

    def __getitem__(self, role: str) -> Style:
        return self._styles[role]

    def on(self, ground: str, role: str) -> Style:
        """A role's style on the ground of another."""
        below, style = self._styles[ground], self._styles[role]
        return style + Style(bgcolor=below.bgcolor, reverse=below.reverse)


PALETTES: Final = {theme.name: Palette(theme, look) for look, theme in enumerate((DARK, LIGHT, PLAIN))}

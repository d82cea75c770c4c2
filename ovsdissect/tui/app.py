"""The application: colours, screens, and what all screens share. Each screen decides its own behaviour."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from typing import Any, Final

from textual import events
from textual.app import App, SystemCommand
from textual.driver import Driver
from textual.screen import Screen

from ovsdissect.text.screen import escape
from ovsdissect.tui.columns import Look
from ovsdissect.tui.dialogs import Page
from ovsdissect.tui.driver import sparing
from ovsdissect.tui.events import Analysed, ShowFilter, ShowMessage
from ovsdissect.tui.filterbar import History
from ovsdissect.tui.help import all_keys, help_lines
from ovsdissect.tui.keyorder import Followed, KeyOrder
from ovsdissect.tui.keys import Key, bindings, shown
from ovsdissect.tui.palette import DARK, LIGHT, OTHERS, PALETTES, PLAIN, SIXTEEN, SIXTEEN_LIGHT, THEMES, Palette
from ovsdissect.tui.screens import opened
from ovsdissect.tui.screens.capture import CaptureScreen
from ovsdissect.tui.session import Session
from ovsdissect.tui.settings import SettingsFile
from ovsdissect.tui.source import Source

KEYS: Final = (
    Key("D", "dark", "Dark or light", "Look"),
    Key("question_mark,f1", "help", "This help", "Out"),
    Key("ctrl+p", "command_palette", "All commands by name", "Out"),
    Key("ctrl+z", "suspend_process", "Suspend to the shell; `fg` returns", "Out"),
    Key("q,ctrl+q,ctrl+c", "quit", "Quit", "Out"),
)


class OvsDissect(App[None]):
    """ovsdissect's interface.

    text: the display filter.  everything: show other netlink messages, too.  kept: the settings.  sixteen: the terminal has at most 16
    colours.  light: its ground is light.
    """

    TITLE = "ovsdissect"
    BINDINGS = [*bindings(KEYS), *bindings(screen.key for screen in opened().values())]  # noqa: RUF012 - Textual's own form
    ENABLE_COMMAND_PALETTE = True
    CSS = """
    CommandPalette > Vertical { background: $surface; }
    CommandPalette #--input { background: $surface; border: round $primary; }
    CommandPalette SearchIcon { display: none; }
    CommandPalette > .command-palette--help-text { text-style: none; }
    Input > .input--placeholder { color: $foreground 75%; }
    Input > .input--selection { background: $primary 30%; }
    CommandPalette CommandList { background: $surface; color: $foreground; border: round $primary; scrollbar-size-vertical: 1; }
    CommandPalette CommandList { scrollbar-color: $primary; scrollbar-background: $surface; scrollbar-color-hover: $accent; }
    """

    def __init__(
        self,
        source: Source,
        *,
        look: Look | None = None,
        text: str = "",
        everything: bool = False,
        kept: SettingsFile | None = None,
        history: History | None = None,
        sixteen: bool = False,
        light: bool = False,
    ) -> None:
        plain = "NO_COLOR" in os.environ
        self._kept = kept or SettingsFile(None)
        settings = self._kept.settings
        wanted = PLAIN if plain else next((theme for theme in THEMES if theme.name == settings.theme), LIGHT if light else DARK)
        if sixteen and not wanted.ansi:
            wanted = SIXTEEN if wanted.dark else SIXTEEN_LIGHT
        super().__init__(ansi_color=True if wanted.ansi else None)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._begun = wanted.name
        self.session = Session(source, look or Look(), settings, text, everything)
        keys = tuple(screen.key for screen in opened().values())
        self.capture = CaptureScreen(self.session, self.palette, history or History(None), keys)
        self.session.analysed = lambda: self.post_message(Analysed()) if self.is_running else None
        self._order = KeyOrder(self, super().on_event, self.capture.ready)

    def palette(self) -> Palette:
        """The current styles."""
        return PALETTES.get(self.theme) or PALETTES[DARK.name]

    def get_driver_class(self) -> type[Driver]:
        return sparing(super().get_driver_class())

    def get_default_screen(self) -> Screen[Any]:
        return self.capture

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, (events.Key, events.MouseEvent)):
            self.session.source.give_way()
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self._order.take(event)
        else:
            await super().on_event(event)

    async def on_followed(self, event: Followed) -> None:
        await self._order.followed()

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                number = getattr(signal, name)
                asyncio.get_running_loop().add_signal_handler(number, self._end, number)

    def on_ready(self) -> None:
        self._order.begin()

    def _end(self, number: int) -> None:
        """End the program for a signal as any other program would end."""
        self.exit(return_code=128 + number)

    def on_unmount(self) -> None:
        settings, pane = self.session.settings, self.capture.list_pane
        settings.columns = [column.name for column in pane.columns] if pane.columns_chosen else settings.columns
        settings.time = self.session.look.time
        if self.theme != self._begun:
            settings.theme = self.theme
        self._kept.keep()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The lines of the command palette: the rows of all keys except those that only move the cursor."""
        for key, action in all_keys(KEYS):
            if key.head not in ("Move", "") and key.action != "command_palette":
                yield SystemCommand(key.text, f"key {shown(key.keys)}", lambda action=action: self.call_later(self._do, action))

    async def _do(self, action: str) -> None:
        target = self.focused or self.screen
        for node in target.ancestors_with_self:
            if any(binding.action == action for _, binding in node._bindings):
                await self.run_action(action, node)
                return

    def action_open(self, name: str) -> None:
        """Open a screen over the capture screen, or close it if it is open."""
        made = opened()[name].make
        if len(self.screen_stack) > 1 and self.screen.name == name:
            self.pop_screen()
            return
        self._close()
        screen = made(self.session)
        screen._name = name
        self.push_screen(screen)

    def action_help(self) -> None:
        self.push_screen(Page("Keys", help_lines(KEYS)))

    def action_dark(self) -> None:
        if self.theme == PLAIN.name:
            self.capture.say("NO_COLOR is set", "dim")
            return
        self.theme = OTHERS[self.theme]
        self.capture.recolour()

    def on_analysed(self, event: Analysed) -> None:
        for screen in self.screen_stack:
            analysed = getattr(screen, "analysed", None)
            if analysed is not None:
                analysed()

    def on_show_message(self, event: ShowMessage) -> None:
        self._close()
        self.capture.leap(self.session.store.line(event.number), why=event.why)

    def on_show_filter(self, event: ShowFilter) -> None:
        before = self.session.text
        self._close()
        if self.capture.apply(event.text):
            self.session.back = (event.back, before)

    def _close(self) -> None:
        """Close all screens over the capture screen."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def say(self, text: str, role: str = "text") -> None:
        """Show a notice in the bar of the capture screen."""
        self.capture.say(escape(text), role)


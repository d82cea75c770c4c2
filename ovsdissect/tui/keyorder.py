"""Keys take effect one after the other: the next one waits until what the one before opened can be typed into, or has found a message.

A terminal may send many keys at once, when a text is pasted or the connection is slow.  Textual passes each on at once, by the focus of
that moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from textual import events
from textual.app import App
from textual.message import Message

TRIPS: Final = 3  # from the focused widget up to the application: a key's consequences take two
WAIT: Final = 0.005
PATIENCE: Final = 200  # waits for a screen to take the focus, or for a filter's first message


class Followed(Message):
    """Goes the way of a key behind it."""


class KeyOrder:
    """The keys that wait, at first until begin() is called.

    forward: how the application passes an event on.  ready: whether there is something that a key can be about.
    """

    def __init__(self, app: App[Any], forward: Callable[[events.Event], Awaitable[None]], ready: Callable[[], bool]) -> None:
        self._app, self._forward, self._ready = app, forward, ready
        self._waiting: deque[events.Event] = deque()
        self._busy = True
        self._trips = 0
        self._waits = 0

    async def take(self, event: events.Event) -> None:
        """The next key, or pasted text; Esc stops the wait."""
        if isinstance(event, events.Key) and event.key == "ctrl+j":  # Enter, typed before the terminal was told to leave it as it is
            event = events.Key("enter", "\r")
        if self._busy and not (isinstance(event, events.Key) and event.key == "escape" and not self._ready() and not self._waiting):
            self._waiting.append(event)
        else:
            await self._pass_on(event)

    def begin(self) -> None:
        """The first screen is there."""
        self._follow()

    async def _pass_on(self, event: events.Event) -> None:
        self._busy, self._trips, self._waits = True, 0, 0
        await self._forward(event)
        self._follow()

    def _follow(self) -> None:
        (self._app.focused or self._app.screen).post_message(Followed())

    async def followed(self) -> None:
        """The message behind the last key came to the application."""
        self._trips += 1
        if self._trips < TRIPS:
            self._follow()
        elif (self._app.focused is None or not self._ready()) and self._waits < PATIENCE:
            self._waits += 1
            self._app.set_timer(WAIT, self._follow)
        elif self._waiting:
            await self._pass_on(self._waiting.popleft())
        else:
            self._busy = False

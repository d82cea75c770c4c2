"""Keys take effect one after the other: each waits until the dialog that the previous one opened is ready, or its message was found.

A terminal may send many keys at once, when a text is pasted or the connection is slow.  Textual forwards each at once,
according to the focus at that moment.
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
    """Follows a key through the event queue."""


class KeyOrder:
    """The queue of keys; it is held until begin() is called.

    forward: passes an event to the application.  ready: whether there is a message to which a key can apply.
    """

    def __init__(self, app: App[Any], forward: Callable[[events.Event], Awaitable[None]], ready: Callable[[], bool]) -> None:
        self._app, self._forward, self._ready = app, forward, ready
        self._waiting: deque[events.Event] = deque()
        self._busy = True
        self._trips = 0
        self._waits = 0

    async def take(self, event: events.Event) -> None:
        """Add a key or pasted text; Esc ends the wait."""
        if isinstance(event, events.Key) and event.key == "ctrl+j":  # Enter, typed before the terminal was told to leave it as it is
            event = events.Key("enter", "\r")
        if self._busy and not (isinstance(event, events.Key) and event.key == "escape" and not self._ready() and not self._waiting):
            self._waiting.append(event)
        else:
            await self._pass_on(event)

    def begin(self) -> None:
        """The first screen is ready."""
        self._follow()

    async def _pass_on(self, event: events.Event) -> None:
        self._busy, self._trips, self._waits = True, 0, 0
        await self._forward(event)
        self._follow()

    def _follow(self) -> None:
        (self._app.focused or self._app.screen).post_message(Followed())

    async def followed(self) -> None:
        """The message that follows the last key reached the application."""
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

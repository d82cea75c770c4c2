"""What the names of one datapath's ports make of a list's texts, while they are what they are; each text is made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from ovsdissect.dissect.generations import Remembered
from ovsdissect.families import OVS_FLOW
from ovsdissect.grammar import Family
from ovsdissect.odp.actions import actions_text
from ovsdissect.text.rows import datapath_name, port_name
from ovsdissect.text.screen import escape
from ovsdissect.text.summary import Body, actions_part
from ovsdissect.text.values import Scope

TEXTS: Final = 2048  # of each kind, in each of two generations

# the payloads of a message and its datapath's names -> the port's cell, the summary
Say = Callable[[Sequence[bytes], "Names"], tuple[str, str]]


class Payloads(Protocol):
    """What a payload says under some names, by its tree; Refused where that has a problem."""

    def attribute(self, family: Family, name: str, scope: Scope, show: Callable[[Body], str], payload: bytes) -> str:
        """The text of one top attribute."""

    def pieces(self, payload: bytes) -> list[bytes]:
        """The attributes of a list."""

    def reason(self, scope: Scope, payload: bytes | None) -> str:
        """Why a packet was sent up, by its cookie."""


class Names:
    """A datapath under the names of some time: what its column says, and the texts that hold names.

    column: its name.  ports: what the port's column says, by number, "" for none.  names: the ports in a flow's text.
    """

    def __init__(self, brief: Payloads, datapath: int, scope: Scope, cell: Callable[[str, str], str]) -> None:
        """cell: makes a column's cell of the column's name and the text."""
        self.scope = scope
        self.column = cell("datapath", datapath_name(datapath, scope))
        self.cell = cell
        self.ports: Remembered[int | None, str] = Remembered(self._port, TEXTS)
        self.names: Remembered[int, str] = Remembered(self._name, TEXTS)
        self.actions: Remembered[bytes, str] = Remembered(self._actions, TEXTS)
        self.action: Remembered[bytes, str] = Remembered(partial(brief.attribute, OVS_FLOW, "actions", self.scope, _action), TEXTS)
        self.pieces = brief.pieces
        self.reasons: Remembered[bytes | None, str] = Remembered(partial(brief.reason, self.scope), TEXTS)
        self.told: Remembered[tuple[Say, tuple[bytes, ...]], tuple[str, str]] = Remembered(self._told, TEXTS)

    def _port(self, number: int | None) -> str:
        return self.cell("port", "" if number is None else port_name(number, self.scope))

    def _name(self, number: int) -> str:
        names = self.scope.ports
        return str(number) if names is None else escape(names.get(number, str(number)))

    def _actions(self, payload: bytes) -> str:
        """A list of actions is put together of its actions, which come again in other lists."""
        return actions_part(",".join([self.action[one] for one in self.pieces(payload) or [b""]]))

    def _told(self, asked: tuple[Say, tuple[bytes, ...]]) -> tuple[str, str]:
        say, payloads = asked
        return say(list(payloads), self)


def _action(body: Body) -> str:
    return actions_text(body.attrs["actions"].children, body.source())

"""The kind of a row, for its colour: as in `ovsdissect list`, but probes and expected errors are grey."""

from __future__ import annotations

from typing import Final

from ovsdissect.analysis.errors import EXPECTED
from ovsdissect.api import Message
from ovsdissect.netlink import errno
from ovsdissect.tui.columns import Row

PROBES: Final = ("request.attrs.probe", "request.probe")


def tone(row: Row) -> str:
    """One of text.rows.TONES, or "probe", or "expected" for an error that Open vSwitch provokes."""
    told = row.tone
    if told in ("flow", "execute") and _probe(row.message):
        return "probe"
    return "expected" if told in ("error", "control") and harmless(row.message) else told


def harmless(message: Message) -> bool:
    """Whether an error is one that ovs-vswitchd provokes and expects."""
    request, number = message.request, message.error.get("number")
    if request is None or message.family is None or message.cmd is None or not isinstance(number, int):
        return False
    known = EXPECTED.get((message.family, message.cmd, errno.name(-number)))
    return (known is not None and known.harmless) or any(path in PROBES for path, _ in message.walk())


def _probe(message: Message) -> bool:
    return message.attrs is not None and message.attrs.child("probe") is not None

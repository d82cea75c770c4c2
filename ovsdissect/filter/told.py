"""Fields of a message that later messages tell: the outcome of an upcall, which upcall is answered, how long a flow lived.

They are declared here. The values come from the reader of the capture (Message.ahead), if it can look ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ovsdissect.dissect.message import Message
from ovsdissect.filter.types import BOOL, DURATION, UINT, Type

# the classes of ovsdissect.analysis.answers, which is to the right of this room; a test compares the two
ANSWERS: Final = (
    *("none", "execute", "drop", "execute-refused", "sub-execute"),
    *("flow", "flow+execute", "flow+drop", "flow+execute-refused", "flow+sub-execute"),
    *("refused", "refused+execute", "refused+drop", "refused+execute-refused", "refused+sub-execute"),
)
WHYS: Final = (
    *("early", "late", "deleted", "not-put", "drop", "consumed", "not-due"),
    *("cut", "capture-end", "unexplained"),
)


class ToldField(NamedTuple):
    """A field: name, type, description."""

    name: str
    type: Type
    doc: str


FIELDS: Final = (
    ToldField("upcall.answer", Type("text", "text", words=ANSWERS, open=False), "What became of an upcall's flow and packet."),
    ToldField("upcall.why", Type("text", "text", words=WHYS, open=False), "Why an upcall's answer lacks a part."),
    ToldField("upcall.latency", DURATION, "Time from an upcall to its EXECUTE, or else to the put of its flow."),
    ToldField("upcall.flow", UINT, "Number of the put that answers an upcall."),
    ToldField("upcall.execute", UINT, "Number of the EXECUTE that answers an upcall."),
    ToldField("upcall.of", UINT, "Number of the upcall that a put or an EXECUTE answers."),
    ToldField("upcall.duplicate", BOOL, "Whether the flow was put for another MISS with the same key."),
    ToldField("flow.put_by", UINT, "In the put and the deletion of a flow: number of the upcall that it was put for."),
    ToldField("flow.lifetime", DURATION, "In the put and the deletion of a flow: time between them."),
)

NAMES: Final = frozenset(field.name for field in FIELDS)


def reader(name: str) -> Callable[[Message], Any]:
    """Return a function that reads a field of a message, which gives None if the message lacks it or nobody can look ahead."""

    def read(message: Message) -> Any:
        told = message.ahead
        return None if told is None or message.number is None else told(message.number).get(name)

    return read

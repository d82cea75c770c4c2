"""Errors, acknowledgements and ends of dumps come again: what two of them have in common whose lines differ by numbers and times alone."""

from __future__ import annotations

from typing import Final

from ovsdissect.dissect.message import Request
from ovsdissect.grammar import ByteOrder
from ovsdissect.netlink.headers import NLMSG_DONE, NLMSG_ERROR

ANSWERS: Final = (NLMSG_ERROR, NLMSG_DONE)
ANSWERS_KEPT: Final = 256


def likeness(order: ByteOrder, protocol: int, kind: int, data: bytes, start: int, end: int, request: Request | None) -> tuple[object, ...]:
    """What the line of an answer follows from, but for numbers and times.

    Not the sequence numbers and portids, their own and those of the request's echoed header, which no line shows.
    """
    echo = slice(start + 28, start + 36) if kind == NLMSG_ERROR else slice(start + 16, start + 16)
    asked = None
    if request is not None:
        asked = (
            request.number is None,
            request.type,
            request.family,
            request.cmd and request.cmd.number,
            request.body[:8],
            request.body[16:],
        )
    return order, protocol, start, end, len(data), data[start : start + 8], data[start + 16 : echo.start], data[echo.stop : end + 3], asked

"""The class of an upcall: the outcome for its flow and its packet, and the explanation of a missing part."""

from __future__ import annotations

from typing import Final, NamedTuple

from ovsdissect.analysis.actions import CUT
from ovsdissect.analysis.exchange import EARLY, LATE, WAITING, Open
from ovsdissect.analysis.pairing import Pairing
from ovsdissect.families.cookies import COOKIE_TYPES, SLOW_PATH_REASONS

CAPTURE_END_NS: Final = 1_000_000_000
EEXIST: Final = 17

# cookies after which no answer is due; releases before 3.5 do not answer a slow path that consumed its packet
NOT_DUE: Final = ("slow_path", "sflow", "ipfix", "flow_sample", "controller")

FLOW_WORDS: Final = ("", "flow", "refused")
PACKET_WORDS: Final = ("", "execute", "drop", "execute-refused", "sub-execute")
# every answer, by its two parts
ANSWERS: Final = {
    (flow, packet): "+".join(word for word in (flow, packet) if word) or "none" for flow in FLOW_WORDS for packet in PACKET_WORDS
}
WHYS: Final = (
    *("early", "late", "deleted", "not-put", "drop", "consumed", "not-due"),
    *("cut", "capture-end", "unexplained"),
)


class Sort(NamedTuple):
    """What upcalls are counted by."""

    cmd: str
    answer: str
    why: str | None
    reason: str | None
    slow_path: tuple[str, ...] | None


PLAIN: Final = Sort("miss", "flow+execute", None, None, None)


class End(NamedTuple):
    """What is known of the capture's end when an upcall is final. time_ns: of the last message so far; ended: no more messages follow."""

    time_ns: int
    ended: bool


def reason(upcall: Open) -> str | None:
    """Return the purpose of an ACTION's userspace action."""
    kind = upcall.fact.reason
    name = None if upcall.miss or kind is None else COOKIE_TYPES.get(kind)
    return name if name in NOT_DUE else None


def slow_path_names(bits: int) -> tuple[str, ...]:
    """Return the names of slow path reasons, in the order of their bits."""
    return tuple(name for bit, name in SLOW_PATH_REASONS.items() if bits & bit)


def slow_path(upcall: Open) -> tuple[str, ...] | None:
    """Return the reasons of the slow path that an upcall takes, or that its put makes later packets take."""
    if not upcall.miss:
        return slow_path_names(upcall.fact.slow_path) if reason(upcall) == "slow_path" else None
    bits = upcall.put.actions.slow_path if upcall.put is not None else None
    return None if bits is None else slow_path_names(bits)


def sort(upcall: Open, pairing: Pairing | None, end: End) -> Sort:
    """Return the class of a final upcall; pairing: its datapath's, None if truncation prevents any pairing."""
    put, execute = upcall.put, upcall.execute
    if put is not None and execute is not None and not (put.error or execute.error or execute.drop) and put.actions.slow_path is None:
        return PLAIN  # nearly all
    flow = "" if put is None else "refused" if put.error not in (0, EEXIST) else "flow"
    if execute is not None:
        packet = "execute-refused" if execute.error else "drop" if execute.drop else "execute"
    else:
        packet = "" if upcall.subs is None else "sub-execute"
    cmd = "miss" if upcall.miss else "action"
    return Sort(cmd, ANSWERS[flow, packet], _why(upcall, flow, packet, pairing, end), reason(upcall), slow_path(upcall))


def _why(upcall: Open, flow: str, packet: str, pairing: Pairing | None, end: End) -> str | None:
    if packet and (flow or not upcall.miss):
        return None
    if packet:
        return _not_put(upcall, pairing)
    if upcall.put is not None:
        actions = upcall.put.actions
        if actions.drop:
            return "drop"
        if actions.slow_path is not None:
            return "consumed"
    if reason(upcall) is not None:
        return "not-due"
    if upcall.fact.cut or (upcall.put is not None and upcall.put.actions is CUT):
        return "cut"
    last_ns = upcall.time_ns if upcall.put is None else upcall.put.time_ns
    return "capture-end" if end.ended and end.time_ns - last_ns < CAPTURE_END_NS else "unexplained"


def _not_put(upcall: Open, pairing: Pairing | None) -> str:
    """Return why a MISS that was answered got no put."""
    if upcall.sort == EARLY:
        return "early"
    if upcall.sort == LATE:
        return "late"
    if upcall.deleted_ns is not None:
        return "early" if upcall.sort == WAITING else "deleted"
    return "early" if upcall.sort == WAITING and pairing is not None and pairing.followed(upcall) else "not-put"

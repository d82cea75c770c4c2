"""What the rules need to know of a list of actions: whether it drops, whether it takes the slow path, and where it recirculates to."""

from __future__ import annotations

from typing import Final

from ovsdissect.analysis.read import SLOW_PATH_TYPE, cookie, payloads
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families.actions import ACTIONS, CHECK_PKT_LEN, DEC_TTL, SAMPLE, USERSPACE
from ovsdissect.grammar.attrs import attributes
from ovsdissect.grammar.wire import MalformedError

REMEMBERED: Final = 4096
DEEPEST: Final = 32

_DROP, _RECIRC, _USERSPACE, _CLONE = (ACTIONS.by_name[name].number for name in ("drop", "recirc", "userspace", "clone"))
_USERDATA: Final = USERSPACE.by_name["userdata"].number
# actions that hold lists of actions, with the attribute numbers of these lists
_NESTS: Final = {
    ACTIONS.by_name[name].number: tuple(attrs.by_name[part].number for part in parts.split())
    for name, attrs, parts in (
        ("sample", SAMPLE, "actions"),
        ("check_pkt_len", CHECK_PKT_LEN, "actions_if_greater actions_if_less_equal"),
        ("dec_ttl", DEC_TTL, "action"),
    )
}


class Actions:
    """drop: the list is empty or holds only explicit drops. slow_path: the reasons of the first userspace action for the slow path, as
    bits; None without one. recircs: the recirculation ids.
    """

    __slots__ = ("drop", "recircs", "slow_path")

    def __init__(self, drop: bool, slow_path: int | None, recircs: tuple[int, ...]) -> None:
        self.drop, self.slow_path, self.recircs = drop, slow_path, recircs


CUT: Final = Actions(False, None, ())  # nothing is known of a list that the capture lacks


class Lists:
    """Analyses lists of actions; a list that was seen recently is not analysed again."""

    def __init__(self) -> None:
        self._known: dict[ByteOrder, dict[bytes, Actions]] = {"little": {}, "big": {}}

    def of(self, data: bytes | None, order: ByteOrder) -> Actions:
        """Analyse the payload of ACTIONS; None (the message has none) also means drop."""
        known = self._known[order]
        found = known.get(data or b"")
        if found is None:
            if len(known) >= REMEMBERED:
                known.clear()
            found = known[data or b""] = actions(data or b"", order)
        return found


def actions(data: bytes, order: ByteOrder) -> Actions:
    """Analyse a list of actions."""
    slow_path: list[int] = []
    recircs: list[int] = []
    drop = _walk(data, order, slow_path, recircs, 0)
    return Actions(drop, slow_path[0] if slow_path else None, tuple(recircs))


def _walk(data: bytes, order: ByteOrder, slow_path: list[int], recircs: list[int], depth: int) -> bool:
    drop = True
    try:
        for number, _flags, start, end, _padding in attributes(data, order):
            drop = drop and number == _DROP
            if number == _RECIRC and end - start >= 4:
                recircs.append(int.from_bytes(data[start : start + 4], order))
            elif number == _USERSPACE:
                kind, reasons = cookie(payloads(data[start:end], order).get(_USERDATA, b""), order)
                if kind == SLOW_PATH_TYPE:
                    slow_path.append(reasons)
            elif depth < DEEPEST:
                if number == _CLONE:
                    _walk(data[start:end], order, slow_path, recircs, depth + 1)
                elif number in _NESTS:
                    inside = payloads(data[start:end], order)
                    for part in _NESTS[number]:
                        _walk(inside.get(part, b""), order, slow_path, recircs, depth + 1)
    except MalformedError:
        pass  # what precedes counts
    return drop

"""A filter as far as the kind of a message decides it: what is left open is an expression over what the lane knows of the message.

The expression is a bound: where it is false, the filter does not let the message pass; where it is true, it may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, cast

from ovsdissect.dissect.lane import Kind
from ovsdissect.dissect.message import Message
from ovsdissect.filter.compiler import Compiled
from ovsdissect.filter.fields import HEADER, TREE
from ovsdissect.filter.gather import Selection
from ovsdissect.filter.needles import search
from ovsdissect.filter.reading import Reading
from ovsdissect.netlink.framing import Frame
from ovsdissect.netlink.numbers import FIRST

TRUE, FALSE = "True", "False"

# what a header's field is of a writer's arguments; each message has exactly one
_LIMIT: Final = f"limit if place else limit - start + {FIRST}"
_VALUES: Final = {
    "number": "number",
    "record": "record",
    "index": "place",
    "nlmsg.len": "end - start",
    "nlmsg.seq": "seq",
    "nlmsg.pid": "pid",
    "frame.len": _LIMIT,
    "frame.cap_len": _LIMIT,
}
_DATAPATH: Final = "dp_ifindex"


class Bounds(NamedTuple):
    """Two expressions: most is true of every message that passes, least of none that does not.

    deep: what is left open wants the message's tree, or its context.
    """

    least: str
    most: str
    deep: bool = False

    @property
    def exact(self) -> bool:
        """Whether the expression is the answer."""
        return self.least == self.most


class UndecidedError(Exception):
    """A kind does not say that of its messages."""


class _Open:
    """A value that every message of a kind has, and each its own."""

    def _undecided(self, *_: object) -> Any:
        raise UndecidedError

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __and__ = __rand__ = __add__ = __radd__ = __bool__ = __index__ = _undecided
    __hash__ = None  # type: ignore[assignment]


_OPEN: Final = cast(Any, _Open())


class Typical(Message):
    """A message as far as its kind tells it; whatever else is asked of it raises UndecidedError."""

    __slots__ = ("_version",)

    def __init__(self, kind: Kind) -> None:
        self.protocol, self.order = kind.protocol, kind.order
        if not kind.control:
            self.kind = "message"
        self.family, self.cmd, self.name, self._version = kind.family, kind.command, kind.name, kind.version
        self.number = self.record = self.index = _OPEN
        self.frame = Frame(_OPEN, _OPEN, _OPEN, _OPEN, kind.type, kind.flags, _OPEN, _OPEN)
        if kind.request:
            self.request = None

    def __getattr__(self, name: str) -> Any:
        raise UndecidedError

    @property
    def version(self) -> int | None:
        """The family's version as sent."""
        return self._version if self.cmd else None


class Narrowing:
    """A filter's conditions narrowed to kinds; `space` holds what the expressions name."""

    def __init__(self, selection: Selection) -> None:
        self.space: dict[str, Any] = {}
        self._selection = selection
        self._names: dict[object, str | None] = {}

    def bounds(self, condition: Compiled, kind: Kind) -> Bounds:
        """The bounds of a condition for messages of a kind."""
        if condition.join == "not":
            inner = self.bounds(condition.parts[0], kind)
            return Bounds(_negated(inner.most), _negated(inner.least), inner.deep)
        if condition.join:
            return _joined(condition.join, [self.bounds(part, kind) for part in condition.parts])
        try:
            passes = condition.test(Reading(Typical(kind), self._selection))
        except UndecidedError:
            return self._open(condition, kind)
        return Bounds(TRUE, TRUE) if passes else Bounds(FALSE, FALSE)

    def _open(self, condition: Compiled, kind: Kind) -> Bounds:
        """The bounds of a condition without parts that the kind does not decide."""
        clue = condition.clue
        if clue is not None and condition.cost == HEADER:
            value = _value(clue.field.name, kind)
            check = self._named(condition.test, lambda: clue.checks(clue.field.types[0]))
            if value is not None and check is not None:
                return Bounds(f"{check}({value})", f"{check}({value})")
        elif clue is not None and condition.cost != TREE and kind.family is not None:
            family, order = kind.family.name, kind.order
            found = self._named((condition.test, family, order), lambda: search(clue, family, order))
            if found is not None:
                return Bounds(FALSE, f"{found}(data, start, end)")
        return Bounds(FALSE, TRUE, condition.cost == TREE)

    def _named(self, key: object, make: Callable[[], object]) -> str | None:
        """The name of a function that is made once for a key; None where it is None."""
        if key not in self._names:
            value = make()
            name = self._names[key] = None if value is None else f"test{len(self.space)}"
            if name is not None:
                self.space[name] = value
        return self._names[key]


def _value(name: str, kind: Kind) -> str | None:
    """The expression for a field of the headers; None where there is none, or where not every message has it."""
    if kind.family is not None and name in (_DATAPATH, f"{kind.family.name}.{_DATAPATH}"):
        return "datapath"
    return _VALUES.get(name)


def _negated(expression: str) -> str:
    if expression in (TRUE, FALSE):
        return FALSE if expression == TRUE else TRUE
    return f"(not {expression})"


def _joined(join: str, parts: list[Bounds]) -> Bounds:
    """Bounds joined by and, or; what decides the whole leaves nothing open."""
    word, decisive = (" and ", FALSE) if join == "all" else (" or ", TRUE)
    joined = []
    for expressions in ([part.least for part in parts], [part.most for part in parts]):
        left = [one for one in dict.fromkeys(expressions) if one not in (TRUE, FALSE)]
        if decisive in expressions:
            joined.append(decisive)
        elif not left:
            joined.append(FALSE if decisive == TRUE else TRUE)
        else:
            joined.append(left[0] if len(left) == 1 else f"({word.join(left)})")
    least, most = joined
    return Bounds(least, most, least != most and any(part.deep for part in parts))

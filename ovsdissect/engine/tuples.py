"""Rows of columns as tuples of Python objects, in the shape that the caller gives: what the analyses read."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import ANSWER
    from ovsdissect.engine.columncodes import (
        BYTES_ITEM,
        CALLED,
        CONSTANT,
        DIGEST_ITEM,
        ITEM,
        NESTED,
        OF_HOST,
        OR_EMPTY,
        OR_ZERO,
        ORDER_ITEM,
        SIGNED_ITEM,
        TRUTH,
        UNSIGNED_ITEM,
    )
    from ovsdissect.engine.columns import Columns

_REQUEST = cython.declare(cython.int, 0x1)
_LONGEST = cython.declare(cython.longlong, (1 << 63) - 1)
_LOW = cython.declare(cython.ulonglong, 0xFFFFFFFF)
_ALL = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)


class Shape(NamedTuple):
    """A tuple type and what its items are.

    An item is (a code of columncodes, a column, what else it needs): the object of CONSTANT, the shape of NESTED, the function of CALLED,
    how many NUMBERS_ITEM takes.
    """

    type: type[tuple[Any, ...]]
    items: tuple[tuple[int, int, Any], ...]


class Headers(NamedTuple):
    """The columns that every shape needs."""

    kind: int
    number: int
    type: int
    protocol: int
    conversation: int
    order: int
    time: int
    flags: int


@cython.final
@cython.cclass
class Tuples:
    """The tuples of the rows of some columns, one for each row whose message has a shape.

    requests, replies: the shape of each command of the tables, in a request and in another message; None: no tuple.  others: those of
    messages without a command, by protocol << 16 | type.  last_number, last_time: of the last row that was taken.
    until_number, until_time: rows end before the first that is beyond one of these; ended: there was one.  relative: until_time counts
    from the first message.
    """

    def __init__(
        self,
        columns: Columns,
        headers: Headers,
        requests: Sequence[Shape | None],
        replies: Sequence[Shape | None],
        others: Mapping[int, Shape],
    ) -> None:
        self.columns = columns
        self.kind, self.place, self.type, self.protocol, self.conversation, self.order, self.time, self.flags = headers
        self.objects: list[object] = []
        self.types: list[object] = []
        items, shapes = array("i"), array("i")
        known: dict[Any, int] = {}

        def add(shape: Shape) -> int:
            if shape not in known:
                own = [(op, column, self._extra(op, what, add)) for op, column, what in shape.items]
                known[shape] = len(self.types)
                shapes.extend((len(items) // ITEM, len(own)))
                self.types.append(shape.type)
                for one in own:
                    items.extend(one)
            return known[shape]

        self.by_command = array("i", [-1 if shape is None else add(shape) for shape in (*requests, *replies)])
        self.replies = len(requests)
        self.others = {number: add(shape) for number, shape in others.items()}
        self.items, self.shapes = items, shapes
        self.last_number = self.last_time = 0
        self.until_number = self.until_time = _LONGEST
        self.ended = self.relative = False
        self.halves = memoryview(bytearray(16)).cast("Q")

    def _extra(self, op: int, what: Any, add: Any) -> int:
        if op == NESTED:
            number: int = add(what)
            return number
        if op == CONSTANT or op == CALLED:
            self.objects.append(what)
            return len(self.objects) - 1
        return int(what or 0)

    def begin_at(self, time: int) -> None:
        """A message came at this time: if it is the first, times count from it."""
        if self.relative:
            self.relative = False
            self.until_time += time

    def take(self) -> list[Any]:
        """The tuples of the rows so far, which are gone then."""
        found: list[Any] = []
        n: cython.int
        at: cython.int
        kind: cython.longlong
        shape: cython.int
        if self.relative and self.columns.rows:
            self.begin_at(self.number(0, self.time))
        for n in range(self.columns.rows):
            if self.number(n, self.place) > self.until_number or self.number(n, self.time) > self.until_time:
                self.ended = True
                break
            self.last_number, self.last_time = self.number(n, self.place), self.number(n, self.time)
            kind = self.number(n, self.kind)
            if kind >= 0:
                at = cython.cast(cython.int, kind)
                shape = self.by_command[at if self.number(n, self.flags) & _REQUEST else at + self.replies]
            elif kind == ANSWER:
                shape = -1
            else:
                shape = self.others.get(self.number(n, self.protocol) << 16 | self.number(n, self.type), -1)
            if shape >= 0:
                found.append(self.row(n, shape))
        self.columns.clear()
        return found

    def row(self, row: cython.int, shape: cython.int) -> Any:
        """The tuple of a row."""
        first: cython.int = self.shapes[2 * shape]
        count: cython.int = self.shapes[2 * shape + 1]
        n: cython.int
        if cython.compiled:
            # filled in place: a list between would be copied twice
            made = empty(self.types[shape], count)  # type: ignore[name-defined]  # noqa: F821  # in C: tuples.pxd
            for n in range(count):
                put(made, n, self.item(row, first + n))  # type: ignore[name-defined]  # noqa: F821  # likewise
            return made
        else:
            return tuple.__new__(self.types[shape], [self.item(row, first + n) for n in range(count)])

    def number(self, row: cython.int, column: cython.int) -> cython.longlong:
        """A value of a row."""
        return self.columns.values[row * self.columns.row_step + column * self.columns.column_step]

    def natural(self, row: cython.int, column: cython.int) -> cython.ulonglong:
        """The same without a sign."""
        value: cython.ulonglong = cython.cast(cython.ulonglong, self.number(row, column)) & _ALL
        return value

    def there(self, row: cython.int, column: cython.int) -> cython.bint:
        """Whether a row has a value."""
        return self.columns.valid[row * self.columns.row_step + column * self.columns.column_step] != 0

    def octets(self, row: cython.int, column: cython.int) -> bytes:
        """The bytes of a row."""
        start: cython.int = cython.cast(cython.int, self.number(row, column))
        size: cython.int = cython.cast(cython.int, self.number(row, column + 1))
        if not size:
            return b""
        if cython.compiled:
            last: cython.int = self.columns.bytes[start + size - 1]  # within bounds, and so are those before it
            return cython.cast(cython.p_char, cython.address(self.columns.bytes[start]))[:size] if last >= 0 else b""
        else:
            return bytes(self.columns.bytes[start : start + size])

    def item(self, row: cython.int, i: cython.int) -> Any:
        """One item."""
        op: cython.int = self.items[i * ITEM]
        column: cython.int = self.items[i * ITEM + 1]
        extra: cython.int = self.items[i * ITEM + 2]
        value: cython.ulonglong
        n: cython.int
        if op == CONSTANT:
            return self.objects[extra]
        if op == NESTED:
            return self.row(row, extra)
        if op == ORDER_ITEM:
            return "big" if self.number(row, self.order) else "little"
        if op == OF_HOST:
            value = self.natural(row, column) & _LOW if self.there(row, column) else 0
            return value | cython.cast(cython.ulonglong, self.number(row, self.conversation)) << 32
        if op == CALLED:
            return self.objects[extra](
                self.octets(row, column) if self.there(row, column) else None, "big" if self.number(row, self.order) else "little"
            )
        if op == TRUTH:
            return bool(self.there(row, column))
        if not self.there(row, column):
            return 0 if op == OR_ZERO else b"" if op == OR_EMPTY else None
        if op == SIGNED_ITEM:
            return self.number(row, column)
        if op == UNSIGNED_ITEM or op == OR_ZERO:
            return self.natural(row, column)
        if op == BYTES_ITEM or op == OR_EMPTY:
            return self.octets(row, column)
        if op == DIGEST_ITEM:
            self.halves[0], self.halves[1] = self.natural(row, column), self.natural(row, column + 1)
            if cython.compiled:
                return cython.cast(cython.p_char, cython.address(self.halves[0]))[:16]
            else:
                return bytes(memoryview(self.halves).cast("B"))
        for n in range(extra):
            if not self.there(row, column + n):
                return None
        return tuple([self.natural(row, column + n) for n in range(extra)])

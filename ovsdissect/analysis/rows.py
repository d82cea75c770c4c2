# cython: annotation_typing=True
"""Makes facts from the columns that the engine filled: one fact for each row whose message some rule looks at."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Final

import cython

from ovsdissect.analysis.facts import OFFLOAD, DatapathFact, Fact, FlowFact, PacketFact, VportFact
from ovsdissect.analysis.read import NETLINK_ROUTE, RTM_NEWTFILTER, array_of, cookie, text_of
from ovsdissect.grammar import Command, Family

if not cython.compiled:
    from ovsdissect.analysis.factcolumns import (
        D_NAME,
        D_PIDS,
        D_STATS,
        F_ACTIONS,
        F_BYTES,
        F_CLEAR,
        F_KEY,
        F_KEY_DIGEST,
        F_MASK,
        F_PACKETS,
        F_PROBE,
        F_TCP_FLAGS,
        F_UFID,
        F_UFID_FLAGS,
        F_USED,
        H_CONVERSATION,
        H_DP,
        H_FLAGS,
        H_KIND,
        H_NUMBER,
        H_ORDER,
        H_PID,
        H_PLACE,
        H_PROTOCOL,
        H_RECORD,
        H_SEQ,
        H_SIZE,
        H_TIME,
        H_TYPE,
        P_ACTIONS,
        P_DIGEST,
        P_HASH,
        P_HEAD,
        P_IN_PORT,
        P_KEY,
        P_KEY_DIGEST,
        P_LENGTH,
        P_PROBE,
        P_RECIRC_ID,
        P_TAIL,
        P_UPCALL_PID,
        P_USERDATA,
        V_FAIL,
        V_NAME,
        V_PIDS,
        V_PORT_NO,
        V_SUCCESS,
        V_TYPE,
    )
    from ovsdissect.engine.columns import Columns

# the contents of a message's columns
PACKET: Final = 0
FLOW: Final = 1
DATAPATH: Final = 2
VPORT: Final = 3
NOTHING: Final = 4

_REQUEST = cython.declare(cython.int, 0x1)
_LONGEST = cython.declare(cython.longlong, (1 << 63) - 1)
_LOW = cython.declare(cython.ulonglong, 0xFFFFFFFF)
_ALL = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)
_OFFLOADS = cython.declare(cython.longlong, NETLINK_ROUTE << 16 | RTM_NEWTFILTER)
_OFFLOAD = cython.declare(cython.int, OFFLOAD)
_PACKET = cython.declare(cython.int, PACKET)
_FLOW = cython.declare(cython.int, FLOW)
_DATAPATH = cython.declare(cython.int, DATAPATH)
_VPORT = cython.declare(cython.int, VPORT)


@cython.final
@cython.cclass
class Rows:
    """The facts of the rows of some columns.

    declared: family and command of each kind of row. requests, replies: for each its event, and what its columns hold (PACKET to NOTHING).
    last_number, last_time: of the last row that was taken.
    until_number, until_time: stop before the first row beyond one of these; ended: such a row was found. relative: until_time counts from
    the first message.
    """

    def __init__(
        self,
        columns: Columns,
        declared: Sequence[tuple[Family, Command]],
        requests: Sequence[tuple[int, int]],
        replies: Sequence[tuple[int, int]],
    ) -> None:
        self.columns = columns
        self.families = [family.name for family, _ in declared]
        self.commands = [command.number for _, command in declared]
        self.events = array("i", [one for pair in (*requests, *replies) for one in pair])
        self.replies = len(requests)
        self.last_number = self.last_time = 0
        self.until_number = self.until_time = _LONGEST
        self.ended = self.relative = False
        self.halves = memoryview(bytearray(16)).cast("Q")

    def begin_at(self, time: int) -> None:
        """Note the time of a message: if it is the first, times count from it."""
        if self.relative:
            self.relative = False
            self.until_time += time

    def take(self) -> list[Fact]:
        """Return the facts of the rows so far, and empty the columns."""
        found: list[Fact] = []
        n: cython.int
        if self.relative and self.columns.rows:
            self.begin_at(self.number(0, H_TIME))
        for n in range(self.columns.rows):
            if self.number(n, H_NUMBER) > self.until_number or self.number(n, H_TIME) > self.until_time:
                self.ended = True
                break
            self.last_number, self.last_time = self.number(n, H_NUMBER), self.number(n, H_TIME)
            if self.number(n, H_KIND) >= 0:
                found.append(self.fact(n))
            elif self.number(n, H_PROTOCOL) << 16 | self.number(n, H_TYPE) == _OFFLOADS:
                found.append(self.offload(n))
        self.columns.clear()
        return found

    def fact(self, n: cython.int) -> Fact:
        """Return the fact of a row."""
        kind: cython.int = cython.cast(cython.int, self.number(n, H_KIND))
        at: cython.int = 2 * (kind if self.number(n, H_FLAGS) & _REQUEST else kind + self.replies)
        what: cython.int = self.events[at + 1]
        found: Fact
        if what == _FLOW:
            found = self.flow(n)
        elif what == _PACKET:
            found = self.packet(n)
        else:
            found = Fact.__new__(Fact)
            found.body = self.datapath(n) if what == _DATAPATH else self.vport(n) if what == _VPORT else None
        self.place(found, n)
        found.event, found.family, found.cmd = self.events[at], self.families[kind], self.commands[kind]
        found.seq = cython.cast(cython.uint, self.number(n, H_SEQ))
        found.pid, found.dp = self.of_host(n, H_PID), self.of_host(n, H_DP)
        return found

    def offload(self, n: cython.int) -> Fact:
        """Return the fact of a tc flow on the host."""
        found: Fact = Fact.__new__(Fact)
        self.place(found, n)
        found.event, found.family, found.cmd, found.body = _OFFLOAD, "", None, None
        found.seq = found.pid = found.dp = 0
        return found

    def place(self, found: Fact, n: cython.int) -> cython.int:
        """Set the position and header values of a row's message."""
        found.number, found.record = self.number(n, H_NUMBER), self.number(n, H_RECORD)
        found.place, found.size = cython.cast(cython.int, self.number(n, H_PLACE)), cython.cast(cython.int, self.number(n, H_SIZE))
        found.time_ns = self.number(n, H_TIME)
        found.type, found.flags = cython.cast(cython.int, self.number(n, H_TYPE)), cython.cast(cython.int, self.number(n, H_FLAGS))
        found.order = self.order(n)
        return 0

    def packet(self, n: cython.int) -> PacketFact:
        """Return the fact of an ovs_packet message."""
        found: PacketFact = PacketFact.__new__(PacketFact)
        found.key, found.key_digest = self.octets(n, P_KEY), self.digest(n, P_KEY_DIGEST)
        found.in_port = self.natural(n, P_IN_PORT) if self.there(n, P_IN_PORT) else None
        found.recirc_id = cython.cast(cython.uint, self.natural(n, P_RECIRC_ID)) if self.there(n, P_RECIRC_ID) else 0
        found.packet_digest = self.digest(n, P_DIGEST)
        found.length = cython.cast(cython.int, self.number(n, P_LENGTH)) if self.there(n, P_LENGTH) else 0
        found.head, found.tail = self.octets(n, P_HEAD) or b"", self.octets(n, P_TAIL) or b""
        found.hash = self.natural(n, P_HASH) if self.there(n, P_HASH) else None
        found.actions = self.octets(n, P_ACTIONS)
        found.upcall_pid = cython.cast(cython.uint, self.natural(n, P_UPCALL_PID)) if self.there(n, P_UPCALL_PID) else 0
        found.probe, found.cut = self.there(n, P_PROBE), False
        found.reason, found.slow_path, found.body = None, 0, None
        if self.there(n, P_USERDATA):
            found.reason, found.slow_path = cookie(self.octets(n, P_USERDATA) or b"", self.order(n))
        return found

    def flow(self, n: cython.int) -> FlowFact:
        """Return the fact of an ovs_flow message."""
        found: FlowFact = FlowFact.__new__(FlowFact)
        found.key, found.key_digest = self.octets(n, F_KEY), self.digest(n, F_KEY_DIGEST)
        found.mask, found.actions, found.ufid = self.octets(n, F_MASK), self.octets(n, F_ACTIONS), self.octets(n, F_UFID)
        found.ufid_flags = cython.cast(cython.uint, self.natural(n, F_UFID_FLAGS)) if self.there(n, F_UFID_FLAGS) else 0
        found.probe, found.clear = self.there(n, F_PROBE), self.there(n, F_CLEAR)
        found.counted, found.cut, found.body = True, False, None
        found.packets = self.natural(n, F_PACKETS) if self.there(n, F_PACKETS) else 0
        found.bytes = self.natural(n, F_BYTES) if self.there(n, F_BYTES) else 0
        found.used = self.natural(n, F_USED) if self.there(n, F_USED) else 0
        found.tcp_flags = cython.cast(cython.int, self.number(n, F_TCP_FLAGS)) if self.there(n, F_TCP_FLAGS) else 0
        return found

    def datapath(self, n: cython.int) -> Any:
        """Return the body of an ovs_datapath message."""
        stats = None
        if self.there(n, D_STATS):
            stats = tuple([self.natural(n, D_STATS + i) for i in range(4)])
        return DatapathFact(text_of(self.octets(n, D_NAME)), stats, array_of(self.octets(n, D_PIDS), self.order(n)))

    def vport(self, n: cython.int) -> Any:
        """Return the body of an ovs_vport message."""
        counters = None
        if self.there(n, V_SUCCESS) and self.there(n, V_FAIL):
            counters = (self.natural(n, V_SUCCESS), self.natural(n, V_FAIL))
        return VportFact(
            text_of(self.octets(n, V_NAME)),
            self.natural(n, V_TYPE) if self.there(n, V_TYPE) else None,
            self.natural(n, V_PORT_NO) if self.there(n, V_PORT_NO) else None,
            array_of(self.octets(n, V_PIDS), self.order(n)),
            counters,
        )

    def number(self, row: cython.int, column: cython.int) -> cython.longlong:
        """Return a row's value."""
        return self.columns.values[row * self.columns.row_step + column]

    def natural(self, row: cython.int, column: cython.int) -> cython.ulonglong:
        """Return a row's value as an unsigned number."""
        value: cython.ulonglong = cython.cast(cython.ulonglong, self.number(row, column)) & _ALL
        return value

    def of_host(self, row: cython.int, column: cython.int) -> cython.longlong:
        """Return a 32-bit number combined with its host's conversation, as in Fact.dp."""
        value: cython.ulonglong = self.natural(row, column) & _LOW if self.there(row, column) else 0
        return cython.cast(cython.longlong, value | cython.cast(cython.ulonglong, self.number(row, H_CONVERSATION)) << 32)

    def there(self, row: cython.int, column: cython.int) -> cython.bint:
        """Return whether a row has a value."""
        return self.columns.valid[row * self.columns.row_step + column] != 0

    def order(self, row: cython.int) -> Any:
        """Return the byte order of a row's host."""
        return "big" if self.number(row, H_ORDER) else "little"

    def octets(self, row: cython.int, column: cython.int) -> bytes | None:
        """Return the bytes in a row; None if it has none."""
        if not self.there(row, column):
            return None
        start: cython.int = cython.cast(cython.int, self.number(row, column))
        size: cython.int = cython.cast(cython.int, self.number(row, column + 1))
        if not size:
            return b""
        if cython.compiled:
            last: cython.int = self.columns.bytes[start + size - 1]  # within bounds, and therefore all bytes before it
            return cython.cast(cython.p_char, cython.address(self.columns.bytes[start]))[:size] if last >= 0 else b""
        else:
            return bytes(self.columns.bytes[start : start + size])

    def digest(self, row: cython.int, column: cython.int) -> bytes | None:
        """Return the digest in a row; None if the bytes are absent."""
        if not self.there(row, column):
            return None
        self.halves[0], self.halves[1] = self.natural(row, column), self.natural(row, column + 1)
        if cython.compiled:
            return cython.cast(cython.p_char, cython.address(self.halves[0]))[:16]
        else:
            return bytes(memoryview(self.halves).cast("B"))

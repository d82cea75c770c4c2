"""The busiest second: how many upcalls a datapath, a port, and all together had in the second that ended with an upcall."""

from __future__ import annotations

from collections import deque
from typing import Final

from ovsdissect.analysis.ports import Counters, Port

SECOND_NS: Final = 1_000_000_000
ARP: Final = b"\x08\x06"
IPV6: Final = b"\x86\xdd"
TAGS: Final = (b"\x81\x00", b"\x88\xa8")
KINDS: Final = frozenset((ARP, IPV6, *TAGS))
ICMPV6: Final = 58
ND_TYPES: Final = frozenset(range(133, 138))


class Window:
    """The upcalls of the last second. peak: the maximum."""

    def __init__(self) -> None:
        self.peak = 0
        self._upcalls: deque[tuple[int, Port, Counters, bool]] = deque()

    def count(self, counters: Counters, port: Port, number: int, time_ns: int, head: bytes) -> None:
        """Take an upcall; head: the first bytes of its packet."""
        upcalls, before = self._upcalls, time_ns - SECOND_NS
        neighbour = head[12:14] in KINDS and is_neighbour(head)
        while upcalls and upcalls[0][0] <= before:
            _, other, of, was = upcalls.popleft()
            other.in_window -= 1
            of.in_window -= 1
            if was:
                of.neighbours_in_window -= 1
        upcalls.append((time_ns, port, counters, neighbour))
        port.in_window += 1
        counters.in_window += 1
        if neighbour:
            counters.neighbours_in_window += 1
        if port.in_window > port.peak:
            port.peak = port.in_window
        if counters.in_window > counters.peak:
            if len(upcalls) > self.peak:
                self.peak = len(upcalls)
            counters.busiest(port, number, time_ns)
        elif len(upcalls) > self.peak:
            self.peak = len(upcalls)


def is_neighbour(head: bytes) -> bool:
    """Whether a packet asks for a neighbour: ARP, or IPv6 neighbour discovery without extension headers; also behind VLAN tags."""
    at = 12
    kind = head[at : at + 2]
    while kind in TAGS and at < 20:
        at += 4
        kind = head[at : at + 2]
    if kind == ARP:
        return True
    return kind == IPV6 and len(head) > at + 42 and head[at + 8] == ICMPV6 and head[at + 42] in ND_TYPES

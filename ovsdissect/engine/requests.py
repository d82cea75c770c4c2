"""The requests of one conversation that may still be answered: the compiled form of ovsdissect.dissect.requests, which states the rules.

It keeps the last RING entries in a ring, each linked to the previous one in its hash bucket, and the bytes of requests in a second ring.
An entry is either a request, or a dump's answer whose type differs from that of the latest request; then its number is 0.

Several threads read the requests of a pass that runs ahead of them without copying them. Such a pass has longer rings and replaces them
when they are full, so that no thread ever reads what it overwrites.
"""

from __future__ import annotations

from mmap import ACCESS_COPY, mmap

import cython

if cython.compiled:
    from cython.cimports.libc.string import memcpy
else:
    from ovsdissect.engine.codes import BODIES, BODY, LONGER, RING

# columns of an entry
_KEY = cython.declare(cython.int, 0)  # portid << 32 | sequence number
_SORT = cython.declare(cython.int, 1)  # (netlink protocol << 16 | nlmsg_type) << 32 | command + 16
_NUMBER = cython.declare(cython.int, 2)  # message number; 0: an answer
_PLACE = cython.declare(cython.int, 3)  # offset of its bytes, counted from the first byte ever kept
_LENGTH = cython.declare(cython.int, 4)
_BEFORE = cython.declare(cython.int, 5)  # number of the previous entry in its bucket, + 1

_OLDER = cython.declare(cython.int, 1 << 24)  # slots from this one on are those of the pass ahead
_NEVER = cython.declare(cython.longlong, 1 << 62)


def _key(pid: cython.ulonglong, seq: cython.ulonglong) -> cython.ulonglong:
    return pid << 32 | seq


@cython.final
@cython.cclass
class Requests:
    """The requests of one conversation. noted: the number of entries added so far; written: that of the bytes kept so far.

    older, older_bodies: the rings of the pass ahead, with the entries before `since` and the bytes before `kept`.
    full, full_bodies: the counts at which the rings of a pass ahead must be replaced.
    """

    def __init__(self) -> None:
        self.heads = memoryview(bytearray(8 * RING)).cast("q")
        self.ring, self.bodies = _ring(RING), _bodies(BODIES)
        self.older, self.older_bodies = self.ring, self.bodies
        self.full = self.full_bodies = _NEVER
        self.noted = self.written = self.since = self.kept = 0
        self.forget()

    # Called from Python

    def forget(self) -> None:
        """Forget all requests."""
        i: cython.int
        for i in range(RING):
            self.heads[i] = -1
        self.noted = self.written = self.since = self.kept = 0
        if self.full != _NEVER:
            self.replace()

    def request(self, pid: int, seq: int, protocol: int, kind: int) -> tuple[int, int, bytes] | None:
        """Return the latest request with a portid, sequence number and type; None if there is none.

        (message number, command of the tables or a negative code, its bytes from the nlmsghdr on)
        """
        slot: cython.int = self.find(_key(pid, seq), protocol << 16 | kind)
        if slot < 0:
            return None
        place: cython.longlong = cython.cast(cython.longlong, self.place_of(slot))
        length: cython.int = self.length_of(slot)
        bodies: cython.const[cython.uchar][::1] = self.bodies if place >= self.kept else self.older_bodies
        body: bytes = b""
        if self.written - place <= BODIES:
            first: cython.int = cython.cast(cython.int, place & (bodies.shape[0] - 1))
            body = bytes(bodies[first : min(first + length, bodies.shape[0])])
            if first + length > bodies.shape[0]:
                body += bytes(bodies[: first + length - bodies.shape[0]])
        return self.number_of(slot), self.command_of(slot), body

    def last_type(self, pid: int, seq: int, protocol: int) -> int | None:
        """Return the type of the latest request, or of a dump's latest answer; None if there is neither."""
        slot: cython.int = self.latest(_key(pid, seq), protocol)
        return None if slot < 0 else self.type_of(slot)

    def remember(self, pid: int, seq: int, protocol: int, kind: int, command: int, number: int, body: bytes) -> None:
        """Add a request that the tree read."""
        self.note(_key(pid, seq), protocol << 16 | kind, command, number, body, 0, len(body))

    def speaks(self, pid: int, seq: int, protocol: int, kind: int) -> None:
        """Note a dump's answer that the tree read."""
        self.speak(_key(pid, seq), protocol << 16 | kind)

    def copy(self, spare: Requests | None = None) -> Requests:
        """Return requests that continue from these, which become those of a pass ahead. spare: an object that may be overwritten."""
        other: Requests = Requests() if spare is None else spare
        if self.full == _NEVER:
            self.replace()
        other.heads[:] = self.heads
        other.older, other.older_bodies = self.ring, self.bodies
        other.noted = other.since = self.noted
        other.written = other.kept = self.written
        return other

    def replace(self) -> None:
        """Continue in other, longer rings, with the entries and bytes that may still be asked for."""
        ring: cython.ulonglong[:, ::1] = _ring(LONGER * RING)
        bodies: cython.uchar[::1] = _bodies(LONGER * BODIES)
        at: cython.longlong = self.noted - RING if self.noted > RING else 0
        column: cython.int
        old: cython.int
        new: cython.int
        length: cython.longlong
        while at < self.noted:
            old, new = cython.cast(cython.int, at & (self.ring.shape[0] - 1)), cython.cast(cython.int, at & (LONGER * RING - 1))
            for column in range(6):
                ring[new, column] = self.ring[old, column]
            at += 1
        at = self.written - BODIES if self.written > BODIES else 0
        while at < self.written:
            old, new = cython.cast(cython.int, at & (self.bodies.shape[0] - 1)), cython.cast(cython.int, at & (LONGER * BODIES - 1))
            length = min(self.written - at, self.bodies.shape[0] - old, LONGER * BODIES - new)
            bodies[new : new + length] = self.bodies[old : old + length]
            at += length
        self.ring, self.bodies = ring, bodies
        self.full = self.noted + (LONGER - 1) * RING
        self.full_bodies = self.written + (LONGER - 1) * BODIES

    # Called by the pass

    def note(
        self,
        key: cython.ulonglong,
        sort: cython.uint,
        command: cython.int,
        number: cython.longlong,
        data: cython.const[cython.uchar][::1],
        start: cython.int,
        end: cython.int,
    ) -> cython.int:
        """Add a request; of a long one only the first BODY bytes are kept."""
        length: cython.int = end - start if end - start < BODY else BODY
        place: cython.longlong = self.written
        size: cython.int
        at: cython.int
        first: cython.int
        if place + length > self.full_bodies:
            self.make_room()
        size = cython.cast(cython.int, self.bodies.shape[0])
        at = cython.cast(cython.int, place & (size - 1))
        first = size - at if at + length > size else length
        if length:
            self.keep(at, data, start, first)
        if first < length:
            self.keep(0, data, start + first, length - first)
        self.written += length
        return self.add(key, sort, command, number, place, length)

    def keep(self, at: cython.int, data: cython.const[cython.uchar][::1], start: cython.int, length: cython.int) -> cython.int:
        """Copy at least one byte into the ring of bodies; both ranges must be within bounds."""
        last: cython.uchar = data[start + length - 1]
        if cython.compiled:
            self.bodies[at + length - 1] = last
            memcpy(cython.address(self.bodies[at]), cython.address(data[start]), length)
        else:
            self.bodies[at : at + length] = data[start : start + length]
        return 0

    def speak(self, key: cython.ulonglong, sort: cython.uint) -> cython.int:
        """Note that a dump answers with this type: its DONE then ends a dump of another type than the latest request's."""
        slot: cython.int = self.latest(key, sort >> 16)
        if slot >= 0 and cython.cast(cython.uint, self.cell(slot, _SORT) >> 32) == sort:
            return 0
        return self.add(key, sort, 0, 0, 0, 0)

    def add(
        self,
        key: cython.ulonglong,
        sort: cython.uint,
        command: cython.int,
        number: cython.longlong,
        place: cython.longlong,
        length: cython.int,
    ) -> cython.int:
        """Add an entry."""
        slot: cython.int
        h: cython.int = self.bucket(key)
        if self.noted == self.full:
            self.make_room()
        slot = cython.cast(cython.int, self.noted & (self.ring.shape[0] - 1))
        self.ring[slot, _KEY] = key
        self.ring[slot, _SORT] = cython.cast(cython.ulonglong, sort) << 32 | cython.cast(cython.ulonglong, command + 16)
        self.ring[slot, _NUMBER] = cython.cast(cython.ulonglong, number)
        self.ring[slot, _PLACE] = cython.cast(cython.ulonglong, place)
        self.ring[slot, _LENGTH] = cython.cast(cython.ulonglong, length)
        self.ring[slot, _BEFORE] = cython.cast(cython.ulonglong, self.heads[h] + 1)
        self.heads[h] = self.noted
        self.noted += 1
        return 0

    def make_room(self) -> cython.int:
        """Replace the full rings of a pass ahead."""
        with cython.gil:
            self.replace()
        return 0

    def slot(self, entry: cython.longlong) -> cython.int:
        """Return the slot of an entry."""
        if entry >= self.since:
            return cython.cast(cython.int, entry & (self.ring.shape[0] - 1))
        return _OLDER + cython.cast(cython.int, entry & (self.older.shape[0] - 1))

    def cell(self, slot: cython.int, column: cython.int) -> cython.ulonglong:
        """Return a column of the entry in a slot."""
        return self.ring[slot, column] if slot < _OLDER else self.older[slot - _OLDER, column]

    def bucket(self, key: cython.ulonglong) -> cython.int:
        """Return the hash bucket of a key."""
        key ^= key >> 32
        key *= 0x1E3779B1
        return cython.cast(cython.int, key >> 20 & (RING - 1))

    def find(self, key: cython.ulonglong, sort: cython.uint) -> cython.int:
        """Return the slot of the latest request with a key and sort, -1 if none is kept."""
        at: cython.longlong = self.heads[self.bucket(key)]
        slot: cython.int
        while at >= 0 and at + RING >= self.noted:
            slot = self.slot(at)
            if self.cell(slot, _KEY) == key and cython.cast(cython.uint, self.cell(slot, _SORT) >> 32) == sort and self.number_of(slot):
                return slot
            at = cython.cast(cython.longlong, self.cell(slot, _BEFORE)) - 1
        return -1

    def latest(self, key: cython.ulonglong, protocol: cython.uint) -> cython.int:
        """Return the slot of the latest entry with a key in a protocol, -1 if none is kept."""
        at: cython.longlong = self.heads[self.bucket(key)]
        slot: cython.int
        while at >= 0 and at + RING >= self.noted:
            slot = self.slot(at)
            if self.cell(slot, _KEY) == key and cython.cast(cython.uint, self.cell(slot, _SORT) >> 48) == protocol:
                return slot
            at = cython.cast(cython.longlong, self.cell(slot, _BEFORE)) - 1
        return -1

    def recall(self, slot: cython.int, into: cython.uchar[::1]) -> cython.int:
        """Copy the bytes of a request. Returns their number, -1 if not all of them were kept."""
        length: cython.int = self.length_of(slot)
        place: cython.longlong = cython.cast(cython.longlong, self.place_of(slot))
        if length >= BODY or self.written - place > BODIES:
            return -1
        return self.copied(self.bodies if place >= self.kept else self.older_bodies, place, length, into)

    def copied(
        self, bodies: cython.const[cython.uchar][::1], place: cython.longlong, length: cython.int, into: cython.uchar[::1]
    ) -> cython.int:
        """Copy bytes from a ring of bodies, and return their number."""
        size: cython.int = cython.cast(cython.int, bodies.shape[0])
        at: cython.int = cython.cast(cython.int, place & (size - 1))
        first: cython.int = size - at if at + length > size else length
        last: cython.uchar
        if length == 0:
            return 0
        if cython.compiled:
            last = bodies[at + first - 1]
            into[length - 1] = last
            memcpy(cython.address(into[0]), cython.address(bodies[at]), first)
            if first < length:
                last = bodies[length - first - 1]
                memcpy(cython.address(into[first]), cython.address(bodies[0]), length - first)
        else:
            into[:first] = bodies[at : at + first]
            into[first:length] = bodies[: length - first]
        return length

    def octet(self, slot: cython.int, at: cython.int) -> cython.int:
        """Return a byte of a request, -1 if it was not kept."""
        place: cython.longlong = cython.cast(cython.longlong, self.place_of(slot))
        if at >= self.length_of(slot) or self.written - place > BODIES:
            return -1
        if place < self.kept:
            return self.older_bodies[cython.cast(cython.int, (place + at) & (self.older_bodies.shape[0] - 1))]
        return self.bodies[cython.cast(cython.int, (place + at) & (self.bodies.shape[0] - 1))]

    def number_of(self, slot: cython.int) -> cython.ulonglong:
        """Return an entry's message number; 0 if it is not a request."""
        return self.cell(slot, _NUMBER)

    def command_of(self, slot: cython.int) -> cython.int:
        """Return an entry's command: a number of the tables, or UNKNOWN or BARE of codes.py."""
        return cython.cast(cython.int, self.cell(slot, _SORT) & 0xFFFF) - 16

    def type_of(self, slot: cython.int) -> cython.int:
        """Return an entry's nlmsg_type."""
        return cython.cast(cython.int, self.cell(slot, _SORT) >> 32 & 0xFFFF)

    def place_of(self, slot: cython.int) -> cython.ulonglong:
        """Return the offset of an entry's bytes, counted from the first byte ever kept."""
        return self.cell(slot, _PLACE)

    def length_of(self, slot: cython.int) -> cython.int:
        """Return how many of an entry's bytes were kept."""
        return cython.cast(cython.int, self.cell(slot, _LENGTH))


def _ring(slots: int) -> memoryview:
    """Return a ring of entries, mapped so that memory is used only for the pages that a conversation's requests fill."""
    return memoryview(mmap(-1, 8 * 6 * slots, access=ACCESS_COPY)).cast("B").cast("Q", (slots, 6))


def _bodies(size: int) -> memoryview:
    """Return a ring of bytes, mapped likewise."""
    return memoryview(mmap(-1, size, access=ACCESS_COPY))

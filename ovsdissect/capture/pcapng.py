"""The pcapng format: sections, interfaces with their own clocks, three kinds of packet blocks; unknown blocks are skipped."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.ending import Ending
from ovsdissect.capture.order import message_order
from ovsdissect.capture.record import LONGEST_RECORD, Interface, Notes, Record, Skipped
from ovsdissect.capture.source import Window
from ovsdissect.errors import CaptureError
from ovsdissect.problem import Problem, ProblemKind, counted

SECTION_MAGIC: Final = b"\x0a\x0d\x0d\x0a"
SHORTEST_SECTION_HEADER: Final = 28

_HEAD: Final = 65_536  # bytes at the start of a skipped block that are searched for its header and options

MOST_INTERFACES: Final = 16_384  # of a capture, in all sections: a damaged or hostile file may describe millions

MOST_COMMENTS: Final = 65_536  # of a block
_EACH: Final = 60  # bytes that a text takes besides its characters
_TEXTS: Final = 4 * 1024 * 1024  # bytes of names and comments of all interfaces

LONGEST_TIME: Final = 2**63  # nanoseconds: the clock of a damaged file may exceed this and is then ignored

_INTERFACE, _PACKET, _SIMPLE, _STATISTICS, _ENHANCED, _SECTION = 1, 2, 3, 5, 6, 0x0A0D0D0A
_SHORTEST: Final = {_INTERFACE: 20, _PACKET: 32, _SIMPLE: 16, _STATISTICS: 24, _ENHANCED: 32, _SECTION: SHORTEST_SECTION_HEADER}

_NO_MARK: Final = "a pcapng section header without byte-order mark"
_BYTE_ORDERS: Final[dict[bytes, ByteOrder]] = {b"\x4d\x3c\x2b\x1a": "little", b"\x1a\x2b\x3c\x4d": "big"}

_COMMENT = 1
_IF_NAME, _IF_TSRESOL, _IF_TSOFFSET = 2, 9, 14
_FLAGS, _DROPCOUNT = 2, 4
_UNKNOWN_DROPS: Final = 0xFFFF  # in an obsolete packet block
_ISB: Final = {4: "received", 5: "dropped", 6: "accepted", 7: "os_dropped", 8: "delivered"}


class Clock(NamedTuple):
    """What a packet block needs to know of its interface: ticks * multiplier // divisor + base are nanoseconds since the epoch.

    interface: its index in all sections.
    """

    interface: int
    link_type: int
    snaplen: int
    multiplier: int
    divisor: int
    base: int


class _Layout:
    """The structures of a section in its byte order."""

    def __init__(self, byteorder: ByteOrder) -> None:
        mark = "<" if byteorder == "little" else ">"
        self.byteorder: ByteOrder = byteorder
        self.block = Struct(mark + "II").unpack_from
        self.word = Struct(mark + "I").unpack_from
        self.option = Struct(mark + "HH").unpack_from
        self.enhanced = Struct(mark + "IIIII").unpack_from
        self.packet = Struct(mark + "HHIIII").unpack_from

    def options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield code and value of each option, up to the end mark or to one that does not fit."""
        position = 0
        while position + 4 <= len(data):
            code, length = self.option(data, position)
            position += 4
            if code == 0 or position + length > len(data):
                return
            yield code, data[position : position + length]
            position += (length + 3) & ~3


@dataclass(slots=True)
class Blocks:
    """Bytes of a file. A block begins at `position`; `start` is the offset of the first byte in the file.

    Whoever takes blocks from it sets `position` to the first incomplete block, and adds the number of records before it to `number`.
    """

    data: bytes
    start: int
    position: int
    number: int
    reader: PcapngReader

    @property
    def whole(self) -> bool:
        """Whether the block at the position is complete and readable."""
        length = self.reader.length(self) if self.reader.cut is None else None
        return length is not None and self.position + length <= len(self.data)

    def record(self, position: int, number: int) -> Record:
        """Return the record whose enhanced packet block is at a position."""
        return self.reader.packet(self, position, number)

    def records(self) -> Iterator[Record]:
        """Take the complete records."""
        while self.whole:
            record = self.reader.take(self)
            if record is not None:
                yield record


class PcapngReader:
    """Reads records from a window that is at a section header; raises CaptureError if that is truncated or not a section header.

    told: the order of all messages, None if each record's messages decide. sections: how many there were. byteorders: theirs.
    limit: longer packet blocks are skipped, as is the content of longer blocks of other types.
    """

    format: Final = "pcapng"

    def __init__(
        self, window: Window, ending: Ending, name: str, told: ByteOrder | None = None, limit: int = LONGEST_RECORD
    ) -> None:
        if not window.refill(0, SHORTEST_SECTION_HEADER):
            have = f"{len(window.data)} of {SHORTEST_SECTION_HEADER} bytes{ending.why()}"
            raise CaptureError(f"{name}: cut short inside the pcapng section header, {have}")
        self._layout = _Layout("little")
        self._clocks: list[Clock] = []
        self.told = told
        self.sections = 0
        self.byteorders: set[ByteOrder] = set()
        self.interfaces: list[Interface] = []
        self.cut: Problem | None = None
        self.skipped: list[Skipped] = []
        self._room = _TEXTS
        self._limit = limit
        self._window = window
        self._ending = ending
        wrong = self._start_section(window.data, 0)
        if wrong:
            raise CaptureError(f"{name}: not a capture: {wrong}")

    @property
    def byteorder(self) -> ByteOrder:
        """The byte order of the current section."""
        return self._layout.byteorder

    def records(self) -> Iterator[Record]:
        """Yield every complete record; afterwards `cut` says whether the file was truncated or damaged."""
        for piece in self.stretches():
            yield from piece if isinstance(piece, list) else piece.records()

    def stretches(self) -> Iterator[Blocks | list[Record]]:
        """Yield the blocks as they arrive; a record that is skipped comes separately."""
        window = self._window
        blocks = Blocks(window.data, 0, 0, 0, self)
        while True:
            yield blocks
            need = None if self.cut else self.length(blocks)
            if self.cut:
                return
            if need is not None and need > self._limit:
                if not (yield from self._skip(blocks, need)):
                    return
            elif not window.refill(blocks.position, need or 12):
                self.cut = self._ending.problem(window, need or 12, "a block")
                return
            blocks.data, blocks.start, blocks.position = window.data, window.start, 0

    def length(self, blocks: Blocks) -> int | None:
        """Return the length of the block at the position; None if it has not arrived yet, or is not a block: then `cut` says why."""
        data, position = blocks.data, blocks.position
        if position + 12 > len(data):
            return None
        at = blocks.start + position
        layout = self._layout
        total: int
        kind, total = layout.block(data, position)
        if kind == _SECTION:
            byteorder = _BYTE_ORDERS.get(data[position + 8 : position + 12])
            if byteorder is None:
                self.cut = Problem(ProblemKind.OUT_OF_RANGE, "", at, 12, f"{_NO_MARK}, at byte {at}")
                return None
            layout = _Layout(byteorder)
            total = layout.word(data, position + 4)[0]
        if total < _SHORTEST.get(kind, 12) or total & 3:
            text = f"the block of type {kind:#x} at byte {at} claims {counted(total, 'byte', grouped=True)}"
            self.cut = Problem(ProblemKind.BAD_LENGTH, "", at, 8, text)
            return None
        end = position + total
        if end <= len(data) and layout.word(data, end - 4)[0] != total:
            self.cut = self._unequal(kind, at, total)
            return None
        return total

    def _skip(self, blocks: Blocks, total: int) -> Generator[list[Record], None, bool]:
        """Skip the block at the position, using its first bytes; a packet gives a record without its bytes.

        Returns whether the file can be read after it: else see `cut`.
        """
        window, at = self._window, blocks.start + blocks.position
        window.refill(blocks.position, _HEAD)
        head = window.data[:_HEAD]
        kind = self._layout.block(head, 0)[0]
        missing = window.skip(0, total - 4)
        if missing or not window.refill(0, 4):
            missing += 4 - len(window.data)
            what = f"the block of type {kind:#x} at byte {at} claims {counted(total, 'byte', grouped=True)}"
            self.cut = self._ending.beyond(what, at, 8, missing)
            return False
        layout = _Layout(_BYTE_ORDERS[head[8:12]]) if kind == _SECTION else self._layout
        if layout.word(window.data, 0)[0] != total:
            self.cut = self._unequal(kind, at, total)
            return False
        window.skip(0, 4)
        if kind in (_ENHANCED, _PACKET, _SIMPLE):
            found = self._packet(kind, head, 0, total, blocks.number + 1, at, skipped=True)
            if isinstance(found, Problem):
                self.cut = found
                return False
            blocks.number += 1
            self.skipped.append(Skipped(found.number, total, at, self._limit))
            yield [found]
        elif kind == _SECTION:
            self._start_section(head, 0)
        elif kind == _INTERFACE:
            self._add_interface(head + bytes(4))
        elif kind == _STATISTICS:
            self._keep_statistics(head + bytes(4))
        return True

    @staticmethod
    def _unequal(kind: int, at: int, total: int) -> Problem:
        text = f"the block of type {kind:#x} at byte {at} has two different lengths, at its start and at its end"
        return Problem(ProblemKind.BAD_LENGTH, "", at, total, text)

    def take(self, blocks: Blocks) -> Record | None:
        """Take the complete block at the position. Returns its record, None if it is not a packet or cannot be read: see `cut`."""
        data, position, total = blocks.data, blocks.position, self.length(blocks)
        if total is None:
            return None
        kind = self._layout.block(data, position)[0]
        record: Record | None = None
        if kind == _SECTION:
            self._start_section(data, position)
        elif kind in (_ENHANCED, _PACKET, _SIMPLE):
            found = self._packet(kind, data, position, total, blocks.number + 1, blocks.start)
            if isinstance(found, Problem):
                self.cut = found
                return None
            blocks.number += 1
            record = found
            if record.notes is not None:
                self.interfaces[record.interface].note(record.number, record.notes)
        elif kind == _INTERFACE:
            self._add_interface(data[position : position + total])
        elif kind == _STATISTICS:
            self._keep_statistics(data[position : position + total])
        blocks.position = position + total
        return record

    def packet(self, blocks: Blocks, position: int, number: int) -> Record:
        """Return the record of an enhanced packet block; the position is not changed."""
        found = self._packet(_ENHANCED, blocks.data, position, self._layout.block(blocks.data, position)[1], number, blocks.start)
        assert not isinstance(found, Problem)
        return found

    @property
    def clocks(self) -> list[Clock]:
        """The interfaces of the current section, with their clocks."""
        return self._clocks

    def _packet(
        self, kind: int, data: bytes, position: int, total: int, number: int, start: int, *, skipped: bool = False
    ) -> Record | Problem:
        layout = self._layout
        drops = _UNKNOWN_DROPS
        if kind == _ENHANCED:
            which, high, low, captured, wire = layout.enhanced(data, position + 8)
        elif kind == _PACKET:
            which, drops, high, low, captured, wire = layout.packet(data, position + 8)
        else:
            which, high, low, wire = 0, 0, 0, layout.word(data, position + 8)[0]
            captured = wire
        if which >= len(self._clocks):
            text = f"record {number} at byte {start + position} is of interface {which}, which its section does not describe"
            if len(self.interfaces) >= MOST_INTERFACES:
                text = f"record {number} at byte {start + position} is of an interface behind the first {MOST_INTERFACES:,}, which are kept"
            return Problem(ProblemKind.OUT_OF_RANGE, "", start + position, total, text)
        clock = self._clocks[which]
        notes = None
        if kind == _SIMPLE:
            # This block does not say how much was captured: it is the snap length, and never more than the block holds.
            begin = position + 12
            captured = min(wire, clock.snaplen or wire, total - 16)
            time_ns = None
        else:
            begin = position + 28
            time_ns = ((high << 32) | low) * clock.multiplier // clock.divisor + clock.base
            if abs(time_ns) >= LONGEST_TIME:
                time_ns = None
            if captured > total - 32:
                text = f"record {number} at byte {start + position} claims {captured} captured bytes in a block of {total}"
                return Problem(ProblemKind.BAD_LENGTH, "", start + position, total, text)
            options = begin + (captured + 3 & ~3)
            if not skipped and (options + 4 <= position + total - 4 or drops != _UNKNOWN_DROPS):
                notes = self._notes(data[options : position + total - 4], kind, drops)
        content = b"" if skipped else data[begin : begin + captured]
        order = self.told or message_order(content, clock.link_type, wire, layout.byteorder)
        return Record(number, time_ns, clock.link_type, content, wire, start + begin, clock.interface, order, notes)

    def _notes(self, options: bytes, kind: int, drops: int) -> Notes | None:
        """Return the options of a packet block that are kept; None if there are none."""
        comments: list[str] = []
        lost = None if drops == _UNKNOWN_DROPS else drops
        flags = None
        for code, value in self._layout.options(options):
            if code == _COMMENT:
                if len(comments) < MOST_COMMENTS:
                    comments.append(_text(value))
            elif code == _FLAGS and len(value) == 4:
                flags = self._layout.word(value, 0)[0]
            elif code == _DROPCOUNT and kind == _ENHANCED and len(value) == 8:
                lost = int.from_bytes(value, self.byteorder)
        return Notes(tuple(comments), lost, flags) if comments or lost is not None or flags is not None else None

    def _start_section(self, data: bytes, position: int) -> str:
        """Take over the byte order of a new section and forget the interfaces of the last one. Returns what is wrong, or ""."""
        byteorder = _BYTE_ORDERS.get(data[position + 8 : position + 12])
        if byteorder is None:
            return _NO_MARK
        self._layout = _Layout(byteorder)
        self._clocks = []
        self.sections += 1
        self.byteorders.add(byteorder)
        return ""

    def _add_interface(self, block: bytes) -> None:
        if len(self.interfaces) >= MOST_INTERFACES:
            return  # its packets end the reading: it is not described
        from ovsdissect.capture.lean_dpkt.pcapng import InterfaceDescriptionBlock, InterfaceDescriptionBlockLE

        header = (InterfaceDescriptionBlockLE if self.byteorder == "little" else InterfaceDescriptionBlock)()
        # Unpacking all of it would refuse the whole block for one odd option, such as a comment that is not UTF-8.
        header.unpack_hdr(block)
        interface = Interface(len(self.interfaces), header.linktype, snaplen=header.snaplen)
        comments: list[str] = []
        for code, value in self._layout.options(block[16:-4]):
            if code == _IF_NAME:
                interface.name = self._kept(value)
            elif code == _COMMENT and self._room > 0:
                comments.append(self._kept(value))
            elif code == _IF_TSRESOL and value:
                interface.ticks_per_second = (2 if value[0] & 0x80 else 10) ** (value[0] & 0x7F)
            elif code == _IF_TSOFFSET and len(value) == 8:
                interface.time_offset = int.from_bytes(value, self.byteorder, signed=True)
        interface.comments = tuple(comments)
        ticks = interface.ticks_per_second
        multiplier, divisor = (10**9 // ticks, 1) if 10**9 % ticks == 0 else (10**9, ticks)
        self._clocks.append(
            Clock(interface.index, interface.link_type, interface.snaplen, multiplier, divisor, interface.time_offset * 10**9)
        )
        self.interfaces.append(interface)

    def _kept(self, value: bytes) -> str:
        """Return a text of an interface, as far as there is room for the texts of all interfaces."""
        kept = value[: max(self._room, 0)]
        self._room -= len(kept) + _EACH
        return _text(kept)

    def _keep_statistics(self, block: bytes) -> None:
        which = self._layout.word(block, 8)[0]
        if which >= len(self._clocks):
            return  # nothing depends on it
        interface = self.interfaces[self._clocks[which].interface]
        for code, value in self._layout.options(block[20:-4]):
            if len(value) != 8:
                continue
            if code in _ISB:
                setattr(interface, _ISB[code], int.from_bytes(value, self.byteorder))


def _text(value: bytes) -> str:
    """Return the text of an option, without the NUL that some writers count."""
    return value.rstrip(b"\0").decode("utf-8", "replace")

"""The first pass over a file: ovsdissect.dissect.survey by the compiled walk, which stops only at messages that may tell a family's id."""

from __future__ import annotations

from typing import Final

from ovsdissect.capture import CaptureFile, Record, Stretch
from ovsdissect.dissect.survey import Survey, generic_messages
from ovsdissect.engine.codes import END, MET
from ovsdissect.engine.reader import Reader
from ovsdissect.engine.tables import tables
from ovsdissect.engine.walk import Walk
from ovsdissect.families.registry import Registry
from ovsdissect.netlink.headers import NLMSGHDR_LEN

_TYPES: Final = 1 << 16


def survey(registry: Registry, records: CaptureFile) -> None:
    """A first pass over a whole file."""
    seen, enough = Survey(registry), bytearray(_TYPES)
    walk = Walk(tables(), Reader(tables()))
    for piece in records.pieces():
        if isinstance(piece, Stretch):
            _stretch(piece, walk, seen, enough)
        else:
            for record in piece if isinstance(piece, list) else piece.records():
                _record(record, 0, seen, enough)
    seen.finish()


def _record(record: Record, place: int, seen: Survey, enough: bytearray) -> None:
    """A record's messages from a place on."""
    for kind, start, end in generic_messages(record, place):
        if not enough[kind]:
            known = seen.see(kind, record.data[start:end], record.byteorder, cut=end > len(record.data))
            if known is not None:
                enough[known] = 1


def _stretch(piece: Stretch, walk: Walk, seen: Survey, enough: bytearray) -> None:
    layout = piece.layout
    big = layout.byteorder == "big"
    walk.pcap(big=big, host_big=big, tick=layout.tick, header=layout.header_length, link_type=layout.link_type)
    walk.go_on(piece.data, piece.position, len(piece.data), piece.number)
    while (status := walk.telling(enough)) != END:
        if status == MET:
            _protocol, kind, stop, _time = walk.met
            start = walk.state[3]
            known = seen.see(kind, walk.bytes_of(start + NLMSGHDR_LEN, stop), "big" if walk.big else "little", cut=False)
            walk.skip_message(0)
            if known is not None:
                enough[known] = 1
            continue
        _record(piece.record(walk.state[0], walk.state[5]), walk.state[4], seen, enough)
        walk.skip_record(0)
    piece.position, piece.number = walk.state[0], walk.record

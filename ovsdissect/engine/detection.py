"""Examines the first records of a file for the Open vSwitch release: ovsdissect.odp.detection with the compiled walk.

The walk stops only at messages of the kinds that distinguish releases.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import CaptureFile, Stretch
from ovsdissect.dissect.conversation import Registries
from ovsdissect.engine.codes import END, INTERFACE, MET
from ovsdissect.engine.reader import Reader
from ovsdissect.engine.stretches import begin
from ovsdissect.engine.tables import tables
from ovsdissect.engine.walk import REQUESTS, Walk
from ovsdissect.families import OVS_DATAPATH
from ovsdissect.families.registry import Registry
from ovsdissect.netlink.headers import NLMSGHDR_LEN
from ovsdissect.odp.detection import FIRST_LOOK, ROWS, Detectors, Sent, sent

TELLING: Final = frozenset(family for family, _command in ROWS)
ALL, NONE = 0, 1


def look(detectors: Detectors, registries: Registries, records: CaptureFile) -> None:
    """Take the first records of a file, as many as are likely to reveal anything."""
    detectors.hear(_messages(detectors, registries, records))


def _messages(detectors: Detectors, registries: Registries, records: CaptureFile) -> Iterator[Sent]:
    """Yield the messages that may reveal something; each conversation that is met gets a detector."""
    walk = Walk(tables(), Reader(tables()))
    walk.records.include_cuts()
    for piece in records.pieces():
        if isinstance(piece, Stretch):
            yield from _stretch(piece, walk, detectors, registries)
            if walk.records.count >= FIRST_LOOK:
                return
        else:
            for record in islice(piece if isinstance(piece, list) else piece.records(), FIRST_LOOK):
                if record.number > FIRST_LOOK:
                    return
                detectors[record.conversation]
                yield from sent(registries, record)


def _stretch(piece: Stretch, walk: Walk, detectors: Detectors, registries: Registries) -> Iterator[Sent]:
    begin(walk, piece)
    registry = registries[walk.records.entered] if walk.records.entered >= 0 else None
    wanted = _wanted(registry)
    while (status := walk.telling(wanted)) != END:
        if walk.records.count > FIRST_LOOK:
            break
        if status == INTERFACE:
            detectors[walk.records.conversation]
            registry = registries[walk.records.conversation]
            wanted = _wanted(registry)
            walk.records.pass_over()
        elif status == MET:
            _protocol, kind, stop, _time = walk.met
            family = registry.family(kind) if registry is not None else None
            if family is not None:
                head = walk.bytes_of(walk.state[3], stop)
                order: ByteOrder = "big" if walk.big else "little"
                yield Sent(walk.records.entered, family.name, int.from_bytes(head[6:8], order), head[NLMSGHDR_LEN:], order)
            walk.skip_message(0)
        else:
            record = piece.record(walk.state[0], walk.state[5])
            detectors[record.conversation]
            yield from sent(registries, record, walk.state[4])
            walk.skip_record(0)
    piece.position, piece.number = walk.state[0], walk.records.count


def _wanted(registry: Registry | None) -> bytes:
    """Return what Walk.telling() wants of each type: replies about datapaths are needed too."""
    wanted = bytearray([NONE]) * (1 << 16)
    for number in registry.ids() if registry is not None else ():
        family = registry.family(number) if registry is not None else None
        if family is not None and family.name in TELLING:
            wanted[number] = ALL if family is OVS_DATAPATH else REQUESTS
    return bytes(wanted)

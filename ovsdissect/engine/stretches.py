"""Tells the compiled walk where the records of a pcap file stand."""

from __future__ import annotations

from ovsdissect.capture import Stretch
from ovsdissect.engine.walk import Walk


def begin(walk: Walk, piece: Stretch) -> None:
    """Let a walk go on with the records of a stretch of a file."""
    layout = piece.layout
    walk.records.pcap(
        big=layout.byteorder == "big",
        tick=layout.tick,
        header=layout.header_length,
        link_type=layout.link_type,
        host_big=(layout.told or layout.byteorder) == "big",
        told=layout.told is not None,
    )
    walk.go_on(piece.data, piece.position, len(piece.data), piece.number)

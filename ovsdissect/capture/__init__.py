"""Reads records from pcap and pcapng, compressed or not, from files, pipes and files that are still growing."""

from ovsdissect.capture.file import CaptureFile, open_capture
from ovsdissect.capture.pcap import Stretch
from ovsdissect.capture.pcapng import Blocks
from ovsdissect.capture.record import (
    LEAST_LIMIT,
    LONGEST_RECORD,
    NETLINK_LINK_TYPES,
    Interface,
    Notes,
    Record,
    Skipped,
)
from ovsdissect.capture.records import Piece, Records
from ovsdissect.capture.source import Opened

__all__ = [
    "LEAST_LIMIT",
    "LONGEST_RECORD",
    "NETLINK_LINK_TYPES",
    "Blocks",
    "CaptureFile",
    "Interface",
    "Notes",
    "Opened",
    "Piece",
    "Record",
    "Records",
    "Skipped",
    "Stretch",
    "open_capture",
]

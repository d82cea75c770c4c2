"""Records out of pcap and pcapng, compressed or not, from files, pipes and files that still grow."""

from ovsdissect.capture.file import CaptureFile, open_capture
from ovsdissect.capture.record import NETLINK_LINK_TYPES, ByteOrder, Interface, Record

__all__ = ["NETLINK_LINK_TYPES", "ByteOrder", "CaptureFile", "Interface", "Record", "open_capture"]

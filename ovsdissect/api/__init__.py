"""Combines the layers: open a capture, read its messages, dissect bytes. The command line and the TUI are built on this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import BinaryIO

from ovsdissect.api.capture import Capture
from ovsdissect.api.message import Field, Message
from ovsdissect.api.speaker import Spoken
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import LONGEST_RECORD
from ovsdissect.dissect.shown import is_ovs
from ovsdissect.dissect.standalone import Dissection, dissect

__all__ = ["Capture", "Dissection", "Field", "Message", "Spoken", "dissect", "is_ovs", "open"]


def open(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    families: Mapping[str, int] | None = None,
    follow: bool = False,
    ovs: str = "auto",
    byteorder: ByteOrder | None = None,
    max_record: int = LONGEST_RECORD,
) -> Capture:
    """Open a capture.

    source: a path, "-" for standard input, or a binary stream.  families: known family ids ({"ovs_packet": 47}).
    follow: wait for records that are still being written.  ovs: the Open vSwitch release for the texts of `odp`; "auto" detects it.
    byteorder: "little" or "big" for all messages; None detects it for each record.
    max_record: in bytes; longer records are skipped and listed in `Capture.skipped`.
    Raises CaptureError if the source is not a capture or contains no netlink; OvsDissectError if the release or the byte order does not
    exist, or max_record is less than 1 MiB or more than 1 GiB.
    """
    if not (isinstance(source, (str, os.PathLike)) or hasattr(source, "read")):
        raise TypeError(f"source is a path or a binary stream, not {source!r}")
    if not isinstance(ovs, str):
        raise TypeError(f"ovs is a release as text, such as '3.3', not {ovs!r}")
    if not isinstance(max_record, int):
        raise TypeError(f"max_record is a number of bytes, not {max_record!r}")
    return Capture(source, families=families, follow=follow, ovs=ovs, byteorder=byteorder, max_record=max_record)

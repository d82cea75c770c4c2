"""Options of pcapng blocks that do not fit their number: another length, in another block, with a NUL; bytes made by hand."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from struct import pack

import orjson
import pytest

from ovsdissect.capture import open_capture
from tests.capture.crafted import block, enhanced, interface, option, padded, section
from tests.capture.spoken import cooked, newfamily
from tests.views.run import run

DATA = cooked(newfamily("<", "ovs_flow", 34))
TIME = pack("<II", 0, 7)


def statistics(*options: bytes) -> bytes:
    """An interface statistics block of interface 0."""
    return block("<", 5, pack("<I", 0) + TIME + b"".join(options) + option("<", 0, b""))


@pytest.mark.parametrize(("length", "dropped"), [(8, 5), (4, None), (12, None)])
def test_counters_have_eight_bytes(length: int, dropped: int | None) -> None:
    """isb_ifdrop is option 5, with 8 bytes."""
    data = section("<") + interface("<", 253) + enhanced("<", 0, 1, DATA) + statistics(option("<", 5, b"\5" + bytes(length - 1)))
    with open_capture(BytesIO(data)) as capture:
        list(capture)
        assert capture.interfaces[0].dropped == dropped


def test_a_name_ends_before_its_nul() -> None:
    """Some writers count the NUL; a comment likewise."""
    data = section("<") + interface("<", 253, more=option("<", 2, b"nlmon0\0") + option("<", 1, b"of host A\0"))
    data += enhanced("<", 0, 1, DATA, options=option("<", 1, b"look\0") + option("<", 0, b""))
    with open_capture(BytesIO(data)) as capture:
        (record,) = capture
        (one,) = capture.interfaces
    assert (one.name, one.comments) == ("nlmon0", ("of host A",))
    assert record.notes is not None
    assert record.notes.comments == ("look",)


def test_the_obsolete_block_has_its_drops_in_its_head() -> None:
    """epb_dropcount, option 4, is of the enhanced block; a packet block has two bytes for it, 0xffff where it is not known."""
    options = option("<", 4, pack("<Q", 9)) + option("<", 1, b"here") + option("<", 0, b"")
    for drops, lost in ((0xFFFF, None), (3, 3)):
        packet = block("<", 2, pack("<HH", 0, drops) + TIME + pack("<II", len(DATA), len(DATA)) + padded(DATA) + options)
        with open_capture(BytesIO(section("<") + interface("<", 253) + packet)) as capture:
            (record,) = capture
        assert record.notes is not None
        assert (record.notes.comments, record.notes.lost) == (("here",), lost)
    with open_capture(BytesIO(section("<") + interface("<", 253) + enhanced("<", 0, 7, DATA, options=options))) as capture:
        (record,) = capture
    assert record.notes is not None
    assert record.notes.lost == 9


def test_stats_tell_where_records_were_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Thirty before the second record, four before the third."""
    lost = [option("<", 4, pack("<Q", count)) + option("<", 0, b"") for count in (30, 4)]
    path = tmp_path / "lost.pcapng"
    records = [enhanced("<", 0, 1, DATA), *(enhanced("<", 0, 2, DATA, options=one) for one in lost)]
    path.write_bytes(section("<") + interface("<", 253) + b"".join(records))
    (one,) = orjson.loads(run(monkeypatch, "stats", "--json", path).out)["interfaces"]
    assert (one["lost"], one["lost_at"]) == (34, [{"record": 2, "count": 30}, {"record": 3, "count": 4}])
    assert b"30 records lost before record 2, 4 records lost before record 3" in run(monkeypatch, "stats", path).out

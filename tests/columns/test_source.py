"""A capture is opened once: every pass for a table reads that file, even if its name is reused meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import ovsdissect
from ovsdissect import columns
from ovsdissect.columns.source import opened
from tests.recorded import path


def test_a_replaced_file_is_not_what_later_passes_read(tmp_path: Path) -> None:
    file = Path(shutil.copy(path("startup"), tmp_path / "some.pcap.gz"))
    with opened(file) as source, ovsdissect.open(path("startup")) as capture:
        Path(shutil.copy(path("tunnels"), tmp_path / "other")).replace(file)
        for _ in range(2):
            context, records = source.begin()
            seen = [message.time_ns for record in records for message in context.messages(record)]
            assert seen == [message.time_ns for message in capture]


def test_how_often_it_was_read() -> None:
    """What a bar of progress shows: passes from end to end."""
    with opened(path("startup")) as source:
        assert source.passes == 0
        for number in (1, 2):
            _, records = source.begin()
            assert sum(1 for _ in records) == 2801
            assert source.passes == number


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"byteorder": "middle"}, "no byte order 'middle'; use 'little' or 'big'"),
        ({"max_record": 0}, "max_record=0: it must be a number from 1,048,576 to 1,073,741,824"),
        ({"families": {"ovs_flows": 40}}, "no family ovs_flows; the families are nlctrl, "),
        ({"families": {"ovs_flow": 3}}, "ovs_flow=3: a family id is a number from 16 to 65535"),
    ],
)
def test_what_open_refuses_tables_refuse(given: dict[str, Any], said: str) -> None:
    for taken in (
        lambda: ovsdissect.open(path("startup"), **given),
        lambda: next(columns.batches(path("startup"), "messages", ["number"], **given)),
    ):
        with pytest.raises(ovsdissect.OvsDissectError) as refused:
            taken()
        assert str(refused.value).startswith(said)

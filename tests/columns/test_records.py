"""Bytes in a record that do not form messages are a row, just as they are a line of the JSON."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

import ovsdissect
from tests.capture.crafted import pcap
from tests.capture.spoken import cooked, newfamily, put
from tests.views.run import run

# a record whose header is cut, one of generic netlink with three bytes behind a message, one of another protocol with as many
RECORDS = [
    cooked(newfamily("<", "ovs_flow", 34)),
    cooked()[:9],
    cooked(put("<", 34, 9, 2, 3)) + b"\1\2\3",
    cooked(b"\1\2\3", protocol=0),
    cooked(put("<", 34, 9, 4, 3)),
]


@pytest.mark.parametrize("pure", ["", "1"], ids=["engine", "tree"])
@pytest.mark.parametrize("everything", [False, True])
def test_records_are_rows(everything: bool, pure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.pcap"
    path.write_bytes(pcap("<", 0xA1B23C4D, [(1, at, data, len(data)) for at, data in enumerate(RECORDS)]))
    if pure:
        monkeypatch.setenv("OVSDISSECT_PURE", pure)
    lines = [orjson.loads(line) for line in run(monkeypatch, "json", path, *(["--all"] if everything else [])).out.splitlines()]
    with ovsdissect.open(path) as capture:
        rows = capture.to_arrow("messages", ["record", "kind", "number"], all=everything).to_pylist()
    assert [(row["record"], row["kind"], row["number"]) for row in rows] == [(one["record"], one["kind"], one["number"]) for one in lines]
    kinds = [(row["record"], row["kind"]) for row in rows if row["kind"] == "record"]
    assert kinds == [(2, "record"), (3, "record"), *([(4, "record")] if everything else [])]

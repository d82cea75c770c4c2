"""Compares the tables of findings with the JSON of their commands."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

import ovsdissect
from ovsdissect import columns
from ovsdissect.api import is_ovs
from ovsdissect.build import build, pcap
from ovsdissect.cli import ovsdissect as commands
from ovsdissect.columns import problems
from ovsdissect.columns.names import TABLES
from tests.recorded import path

OPTIONS = {"upcalls": [], "flows": ["--deleted", "--probes"], "ports": [], "errors": []}


def rows(name: str, table: str, **options: Any) -> list[dict[str, Any]]:
    made = pa.Table.from_batches(columns.batches(path(name), table, **options), columns.schema(table))
    return made.to_pylist()


def lines(table: str, name: str, *more: str) -> list[dict[str, Any]]:
    """What a command prints as JSON, without the summary."""
    result = CliRunner().invoke(commands, [table, str(path(name)), "--json", "-q", *OPTIONS[table], *more])
    assert result.exit_code == 0, result.output
    return [line for line in map(json.loads, result.stdout.splitlines()) if line["kind"] != "summary"]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["slowpath", "tunnels", "nlextras", "truncated"])
@pytest.mark.parametrize("table", list(OPTIONS))
def test_json(table: str, name: str) -> None:
    """Every member of every line is a column, or one with what is in it."""
    told, made = lines(table, name), rows(name, table)
    assert len(made) == len(told) > 0
    for line, row in zip(told, made, strict=True):
        for member, value in line.items():
            if member in ("attrs", "odp", "time", "interface"):
                continue
            if isinstance(value, dict):
                assert {one: row[f"{member}.{one}"] for one in value} == value
            elif TABLES[table]()[member].type == "json":
                assert json.loads(row[member]) == value
            else:
                assert row[member] == value, member
        if table == "flows" and line["odp"] is not None:
            assert {one: row[f"odp.{one}"] for one in line["odp"]} == line["odp"]
        if table == "flows" and line["attrs"]["key"] and "ethertype" in line["attrs"]["key"]:
            assert row["key.ethertype"] == line["attrs"]["key"]["ethertype"]
        if table == "flows":
            assert (row["actions"] and json.loads(row["actions"])) == line["attrs"]["actions"]


@pytest.mark.parametrize("table", list(OPTIONS))
@pytest.mark.slow
def test_filter(table: str) -> None:
    """A display filter leaves what the command shows with it."""
    text = {"errors": "error.number == -19"}.get(table, "key.in_port == 2")
    told, made = lines(table, "slowpath", "-Y", text), rows("slowpath", table, filter=text)
    if table == "ports":
        told, made = ([one for one in some if one["kind"] == "port"] for some in (told, made))
    assert [_identity(one) for one in made] == [_identity(one) for one in told]


def _identity(one: dict[str, Any]) -> Any:
    return one.get("number", one.get("port_no", one.get("first_error")))


def test_problems() -> None:
    """The problems of the JSON, one a row."""
    result = CliRunner().invoke(commands, ["json", str(path("truncated")), "-q"])
    told = [
        (line["number"], problem["kind"], problem["path"], problem["offset"], problem["length"], problem["text"])
        for line in map(json.loads, result.stdout.splitlines())
        for problem in line["problems"]
    ]
    made = [tuple(row[name] for name in ("number", "kind", "path", "offset", "length", "text")) for row in rows("truncated", "problems")]
    assert made == told != []


@pytest.mark.parametrize("name", ["truncated", "rawnl"])
def test_problems_since_the_first_message(name: str) -> None:
    """Relative times count from the first message of the capture, whether that has a problem or not."""
    with ovsdissect.open(path(name)) as capture:
        given = list(capture)
    faulty = [(one.time_ns or 0, one.number) for one in given if is_ovs(one) for _ in one.problems]
    start, middle = given[0].time_ns or 0, faulty[len(faulty) // 2][0]
    told = [number for time_ns, number in faulty if time_ns >= middle]
    made = [row["number"] for row in rows(name, "problems", filter=f"time_relative >= {(middle - start) / 1e9:.9f}")]
    assert made == told
    assert 0 < len(told) < len(faulty)


def test_a_capture_that_ends_early(tmp_path: Path) -> None:
    """Its end has a row without a message."""
    file = tmp_path / "cut.pcap"
    file.write_bytes(pcap([build("ovs_packet", "miss", key={"in_port": 1}, packet=b"")])[:-3])
    with ovsdissect.open(file) as capture:
        told = capture.to_arrow("problems").to_pylist()
    assert [(row["kind"], row["number"]) for row in told] == [("truncated", None)]


def test_problems_of_more_messages_than_a_batch_has_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each of eleven messages whose first attribute (after 16 + 4 + 4 bytes) claims three bytes, fewer than its own header has."""
    monkeypatch.setattr(problems, "ROWS", 3)
    miss = build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=bytes(14))
    file = tmp_path / "wrong.pcap"
    file.write_bytes(pcap([miss[:24] + b"\3\0" + miss[26:]] * 11))
    made = [batch.to_pydict()["number"] for batch in columns.batches(file, "problems")]
    numbers = [number for batch in made for number in batch]
    assert len(made) > 1
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 11

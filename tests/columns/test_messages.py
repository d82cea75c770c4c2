"""The table of messages has the values of the JSON, whichever reader made it, and only the requested columns."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import ovsdissect
from ovsdissect import columns
from ovsdissect.capture import Records, open_capture
from ovsdissect.columns import messages, native
from ovsdissect.columns.names import Column, columns_of
from ovsdissect.columns.values import converter
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.message import Message
from ovsdissect.engine import fieldcodes
from ovsdissect.errors import CaptureError, OvsDissectError
from tests.cli import processes
from tests.engine.uncompiled import uncompiled
from tests.recorded import ALL, NAMES, fewer, known, path


def table(name: str | Path, fields: list[str] | None = None, **options: Any) -> pa.Table:
    given = name if isinstance(name, Path) else path(name)
    return pa.Table.from_batches(
        columns.batches(given, "messages", fields, **options), columns.schema("messages", fields, binary=options.get("binary", False))
    )


@pytest.mark.larger_are_slow
@pytest.mark.parametrize(
    ("name", "everything"), [*((name, True) for name in NAMES), *(pytest.param(name, False, marks=pytest.mark.slow) for name in ALL)]
)
def test_both_readers_say_the_same(name: str, everything: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every column of every message, by the engine and by the tree."""
    capture = fewer(name, tmp_path)
    made = table(capture, all=everything, binary=everything)

    class Pure:
        compiled = False

    monkeypatch.setattr(messages, "engine", lambda: Pure)
    by_tree = table(capture, all=everything, binary=everything)
    assert made.num_rows == by_tree.num_rows > 0
    for column in made.column_names:
        assert made[column].to_pylist() == by_tree[column].to_pylist(), column


HEADERS = ("kind", "number", "record", "index", "time_ns", "direction", "family", "cmd", "version", "dp_ifindex", "datapath", "port")


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_json(name: str) -> None:
    """The values of headers and of attributes that are no sets, as `ovsdissect json` prints them."""
    lines = [json.loads(line) for line in _run("json", str(path(name))).splitlines()]
    rows = table(name).to_pylist()
    assert len(rows) == len([line for line in lines if line["kind"] != "end"])
    known = {column.name: column for column in columns_of("messages")}
    seen = 0
    for line, row in zip(lines, rows, strict=True):
        for member in HEADERS:
            assert row[member] == line[member]
        for member, value in (line["nlmsg"] or {}).items():
            assert row[f"nlmsg.{member}"] == value
        for member in ("number", "name", "text", "message"):
            assert row[f"error.{member}"] == line.get("error", {}).get(member)
        assert row["request.number"] == line.get("request", {}).get("number")
        for told, value in _leaves(line["attrs"] or {}):
            path_ = f"{line['family']}.{told}" if f"{line['family']}.{told}" in known else told
            column = known.get(path_)
            # a value that is broken has another type in the JSON, and no column
            if column is not None and column.type in ("uint8", "uint16", "uint32", "uint64", "text", "bool"):
                assert row[path_] == value, path_
                seen += 1
    assert seen > 1000


def _leaves(value: dict[str, Any], above: str = "") -> Any:
    for name, one in value.items():
        if isinstance(one, dict):
            yield from _leaves(one, f"{above}{name}.")
        else:
            yield above + name, one


def _run(*arguments: str) -> str:
    done = processes.ovsdissect(*arguments)
    assert done.returncode == 0
    return done.stdout.decode()


def test_fields_and_filter() -> None:
    """The columns that are asked for, in their order, of the messages that match."""
    made = table("tunnels", ["key.in_port", "number"], filter="ovs_packet.cmd == miss")
    with ovsdissect.open(path("tunnels")) as capture:
        expected = [(message["attrs.key.in_port"].value, message.number) for message in capture.filter("ovs_packet.cmd == miss")]
    assert made.column_names == ["key.in_port", "number"]
    assert list(zip(made["key.in_port"].to_pylist(), made["number"].to_pylist(), strict=True)) == expected != []


def test_types() -> None:
    """Times in nanoseconds UTC, flags as lists, words as dictionaries, addresses as text or as bytes."""
    schema, binary = columns.schema("messages"), columns.schema("messages", binary=True)
    assert schema.field("time").type == pa.timestamp("ns", tz="UTC")
    assert schema.field("nlmsg.flags").type == pa.list_(pa.string())
    assert schema.field("family").type == pa.dictionary(pa.int32(), pa.string())
    assert schema.field("key.ipv4.src").type == pa.string()
    assert (binary.field("key.ipv4.src").type, binary.field("key.ethernet.src").type) == (pa.binary(4), pa.binary(6))
    assert schema.metadata[b"ovsdissect"] == str(columns.VERSION).encode()
    text, raw = (table("tunnels", ["key.ethernet.src"], binary=way)["key.ethernet.src"].to_pylist() for way in (False, True))
    assert [value and bytes.fromhex(value.replace(":", "")) for value in text] == raw


def test_capture_and_packet() -> None:
    """The path as it was given, and the packet's bytes: those of the first MISS of tunnels.pcap.gz in tshark's words."""
    made = table("tunnels", ["capture", "number", "packet.data", "packet.len"], filter="ovs_packet.cmd == miss").slice(0, 1).to_pylist()[0]
    with ovsdissect.open(path("tunnels")) as capture:
        attribute = capture[made["number"]].to_dict()["attrs"]["packet"]
    assert made["capture"] == str(path("tunnels"))
    assert (made["packet.data"].hex(), made["packet.len"]) == (attribute["hex"], attribute["length"])


def test_mistakes() -> None:
    """Tables and columns that are none, captures that are none."""
    with pytest.raises(OvsDissectError, match="no table upcall"):
        columns.batches("x", "upcall")
    with pytest.raises(OvsDissectError, match=r"has no column key\.in_prt: did you mean key\.in_port"):
        columns.batches("x", "messages", ["key.in_prt"])
    with pytest.raises(CaptureError, match="nothing-there"):
        list(columns.batches("nothing-there", "messages"))
    with pytest.raises(CaptureError, match="not a capture"):
        list(columns.batches(__file__, "messages"))


@pytest.mark.slow
def test_frames() -> None:
    """The same rows in Arrow, pandas and Polars."""
    with ovsdissect.open(path("tunnels")) as capture:
        arrow = capture.to_arrow("upcalls", ["number", "port"])
        assert capture.to_pandas("upcalls", ["number", "port"])["number"].tolist() == arrow["number"].to_pylist()
        assert capture.to_polars("upcalls", ["number", "port"])["port"].to_list() == arrow["port"].to_pylist()
        misses = capture.to_arrow("upcalls", ["cmd"], "ovs_packet.cmd == miss")
        assert set(misses["cmd"].to_pylist()) == {"miss"}


LOADED = "import sys, ovsdissect, ovsdissect.cli, ovsdissect.api, ovsdissect.columns; "
LOADED += "print(sorted(set(sys.modules) & {'pyarrow', 'duckdb', 'pandas', 'polars', 'pyspark', 'fsspec'}))"


def test_nothing_heavy_is_loaded() -> None:
    """The package, its command line and its API load no extra; tables load pyarrow alone, though pandas is there."""
    assert subprocess.run([sys.executable, "-c", LOADED], check=True, capture_output=True, text=True).stdout == "[]\n"
    code = f"import sys; from ovsdissect import columns; list(columns.batches({str(path('startup'))!r}, 'messages'))"
    code += "; print(sorted(set(sys.modules) & {'pyarrow', 'duckdb', 'pandas', 'polars', 'pyspark', 'fsspec'}))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "['pyarrow']\n"


def test_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's part says the same as Python."""
    with open_capture(path("rawnl")) as file:
        some = [record for _, record in zip(range(200), file, strict=False)]

    def made() -> dict[str, list[Any]]:
        wanted = messages.Messages(columns_of("messages"), "x", everything=True)
        rows = wanted._native(Context(known("rawnl"), Message), Records(iter([some])))
        return pa.Table.from_batches(rows, wanted.schema).to_pydict()

    whole = made()
    modules = uncompiled("field_tables", "column_tables", "packing", "fieldcells", "fieldcolumns", "passes", "tables")
    field_tables, column_tables, packing, *_ = modules
    for module in modules:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for name, value in (("FieldTables", field_tables.FieldTables), ("Field", field_tables.Field), ("Head", column_tables.Column)):
        monkeypatch.setattr(native, name, value)
    for name in ("Codes", "Lists", "Packing"):
        monkeypatch.setattr(native, name, getattr(packing, name))
    assert made() == whole
    assert len(whole["number"]) > 100


def test_the_numbers_are_those_of_c() -> None:
    text = Path(fieldcodes.__file__).with_suffix(".pxd").read_text(encoding="utf-8")
    said = {name: int(value) for name, value in re.findall(r"^    ([A-Z_]+) = (-?\d+)$", text, re.MULTILINE)}
    assert said == {name: value for name, value in vars(fieldcodes).items() if isinstance(value, int)}


@pytest.mark.parametrize(
    ("type_", "value", "kept"),
    [
        ("flags", ["syn", "ack"], True),
        ("flags", ["syn", 3], False),
        ("list<uint32>", [1, 2], True),
        ("list<uint32>", [1, "2"], False),
        ("list<uint32>", 1, False),
        ("uint32", 1, True),
        ("uint32", True, False),
        ("uint32", "1", False),
        ("bool", 1, False),
        ("text", 1, False),
    ],
)
def test_a_value_of_another_type_is_absent(type_: str, value: object, kept: bool) -> None:
    """Malformed values differ from what their rows declare."""
    column = Column("any", type_, "")
    assert converter(column)(value) == (value if kept else None)

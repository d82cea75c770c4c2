"""`ovsdissect columns`: files that other programs read, whole or absent."""

import gzip
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ovsdissect
from ovsdissect.columns import export
from ovsdissect.columns.arrow import WORDS, Words, schema_of
from ovsdissect.columns.names import TABLES, columns_of
from ovsdissect.errors import CaptureError
from tests.each import all_of
from tests.recorded import path
from tests.views.run import run as run_command


class Result(NamedTuple):
    stdout: str
    stderr: str
    exit_code: int


def run(*arguments: object) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        said = run_command(patch, "columns", *arguments)
    return Result(said.out.decode("utf-8", "replace"), said.err, said.code)


def counted(name: str) -> int:
    with ovsdissect.open(path(name)) as capture:
        return sum(1 for _ in capture.ovs())


@pytest.mark.slow
def test_parquet_by_others(tmp_path: Path) -> None:
    """DuckDB and Polars read the same rows; captures of one name do not collide."""
    (tmp_path / "other").mkdir()
    second = shutil.copy(path("startup"), tmp_path / "other" / "tunnels.pcap.gz")
    assert run(path("tunnels"), second, "-o", tmp_path / "out", "-j", 1).exit_code == 0
    assert sorted(folder.name for folder in (tmp_path / "out").iterdir()) == sorted(TABLES)
    expected = {str(path("tunnels")): counted("tunnels"), str(second): counted("startup")}
    files = str(tmp_path / "out" / "messages" / "*.parquet")
    assert dict(duckdb.sql(f"select capture, count(*) from '{files}' group by 1").fetchall()) == expected
    assert dict(polars.read_parquet(files).group_by("capture").len().rows()) == expected
    upcalls = polars.read_parquet(str(tmp_path / "out" / "upcalls" / "tunnels*.parquet"))
    with ovsdissect.open(path("tunnels")) as capture:
        assert upcalls.filter(polars.col("capture") == str(path("tunnels")))["to_execute_ns"].to_list() == [
            upcall.to_execute_ns for upcall in capture.upcalls()
        ]


@pytest.mark.parametrize("format_", ["arrow", "csv"])
def test_formats(format_: str, tmp_path: Path) -> None:
    """Arrow and CSV say the same as Parquet."""
    for one in (format_, "parquet"):
        assert run(path("startup"), "-o", tmp_path / one, "--format", one, "--table", "messages").exit_code == 0
    (parquet,), (made,) = (list((tmp_path / one / "messages").iterdir()) for one in ("parquet", format_))
    query = 'select family, cmd, count(*), sum("nlmsg.len") from {} group by all order by all'
    if format_ == "arrow":
        arrow_rows = pa.ipc.open_file(made).read_all()
        assert arrow_rows.num_rows == polars.read_ipc(made).height
        found = duckdb.sql(query.format("arrow_rows")).fetchall()
    else:
        found = duckdb.sql(query.format(f"'{made}'")).fetchall()
    assert found == duckdb.sql(query.format(f"'{parquet}'")).fetchall()


def test_bad_input(tmp_path: Path) -> None:
    """What is no capture is named, the rest is done; where nothing can be read nothing is written."""
    none, folder = tmp_path / "none", tmp_path / "folder"
    none.write_text("nothing of the kind")
    folder.mkdir()
    tables = ("--table", "messages", "--table", "problems")
    result = run(none, path("startup"), folder, tmp_path / "absent", "-o", tmp_path / "out", "-j", 2, *tables)
    assert result.exit_code == 1
    assert all_of(str(one) in result.stderr for one in (none, folder, tmp_path / "absent"))
    files = str(tmp_path / "out" / "messages" / "*.parquet")
    assert duckdb.sql(f"select count(*) from '{files}'").fetchall() == [(counted("startup"),)]
    problems = str(tmp_path / "out" / "problems" / "*.parquet")
    assert duckdb.sql(f"select count(*) from '{problems}' where kind = 'unreadable'").fetchall() == [(3,)]
    assert run(none, folder, "-o", tmp_path / "nothing").exit_code == 2
    assert not (tmp_path / "nothing").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "none", "out"]


@pytest.mark.slow
def test_pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipes and standard input, beside files that other processes read; what is said about them has the user's name."""
    reader, writer = os.pipe()
    os.write(writer, path("mid-stream").read_bytes())
    os.close(writer)
    tables = ("--table", "messages", "--table", "problems")
    said = run_command(
        monkeypatch, "columns", f"/dev/fd/{reader}", "-", path("truncated"), "-o", tmp_path / "out", "-j", 2, *tables, stdin=b"junk"
    )
    os.close(reader)
    assert (said.code, said.err.startswith("ovsdissect: standard input: not a capture")) == (1, True)
    files = [str(tmp_path / "out" / table / "*.parquet") for table in ("messages", "problems")]
    captures = duckdb.sql(f"select distinct capture from '{files[0]}' order by 1").fetchall()
    assert captures == [(f"/dev/fd/{reader}",), (str(path("truncated")),)]
    ((capture, text),) = duckdb.sql(f"select capture, text from '{files[1]}' where kind = 'unreadable'").fetchall()
    assert (capture, text.split(":")[0]) == ("-", "standard input")


def test_what_is_said_of_an_end_unless_quiet(tmp_path: Path) -> None:
    file = tmp_path / "cut.pcap"
    file.write_bytes(gzip.decompress(path("truncated").read_bytes())[:-3])
    for options in ((), ("-q",)):
        result = run(file, "-o", tmp_path / f"out{len(options)}", "--table", "errors", "-j", 1, *options)
        assert result.exit_code == 0
        assert bool(result.stderr) is not bool(options)


def test_directories(tmp_path: Path) -> None:
    """A directory that is not empty is refused without --force, and a capture is never written over."""
    (tmp_path / "mine").write_text("mine")
    assert run(path("startup"), "-o", tmp_path).exit_code == 2
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
    for _ in range(2):
        assert run(path("startup"), "-o", tmp_path, "--force", "--table", "errors").exit_code == 0
    (file,) = (tmp_path / "errors").iterdir()
    assert (tmp_path / "mine").read_text() == "mine"
    assert run(path("startup"), "-o", file).exit_code == 2


def test_schema() -> None:
    """The tables and their columns, versioned, without a capture."""
    told = json.loads(run("--schema").stdout)
    assert told["version"] == 1
    assert list(told["tables"]) == list(TABLES)
    names = {column["name"]: column for column in told["tables"]["messages"]}
    assert names["key.ipv4.src"]["type"] == "text"
    assert "miss" in names["cmd"]["words"]


def test_a_capture_that_cannot_be_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no rows, also where some were written before: only the table of problems tells why."""
    made = export.of_source

    def failing(*arguments: Any, **options: Any) -> Iterator[tuple[str, pa.RecordBatch]]:
        yield next(iter(made(*arguments, **options)))
        raise CaptureError("the disk has gone")

    monkeypatch.setattr(export, "of_source", failing)
    for table in ("errors", "problems"):
        (tmp_path / table).mkdir()
    done = export.write_capture(str(path("startup")), str(tmp_path), export.Wanted(("errors", "problems")))
    assert (done.error, done.rows) == ("the disk has gone", {"errors": 0, "problems": 1})
    assert [pq.read_table(next((tmp_path / table).iterdir())).num_rows for table in ("errors", "problems")] == [0, 1]


def test_rows_are_written_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group is as many batches as have so many rows; the last one is what is left."""
    monkeypatch.setattr(export, "ROW_GROUP", 4)
    schema = pa.schema([("number", pa.uint32())])
    out = io.BytesIO()
    writer = export.writer(out, schema, "parquet")
    for _ in range(5):
        writer.write(pa.record_batch([pa.array([1, 2, 3], pa.uint32())], schema=schema))
    writer.close()
    told = pq.ParquetFile(out).metadata
    assert [told.row_group(at).num_rows for at in range(told.num_row_groups)] == [6, 6, 3]


def test_a_long_capture_has_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their names sort in the order of the rows; files that a later run does not write are not left behind."""
    schema, count, broken = schema_of(columns_of("messages")), 4, False

    def made(*arguments: Any, **options: Any) -> Iterator[tuple[str, pa.RecordBatch]]:
        for one in range(count):
            numbers = pa.array(range(3 * one, 3 * one + 3), pa.uint32())
            row = [numbers if field.name == "number" else pa.nulls(3, field.type) for field in schema]
            yield "messages", pa.RecordBatch.from_arrays(row, schema=schema)
        if broken:
            raise CaptureError("the disk has gone")

    def numbers(folder: Path) -> list[list[int]]:
        return [pq.read_table(file)["number"].to_pylist() for file in sorted(folder.iterdir())]

    monkeypatch.setattr(export, "of_source", made)
    monkeypatch.setattr(export, "FILE_ROWS", 5)
    wanted, out = export.Wanted(("problems", "messages")), str(tmp_path / "out")
    for count, expected in ((4, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]), (2, [[0, 1, 2, 3, 4, 5]])):
        (done,) = export.export([str(path("startup"))], out, wanted, force=True)
        assert (numbers(tmp_path / "out" / "messages"), done.rows["messages"]) == (expected, 3 * count)
    count, broken = 12, True
    for table in wanted.tables:
        (tmp_path / table).mkdir()
    assert export.write_capture(str(path("startup")), str(tmp_path), wanted).rows == {"problems": 1, "messages": 0}
    assert numbers(tmp_path / "messages") == [[]]


def test_words_that_come_late() -> None:
    """An Arrow file has columns of words whose first word is in a later batch, as the first error of a capture may be."""
    words, late = Words(["a"]), Words(())
    schema = pa.schema([("some", WORDS), ("late", WORDS)])
    out, expected = io.BytesIO(), []
    writer = export.writer(out, schema, "arrow")
    for row in (("a", None), ("b", None), (None, "EINVAL"), ("c", "ENOENT"), ("a", "EINVAL")):
        places = [one.places([word]) for one, word in zip((words, late), row, strict=True)]
        writer.write(pa.RecordBatch.from_arrays([words.array(places[0]), late.array(places[1])], schema=schema))
        expected.append(dict(zip(schema.names, row, strict=True)))
    writer.close()
    assert pa.ipc.open_file(out).read_all().to_pylist() == expected
    out.seek(0)
    assert polars.read_ipc(out).to_dicts() == expected


def test_names_of_files() -> None:
    """The name of the capture, and the beginning of what sha256sum prints of its path."""
    assert export.file_name("/tmp/a.pcap") == "a.pcap-551cc1f9.parquet"
    assert export.file_name("/tmp/a.pcap", place=2) == "a.pcap-551cc1f9_0002.parquet"
    assert export.file_name("-", "csv") == "stdin-3973e022.csv"
    assert export.file_name("/").startswith("capture-")


def test_a_number_is_of_any_family_in_tables_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """#1 of startup is no message of Open vSwitch; a filter that is wrong is told before any file is made."""
    words = ("columns", path("startup"), "-q", "-n", 1, "--table", "messages", "--format", "csv", "-o", tmp_path / "one")
    said = run_command(monkeypatch, *words)
    assert said.code == 0
    (file,) = (tmp_path / "one" / "messages").iterdir()
    assert len(file.read_text().splitlines()) == 2
    wrong = run_command(monkeypatch, "columns", path("startup"), "-Y", "key.in_prt == 3", "-o", tmp_path / "none")
    assert (wrong.code, wrong.out) == (2, b"")
    assert wrong.err.splitlines()[-1].strip() == "^" * len("key.in_prt")
    assert not (tmp_path / "none").exists()

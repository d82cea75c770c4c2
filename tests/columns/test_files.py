"""`ovsdissect columns`: files that other programs read, whole or absent."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars
import pyarrow as pa
import pytest

import ovsdissect
from ovsdissect.columns.names import TABLES
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
    result = run(none, path("startup"), folder, tmp_path / "absent", "-o", tmp_path / "out", "-j", 2)
    assert result.exit_code == 1
    assert all_of(str(one) in result.stderr for one in (none, folder, tmp_path / "absent"))
    files = str(tmp_path / "out" / "messages" / "*.parquet")
    assert duckdb.sql(f"select count(*) from '{files}'").fetchall() == [(counted("startup"),)]
    problems = str(tmp_path / "out" / "problems" / "*.parquet")
    assert duckdb.sql(f"select count(*) from '{problems}' where kind = 'unreadable'").fetchall() == [(3,)]
    assert run(none, folder, "-o", tmp_path / "nothing").exit_code == 2
    assert not (tmp_path / "nothing").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "none", "out"]


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

"""`ovsdissect sql`: every recipe of the documentation runs, and what it counts is what the analyses and the JSON count."""

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow.compute as pc
import pytest
from click.testing import CliRunner

import ovsdissect
from ovsdissect.cli import ovsdissect as commands
from ovsdissect.columns import sql
from ovsdissect.columns.names import TABLES
from tests.each import all_of
from tests.recorded import ROOT, path
from tests.views.run import run as run_command

RECIPES = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "columns.md").read_text(encoding="utf-8"), re.DOTALL)


PCAP = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 00000400 fd000000")  # without records


class Result(NamedTuple):
    stdout: str
    stderr: str
    exit_code: int


def run(*arguments: object) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        said = run_command(patch, "sql", *arguments)
    return Result(said.out.decode("utf-8", "replace"), said.err, said.code)


def asked(query: str, *names: str) -> list[dict[str, Any]]:
    result = run(query, *map(path, names), "--format", "json")
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


@pytest.mark.parametrize("target", ["'{}'", '"{}"', "$$ {}$$", "E'{}' (format csv)"])
def test_a_copy_is_not_written_over_a_capture(target: str, tmp_path: Path) -> None:
    """DuckDB writes the files of COPY itself; what a condition compares is no output."""
    file = tmp_path / "a.pcap"
    file.write_bytes(PCAP)
    result = run("copy (select 1) to " + target.format(file).replace("$$ ", "$$"), file)
    assert (result.exit_code, file.read_bytes()) == (2, PCAP)
    assert "an output is never an input" in result.stderr
    other = tmp_path / "other.csv"
    assert run(f"copy (select number from messages where capture similar to '{file}') to '{other}'", file).exit_code == 0
    assert other.read_text() == "number\n"


def test_pipes() -> None:
    """A pipe is read although it can be read only once; what is said about it has the user's name."""
    reader, writer = os.pipe()
    try:
        os.write(writer, PCAP)
        os.close(writer)
        result = run("select count(*) as n from messages", f"/dev/fd/{reader}")
    finally:
        os.close(reader)
    assert result == ("n\n0\n", "", 0)
    assert run("  ", path("startup")).exit_code == 2


def test_there_are_a_dozen() -> None:
    """The documentation has enough of them."""
    assert len(RECIPES) >= 12


@pytest.mark.parametrize("query", [pytest.param(query, marks=[pytest.mark.slow] if at % 4 else []) for at, query in enumerate(RECIPES)])
def test_recipes(query: str) -> None:
    """Each runs and has an answer, on a capture that has what it asks for."""
    assert asked(query, "slowpath", "tunnels"), query


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["slowpath", "sampling", "nlextras"])
def test_upcalls(name: str) -> None:
    """Counts, sums and latencies are those of the analyses."""
    with ovsdissect.open(path(name)) as capture:
        found = list(capture.upcalls())
    figures = "count(*) as n, sum(to_execute_ns) as took, max(to_execute_ns) as longest, count(execute) as answered"
    (row,) = asked(f"select {figures} from upcalls", name)
    took = [upcall.to_execute_ns for upcall in found if upcall.to_execute_ns is not None]
    assert row == {"n": len(found), "took": sum(took), "longest": max(took), "answered": len(took)}
    ports = asked("select port, count(*) as n from upcalls group by 1", name)
    assert {one["port"]: one["n"] for one in ports} == Counter(upcall.port for upcall in found)


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["slowpath", "tunnels", "nlextras", "rawnl"])
def test_messages(name: str) -> None:
    """Counts and sums are those of the JSON; conditions leave what they say."""
    lines = [json.loads(line) for line in CliRunner().invoke(commands, ["json", str(path(name)), "-q"]).stdout.splitlines()]
    expected = Counter((line["kind"], line["direction"]) for line in lines)
    rows = asked("select kind, direction, count(*) as n from messages group by all", name)
    assert {(row["kind"], row["direction"]): row["n"] for row in rows} == expected
    (row,) = asked('select sum("nlmsg.len") as bytes from messages', name)
    assert row["bytes"] == sum(line["nlmsg"]["len"] for line in lines if line["nlmsg"])
    for condition, passes in (
        ("kind = 'error'", lambda line: line["kind"] == "error"),
        ("kind <> 'error'", lambda line: line["kind"] != "error"),
        ("kind = 'error' or number < 100", lambda line: line["kind"] == "error" or (line["number"] or 1000) < 100),
        ("number between 20 and 60 and kind = 'error'", lambda line: 20 <= (line["number"] or 0) <= 60 and line["kind"] == "error"),
        ("not (kind = 'message')", lambda line: line["kind"] != "message"),
        ("family = 'ovs_vport' and kind = 'message'", lambda line: line["family"] == "ovs_vport" and line["kind"] == "message"),
        ("family = 'ovs_vport' and cmd = 'get'", lambda line: (line["family"], line["cmd"]) == ("ovs_vport", "get")),
        ("kind = 'nothing'", lambda line: False),
        ("number > 20000000000", lambda line: False),
    ):
        (row,) = asked(f"select count(*) as n from messages where {condition}", name)
        assert row["n"] == sum(1 for line in lines if passes(line)), condition


def test_texts_that_look_like_conditions() -> None:
    """A text in a condition is not read as another condition."""
    capture = str(path("l2-basic"))
    with sql.connect([(capture, capture)], lambda name, text: None) as connection:
        (expected,) = connection.execute("select count(port) from messages").fetchall()
        (found,) = connection.execute("select count(*) from messages where port <> '(number == 5)'").fetchall()
    assert found == expected > (0,)
    for text in ("(number == 5)", '(kind == "error")', '"(number == 5)', '\\"(number == 5)'):
        assert sql.display_filter(str((pc.field("port") != text) & (pc.field("number") > 3))) == "number > 3"
        assert sql.display_filter(str(pc.field("port") != text)) is None


def test_several_captures() -> None:
    """All captures are in each table; the column says which."""
    rows = asked("select capture, count(*) as n from upcalls group by 1", "slowpath", "tunnels")
    assert [row["capture"] for row in sorted(rows, key=lambda row: str(row["capture"]))] == [str(path("slowpath")), str(path("tunnels"))]


def test_formats(tmp_path: Path) -> None:
    """A table, CSV, JSON and Parquet of one answer."""
    query = "select cmd, count(*) as n, max(time) as last from upcalls group by 1 order by 1"
    rows = asked(query, "slowpath")
    assert [row["cmd"] for row in rows] == ["action", "miss"]
    assert re.fullmatch(r"2026-11-23T06:4\d:\d\d\.\d{9}Z", rows[0]["last"])
    text = run(query, path("slowpath")).stdout.splitlines()
    assert text[0].split() == ["cmd", "n", "last"]
    assert text[1].split() == [str(value) for value in rows[0].values()]
    assert run(query, path("slowpath"), "--format", "csv").stdout.splitlines()[1] == ",".join(str(value) for value in rows[0].values())
    assert run(query, path("slowpath"), "--format", "parquet", "-o", tmp_path / "answer.parquet").exit_code == 0
    assert duckdb.sql(f"select cmd, n from '{tmp_path / 'answer.parquet'}'").fetchall() == [(row["cmd"], row["n"]) for row in rows]


def test_values() -> None:
    """Times of every unit are those times, in lists and structs too; what JSON has no type for is text as DuckDB prints it."""
    moment = "timestamptz '2026-11-23 06:38:26.5+00'"
    query = f"""select {moment} as us, date_trunc('second', {moment}) as second, ({moment})::timestamp as naive,
        timestamp_s '2026-11-23 06:38:26' as s, [{moment}] as times, {{'at': {moment}, 'day': date '2026-11-23'}} as struct,
        map {{'a': {moment}}} as map, [[1, 2], [3]] as nested, 'infinity'::timestamptz as ever, interval '1 month 2 days 30 seconds' as i,
        1.5::decimal(4, 2) as d, 3::hugeint as h, '\\xAB'::blob as b, null as nothing"""
    (row,) = asked(query, "rawnl")
    text = "2026-11-23T06:38:26.500000000Z"
    assert row == {
        "us": text, "second": text.replace(".5", ".0"), "naive": text[:-1], "s": text[:-1].replace(".5", ".0"), "times": [text],
        "struct": {"at": text, "day": "2026-11-23"}, "map": {"a": text}, "nested": [[1, 2], [3]], "ever": "infinity",
        "i": "1 month 2 days 00:00:30", "d": 1.5, "h": 3, "b": "ab", "nothing": None,
    }  # fmt: skip
    cells = run(query, path("rawnl")).stdout.splitlines()[1]
    assert f'{text}  {{"at":"{text}","day":"2026-11-23"}}  {{"a":"{text}"}}  [[1,2],[3]]' in cells


def test_values_as_duckdb_prints_them() -> None:
    """The text beside each value is DuckDB's own."""
    days = [f"interval '{days} day'" for days in (1, -1, 2, 0)]
    clocks = [f"interval '{seconds} second'" for seconds in (30, -30, 3661, -86399)]
    values = [*days, *clocks, "interval '-1 month -2 day'", "'-infinity'::timestamp", "'infinity'::timestamp"]
    query = " union all by name ".join(f"select {value} as value{at}, {value}::varchar as text{at}" for at, value in enumerate(values))
    rows = asked(query, "rawnl")
    assert len(rows) == len(values)
    for at, (row, value) in enumerate(zip(rows, values, strict=True)):
        assert row[f"value{at}"] == row[f"text{at}"], value
        assert row[f"text{at}"], value


def test_decimals() -> None:
    """A whole number has no fraction."""
    query = "select 2::decimal(4, 2) as whole, -3::decimal(4, 2) as negative, 2.5::decimal(4, 2) as half"
    told = run(query, path("rawnl"), "--format", "json")
    assert '{"whole":2,"negative":-3,"half":2.5}' in told.stdout


def test_save(tmp_path: Path) -> None:
    """A database that DuckDB opens by itself has all tables."""
    file = tmp_path / "kept.duckdb"
    assert run("select 1", path("mid-stream"), "--save", file).exit_code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["kept.duckdb"]
    with duckdb.connect(str(file), read_only=True) as kept:
        assert {name for (name,) in kept.execute("show tables").fetchall()} == set(TABLES)
        (count,) = kept.execute("select count(*) from upcalls").fetchall()
    assert count == (asked("select count(*) as n from upcalls", "mid-stream")[0]["n"],)


def test_mistakes(tmp_path: Path) -> None:
    """Names that are none, captures that are none, an output that is a capture."""
    assert "double quotes" in run("select key.ipv4.src from messages", path("tunnels")).stderr
    assert "\nThe tables are messages, upcalls, flows" in run("select * from packets", path("tunnels")).stderr
    assert run("select nothing from messages", path("tunnels")).exit_code == 2
    assert run("select 1").exit_code == 2
    none = tmp_path / "none"
    none.write_text("nothing of the kind")
    result = run("select count(*) from upcalls", none, path("tunnels"))
    assert (result.exit_code, str(none) in result.stderr) == (1, True)
    assert run("select count(*) from upcalls", none, tmp_path).exit_code == 2
    result = run("select capture, kind from problems where kind = 'unreadable'", none, path("rawnl"), "--format", "csv")
    assert (result.exit_code, result.stdout) == (1, f"capture,kind\n{none},unreadable\n")
    before = none.read_bytes()
    copy = tmp_path / "copy.pcap.gz"
    copy.write_bytes(path("startup").read_bytes())
    for option in ("-o", "--save"):
        assert run("select 1", copy, option, copy).exit_code == 2
    assert copy.read_bytes() == path("startup").read_bytes()
    assert none.read_bytes() == before


def test_tables_are_listed() -> None:
    """Without a question: what can be asked."""
    told = run().stdout
    assert all_of(re.search(rf"^{table}\b", told, re.MULTILINE) for table in TABLES)
    assert '"key.ipv4.src"' in told


def test_parquet_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal alone is refused what is binary."""
    arguments = ("sql", "select 1 as one", path("truncated"), "--format", "parquet", "-q")
    done = run_command(monkeypatch, *arguments)
    assert (done.code, done.out[:4], done.out[-4:]) == (0, b"PAR1", b"PAR1")
    refused = run_command(monkeypatch, *arguments, terminal=True)
    assert (refused.code, refused.out) == (2, b"")
    assert "write it to a file with -o FILE" in refused.err


def test_what_is_replaced_keeps_its_permissions_and_what_cannot_be_asked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a database that was saved for one user alone; captures are named once, whoever named them twice; times are UTC in any zone."""
    saved = tmp_path / "all.duckdb"
    saved.write_bytes(b"old")
    saved.chmod(0o600)
    query = "select count(*) as n from messages"
    twice = run(query, path("truncated"), path("truncated"), "--format", "json", "--save", saved, "-q")
    once = run(query, path("truncated"), "--format", "json", "-q")
    assert (twice.exit_code, twice.stdout) == (0, once.stdout)
    assert saved.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    first = run("select number, strftime(time, '%H:%M:%S') as t from messages limit 1", path("startup"), "--format", "json", "-q").stdout
    ((line),) = json.loads(first)
    with ovsdissect.open(path("startup")) as capture:
        message = capture[line["number"]]
        assert message.time is not None
        assert line["t"] == f"{message.time:%H:%M:%S}"
    none, other = tmp_path / "none.pcap", tmp_path / "other.pcap"
    other.write_bytes(b"no capture")
    said = run("select count(*) as n from messages", path("truncated"), none, other, "-q")
    assert said.exit_code == 1
    assert [said.stderr.count(str(one)) for one in (none, other)] == [1, 1], "each once"
    piped = run_command(monkeypatch, "sql", query, "-", stdin=b"no capture")
    assert piped.code == 2
    assert "standard input" in piped.err
    assert "/tmp" not in piped.err

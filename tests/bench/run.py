"""The speed table of docs/performance.md: ovsdissect against tshark, capinfos, decoders in Python, and the commit before.

    python -m tests.bench.run [--base CHECKOUT] [--storm CAPTURE] [--only GROUP]... [--rounds N] [--write]

All of it takes half an hour to an hour.  The captures are read once before, so that they are in the page cache.  tests/bench/contenders
holds what the decoders in Python need.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

from ovsdissect.api import open
from ovsdissect.capture import open_capture
from tests.bench.generate import generate
from tests.bench.processes import ENVIRONMENT, ROOT, Command, Rounds, cost, ours
from tests.bench.repeated import repeat
from tests.bench.table import BUSY_BEFORE, PAGE, Other, Row, Table

HEADER_FIELDS: Final = (
    *("frame.number", "frame.time_epoch", "netlink.hdr_len"),
    *("netlink.hdr_type", "netlink.hdr_flags", "netlink.hdr_seq", "netlink.hdr_pid"),
)
INDEX: Final = "from ovsdissect.engine.index import Index; Index({path!r})"
SOME_COLUMNS: Final = (
    "from ovsdissect.columns import batches; "
    "names = ['number', 'time_ns', 'kind', 'family', 'cmd', 'port', 'nlmsg.len']; "
    "print(sum(batch.num_rows for batch in batches({path!r}, 'messages', names)))"
)
MOST_MEMORY: Final = 40  # MB of anonymous memory
MOST_ANALYSIS: Final = 150  # MB of anonymous memory
LEAST_ANALYSED: Final = 200_000  # messages a CPU second
LONGEST_HELP, LONGEST_START, LONGEST_TREE = 40, 100, 100  # ms of CPU, ms of CPU, microseconds
IN_MEMORY: Final = (
    *(("dictionaries", "our Construct grammar", None), ("dictionaries", "plain Construct", 60)),
    *(("dictionaries", "plain Construct, compiled", None), ("json", "pyroute2", 40), ("json", "scapy", 130)),
)


class Options(NamedTuple):
    """What the command line chose."""

    messages: int
    indexed: int
    repeated: int
    recordings: list[str]
    storm: Path | None
    scratch: Path


def tshark(path: Path, *arguments: str) -> Command:
    """A command of tshark."""
    return Command(("tshark", "-r", str(path), *arguments))


def lasting(table: Table, path: Path, what: str, must: float | None, must_before: float | None = None, *options: str) -> None:
    """The line of `json` against `tshark -T json`."""
    command = ours("json", *options, str(path))  # to standard output, as tshark: to replace a file costs what the disk has to do
    name = " ".join(("json", *options))
    table.compare(command, [Other(f"{what}: `{name}` against `tshark -T json`", tshark(path, "-T", "json"), must)], must_before)


def warmed(path: Path) -> Path:
    """A capture, in the page cache."""
    with open_capture(path) as capture:
        records = sum(1 for _ in capture)
    print(f"{path.name}: {records:,} records, {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)
    return path


def repeated(table: Table, options: Options) -> None:
    """Each recording's packet and flow messages, repeated: as various as in life."""
    for name in options.recordings:
        path = options.scratch / f"{name}.pcap"
        if not repeat(ROOT / "captures" / f"{name}.pcap.gz", path, options.repeated):
            continue
        warmed(path)
        what = f"{name}, repeated to {options.repeated:,}"
        lasting(table, path, what, 15)
        table.compare(ours("list", str(path)), [Other(f"{what}: `list` against `tshark`", tshark(path), 1)])
        path.unlink()


def synthetic(table: Table, options: Options) -> None:
    """A synthetic capture; the index on a larger one."""
    path, large = options.scratch / "synthetic.pcap", options.scratch / "large.pcap"
    generate(path, options.messages)
    warmed(path)
    what = f"synthetic {options.messages:,}"
    lasting(table, path, what, 20, 3)
    fields = [part for name in HEADER_FIELDS for part in ("-e", name)]
    others = [
        Other(f"{what}: `list` against `tshark`", tshark(path), 1),
        Other(f"{what}: `list` against `tshark -T fields`, 7 header fields", tshark(path, "-T", "fields", *fields), 3),
    ]
    table.compare(ours("list", str(path)), others)
    chosen = Other(f'{what}: `list -Y "key.in_port == 1"` against `tshark -Y "genl.cmd == 1"`', tshark(path, "-Y", "genl.cmd == 1"), 1.5)
    table.compare(ours("list", str(path), "-Y", "key.in_port == 1"), [chosen])
    generate(large, options.indexed)
    warmed(large)
    counted = Other(f"synthetic {options.indexed:,}: index against `capinfos -c`", Command(("capinfos", "-c", str(large))), 0.65)
    table.compare(Command((sys.executable, "-c", INDEX.format(path=str(large)))), [counted])
    large.unlink()


def storm(table: Table, options: Options) -> None:
    """An upcall storm, as it was recorded."""
    if options.storm is None:
        print("storm: no --storm CAPTURE was given", file=sys.stderr)
        return
    path, out = options.scratch / "storm.pcap", str(options.scratch / "out.json")
    shutil.copy(options.storm, path)
    warmed(path)
    lasting(table, path, "storm", 15, 5)
    table.compare(ours("stats", str(path)), [Other("storm: `stats` against `list`", ours("list", str(path)), 1)])
    alone = Other("storm: `json -j 2` against `json -j 1`, by the clock", ours("json", "-j", "1", str(path), "-o", out), 1.6)
    table.compare(ours("json", "-j", "2", str(path), "-o", out), [alone], wall=True)


def analyses(table: Table, options: Options) -> None:
    """What happened to every upcall of a storm: messages a CPU second of whole processes, with the text of every line and without."""
    if options.storm is None:
        print("analyses: no --storm CAPTURE was given", file=sys.stderr)
        return
    with open(options.storm) as capture:
        messages = len(capture)
    commands = {
        "`upcalls --summary`": ("upcalls", "--summary"),
        "`upcalls`": ("upcalls",),
        "`flows`": ("flows",),
        "`report`": ("report",),
    }
    costs = table.rounds.of([ours(*arguments, str(options.storm)) for arguments in commands.values()])
    for name, spent in zip(commands, costs, strict=True):
        least = None if name == "`upcalls`" else LEAST_ANALYSED  # what its lines take is no analysis
        table.at_least(f"analyses: {name} of the storm", messages / spent.cpu, "messages/s", least)
    table.at_most("analyses: anonymous memory of `report`", costs[-1].memory, "MB", MOST_ANALYSIS)


def columns(table: Table, options: Options) -> None:
    """Tables: all columns of messages as Parquet, some columns in memory, a query on the analyses; whole processes."""
    path, out = options.scratch / "synthetic.pcap", str(options.scratch / "tables")
    generate(path, options.messages)
    captures = {f"synthetic {options.messages:,}": warmed(path)}
    if options.storm is not None:
        captures["storm"] = options.storm
    for what, capture in captures.items():
        mine = ours("columns", "--table", "messages", str(capture), "-o", out, "--force")
        table.compare(mine, [Other(f"{what}: `columns --table messages` against `json`", ours("json", "-j", "1", str(capture)), 0.33)])
    some = Command((sys.executable, "-c", SOME_COLUMNS.format(path=str(path))))
    listed = ours("list", str(path), "-Y", "nlmsg.len > 0")
    what = f"synthetic {options.messages:,}: `batches` of 7 columns against `list -Y` of all messages"
    table.compare(some, [Other(what, listed, 1)])
    if options.storm is not None:
        query = ours("sql", "select port, count(*) from upcalls group by 1", str(options.storm))
        table.compare(query, [Other("storm: `sql` counting upcalls by port against `upcalls`", ours("upcalls", str(options.storm)), 0.67)])


def recorded(table: Table, options: Options) -> None:
    """The captures of the repository behind one another: classic little-endian pcap in microseconds, as one file."""
    path = options.scratch / "recorded.pcap"
    with path.open("wb") as out:
        for file in sorted((ROOT / "captures").glob("*.pcap.gz")):
            data = gzip.decompress(file.read_bytes())
            if data[:4] == b"\xd4\xc3\xb2\xa1":
                out.write(data[24:] if out.tell() else data)
    lasting(table, warmed(path), "recorded", 12, 3, "--all")


def memory(table: Table, options: Options) -> None:
    """Messages in memory against decoders in Python; what the tree takes; memory of a stream and of one twice as long."""
    path, double = options.scratch / "synthetic.pcap", options.scratch / "double.pcap"
    generate(path, options.messages)
    generate(double, 2 * options.messages)
    speeds: dict[str, Any] = json.loads(_output("tests.bench.memory", str(path)))
    for own, other, must in IN_MEMORY:
        speed, limit = speeds[other], f"{must}x" if must else ""
        measure, mine = f"{own} in memory against {other}", f"{speeds[own]:,.0f}/s"
        if isinstance(speed, str):
            table.add(Row(measure, mine, f"{other} is {speed}", "", limit))
        else:
            ratio = speeds[own] / speed
            table.add(Row(measure, mine, f"{speed:,.0f}/s", f"{ratio:.1f}x", limit, met=ratio >= must if must else None))
    spent: dict[str, float] = json.loads(_output("tests.bench.tree", "--measure"))
    table.at_most("the tree: `to_dict` of a MISS in a tunnel, by the clock", spent["MISS in a tunnel"], "µs", LONGEST_TREE)
    for what, piped in (("from a file", False), ("from a pipe", True)):
        out = options.scratch / "out0"
        once, twice = (
            cost(ours("json", "-" if piped else str(one), "-o", str(options.scratch / "out1"))._replace(piped=one if piped else None), out)
            for one in (path, double)
        )
        measure = f"anonymous memory of `json` {what}: {once.memory:.0f} MB, and with twice the messages"
        table.at_most(measure, twice.memory, "MB", MOST_MEMORY, met=twice.memory <= once.memory * 1.1)


def start(table: Table, options: Options) -> None:
    """Commands with next to nothing to do."""
    tiny = options.scratch / "tiny.pcap"
    generate(tiny, 20)
    helped, made = table.rounds.of([ours("--help"), ours("json", str(tiny))])
    table.at_most("start: `--help`", helped.cpu * 1000, "ms", LONGEST_HELP)
    table.at_most("start: `json` of 20 messages", made.cpu * 1000, "ms", LONGEST_START)


GROUPS: Final = {group.__name__: group for group in (repeated, synthetic, storm, analyses, columns, recorded, memory, start)}


def _output(module: str, *arguments: str) -> bytes:
    """What a program of the bench prints."""
    return subprocess.check_output((sys.executable, "-m", module, *arguments), cwd=ROOT, env=ENVIRONMENT)


def prepared(checkout: Path) -> Path:
    """A checkout as an installation leaves it: the engine compiled, and nobody's second start compiles the sources to bytecode."""
    compile_engine = checkout / "tools" / "compile_engine.py"
    if compile_engine.exists():
        subprocess.run((sys.executable, str(compile_engine)), check=True)
    subprocess.run((sys.executable, "-m", "compileall", "-q", "ovsdissect", "tests/bench"), cwd=checkout, env=ENVIRONMENT, check=True)
    return checkout


def main() -> None:
    """Measure, print, and write the page where asked."""
    recordings = sorted(path.name.removesuffix(".pcap.gz") for path in (ROOT / "captures").glob("*.pcap.gz"))
    parser = argparse.ArgumentParser(description="ovsdissect against the others")
    parser.add_argument("--base", type=Path, metavar="CHECKOUT", help="the commit before: a checkout, measured in the same rounds")
    parser.add_argument("--storm", type=Path, metavar="CAPTURE", help="an uncompressed capture of an upcall storm")
    parser.add_argument("--only", action="append", choices=GROUPS, default=[], help="one group of lines")
    parser.add_argument("--recording", action="append", choices=recordings, default=[], help="one of the recordings that are repeated")
    parser.add_argument("--repeated", type=int, default=100_000, help="messages of a repeated recording")
    parser.add_argument("--count", type=int, default=200_000, help="messages of the synthetic capture")
    parser.add_argument("--indexed", type=int, default=2_000_000, help="messages of the capture that is indexed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    chosen = parser.parse_args()
    before = os.getloadavg()[0]
    if before > BUSY_BEFORE:
        print(f"load average {before:.1f}: the machine is busy, the numbers will be too", file=sys.stderr)
    prepared(ROOT)
    with tempfile.TemporaryDirectory(prefix="ovsdissect-bench-") as name:
        scratch = Path(name)
        options = Options(chosen.count, chosen.indexed, chosen.repeated, chosen.recording or recordings, chosen.storm, scratch)
        table = Table(Rounds(chosen.rounds, scratch), prepared(chosen.base.resolve()) if chosen.base else None)
        for group, measure in GROUPS.items():
            if group in (chosen.only or GROUPS):
                measure(table, options)
    text = table.page(before, os.getloadavg()[0])
    print(text)
    if chosen.write:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()

"""The speed table of docs/performance.md: ovsdissect against tshark, capinfos, and decoders in Python, in one run on one machine.

Each contender is a process of its own; its CPU seconds (user and system) are measured, output goes to a file, and the rounds of the
contenders alternate, so that what slows the machine slows both.  The captures are read once before, so that they are in the page cache.
    python -m tests.bench.run [--count N] [--rounds N] [--capture PATH]... [--write]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, NamedTuple

from ovsdissect.capture import open_capture
from tests.bench.generate import generate
from tests.bench.stages import STAGES

ROOT: Final = Path(__file__).parent.parent.parent
PAGE: Final = ROOT / "docs" / "performance.md"
OURS: Final = (sys.executable, "-m", "ovsdissect")
HEADER_FIELDS: Final = (
    *("frame.number", "frame.time_epoch", "netlink.hdr_len"),
    *("netlink.hdr_type", "netlink.hdr_flags", "netlink.hdr_seq", "netlink.hdr_pid"),
)
# some environments forbid Python to keep bytecode, or to buffer output: what is measured runs as users run it
ENVIRONMENT: Final = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
BUSY_BEFORE, BUSY_AFTER = 0.5, 1.6  # load averages: the bench itself is one process
MOST_MEMORY: Final = 64  # MB of anonymous memory
LONGEST_HELP: Final = 0.08  # seconds
IN_MEMORY: Final = (
    *(("dictionaries", "our Construct grammar", None), ("dictionaries", "plain Construct", 60)),
    *(("dictionaries", "plain Construct, compiled", None), ("json", "pyroute2", 40), ("json", "scapy", 130)),
)
TOLD: Final = {
    "start": "start-up",
    "survey": "the survey, so that family ids are known from the start",
    "lane": "reading, headers, requests, names",
    "lines": "attributes into pieces of JSON text",
    "joined": "joining the pieces",
    "written": "writing to a file",
    "left": "what is left",
    "all": "the process",
}


class Cost(NamedTuple):
    """What a process took: CPU seconds, wall seconds, the most anonymous memory in MB."""

    cpu: float
    wall: float
    memory: float


class Row(NamedTuple):
    """One line of the table."""

    measure: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    must: str = ""
    met: bool | None = None


def cost(command: Sequence[str], output: Path, piped: Path | None = None) -> Cost:
    """Run a command to its end; piped: what comes to its standard input, through a pipe."""
    most = [0.0]
    feeder = subprocess.Popen(("cat", piped), stdout=subprocess.PIPE) if piped else None
    source = feeder.stdout if feeder else subprocess.DEVNULL
    start = time.perf_counter()
    with (
        output.open("wb") as out,
        subprocess.Popen(command, stdin=source, stdout=out, stderr=subprocess.DEVNULL, cwd=ROOT, env=ENVIRONMENT) as process,
    ):
        watch = threading.Thread(target=_watch, args=(process.pid, most))
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.join()
    if feeder:
        feeder.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, most[0])


def _watch(pid: int, most: list[float]) -> None:
    """Note the anonymous memory of a process a few times a second."""
    while True:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        kilobytes = [int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")]
        if not kilobytes:
            return
        most[0] = max(most[0], kilobytes[0] / 1024)
        time.sleep(0.05)


def recorded(scratch: Path) -> Path:
    """The real captures of the repository behind one another: classic little-endian pcap in microseconds, as one file."""
    path = scratch / "recorded.pcap"
    with path.open("wb") as out:
        begun = False
        for name in sorted((ROOT / "captures").glob("*.pcap.gz")):
            data = gzip.decompress(name.read_bytes())
            if data[:4] != b"\xd4\xc3\xb2\xa1":
                continue
            out.write(data[24:] if begun else data)
            begun = True
    return path


def warmed(path: Path) -> int:
    """How many records a capture has; reading it brings it into the page cache."""
    with open_capture(path) as capture:
        return sum(1 for _ in capture)


class Bench:
    """The table and what is said below it, as they grow.  spread: by how much the rounds of one command differed at most."""

    def __init__(self, rounds: int, scratch: Path) -> None:
        self.rounds, self.scratch = rounds, scratch
        self.table: list[Row] = []
        self.spread = 0.0

    def add(self, row: Row) -> None:
        """A line of the table."""
        print(" | ".join(map(str, row)), file=sys.stderr, flush=True)
        self.table.append(row)

    def against(self, commands: Sequence[Sequence[str]], pick: Callable[[Iterable[float]], float] = statistics.median) -> list[Cost]:
        """The medians, or what else `pick` takes of the rounds, of commands that take turns."""
        costs: list[list[Cost]] = [[] for _ in commands]
        for _ in range(self.rounds):
            for place, command in enumerate(commands):
                costs[place].append(cost(command, self.scratch / f"out{place}"))
        picked = [Cost(*(pick(values) for values in zip(*found, strict=True))) for found in costs]
        spreads = [(max(found).cpu - min(found).cpu) / middle.cpu for found, middle in zip(costs, picked, strict=True) if middle.cpu > 0.5]
        self.spread = max(self.spread, *spreads, 0.0)
        return picked

    def compare(
        self, ours: Sequence[str], others: Sequence[tuple[str, Sequence[str], float | None]], *, wall: bool = False
    ) -> float:
        """A line for each of the others (what is measured, the command, the ratio it must be): our CPU seconds, or our wall seconds."""
        there = [command for _, command, _ in others if shutil.which(command[0])]
        found = [one.wall if wall else one.cpu for one in self.against([ours, *there])]
        costs = iter(found[1:])
        for measure, command, must in others:
            limit = f"{must:g}x" if must else ""
            if command in there:
                other = next(costs)
                ratio = other / found[0]
                self.add(Row(measure, f"{found[0]:.2f} s", f"{other:.2f} s", f"{ratio:.2f}x", limit, ratio >= must if must else None))
            else:
                self.add(Row(measure, f"{found[0]:.2f} s", f"{command[0]} is not installed", "", limit))
        return found[0]

    def in_memory(self, path: Path) -> None:
        """The lines of tests/bench/memory.py."""
        command = (sys.executable, "-m", "tests.bench.memory", str(path))
        speeds: dict[str, Any] = json.loads(subprocess.check_output(command, cwd=ROOT, env=ENVIRONMENT))
        for ours, other, must in IN_MEMORY:
            speed, limit = speeds[other], f"{must}x" if must else ""
            measure, own = f"{ours} in memory against {other}", f"{speeds[ours]:,.0f}/s"
            if isinstance(speed, str):
                self.add(Row(measure, own, f"{other} is {speed}", "", limit))
            else:
                ratio = speeds[ours] / speed
                self.add(Row(measure, own, f"{speed:,.0f}/s", f"{ratio:.1f}x", limit, ratio >= must if must else None))

    def flat(self, path: Path, double: Path) -> None:
        """The memory of a stream and of one twice as long, from files and from pipes."""
        for what, piped in (("from a file", False), ("from a pipe", True)):
            out = self.scratch / "out0"
            once, twice = (
                cost((*OURS, "json", "-" if piped else str(one), "-o", str(self.scratch / "out1")), out, one if piped else None).memory
                for one in (path, double)
            )
            met = twice <= MOST_MEMORY and twice <= once * 1.1
            measure = f"anonymous memory of `json` {what}, and with twice the messages"
            self.add(Row(measure, f"{once:.0f} MB", f"{twice:.0f} MB", "", f"{MOST_MEMORY} MB, flat", met))


def measured(count: int, rounds: int, extra: Sequence[Path], scratch: Path) -> tuple[Bench, list[str]]:
    """The table, and the lines about where the time goes."""
    synthetic, double, tiny = scratch / "synthetic.pcap", scratch / "double.pcap", scratch / "tiny.pcap"
    for path, size in ((synthetic, count), (double, 2 * count), (tiny, 20)):
        generate(path, size)
    real = recorded(scratch)
    for path in (synthetic, real, *extra):
        print(f"{path.name}: {warmed(path):,} records, {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)

    bench = Bench(rounds, scratch)
    tshark, out = ("tshark", "-r", str(synthetic)), str(scratch / "out.json")
    totals: dict[str, float] = {}
    first = [(f"`json` against `tshark -T json`, synthetic {count:,}", (*tshark, "-T", "json"), 8)]
    totals["json"] = bench.compare((*OURS, "json", str(synthetic), "-o", out), first)
    pair = (*OURS, "json", "-j", "2", str(synthetic), "-o", out)
    bench.compare(pair, [("the same with `-j 2`, by the clock", (*tshark, "-T", "json"), None)], wall=True)
    for path in extra:
        more = [(f"`json` against `tshark -T json`, {path.name}", ("tshark", "-r", str(path), "-T", "json"), None)]
        bench.compare((*OURS, "json", str(path), "-o", out), more)
    every = [("`json --all` on the recorded captures against the same", ("tshark", "-r", str(real), "-T", "json"), 30)]
    totals["json --all"] = bench.compare((*OURS, "json", "--all", str(real), "-o", out), every)
    fields = [part for name in HEADER_FIELDS for part in ("-e", name)]
    others: list[tuple[str, Sequence[str], float | None]] = [
        ("`list` against `tshark -T fields`, 7 header fields", (*tshark, "-T", "fields", *fields), 1),
        ("`list` against `tshark`", tshark, None),
    ]
    totals["list"] = bench.compare((*OURS, "list", str(synthetic)), others)
    chosen = [('`list -Y "key.in_port == 1"` against `tshark -Y "genl.cmd == 1"`', (*tshark, "-Y", "genl.cmd == 1"), 1)]
    totals["list -Y"] = bench.compare((*OURS, "list", str(synthetic), "-Y", "key.in_port == 1"), chosen)
    index = "from ovsdissect.dissect.index import Index"
    whole = (sys.executable, "-c", f"{index}; Index({str(synthetic)!r})")
    totals["index"] = bench.compare(whole, [("index against `capinfos -c`", ("capinfos", "-c", str(synthetic)), 0.5)])
    bench.in_memory(synthetic)
    bench.flat(synthetic, double)
    shown = bench.against([(*OURS, "--help")])[0].wall
    longest = f"{LONGEST_HELP * 1000:.0f} ms"
    bench.add(Row("`ovsdissect --help`, by the clock", f"{shown * 1000:.0f} ms", must=longest, met=shown <= LONGEST_HELP))

    starts = {
        "json": (*OURS, "json", str(tiny), "-o", out),
        "json --all": (*OURS, "json", "--all", str(tiny), "-o", out),
        "list": (*OURS, "list", str(tiny)),
        "list -Y": (*OURS, "list", str(tiny), "-Y", "key.in_port == 1"),
        "index": (sys.executable, "-c", index),
    }
    python, *begun = (one.cpu for one in bench.against([(sys.executable, "-c", "pass"), *starts.values()]))
    stages = {"json": stages_of(bench, synthetic), "json --all": stages_of(bench, real, "--all")}
    return bench, where(totals, dict(zip(starts, begun, strict=True)), stages, python)


def stages_of(bench: Bench, path: Path, *options: str) -> dict[str, float]:
    """What each stage of `json` costs in CPU seconds: processes that end after it, less what came before."""
    commands = [(sys.executable, "-m", "tests.bench.stages", name, str(path), *options) for name in STAGES]
    upto = dict(zip(STAGES, (one.cpu for one in bench.against(commands, min)), strict=True))
    start, survey, lane = (upto[name] for name in ("start", "survey", "lane"))
    found = {"start": start, "survey": survey - start, "lane": lane - survey}
    found |= {"lines": upto["lines"] - lane, "joined": upto["joined"] - upto["lines"], "written": upto["written"] - upto["joined"]}
    return found


def where(totals: dict[str, float], starts: dict[str, float], stages: dict[str, dict[str, float]], python: float) -> list[str]:
    """Where the time goes: the stages of whole processes."""
    columns: list[dict[str, float]] = []
    for name, total in totals.items():
        # a list has the stages of `json` up to its lines; the index has a pass of its own
        shared = ("survey", "lane") if "list" in name else ()
        column = stages.get(name) or {stage: stages["json"][stage] for stage in shared}
        column = column | {"start": starts[name]}
        columns.append(column | {"left": total - sum(column.values()), "all": total})
    heads = [name if name == "index" else f"`{name}`" for name in totals]
    lines = [
        "## Where the time goes",
        "",
        f"Milliseconds of CPU.  A start is the same command on 20 messages ({python * 1000:.0f} of it is Python alone); the other stages",
        "are the differences of processes that end after them, the least of the rounds.  What is left of a list is its lines,",
        "and of the index all.",
        "",
        f"| | {' | '.join(heads)} |",
        f"|---|{'---|' * len(totals)}",
    ]
    for stage, text in TOLD.items():
        cells = (f"{column[stage] * 1000:.0f}" if stage in column else "" for column in columns)
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return [*lines, ""]


def machine() -> list[str]:
    """What the numbers are from: the machine, and the version of every contender."""
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    facts = [f"{os.cpu_count()} CPUs ({names[0] if names else platform.machine()})", f"{platform.system()} {platform.release()}"]
    facts += [f"Python {platform.python_version()}"]
    for tool in ("tshark", "capinfos"):
        if shutil.which(tool):
            said = subprocess.run((tool, "--version"), capture_output=True, text=True, check=False).stdout
            facts.append(said.splitlines()[0].partition(" (Git")[0])
        else:
            facts.append(f"no {tool}")
    for package in ("construct", "pyroute2", "scapy", "orjson"):
        try:
            facts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            facts.append(f"no {package}")
    return [*facts, time.strftime("%Y-%m-%d", time.gmtime())]


def page(bench: Bench, below: Sequence[str], before: float, after: float) -> str:
    """The page of the documentation."""
    missed = [row.measure for row in bench.table if row.met is False]
    asked = sum(row.met is not None for row in bench.table)
    load = f"Load average {before:.1f} at the start, {after:.1f} at the end; the rounds of a command differed by up to {bench.spread:.0%}."
    busy = before > BUSY_BEFORE or after > BUSY_AFTER
    warning = ["**The machine had other work meanwhile: measure again on a quiet one before trusting these numbers.**", ""]
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; do not edit.  CPU seconds (user and system) of one process unless it says otherwise,",
        f"medians of {bench.rounds} rounds in which the contenders take turns, page cache warm, output to a file.",
        "The ratio is theirs to ours: larger is better.  In memory it is messages a CPU second; every contender there declares all",
        "attributes of ovs_packet and ovs_flow and gives the same values, which the bench checks; orjson writes for pyroute2 and scapy.",
        "",
        f"Measured on {', '.join(machine())}.",
        load,
        "",
        *(warning if busy else []),
        "| measure | ovsdissect | the other | ratio | must | met |",
        "|---|---|---|---|---|---|",
        *(f"| {' | '.join(row[:-1])} | {'' if row.met is None else 'yes' if row.met else '**no**'} |" for row in bench.table),
        "",
        f"{asked - len(missed)} of {asked} targets are met." + (f"  Not met: {'; '.join(missed)}." if missed else ""),
        "",
        *below,
        "How the fast path works is in [fast-path.md](fast-path.md).",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the page where asked."""
    parser = argparse.ArgumentParser(description="ovsdissect against the others")
    parser.add_argument("--count", type=int, default=200_000, help="messages of the synthetic capture")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--capture", type=Path, action="append", default=[], help="one more capture for json against tshark, uncompressed")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    before = os.getloadavg()[0]
    if before > BUSY_BEFORE:
        print(f"load average {before:.1f}: the machine is busy, the numbers will be too", file=sys.stderr)
    # as an installation does it: nobody's second start compiles the sources
    subprocess.run((sys.executable, "-m", "compileall", "-q", "ovsdissect", "tests/bench"), cwd=ROOT, env=ENVIRONMENT, check=True)
    with tempfile.TemporaryDirectory(prefix="ovsdissect-bench-") as scratch:
        bench, below = measured(options.count, options.rounds, [path.resolve() for path in options.capture], Path(scratch))
    text = page(bench, below, before, os.getloadavg()[0])
    print(text)
    if options.write:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()

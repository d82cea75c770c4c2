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
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ovsdissect.capture import open_capture
from tests.bench.generate import generate

ROOT: Final = Path(__file__).parent.parent.parent
PAGE: Final = ROOT / "docs" / "performance.md"
OURS: Final = (sys.executable, "-m", "ovsdissect")
HEADER_FIELDS: Final = (
    *("frame.number", "frame.time_epoch", "netlink.hdr_len"),
    *("netlink.hdr_type", "netlink.hdr_flags", "netlink.hdr_seq", "netlink.hdr_pid"),
)


class Cost(NamedTuple):
    """What a process took: CPU seconds, wall seconds, the most anonymous memory in MB."""

    cpu: float
    wall: float
    memory: float


class Row(NamedTuple):
    """One line of the table."""

    measure: str
    ours: str
    theirs: str
    ratio: str
    must: str


def cost(command: Sequence[str], output: Path) -> Cost:
    """Run a command to its end."""
    most = [0.0]
    start = time.perf_counter()
    with output.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        watch = threading.Thread(target=_watch, args=(process.pid, most))
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, most[0])


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


def against(commands: Sequence[Sequence[str]], rounds: int, scratch: Path) -> list[Cost]:
    """The medians of commands that take turns."""
    costs: list[list[Cost]] = [[] for _ in commands]
    for _ in range(rounds):
        for place, command in enumerate(commands):
            costs[place].append(cost(command, scratch / f"out{place}"))
    return [Cost(*(statistics.median(values) for values in zip(*found, strict=True))) for found in costs]


def compare(measure: str, ours: Sequence[str], theirs: Sequence[str], must: str, rounds: int, scratch: Path, *, wall: bool = False) -> Row:
    """One line: our command against another, by CPU seconds or by the clock."""
    if shutil.which(theirs[0]) is None:
        return Row(measure, f"{cost(ours, scratch / 'out0').cpu:.2f} s", f"{theirs[0]} is not installed", "", must)
    found = against([ours, theirs], rounds, scratch)
    a, b = (one.wall if wall else one.cpu for one in found)
    return Row(measure, f"{a:.2f} s", f"{b:.2f} s", f"{b / a:.1f}x", must)


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


def records_of(path: Path) -> int:
    """How many records a capture has; reading it also warms the page cache."""
    with open_capture(path) as capture:
        return sum(1 for _ in capture)


def rows(count: int, rounds: int, extra: Sequence[Path], scratch: Path) -> list[Row]:
    """The table."""
    synthetic, double = scratch / "synthetic.pcap", scratch / "double.pcap"
    generate(synthetic, count)
    real = recorded(scratch)
    for path in (synthetic, real, *extra):
        print(f"{path.name}: {records_of(path):,} records, {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)

    def run(measure: str, ours: Sequence[str], theirs: Sequence[str], must: str, *, wall: bool = False) -> None:
        row = compare(measure, (*OURS, *ours), theirs, must, rounds, scratch, wall=wall)
        print(" | ".join(row), file=sys.stderr, flush=True)
        table.append(row)

    table: list[Row] = []
    out = str(scratch / "out.json")
    for path, what, must in [(synthetic, f"synthetic {count:,}", "8x"), *((one, one.name, "") for one in extra)]:
        run(f"`json` against `tshark -T json`, {what}", ["json", str(path), "-o", out], ["tshark", "-r", str(path), "-T", "json"], must)
    pair = ["json", "-j", "2", str(synthetic), "-o", out]
    run("the same with `-j 2`, by the clock", pair, ["tshark", "-r", str(synthetic), "-T", "json"], "", wall=True)
    every = ["json", "--all", str(real), "-o", out]
    run("`json --all` on the recorded captures against the same", every, ["tshark", "-r", str(real), "-T", "json"], "30x")
    fields = [part for name in HEADER_FIELDS for part in ("-e", name)]
    listed = ["list", str(synthetic)]
    run("`list` against `tshark -T fields`, 7 header fields", listed, ["tshark", "-r", str(synthetic), "-T", "fields", *fields], "1x")
    run("`list` against `tshark`", listed, ["tshark", "-r", str(synthetic)], "")
    chosen = ["list", str(synthetic), "-Y", "key.in_port == 1"]
    theirs = ["tshark", "-r", str(synthetic), "-Y", "genl.cmd == 1"]
    run('`list -Y "key.in_port == 1"` against `tshark -Y "genl.cmd == 1"`', chosen, theirs, "1x")

    index = [sys.executable, "-c", f"from ovsdissect.dissect.index import Index; Index({str(synthetic)!r})"]
    row = compare("index against `capinfos -c`", index, ["capinfos", "-c", str(synthetic)], "0.5x", rounds, scratch)
    table.append(row)

    memory = json.loads(subprocess.check_output((sys.executable, "-m", "tests.bench.memory", str(synthetic)), cwd=ROOT))
    for ours, other, must in (("dictionaries", "construct", "60x"), ("json", "pyroute2", "40x"), ("json", "scapy", "130x")):
        speed = memory[other]
        known = not isinstance(speed, str)
        told = f"{speed:,.0f}/s" if known else f"{other} is {speed}"
        ratio = f"{memory[ours] / speed:.0f}x" if known else ""
        table.append(Row(f"{ours} in memory against {other}", f"{memory[ours]:,.0f}/s", told, ratio, must))

    generate(double, 2 * count)
    sizes = [cost((*OURS, "json", str(path), "-o", out), scratch / "out0").memory for path in (synthetic, double)]
    table.append(Row("anonymous memory of `json`, and with twice the messages", *(f"{size:.0f} MB" for size in sizes), "", "64 MB, flat"))
    shown = against([(*OURS, "--help")], rounds, scratch)[0]
    table.append(Row("`ovsdissect --help`, by the clock", f"{shown.wall * 1000:.0f} ms", "", "", "80 ms"))
    return table


def machine() -> str:
    """What the numbers are from."""
    names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    tshark = subprocess.run(("tshark", "--version"), capture_output=True, text=True, check=False).stdout if shutil.which("tshark") else ""
    facts = [
        f"{os.cpu_count()} CPUs ({names[0] if names else platform.machine()})",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        tshark.splitlines()[0] if tshark else "no tshark",
        f"load average {os.getloadavg()[0]:.1f} at the end",
        time.strftime("%Y-%m-%d", time.gmtime()),
    ]
    return ", ".join(facts)


def page(table: Sequence[Row], rounds: int) -> str:
    """The page of the documentation."""
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; do not edit.  CPU seconds (user and system) of one process unless it says otherwise,",
        f"medians of {rounds} rounds in which the contenders take turns, page cache warm, output to a file.",
        "The ratio is theirs to ours: larger is better.",
        "",
        f"Measured on {machine()}.",
        "",
        "| measure | ovsdissect | the other | ratio | must |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in table),
        "",
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
    with tempfile.TemporaryDirectory(prefix="ovsdissect-bench-") as scratch:
        text = page(rows(options.count, options.rounds, options.capture, Path(scratch)), options.rounds)
    print(text)
    if options.write:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()

"""Memory is bounded, and time grows with the input, however many of one thing it has: each capture in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import heavy
from tests.cli.processes import environment

MB = 1024 * 1024
BOUND = 100 * MB  # and four times the longest record
HANG = 300  # seconds: a hang, not a measure

# runs a command without its output; prints its exit code, seconds of processor time and peak memory
PROGRAM = """
import json, os, resource, sys
from ovsdissect.cli import main
say = os.fdopen(os.dup(2), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
try:
    main()
except SystemExit as end:
    code = end.code
used = resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss would be that of the process before exec, too
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(json.dumps([code, used.ru_utime + used.ru_stime, peak * 1024]), file=say, flush=True)
"""

# name: how many, the longest record in bytes, and the commands whose memory is bounded by it
RECORDS = {
    "families": 70_000,
    "changing-families": 70_000,
    "ports": 70_000,
    "gone-ports": 70_000,
    "datapaths": 70_000,
    "requests": 70_000,
    "unknown-types": 70_000,
    "messages-of-a-record": 4_800_016,
    "malformed-of-a-record": 12_800_016,
    "attributes-of-a-message": 4_000_040,
    "problems": 1_600_000,
    "nesting": 70_000,
    "extended-acks": 2_000_000,
    "interfaces": 70_000,
    "sections": 70_000,
    "comments": 16_777_216,
    "options": 8_000_100,
    "long-names": 70_000,
}
QUICK = ("problems",)


def run(capture: Path, command: str) -> tuple[float, int]:
    """Processor seconds and peak memory of a command."""
    first, *rest = command.split()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, first, "-q", str(capture), *rest],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=HANG,
        env=environment(),
    )
    code, seconds, memory = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return float(seconds), int(memory)


def _marked() -> list[object]:
    return [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in RECORDS]


@pytest.mark.parametrize("name", _marked())
def test_memory(name: str, tmp_path: Path) -> None:
    path = tmp_path / "heavy"
    heavy.write(path, name)
    for command in ("stats", "list") if name in QUICK else ("stats", "list", "json"):
        _, memory = run(path, command)
        assert memory < BOUND + 4 * RECORDS[name], f"{command} took {memory // MB} MB"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "command"), [("long-names", "upcalls"), ("datapaths", "report"), ("ports", "ports")])
def test_memory_of_the_analyses(name: str, command: str, tmp_path: Path) -> None:
    path = tmp_path / "heavy"
    heavy.write(path, name)
    _, memory = run(path, command)
    assert memory < BOUND + 4 * RECORDS[name], f"{command} took {memory // MB} MB"


def test_a_small_file_that_unpacks_to_much(tmp_path: Path) -> None:
    path = tmp_path / "heavy.gz"
    heavy.write(path, "attributes-of-a-message")
    assert path.stat().st_size < 100_000
    for command in ("stats", "list", "json"):
        assert run(path, command)[1] < BOUND + 4 * RECORDS["attributes-of-a-message"]


def test_a_record_that_is_skipped_is_not_held(tmp_path: Path) -> None:
    """500 MB that one record claims and has, which take no room on the disk."""
    path = tmp_path / "long.pcap"
    with path.open("wb") as file:
        for part in heavy.pcap(heavy.known()):
            file.write(part)
        file.write(bytes(8) + (500 * MB).to_bytes(4, "little") * 2)
        file.truncate(file.tell() + 500 * MB)
    for command in ("stats", "list"):
        assert run(path, command)[1] < BOUND


# what was quadratic once: of four times as much, the time is about four times as long
LINEAR = {
    "families": (2_500, "stats"),
    "changing-families": (5_000, "stats"),
    "ports": (4_000, "stats"),
    "gone-ports": (4_000, "stats"),
    "datapaths": (4_000, "stats"),
    "options": (250_000, "stats"),
    "malformed-of-a-record": (20_000, "upcalls --json"),
    "flows": (5_000, "upcalls --json"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LINEAR)
def test_time_is_linear(name: str, tmp_path: Path) -> None:
    """Sixteen times, were it quadratic: the factor ten leaves room for a busy machine."""
    count, command = LINEAR[name]
    taken = []
    for many in (0, count, 4 * count):
        path = tmp_path / f"{many}"
        heavy.write(path, name, many)
        taken.append(min(run(path, command)[0] for _ in range(2)))
    start, once, four = taken
    assert four - start < 10 * max(once - start, 0.05), taken

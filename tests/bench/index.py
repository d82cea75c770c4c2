"""What the index of a capture costs: `python -m tests.bench.index CAPTURE [ROUNDS]`.

CPU milliseconds of whole processes that take turns, least and median: Python alone, with the imports, with the index, with the reader.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import Final

PROGRAMS: Final = {
    "python": "pass",
    "imports": "from ovsdissect.dissect.index import Index",
    "index": "from ovsdissect.dissect.index import Index; Index({path!r})",
    "reader": "from ovsdissect.capture import open_capture; [None for _ in open_capture({path!r})]",
}


def cpu(command: list[str]) -> float:
    """CPU seconds of a process."""
    with subprocess.Popen(command) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main(path: str, rounds: int) -> None:
    """Measure and print."""
    costs: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(rounds):
        for name, program in PROGRAMS.items():
            costs[name].append(cpu([sys.executable, "-c", program.format(path=path)]) * 1000)
    for name, found in costs.items():
        print(f"{name:8} {min(found):5.0f} {statistics.median(found):5.0f} ms")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9)

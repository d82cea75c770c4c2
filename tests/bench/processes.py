"""Measures processes: CPU seconds of whole ones, in rounds in which they alternate, so that what slows the machine slows all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent.parent
# some environments forbid Python to keep bytecode, or to buffer output: what is measured runs as users run it
ENVIRONMENT: Final = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OVSDISSECT"))}


class Command(NamedTuple):
    """A command, and where it runs: Python finds the package of the checkout that it runs in.  piped: what comes to standard input."""

    arguments: tuple[str, ...]
    folder: Path = ROOT
    piped: Path | None = None


class Cost(NamedTuple):
    """What a process took: CPU seconds (user and system), wall seconds, the most anonymous memory in MB."""

    cpu: float
    wall: float
    memory: float


def ours(*arguments: str, checkout: Path = ROOT) -> Command:
    """A command of ovsdissect."""
    return Command((sys.executable, "-m", "ovsdissect", *arguments), checkout)


def cost(command: Command, output: Path) -> Cost:
    """Run a command to its end, its output in a file.  SystemExit where it fails."""
    most = [0.0]
    feeder = subprocess.Popen(("cat", command.piped), stdout=subprocess.PIPE) if command.piped else None
    source = feeder.stdout if feeder else subprocess.DEVNULL
    os.sync()  # what the one before wrote is not written at this one's expense
    start = time.perf_counter()
    with (
        output.open("wb") as out,
        subprocess.Popen(
            command.arguments, stdin=source, stdout=out, stderr=subprocess.DEVNULL, cwd=command.folder, env=ENVIRONMENT
        ) as process,
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
        raise SystemExit(f"{' '.join(command.arguments)} in {command.folder}: exit code {process.returncode}")
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
        time.sleep(0.02)


class Rounds:
    """Rounds in which commands take turns.  spread: by how much those of one command of over half a second differed at most."""

    def __init__(self, count: int, scratch: Path) -> None:
        self.count, self._scratch = count, scratch
        self.spread = 0.0

    def of(self, commands: Sequence[Command], pick: Callable[[Iterable[float]], float] = statistics.median) -> list[Cost]:
        """The medians, or what else `pick` takes of the rounds."""
        costs: list[list[Cost]] = [[] for _ in commands]
        for _ in range(self.count):
            for place, command in enumerate(commands):
                costs[place].append(cost(command, self._scratch / f"out{place}"))
        picked = [Cost(*(pick(values) for values in zip(*found, strict=True))) for found in costs]
        spreads = [(max(found).cpu - min(found).cpu) / middle.cpu for found, middle in zip(costs, picked, strict=True) if middle.cpu > 0.5]
        self.spread = max(self.spread, *spreads, 0.0)
        return picked

"""The table of a bench: a line for each measure, and the page of the documentation that holds it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.processes import ROOT, Command, Cost, Rounds

PAGE: Final = ROOT / "docs" / "performance.md"
BUSY_BEFORE, BUSY_AFTER = 0.5, 1.6  # load averages: the bench itself is one process
HEADS: Final = ("measure", "ovsdissect", "the other", "ratio", "must", "before", "ratio", "must", "met")


class Row(NamedTuple):
    """One line of the table; met: None where nothing must be."""

    measure: str
    ours: str
    theirs: str = ""
    ratio: str = ""
    must: str = ""
    before: str = ""
    ratio_before: str = ""
    must_before: str = ""
    met: bool | None = None


class Other(NamedTuple):
    """Something to compare with: the measure, the command, and the ratio of its cost to ours that there must be."""

    measure: str
    command: Command
    must: float | None = None


class Table:
    """The lines as they grow.  base: another checkout, the state before."""

    def __init__(self, rounds: Rounds, base: Path | None) -> None:
        self.rounds, self.base = rounds, base
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        """A line of the table."""
        print(" | ".join(map(str, row)), file=sys.stderr, flush=True)
        self.rows.append(row)

    def compare(self, ours: Command, others: Sequence[Other], must_before: float | None = None, *, wall: bool = False) -> None:
        """A line for each of the others, with the state before in the first: CPU seconds, or seconds by the clock."""
        there = [other for other in others if shutil.which(other.command.arguments[0])]
        before = [ours._replace(folder=self.base)] if self.base else []
        costs = self.rounds.of([ours, *before, *(other.command for other in there)])
        own, *found = (_seconds(one, wall) for one in costs)
        told = ("", "", "")
        met_before = True
        if self.base:
            ratio, met_before = _ratio(found.pop(0), own, must_before)
            told = (f"{ratio * own:.2f} s", f"{ratio:.2f}x", _times(must_before))
        for other in others:
            if other in there:
                ratio, met = _ratio(found.pop(0), own, other.must)
                asked = other.must is not None or (told[2] != "")
                text = (f"{ratio * own:.2f} s", f"{ratio:.2f}x", _times(other.must))
                self.add(Row(other.measure, f"{own:.2f} s", *text, *told, met=met and met_before if asked else None))
            else:
                text = (f"{other.command.arguments[0]} is not installed", "", _times(other.must))
                self.add(Row(other.measure, f"{own:.2f} s", *text, *told))
            told, met_before = ("", "", ""), True

    def at_most(self, measure: str, value: float, unit: str, most: float, met: bool = True) -> None:
        """A line for a value that has a limit."""
        self.add(Row(measure, f"{value:.0f} {unit}", must=f"{most:.0f} {unit}", met=met and value <= most))

    def at_least(self, measure: str, value: float, unit: str, least: float | None) -> None:
        """A line for a value that must be as large as that, where it must."""
        must, met = ("", None) if least is None else (f"{least:,.0f} {unit}", value >= least)
        self.add(Row(measure, f"{value:,.0f} {unit}", must=must, met=met))

    def page(self, before: float, after: float) -> str:
        """The page of the documentation.  before, after: the load averages of the machine."""
        missed = [row.measure for row in self.rows if row.met is False]
        asked = sum(row.met is not None for row in self.rows)
        spread = f"the rounds of a command differed by up to {self.rounds.spread:.0%}"
        warning = ["**The machine had other work meanwhile: measure again on a quiet one before trusting these numbers.**", ""]
        lines = [
            "# Performance",
            "",
            "Written by `make bench ARGS=--write`.  CPU seconds (user and system) of whole processes unless it says otherwise,",
            f"medians of {self.rounds.count} rounds in which the contenders take turns, page cache warm, output to a file.",
            "The ratio is theirs to ours: larger is better.  *Before* is the same command of the commit before, in the same rounds.",
            "A repeated recording is the packet and flow messages of a real capture, again and again.  The synthetic one is of thirteen",
            "kinds of messages, and flatters.  In memory it is messages a CPU second; every contender there declares all attributes of",
            "ovs_packet and ovs_flow and gives the same values, which the bench checks.",
            "",
            f"Measured on {', '.join(machine())}.",
            f"Load average {before:.1f} at the start, {after:.1f} at the end; {spread}.",
            "",
            *(warning if before > BUSY_BEFORE or after > BUSY_AFTER else []),
            f"| {' | '.join(HEADS)} |",
            "|---" * len(HEADS) + "|",
            *(f"| {' | '.join(row[:-1])} | {'' if row.met is None else 'yes' if row.met else '**no**'} |" for row in self.rows),
            "",
            f"{asked - len(missed)} of {asked} targets are met." + (f"  Not met: {'; '.join(missed)}." if missed else ""),
            "",
        ]
        return "\n".join(lines)


def _seconds(cost: Cost, wall: bool) -> float:
    return cost.wall if wall else cost.cpu


def _ratio(theirs: float, ours: float, must: float | None) -> tuple[float, bool]:
    """Their cost to ours, and whether it is as large as it must be."""
    return theirs / ours, must is None or theirs / ours >= must


def _times(must: float | None) -> str:
    return "" if must is None else f"{must:g}x"


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

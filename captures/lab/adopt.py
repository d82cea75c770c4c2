#!/usr/bin/env python3
"""adopt.py FOLDER NAME: takes a recorded scenario into captures/: NAME.pcap.gz, NAME.log.gz, NAME.flows.txt, NAME.show.txt, NAME.md.

FOLDER is what record.sh leaves, its files gzipped or not.  The counts in NAME.md are written by tools/coverage.py afterwards.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

CAPTURES = Path(__file__).resolve().parent.parent
DATAPATH_LAYER = re.compile(r"[^|]*\|\d+\|(dpif|dpif_netlink)(\([^)|]*\))?\|")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z\|\d+\|")
SHOWN = ("show", "dpx", "ctlimits", "meter")  # gt-NAME.txt that go into NAME.show.txt; flow dumps among them go with the others
OVS_FAMILY = re.compile(r"(nlctrl|ovs_\w+) (\w+)$")


def text(folder: Path, name: str) -> str | None:
    """A text file of the folder, gzipped or not; None where there is none."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            data = path.read_bytes()
            return (gzip.decompress(data) if path.suffix == ".gz" else data).decode(errors="replace")
    return None


def datapath_lines(log: str) -> Iterator[str]:
    """The lines of the log's datapath layer, with those that continue them."""
    wanted = False
    for line in log.splitlines():
        if LOG_LINE.match(line):
            wanted = DATAPATH_LAYER.match(line) is not None
        if wanted:
            yield line


def sections(folder: Path, names: list[str]) -> list[tuple[float, str]]:
    """The printed sections ("## TIME COMMAND" to "## end TIME") of gt files, in the order of their times."""
    texts = (text(folder, f"gt-{name}.txt") or "" for name in names)
    found = (section for each in texts for section in re.findall(r"^## \d.*?^## end [^\n]*\n", each, re.MULTILINE | re.DOTALL))
    return sorted((float(section.split(None, 2)[1]), section) for section in found)


def printed(folder: Path, flows: bool) -> str:
    """What Open vSwitch printed of flows, or of everything else."""
    names = ["flows-appctl", "flows-names", "flows-dpctl", *SHOWN]
    return "".join(section for _time, section in sections(folder, names) if ("dump-flows" in section.partition("\n")[0]) is flows)


def gzipped(path: Path, data: bytes) -> None:
    """Write a gzip file that depends on nothing but its contents."""
    path.write_bytes(gzip.compress(data, 9, mtime=0))


def dropped(said: str) -> str:
    """What the capturing program said was lost."""
    found = re.search(r"(\d+) packets dropped by kernel", said) or re.search(r"received/dropped on interface '\w+': \d+/(\d+)", said)
    return found[1] if found else "unknown"


def adopt(folder: Path, name: str, target: Path = CAPTURES) -> None:
    """Take one scenario."""
    meta = json.loads((folder / "meta.json").read_text())
    facts = [
        ("scenario", f"`lab/guest/scenarios/{meta['scenario']}.sh`"),
        ("date", meta["date"]),
        ("kernel", meta["kernel"].replace("Linux ovslab ", "Linux ").replace("Linux guest ", "Linux ")),
        ("Open vSwitch", meta["ovs"].rpartition(" ")[2]),
    ]
    for capture in meta["captures"]:
        suffix = Path(capture["file"]).suffix
        command = re.sub(r"-w \S*/", "-w ", capture["cmd"]).strip()
        packed = folder / f"{capture['file']}.gz"
        if packed.exists():
            (target / f"{name}{suffix}.gz").write_bytes(packed.read_bytes())
        else:
            gzipped(target / f"{name}{suffix}.gz", (folder / capture["file"]).read_bytes())
        said = capture.get("said") or capture.get("tcpdump", "")
        facts.append((f"`{name}{suffix}.gz`", f"`{command}` on nlmon0, {dropped(said)} dropped"))
    ids = (OVS_FAMILY.match(line) for line in (text(folder, "genl-families.txt") or "").splitlines())
    facts.append(("family ids", ", ".join(f"{found[1]} {int(found[2], 0)}" for found in ids if found)))
    log = text(folder, "ovs-vswitchd.log")
    if log is not None:
        gzipped(target / f"{name}.log.gz", "".join(f"{line}\n" for line in datapath_lines(log)).encode())
        facts.append((f"`{name}.log.gz`", "ovs-vswitchd's log, the lines of dpif and dpif_netlink at debug level"))
    for kind, what in (("flows", "dpctl/dump-flows, ovs-dpctl dump-flows"), ("show", "ovs-dpctl show, limits, meters")):
        shown = printed(folder, kind == "flows")
        if shown:
            (target / f"{name}.{kind}.txt").write_text(shown)
            facts.append((f"`{name}.{kind}.txt`", f"{what}, each between the times before and after it"))
    table = "".join(f"| {what} | {value} |\n" for what, value in facts)
    exercises = meta["exercises"][:1].upper() + meta["exercises"][1:]
    (target / f"{name}.md").write_text(f"# {name}\n\n{exercises}.\n\n| what | value |\n| --- | --- |\n{table}\n## Counts\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: adopt.py FOLDER NAME")
    adopt(Path(sys.argv[1]), sys.argv[2])

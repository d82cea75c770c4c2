"""describe.py FOLDER SCENARIO TEXT: meta.json of a scenario: the versions it ran with and how its captures were made."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path


def first_line(*command: str) -> str:
    """The first line that a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.partition("\n")[0]


def captures(folder: Path) -> list[dict[str, str]]:
    """What stage.sh noted of each file: name, command, what the command said."""
    noted = folder / "captures.tsv"
    lines = noted.read_text().splitlines() if noted.exists() else []
    return [dict(zip(("file", "cmd", "said"), line.split("\t"), strict=True)) for line in lines]


folder, scenario, text = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
system = platform.uname()
meta = {
    "scenario": scenario,
    "exercises": text,
    "kernel": f"{system.system} {system.release} {system.version} {system.machine}",
    "ovs": first_line("ovs-vswitchd", "--version"),
    "tcpdump": first_line("tcpdump", "--version"),
    "iproute2": first_line("ip", "-V"),
    "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    "cpus": os.cpu_count(),
    "captures": captures(folder),
}
(folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")

"""What the tree costs: microseconds of `Message.to_dict` by kind of message, beside another checkout where one is given.

    python -m tests.bench.tree [--against PATH] [--rounds N]

Each round is a process per checkout, and the checkouts alternate, so that what slows the machine slows both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import ovsdissect
from ovsdissect.api import is_ovs

ROOT: Final = Path(__file__).parent.parent.parent
CAPTURES: Final = ("tunnels", "frag", "rawnl", "nlextras", "startup", "conntrack")
PASSES: Final = 3
NEIGHBOURS: Final = {133, 134, 135, 136, 143}  # ICMPv6: neighbour discovery and MLD


def kinds(line: dict[str, object]) -> Iterator[str]:
    """Which kinds a message's JSON object is of."""
    kind, family, cmd = line["kind"], line["family"], line["cmd"]
    attrs = line["attrs"]
    if kind == "done":
        yield "DONE"
    elif kind == "error" and "attrs" in line.get("request", ()):  # type: ignore[operator]
        yield "error with the request"
    elif family == "nlctrl" and cmd == "newfamily":
        yield "nlctrl newfamily"
    elif family == "ovs_flow" and cmd == "get" and line["direction"] == "to-user":
        yield "flow of a dump"
    elif family == "ovs_flow" and cmd == "new":
        yield "flow put"
    elif family == "ovs_vport" and cmd == "new":
        yield "port"
    elif family == "ovs_packet" and cmd == "miss" and isinstance(attrs, dict):
        key = attrs["key"]
        if "tunnel" in key:
            yield "MISS in a tunnel"
        if key.get("icmpv6", {}).get("type") in NEIGHBOURS:
            yield "MISS of neighbour discovery or MLD"
        if "later" in str(key) or "first" in str(key):
            yield "MISS of a fragment"


def measure() -> dict[str, float]:
    """The median of each kind in this process."""
    taken: defaultdict[str, list[int]] = defaultdict(list)
    clock = time.process_time_ns
    for name in CAPTURES:
        for _ in range(PASSES):
            with ovsdissect.open(ROOT / "captures" / f"{name}.pcap.gz") as capture:
                for message in filter(is_ovs, capture):
                    begin = clock()
                    line = message.to_dict()
                    spent = clock() - begin
                    taken["any message"].append(spent)
                    for kind in kinds(line):
                        taken[kind].append(spent)
    return {kind: statistics.median(spent) / 1000 for kind, spent in sorted(taken.items())}


def measured(checkout: Path) -> dict[str, float]:
    """The same in a process of a checkout's own code."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "OVSDISSECT_PURE": "1"}
    run = subprocess.run(
        [sys.executable, __file__, "--measure"], env=environment, cwd=checkout, stdout=subprocess.PIPE, check=True, encoding="utf-8"
    )
    told: dict[str, float] = json.loads(run.stdout)
    return told


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure()))
        return
    checkouts = [ROOT, *([options.against.resolve()] if options.against else [])]
    rounds = [[measured(checkout) for checkout in checkouts] for _ in range(options.rounds)]
    for kind in rounds[0][0]:
        ours, *theirs = (statistics.median(one[place][kind] for one in rounds) for place in range(len(checkouts)))
        print(f"{kind:36}{ours:8.1f} us" + "".join(f"{other:10.1f} us{other / ours:8.2f}x" for other in theirs))


if __name__ == "__main__":
    main()

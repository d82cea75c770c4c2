"""Fuzzing guided by coverage: atheris chooses the bytes of a message, which the engine's sources and the tree list; both say the same.

    python -m tools.fuzz.guided [CORPUS] [libFuzzer's options, such as -max_total_time=600 or -runs=100000]

It needs atheris (pip install atheris).  Where it finds something, atheris writes the bytes to a file and ends.
The first byte of an input chooses the byte order and the form of the list; the others are a message without its cooked header.
"""

from __future__ import annotations

import struct
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any, Final

try:
    import atheris
except ModuleNotFoundError:
    sys.exit("guided fuzzing needs atheris: pip install atheris")

# what is imported here is instrumented; the engine's sources are imported a second time by plain(), beside the compiled modules
with atheris.instrument_imports(include=["ovsdissect"]):
    from ovsdissect.capture import Record
    from tests import recorded, spoiled, traffic
    from tests.engine.lists import Listing, plain

COOKED: Final = bytes.fromhex("000403380000000000000000000000") + b"\x10"
NUMBERS: Final = tuple(traffic.IDS.values())  # of the families
LISTINGS: Final = (Listing(everything=True), Listing(csv=True, digits=9))
SEEDS: Final = 300


def one(data: bytes) -> None:
    """List one message by both; an AssertionError says where they differ."""
    if len(data) < 2:
        return
    order: Any = "big" if data[0] & 1 else "little"
    body = COOKED + data[1:]
    record = Record(1, 1_795_412_894_000_000_000, 253, body, len(body) + (data[0] >> 7), 40, 0, order)
    LISTINGS[data[0] >> 1 & 1].check([record], traffic.registry, plain())


def corpus(folder: Path) -> None:
    """Some recorded messages to begin with, with the ids that the registry here knows."""
    rng = Random(1)
    for name in recorded.NAMES:
        known = spoiled.ids(name)
        messages = [data for _, data in spoiled.messages(name, "little")]
        for data in rng.sample(messages, min(SEEDS // len(recorded.NAMES), len(messages))):
            kind = known.get(struct.unpack_from("<H", data, 4)[0])
            told = data if kind is None else data[:4] + struct.pack("<H", traffic.IDS[kind]) + data[6:]
            (folder / f"{name}-{rng.randrange(1 << 40):x}").write_bytes(bytes([rng.choice((0, 2))]) + told)


def main() -> int:
    """Fuzz until atheris ends."""
    plain()
    with tempfile.TemporaryDirectory(prefix="ovsdissect-corpus-") as folder:
        corpus(Path(folder))
        atheris.Setup([sys.argv[0], *sys.argv[1:], folder], one)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())

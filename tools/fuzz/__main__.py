"""Fuzzing, for a time: spoiled messages of the recordings through every surface, spoiled files through the readers of captures.

    python -m tools.fuzz [--seconds N] [--messages N] [--files N] [--seed N] [--only SURFACE]

What raises is kept below tests/fuzz/examples, where tests run it from then on.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import hashlib
import lzma
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import zstandard

from tests import recorded, spoiled
from tests.capture.crafted import CAPTURES
from tools.fuzz.surfaces import MESSAGES, SURFACES

EXAMPLES: Final = Path(__file__).parents[2] / "tests" / "fuzz" / "examples"
ROUND: Final = 500  # messages of a round
FILES: Final = 250  # files of a round
LARGEST: Final = 20_000  # bytes of a recording that a spoiled file begins with
PACKED: Final[tuple[Callable[[bytes], bytes], ...]] = (
    bytes,
    bytes,
    bytes,
    lambda data: gzip.compress(data, 1),
    lambda data: lzma.compress(data, preset=0),
    lambda data: bz2.compress(data, 1),
    zstandard.ZstdCompressor(write_checksum=True).compress,
)


def main() -> int:
    """Fuzz until the time is over, or so many messages and files were run; 1 where something was found."""
    parser = argparse.ArgumentParser(description="spoiled messages and files through every surface")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=1 << 62)
    parser.add_argument("--files", type=int, default=1 << 62)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--verbose", action="store_true", help="say after each round how far it is")
    parser.add_argument("--only", action="append", choices=tuple(SURFACES), default=[], metavar="SURFACE")
    options = parser.parse_args()
    rng = Random(options.seed)
    wanted = options.only or [*SURFACES]
    messages = files = found = 0
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory(prefix="ovsdissect-fuzz-") as folder:
        path = Path(folder, "spoiled")
        while time.monotonic() < end and (messages < options.messages or files < options.files):
            if messages < options.messages and any(name in wanted for name in MESSAGES):
                spoiled.write(path, rng.choice(recorded.ALL), ROUND, rng.randrange(1 << 30), rng.choice(("little", "big")))
                found += sum(not passes(name, path) for name in MESSAGES if name in wanted)
                messages += ROUND
            if files < options.files and "files" in wanted:
                for _ in range(FILES):
                    path.write_bytes(spoiled_file(rng))
                    found += not passes("files", path)
                files += FILES
            if options.verbose:
                print(f"{messages:,} messages, {files:,} files, {found} faults", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"seed {options.seed}: {messages:,} messages, {files:,} files, {found} faults, at most {peak} MB of memory", flush=True)
    return 1 if found else 0


def passes(name: str, path: Path) -> bool:
    """Run a surface over a capture, and keep the capture where that raises."""
    try:
        SURFACES[name](path)
    except Exception:  # whatever it is, it is what is looked for
        traceback.print_exc()
        kept = EXAMPLES / f"{name}-{hashlib.sha1(path.read_bytes()).hexdigest()[:12]}"
        shutil.copy(path, kept)
        print(f"kept as {kept}", file=sys.stderr, flush=True)
        return False
    return True


def spoiled_file(rng: Random) -> bytes:
    """A capture of one of the formats, plain or compressed, damaged in a few places, before or after it was compressed."""
    whole = rng.choice([*(case.data for case in CAPTURES.values()), *_beginnings()])
    pack = rng.choice(PACKED)
    early = rng.random() < 0.5
    data = pack(_damaged(whole, rng) if early else whole)
    return data if early and rng.random() < 0.7 else _damaged(data, rng)


def _beginnings() -> list[bytes]:
    """The first bytes of the recordings."""
    if not _READ:
        for name in recorded.ALL:
            with gzip.open(recorded.path(name)) as file:
                _READ.append(file.read(LARGEST))
    return _READ


_READ: Final[list[bytes]] = []


def _damaged(data: bytes, rng: Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        if not out:
            break
        at = rng.randrange(min(len(out), rng.choice((64, 64, len(out)))))
        match rng.randrange(7):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                out[at : at + 4] = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", rng.randbytes(4)))
            case 2:
                del out[at:]
            case 3:
                del out[at : at + rng.randrange(1, 9)]
            case 4:
                out[at:at] = rng.randbytes(rng.randrange(1, 9))
            case 5:
                out[at:at] = out[at : at + rng.randrange(1, 200)]
            case _:
                out += out[: rng.randrange(len(out))]
    return bytes(out)


if __name__ == "__main__":
    sys.exit(main())

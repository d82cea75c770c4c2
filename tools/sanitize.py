"""Runs the engine under the address and undefined-behaviour sanitizers: recorded and spoiled captures through every command that it serves.

    python tools/sanitize.py [--spoiled N] [--seed N] [--only COMMAND]

The engine is compiled below build/sanitize, apart from the one beside the sources.  Each record stands in memory of exactly its size, so
that whatever reads or writes a byte beyond it ends the run; so does an exception, as of a bounds check that failed.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import ClassVar, Final

ROOT: Final = Path(__file__).parent.parent
WORK: Final = Path("build", "sanitize")
FLAGS: Final = ("-O1", "-g1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
LINK_FLAGS: Final = ("-fsanitize=address,undefined",)
INSIDE: Final = "OVSDISSECT_SANITIZE"  # in the environment of the process that runs sanitized
SPOILED: Final = 120_000
COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "json": ("json", "--all"),
    "json -Y": ("json", "-Y", "ovs_packet.cmd == miss || key.ipv4.dst == 10.0.0.0/8 || actions.output == 2"),
    "json --odp": ("json", "--odp"),
    "json --raw": ("json", "--raw", "--inner", "--upcalls"),
    "json -j": ("json", "--all", "-j", "2"),
    "list": ("list", "--all"),
    "list -Y": ("list", "--no-names", "-Y", "key.in_port < 5 && !actions || error.number < 0 || key.ipv6.src == fe80::/10"),
    "list --csv": ("list", "--csv"),
    "stats": ("stats",),
    "report": ("report",),
}
MORE: Final = ("index", "dictionaries")  # what no command is needed for


def main() -> int:
    """Compile, and run this again where the sanitizers are loaded."""
    parser = argparse.ArgumentParser(description="the engine under the address and undefined-behaviour sanitizers")
    parser.add_argument("--spoiled", type=int, default=SPOILED, help="how many spoiled messages each command reads")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=(*COMMANDS, *MORE), default=[], metavar="COMMAND")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if INSIDE in os.environ:
        return run(options.spoiled, options.seed, options.only or [*COMMANDS, *MORE])
    from tools import compile_engine

    try:
        made = compile_engine.build(ROOT, WORK, FLAGS, LINK_FLAGS)
    except (compile_engine.NoCompilerError, compile_engine.SourceError) as error:
        print(f"sanitize: the engine is not compiled: {error}", file=sys.stderr)
        return 1
    compiler = os.environ.get("CC", str(sysconfig.get_config_var("CC"))).split()[0]
    libraries = [_library(compiler, name) for name in ("libasan.so", "libubsan.so")]
    environment = {
        **os.environ,
        INSIDE: "1",
        "LD_PRELOAD": " ".join(libraries),
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    done = subprocess.run([sys.executable, __file__, *sys.argv[1:]], env=environment, cwd=ROOT, check=False)
    print(f"sanitize: {len(made)} modules: " + ("no error" if done.returncode == 0 else f"exit code {done.returncode}"), file=sys.stderr)
    return 1 if done.returncode else 0


def _library(compiler: str, name: str) -> str:
    """The file of a sanitizer's library."""
    found = subprocess.run([compiler, f"-print-file-name={name}"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    if not os.path.isabs(found):
        sys.exit(f"sanitize: {compiler} has no {name}")
    return found


def run(count: int, seed: int, commands: Sequence[str]) -> int:
    """Every command over every capture, in this process."""
    _use_sanitized()
    _use_exact_buffers()
    more = {"index": index, "dictionaries": dictionaries}
    with tempfile.TemporaryDirectory(prefix="ovsdissect-sanitize-") as scratch:
        for path, messages in captures(Path(scratch), count, seed):
            for command in commands:
                start = time.monotonic()
                if command in more:
                    more[command](path)
                else:
                    printed(path, COMMANDS[command])
                Memory.release()
                print(f"{path.name} ({messages}): {command}: {time.monotonic() - start:.1f} s", flush=True)
    return 0


def printed(path: Path, command: tuple[str, ...]) -> None:
    """What a command prints goes nowhere."""
    from ovsdissect.cli import ovsdissect

    output = ("-o", os.devnull) if command[0] == "json" else ()
    # threads copy the books for every few pieces: with a record in each that takes minutes
    Memory.wanted = "-j" not in command
    with open(os.devnull, "w", encoding="utf-8") as null:
        sys.stdout = null
        try:
            ovsdissect.main([*command, "-q", str(path), *output], standalone_mode=False)
        finally:
            sys.stdout = sys.__stdout__


def index(path: Path) -> None:
    """The index of the TUI and of the API."""
    from ovsdissect.engine.index import Index

    Index(str(path))


def dictionaries(path: Path) -> None:
    """The attributes of every message as dictionaries."""
    import ovsdissect
    from ovsdissect.engine.objects import Objects
    from ovsdissect.engine.tables import tables

    made = tables()
    numbers = {(family.name, command.number): number for number, (family, command) in enumerate(made.declared)}
    taker = Objects(made)
    with ovsdissect.open(path) as capture:
        for message in capture:
            number = numbers.get((message.declaration.name, message.command.number)) if message.declaration and message.command else None
            if number is not None and message.frame.end <= len(message.data):
                start = message.frame.offset + (20 if message.declaration.header is None else 24)
                if start <= message.frame.end:
                    data = message.data[: message.frame.end]  # it takes bytes and nothing else
                    taker.attributes(data, number, start, len(data), message.byteorder == "big", bool(message.frame.flags & 1))


def captures(scratch: Path, count: int, seed: int) -> Iterator[tuple[Path, str]]:
    """The recorded captures, and as many spoiled ones in each byte order."""
    from tests import recorded, spoiled

    share = -(-count // (2 * len(recorded.ALL)))
    for name in recorded.ALL:
        yield recorded.path(name), "recorded"
        for order in ("little", "big"):
            path = scratch / f"{name}-{order}.pcap"
            spoiled.write(path, name, share, seed, order)
            yield path, f"{share:,} spoiled"
            path.unlink()


def _use_sanitized() -> None:
    """Load the modules that are compiled from where they were compiled for this."""
    from tools.compile_engine import ROOMS, modules

    folder = ROOT / WORK / "lib"
    for room in ROOMS:
        import_module(".".join(room.parts)).__path__.insert(0, str(folder / room))
    for name in modules():
        module = import_module(".".join(name.parts))
        if not str(module.__file__).startswith(str(folder)):
            sys.exit(f"sanitize: {module.__name__} was loaded from {module.__file__}")


def _use_exact_buffers() -> None:
    """Have every reader of a capture give each record in a buffer of its own."""
    from ovsdissect.capture import pcap
    from ovsdissect.capture.record import Record

    class Single(pcap.Stretch):
        """A record alone; who keeps its bytes keeps a copy."""

        def record(self, position: int, number: int) -> Record:
            found = super().record(position, number)
            return found._replace(data=bytes(found.data))

        def records(self) -> list[Record]:
            return [one._replace(data=bytes(one.data)) for one in super().records()]

    stretches = pcap.PcapReader.stretches

    def singles(self: pcap.PcapReader, number: int = 0) -> Iterator[pcap.Stretch]:
        for stretch in stretches(self, number):
            if not Memory.wanted:
                yield stretch
                continue
            header, layout = stretch.layout.header_length, stretch.layout
            while (begin := stretch.position + header) <= len(stretch.data):
                end = begin + layout.unpack(stretch.data, stretch.position)[2]
                if end > len(stretch.data):
                    break
                memory = Memory(stretch.data[stretch.position : end])
                yield Single(memory.view, stretch.start + stretch.position, 0, stretch.number, layout)  # type: ignore[arg-type]
                stretch.position, stretch.number = end, stretch.number + 1
            yield stretch

    pcap.PcapReader.stretches = singles  # type: ignore[method-assign]


class Memory:
    """Bytes in memory of exactly their size, until release(): behind a bytes object stands a zero.  wanted: records stand in it."""

    wanted = True
    _libc: Final = ctypes.CDLL(None)
    _libc.malloc.restype = ctypes.c_void_p
    _libc.malloc.argtypes = (ctypes.c_size_t,)
    _libc.free.argtypes = (ctypes.c_void_p,)
    _from_memory: Final = ctypes.pythonapi.PyMemoryView_FromMemory
    _from_memory.restype = ctypes.py_object
    _from_memory.argtypes = (ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)
    _places: ClassVar[list[int]] = []

    def __init__(self, data: bytes) -> None:
        place = self._libc.malloc(len(data))
        self._places.append(place)
        ctypes.memmove(place, data, len(data))
        self.view: memoryview = self._from_memory(place, len(data), 0x100)  # PyBUF_READ

    @classmethod
    def release(cls) -> None:
        """Give back the memory of all: whoever reads it later is caught too."""
        for place in cls._places:
            cls._libc.free(place)
        cls._places.clear()


if __name__ == "__main__":
    sys.exit(main())

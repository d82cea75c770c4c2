"""A process that has loaded ovsdissect and forks for each command, so that starting Python and importing the package is paid once.

The fork has the arguments, environment, directory, descriptors and limit of files of the call.  It runs main() with standard streams of
its own.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import resource
import signal
import socket
import struct
import sys
from importlib import import_module
from typing import NoReturn

from tests import recorded

WARMING = ("list", "json", "show", "stats", "upcalls", "flows", "ports", "errors", "report")
# what a word of the command line has loaded: also what pyarrow.dataset imports if it is there
HEAVY = {
    b"sql": ("duckdb", "pyarrow.dataset", "pyarrow.parquet", "pyarrow.csv", "ovsdissect.columns.sql", "ovsdissect.columns.native"),
    b"columns": ("pyarrow.dataset", "pyarrow.parquet", "pyarrow.csv", "ovsdissect.columns.export", "ovsdissect.columns.native"),
    b"--html": ("vl_convert", "jinja2", "ovsdissect.report.html"),
}


def standard(descriptor: int, mode: str) -> io.TextIOWrapper | None:
    """A standard stream as Python makes it; None where the descriptor is closed."""
    try:
        os.fstat(descriptor)
    except OSError:
        return None
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED")) and mode == "wb"
    raw = open(descriptor, mode, buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    errors = "backslashreplace" if descriptor == 2 else "surrogateescape"
    lines = descriptor == 2 or raw.isatty()
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, line_buffering=lines, write_through=unbuffered)


def run(arguments: list[bytes]) -> NoReturn:
    """main(), and then what the interpreter does at its end."""
    from ovsdissect.cli import main

    code: object = 0
    try:
        sys.stdin, sys.stdout, sys.stderr = standard(0, "rb"), standard(1, "wb"), standard(2, "wb")  # type: ignore[assignment]
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
        sys.argv = ["ovsdissect", *map(os.fsdecode, arguments)]
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            code = 120
    os._exit(code if isinstance(code, int) else 0)


def become(told: bytes, descriptors: list[int]) -> list[bytes]:
    """Take over what the call has: environment, directory, descriptors, limit of files; its arguments."""
    numbers, folder, longest, count, *rest = told.split(b"\0")
    for name in ("SIGCHLD", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    high = [os.dup2(one, 200 + at, inheritable=False) for at, one in enumerate(descriptors)]
    os.closerange(0, 200)
    for number, one in zip(numbers.split(b",") if numbers else [], high, strict=True):
        os.dup2(one, int(number))
    os.closerange(200, 300)
    os.environb.clear()
    os.environb.update(pair.split(b"=", 1) for pair in rest[int(count) :])  # type: ignore[arg-type, misc]
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(longest), resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    return rest[: int(count)]


def serve(link: socket.socket) -> None:
    """One command: this process waits for it and tells its id and how it ended."""
    head, ancillary, _flags, _address = link.recvmsg(4, socket.CMSG_SPACE(4 * 64))
    descriptors = [number for _, _, data in ancillary for number in struct.unpack(f"{len(data) // 4}i", data)]
    length, told = struct.unpack("I", head)[0], b""
    while len(told) < length:
        told += link.recv(length - len(told))
    _numbers, _folder, _longest, _count, *words = told.split(b"\0")
    for word in HEAVY.keys() & set(words):
        for name in HEAVY[word]:
            with contextlib.suppress(ImportError):
                import_module(name)
    if os.fork():
        for one in descriptors:
            os.close(one)
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if not child:
        run(become(told, descriptors))
    for one in descriptors:
        os.close(one)
    try:
        link.sendall(struct.pack("i", child))
        link.sendall(struct.pack("i", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
    finally:
        os._exit(0)


def warm() -> None:
    """Load what the commands load when they run."""
    from ovsdissect.cli import COMMANDS, main

    for name in COMMANDS:
        import_module(f"ovsdissect.cli.{name}")
    for name in WARMING:
        sys.argv = ["ovsdissect", name, "-q" if name != "report" else "--json", str(recorded.path("truncated"))]
        with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
            try:
                main()
            except BaseException:  # a test says it better
                continue
    gc.collect()
    gc.freeze()  # it stays, so that garbage collection in a fork touches none of it


def main() -> None:
    """Listen on the socket named by the first argument until the standard input ends."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(sys.argv[1])
    listening.listen(64)
    warm()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    if os.fork() == 0:
        while True:
            link, _ = listening.accept()
            with link:
                serve(link)
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()

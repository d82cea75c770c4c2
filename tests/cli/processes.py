"""`ovsdissect` as a process of its own, with the descriptors that a test gives it.

Most are forks of one that has loaded the package (tests/cli/loaded.py).  PROGRAM is the interpreter itself: where a test changes what it
does at its start, or closes standard descriptors.
"""

from __future__ import annotations

import atexit
import os
import re
import select
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests import recorded
from tests.cli import caller

PROGRAM = (sys.executable, "-m", "ovsdissect")
CALLER: Final = f"{sys.executable} -I -S {Path(caller.__file__)}"
# what decides at the interpreter's start how it works
STARTING: Final = re.compile("PYTHON(?!UNBUFFERED)|OVSDISSECT|LANG|LC_")
# lines of the shell that change what a process is started with
LIMITING: Final = re.compile(r"ulimit -[^f]|nohup|[012]?[<>]&-|PYTHON|OVSDISSECT_")


def environment(**values: str) -> dict[str, str]:
    """This process's environment and more, the package to be found from any directory."""
    return {**os.environ, "PYTHONPATH": str(recorded.ROOT), **values}


@cache
def loaded() -> str:
    """The socket of a process that has loaded the package, started for the first who asks."""
    folder = tempfile.TemporaryDirectory(prefix="loaded")
    place = os.path.join(folder.name, "socket")
    command = [sys.executable, "-m", "tests.cli.loaded", place]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=recorded.ROOT,
        env=environment(),
        start_new_session=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    atexit.register(folder.cleanup)
    atexit.register(child.stdin.close)
    return place


def alike(values: dict[str, str]) -> bool:
    """Whether the interpreter would start with this environment as with that of the loaded process."""
    own = environment()
    return all(values.get(name) == own.get(name) for name in {*values, *own} if STARTING.match(name))


class Started:
    """A command that runs, with the parts of subprocess.Popen that tests use.  stdin, stdout, stderr: None, a descriptor, a file, PIPE."""

    def __init__(self, *arguments: object, env: dict[str, str] | None = None, cwd: object = None, **streams: Any) -> None:
        self.returncode: int | None = None
        ends: dict[int, int] = {}
        mine: list[int] = []
        files: list[Any] = [None, None, None]
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            given = streams.pop(name, None)
            if given == subprocess.PIPE:
                reading, writing = os.pipe()
                theirs, ours = (reading, writing) if number == 0 else (writing, reading)
                files[number] = open(ours, "wb" if number == 0 else "rb", buffering=0)  # noqa: SIM115
                mine.append(theirs)
            elif given == subprocess.DEVNULL:
                theirs = os.open(os.devnull, os.O_RDWR)
                mine.append(theirs)
            elif given == subprocess.STDOUT:
                theirs = ends[1]
            else:
                theirs = number if given is None else given if isinstance(given, int) else given.fileno()
            ends[number] = theirs
        assert not streams, streams
        self.stdin, self.stdout, self.stderr = files
        values = {os.fsencode(name): os.fsencode(value) for name, value in (os.environ if env is None else env).items()}
        folder = os.fsencode(str(cwd)) if cwd else os.getcwdb()
        self._link = caller.asked(loaded(), [os.fsencode(str(one)) for one in arguments], values, folder, ends)
        self.pid = caller.number(self._link)
        for one in mine:
            os.close(one)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended."""
        if self.returncode is None:
            if not select.select([self._link], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("ovsdissect", timeout or 0)
            self.returncode = caller.number(self._link)
            self._link.close()
        return self.returncode

    def poll(self) -> int | None:
        """How it ended, None if it has not."""
        ready = self.returncode is None and select.select([self._link], [], [], 0)[0]
        return self.wait() if ready else self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def communicate(self, data: bytes = b"", timeout: float = 60) -> tuple[bytes, bytes]:
        """Write all of its input, read all that it prints."""
        got: dict[Any, list[bytes]] = {one: [] for one in (self.stdout, self.stderr) if one is not None}
        writing = [self.stdin] if self.stdin is not None else []
        reading, deadline = list(got), time.monotonic() + timeout
        while reading or writing:
            can_read, can_write, _ = select.select(reading, writing, [], max(deadline - time.monotonic(), 0))
            if not can_read and not can_write:
                os.kill(self.pid, 9)
                raise subprocess.TimeoutExpired("ovsdissect", timeout)
            for one in can_write:
                try:
                    data = data[os.write(one.fileno(), data[: select.PIPE_BUF]) :] if data else b""
                except BrokenPipeError:
                    data = b""
                if not data:
                    one.close()
                    writing = []
            for one in can_read:
                piece = os.read(one.fileno(), 1 << 20)
                got[one].append(piece)
                if not piece:
                    reading.remove(one)
                    one.close()
        self.wait(max(deadline - time.monotonic(), 0))
        return b"".join(got.get(self.stdout, [])), b"".join(got.get(self.stderr, []))

    def __enter__(self) -> Started:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self.stdin, self.stdout, self.stderr):
            if one is not None:
                one.close()
        self.wait()


def ovsdissect(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """A command that has ended."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()} | options
    if not alike(options["env"]):
        return subprocess.run([*PROGRAM, *map(str, arguments)], check=False, timeout=60, **options)
    data = options.pop("input", None)
    if data is not None:
        options["stdin"] = subprocess.PIPE
    with Started(*arguments, **options) as child:
        out, err = child.communicate(data or b"")
        assert child.returncode is not None
        return subprocess.CompletedProcess(arguments, child.returncode, out, err)


def redirected(command: str, **values: str) -> subprocess.CompletedProcess[bytes]:
    """A command line of the shell, in which $OVSDISSECT stands for the program."""
    own = environment(**values)
    program = f"{sys.executable} -m ovsdissect" if LIMITING.search(command) or not alike(own) else f"{CALLER} {loaded()}"
    line = command.replace("$OVSDISSECT", program)
    return subprocess.run(["sh", "-c", line], capture_output=True, check=False, timeout=60, env=own)

"""The program in a real pseudo-terminal: what is typed goes in as bytes, many at once; what it drew is read as bytes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping

SECONDS = 20.0


class Terminal:
    """A running program.  drawn: all that it has written so far."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid, self._descriptor = pid, descriptor
        self.drawn = b""
        self.status: int | None = None

    def send(self, text: str) -> None:
        """Type something, in one burst."""
        os.write(self._descriptor, text.encode())

    def until(self, condition: Callable[[], object]) -> None:
        """Read until something holds."""
        end = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < end, f"waited in vain; it drew {self.drawn[-2000:]!r}"
            ready, _, _ = select.select([self._descriptor], [], [], 0.02)
            if ready:
                with contextlib.suppress(OSError):  # it has ended
                    self.drawn += os.read(self._descriptor, 1 << 16)

    def ended(self) -> bool:
        """Whether it has ended; `status` says how."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None


@contextlib.contextmanager
def running(
    *arguments: str, environment: Mapping[str, str] | None = None, size: tuple[int, int] = (220, 30), shell: str = "", before: str = ""
) -> Iterator[Terminal]:
    """`ovsdissect` with some arguments in a terminal of its own.

    shell: what a shell with job control does when it stopped or ended.  before: what a shell pipes into it.
    """
    words = [sys.executable, "-m", "ovsdissect", *arguments]
    if shell:
        words = ["/bin/sh", "-m", "-c", shlex.join(words) + shell]
    if before:
        words = ["/bin/sh", "-c", before + shlex.join(words)]
    pid, descriptor = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        for name in ("COLUMNS", "LINES"):  # what pytest was told is not this terminal's
            os.environ.pop(name, None)
        os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})})
        os.execv(words[0], words)
    terminal = Terminal(pid, descriptor)
    try:
        yield terminal
    finally:
        if not terminal.ended():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(descriptor)

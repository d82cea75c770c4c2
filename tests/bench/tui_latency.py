"""From a key to three refreshed panes, in a real terminal (a pty), not through Pilot: `python tests/bench/tui_latency.py CAPTURE [KEYS]`.

A key is sent, and the time counts until the last byte of what the application writes because of it; the process starts as users start it.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import termios
import time
from typing import Final

QUIET: Final = 0.03  # seconds without output that end a picture
START: Final = "from ovsdissect.tui.run import run; import sys; sys.exit(run(sys.argv[1]))"


def drain(fd: int, quiet: float, longest: float = 5.0) -> tuple[float, int]:
    """Read what comes until nothing does for a while: when the last of it came, and how much."""
    last, size, end = time.perf_counter(), 0, time.perf_counter() + longest
    while time.perf_counter() < end and select.select([fd], [], [], quiet)[0]:
        try:
            size += len(os.read(fd, 1 << 20))
        except OSError:
            break
        last = time.perf_counter()
    return last, size


def memory(pid: int) -> dict[str, int]:
    """Anonymous and peak resident memory of a process, in MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {name: int(fields[name].split()[0]) >> 10 for name in ("RssAnon", "VmHWM")}


def processor(pid: int) -> float:
    """Processor seconds that a process has used, all its threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(capture: str, keys: int, columns: int, lines: int, settle: float) -> dict[str, float]:
    """Start the application, press Down and PageDown, leave."""
    started = time.perf_counter()
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.environ["TERM"] = "xterm-256color"
        os.environ["COLORTERM"] = "truecolor"
        os.execv(sys.executable, [sys.executable, "-c", START, capture])
    seen = b""
    while b"Summary" not in seen or b"0010" not in seen:
        if not select.select([fd], [], [], 20)[0]:
            raise SystemExit(f"no picture within 20 seconds: {seen[-800:]!r}")
        seen += os.read(fd, 1 << 16)
    first = time.perf_counter() - started
    drain(fd, 0.3, settle)
    found: dict[str, list[float]] = {"down": [], "page": []}
    used_seconds: dict[str, float] = {}
    for name, key in (("down", b"j"), ("page", b" ")):
        before = processor(pid)
        for _ in range(keys):
            sent = time.perf_counter()
            os.write(fd, key)
            select.select([fd], [], [], 2.0)
            last, size = drain(fd, QUIET)
            if size:
                found[name].append((last - sent) * 1000)
        used_seconds[name] = (processor(pid) - before) / keys
    used = memory(pid)
    os.write(fd, b"q")
    drain(fd, 0.5)
    os.close(fd)
    os.waitpid(pid, 0)
    result: dict[str, float] = {"first screen ms": first * 1000}
    for name, times in found.items():
        times.sort()
        result |= {f"{name} median ms": statistics.median(times), f"{name} p95 ms": times[int(len(times) * 0.95)]}
        result[f"{name} cpu ms"] = used_seconds[name] * 1000
    return result | {f"{name} MiB": float(size) for name, size in used.items()}


if __name__ == "__main__":
    path = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    wait = float(sys.argv[3]) if len(sys.argv) > 3 else 5.0
    for name, value in measure(path, count, 120, 40, wait).items():
        print(f"{name:20} {value:8.1f}")

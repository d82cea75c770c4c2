"""`ovsdissect` as a process of its own, with the descriptors that a test gives it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from tests import recorded

PROGRAM = (sys.executable, "-m", "ovsdissect")


def environment(**values: str) -> dict[str, str]:
    """This process's environment and more, the package to be found from any directory."""
    return {**os.environ, "PYTHONPATH": str(recorded.ROOT), **values}


def ovsdissect(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """A command that has ended."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()} | options
    return subprocess.run([*PROGRAM, *map(str, arguments)], check=False, timeout=60, **options)


def redirected(command: str, **values: str) -> subprocess.CompletedProcess[bytes]:
    """A command line of the shell, in which $OVSDISSECT stands for the program."""
    line = command.replace("$OVSDISSECT", f"{sys.executable} -m ovsdissect")
    return subprocess.run(["sh", "-c", line], capture_output=True, check=False, timeout=60, env=environment(**values))

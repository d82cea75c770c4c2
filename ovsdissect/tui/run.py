"""Starts the interface for a capture: a bad file is reported before any screen appears, and keys come from the terminal."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from ovsdissect.capture import LONGEST_RECORD
from ovsdissect.errors import OvsDissectError

LIGHT: Final = ("7", "9", "10", "11", "12", "13", "14", "15")  # colours of a light ground
SIXTEEN: Final = ("linux", "ansi", "vt100", "vt102", "vt220", "xterm", "screen", "rxvt")

if TYPE_CHECKING:
    from ovsdissect.byteorder import ByteOrder
    from ovsdissect.odp.releases import Version


def able() -> bool:
    """Whether there is a terminal to draw on (Textual draws on standard error) and one to read keys from."""
    if not (sys.stdout.isatty() and sys.stderr.isatty()) or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdin is not None and (sys.stdin.isatty() or os.path.exists("/dev/tty"))


def run(
    capture: str | None,
    *,
    device: str | None = None,
    families: Mapping[str, int] | None = None,
    follow: bool = False,
    display_filter: str | None = None,
    everything: bool = False,
    names: bool = True,
    ovs: Version = "auto",
    byteorder: ByteOrder | None = None,
    profile: str = "default",
    config: bool = True,
    max_record: int = LONGEST_RECORD,
) -> int:
    """Show a capture until the user quits; returns the exit code.

    device: the device to record instead of a capture.  byteorder: that of all messages.  profile: the profile whose settings apply.
    config: whether settings and filters are read and saved.  max_record: bytes; longer records are skipped.

    Raises CaptureError if it is not a capture, FilterError if the filter does not compile, before anything is drawn.
    """
    # a screen is drawn when something changed, at most this often a second; the reading thread must not hold the interpreter longer
    os.environ.setdefault("TEXTUAL_FPS", "1000")
    sys.setswitchinterval(0.001)
    from ovsdissect.tui.app import OvsDissect
    from ovsdissect.tui.columns import Look
    from ovsdissect.tui.filterbar import History, compiled
    from ovsdissect.tui.recorder import Recorder
    from ovsdissect.tui.settings import SettingsFile, history_path, settings_path
    from ovsdissect.tui.source import Source

    compiled(display_filter or "")
    kept = SettingsFile(settings_path() if config else None, profile)
    history = History(history_path() if config else None)
    recorder = Recorder(device) if device is not None else None
    try:
        shown = recorder or _input(capture or "-")
        source = Source(shown, families=families, follow=follow, ovs=ovs, byteorder=byteorder, max_record=max_record)
    except OvsDissectError as error:
        if recorder is None:
            raise
        recorder.stop()
        raise OvsDissectError(recorder.fault or f"{recorder.command}: {error}") from error
    try:
        source.start()
        look = Look(time=kept.time_style, names=names, ovs=ovs)
        app = OvsDissect(
            source,
            look=look,
            text=display_filter or "",
            everything=everything,
            kept=kept,
            history=history,
            sixteen=sixteen(),
            light=light(),
        )
        # what is loaded by now stays: the garbage collector need not look at it between a key and its picture
        gc.collect()
        gc.freeze()
        app.run()
    finally:
        if recorder is not None:
            recorder.stop()
        source.close()
    return app.return_code or 0


def sixteen() -> bool:
    """Whether the terminal has at most 16 colours, according to its name."""
    term = os.environ.get("TERM", "")
    return not os.environ.get("COLORTERM") and (term in SIXTEEN or term.endswith("-16color"))


def light() -> bool:
    """Whether the terminal's ground is light, if it says so: rxvt, Konsole and others give the numbers of their colours in COLORFGBG."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in LIGHT


def _input(capture: str) -> str | BinaryIO:
    """The bytes of the capture; if they come from standard input, keys are read from the terminal."""
    if capture != "-":
        return capture
    if sys.stdin is None or sys.stdin.isatty():
        raise OvsDissectError("standard input is a terminal: pipe a capture into it, or name a file")
    stream = cast(BinaryIO, os.fdopen(os.dup(0), "rb", buffering=0))
    terminal = os.open("/dev/tty", os.O_RDWR)
    os.dup2(terminal, 0)
    os.close(terminal)
    return stream

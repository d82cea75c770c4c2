"""Recording a device live: dumpcap or tcpdump writes a capture to a pipe; a missing nlmon device is created, and removed afterwards."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from typing import BinaryIO, Final, cast

from ovsdissect.errors import OvsDissectError
from ovsdissect.text.screen import escape

PROGRAMS: Final = {
    "dumpcap": ("dumpcap", "-q", "-P", "-s", "0", "-i", "{}", "-w", "-"),
    "tcpdump": ("tcpdump", "-U", "-n", "-s", "0", "-i", "{}", "-w", "-"),
}
NAME: Final = re.compile(r"[^\s/:]{1,15}")  # dev_valid_name() of the kernel
# dumpcap: "Packets received/dropped on interface 'nlmon0': 12/3 (pcap:..."; tcpdump: "3 packets dropped by kernel"
DROPPED: Final = re.compile(rb"received/dropped on interface .*?: \d+/(\d{1,19})(?!\d)|(?<!\d)(\d{1,19}) packets? dropped by kernel")
LONGEST_LINE: Final = 65_536  # bytes
ASK_SECONDS: Final = 1.0
END_SECONDS: Final = 3.0
DEVICES: Final = Path("/sys/class/net")


def lost_by(line: bytes) -> int | None:
    """The number of lost packets in a line of dumpcap or tcpdump; None if there is none."""
    found = DROPPED.search(line)
    return None if found is None else int(found[1] or found[2])


class Recorder:
    """One recording.  command: the running program.  stream: the capture.  dropped: the packets that the program reports as lost.

    made: whether the device was created for it.  fault: the last line of the program if it failed.
    Raises OvsDissectError if no recording program is installed, or the device is missing and cannot be created.
    """

    def __init__(self, device: str) -> None:
        if not NAME.fullmatch(device) or device in (".", ".."):
            raise OvsDissectError(f"{escape(device)} is not a valid device name")
        program = next((name for name in PROGRAMS if shutil.which(name)), None)
        if program is None:
            raise OvsDissectError(f"nothing to record with: install {' or '.join(PROGRAMS)}")
        self.device, self.made, self.dropped, self.fault = device, False, 0, ""
        self._program = program
        if not (DEVICES / device).exists():
            self._make()
        words = [word.format(device) for word in PROGRAMS[program]]
        self.command = " ".join(words)
        try:
            # a group of its own: Ctrl-C in the terminal is a key here, and must not end it
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, start_new_session=True
            )
        except OSError as error:
            self._remove()
            raise OvsDissectError(f"{self.command}: {error.strerror}") from error
        self.stream = cast(BinaryIO, self._process.stdout)
        self._ended = threading.Event()
        self._listener = threading.Thread(target=self._listen, name="ovsdissect-record", daemon=True)
        self._listener.start()
        if program == "tcpdump":
            threading.Thread(target=self._ask, name="ovsdissect-drops", daemon=True).start()

    def _make(self) -> None:
        how = f"ip link add {self.device} type nlmon && ip link set {self.device} up"
        if os.geteuid() != 0:
            raise OvsDissectError(f"there is no device {self.device}; as root: {how}")
        try:
            subprocess.run(["ip", "link", "add", self.device, "type", "nlmon"], check=True, capture_output=True)
            self.made = True
            subprocess.run(["ip", "link", "set", self.device, "up"], check=True, capture_output=True)
        except OSError as error:
            raise OvsDissectError(f"ip: {error.strerror}; needed: {how}") from error
        except subprocess.CalledProcessError as error:
            self._remove()
            said = error.stderr.decode("utf-8", "replace").strip()
            raise OvsDissectError(f"there is no device {self.device}, and it cannot be created: {escape(said)}") from error

    def _remove(self) -> None:
        if self.made:
            self.made = False
            subprocess.run(["ip", "link", "del", self.device], check=False, capture_output=True)

    def _listen(self) -> None:
        """Read the program's diagnostics: losses, and why it ended."""
        assert self._process.stderr is not None
        last = b""
        while line := self._process.stderr.readline(LONGEST_LINE):
            self.dropped = max(self.dropped, lost_by(line) or 0)
            last = line.strip() or last
        self._ended.set()
        if self._process.wait() not in (0, -signal.SIGINT, -signal.SIGTERM):
            self.fault = f"{self._program}: {escape(last.decode('utf-8', 'replace'))}"

    def _ask(self) -> None:
        """Ask for the losses: tcpdump prints them on SIGUSR1."""
        while not self._ended.wait(ASK_SECONDS):
            self._process.send_signal(signal.SIGUSR1)

    def stop(self) -> None:
        """End the program, and remove the device if it was created here."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._listener.join(END_SECONDS)
        self._remove()

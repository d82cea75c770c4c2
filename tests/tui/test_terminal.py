"""Through a real terminal: bursts of keys, pasted lines, signals, Ctrl-Z, and recording by a stand-in for dumpcap."""

from __future__ import annotations

import os
import signal
import stat
import time
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.errors import OvsDissectError
from ovsdissect.tui.recorder import Recorder
from tests.recorded import path
from tests.tui.driving import pcap, vport
from tests.tui.terminal import running

STARTUP = str(path("startup"))
READ = b"1,741 of 3,591"


def test_a_burst_is_done_as_typed(tmp_path: Path) -> None:
    file = tmp_path / "misses.pcap"
    with running(STARTUP, "--no-config") as terminal:
        terminal.until(lambda: READ in terminal.drawn)
        terminal.send(f"/ovs_packet.cmd == miss\rws{file}\r")
        terminal.until(file.exists)
    with ovsdissect.open(file) as saved, ovsdissect.open(STARTUP) as whole:
        expected = [message.time_ns for message in whole.filter("ovs_packet.cmd == miss")]
        assert [message.time_ns for message in saved.filter("ovs_packet.cmd == miss")] == expected


def test_what_is_typed_before_the_first_screen_counts(tmp_path: Path) -> None:
    file = tmp_path / "misses.json"
    with running(STARTUP, "--no-config") as terminal:
        terminal.send(f"/ovs_packet.cmd == miss\rws{file}\r")
        terminal.until(file.exists)
    assert file.read_bytes().count(b"\n") == 9


@pytest.mark.slow
def test_a_burst_of_dialogs(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    with running(STARTUP, "--no-config") as terminal:
        terminal.until(lambda: READ in terminal.drawn)
        terminal.send(f":2182\rwo{file}\r:1\r")
        terminal.until(file.exists)
    assert b'"number":2182,' in file.read_bytes()


@pytest.mark.slow
def test_pasted_lines_are_one_filter(tmp_path: Path) -> None:
    file = tmp_path / "pasted.json"
    with running(STARTUP, "--no-config") as terminal:
        terminal.until(lambda: READ in terminal.drawn)
        terminal.send(f"/\x1b[200~ovs_packet.cmd == miss\n  && number == 2182\x1b[201~\rws{file}\r")
        terminal.until(file.exists)
    assert file.read_bytes().count(b"\n") == 1
    assert b'"number":2182,' in file.read_bytes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_as_they_end_others(number: signal.Signals) -> None:
    with running(STARTUP, "--no-config") as terminal:
        terminal.until(lambda: READ in terminal.drawn)
        os.kill(terminal.pid, number)
        terminal.until(terminal.ended)
        assert terminal.status == 128 + number


def test_ctrl_z_stops_it_and_fg_goes_on() -> None:
    with running(STARTUP, "--no-config", shell="; echo stopped $?; fg") as terminal:
        terminal.until(lambda: READ in terminal.drawn)
        terminal.send("\x1a")
        stopped = b"stopped %d" % (128 + signal.SIGSTOP)  # what Textual stops itself by when the screen is the shell's again
        terminal.until(lambda: stopped in terminal.drawn)
        before = terminal.drawn.index(stopped)
        terminal.until(lambda: READ in terminal.drawn[before:])
        terminal.send("q")
        terminal.until(terminal.ended)
        assert terminal.status == 0


def stand_in(folder: Path, name: str, text: str) -> None:
    """A program that records in place of the real one."""
    program = folder / name
    program.write_text(text)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_recording_a_device(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(pcap(vport(b"eth1", 1)))
    second.write_bytes(pcap(vport(b"eth2", 2))[24:])
    stand_in(
        tmp_path,
        "dumpcap",
        f"""#!/bin/sh
echo "$@" > {tmp_path}/arguments
cat {first}
while [ ! -e {tmp_path}/go ]; do sleep 0.05; done
cat {second}
trap 'echo ended > {tmp_path}/ended; exit 0' INT
echo "Packets received/dropped on interface 'lo': 2/5 (pcap:5/dumpcap:0/flushed:0/ps_ifdrop:0) (28.6%)" >&2
while :; do sleep 0.05; done
""",
    )
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with running("-i", "lo", "--no-config", "--family", "ovs_vport=39", environment=environment, size=(140, 30)) as terminal:
        terminal.until(lambda: b"1 of 1" in terminal.drawn)
        assert b"dumpcap -q -P -s 0 -i lo -w -" in terminal.drawn, "it shows what it runs"
        (tmp_path / "go").touch()
        terminal.until(lambda: b"2 of 2" in terminal.drawn)
        terminal.send("j")
        terminal.until(lambda: b"5 lost by the capture" in terminal.drawn)
        terminal.send("q")
        terminal.until(terminal.ended)
        assert terminal.status == 0
    end = time.monotonic() + 10
    while not (tmp_path / "ended").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert (tmp_path / "ended").exists(), "the program that records is ended"
    assert (tmp_path / "arguments").read_text().split() == ["-q", "-P", "-s", "0", "-i", "lo", "-w", "-"]


def test_a_device_that_is_missing_is_made_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "ip", f'#!/bin/sh\necho "$@" >> {tmp_path}/ip.log\n')
    stand_in(tmp_path, "tcpdump", f'#!/bin/sh\necho "7 packets dropped by kernel" >&2\necho "$@" > {tmp_path}/arguments\n')
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr("ovsdissect.tui.recorder.PROGRAMS", {"tcpdump": ("tcpdump", "-i", "{}", "-w", "-")})
    monkeypatch.setattr("os.geteuid", lambda: 0)
    recorder = Recorder("nlmon-none")
    assert recorder.made
    end = time.monotonic() + 10
    while not (tmp_path / "arguments").exists() and time.monotonic() < end:
        time.sleep(0.02)
    recorder.stop()
    assert recorder.dropped == 7
    log = (tmp_path / "ip.log").read_text().splitlines()
    assert log == ["link add nlmon-none type nlmon", "link set nlmon-none up", "link del nlmon-none"]
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(OvsDissectError, match="ip link add nlmon-none type nlmon"):
        Recorder("nlmon-none")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(OvsDissectError, match="nothing to record with"):
        Recorder("lo")


def test_why_recording_failed(tmp_path: Path) -> None:
    stand_in(tmp_path, "dumpcap", "#!/bin/sh\necho \"You don't have permission to capture on that device\" >&2\nexit 2\n")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with running("-i", "lo", "--no-config", environment=environment) as terminal:
        terminal.until(terminal.ended)
        terminal.until(lambda: b"permission to capture" in terminal.drawn)
        assert terminal.status == 2

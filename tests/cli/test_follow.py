"""--follow prints each message before the next one comes: nothing waits in a buffer, for a growing file and for an open pipe."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ovsdissect.build import build, pcap
from tests.cli.processes import PROGRAM, environment


def miss(number: int) -> bytes:
    """An upcall of a packet of its own: an ARP request for 10.0.0.<number>."""
    arp = bytes.fromhex("0001080006040001020000000001") + bytes((10, 0, 0, 1)) + bytes(6) + bytes((10, 0, 0, number))
    return build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=b"\xff" * 6 + bytes.fromhex("0200000000010806") + arp)


BOTH = pcap([miss(77), miss(99)])
ONE = pcap([miss(77)])
COMMANDS = ["list", "list --csv", "show", "json", "json --array", "json -Y arp"]


def until(child: subprocess.Popen[bytes], wanted: bytes) -> bool:
    """Read what a command prints until something is in it."""
    assert child.stdout is not None
    printed, end = b"", time.monotonic() + 30
    while wanted not in printed and time.monotonic() < end:
        if select.select([child.stdout], [], [], 0.1)[0]:
            printed += os.read(child.stdout.fileno(), 1 << 16)
    return wanted in printed


@pytest.mark.parametrize("source", ["file", "pipe"])
@pytest.mark.parametrize(
    "command", [one if one in ("list", "show", "json") else pytest.param(one, marks=pytest.mark.slow) for one in COMMANDS]
)
def test_each_message_is_printed_as_it_comes(command: str, source: str, tmp_path: Path) -> None:
    path = tmp_path / "grows.pcap"
    path.write_bytes(ONE)
    first, *rest = command.split()
    arguments = [*PROGRAM, first, "-q", *rest, "--follow", "-" if source == "pipe" else str(path)]
    child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
    assert child.stdin is not None
    # the address, in JSON as the packet's bytes
    one, other = (b"0a00004d", b"0a000063") if first == "json" else (b"10.0.0.77", b"10.0.0.99")
    try:
        if source == "pipe":
            child.stdin.write(ONE)
            child.stdin.flush()
        assert until(child, one), "the first message waits in a buffer"
        if source == "pipe":
            child.stdin.write(BOTH[len(ONE) :])
            child.stdin.flush()
        else:
            with path.open("ab") as more:
                more.write(BOTH[len(ONE) :])
        assert until(child, other), "the second message waits in a buffer"
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 143
    finally:
        child.kill()
        child.communicate()

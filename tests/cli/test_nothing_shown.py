"""What a command reports when it shows nothing, or when the capture ends inside a record."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from ovsdissect.build import build, error, pcap
from tests import recorded
from tests.views.run import run

STARTUP = recorded.path("startup")
MESSAGES = 3591  # tests/api/test_messages.py


@pytest.mark.parametrize("command", ["list", "json", "show"])
def test_a_number_beyond_the_end(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = f"ovsdissect: no such message: {STARTUP} has {MESSAGES:,}\n"
    told = run(monkeypatch, command, STARTUP, "-n", MESSAGES + 1)
    assert (told.out, told.code) == (b"", 0)
    assert missing in told.err
    assert missing not in run(monkeypatch, command, STARTUP, "-n", MESSAGES).err
    assert run(monkeypatch, command, STARTUP, "-q", "-n", MESSAGES + 1).err == ""


@pytest.mark.parametrize("command", ["list", "json", "show", "carve -o -"])
def test_numbers_are_of_all_families(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What --all would show, too, is no advice where -n is given: #33 is Open vSwitch's, and so it stays."""
    words = (*command.split(), STARTUP, "-Y", "family == route")
    assert "--all shows them" in run(monkeypatch, *words).err
    assert "--all shows them" not in run(monkeypatch, *words, "-n", 33).err


@pytest.mark.parametrize("command", ["list", "json", "show"])
def test_errors_that_are_hidden(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of other families: an error is worth a line although something is shown, an acknowledgement is none."""
    path = tmp_path / "some.pcap"
    request = bytes.fromhex("14000000 6300 0500 01000000 02000000 01010000")  # nlmsg_type 99
    shown = build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=bytes(14))
    for number, said in ((0, None), (-2, "2 messages of other families and protocols, 1 error among them: --all shows them")):
        path.write_bytes(pcap([shown, request, error(request, number)]))
        told = run(monkeypatch, command, path)
        assert told.out
        assert (said is None) == ("of other families" not in told.err)
        assert said is None or said in told.err


@pytest.mark.parametrize("command", ["list", "json", "show"])
def test_no_message_of_open_vswitch(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the other byte order each length is wrong, so that each record, of 2,801, is one message that is none."""
    told = run(monkeypatch, command, STARTUP, "--byteorder", "big")
    assert told.out == b""
    assert "2,801 messages of other families and protocols: --all shows them\n" in told.err
    assert "messages of other families" not in run(monkeypatch, command, STARTUP, "-c", 1).err


def test_a_capture_that_ends_inside_a_record_is_not_complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = gzip.decompress(STARTUP.read_bytes())
    cut, empty = tmp_path / "cut.pcap", tmp_path / "empty.pcap"
    cut.write_bytes(data[:100_000])
    empty.write_bytes(data[:24])
    assert b"ok    capture complete" in run(monkeypatch, "report", STARTUP).out
    told = run(monkeypatch, "report", cut, "-q").out.decode()
    assert told.startswith("WARN  the capture ends inside a record: what followed is missing\n")
    assert "capture complete" not in told
    for path, complete in ((STARTUP, True), (cut, False)):
        assert json.loads(run(monkeypatch, "report", path, "--json").out.splitlines()[-1])["complete"] is complete
    assert b"complete" not in run(monkeypatch, "report", empty).out


def test_a_query_after_the_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, "sql", STARTUP, "select 1")
    assert (told.out, told.code) == (b"", 2)
    assert f"{STARTUP} is a file: the query comes first" in told.err


def test_a_ufid_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, "flows", STARTUP, "--ufid", "br0")
    assert (told.out, told.code) == (b"", 2)
    assert "--ufid br0: a UFID is written in hexadecimal digits and hyphens" in told.err


def test_a_page_on_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, "report", recorded.path("mid-stream"), "--html", "-")
    assert told.code == 0
    assert told.out.startswith(b"<!doctype html>")
    assert told.out.rstrip().endswith(b"</html>")

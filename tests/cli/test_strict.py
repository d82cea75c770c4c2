"""--strict in every command that has it: exit code 1 for a capture that is malformed or cut short, 0 for any other, and the same output."""

from __future__ import annotations

import struct
from pathlib import Path

import click
import pytest

from ovsdissect.build import build, pcap
from ovsdissect.cli import COMMANDS, ovsdissect
from tests.cli.processes import ovsdissect as process
from tests.views.run import run

# what each command is told beside the capture; {} is a name of an output of its own
COMMAND_LINES = {
    "list": [("list",), ("list", "--csv"), ("list", "-Y", "ovs_packet"), ("list", "-c", "9")],
    "show": [("show",), ("show", "--hex")],
    "json": [("json",), ("json", "--array"), ("json", "-j", "2"), ("json", "-o", "{}"), ("json", "-Y", "ovs_packet")],
    "stats": [("stats",), ("stats", "--json")],
    "carve": [("carve", "-o", "{}"), ("carve", "--messages", "-o", "{}"), ("carve", "--inner", "-o", "{}"), ("carve", "-o", "-")],
    "fixture": [("fixture", "--keep-addresses", "--name", "f", "-o", "{}")],
    "upcalls": [("upcalls",), ("upcalls", "--json"), ("upcalls", "--summary")],
    "flows": [("flows",), ("flows", "--json"), ("flows", "--explain"), ("flows", "--deleted")],
    "ports": [("ports",), ("ports", "--json")],
    "errors": [("errors",), ("errors", "--json")],
    "report": [("report",), ("report", "--json")],
}
ALL = [words for lines in COMMAND_LINES.values() for words in lines]
MISS = build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": 2}, packet=bytes(14))
REQUEST = build("ovs_packet", "execute", dp_ifindex=7, seq=1, pid=1, packet=bytes(14), key={"in_port": 2}, actions=[])
# its first attribute (after 16 + 4 + 4 bytes) claims 3 bytes, fewer than its own header has
WRONG = MISS[:24] + b"\3\0" + MISS[26:]
CLEAN = pcap([MISS, REQUEST])
LAST = 16 + len(REQUEST)  # bytes of the last record, with the cooked header
SPOILED = {
    "malformed": pcap([MISS, WRONG, REQUEST]),
    "cut short": CLEAN[:-3],
    "cut in a header": CLEAN[: -len(REQUEST) - 20],
    "cut by the snaplen": CLEAN[: -LAST - 8] + (LAST - 4).to_bytes(4, "little") + CLEAN[-LAST - 4 : -4],
}


def told(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], capture: Path, out: Path, *more: str) -> tuple[bytes, int]:
    """What a command printed, and its exit code."""
    done = run(monkeypatch, *(word.replace("{}", str(out)) for word in words), *more, "-q", capture)
    assert done.err == ""
    return done.out, done.code


def spoiled(tmp_path: Path, how: str) -> Path:
    """A file that is malformed or cut."""
    path = tmp_path / "spoiled.pcap"
    path.write_bytes(SPOILED[how])
    return path


def test_every_command_that_has_it_is_tried() -> None:
    having = {name for name in COMMANDS if any(one.name == "strict" for one in command(name).params)}
    assert having == {*COMMAND_LINES}


def command(name: str) -> click.Command:
    """A command of the program."""
    found = ovsdissect.get_command(click.Context(ovsdissect), name)
    assert found is not None
    return found


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_clean_capture(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "clean.pcap"
    path.write_bytes(CLEAN)
    plain = told(monkeypatch, words, path, tmp_path / "one")
    assert plain[1] == 0
    assert told(monkeypatch, words, path, tmp_path / "two", "--strict") == plain


@pytest.mark.parametrize(
    "how", [one if one in ("malformed", "cut short") else pytest.param(one, marks=pytest.mark.slow) for one in SPOILED]
)
@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_a_spoiled_one(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], how: str, tmp_path: Path) -> None:
    path = spoiled(tmp_path, how)
    plain = told(monkeypatch, words, path, tmp_path / "one")
    assert plain[1] == 0
    assert told(monkeypatch, words, path, tmp_path / "two", "--strict") == (plain[0], 1)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("flows", "--ufid", "00", "--history"), id="history"),
        pytest.param(("report", "--html", "{}"), marks=pytest.mark.slow, id="page"),  # its charts take two seconds
    ],
)
def test_other_forms(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], tmp_path: Path) -> None:
    path = spoiled(tmp_path, "malformed")
    assert told(monkeypatch, words, path, tmp_path / "one")[1] == 0
    assert told(monkeypatch, words, path, tmp_path / "two", "--strict")[1] == 1


@pytest.mark.parametrize("command", ["list", "show", "json", "carve", "fixture"])
def test_what_is_not_shown_does_not_count(monkeypatch: pytest.MonkeyPatch, command: str, tmp_path: Path) -> None:
    """Of the three messages the second one is malformed; nlctrl's come before them."""
    path, (words, *_) = spoiled(tmp_path, "malformed"), COMMAND_LINES[command]
    chosen = ("-Y", "ovs_packet.cmd == execute")
    assert told(monkeypatch, words, path, tmp_path / "one", "--strict", *chosen)[1] == 0
    assert told(monkeypatch, words, path, tmp_path / "two", "--strict", "-Y", "ovs_packet")[1] == 1


@pytest.mark.parametrize("command", ["list", "json", "upcalls", "flows", "ports", "errors", "report"])
def test_messages_of_other_families_do_not_count(monkeypatch: pytest.MonkeyPatch, command: str, tmp_path: Path) -> None:
    """An error that answers a request of an unknown family; the attribute behind the echo says that it is longer than the message."""
    answered = struct.pack("<IHHII", 16, 99, 5, 1, 2) + struct.pack("<HH4s", 200, 1, b"no\0\0")
    path = tmp_path / "other.pcap"
    path.write_bytes(pcap([MISS, struct.pack("<IHHIIi", 44, 2, 0x300, 1, 2, -22) + answered]))
    assert run(monkeypatch, "list", "--all", "-q", "--strict", path).code == 1
    assert run(monkeypatch, command, "-q", "--strict", path).code == 0


@pytest.mark.parametrize("words", [("list",), ("show",), ("json",), ("stats",), ("flows",), ("report",)], ids=" ".join)
def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], tmp_path: Path) -> None:
    path = spoiled(tmp_path, "malformed")
    assert run(monkeypatch, *words, "-q", path, terminal=True).code == 0
    assert run(monkeypatch, *words, "-q", "--strict", path, terminal=True).code == 1


@pytest.mark.parametrize("kind", ["lacks an attribute", "goes the wrong way", "disagrees"])
@pytest.mark.parametrize("words", [("list",), ("json",), ("show",), ("stats",), ("upcalls",)], ids=" ".join)
def test_each_sort_of_problem_is_malformed(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "one.pcap"
    key = {"in_port": 2, "ethernet": {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}, "ethertype": 0x88CC}
    made = {
        "lacks an attribute": build("ovs_packet", "execute", dp_ifindex=7, seq=1, pid=1, packet=bytes(14), key={"in_port": 2}),
        "goes the wrong way": build("ovs_packet", "miss", flags=["request"], dp_ifindex=7, key={"in_port": 2}, packet=bytes(14)),
        "disagrees": build("ovs_packet", "miss", dp_ifindex=7, key=key, packet=bytes(12) + b"\x88\xcc" + bytes(40)),
    }
    path.write_bytes(pcap([MISS, made[kind]]))
    assert told(monkeypatch, words, path, tmp_path / "one")[1] == 0
    assert told(monkeypatch, words, path, tmp_path / "two", "--strict")[1] == 1


@pytest.mark.parametrize("words", ["list", "json", "show", "stats", "errors"])
def test_from_a_pipe(words: str) -> None:
    assert process(words, "-q", "--strict", "-", stdin=None, input=CLEAN).returncode == 0
    for data in SPOILED.values():
        assert process(words, "-q", "--strict", "-", stdin=None, input=data).returncode == 1

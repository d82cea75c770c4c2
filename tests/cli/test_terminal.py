"""What reaches a terminal: through a pseudo-terminal, with names, options and captures that hold control and format characters."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from ovsdissect.cli.terminal import _coloured
from tests import recorded
from tests.cli.processes import Started, environment, ovsdissect
from tests.views.run import run

CAPTURES = ("c1-name.pcap", "hostile.pcap")
HOSTILE = Path(__file__).parent / "hostile"
COMMANDS = (
    "list",
    "list --csv",
    "list --columns number,name,options,summary",
    "json",
    "json --array --odp --inner --raw --all",
    "show",
    "show --hex",
    "stats",
    "stats --json",
    "upcalls",
    "upcalls --json",
    "flows",
    "ports",
    "ports --csv",
    "ports --json",
    "errors --all",
    "errors --json",
    "report",
    "report --json",
)
# ESC, BEL, CR, DEL, C1's CSI, a bidi override and isolate, a zero-width space, a tag, a line separator, a byte order mark
EVIL = "\x1b[2J\x07\r\x7f\x9b2J\u202e\u2066\u200b\U000e0041\u2028\ufeff"
# what a command itself sends: line ends, colours
OWN = re.compile(r"\x1b\[[0-9;]*m|\r\n")


def on_terminal(*arguments: object, **values: str) -> tuple[str, int]:
    """Everything that a command sends to a terminal that is its standard output and error; its exit code."""
    ours, theirs = pty.openpty()
    child = Started(
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment(TERM="xterm-256color", **values),
    )
    os.close(theirs)
    data = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # what the end is here
            break
        if not piece:
            break
        data += piece
    os.close(ours)
    return data.decode("utf-8", "surrogateescape"), child.wait(60)


def unprintable(text: str) -> set[str]:
    """What is neither printable nor a command's own."""
    return {f"U+{ord(one):04X}" for one in OWN.sub("", text) if not one.isprintable()}


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("command", COMMANDS)
def test_captures(capture: str, command: str) -> None:
    text, code = on_terminal(*command.split(), HOSTILE / capture)
    assert unprintable(text) == set()
    assert code == 0
    assert text


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("command", [command for command in COMMANDS if "json" in command])
def test_json_is_safe_in_a_pipe_too(capture: str, command: str) -> None:
    out = ovsdissect(*command.split(), HOSTILE / capture).stdout.decode()
    assert {one for one in out if not one.isprintable()} <= {"\n"}
    for document in [out] if "--array" in command or "stats" in command else out.splitlines():
        json.loads(document)


def test_json_says_what_the_capture_holds() -> None:
    """The escape is that of JSON: readers get the name that stands in the capture, C1's CSI (9b) in it."""
    out = ovsdissect("json", HOSTILE / "c1-name.pcap").stdout
    assert b"\\u009b" in out
    (name,) = {value for line in out.splitlines() for value in re.findall("[^'\"]*\x9b[^'\"]*", repr_values(json.loads(line)))}
    assert name.encode() in (HOSTILE / "c1-name.pcap").read_bytes()


def repr_values(value: object) -> str:
    """The texts in a value, between quotes."""
    if isinstance(value, dict):
        return "".join(map(repr_values, value.values()))
    if isinstance(value, list):
        return "".join(map(repr_values, value))
    return f'"{value}"' if isinstance(value, str) else ""


def test_names_of_files(tmp_path: Path) -> None:
    data = recorded.fewer("startup", tmp_path).read_bytes()
    for name in (EVIL, "\udcff\udc9b" + EVIL.replace("\r", "\n")):
        good, cut, none, empty = (tmp_path / f"{name}.{kind}" for kind in ("pcap", "cut", "none", "empty"))
        good.write_bytes(data)
        cut.write_bytes(data[:-3])
        empty.touch()
        calls: list[tuple[object, ...]] = [
            *(("stats", path) for path in (good, cut, none, empty)),
            ("stats", "--json", good),
            ("list", "-Y", "frame.number == 1", cut),
            ("json", good, "-o", good),
            ("json", good, "-o", tmp_path / EVIL / "none"),
            ("carve", good, "-Y", "frame.number == 1", "-o", tmp_path / f"{name}.out"),
            ("fixture", good, "-o", tmp_path / f"{name}.fixture"),
            ("report", good),
            (none,),
            ("bytes", f"@{none}"),
        ]
        for call in calls:
            text, _code = on_terminal(*call)
            assert unprintable(text) == set(), call
            assert "Traceback" not in text, call
            assert text or call[:2] == ("json", good), call


def test_options_and_arguments() -> None:
    capture = recorded.path("startup")
    calls: list[tuple[object, ...]] = [
        ("list", capture, "-Y", f"key.ipv4.src == '{EVIL}'"),
        ("list", capture, "-Y", EVIL),
        ("list", capture, "-Y", f"nosuch{EVIL} == 1"),
        ("list", capture, "--columns", EVIL),
        ("list", capture, "--family", EVIL),
        ("list", capture, "--family", f"{EVIL}=47"),
        ("list", capture, "--family", f"ovs_packet={EVIL}"),
        ("list", capture, "--ovs", EVIL),
        ("list", capture, "--time", EVIL),
        ("show", capture, "-n", EVIL),
        ("json", capture, "-j", EVIL),
        ("json", capture, f"--{EVIL}"),
        ("json", capture, EVIL),
        ("json", capture, "-o"),
        ("flows", capture, "--at", EVIL),
        ("ports", capture, "--sort", EVIL),
        ("errors", capture, "--columns", EVIL),
        ("fields", EVIL),
        ("schema", EVIL),
        ("odp", EVIL, "00"),
        ("odp", "key", EVIL),
        ("bytes", EVIL),
        ("fixture", capture, "-o", "x", "--name", EVIL),
        (f"-{EVIL}",),
        (EVIL,),
    ]
    for call in calls:
        text, code = on_terminal(*call)
        assert unprintable(text) == set(), call
        assert "Traceback" not in text, call
        one_of_two = call == ("json", capture, EVIL)  # the other capture is read
        assert code in ((1,) if one_of_two else (0, 2)), (call, text)


def test_a_time_beyond_64_bits_is_no_time() -> None:
    done = ovsdissect("stats", "--json", HOSTILE / "stats-huge-time.pcapng")
    assert (done.returncode, json.loads(done.stdout)["span_ns"]) == (0, 0)  # that of the other message
    assert ovsdissect("stats", HOSTILE / "stats-huge-time.pcapng").returncode == 0


def test_padding_between_messages_is_shown() -> None:
    path = recorded.ROOT / "tests" / "fuzz" / "examples" / "show-padding.pcap"
    out = ovsdissect("show", "--hex", "--all", "--family", "ovs_packet=38", path).stdout
    assert re.search(rb"^ +45  de ad be +padding: deadbe$", out, re.M)


@pytest.mark.parametrize(
    ("environment", "shown", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),  # no-color.org: when not empty
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_there_are_colours(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], shown: bool, wanted: bool) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _coloured(shown) is wanted


@pytest.mark.parametrize("colour", ["always", "never"])
def test_a_terminal_has_a_pager_and_a_pipe_has_none(colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the colours."""
    paged: list[bool | None] = []
    monkeypatch.setattr("click.echo_via_pager", lambda texts, color: paged.append(color) or list(texts))
    run(monkeypatch, "show", "-q", recorded.path("truncated"), "-c", "1", "--color", colour)
    assert paged == []
    run(monkeypatch, "show", "-q", recorded.path("truncated"), "-c", "1", "--color", colour, terminal=True)
    assert paged == [colour == "always"]


def test_the_pager_is_the_users_and_waits_for_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without $LESS it ends by itself where all fits on the screen, as git's does; a stream is shown as it comes."""
    seen: list[str | None] = []
    monkeypatch.setattr("click.echo_via_pager", lambda texts, color: seen.append(os.environ.get("LESS")) or list(texts))
    for value, wanted in ((None, "FRX"), ("-M", "-M")):
        monkeypatch.delenv("LESS", raising=False)
        if value is not None:
            monkeypatch.setenv("LESS", value)
        run(monkeypatch, "show", "-q", recorded.path("truncated"), "-c", "1", terminal=True)
        assert seen.pop() == wanted
    said = run(monkeypatch, "show", "-q", "-", "-c", "1", stdin=recorded.path("truncated").read_bytes(), terminal=True)
    assert said.out.startswith(b"\x1b[1m")
    assert seen == []


def test_a_narrow_terminal_cuts_no_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = run(monkeypatch, "list", "-q", recorded.path("truncated"), "-c", "1", "--csv", terminal=True)
    assert said.out.splitlines()[0] == b"number,time,direction,family,cmd,datapath,port,summary"
    assert b" datapath " not in run(monkeypatch, "list", "-q", recorded.path("truncated"), "-c", "1", terminal=True).out.splitlines()[0]

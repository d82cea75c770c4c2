"""How commands are found: mistyped ones, options before the capture, tshark's spellings, -n and -c, colours, completion, help."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from ovsdissect.build import build, pcap
from ovsdissect.cli import COMMANDS
from ovsdissect.cli.completion import place
from tests import recorded
from tests.cli import processes
from tests.views.run import run

CAPTURE = recorded.path("startup")
MISSES = [1009, 1596, 2182]  # the first three, as tshark's generic netlink dissector numbers the frames of the capture


def numbers(text: bytes) -> list[int]:
    return [json.loads(line)["number"] for line in text.splitlines()]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["jsn", CAPTURE], "no command jsn; did you mean json?"),
        (["STATS", CAPTURE], "no command STATS; did you mean stats?"),
        (["upcall", CAPTURE], "no command upcall; did you mean upcalls?"),
        (["-q", "lst", CAPTURE], "no command lst; did you mean list?"),
        (["xyzzy"], "no command xyzzy; `ovsdissect help` lists the commands."),
        (["help", "jsn"], "no command jsn; did you mean json?"),
        ([CAPTURE, "json"], "the command comes before the capture: ovsdissect json"),
        (["no/such.pcap"], "no/such.pcap: no such file"),
        (["nosuch.pcap"], "nosuch.pcap: no such file"),
    ],
)
def test_what_is_no_command(monkeypatch: pytest.MonkeyPatch, typed: list[object], said: str) -> None:
    told = run(monkeypatch, *typed)
    assert (told.out, told.code) == (b"", 2)
    assert said in told.err


def test_a_capture_may_be_called_like_a_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jsn").write_bytes(CAPTURE.read_bytes())
    assert run(monkeypatch, "jsn", "-q").out == run(monkeypatch, "list", CAPTURE, "-q").out


def test_options_before(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = run(monkeypatch, "list", CAPTURE, "-q", "-Y", "arp")
    assert listed.out
    assert run(monkeypatch, "-Y", "arp", "-q", CAPTURE) == listed
    assert run(monkeypatch, "-q", "--display-filter=arp", "--", CAPTURE) == listed
    assert run(monkeypatch, "-q", CAPTURE, "-Y", "arp") == listed
    assert run(monkeypatch, "-Y", "arp", "json", CAPTURE) == run(monkeypatch, "json", CAPTURE, "-Y", "arp")


def test_tsharks_spellings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    want = "ovs_packet.cmd == miss"
    assert run(monkeypatch, "-r", CAPTURE, "-q") == run(monkeypatch, "list", CAPTURE, "-q")
    assert run(monkeypatch, "-r", CAPTURE, "-q", "-T", "json", "-Y", want) == run(monkeypatch, "json", CAPTURE, "-q", "-Y", want)
    assert run(monkeypatch, "-q", "-V", "-r", CAPTURE, "-c", 1) == run(monkeypatch, "show", CAPTURE, "-q", "-c", 1)
    assert run(monkeypatch, "-q", "-x", "-r", CAPTURE, "-c", 1) == run(monkeypatch, "show", CAPTURE, "-q", "--hex", "-c", 1)
    assert run(monkeypatch, "json", "-r", CAPTURE) == run(monkeypatch, "json", CAPTURE)
    assert run(monkeypatch, CAPTURE, "-q", "-T", "json", "-Y", want) == run(monkeypatch, "json", CAPTURE, "-q", "-Y", want)
    fields = run(monkeypatch, "-r", CAPTURE, "-q", "-Y", want, "-T", "fields", "-e", "number", "-e", "key.in_port", "-c", 3)
    assert [line.split("\t")[0] for line in fields.out.decode().splitlines()] == [str(number) for number in MISSES]
    same = [part for word in ("separator=/t", "header=n", "occurrence=f") for part in ("-E", word)]
    assert run(monkeypatch, "-r", CAPTURE, "-q", "-Y", want, "-T", "fields", "-e", "number", "-e", "key.in_port", "-c", 3, *same) == fields
    written = tmp_path / "out.pcap"
    assert run(monkeypatch, "-r", CAPTURE, "-Y", "arp", "-w", written).code == 0
    assert numbers(run(monkeypatch, "json", written, "-Y", "arp").out)
    assert run(monkeypatch, "-n", "-r", CAPTURE, "-q") == run(monkeypatch, "list", CAPTURE, "-q", "--no-names")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["-q", "-z", "io,stat,1"], "`ovsdissect stats`"),
        (["-T", "pdml"], "`ovsdissect show`"),
        (["-T", "fields"], "-T fields needs fields"),
        (["-f", "udp"], "-Y takes a display filter"),
        (["-w", "x.pcap", "-V"], "-w writes a capture"),
        (["-t", "z"], "--time is one of"),
        *((["-T", "fields", "-e", "number", "-E", word], "--csv` writes CSV with") for word in ("header=y", "separator=,", "quote=d")),
    ],
)
def test_tsharks_ways_that_are_not_ours(monkeypatch: pytest.MonkeyPatch, typed: list[str], said: str) -> None:
    told = run(monkeypatch, "-r", CAPTURE, *typed)
    assert (told.out, told.code) == (b"", 2)
    assert said in told.err


def test_tsharks_options_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    for typed, said in (
        (["list", CAPTURE, "-T", "fields"], "`ovsdissect json` prints JSON, and `ovsdissect list --columns NAME,... --tabs` prints fields"),
        (["json", CAPTURE, "-V"], "`ovsdissect show` prints trees"),
        (["stats", "-z", "io,stat,1", CAPTURE], "statistics are commands"),
        (["show", "-tad", CAPTURE], "--time chooses"),
        (["upcalls", CAPTURE, "-2"], "upcall.* and flow.* in a display filter look ahead by themselves"),
    ):
        told = run(monkeypatch, *typed)
        assert (told.out, told.code) == (b"", 2), typed
        assert f"is an option of tshark, not of ovsdissect: {said}" in told.err, typed
    assert re.search("No such option:? '?-y", run(monkeypatch, "list", CAPTURE, "-y").err)


def test_words_after_two_dashes_are_captures(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "-q", "--", CAPTURE, "-V").err == "ovsdissect: -V: no such file\n"


@pytest.mark.parametrize("command", ["json", "list", "show"])
def test_numbers_and_counts(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    def shown(*options: object) -> list[int]:
        told = run(monkeypatch, command, CAPTURE, "-q", *options)
        assert (told.err, told.code) == ("", 0)
        if command == "json":
            return numbers(told.out)
        return [int(line.split()[0]) for line in told.out.decode().splitlines() if line[:1].isdigit() or (command == "list" and line)]

    assert shown("-n", 3) == [3]
    assert shown("-n", "3-6") == [3, 4, 5, 6]
    assert shown("-n", "3-6", "-c", 2) == [3, 4]
    assert shown("-Y", "ovs_packet.cmd == miss", "-c", 3) == MISSES
    assert shown("-Y", "ovs_packet.cmd == miss || arp", "-n", "1-1600") == MISSES[:2]
    assert len(shown("-c", 5)) == 5


def test_numbers_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    upcalls = run(monkeypatch, "upcalls", CAPTURE, "--json", "-n", MISSES[1]).out.splitlines()
    assert [json.loads(line)["number"] for line in upcalls[:-1]] == [MISSES[1]]
    carved = tmp_path / "carved.pcap"
    assert run(monkeypatch, "carve", CAPTURE, "-q", "-Y", "ovs_packet.cmd == miss", "-c", 2, "--messages", "-o", carved).code == 0
    assert len(numbers(run(monkeypatch, "json", carved, "-Y", "ovs_packet.cmd == miss").out)) == 2


@pytest.mark.parametrize(
    ("environment", "option", "terminal", "coloured"),
    [
        ({}, (), True, True),
        ({}, (), False, False),
        ({"NO_COLOR": "1"}, (), True, False),
        ({"NO_COLOR": ""}, (), True, True),  # no-color.org: present and not an empty string
        ({"FORCE_COLOR": "1"}, (), False, True),
        ({"FORCE_COLOR": ""}, (), False, False),
        ({"FORCE_COLOR": "0"}, (), False, True),  # force-color.org: regardless of its value
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (), True, False),
        ({"TERM": "dumb"}, (), True, False),
        ({"NO_COLOR": "1"}, ("--color", "always"), False, True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), True, False),
        ({}, ("--color", "auto"), False, False),
    ],
)
def test_colours(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], option: tuple[str, ...], terminal: bool, coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PAGER", "cat")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for command in ("list", "show"):
        told = run(monkeypatch, command, CAPTURE, "-q", "-c", 1, *option, terminal=terminal)
        assert (b"\x1b[" in told.out) == coloured, command


def test_colours_change_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run(monkeypatch, "list", CAPTURE, "-q", "-Y", "arp").out
    painted = run(monkeypatch, "list", CAPTURE, "-q", "-Y", "arp", "--color", "always").out
    for code in (b"\x1b[0m", b"\x1b[2m", b"\x1b[33m", b"\x1b[32m", b"\x1b[34m", b"\x1b[36m"):
        painted = painted.replace(code, b"")
    assert painted == plain


def test_version(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run(monkeypatch, "--version").out.decode().splitlines()
    assert lines[0].startswith("ovsdissect ")
    assert lines[1] in ("engine: compiled", "engine: pure")
    assert any(line.startswith("click ") for line in lines)
    assert any(line.startswith("google-re2 ") for line in lines)


def test_help(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "help") == run(monkeypatch, "--help")
    assert run(monkeypatch, "help", "json") == run(monkeypatch, "json", "--help")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["json", "--ovs", "3.1"], "--ovs has no effect without --odp"),
        (["json", "--no-names"], "--names has no effect without --odp"),
        (["ports", "--ovs", "3.1"], "--ovs has no effect"),
        (["upcalls", "--json", "--columns", "number"], "--columns has no effect with --json"),
        (["flows", "--json", "--csv"], "--csv has no effect with --json"),
        (["report", "--anonymise"], "--anonymise has no effect without --html"),
        (["flows", "--verbose", "--stats"], "--verbose has no effect with --stats"),
    ],
)
def test_options_that_would_be_ignored(monkeypatch: pytest.MonkeyPatch, typed: list[str], said: str) -> None:
    told = run(monkeypatch, typed[0], CAPTURE, *typed[1:])
    assert (told.out, told.code) == (b"", 2)
    assert said in told.err


def completed(*words: str) -> list[str]:
    """What bash is proposed for the last word."""
    typed = {"COMP_WORDS": " ".join(("ovsdissect", *words)), "COMP_CWORD": str(len(words))}
    done = processes.ovsdissect(env=processes.environment(_OVSDISSECT_COMPLETE="bash_complete", **typed))
    assert done.returncode == 0, done.stderr
    return [line.strip() for line in done.stdout.decode().splitlines() if line.strip()]


def test_completion() -> None:
    assert completed("sho") == ["plain,show"]
    assert {"plain,json", "plain,list", "plain,completion"} <= set(completed(""))
    assert completed("nlmon") == ["file,nlmon"]
    assert completed("json", "nlm") == ["file,nlm"]
    assert "plain,--display-filter" in completed("nlmon.pcap", "--dis")
    assert "plain,key.ct_zone" in completed("list", "x.pcap", "-Y", "key.ct_z")
    assert completed("json", "--family", "ovs_p") == ["plain,ovs_packet="]
    assert "plain,number,key.in_port" in completed("list", "--columns", "number,key.in_po")
    assert completed("help", "upc") == ["plain,upcalls"]
    assert completed("show", "x", "--color", "al") == ["plain,always"]
    assert completed("upcalls", "x", "--columns", "number,to") == ["plain,number,to-flow", "plain,number,to-execute"]
    assert completed("flows", "x", "--sort", "uf") == ["plain,ufid"]
    assert "plain,3.3" in completed("list", "x", "--ovs", "3")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    shown = run(monkeypatch, "completion", "show", shell)
    assert b"_OVSDISSECT_COMPLETE" in shown.out
    told = run(monkeypatch, "completion", "install", shell)
    assert told.code == 0
    (file,) = (path for path in tmp_path.rglob("*ovsdissect*") if path.is_file())
    assert file.read_bytes() == shown.out
    assert str(file) in told.err
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    assert run(monkeypatch, "completion", "show") == shown


def test_a_shell_without_completion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    told = run(monkeypatch, "completion", "install")
    assert told.code == 2
    assert "tcsh is not supported: completion is for bash, zsh and fish" in told.err


@pytest.mark.parametrize(
    ("typed", "said"), [("completion", "Choose from install, show."), ("odp", "Choose from key, flow, actions, tunnel.")]
)
def test_a_missing_word_is_asked_for_in_one_line(monkeypatch: pytest.MonkeyPatch, typed: str, said: str) -> None:
    assert run(monkeypatch, typed).err.rstrip().endswith(said)


def test_columns_have_their_names_and_those_of_the_json(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = (
        run(monkeypatch, "upcalls", CAPTURE, "--csv", "-q", "--columns", names, "--sort", by)
        for names, by in (("time,to-execute,ufid", "to-execute"), ("time_ns,to_execute_ns,ufid", "to_execute_ns"))
    )
    assert ours == theirs
    assert ours.out.startswith(b"time,to-execute,ufid\n")
    assert "--sort: no column foo" in run(monkeypatch, "upcalls", CAPTURE, "--sort", "foo").err


def test_where_the_shells_look_for_completions(monkeypatch: pytest.MonkeyPatch) -> None:
    """bash-completion's README, fish's manual (completions), and a folder of zsh's fpath, with and without the variables."""
    variables = {"BASH_COMPLETION_USER_DIR": "/b", "XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/c"}
    monkeypatch.setenv("HOME", "/h")
    for name in variables:
        monkeypatch.delenv(name, raising=False)
    assert [str(place(shell)) for shell in ("bash", "zsh", "fish")] == [
        "/h/.local/share/bash-completion/completions/ovsdissect",
        "/h/.local/share/zsh/site-functions/_ovsdissect",
        "/h/.config/fish/completions/ovsdissect.fish",
    ]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert [str(place(shell)) for shell in ("bash", "zsh", "fish")] == [
        "/b/completions/ovsdissect",
        "/d/zsh/site-functions/_ovsdissect",
        "/c/fish/completions/ovsdissect.fish",
    ]
    monkeypatch.delenv("BASH_COMPLETION_USER_DIR")
    assert str(place("bash")) == "/d/bash-completion/completions/ovsdissect"


def test_csv_is_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    told = run(monkeypatch, "list", CAPTURE, "-q", "--columns", "number,summary", "--csv", "-c", 5)
    rows = list(csv.reader(io.StringIO(told.out.decode(), newline="")))
    assert rows[0] == ["number", "summary"]
    assert len(rows) == 6
    # "=1" is a name that a port may have: data stay as they are, but for --safe-csv
    made = pcap([build("ovs_vport", "new", dp_ifindex=5, port_no=3, type="netdev", name="=1", upcall_pid=[])])
    columns = ("list", "-", "--columns", "ovs_vport.name", "--csv", "-q", "-Y", "ovs_vport")
    assert run(monkeypatch, *columns, stdin=made).out == b"ovs_vport.name\n=1\n"
    assert run(monkeypatch, *columns, "--safe-csv", stdin=made).out == b"ovs_vport.name\n'=1\n"
    assert run(monkeypatch, "list", CAPTURE, "--safe-csv").code == 2


def test_man_pages_name_every_command() -> None:
    folder = recorded.ROOT / "man"
    assert {path.stem for path in folder.glob("*.1")} == {"ovsdissect", *(f"ovsdissect-{name}" for name in COMMANDS)}

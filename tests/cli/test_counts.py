"""-c counts over all captures, -n takes both ends of its range; in every command, on captures of a few messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.build import COOKED, build, pcap
from ovsdissect.cli.upcalls import Listing
from tests import recorded
from tests.analysis.reading import Recording, ethernet
from tests.views.run import run


def miss(number: int) -> bytes:
    """An upcall of a packet of its own."""
    packet = b"\xff" * 6 + bytes.fromhex("02000000000188b5") + number.to_bytes(2, "big")
    return build("ovs_packet", "miss", dp_ifindex=7, key={"in_port": number}, packet=packet)


@pytest.fixture(name="captures")
def fixture_captures(tmp_path: Path) -> tuple[Path, Path]:
    """Captures of three and of four upcalls, without the messages that name families."""
    made = tmp_path / "three.pcap", tmp_path / "four.pcap"
    for path, numbers in zip(made, (range(1, 4), range(4, 8)), strict=True):
        path.write_bytes(pcap([miss(number) for number in numbers], announce=False))
    return made


FAMILY = ("--family", "ovs_packet=35")


def counted(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], *more: object) -> int:
    """How many messages or findings a command prints."""
    said = run(monkeypatch, *words, "-q", *FAMILY, *more)
    assert said.code == 0, said.err
    lines = said.out.decode().splitlines()
    if words == ("stats", "--json"):
        return sum(one["messages"] for one in map(json.loads, said.out.decode().replace("}\n{", "}\0{").split("\0")))
    if words[0] == "show":
        return sum("record " in line and not line.startswith(" ") for line in lines)
    if "--json" in words:
        return sum(json.loads(line)["kind"] != "summary" for line in lines)
    return len(lines)


COMMANDS = [
    *(("json",), ("list",), ("show",), ("stats", "--json"), ("upcalls", "--json"), ("upcalls", "--json", "--sort", "number")),
    ("ports", "--json"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_counts(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], captures: tuple[Path, Path]) -> None:
    assert counted(monkeypatch, words, *captures) == 7
    for count in (2, 3, 5, 9):
        assert counted(monkeypatch, words, *captures, "-c", count) == min(count, 7)


@pytest.mark.parametrize("words", [("json",), ("list",), ("show",), ("stats", "--json")], ids=" ".join)
def test_ranges(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], captures: tuple[Path, Path]) -> None:
    four = captures[1]
    for text, wanted in (("4", 1), ("5", 0), ("2-3", 2), ("3-9", 2)):
        assert counted(monkeypatch, words, four, "-n", text) == wanted
    for text in ("0", "0-3", "3-2", "-1", "x"):
        assert run(monkeypatch, *words, four, f"--number={text}").code == 2
    assert counted(monkeypatch, words, four, "-n", "2-4", "-c", 2) == 2


@pytest.mark.parametrize("words", [("json",), ("list",), ("show",), ("carve", "-o", "-")], ids=lambda words: words[0])
def test_a_number_is_of_any_family(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], tmp_path: Path) -> None:
    """A message of another protocol: 5 in the last two bytes of the cooked header."""
    path = tmp_path / "other.pcap"
    path.write_bytes(pcap([miss(1)], announce=False).replace(COOKED, COOKED[:14] + b"\0\5"))
    sizes = [len(run(monkeypatch, *words, "-q", path, *more).out) for more in ((), ("-n", 1), ("--all",))]
    assert sizes[0] < sizes[1] == sizes[2]


@pytest.mark.parametrize("more", [(), ("--messages",), ("--inner",)], ids=" ".join)
def test_carve(monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], captures: tuple[Path, Path], tmp_path: Path) -> None:
    for options, wanted in ((("-c", 2), 2), (("-n", "2-3"), 2), (("-n", "2-4", "-c", 1), 1), ((), 4)):
        out = tmp_path / "carved.pcap"
        assert run(monkeypatch, "carve", "-q", *FAMILY, *more, *options, captures[1], "-o", out).code == 0
        size = 24 + wanted * 16 + wanted * (16 if more == ("--inner",) else 16 + len(miss(1)))
        assert out.stat().st_size == size


def test_fixture(monkeypatch: pytest.MonkeyPatch, captures: tuple[Path, Path], tmp_path: Path) -> None:
    for at, (options, wanted) in enumerate(((("-c", 2), 2), (("-n", "2-3"), 2), (("-n", "2-4", "-c", 1), 1))):
        said = run(monkeypatch, "fixture", *FAMILY, *options, captures[1], "-o", tmp_path / f"f{at}", "--name", "f")
        assert said.code == 0
        assert f"wrote {wanted} message" in said.err
        with ovsdissect.open(tmp_path / f"f{at}" / "f.pcap") as capture:
            assert sum(message.family == "ovs_packet" for message in capture) == wanted


@pytest.mark.parametrize(("ago_s", "why"), [(0.5, "capture-end"), (3, "unexplained")])
def test_upcalls_without_an_answer(monkeypatch: pytest.MonkeyPatch, ago_s: float, why: str, tmp_path: Path) -> None:
    """Those that nothing explains, and those of the last second."""
    path = tmp_path / "two.pcap"
    data = bytearray(pcap([miss(1), build("ovs_datapath", "get", dp_ifindex=7)], announce=False))
    last = 24 + 16 + 16 + len(miss(1))
    second = int.from_bytes(data[24:28], "little")
    data[last : last + 8] = (second + int(ago_s)).to_bytes(4, "little") + round(ago_s % 1 * 1e9).to_bytes(4, "little")
    path.write_bytes(data)
    ids = (*FAMILY, "--family", "ovs_datapath=32")
    found = [json.loads(line) for line in run(monkeypatch, "upcalls", "--json", "-q", "--unanswered", *ids, path).out.splitlines()]
    assert [one["why"] for one in found if one["kind"] == "upcall"] == [why]


@pytest.mark.parametrize(("took_ms", "found"), [(100, False), (101, True)])
def test_slower_than(monkeypatch: pytest.MonkeyPatch, took_ms: int, found: bool, tmp_path: Path) -> None:
    made, packet, path = Recording(), ethernet(), tmp_path / "one.pcap"
    number = made.miss(1000, packet)
    made.add(1000 + took_ms, made.execute(1, packet))
    path.write_bytes(made.pcap().read())
    lines = [json.loads(line) for line in run(monkeypatch, "upcalls", "--json", "-q", "--slower", "100", path).out.splitlines()]
    assert [one["number"] for one in lines if one["kind"] == "upcall"] == [number] * found


def test_latencies_of_a_group_are_those_of_what_was_answered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An upcall without an EXECUTE took no time, which is not a time of 0; a group without any has none."""
    made, path = Recording(), tmp_path / "groups.pcap"
    for at in range(3):
        made.miss(1000 * at, ethernet(at), hash=at)
    made.add(2010, made.execute(1, ethernet(2), hash=2))
    made.add(9000, made.upcall("miss", ethernet(7), hash=7, in_port=4))
    path.write_bytes(made.pcap().read())
    lines = run(monkeypatch, "upcalls", "--by", "port", "--json", "-q", path).out.splitlines()[:-1]
    most, other = map(json.loads, lines)
    assert (most["upcalls"], most["unanswered"], most["to_execute_max_ns"]) == (3, 2, 10_000_000)
    assert abs(most["to_execute_p50_ns"] - 10_000_000) < 40_000, "a histogram's step is at most 0.4 % off"
    assert (other["upcalls"], other["unanswered"], other["to_execute_p50_ns"], other["to_execute_max_ns"]) == (1, 1, None, None)


def test_flows_that_no_packet_matched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By their statistics: of a flow that no dump told, nobody knows."""
    made, path = Recording(), tmp_path / "flows.pcap"
    for flow in (1, 2, 3):
        made.add(1000 + flow, made.put(flow, ethernet(flow), ufid=flow))
    for flow, packets in ((1, 0), (2, 5)):
        made.add(2000, made.flow("new", 9, ufid=flow, flags=["multi"], stats={"n_packets": packets, "n_bytes": 60 * packets}))
    path.write_bytes(made.pcap().read())
    flows = {}
    for options in ((), ("--never-hit",)):
        lines = [json.loads(line) for line in run(monkeypatch, "flows", "--json", "-q", *options, path).out.splitlines()]
        flows[options] = [one["ufid"][-1] for one in lines if one["kind"] == "flow"]
    assert flows == {(): ["1", "2", "3"], ("--never-hit",): ["1"]}


def test_what_is_followed_is_not_sorted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is read then; groups are printed at the end, and can be."""
    absent = tmp_path / "absent.pcap"
    said = run(monkeypatch, "upcalls", "--follow", "--sort", "number", absent)
    assert (said.code, said.out) == (2, b"")
    assert "--sort is not possible" in said.err
    assert "no such file" in run(monkeypatch, "upcalls", "--follow", "--sort", "upcalls", "--by", "port", absent).err


@pytest.mark.parametrize("form", ["--json", "--csv", "--summary", "--by port"])
def test_a_record_of_very_many_upcalls(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """What is final is printed before all of a batch has been read: the lines are the same."""
    words = ("upcalls", recorded.path("slowpath"), "-q", "-Y", "ovs_packet.cmd == miss", *form.split())
    whole = run(monkeypatch, *words)
    printed: list[int] = []
    flush = Listing.flush
    monkeypatch.setattr(Listing, "flush", lambda listing: (printed.append(len(listing._found)), flush(listing))[1])
    monkeypatch.setattr("ovsdissect.cli.upcalls.LINES", 3)
    assert run(monkeypatch, *words) == whole
    assert whole.out
    assert max(printed) == (0 if form == "--summary" else 3)

"""Several interfaces in one capture, and what a capture says about its records: bytes and values made by hand."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

import ovsdissect
from ovsdissect.json.encoding import encode
from tests import recorded
from tests.capture import spoken
from tests.capture.crafted import enhanced, interface, option, section, statistics
from tests.each import none_of
from tests.tui.driving import twice
from tests.views.run import run

T = 1_700_000_000_000_000


def name(text: str) -> bytes:
    return option("<", 2, text.encode())


def two_hosts() -> bytes:
    """Two nlmon devices in one section: the ids of the families, and the names of port 2 of datapath 9, are each one's own."""
    said = [
        (0, spoken.newfamily("<", "ovs_vport", 33)),
        (0, spoken.newfamily("<", "ovs_flow", 34)),
        (1, spoken.newfamily("<", "ovs_flow", 33)),
        (1, spoken.newfamily("<", "ovs_vport", 34)),
        (0, spoken.vport("<", 33, 9, 2, "a2")),
        (1, spoken.vport("<", 34, 9, 2, "b2")),
        (0, spoken.put("<", 34, 9, 2, 3)),
        (1, spoken.put("<", 33, 9, 2, 4)),
    ]
    out = section("<") + interface("<", 253, 6, more=name("nlmon0")) + interface("<", 253, 6, more=name("nlmon1"))
    return out + b"".join(enhanced("<", which, T + n, spoken.cooked(data)) for n, (which, data) in enumerate(said))


WHICH = [0, 0, 1, 1, 0, 1, 0, 1]


def noted() -> bytes:
    """A record with epb_dropcount 30, a CRC error among epb_flags and two comments, after one without anything."""
    options = option("<", 1, b"a\x07b") + option("<", 1, b"second") + option("<", 2, (1 << 24 | 1).to_bytes(4, "little"))
    options += option("<", 4, (30).to_bytes(8, "little")) + option("<", 0, b"")
    out = section("<") + interface("<", 253, 6)
    out += enhanced("<", 0, T, spoken.cooked(spoken.newfamily("<", "ovs_flow", 34)))
    two = spoken.cooked(spoken.put("<", 34, 9, 2, 3), spoken.put("<", 34, 9, 4, 5, seq=2))
    return out + enhanced("<", 0, T + 1, two, options=options) + statistics("<", 0, {4: 33, 5: 30})


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts.pcapng"
    path.write_bytes(two_hosts())
    return path


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.pcapng"
    path.write_bytes(noted())
    return path


@pytest.mark.parametrize("options", [[], ["-j", "2"], ["-Y", "number > 0"], ["--array"]])
def test_json_names_the_interface(hosts: Path, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = run(monkeypatch, "json", hosts, "-q", *options).out.decode()
    lines = json.loads(text) if options == ["--array"] else [json.loads(line) for line in text.splitlines()]
    assert [line["interface"] for line in lines] == WHICH
    assert [line["port"] for line in lines[4:]] == ["a2", "b2", "a2", "b2"]
    with ovsdissect.open(hosts) as capture:
        by_tree = [encode(message.to_dict()).decode() for message in capture]
    if options != ["--array"]:
        assert text.splitlines() == by_tree


def test_json_of_a_stream_names_the_interface(hosts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.loads(line) for line in run(monkeypatch, "json", "-", "-q", stdin=hosts.read_bytes()).out.splitlines()]
    assert [line["interface"] for line in lines] == WHICH


def test_one_interface_is_not_named(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert none_of("interface" in json.loads(line) for line in run(monkeypatch, "json", notes, "-q").out.decode().splitlines())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("frame.interface_id == 1", [3, 4, 6, 8]),
        ("interface == 0 && ovs_flow", [7]),
        ('frame.interface_name == "nlmon1" && ovs_vport', [6]),
        ("interface == nlmon1 && ovs_vport", [6]),
        ('interface == "1 nlmon1" && ovs_vport', [6]),
        ('frame.interface_name matches "0$"', [1, 2, 5, 7]),
        ("frame.interface_id in {1, 7} && !nlctrl", [6, 8]),
        ("frame.comment", []),
    ],
)
def test_filters_by_interface(hosts: Path, text: str, numbers: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(monkeypatch, "list", hosts, "-q", "-Y", text, "--columns", "number,frame.interface_id,frame.interface_name")
    rows = [line.split() for line in shown.out.decode().splitlines()]
    assert rows == [[str(n), str(WHICH[n - 1]), f"nlmon{WHICH[n - 1]}"] for n in numbers]
    with ovsdissect.open(hosts) as capture:
        assert [message.number for message in capture.filter(text)] == numbers


def test_list_tells_the_interface(hosts: Path, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being asked, where the capture has several."""
    texts = [f"{which} nlmon{which}" for which in WHICH]
    for pure in ("", "1"):
        monkeypatch.setenv("OVSDISSECT_PURE", pure)
        lines = run(monkeypatch, "list", hosts, "-q").out.decode().splitlines()
        assert [line[19:27] for line in lines] == texts
        told = run(monkeypatch, "list", hosts, "-q", "--csv").out.decode().splitlines()
        assert [line.split(",")[2] for line in told] == ["interface", *map(str, WHICH)]
    assert "interface" not in run(monkeypatch, "list", notes, "-q", "--csv").out.decode().splitlines()[0]
    assert "interface 1 (nlmon1)" in run(monkeypatch, "show", hosts, "-q", "-n", "6").out.decode().splitlines()[0]


def test_show_names_the_interface(hosts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "  frame\n    interface_id: 1\n    interface_name: nlmon1\n" in run(monkeypatch, "show", hosts, "-q", "-n", "6").out.decode()


def test_pickled_messages_keep_what_the_capture_says(hosts: Path, notes: Path) -> None:
    for path in (hosts, notes):
        with ovsdissect.open(path) as capture:
            for message in capture:
                assert pickle.loads(pickle.dumps(message)).to_dict() == message.to_dict()


def test_what_is_said_of_a_record(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.loads(line) for line in run(monkeypatch, "json", notes, "-q").out.decode().splitlines()]
    told = [{key: line.get(key) for key in ("number", "lost", "link_errors", "comments")} for line in lines]
    comments = ["a\x07b", "second"]
    assert told == [
        {"number": 1, "lost": None, "link_errors": None, "comments": None},
        {"number": 2, "lost": 30, "link_errors": ["CRC error"], "comments": comments},
        {"number": 3, "lost": None, "link_errors": ["CRC error"], "comments": comments},  # lost before the record, not before each message
    ]
    stats = run(monkeypatch, "stats", notes).out.decode()
    assert "30 records lost before record 2" in stats
    assert "lost in all" not in stats, "the one place is all of it"
    listed = run(monkeypatch, "list", notes, "-q").out.decode().splitlines()
    assert listed[1].endswith("actions:3 [30 records lost before this one] [CRC error]")
    assert listed[2].endswith("actions:5 [CRC error]")
    said = ("drop_count: 30 records lost before this one", "link_error: CRC error", "comment: a\\x07b", "comment: second")
    tree = "".join(f"    {one}\n" for one in said)
    assert f"  frame\n{tree}" in run(monkeypatch, "show", notes, "-q", "-n", "2").out.decode()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ('frame.comment == "second"', [2, 3]),
        ('frame.comment contains "b"', [2, 3]),
        ("frame.drop_count == 30", [2]),
        ("frame.drop_count > 30", []),
        ("!frame.comment", [1]),
        ('frame.link_error == "CRC error" && number > 2', [3]),
        ("lost", [2]),
    ],
)
def test_filters_by_what_is_said_of_a_record(notes: Path, text: str, numbers: list[int]) -> None:
    with ovsdissect.open(notes) as capture:
        assert [message.number for message in capture.filter(text)] == numbers


def test_tables_name_interfaces_and_notes(hosts: Path, notes: Path) -> None:
    with ovsdissect.open(hosts) as capture:
        table = capture.to_arrow(fields=["number", "interface", "interface_name", "comment"])
    assert table.to_pylist() == [
        {"number": n, "interface": which, "interface_name": f"nlmon{which}", "comment": None} for n, which in enumerate(WHICH, 1)
    ]
    with ovsdissect.open(notes) as capture:
        rows = capture.to_arrow(fields=["number", "interface", "interface_name", "lost", "link_errors", "comment"]).to_pylist()
    assert [list(row.values()) for row in rows] == [
        [1, 0, None, None, None, None],
        [2, 0, None, 30, "CRC error", "a\x07b\nsecond"],
        [3, 0, None, None, "CRC error", "a\x07b\nsecond"],
    ]


def test_tables_of_findings_begin_with_the_interface(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the capture has several, on a screen and in CSV."""
    both, one = tmp_path / "two.pcapng", recorded.path("upcall-pid")
    both.write_bytes(twice(one))
    for typed in ("upcalls", "ports", "errors --all", "flows --stats --deleted", "flows --csv", "errors --csv"):
        words = typed.split()
        for path, several in ((both, True), (one, False)):
            first = run(monkeypatch, *words, path, "-q").out.decode().splitlines()[0]
            assert first.lstrip().startswith("interface") is several, words

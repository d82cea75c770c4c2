"""`json -j N` prints what one thread prints: names, ids, requests and counts carry over from part to part.

Parts are made small, so that each needs what an earlier one contains.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from ovsdissect.api import Message
from ovsdissect.engine import parallel
from ovsdissect.engine.available import engine
from tests.capture.crafted import enhanced, interface, section
from tests.dissect.made import IDS, MULTI, REQUEST, failed, genl, newfamily, nlmsg, pcap, record
from tests.views.run import run

STEPS = 1200
LONG = {"key": {"in_port": 3}, "packet": bytes(700)}


def messages() -> list[bytes]:
    """Ports that are renamed, requests that are answered hundreds of messages later, errors of others, malformed ones; about 1.5 MB."""
    found = [newfamily(name, number) for name, number in IDS.items()]
    found.append(genl("ovs_datapath", "new", {"name": "ovs-system"}))
    for step in range(STEPS):
        if step % 50 == 0:
            found.append(genl("ovs_vport", "new", {"port_no": 3, "type": "netdev", "name": f"eth{step}"}))
        asked = genl("ovs_vport", "get", {"name": f"p{step}"}, flags=REQUEST, seq=step + 1, pid=70)
        found += [asked, genl("ovs_packet", "miss", LONG)]
        if step >= 300:
            earlier = genl("ovs_vport", "get", {"name": f"p{step - 300}"}, flags=REQUEST, seq=step - 299, pid=70)
            found.append(failed(earlier, -19, flags=0x100))
        if step % 100 == 99:
            other = nlmsg(21, bytes(4), flags=REQUEST, seq=step, pid=71)
            miss = genl("ovs_packet", "miss", LONG)
            found += [other, failed(other, -2), miss[:24] + b"\3\0" + miss[26:], nlmsg(3, bytes(4), flags=MULTI, seq=9, pid=9)]
    return found


@pytest.fixture(name="capture", scope="module")
def fixture_capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jobs") / "long.pcap"
    path.write_bytes(pcap([record(one, number=number) for number, one in enumerate(messages(), 1)]))
    return path


@pytest.fixture(autouse=True)
def fixture_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "PIECES", 1)


def test_what_one_thread_prints(monkeypatch: pytest.MonkeyPatch, capture: Path) -> None:
    """By its own arithmetic: the renamed port, the request of each answer, what is hidden."""
    said = run(monkeypatch, "json", capture)
    lines = [orjson.loads(line) for line in said.out.splitlines()]
    ports = [line["port"] for line in lines if line["cmd"] == "miss" and not line["problems"]]
    assert ports == [f"eth{step // 50 * 50}" for step in range(STEPS)]
    requests = {line["attrs"]["name"]: line["number"] for line in lines if line["cmd"] == "get" and line["kind"] == "message"}
    answers = [line["request"]["number"] for line in lines if line["kind"] == "error"]
    assert answers == [requests[f"p{step}"] for step in range(STEPS - 300)]
    many = STEPS // 100
    assert said.err == f"ovsdissect: {3 * many} messages of other families and protocols, {many} errors among them: --all shows them\n"
    assert sum(bool(line["problems"]) for line in lines) == many


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--strict",),
        *(pytest.param(one, marks=pytest.mark.slow) for one in (("--all",), ("--array",), ("-Y", "problem.kind"))),
        ("-Y", "port == eth700 || kind == error"),
    ],
    ids=str,
)
def test_several_print_the_same(monkeypatch: pytest.MonkeyPatch, capture: Path, options: tuple[str, ...]) -> None:
    alone = run(monkeypatch, "json", capture, *options)
    assert alone.out.count(b"\n") > 10
    assert alone.code == ("--strict" in options)
    parts: list[object] = []
    made = parallel.Writer.lines

    def counted(writer: parallel.Writer[Message], part: parallel.Part[Message]) -> list[memoryview]:
        parts.append(part)
        return made(writer, part)

    monkeypatch.setattr(parallel.Writer, "lines", counted)
    for jobs in (2, 3):
        assert run(monkeypatch, "json", capture, *options, "-j", jobs) == alone
    assert len(parts) > 8 or not engine().compiled


def test_lines_that_fill_more_than_a_buffer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The hexadecimal digits of 700 bytes alone are more than the thousand bytes that a buffer has here."""
    path = tmp_path / "some.pcap"
    path.write_bytes(pcap([record(one, number=number) for number, one in enumerate(messages()[:60], 1)]))
    monkeypatch.setattr("ovsdissect.engine.lines.CAPACITY", 1000)
    alone, several = (run(monkeypatch, "json", "-q", path, "-j", jobs) for jobs in (1, 2))
    assert alone == several
    assert sum("00" * 700 in line for line in several.out.decode().splitlines()) > 20


def test_blocks_of_two_interfaces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The records of a pcapng file are read by one pass and written by others."""
    records = [record(one, number=number).data for number, one in enumerate(messages()[:900], 1)]
    families = len(IDS) + 1  # the announcements, and the datapath's name, are told on both interfaces
    blocks = [enhanced("<", which, 0, data) for data in records[:families] for which in (0, 1)]
    blocks += [enhanced("<", at % 2, at, data) for at, data in enumerate(records[families:])]
    path = tmp_path / "some.pcapng"
    path.write_bytes(section("<") + 2 * interface("<", 253) + b"".join(blocks))
    alone, several = (run(monkeypatch, "json", "-q", path, "-j", jobs) for jobs in (1, 3))
    assert alone == several
    assert alone.out.count(b"\n") > 800


def test_a_long_capture_needs_no_more_memory(monkeypatch: pytest.MonkeyPatch, capture: Path) -> None:
    """Each thread writes all of its parts with one pass, and buffers and copies of requests are used again."""
    if not engine().compiled:
        pytest.skip("without the engine there are no threads")
    made: list[parallel.Spare] = []
    writers: list[object] = []

    class Spare(parallel.Spare):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    class Writer(parallel.Writer[Message]):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            writers.append(self)

    monkeypatch.setattr(parallel, "Spare", Spare)
    monkeypatch.setattr(parallel, "Writer", Writer)
    run(monkeypatch, "json", "-j", "2", capture)
    (spare,) = made
    assert 1 <= len(writers) <= 2
    assert 1 <= len(spare.requests) <= 4  # of two parts that are written, one that is done, and the next
    assert 1 <= len(spare.buffers) <= 12  # a part of this capture fills less than four


def test_a_large_file_is_shared_by_all_processors(monkeypatch: pytest.MonkeyPatch, capture: Path) -> None:
    """None for a small file; for a large one, one for each processor if there are more than two."""
    if not engine().compiled:
        pytest.skip("without the engine there are no threads")
    used: list[int] = []
    made = parallel.parallel

    def counted(*arguments: Any, jobs: int, **others: Any) -> Any:
        used.append(jobs)
        return made(*arguments, jobs=jobs, **others)

    monkeypatch.setattr(parallel, "parallel", counted)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    alone = run(monkeypatch, "json", capture)
    monkeypatch.setattr("ovsdissect.cli.json.LARGE", capture.stat().st_size - 1)
    assert run(monkeypatch, "json", capture) == alone
    run(monkeypatch, "json", capture, "-j", 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    run(monkeypatch, "json", capture)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.setattr("ovsdissect.cli.json.LARGE", capture.stat().st_size)
    run(monkeypatch, "json", capture)
    assert used == [3, 2]

"""The engine's list lines are the tree's, byte for byte: recorded, random and spoiled messages, in both byte orders, compiled and not."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random

import pytest
from construct import ConstructError
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.engine import listcodes
from ovsdissect.engine.available import engine
from tests import recorded, traffic
from tests.bench import generate
from tests.engine.lists import DEFAULT, Listing, plain, surveyed
from tests.engine.uncompiled import FOLDER
from tests.views.run import run

MIXED = ("summary", "port", "record", "cmd", "number", "port", "time")
ORDERS = st.sampled_from(["little", "big"])


def swapped(records: Iterable[Record]) -> list[Record]:
    """The same bytes, said to be of a host of the other order: nothing of them is plain."""
    return [one._replace(byteorder="big" if one.byteorder == "little" else "little") for one in records]


@cache
def synthetic() -> tuple[Record, ...]:
    """An upcall storm."""
    made = generate.messages(Random(7))
    cooked = struct.pack(">HHH8xH", 4, 824, 0, 16)
    datas = [cooked + next(made) for _ in range(800)]
    return tuple(Record(at, 10**18 + at * 54321, 253, data, len(data), 0, 0, "little") for at, data in enumerate(datas, 1))


def test_both_sides_know_the_same_numbers() -> None:
    lines = (FOLDER / "listcodes.pxd").read_text().splitlines()
    said = dict(line.strip().split(" = ") for line in lines if " = " in line)
    numbers = {name: value for name, value in vars(listcodes).items() if name.isupper()}
    assert numbers == {name: int(value) for name, value in said.items()}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded_messages(name: str) -> None:
    """Of clean recordings the tree reads next to nothing."""
    records = recorded.few(name)
    lines, trees = Listing().check(records, surveyed(records))
    if engine().compiled and name not in ("rawnl", "truncated"):
        assert trees <= 6 + lines / 1000


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_uncompiled(name: str) -> None:
    records = recorded.records(name)[:500]
    for option in ("all", "csv"):
        OPTIONS[option].check(records, surveyed(records), plain())


OPTIONS = {
    "all": Listing(everything=True),
    "csv": Listing(csv=True, digits=9),
    "mixed": Listing(MIXED, style="delta"),
    "mixed csv": Listing((*MIXED, "direction"), csv=True, style="absolute"),
    "epoch": Listing(style="epoch", digits=9),
    "numbers": Listing(named=False, ovs="3.1"),
    "no time": Listing([name for name in DEFAULT if name != "time"]),
}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("name", ["startup", "nlextras", "rawnl", "tunnels"])
def test_options(name: str, option: str) -> None:
    records = recorded.few(name)
    OPTIONS[option].check(records, surveyed(records))


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_spoiled_messages(name: str) -> None:
    random = Random(name)
    records = [
        one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], random)) if random.random() < 0.3 else one
        for one in recorded.records(name)[:600]
    ]
    Listing(everything=True).check(records, surveyed(records))
    swap = swapped(records[:100])
    Listing().check(swap, surveyed(swap))


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**64), ORDERS, st.booleans(), st.booleans())
def test_random_messages(seed: int, order: ByteOrder, everything: bool, csv: bool) -> None:
    Listing(everything=everything, csv=csv).check(traffic.records(seed, order), traffic.registry)


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 2**64), ORDERS)
def test_random_messages_uncompiled(seed: int, order: ByteOrder) -> None:
    Listing(everything=True).check(traffic.records(seed, order), traffic.registry, plain())


def test_an_upcall_storm_takes_no_trees() -> None:
    records = synthetic()
    _lines, trees = Listing().check(records, surveyed(records))
    assert trees == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_spoiled_storm(seed: int) -> None:
    random = Random(seed)
    records = []
    for one in synthetic()[:600]:
        data = bytearray(one.data)
        if random.random() < 0.5:
            # where the attributes are, the packet's bytes apart
            data[random.randrange(16, min(len(data), 400))] ^= 1 << random.randrange(8)
        records.append(one._replace(data=bytes(data)))
    Listing().check(records, surveyed(records))


def twin(message: Message, number: int) -> Record | None:
    """A message as a host of the other order would have sent it; None where the strict grammar does not parse it."""
    family, attrs, cmd = message.declaration, message.attrs, message.command
    if family is None or attrs is None or cmd is None or message.dp_ifindex is None:
        return None
    try:
        parsed = family.attrs.parse(message.payload(attrs), byteorder="little")
        body = bytes(family.attrs.build(parsed, byteorder="big"))
    except ConstructError:
        return None
    frame = message.frame
    head = struct.pack(">IHHII", 24 + len(body), traffic.IDS[family.name], frame.flags, frame.seq, frame.pid)
    return traffic.record(number, head + struct.pack(">BB2xi", cmd.number, message.version or 0, message.dp_ifindex) + body, "big")


def test_messages_of_a_big_endian_host() -> None:
    records = [twin(message, number) for number, message in enumerate(recorded.distinct(), 1)]
    found = [one for one in records if one is not None]
    lines, trees = Listing().check(found, traffic.registry)
    assert lines > 300
    assert trees < lines * 0.1


def test_names_hold_from_the_message_after() -> None:
    """Names that change, that cannot be printed, and that are wide."""
    renamed = []
    for number, one in enumerate(recorded.few("startup")):
        data = one.data
        for name, other in ((b"v1\0", b"\x1b[\0"), (b"br0\0", "口".encode() + b"\0")):
            data = data.replace(name, other) if number % 3 else data
        renamed.append(one._replace(data=data))
    Listing().check(renamed, surveyed(renamed))
    Listing(csv=True).check(renamed, surveyed(renamed))


ARGUMENTS = (
    (),
    ("--csv", "--all"),
    ("--columns", "number,time,summary,direction", "--time", "delta"),
    ("--columns", "time,time,number", "--time", "delta"),
    ("--columns", "number,key.in_port,port", "--no-names"),
    ("--columns", "number,index,kind,protocol,version,dp_ifindex,time_relative,frame.len,frame.cap_len", "--all"),
    ("--columns", "nlmsg.len,nlmsg.type,nlmsg.flags,nlmsg.seq,nlmsg.pid,summary", "--all", "--csv"),
    ("--time", "absolute", "--ovs", "3.1", "--strict"),
    ("-Y", "ovs_packet", "--time", "delta"),
)


@pytest.mark.parametrize("arguments", ARGUMENTS)
@pytest.mark.parametrize(
    ("terminal", "name"),
    [(0, "mid-stream"), (150, "rawnl"), *(pytest.param(40, name, marks=pytest.mark.slow) for name in ("mid-stream", "rawnl"))],
)
def test_command(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], terminal: int, name: str, tmp_path: Path) -> None:
    """What the command writes, to a pipe and on a terminal, is what it writes without the engine."""
    monkeypatch.setenv("COLUMNS", str(terminal))
    monkeypatch.setenv("TERM", "xterm")
    capture = recorded.brief(name, tmp_path)
    ours = run(monkeypatch, "list", capture, *arguments, terminal=bool(terminal))
    with monkeypatch.context() as patch:
        patch.setenv("OVSDISSECT_PURE", "1")
        theirs = run(monkeypatch, "list", capture, *arguments, terminal=bool(terminal))
    assert ours.out
    assert ours.out.splitlines() == theirs.out.splitlines()
    assert ours == theirs


def test_lines_of_other_encodings() -> None:
    """An arrow is an arrow, or spelled out where the encoding has none."""
    for encoding, arrow in (("utf-8", "↓".encode()), ("ascii", rb"\u2193"), ("utf-16-le", "↓".encode("utf-16-le"))):
        command = [sys.executable, "-m", "ovsdissect", "list", str(recorded.path("startup"))]
        done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=True)
        assert done.stdout.count(arrow) > 500

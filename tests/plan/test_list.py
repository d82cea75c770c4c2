"""The fast list says what the tree's says, line for line: recorded, random, spoiled messages, in both byte orders, with all its options."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from random import Random

import pytest
from construct import ConstructError
from hypothesis import given, settings
from hypothesis import strategies as st

from ovsdissect.api import Message, is_ovs
from ovsdissect.capture import Record
from ovsdissect.dissect import shapes
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.plan import Refused
from ovsdissect.dissect.survey import survey
from ovsdissect.export.fastlist import ListLines, is_own
from ovsdissect.export.forms import DECIDED, TOLD, Aligned, Form, Separated
from ovsdissect.families.flow_key import KEY, MASK
from ovsdissect.families.registry import Registry
from ovsdissect.grammar.wire import PREFIX, ByteOrder
from ovsdissect.odp.compiled import FlowTexts
from ovsdissect.odp.key import flow_text
from ovsdissect.odp.releases import Version
from ovsdissect.odp.text import Source
from ovsdissect.text.rows import ARROWS, Clock, TimeStyle, columns, tone
from ovsdissect.text.values import scope
from ovsdissect.tree.tree import Tree
from tests import recorded
from tests.bench import generate
from tests.odp import test_byteorder as byteorder
from tests.odp.rows import raw, rows
from tests.plan import traffic
from tests.views.run import run

DEFAULT = ("number", "time", "direction", "family", "cmd", "datapath", "port", "summary")
MIXED = ("summary", "port", "record", "cmd", "number", "port", "time")
ORDERS = st.sampled_from(["little", "big"])


@pytest.fixture(autouse=True)
def _compile_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shape is compiled when it is first seen."""
    monkeypatch.setattr(shapes, "SIGHTINGS", 1)


class Listing:
    """A list of some columns, made anew for each pass."""

    def __init__(
        self,
        names: Sequence[str] = DEFAULT,
        *,
        csv: bool = False,
        style: TimeStyle = "relative",
        digits: int = 6,
        everything: bool = False,
        named: bool = True,
        ovs: Version = "4.0",
    ) -> None:
        self.names, self.csv, self.style, self.digits, self.everything = names, csv, style, digits, everything
        self.named, self.ovs = named, ovs

    def lines(self, records: Iterable[Record], registry: Registry, *, fast: bool) -> tuple[list[str], int, int]:
        """The lines, how many of the messages had a problem, and how many went by their trees."""
        clock = Clock(self.style, self.digits)
        own = columns(clock, arrows=not self.csv)
        shown = [own[name] for name in self.names]
        form: Form = Separated(shown) if self.csv else Aligned(shown)
        assert is_own(form)
        trees = 0

        def written(message: Message) -> str:
            nonlocal trees
            trees += 1
            where = scope(message, names=self.named, ovs=self.ovs)
            return form.row([column.text(message, where) for column in shown], tone(message))

        made = ListLines(
            Context(registry, Message),
            written,
            lambda message: self.everything or is_ovs(message),
            form,
            clock,
            everything=self.everything,
            directions={name: name for name in ARROWS} if self.csv else ARROWS,
            names=self.named,
            ovs=self.ovs,
            strict=True,
        )
        lines = [line for lines in made.lines(records, 7, fast=fast) for line in lines]
        return lines, made.malformed, trees

    def check(self, records: Sequence[Record], registries: tuple[Registry, Registry]) -> tuple[int, int]:
        """How many lines there are, and how many of them are trees'; both ways say the same."""
        wanted, malformed, _ = self.lines(records, registries[0], fast=False)
        lines, count, trees = self.lines(records, registries[1], fast=True)
        for ours, theirs in zip(lines, wanted, strict=False):
            assert ours == theirs
        assert (len(lines), count) == (len(wanted), malformed)
        return len(lines), trees


def surveyed(records: Iterable[Record]) -> Registry:
    """The ids that a first pass finds."""
    registry = Registry()
    survey(registry, records)
    return registry


def swapped(records: Iterable[Record]) -> list[Record]:
    """The same bytes, said to be of a host of the other order: nothing of them is plain."""
    return [one._replace(byteorder="big" if one.byteorder == "little" else "little") for one in records]


@cache
def synthetic() -> tuple[Record, ...]:
    """An upcall storm."""
    made = generate.messages(Random(7))
    cooked = struct.pack(">HHH8xH", 4, 824, 0, 16)
    datas = [cooked + next(made) for _ in range(3000)]
    return tuple(Record(at, 10**18 + at * 54321, 253, data, len(data), 0, 0, "little") for at, data in enumerate(datas, 1))


@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded_messages(name: str) -> None:
    records = recorded.records(name)
    lines, trees = Listing().check(records, (surveyed(records), surveyed(records)))
    assert trees < lines * 0.6 or name in ("rawnl", "truncated")


OPTIONS = {
    "all": Listing(everything=True),
    "csv": Listing(csv=True, digits=9),
    "mixed": Listing(MIXED, style="delta"),
    "mixed csv": Listing((*MIXED, "direction"), csv=True, style="absolute"),
    "epoch": Listing(style="epoch", digits=9),
    "numbers": Listing(named=False, ovs="3.1"),
    "no time": Listing([name for name in (*TOLD, *DECIDED) if name != "time"]),
}


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("name", ["startup", "nlextras", "rawnl", "tunnels"])
def test_options(name: str, option: str) -> None:
    records = recorded.records(name)[:2500]
    OPTIONS[option].check(records, (surveyed(records), surveyed(records)))


@pytest.mark.parametrize("name", recorded.NAMES)
def test_spoiled_messages(name: str) -> None:
    random = Random(name)
    records = [
        one._replace(data=one.data[:16] + traffic.spoiled(one.data[16:], random)) if random.random() < 0.3 else one
        for one in recorded.records(name)[:1500]
    ]
    Listing().check(records, (surveyed(records), surveyed(records)))
    swap = swapped(records[:300])
    Listing().check(swap, (surveyed(swap), surveyed(swap)))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**64), ORDERS, st.booleans(), st.booleans())
def test_random_messages(seed: int, order: ByteOrder, everything: bool, csv: bool) -> None:
    listing = Listing(everything=everything, csv=csv)
    listing.check(traffic.records(seed, order), (traffic.registry(), traffic.registry()))


def test_an_upcall_storm_takes_no_trees() -> None:
    records = synthetic()
    lines, trees = Listing().check(records, (surveyed(records), surveyed(records)))
    assert trees < lines / 50


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
    Listing().check(records, (surveyed(records), surveyed(records)))


def twin(message: Message, number: int) -> Record | None:
    """A message as a host of the other order would have sent it; None where the strict grammar does not parse it."""
    family, attrs, cmd = message.family, message.attrs, message.cmd
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
    lines, trees = Listing().check(found, (traffic.registry(), traffic.registry()))
    assert lines > 300
    assert trees < lines * 0.6


@pytest.mark.parametrize("order", ["little", "big"])
def test_flow_texts_of_what_open_vswitch_printed(order: ByteOrder) -> None:
    texts, made = FlowTexts(order), 0
    for row in rows("masks"):
        key, mask = map(raw, row[1].split(" "))
        if order == "big":
            key, mask = byteorder.twin(KEY, key) or b"", byteorder.twin(MASK, mask) or b""
        try:
            _, text = texts(key, mask, _Ports())
        except (Refused, struct.error):
            continue
        made += 1
        nodes, masks = Tree(key, order, []).attrs(KEY, 0, len(key), ""), Tree(mask, order, []).attrs(MASK, 0, len(mask), "")
        assert text == flow_text(nodes, masks, Source(key, mask, False, {1: "eth%d", 3: "b"}, order))
    assert made > 300


def test_names_hold_from_the_message_after() -> None:
    """Names that change, that cannot be printed, and that are wide."""
    renamed = []
    for number, one in enumerate(recorded.records("startup")):
        data = one.data
        for name, other in ((b"v1\0", b"\x1b[\0"), (b"br0\0", "口".encode() + b"\0")):
            data = data.replace(name, other) if number % 3 else data
        renamed.append(one._replace(data=data))
    Listing().check(renamed, (surveyed(renamed), surveyed(renamed)))
    Listing(csv=True).check(renamed, (surveyed(renamed), surveyed(renamed)))


ARGUMENTS = (
    (),
    ("--csv", "--all"),
    ("--columns", "number,time,summary,direction", "--time", "delta"),
    ("--columns", "time,time,number", "--time", "delta"),
    ("--columns", "number,key.in_port,port", "--no-names"),
    ("--time", "absolute", "--ovs", "3.1", "--strict"),
)


@pytest.mark.parametrize("arguments", ARGUMENTS)
@pytest.mark.parametrize("terminal", [False, True])
def test_command(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], terminal: bool) -> None:
    """What the command writes, to a pipe and on a terminal, is what it writes when nothing is plain."""
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("TERM", "xterm")
    for name in ("mid-stream", "rawnl"):
        ours = run(monkeypatch, "list", recorded.path(name), *arguments, terminal=terminal)
        with monkeypatch.context() as patch:
            patch.setattr("ovsdissect.export.fastlist.is_own", lambda form: False)
            theirs = run(monkeypatch, "list", recorded.path(name), *arguments, terminal=terminal)
        assert ours.out.splitlines() == theirs.out.splitlines()
        assert ours == theirs


def test_lines_of_other_encodings(monkeypatch: pytest.MonkeyPatch) -> None:
    """An arrow is an arrow, or spelled out where the encoding has none."""
    for encoding, arrow in (("utf-8", "↓".encode()), ("ascii", rb"\u2193"), ("utf-16-le", "↓".encode("utf-16-le"))):
        command = [sys.executable, "-m", "ovsdissect", "list", str(recorded.path("startup"))]
        done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=True)
        assert arrow in done.stdout
        assert b"\x0e" not in done.stdout


def test_a_layout_for_the_tree_does_not_stand_in_the_way() -> None:
    """Of a command, messages whose attributes the specification refuses between plain ones."""
    plain, refused = [], []
    for one in synthetic()[6:300]:
        if one.data[20:22] == b"\x27\0" and one.data[32] == 1:
            plain.append(one)
            data = one.data[:16] + struct.pack("<I", len(one.data) - 8) + one.data[20:] + struct.pack("<HHI", 8, 12, 1)
            refused.append(one._replace(data=data, wire_length=len(data)))
    records = [one for pair in zip(plain, refused, strict=True) for one in pair]
    lines, trees = Listing().check(records, (surveyed(synthetic()), surveyed(synthetic())))
    assert trees <= lines / 2 + 3


class _Ports(dict[int, str]):
    def __missing__(self, port: int) -> str:
        return {1: "eth%d", 3: "b"}.get(port, str(port))


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**64), st.integers(0, 2**64), st.booleans(), ORDERS)
def test_flow_texts(structure: int, other: int, alike: bool, order: ByteOrder) -> None:
    """A key and a mask at random, of one structure or of two; other bytes behind them show whether one was read past its end."""
    texts = FlowTexts(order)
    for turn in range(4):
        mask = traffic.payload(MASK, Random(structure if alike else other), Random(other), order, 1) if other % 5 else None
        key = traffic.payload(KEY, Random(structure), Random(structure + turn), order, 1)
        if turn == 3 and key:
            key = traffic.spoiled(key, Random(other))
        try:
            port, text = texts(key, mask, _Ports())
        except (Refused, struct.error):
            continue
        problems: list[object] = []
        nodes = Tree(key, order, problems).attrs(KEY, 0, len(key), "")  # type: ignore[arg-type]
        masks = None if mask is None else Tree(mask, order, problems).attrs(MASK, 0, len(mask), "")  # type: ignore[arg-type]
        source = Source(key + b"\xab" * 9, (mask or b"") + b"\xcd" * 9, False, {1: "eth%d", 3: "b"}, order)
        assert not problems
        assert text == flow_text(nodes, masks, source)
        ports = [node.raw for node in nodes if node.name == "in_port"]
        assert port == (ports[0] if ports else None)


def test_flow_texts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovsdissect.odp.compiled.WRITERS", 10)
    texts = FlowTexts("little")
    key = struct.pack(PREFIX["little"] + "HHI", 8, KEY.by_name["in_port"].number, 3)
    for number in range(100):
        mask = struct.pack(PREFIX["little"] + "HHI", 8, MASK.by_name["in_port"].number, number)
        assert texts(key, mask, {3: "x"})[1] in (f"in_port(3/{number:#x})", "")
        assert len(texts.find(key)) <= 10

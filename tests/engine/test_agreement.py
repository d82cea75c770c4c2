"""The engine's comparison of packet and key, compiled and not, against ovsdissect.dissect.agreement.

It never says that they agree where that module finds a difference, and says that they do where it finds none, but for what it cannot tell.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import pytest

from ovsdissect.dissect.agreement import disagreements, without_ethernet
from ovsdissect.engine import agreement
from ovsdissect.engine.agreement_tables import AgreementTables
from ovsdissect.engine.reader import Reader
from ovsdissect.engine.tables import Tables
from ovsdissect.families.flow_key import KEY
from ovsdissect.frame import frame
from ovsdissect.grammar.attrs import Element, attributes, unknown_row
from ovsdissect.problem import Problem
from ovsdissect.tree.tree import Tree
from tests.engine.uncompiled import uncompiled
from tests.engine.upcalls import DIFFERING, MADE, UNTOLD, Pair, pairs, upcalls

CHUNKS = 5
SPOILED = 3000  # in each chunk
UNCOMPILED = 300  # of them


def engines() -> dict[str, Callable[[Pair], bool]]:
    """What is tried: whether a pair agrees, by the compiled engine, where there is one, and by the uncompiled."""
    plain = uncompiled("agreement")[0]
    # of a reader it needs the buffer and its byte order
    found = {"uncompiled": _asking(plain.Agreement(AgreementTables()), SimpleNamespace())}
    if agreement.__file__ != plain.__file__:
        found["compiled"] = _asking(agreement.Agreement(AgreementTables()), Reader(Tables()))
    return found


def _asking(compare: Any, reader: Any) -> Callable[[Pair], bool]:
    def agrees(pair: Pair) -> bool:
        key, packet = len(pair.key), len(pair.packet)
        # a buffer of exactly their size: nothing is read behind the packet, and behind it stands what must not be taken for it
        behind = compare.agrees(reader, pair.key + pair.packet, pair.order == "big", (0, key), (key, key + packet), pair.action)
        before = compare.agrees(reader, pair.packet + pair.key, pair.order == "big", (packet, packet + key), (0, packet), pair.action)
        assert behind is before
        return behind is True

    return agrees


ENGINES = engines()
each_engine = pytest.mark.parametrize("engine", ENGINES)


@lru_cache(maxsize=10000)
def reference(pair: Pair) -> tuple[list[Problem], list[Problem]]:
    """The problems of the key itself, and what the tree finds different; of a key that has problems it asks no more than that."""
    problems: list[Problem] = []
    key = Tree(pair.key, pair.order, problems).value(KEY.rows[0], KEY, "key", 0, len(pair.key), "attrs.key")
    inner = frame(pair.packet, 0, len(pair.packet), ethertype=without_ethernet(key))
    try:
        return problems, disagreements(key, inner.layers, action=pair.action)
    except StopIteration:  # a VLAN tag of another size
        return problems, problems


def verdict(engine: str, pair: Pair) -> str:
    """ "agree" or "differ", held against the tree; "untold" where the tree finds no difference, and the engine leaves it to it."""
    agrees = ENGINES[engine](pair)
    problems, differences = reference(pair)
    assert not (agrees and differences), pair
    return "agree" if agrees else "differ" if differences or problems else "untold"


def verdicts(pair: Pair) -> set[str]:
    """What the engines say: of many pairs, so that the tree is asked once for all engines."""
    return {verdict(engine, pair) for engine in ENGINES}


@each_engine
@pytest.mark.slow
def test_recorded_upcalls_agree(engine: str) -> None:
    plain = {pair for pair, sound in upcalls() if sound}
    assert len(plain) > 2000
    assert {pair.action for pair in plain} == {False, True}
    assert [pair for pair in plain if not ENGINES[engine](pair)] == []
    assert [pair for pair in plain if not ENGINES[engine](pair.twin())] == []


@each_engine
def test_made_pairs_agree(engine: str) -> None:
    for name in MADE:
        for pair in pairs(MADE[name]):
            assert reference(pair) == ([], []), name
            assert ENGINES[engine](pair), name


@each_engine
def test_an_ethernet_header_that_was_pushed(engine: str) -> None:
    """The old key of an ACTION upcall has no addresses."""
    pair = pairs(MADE["ethernet addresses alone"])[1]
    at = pair.key.index(pair.packet[6:12])
    pushed = pair._replace(key=pair.key[:at] + bytes(12) + pair.key[at + 12 :])
    assert verdict(engine, pushed) == "agree"
    assert verdict(engine, pushed._replace(action=False)) == "differ"


@each_engine
def test_made_pairs_differ(engine: str) -> None:
    for name in DIFFERING:
        for pair in pairs(DIFFERING[name])[::2]:
            problems, differences = reference(pair)
            assert problems == [], name
            assert differences, name
            assert not ENGINES[engine](pair), name


def test_attributes_of_other_sizes() -> None:
    """None is read beyond its end, and of those that are compared none is taken for what it is not."""
    for name in MADE:
        for pair in pairs(MADE[name]):
            for number, _, start, end, _ in attributes(pair.key, pair.order):
                compared = KEY.row(number).wire.size is not None and KEY.row(number).name != "in_port"
                for size in {0, 1, end - start - 1, end - start + 1, end - start + 4} - {end - start}:
                    payload = pair.key[start:end][:size].ljust(max(size, 0), b"\0")
                    other = Element(unknown_row(number), 0, payload)
                    key = pair.key[: start - 4] + KEY.build([other], byteorder=pair.order) + pair.key[end + -end % 4 :]
                    assert verdicts(pair._replace(key=key)) == {"differ"} or not compared, name


@each_engine
@pytest.mark.parametrize("number", [40, 63, 64, 65, 300, 0x3FFF])
def test_unknown_attributes(number: int, engine: str) -> None:
    """Beside those that are compared; their messages are the tree's anyhow."""
    for pair in pairs(MADE["tcp"]):
        key = pair.key + KEY.build([Element(unknown_row(number), 0, b"1234")], byteorder=pair.order)
        assert verdict(engine, pair._replace(key=key)) in ("agree", "differ")


def test_any_prefix_of_the_packet() -> None:
    """It says what the tree says."""
    for name in MADE:
        miss, *_ = pairs(MADE[name])
        for end in range(len(miss.packet)):
            assert "untold" not in verdicts(miss._replace(packet=miss.packet[:end])), name


@pytest.mark.slow
def test_any_byte_of_the_packet() -> None:
    """Each byte is another one, by a bit or by more: it says what the tree says."""
    for name in MADE:
        miss, action, *_ = pairs(MADE[name])
        for at in range(len(miss.packet)):
            for bits in (0x01, 0x10, 0xB8):
                packet = miss.packet[:at] + bytes([miss.packet[at] ^ bits]) + miss.packet[at + 1 :]
                for pair in (miss._replace(packet=packet), action._replace(packet=packet)):
                    assert "untold" not in verdicts(pair), name


@pytest.mark.slow
def test_any_byte_of_the_key() -> None:
    """Each byte is another one: it says what the tree says; of a key that has problems itself it may say that it cannot tell."""
    for name in MADE:
        for pair in pairs(MADE[name]):
            for at in range(len(pair.key)):
                key = pair.key[:at] + bytes([pair.key[at] ^ 0x04]) + pair.key[at + 1 :]
                assert "untold" not in verdicts(pair._replace(key=key)), name


EDGES = (0, 1, 2, 3, 4, 5, 6, 8, 11, 17, 20, 40, 41, 43, 44, 47, 50, 51, 58, 59, 60, 0x45, 0x60, 0x81, 0x88, 0xA8, 0xAA, 132, 135, 136, 255)


def spoiled(data: bytes, rng: random.Random, first: int) -> bytes:
    """Bytes with one to three changes among the first of them: bits, lengths, numbers of protocols, slices gone, new, or doubled."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(min(len(out), first) or 1)
        length = rng.randint(1, 8)
        match rng.randrange(10):
            case 0 | 1 | 2 | 3 if out:
                out[at] ^= 1 << rng.randrange(8)
            case 4 | 5 | 6 if out:
                out[at] = rng.choice(EDGES)
            case 7:
                del out[at : at + length]
            case 8:
                out[at:at] = rng.randbytes(length)
            case 9:
                out[at:at] = out[at : at + 2 * length]
    return bytes(out)


def spoil(pair: Pair, rng: random.Random) -> Pair:
    """A pair whose packet, or key, or both are spoiled, or whose packet ends early, or is followed by something."""
    key, packet = pair.key, pair.packet
    match rng.randrange(8):
        case 0:
            packet = packet[: rng.randrange(len(packet) + 1)]
        case 1:
            packet = spoiled(packet[: rng.randrange(len(packet) + 1)], rng, 100)
        case 2:
            key = spoiled(key, rng, len(key))
        case 3:
            key, packet = spoiled(key, rng, len(key)), spoiled(packet, rng, 100)
        case _:
            packet = spoiled(packet, rng, 100)
    if not rng.randrange(5):
        packet += rng.randbytes(rng.randint(1, 30))
    return pair._replace(key=key, packet=packet, action=not rng.randrange(3))


@each_engine
@pytest.mark.parametrize("chunk", [0, *(pytest.param(chunk, marks=pytest.mark.slow) for chunk in range(1, CHUNKS))])
@pytest.mark.slow
def test_spoiled_pairs(chunk: int, engine: str) -> None:
    """Recorded and made pairs that are spoiled: it says what the tree says, and next to always says something."""
    rng = random.Random(chunk)
    sources = sorted({pair for pair, _ in upcalls()}) + [pair for made in MADE.values() for pair in pairs(made)]
    count = SPOILED if engine == "compiled" else UNCOMPILED
    said = Counter[str]()
    for _ in range(count):
        pair = rng.choice(sources)
        said[verdict(engine, spoil(pair.twin() if rng.randrange(2) else pair, rng))] += 1
    assert min(said["agree"], said["differ"]) > 0.3 * count
    assert said["untold"] <= 0.01 * count


@each_engine
def test_what_cannot_be_told(engine: str) -> None:
    for name in UNTOLD:
        for pair in pairs(UNTOLD[name])[::2]:
            assert verdict(engine, pair) == "untold", name

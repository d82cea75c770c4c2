"""The engine's dictionaries equal the tree's: recorded, spoiled and random messages, both byte orders, compiled and not."""

from __future__ import annotations

import random
from collections.abc import Iterable
from types import ModuleType

import pytest

from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.dissect.context import Context
from ovsdissect.engine import objects, tables
from ovsdissect.grammar import Command, Family
from ovsdissect.json.jsonline import render
from ovsdissect.netlink.headers import GENLMSGHDR_LEN, NLM_F_REQUEST, NLMSGHDR_LEN
from tests import recorded, traffic
from tests.engine.uncompiled import uncompiled
from tests.filter.test_pushdown import copied, spoiled


def compared(messages: Iterable[Message], modules: tuple[ModuleType, ModuleType] = (objects, tables)) -> tuple[int, int]:
    """How many messages the engine took, and how many it left to the tree; all that it took are the same."""
    _objects, _tables = modules
    made = _tables.tables()
    numbers = {(family.name, command.number): number for number, (family, command) in enumerate(made.declared)}
    taker = _objects.Objects(made)
    taken = left = 0
    for message in messages:
        family, command = message.declaration, message.command
        if family is None or command is None or (family.name, command.number) not in numbers or message.frame.end > len(message.data):
            continue
        start = message.frame.offset + NLMSGHDR_LEN + GENLMSGHDR_LEN + _header(family, command)
        request = bool(message.frame.flags & NLM_F_REQUEST)
        number = numbers[family.name, command.number]
        got = taker.attributes(message.data, number, start, message.frame.end, message.byteorder == "big", request)
        if got is None:
            left += 1
            continue
        taken += 1
        assert message.attrs is not None
        want = render(message.attrs)
        assert got == want, message.number
        assert repr(got) == repr(want)  # the same order, and the same types
    return taken, left


def _header(family: Family, command: Command) -> int:
    return family.header.size or 0 if family.header else 0


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_recorded_messages(name: str) -> None:
    context = Context(recorded.known(name), Message)
    taken, left = compared(message for record in recorded.few(name) for message in context.messages(record))
    assert taken > 50
    assert left < taken / 50 or name in ("rawnl", "truncated")


def test_messages_of_each_shape() -> None:
    taken, left = compared(recorded.distinct())
    assert taken > 3 * left


@pytest.mark.parametrize("seed", range(4))
def test_spoiled_messages(seed: int) -> None:
    chance = random.Random(seed)
    taken, left = compared(copied(message, spoiled(message, chance)) for message in recorded.distinct())
    assert taken
    assert left


@pytest.mark.slow
@pytest.mark.parametrize("order", ["little", "big"])
def test_random_messages(order: ByteOrder) -> None:
    context = Context(traffic.registry(), Message)
    records = (record for seed in range(60) for record in traffic.records(seed, order))
    taken, left = compared(message for record in records for message in context.messages(record))
    assert taken > 100
    assert left


def test_uncompiled() -> None:
    _objects, _tables = uncompiled("objects", "tables")
    taken, _left = compared(recorded.telling(), (_objects, _tables))
    assert taken

"""Construct, the strict reader, and the tree, the total one, agree; what Construct parsed builds the same bytes, in both byte orders."""

from __future__ import annotations

import random

import pytest
from construct import ConstructError

from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.grammar import AttrSet, Element, Member
from ovsdissect.grammar.plain import from_plain, to_plain
from ovsdissect.problem import Problem
from ovsdissect.tree.node import Node, fields
from ovsdissect.tree.tree import Tree
from tests import recorded
from tests.tree.test_totality import mutated

MALFORMED = {"bad-length", "trailing", "truncated", "depth"}


def tree(attrs: AttrSet, data: bytes, order: ByteOrder) -> tuple[Node, list[Problem]]:
    """The total reading of the attributes of a message."""
    problems: list[Problem] = []
    return Tree(data, order, problems).value(Member("attrs", attrs), attrs, "attrs", 0, len(data), "attrs"), problems


def blobs(name: str) -> list[tuple[AttrSet, bytes]]:
    """The attributes of the messages of a capture, each different one once."""
    found: dict[tuple[AttrSet, bytes], None] = {}
    for message in recorded.messages(name):
        attrs = message.attrs
        if message.declaration is not None and attrs is not None:
            found[message.declaration.attrs, message.data[attrs.offset : attrs.offset + attrs.length]] = None
    return list(found)


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_parse_is_the_tree_and_builds_the_same_bytes(name: str) -> None:
    well_formed = 0
    for attrs, data in blobs(name):
        node, problems = tree(attrs, data, "little")
        if any(problem.kind in MALFORMED for problem in problems):
            with pytest.raises(ConstructError):
                attrs.parse(data)
            continue
        parsed = attrs.parse(data)
        assert attrs.build(parsed) == data
        assert to_plain(attrs, parsed) == node.value
        well_formed += 1
    assert well_formed > 100


@pytest.mark.slow
def test_either_both_read_damaged_bytes_or_neither() -> None:
    """On mutations: Construct raises exactly where the tree says that lengths are wrong."""
    rng = random.Random(4)
    read = 0
    for message in recorded.telling():
        if message.declaration is None or message.attrs is None:
            continue
        attrs, at = message.declaration.attrs, message.attrs.offset
        for _ in range(20):
            data = mutated(message.data[at : at + message.attrs.length] or bytes(4), rng)
            node, problems = tree(attrs, data, "little")
            malformed = any(problem.kind in MALFORMED for problem in problems)
            try:
                parsed = attrs.parse(data)
            except ConstructError:
                assert malformed or not is_utf8(node), data.hex()
                continue
            assert not malformed, (problems, data.hex())
            assert to_plain(attrs, parsed) == node.value
            assert attrs.build(parsed) == data
            read += 1
    assert read > 500


def is_utf8(node: Node) -> bool:
    """Whether all text of a tree is UTF-8: other text is shown escaped, and does not build back."""
    return all(b"\\x" not in field.value.encode() for _path, field in fields(node, "") if field.node.wire.kind == "text" and not field.part)


def build_big(attrs: AttrSet, elements: list[Element]) -> bytes:
    """The same message as a big-endian host sends it."""
    data: bytes = attrs.build(elements, byteorder="big")
    return data


def test_big_endian_twins() -> None:
    """A message written by a big-endian host dissects to the same values, with the same problems at the same places."""
    twins = 0
    for message in decoded():
        assert message.declaration is not None
        assert message.attrs is not None
        attrs, at = message.declaration.attrs, message.attrs.offset
        data = message.data[at : at + message.attrs.length]
        node, problems = tree(attrs, data, "little")
        if any(problem.kind in MALFORMED for problem in problems):
            continue
        elements = attrs.parse(data)
        twin = build_big(attrs, elements)
        assert len(twin) == len(data)
        assert to_plain(attrs, attrs.parse(twin, byteorder="big")) == to_plain(attrs, elements)
        big, big_problems = tree(attrs, twin, "big")
        assert big.value == node.value
        assert big_problems == problems
        assert [(path, field.offset, field.length) for path, field in fields(big, "")] == [
            (path, field.offset, field.length) for path, field in fields(node, "")
        ]
        twins += twin != data
    assert twins > 400


def decoded() -> list[Message]:
    """One message of each shape that has attributes."""
    return [message for message in recorded.distinct() if message.declaration is not None and message.attrs is not None]


def canonical(value: object) -> bool:
    """Whether a message is written as nearly all are: the row's flag bits, no odd padding or alignment, no rest of a union."""
    if isinstance(value, Element):
        usual = value.flags == value.row.flags and value.padding in (None, b"") and value.row.wire.kind != "pad"
        return usual and canonical(value.value)
    if isinstance(value, dict):
        return not {"pad", "rest"} & set(value) and all(map(canonical, value.values()))
    return not isinstance(value, list) or all(map(canonical, value))


def test_plain_values_build_the_same_message() -> None:
    """What a user reads can be written back: the plain value gives the bytes that it came from, where the sender wrote nothing odd."""
    same = 0
    for message in decoded():
        assert message.declaration is not None
        assert message.attrs is not None
        attrs, at = message.declaration.attrs, message.attrs.offset
        data = message.data[at : at + message.attrs.length]
        _node, problems = tree(attrs, data, "little")
        if problems or message.declaration.name == "nlctrl":  # its lists are numbered
            continue
        elements = attrs.parse(data)
        built = attrs.build(from_plain(attrs, to_plain(attrs, elements)))
        if canonical(elements):
            assert built.rstrip(b"\0") == data.rstrip(b"\0")  # the last attribute of a packet is unpadded
            same += 1
        else:
            again, _problems = tree(attrs, built, "little")
            assert again.value == message.attrs.value
    assert same > 400

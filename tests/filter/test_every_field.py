"""Every field that `ovsdissect fields` lists selects a message that has it, by the value that the JSON and the screens show.

For each field there is a message that has it, built from the grammar's rows; tree and engine must select it, and must not where the filter
is negated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

import pytest

from ovsdissect.api import Message
from ovsdissect.build import build, error
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.dissect.context import Context
from ovsdissect.errors import FilterError
from ovsdissect.filter import FieldInfo, catalogue, column
from ovsdissect.filter import compile as compile_filter
from ovsdissect.filter.aliases import ATTRIBUTE_TYPES
from ovsdissect.filter.expression import expression, field_name
from ovsdissect.filter.fields import attribute_fields, inner_fields
from ovsdissect.filter.gather import FRAME_NEEDS, Selection
from ovsdissect.grammar.fieldnames import Place
from ovsdissect.text.outline import outline
from tests import recorded
from tests.engine.test_match import selected
from tests.filter.holding import attribute, everywhere, holding
from tests.frame.packets import CRAFTED
from tests.frame.test_layers import PACKETS
from tests.traffic import IDS, record, registry

WORD: Final = re.compile(r"[A-Za-z0-9_:/+|.-]+")
SHARES: Final = 48  # of the attributes, one of which is tried by `make test`
PARTS: Final = 8  # of the fields of the packet, likewise


def values(shown: Any, steps: list[str]) -> Iterator[Any]:
    """The values of a field in what the JSON shows."""
    if isinstance(shown, list) and not (shown and all(isinstance(one, str) for one in shown)):
        for one in shown:
            yield from values(one, steps)
    elif not steps:
        yield shown
    elif isinstance(shown, dict) and steps[0] in shown:
        yield from values(shown[steps[0]], steps[1:])
    elif isinstance(shown, dict) and all(name.isdecimal() for name in shown):
        for one in shown.values():
            yield from values(one, steps)
    elif isinstance(shown, list) and len(steps) == 1:
        yield steps[0] in shown


def literal(value: Any, *, text: bool) -> str | None:
    """A value as somebody writes it who saw it in the JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "|".join(value)
    if isinstance(value, dict):
        return value.get("hex")
    return f'"{value}"' if text or not WORD.fullmatch(str(value)) else str(value)


def asked(info: FieldInfo, shown: Iterable[Any], message: Message) -> Iterator[str]:
    """The filters for a field's values: those that the JSON shows, and the cell of a list where there is only one."""
    found = [text for value in shown if (text := literal(value, text="text" in info.type)) is not None]
    cell = column(info.name).text(message)
    if len(found) == 1 and cell:
        found.append(f'"{cell}"' if "text" in info.type or not WORD.fullmatch(cell) else cell)
    yield from (f"{info.name} == {text}" for text in dict.fromkeys(found))
    if info.type not in ("bool", "flag") or cell == "true":
        yield info.name


def missed(text: str, message: Message, one: Record | None) -> Iterator[str]:
    """How a filter fails to select a message, or its negation selects it.  Without the record only the tree is asked."""
    try:
        for said, wanted in ((text, True), (f"!({text})", False)):
            chosen = compile_filter(said)
            if chosen.matches(message) is not wanted:
                yield f"{said}: tree"
            if one is not None and bool(selected(chosen, [one], registry(), False)[0]) is not wanted:
                yield f"{said}: engine"
    except FilterError as fault:
        if not str(fault).startswith("no message can match: every message passes"):
            yield f"{text}: {fault}"


@cache
def infos() -> dict[str, FieldInfo]:
    """The fields by name."""
    return {info.name: info for info in catalogue()}


def share(number: int) -> list[tuple[str, Place]]:
    """A part of all places."""
    return list(everywhere())[number::SHARES]


def dissected(*data: bytes, order: ByteOrder = "little") -> tuple[list[Message], list[Record]]:
    """Messages of one capture, and their records."""
    context: Context[Message] = Context(registry(), Message)
    records = [record(number, one, order) for number, one in enumerate(data, 1)]
    return [message for one in records for message in context.messages(one)], records


EACH: Final = [pytest.param(number, marks=[pytest.mark.slow] if number else []) for number in range(SHARES)]


@pytest.mark.parametrize("number", EACH)
@pytest.mark.parametrize("order", ["little", "big"])
def test_every_attribute(order: ByteOrder, number: int) -> None:
    failed: list[str] = []
    for family, place in share(number)[:: 1 if order == "little" or not number else 3]:
        (message,), (one,) = dissected(holding(family, place, order), order=order)
        info = infos()[f"{family}.{place.name}"]
        shown = list(values(message.to_dict()["attrs"], place.name.split(".")))
        assert shown, info.name
        texts = list(asked(info, shown, message))
        for text in texts:
            failed += missed(text, message, one)
        for name in (info.short, *info.aliases) if order == "little" else ():  # names have no byte order
            text = texts[0].replace(info.name, name, 1)
            failed += [] if compile_filter(text).matches(message) else [text]
    assert not failed


@pytest.mark.parametrize("number", EACH)
def test_every_attribute_of_an_echoed_request(number: int) -> None:
    failed: list[str] = []
    for family, place in share(number)[:: 4 if number else 1]:
        request = holding(family, place, "little")
        messages, records = dissected(request, error(request, -22))
        info = infos()[f"{family}.{place.name}"]
        shown = list(values(messages[1].to_dict()["request"]["attrs"], place.name.split(".")))
        assert shown, info.name
        for value in shown:
            text = literal(value, text="text" in info.type)
            said = f"request.{info.name}" + (f" == {text}" if text is not None else "")
            failed += missed(said, messages[1], records[1])
    assert not failed


@pytest.mark.parametrize("number", EACH[:PARTS])
def test_every_field_of_the_packet(number: int) -> None:
    packets = [*CRAFTED.values(), *(packet for packet, *_ in PACKETS.values())]
    data = [build("ovs_packet", "miss", key={"in_port": 1}, packet=one, nlmsg_type=IDS["ovs_packet"]) for one in packets]
    failed, left = [], set(sorted(inner_fields())[number::PARTS])
    every = Selection(FRAME_NEEDS, set(inner_fields()))
    for message, one in zip(*dissected(*data), strict=True):
        there = every.packet(message, every.attributes(message))
        for name in sorted(name for name in left if any(there[own] for own in inner_fields()[name].stands_for or (name,))):
            shown = column(name).values(message)
            left.discard(name)
            failed += missed(f"!{name} && ovs_packet" if shown[0] is False else name, message, one)
            for value in shown:
                said = value.hex() if isinstance(value, bytes) else literal(value, text=isinstance(value, str))
                if said:
                    failed += missed(f"packet.{name} == {said}", message, one)
    assert not failed
    assert not left


def test_every_line_of_a_tree_becomes_a_filter() -> None:
    """What "apply as filter" makes of a line is a comparison, not the field alone."""
    packets = [*CRAFTED.values(), *(packet for packet, *_ in PACKETS.values())][::3]
    data = [build("ovs_packet", "miss", key={"in_port": 1}, packet=one, nlmsg_type=IDS["ovs_packet"]) for one in packets]
    data += [holding(family, place, "little") for family, place in share(1)]
    failed, seen = [], set[str]()
    messages = dissected(*data)[0]
    for message in messages:
        for line in outline(message):
            name = field_name(message, line.path)
            if line.sort not in ("field", "part") or name in seen or name.endswith("reserved") or "\N{HORIZONTAL ELLIPSIS}" in line.text:
                continue
            seen.add(name)
            made = expression(message, line.path, line.text)
            if line.text in ("", "drop", "<empty>"):
                continue  # sets
            if made is None or "==" not in made:
                failed.append(f"{line.path}: {line.text}: {made}")
    assert not failed


def test_every_field_of_the_message() -> None:
    """Those of the headers, of errors, of what Open vSwitch prints."""
    wanted = {name for name, info in infos().items() if not info.family or name.endswith((".cmd", ".dp_ifindex"))}
    wanted = {name for name in wanted if not name.startswith(("upcall.", "flow."))}  # tests/filter/test_told.py
    wanted -= {"frame.comment", "frame.drop_count", "frame.link_error", "frame.interface_name"}  # tests/cli/test_interfaces.py
    request = holding("ovs_flow", next(place for _, place in everywhere() if place.name == "key.in_port"), "little")
    policy = {"type": "u32", "min_value_u": 1, "max_value_u": 9, "min_value_s": -1, "max_value_s": 9, "min_length": 1, "max_length": 2}
    policy |= {"policy_idx": 1, "policy_maxtype": 2, "bitfield32_mask": 3, "mask": 4}
    missing = error(request, -22, message="missing", miss_type=3, miss_nest=24, offset=24, policy=policy, cookie="0102")
    messages = dissected(request, missing)[0]
    messages += [message for name in ("startup", "rawnl") for message in recorded.of_each_shape(iter(recorded.few_messages(name)))]
    failed: list[str] = []
    for message in messages:
        for field in sorted(wanted):
            shown = column(field).values(message)
            if not shown:
                continue
            wanted.discard(field)
            failed += missed(field, message, None)
            for value in shown:
                said = value.hex() if isinstance(value, bytes) else literal(value, text="text" in infos()[field].type)
                if said is not None and value is not True and '"' not in said[1:-1]:
                    failed += missed(f"{field} == {said}", message, None)
    assert not failed
    assert not wanted


@pytest.mark.parametrize("order", ["little", "big"])
def test_attributes_without_a_row(order: ByteOrder) -> None:
    """In every set: its number as Wireshark shows it, and its bytes under a name of its own."""
    failed: list[str] = []
    for alias, names in ATTRIBUTE_TYPES.items():
        for name in names:
            (family, place), *_ = [found for found in attribute_fields()[name] if found[1].attribute("attr_77")]
            unknown = place.attribute("attr_77")
            assert unknown is not None
            (message,), (one,) = dissected(holding(family, unknown, order), order=order)
            for text in (f"{alias} == 77", f"{name}.attr_77 == 01:02:03:04", f"{name}.attr_77"):
                failed += missed(text, message, one)
    assert not failed
    assert attribute(77, b"\1", "little").hex() == "05004d0001000000"

"""What the fast path keeps is bounded, and what is made of rows holds no captured byte."""

from __future__ import annotations

import ast
import json
import re
import struct
from random import Random

import pytest

from ovsdissect.api import open
from ovsdissect.dissect import shapes
from ovsdissect.dissect import source as sources
from ovsdissect.dissect.decode import compile_dict
from ovsdissect.dissect.generations import Generations, Remembered
from ovsdissect.dissect.plan import Plan, Refused, plan
from ovsdissect.dissect.requests import REQUESTS, Asked, Requests
from ovsdissect.dissect.source import Expression, f_string
from ovsdissect.export import layout
from ovsdissect.export.fastjson import JsonLines
from ovsdissect.export.spelling import MEMO, compile_json
from ovsdissect.export.texts import Texts
from ovsdissect.families import OVS_FAMILIES, OVS_FLOW
from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import KEY
from ovsdissect.grammar.attrs import NLA_F_NESTED
from ovsdissect.grammar.wire import Bits
from ovsdissect.json.schema import schema
from tests import recorded
from tests.plan import traffic

ROW = OVS_FLOW.attrs.by_name["actions"]
WORD = "[A-Za-z0-9_-]+"


def test_generations_forget_what_is_not_used() -> None:
    kept: Generations[int, int] = Generations(10)
    for number in range(100):
        kept.put(number, number)
        assert kept.get(0) == 0
    assert kept.get(99) == 99
    assert kept.get(50) is None
    assert len(kept.young) + len(kept.old) <= 20


def test_remembered_results_are_asked_for_once_and_forgotten() -> None:
    asked: list[int] = []
    kept = Remembered(lambda number: asked.append(number) or number, 10)
    for number in range(100):
        assert kept[number] == number
        assert kept[number - number % 5] == number - number % 5
    assert asked == list(range(100))
    assert len(kept) + len(kept.old) <= 20


def test_shapes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "SHAPES", 20)
    monkeypatch.setattr(shapes, "SIGHTINGS", 1)
    compiled: list[Plan] = []

    def compile_plan(made: Plan) -> object:
        compiled.append(made)
        return compile_json(made, "little")

    found: shapes.Readers[bytes] = shapes.Readers(ROW, "little", compile_plan)  # type: ignore[arg-type]
    random = Random(1)
    for seed in range(300):
        try:
            found(traffic.payload(ACTIONS, Random(seed), random, "little", 3))
        except Refused:
            continue
    assert len(compiled) > 40
    assert sum(len(table) for layouts in found._young.values() for _, table in layouts) <= 20


def test_a_refused_shape_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found: shapes.Readers[bytes] = shapes.Readers(ROW, "little", lambda made: compile_json(made, "little"))
    unknown = traffic.attribute(77, b"12345678", "little", Random(0))
    with pytest.raises(Refused):
        found(unknown)
    monkeypatch.setattr(shapes, "plan", lambda *_: pytest.fail("planned again"))
    with pytest.raises(Refused):
        found(unknown[:4] + b"87654321")


def test_source_is_made_of_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the values: payloads of one shape make one source."""
    made: list[str] = []
    original = sources.function
    monkeypatch.setattr(sources, "function", lambda source, space: made.append(source) or original(source, space))
    texts: dict[tuple[int, int, int], set[tuple[str, ...]]] = {}
    payloads: dict[tuple[int, int, int], set[bytes]] = {}
    for seed in range(200):
        for values in (Random(1), Random(2), Random(3)):
            data = traffic.payload(ACTIONS, Random(seed), values, "little", 2)
            drawn = plan(ROW, ACTIONS, data, "little")
            if drawn.refused:
                continue
            made.clear()
            for compile_plan in (compile_json, compile_dict):
                compile_plan(drawn, "little")
            shape = (drawn.size, drawn.mask, drawn.expect)
            texts.setdefault(shape, set()).add(tuple(made))
            payloads.setdefault(shape, set()).add(data)
    assert all(len(found) == 1 for found in texts.values())
    assert sum(len(found) > 1 for found in payloads.values()) > 30


def test_source_of_layouts_is_made_of_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number of a capture is in it but lengths and types of attributes and messages, and no word but those of rows and of the schema."""
    made: list[str] = []
    original = layout.function
    monkeypatch.setattr(layout, "function", lambda source, space: made.append(source) or original(source, space))
    with open(recorded.path("tunnels")) as capture:
        context, records = capture.begin()
        for _ in JsonLines(context, lambda message: True).parts(records, 100):
            pass
    rows = [row for family in OVS_FAMILIES for row in family.attrs.rows]
    numbers = {row.number | flags for row in rows for flags in (0, NLA_F_NESTED)} | {-1, 10**9}
    bits = [row.wire for row in rows if isinstance(row.wire, Bits)]
    numbers |= {one.reserved for one in bits} | {part.mask for one in bits for part in one.parts}
    words = set(re.findall(WORD, json.dumps(schema()))) | {one.name for family in OVS_FAMILIES for one in (family, *family.commands)}
    words |= {"0x", "x"}  # of numbers in hexadecimal
    assert len(made) > 10
    for source in made:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said = set(re.findall(WORD, node.value))
                assert {word for word in said if not word.isdigit() or int(word) >= 1000} <= words
            elif isinstance(node, ast.Constant):
                assert node.value in (None, True) or node.value < 1000 or node.value in numbers


def test_no_text_ends_the_string_that_it_stands_in() -> None:
    """Whatever is in a text, it comes out of the source as it is."""
    random = Random(1)
    for _ in range(300):
        parts: list[str] = []
        for _ in range(random.randrange(90)):
            written = "".join(random.choices("'\"\\{}%n\n\0é x", k=random.randrange(6)))
            parts.append(Expression("value") if random.random() < 0.5 else written)
        made = sources.function(f"def made(value):\n    return {f_string(parts)}\n", {})
        assert made("'{x}'") == "".join("'{x}'" if isinstance(part, Expression) else part for part in parts)


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_a_key_is_tried_by_all_shapes_of_its_length(monkeypatch: pytest.MonkeyPatch, wrong: int) -> None:
    """Two layouts of one length, runs among them: each is written as the tree reads it, whichever came before."""
    monkeypatch.setattr(shapes, "SIGHTINGS", 1)
    rows = [("recirc_id", 20, b"\1\0\0\0"), ("dp_hash", 19, b"\2\0\0\0"), ("priority", 2, b"\3\0\0\0"), ("skb_mark", 15, b"\4\0\0\0")]
    rows[wrong], rows[wrong + 1] = rows[wrong + 1], rows[wrong]
    texts = Texts(KEY, "little")
    for order in (sorted(rows), rows, sorted(rows, reverse=True), rows, sorted(rows)):
        raw = b"".join(struct.pack("<HH", 8, number) + value for _, number, value in order)
        assert texts[raw] == json.dumps({name: value[0] for name, _, value in order}, separators=(",", ":"))
        texts.clear()
        texts.old.clear()


def test_texts_are_bounded() -> None:
    """Payloads that came long ago are forgotten."""
    texts, refused = Texts(KEY, "little"), 0
    for number in range(3 * MEMO):
        try:
            assert texts[struct.pack("<HHI", 8, 20, number)] == f'{{"recirc_id":{number}}}'
        except Refused:  # until its shape is worth a function
            refused += 1
    assert refused == shapes.SIGHTINGS - 1
    assert MEMO < len(texts) + len(texts.old) <= 2 * MEMO


def test_requests_are_forgotten_by_their_number_alone() -> None:
    """Looking up early or late makes no difference."""

    def requests(look: bool) -> list[bool]:
        store, found = Requests(), []
        for number in range(5 * REQUESTS):
            store.note((1, number, Asked(40, None, None), number, b""))
            if look and not number % 7:
                store.find(1, number - 1500, 40)
            if number % 97 == 0:
                found.append((store.find(1, number - REQUESTS, 40) is not None, store.find(1, number - 2 * REQUESTS, 40) is not None))
        return found

    assert requests(True) == requests(False)

"""Rows and outlines of any messages: they can be made, they are printable, and no byte is shown twice."""

from itertools import pairwise

import pytest

from ovsdissect.api import Message
from ovsdissect.byteorder import ByteOrder
from ovsdissect.dissect.context import Context
from ovsdissect.text.outline import Line, outline
from ovsdissect.text.rows import TONES, Clock, row, seconds
from ovsdissect.text.screen import cells
from ovsdissect.text.summary import summary
from ovsdissect.text.values import scope
from tests.each import all_of
from tests.recorded import distinct, messages
from tests.traffic import records, registry


def check(message: Message) -> None:
    found = row(message)
    assert all_of(text.isprintable() for text in (found.family, found.cmd, found.datapath, found.port, found.summary))
    assert found.tone in TONES
    assert cells(summary(message, width=40)) <= 40
    lines = outline(message)
    assert [line for line in lines if not (line.label.isprintable() and line.text.isprintable())] == []
    assert not lines or {problem for line in lines for problem in line.problems} >= set(message.problems)
    told_once(lines)


def told_once(lines: list[Line]) -> None:
    places = sorted((line.start, line.end) for line in lines if line.start < line.end)
    assert [(before, after) for before, after in pairwise(places) if before[1] > after[0]] == []


def test_every_shape_of_message() -> None:
    for message in distinct():
        check(message)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("seed", range(4))
def test_any_bytes(seed: int, order: ByteOrder) -> None:
    context = Context(registry(), Message)
    for record in records(seed, order):
        for message in context.messages(record):
            check(message)


def test_all_bytes_of_a_sound_message_are_told() -> None:
    for message in distinct():
        if message.kind == "message" and message.declaration is not None and not message.problems:
            lines = outline(message)
            told = sum(line.end - line.start for line in lines if line.start < line.end)
            assert told == min(message.frame.end, len(message.data)) - message.frame.offset, message.number


def test_names_are_those_of_the_time() -> None:
    upcall = next(message for message in messages("startup") if message.number == 2190)
    assert row(upcall).port == "v1"
    assert row(upcall, scope(upcall, names=False)).port == "2"
    assert row(upcall, scope(upcall, names=False)).datapath == "8"


def test_clock() -> None:
    times = [5_000_000_123, 4_999_999_000, None, 7_250_000_000]
    expected = {
        "relative": ["0.000000000", "-0.000001123", "-", "2.249999877"],
        "delta": ["0.000000000", "-0.000001123", "-", "2.250001000"],
        "epoch": ["5.000000123", "4.999999000", "-", "7.250000000"],
        "absolute": ["1970-01-01 00:00:05.000000123", "1970-01-01 00:00:04.999999000", "-", "1970-01-01 00:00:07.250000000"],
    }
    for style, texts in expected.items():
        clock = Clock(style, 9)  # type: ignore[arg-type]
        clock.start(times[0])
        assert [clock.text(time) for time in times] == texts
    assert seconds(1_999_999_999, 6) == "1.999999"

"""Fields that the messages after one tell: in filters and columns, with a pass of the analyses before."""

from __future__ import annotations

import pytest

import ovsdissect
from ovsdissect.analysis.answers import ANSWERS, WHYS
from ovsdissect.filter import column, told
from tests import recorded
from tests.analysis.reading import whole
from tests.views.run import run

NAME = "frag"


def numbers(text: str) -> list[int | None]:
    """The messages that pass."""
    with ovsdissect.open(recorded.path(NAME)) as capture:
        return [message.number for message in capture.filter(text)]


def test_the_words_are_those_of_the_analyses() -> None:
    assert set(told.ANSWERS) == set(ANSWERS.values())
    assert told.WHYS == WHYS


def test_filters_select_what_the_analyses_say() -> None:
    upcalls = whole(NAME).upcalls
    for text, wanted in (
        ('upcall.answer == "flow+execute"', {n for n, (_, sort) in upcalls.items() if sort.answer == "flow+execute"}),
        ("upcall.why == early", {n for n, (_, sort) in upcalls.items() if sort.why == "early"}),
        ("upcall.duplicate == true", {n for n, (_, sort) in upcalls.items() if sort.why in ("early", "late")}),
        ("upcall.why", {n for n, (_, sort) in upcalls.items() if sort.why is not None}),
        (
            "upcall.latency > 20ms",
            {n for n, (one, _) in upcalls.items() if (last := one.execute or one.put) and last.time_ns - one.time_ns > 20_000_000},
        ),
    ):
        assert wanted
        assert set(numbers(text)) == wanted, text


def test_answers_name_their_upcall() -> None:
    first = whole(NAME).upcalls[1841][0]
    assert first.put is not None
    assert first.execute is not None
    assert numbers("upcall.of == 1841") == [first.put.number, first.execute.number]
    assert numbers(f"upcall.flow == {first.put.number}") == [1841]
    assert numbers(f"upcall.execute == {first.execute.number}") == [1841]
    put, *rest = numbers("flow.put_by == 1841")
    assert put == first.put.number
    assert len(rest) == 1  # its deletion
    assert numbers("flow.put_by == 1841 && flow.lifetime > 1 && flow.lifetime < 10") == [put, *rest]


def test_columns_and_messages() -> None:
    with ovsdissect.open(recorded.path(NAME)) as capture:
        message = next(message for message in capture if message.number == 1872)
        assert column("upcall.answer").text(message) == "execute"
        assert column("upcall.latency").text(message) == "0.026945000"
        assert column("upcall.of").text(message) == ""


def test_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, "list", recorded.path(NAME), "-Y", "upcall.why == deleted", "--columns", "number,upcall.answer", "--csv")
    assert done.out.decode().splitlines() == ["number,upcall.answer", "5860,execute", "5861,execute"]
    lines = run(monkeypatch, "upcalls", recorded.path(NAME), "-Y", "upcall.why == deleted", "--csv", "-q").out.decode().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["5860", "5861"]


def test_a_pipe_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = recorded.path("startup").read_bytes()
    done = run(monkeypatch, "list", "-", "-Y", "upcall.why == early", stdin=data)
    assert done.code == 2
    assert "looks ahead" in done.err

"""Fields that later messages tell, in filters and columns, after a pass of the analyses."""

from __future__ import annotations

import gzip
import io

import orjson
import pytest

import ovsdissect
from ovsdissect.analysis import held
from ovsdissect.analysis.answers import ANSWERS, WHYS
from ovsdissect.filter import column, told
from tests import recorded
from tests.analysis.reading import whole
from tests.views.run import run

NAME = "frag"


class Pipe(io.BytesIO):
    """Bytes that come once."""

    def seekable(self) -> bool:
        return False


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


TOLD = ("upcall.answer", "upcall.why", "upcall.latency", "upcall.flow", "upcall.execute", "upcall.of", "upcall.duplicate", "flow.put_by")


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["startup", "frag", "slowpath"])
def test_a_pipe_tells_the_same(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Messages of a stream are held back until what becomes of their upcalls is known."""
    columns = ("--csv", "-q", "--columns", ",".join(("number", "cmd", *TOLD)))
    of_file = run(monkeypatch, "list", recorded.path(name), *columns)
    of_pipe = run(monkeypatch, "list", "-", *columns, stdin=recorded.path(name).read_bytes())
    assert of_pipe.out == of_file.out
    text = ("list", "-q", "-Y", "upcall.latency > 2ms || upcall.of", "--columns", "number", "--csv")
    of_file = run(monkeypatch, text[0], recorded.path(name), *text[1:])
    of_pipe = run(monkeypatch, text[0], "-", *text[1:], stdin=recorded.path(name).read_bytes())
    assert of_pipe.out == of_file.out
    assert of_file.out.count(b"\n") > 1


def test_lifetimes_of_a_pipe() -> None:
    """A deletion tells how long the flow lived; the put, which went on before, does not."""
    with gzip.open(recorded.path("frag")) as packed, ovsdissect.open(Pipe(packed.read())) as capture:
        found = {message.number for message in capture.filter("flow.lifetime > 1 && flow.lifetime < 10 && ovs_flow.cmd == del")}
    assert found == set(numbers("flow.lifetime > 1 && flow.lifetime < 10 && ovs_flow.cmd == del"))


def test_no_more_is_held_back_than_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too much waits the oldest goes on: everything comes, in order."""
    monkeypatch.setattr(held, "BYTES", 10_000)
    with ovsdissect.open(Pipe(gzip.decompress(recorded.path("startup").read_bytes()))) as capture:
        capture.hold_back()
        assert [message.number for message in capture] == [message.number for message in recorded.messages("startup")]


def test_json_of_upcalls(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = run(monkeypatch, "json", recorded.path(NAME), "--upcalls", "-q").out.splitlines()
    told = {line["number"]: line.get("upcall") for line in map(orjson.loads, lines)}
    upcalls = whole(NAME).upcalls
    assert {number for number, value in told.items() if value and "answer" in value} == set(upcalls)
    for number, (upcall, sort) in upcalls.items():
        value = told[number]
        assert (value["answer"], value.get("why"), value["duplicate"]) == (sort.answer, sort.why, sort.why in ("early", "late"))
        for answer, field in ((upcall.put, "flow"), (upcall.execute, "execute")):
            assert value.get(field) == (None if answer is None else answer.number)
            assert answer is None or told[answer.number] == {"of": number}
    piped = run(monkeypatch, "json", "-", "--upcalls", "-q", stdin=recorded.path(NAME).read_bytes()).out.splitlines()
    assert {line["number"]: line.get("upcall") for line in map(orjson.loads, piped)} == told

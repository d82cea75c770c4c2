"""The pytest plugin: a fixture with which a test asserts that a capture dissects to its golden file.

    def test_arp_miss(ovsdissect_golden):
        ovsdissect_golden("tests/arp-miss/arp-miss.pcap")

`pytest --ovsdissect-update` rewrites the golden files. Nothing of ovsdissect is loaded until a test uses the fixture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from ovsdissect.problem import counted

if TYPE_CHECKING:
    from ovsdissect.odp import Version

MOST: Final = 40  # differences shown in a failure
PLACE: Final = frozenset(("number", "record", "index", "time", "time_ns"))
SUFFIX: Final = re.compile(r"\.(pcapng|pcap|cap)(\.\w+)?$")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    group = parser.getgroup("ovsdissect")
    group.addoption("--ovsdissect-update", action="store_true", help="rewrite the golden files of captures instead of comparing with them")


class Golden:
    """Compares the dissection of a capture with its golden file; with `update` the file is written instead.

    folder: the test's, to which relative paths refer if the file exists there; else the working directory.
    """

    def __init__(self, *, update: bool = False, folder: Path | None = None) -> None:
        self.update = update
        self._folder = folder

    def __call__(
        self,
        capture: str | os.PathLike[str],
        golden: str | os.PathLike[str] | None = None,
        *,
        ovs: Version = "4.0",
        families: Mapping[str, int] | None = None,
    ) -> None:
        """Fail unless the capture dissects to the golden file, by default the one beside it with the same name and the suffix .jsonl.

        The file holds the output of `ovsdissect json --odp`; one of schema version 1 is compared in that version's form.
        ovs: the release for the text. families: ids that the capture does not contain.
        """
        __tracebackhide__ = True
        from ovsdissect.fixture.golden import golden_bytes, golden_read
        from ovsdissect.fixture.version1 import HINT, as_version_1, is_version_1

        capture = self._found(capture)
        path = capture.with_name(SUFFIX.sub("", capture.name) + ".jsonl") if golden is None else self._found(golden, capture)
        actual = golden_objects(capture, ovs=ovs, families=families)
        if self.update:
            path.write_bytes(golden_bytes(actual))
            return
        try:
            expected = golden_read(path.read_bytes())
        except FileNotFoundError:
            pytest.fail(f"there is no {path}: --ovsdissect-update writes it", pytrace=False)
        except ValueError as error:
            pytest.fail(f"{path} is no golden file: {error}", pytrace=False)
        told = golden_read(golden_bytes(actual))
        old = is_version_1(expected)
        if old:
            told = [*(as_version_1(line, golden) for line, golden in zip(told, expected, strict=False)), *told[len(expected) :]]
        lines = list(compared(expected, told))
        if lines:
            more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
            more += [HINT] if old else []
            pytest.fail("\n".join([f"{capture} does not dissect to {path}:", *lines[:MOST], *more]), pytrace=False)

    def _found(self, file: str | os.PathLike[str], capture: Path | None = None) -> Path:
        """Return a path from the test's folder, or from the working directory; a new golden file goes beside its capture."""
        path = Path(file)
        if self._folder is None or path.is_absolute():
            return path
        beside = self._folder / path
        new = capture is not None and capture.is_relative_to(self._folder)
        return beside if beside.exists() or (new and not path.exists()) else path


@pytest.fixture
def ovsdissect_golden(request: pytest.FixtureRequest) -> Golden:
    """Asserts that a capture dissects to its golden file."""
    return Golden(update=bool(request.config.getoption("--ovsdissect-update")), folder=request.path.parent)


def golden_objects(
    capture: str | os.PathLike[str], *, ovs: Version = "4.0", families: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """Return the output of `ovsdissect json --odp` for a capture, as objects."""
    from ovsdissect import api
    from ovsdissect.fixture.golden import golden_object
    from ovsdissect.json.jsonline import end_object

    with api.open(capture, families=families) as opened:
        objects = [golden_object(message, ovs=ovs) for message in opened.ovs()]
        return objects if opened.cut is None else [*objects, end_object(opened.cut)]


def compared(expected: list[dict[str, Any]], actual: list[dict[str, Any]]) -> Iterator[str]:
    """Yield where two goldens differ: a line for each path of each message.

    If one has more messages than the other, equal messages are paired, whatever their numbers and times.
    """
    from ovsdissect.fixture.golden import aligned, differences

    moved = len(expected) != len(actual)
    if moved:
        yield f"expected {counted(len(expected), 'message')}, there are {len(actual)}"
    for i, j in aligned([_said(one) for one in expected], [_said(one) for one in actual]):
        if j < 0:
            yield f"line {i + 1}, message {expected[i].get('number')}: {_what(expected[i])} is missing"
        elif i < 0:
            yield f"line {j + 1} of what there is, message {actual[j].get('number')}: {_what(actual[j])} is not expected"
        elif not moved or _said(expected[i]) != _said(actual[j]):
            for text in differences(expected[i], actual[j]):
                yield f"line {i + 1}, message {actual[j].get('number')}: {text}"


def _said(line: Mapping[str, Any]) -> bytes:
    """Return the content of a message, without its position in the capture."""
    from ovsdissect.json.encoding import encode

    request = line.get("request")
    own = {name: value for name, value in line.items() if name not in PLACE}
    return encode(own | ({"request": dict(request) | {"number": None}} if isinstance(request, Mapping) else {}))


def _what(line: Mapping[str, Any]) -> str:
    """Return what a message is, in words."""
    return " ".join(str(line[name]) for name in ("kind", "family", "cmd") if line.get(name))

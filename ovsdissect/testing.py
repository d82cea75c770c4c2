"""The pytest plugin: a fixture by which a test asserts that a capture dissects to its golden file.

    def test_arp_miss(ovsdissect_golden):
        ovsdissect_golden("tests/arp-miss/arp-miss.pcap")

`pytest --ovsdissect-update` writes the golden files anew.  Nothing of ovsdissect is loaded before a test asks for it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ovsdissect.odp import Version

MOST: Final = 40  # differences that a failure shows
SUFFIX: Final = re.compile(r"\.(pcapng|pcap|cap)(\.\w+)?$")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    group = parser.getgroup("ovsdissect")
    group.addoption("--ovsdissect-update", action="store_true", help="write golden files of captures anew instead of comparing with them")


class Golden:
    """What a capture dissects to, held against its golden file; with `update` the file is written instead."""

    def __init__(self, *, update: bool = False) -> None:
        self.update = update

    def __call__(
        self,
        capture: str | os.PathLike[str],
        golden: str | os.PathLike[str] | None = None,
        *,
        ovs: Version = "4.0",
        families: Mapping[str, int] | None = None,
    ) -> None:
        """Fail unless the capture dissects to the golden file, by default the one beside it that is called alike and ends in .jsonl.

        The file holds what `ovsdissect json --odp` prints; one of schema version 1 is compared by what that version says.
        ovs: whose text.  families: ids that the capture does not tell.
        """
        __tracebackhide__ = True
        from ovsdissect.fixture.golden import golden_bytes, golden_read
        from ovsdissect.fixture.version1 import HINT, as_version_1, is_version_1

        capture = Path(capture)
        path = capture.with_name(SUFFIX.sub("", capture.name) + ".jsonl") if golden is None else Path(golden)
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


@pytest.fixture
def ovsdissect_golden(request: pytest.FixtureRequest) -> Golden:
    """Asserts that a capture dissects to its golden file."""
    return Golden(update=bool(request.config.getoption("--ovsdissect-update")))


def golden_objects(
    capture: str | os.PathLike[str], *, ovs: Version = "4.0", families: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """What `ovsdissect json --odp` prints of a capture, as objects."""
    from ovsdissect import api
    from ovsdissect.fixture.golden import golden_object
    from ovsdissect.json.jsonline import end_object

    with api.open(capture, families=families) as opened:
        objects = [golden_object(message, ovs=ovs) for message in opened.ovs()]
        return objects if opened.cut is None else [*objects, end_object(opened.cut)]


def compared(expected: list[dict[str, Any]], actual: list[dict[str, Any]]) -> Iterator[str]:
    """Where two goldens differ: a line for each path of each message."""
    from ovsdissect.fixture.golden import differences

    if len(expected) != len(actual):
        yield f"expected {len(expected)} messages, there are {len(actual)}"
    for line, (one, other) in enumerate(zip(expected, actual, strict=False), 1):
        for text in differences(one, other):
            yield f"line {line}, message {other.get('number')}: {text}"

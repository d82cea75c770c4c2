"""A caller's mistakes: what they raise, and that it says what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import util
from typing import Any

import pytest

import ovsdissect
from ovsdissect.errors import OvsDissectError
from tests import recorded

PATH: Any = recorded.path("startup")
MESSAGES = 3591  # as capinfos and tshark number them: tests/api/test_messages.py


@pytest.fixture(name="capture", scope="module")
def fixture_capture() -> Iterator[Any]:
    with ovsdissect.open(PATH) as capture:
        yield capture


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: ovsdissect.open(5), TypeError, "source is a path or a binary stream, not 5"),
        (lambda: ovsdissect.open(b"nlmon.pcap"), TypeError, "source is a path or a binary stream, not b'nlmon.pcap'"),
        (lambda: ovsdissect.open(PATH, max_record="16M"), TypeError, "max_record is a number of bytes, not '16M'"),
        (lambda: ovsdissect.open(PATH, ovs=3.3), TypeError, "ovs is a release as text, such as '3.3', not 3.3"),
        (
            lambda: ovsdissect.open(PATH, families={"ovs_packet": "47"}),
            OvsDissectError,
            "ovs_packet='47': a family id is a number from 16 to 65535",
        ),
    ],
)
def test_opening(call: Callable[[], object], error: type[Exception], text: str) -> None:
    wrong: Any = call
    with pytest.raises(error) as told:
        wrong()
    assert str(told.value) == text


def test_numbers(capture: Any) -> None:
    for wrong in ("x", 1.5, None):
        with pytest.raises(TypeError, match="a message has a number"):
            capture[wrong]
    with pytest.raises(IndexError, match=f"there is no message {MESSAGES + 1}; they count from 1 to {MESSAGES}$"):
        capture[MESSAGES + 1]
    assert capture[MESSAGES].number == MESSAGES


def test_paths(capture: Any) -> None:
    message = next(iter(capture.filter("ovs_packet.cmd == miss")))
    for look in (message.__getitem__, message.get):
        with pytest.raises(TypeError, match="a path is text, as in message"):
            look(3)
    with pytest.raises(KeyError, match=r"key\.in_port; did you mean attrs\.key\.in_port\?"):
        message["key.in_port"]
    with pytest.raises(KeyError, match=r"^'nothing'$"):
        message["nothing"]
    assert 3 not in message
    assert "attrs.key.in_port" in message


def test_columns(capture: Any) -> None:
    with pytest.raises(TypeError, match="fields is a list of columns, not 'port'"):
        capture.to_arrow("upcalls", "port")


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_package_that_is_missing(package: str, capture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _name: None)
    with pytest.raises(OvsDissectError, match=rf"^to_{package}\(\) needs {package}: pip install {package}$"):
        getattr(capture, f"to_{package}")("upcalls")

"""Functions that take bytes accept nothing else, and no byte order, form or id that does not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

import pytest

import ovsdissect
from ovsdissect import build, odp
from ovsdissect.capture import open_capture

CALLS: dict[str, Callable[[bytes], object]] = {
    "format_key": odp.format_key,
    "format_flow": lambda data: odp.format_flow(data, b""),
    "format_flow, mask": lambda data: odp.format_flow(b"", data),
    "format_actions": odp.format_actions,
    "format_tunnel": odp.format_tunnel,
    "format_tunnel, mask": lambda data: odp.format_tunnel(b"", mask=data),
    "format_ufid": odp.format_ufid,
    "dissect": lambda data: ovsdissect.dissect(data, family="ovs_flow"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_text_is_refused(name: str) -> None:
    for wrong in ("", "00", "08000300"):
        with pytest.raises(TypeError, match=r"must be bytes, not str: bytes.fromhex\(\) reads hexadecimal text"):
            CALLS[name](wrong)  # type: ignore[arg-type]
    for other in (5, [1, 2], object()):
        with pytest.raises(TypeError, match="must be bytes, not "):
            CALLS[name](other)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CALLS)
def test_other_bytes_are_taken(name: str) -> None:
    data = bytes.fromhex("0800030001000000")
    assert repr(CALLS[name](bytearray(data))) == repr(CALLS[name](memoryview(data))) == repr(CALLS[name](data))


ORDERED: dict[str, Callable[..., object]] = {
    "format_key": partial(odp.format_key, b""),
    "format_flow": partial(odp.format_flow, b"", b""),
    "format_actions": partial(odp.format_actions, b""),
    "format_tunnel": partial(odp.format_tunnel, b""),
    "format_ufid": partial(odp.format_ufid, b""),
    "dissect": partial(ovsdissect.dissect, b"", family="ovs_flow"),
    "build": partial(build.build, "ovs_flow", "get"),
    "build.error": partial(build.error, bytes(16), -22),
    "build.pcap": partial(build.pcap, []),
    "open": lambda **given: ovsdissect.open(BytesIO(build.pcap([])), **given).close(),
    "open_capture": lambda **given: open_capture(BytesIO(build.pcap([])), **given).close(),
}


@pytest.mark.parametrize("name", ORDERED)
def test_a_byte_order_that_does_not_exist_is_refused(name: str) -> None:
    for order in ("little", "big"):
        ORDERED[name](byteorder=order)
    for wrong in ("middle", "Big", "", "<", False, 1):
        with pytest.raises(ovsdissect.OvsDissectError, match=r"no byte order .*; use 'little' or 'big'"):
            ORDERED[name](byteorder=wrong)


def test_a_form_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ovsdissect.OvsDissectError, match="no form 'dpctl'; the forms are dump, dump-m, log"):
        odp.format_flow(b"", b"", form="dpctl")  # type: ignore[arg-type]

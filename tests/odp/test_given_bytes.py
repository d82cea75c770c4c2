"""Functions that take bytes accept nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import ovsdissect
from ovsdissect import odp

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

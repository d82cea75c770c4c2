"""Addresses as the C library writes them, with zeros in any position."""

from __future__ import annotations

import socket
import struct

import pytest

from ovsdissect.grammar.address import ipv6_bytes, ipv6_text


@pytest.mark.parametrize("word", [1, 0xFFFF, 0xAB0])
def test_every_place_of_zeros(word: int) -> None:
    for zeros in range(256):
        raw = struct.pack(">8H", *(0 if zeros >> at & 1 else word for at in range(8)))
        text = ipv6_text(raw)
        assert text == socket.inet_ntop(socket.AF_INET6, raw)
        assert ipv6_bytes(text) == raw

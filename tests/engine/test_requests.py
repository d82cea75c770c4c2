"""Requests that several threads read while a pass ahead adds more: each thread finds what a list of all requests says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ovsdissect.engine.codes import BODIES, LONGER, RING
from ovsdissect.engine.requests import Requests

GENERIC: Final = 16
PIDS: Final = 3
KINDS: Final = 2
LONG: Final = 200  # bytes of a request: the last BODIES bytes are then of more than RING requests
FEW: Final = 700  # fewer than RING fit in the last BODIES bytes


def body(number: int, length: int) -> bytes:
    """Return the bytes of a request, different for each number."""
    return number.to_bytes(4, "big") * (length // 4)


def noted(number: int, length: int) -> tuple[int, int, int, bytes]:
    """Return portid, sequence number, type and bytes of a request; some have the same portid, sequence number and type."""
    return number % PIDS, number // 5, 20 + number % KINDS, body(number, length)


def add(requests: Requests, numbers: range, length: int) -> None:
    """Add requests."""
    for number in numbers:
        pid, seq, kind, kept = noted(number, length)
        requests.remember(pid, seq, GENERIC, kind, 0, number, kept)


def asked(last: int) -> Iterator[int]:
    """Yield the numbers of requests to look up when there are so many."""
    for back in (0, 1, 7, RING // 2, RING - 1, RING, BODIES // LONG - 1, BODIES // LONG + 1, BODIES // FEW - 1, BODIES // FEW + 1):
        if last - back >= 1:
            yield last - back


def check(requests: Requests, last: int, length: int) -> None:
    """Compare what is found with the rules: the last RING requests are known, and the last BODIES bytes of them."""
    for number in asked(last):
        pid, seq, kind, _ = noted(number, length)
        same = [other for other in range(number - 8, number + 8) if 1 <= other <= last and noted(other, length)[:3] == (pid, seq, kind)]
        found = requests.request(pid, seq, GENERIC, kind)
        if last - max(same) >= RING:
            assert found is None, (number, last)
            continue
        whole = (last - max(same) + 1) * length <= BODIES
        assert found == (max(same), 0, body(max(same), length) if whole else b""), (number, last)


def test_parts_find_what_one_pass_finds() -> None:
    """The rings of the pass ahead are replaced while earlier parts still read them."""
    for length in (LONG, FEW):
        ahead, last = Requests(), 0
        parts: list[tuple[Requests, int]] = []
        for step in (1, 10, RING - 11, 900, RING, RING * (LONGER - 2), 300, RING):
            parts.append((ahead.copy(parts.pop(0)[0] if len(parts) > 5 else None), last))
            add(ahead, range(last + 1, last + step + 1), length)
            last += step
            check(ahead, last, length)
        for part, known in parts:
            check(part, known, length)
            add(part, range(known + 1, known + 901), length)
            check(part, known + 900, length)


def test_a_forgotten_pass_ahead_leaves_its_parts_alone() -> None:
    """The conversation of the pass ahead ends while a part still reads its requests."""
    ahead = Requests()
    add(ahead, range(1, 41), LONG)
    part = ahead.copy()
    ahead.forget()
    add(ahead, range(501, 601), LONG)
    check(part, 40, LONG)
    assert ahead.request(*noted(40, LONG)[:2], GENERIC, noted(40, LONG)[2]) is None

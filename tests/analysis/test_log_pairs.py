"""Compares pairs of upcall and answer with the log of ovs-vswitchd, which has the lines of a handler thread in the order of its work.

A thread logs the upcalls that it received, then what it sends for them, upcall by upcall: its put, then its EXECUTE.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

import ovsdissect
from ovsdissect.odp.texts import Texts
from tests import recorded
from tests.analysis.reading import whole
from tests.odp import test_logs as logs

NAMES = sorted(set(logs.LOGGED) - {"truncated", "nlextras"})  # the one is cut, of the other others' requests are not in the log
Pair = tuple[str, str]


def captured(name: str) -> tuple[Counter[Pair], dict[str, str], int, int]:
    """Pairs of lines as the analysis has them, the key of each put's line, first and last time."""
    lines: dict[int, str] = {}
    keys: dict[str, str] = {}
    times = []
    with ovsdissect.open(recorded.path(name)) as capture:
        for message in capture:
            if message.time_ns is not None:
                times.append(message.time_ns)
            if message.kind == "error" and message.request is not None and message.request.number in lines:
                lines[message.request.number] = logs.blank(Texts(message, ovs=logs.version(name)).line or "")
                keys[lines[message.request.number]] = keys.get(str(message.request.number), "")
            if message.kind != "message" or message.number is None or message.family not in ("ovs_packet", "ovs_flow"):
                continue
            texts = Texts(message, ovs=logs.version(name))
            if texts.line is not None:
                lines[message.number] = logs.blank(texts.line)
                if message.family == "ovs_flow" and message.direction == "to-kernel" and texts.key is not None:
                    keys[lines[message.number]] = keys[str(message.number)] = texts.key
    pairs: Counter[Pair] = Counter()
    for number, (upcall, _) in whole(name).upcalls.items():
        if upcall.put is not None:
            pairs[lines[number], lines[upcall.put.number]] += 1
        if upcall.execute is not None:
            pairs[lines[number], lines[upcall.execute.number]] += 1
    return pairs, keys, min(times), max(times)


def batches(lines: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The upcalls that a thread received at a time, and what it sent for them."""
    upcalls: list[str] = []
    sent: list[str] = []
    for line in lines:
        if " upcall: " in line:
            if sent:
                yield upcalls, sent
                upcalls, sent = [], []
            upcalls.append(line)
        else:
            sent.append(line)
    yield upcalls, sent


def in_port(line: str) -> str | None:
    """The port in a line's key or metadata."""
    found = re.search(r"in_port\((\d+)\)", line)
    return found and found[1]


def logged(lines: list[str], keys: dict[str, str]) -> Iterator[Pair]:
    """Pairs of a thread: puts by their key, an EXECUTE behind a put is of the same upcall, another of the next one by its port."""
    for upcalls, sent in batches(lines):
        place, executed = -1, True
        for line in sent:
            if line.startswith("execute "):
                if executed:
                    port = in_port(line)
                    place = next((at for at in range(place + 1, len(upcalls)) if in_port(upcalls[at]) == port), len(upcalls))
                executed = True
            elif "put[create]" in line:
                key = keys.get(line)
                place = next((at for at in range(place + 1, len(upcalls)) if upcalls[at].partition(": ")[2] == key), len(upcalls))
                executed = False
            else:
                continue
            if place < len(upcalls):
                yield upcalls[place], line


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_pairs(name: str) -> None:
    ours, keys, first, last = captured(name)
    _, threads = logs.logged(name, first, last)
    theirs: Counter[Pair] = Counter()
    for thread, lines in threads.items():
        if thread.startswith("handler"):
            theirs.update(logged(lines, keys))
    same = sum((ours & theirs).values())
    print(f"{name}: {same} of {theirs.total()} pairs of the log, {ours.total()} of ours", *(theirs - ours).most_common(3), sep="\n")
    assert same >= 0.99 * theirs.total()
    assert theirs.total() >= 0.98 * ours.total()  # some lines of the log are not told from others by this simple reading

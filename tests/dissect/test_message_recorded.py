"""The recorded messages: as many as another program counted, without a problem that is not in their bytes, every byte in one place."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pytest

from ovsdissect.netlink.headers import NETLINK_GENERIC
from tests import recorded
from tests.tree.invariants import check


def counted() -> dict[str, Counter[tuple[str, ...]]]:
    """The golden counts of each capture."""
    counts: dict[str, Counter[tuple[str, ...]]] = {}
    for line in (recorded.GOLDEN / "counts.tsv").read_text().splitlines()[1:]:
        name, kind, family, cmd, direction, number = line.split("\t")
        counts.setdefault(name, Counter())[kind, family, cmd, direction] = int(number)
    return counts


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_counts(name: str) -> None:
    """Generic netlink's control messages, and every message of a decoded family by command and direction."""
    counts: Counter[tuple[str, ...]] = Counter()
    for message in recorded.messages(name):
        if message.protocol != NETLINK_GENERIC or message.kind == "record":
            continue
        if message.kind != "message":
            counts[message.kind, "-", "-", message.direction] += 1
        elif message.declaration is not None:
            assert message.command is not None or name == "rawnl"
            counts["message", message.declaration.name, message.command.name if message.command else "?", message.direction] += 1
    assert counts == counted()[name]


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.CLEAN)
def test_nothing_is_wrong_with_clean_captures(name: str) -> None:
    assert {message.number: message.problems for message in recorded.messages(name) if message.problems} == {}


def test_the_problems_of_rawnl_are_those_that_were_made() -> None:
    """Requests that were made wrong on purpose, and their echoes in errors, each with what is wrong with it."""
    found = Counter(
        (problem.kind.value, problem.path.removeprefix("request."), problem.text)
        for message in recorded.messages("rawnl")
        for problem in message.problems
    )
    assert found == {
        ("bad-length", "", "the message ends inside its headers"): 1,
        ("bad-length", "request", "the message ends inside its headers"): 1,
        ("bad-length", "attrs", "attribute length 64 with 8 bytes left"): 2,
        ("bad-length", "attrs.actions[0].output", "output has 2 bytes instead of 4"): 2,
        ("bad-length", "attrs.key.ethernet", "ethernet has 6 bytes instead of 12"): 2,
        ("bad-length", "attrs.name", "text without a terminating NUL"): 2,
        ("bad-length", "attrs.upcall_pid", "2 bytes after the last element of 4"): 2,
        ("bad-length", "attrs.user_features", "user_features has 1 byte instead of 4"): 5,
        ("duplicate", "attrs.key.in_port#2", "in_port occurs 2 times"): 2,
        ("trailing", "attrs", "3 bytes after the last attribute"): 1,
        ("unexpected", "attrs.egress_tun_key", "execute does not use egress_tun_key"): 1,
        ("unexpected", "attrs.len", "execute does not use len"): 1,
        ("unexpected", "attrs.userdata", "execute does not use userdata"): 1,
        ("unknown", "attrs.actions[0].attr_60", "actions has no attribute 60"): 2,
        ("unknown", "attrs.attr_30", "vport has no attribute 30"): 1,
        ("unknown", "attrs.attr_40", "flow has no attribute 40"): 2,
        ("unknown", "attrs.key.attr_0", "key has no attribute 0"): 2,
    }


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.NAMES)
def test_every_byte_has_its_place(name: str) -> None:
    seen = 0
    for _record, group in groupby(recorded.messages(name), lambda message: message.record):
        messages = list(group)
        check(messages, thorough=False)
        seen += len(messages[0].data)
    assert seen == sum(len(record.data) for record in recorded.records(name))


def test_json_says_what_the_tree_says() -> None:
    for message in recorded.distinct():
        check([message], whole=False)

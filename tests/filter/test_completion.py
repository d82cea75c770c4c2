"""Completion proposes what is valid at the cursor, and nothing else."""

from __future__ import annotations

import pytest

from ovsdissect.filter import FilterError, complete
from ovsdissect.filter import compile as compile_filter


def texts(text: str) -> list[str]:
    return [proposal.text for proposal in complete(text, len(text))]


@pytest.mark.parametrize(
    ("text", "proposed", "not_proposed"),
    [
        ("", ["number", "ovs_packet", "key", "not"], ["==", "and", "key.ipv4.src"]),
        ("key.ip", ["key.ipv4", "key.ipv6"], ["key.ipv4.src"]),
        ("key.ipv4.", ["key.ipv4.src", "key.ipv4.frag"], ["key.ipv4"]),
        ("key.eth.", ["key.eth.src", "key.eth.dst"], []),
        ("number ", ["==", "in", "<"], ["contains", "has", "number"]),
        ("key.ct_state ", ["==", "has", "&", "and", "or"], ["contains"]),
        ("name ", ["contains", "matches"], ["has"]),
        ("ovs_packet.cmd == ", ["miss", "action", "execute"], ["new"]),
        ("ovs_packet.cmd == mi", ["miss"], ["action"]),
        ("key.ct_state has n", ["new"], ["trk"]),
        ("key.ct_state == new|", ["trk", "est"], ["number"]),
        ("key.ipv4.frag in {first, ", ["none", "later"], ["number"]),
        ("hash.l4 == ", ["true", "false"], []),
        ("family == ", ["ovs_flow", "nlctrl"], []),
        ("number == 3 ", ["and", "or"], ["number", ")"]),
        ("(number == 3 ", [")", "and"], []),
        ("number == 3 and ke", ["key"], ["number"]),
        ("number in {3", [], ["number"]),
        ("request.key.in_p", ["request.key.in_port"], ["key.in_port"]),
        ("number == == ", [], ["number", "=="]),
    ],
)
def test_proposals(text: str, proposed: list[str], not_proposed: list[str]) -> None:
    found = texts(text)
    assert set(proposed) <= set(found)
    assert not set(not_proposed) & set(found)


def test_a_value_is_not_proposed_as_a_field_too() -> None:
    assert [proposal.kind for proposal in complete("kind == err", 11)] == ["value"]


def test_a_proposal_replaces_what_is_typed() -> None:
    text = "number == 3 && key.ipv4.sr or kind == ack"
    at = text.index(" or")
    (proposal,) = complete(text, at)
    assert text[: proposal.start] + proposal.text + text[at:] == "number == 3 && key.ipv4.src or kind == ack"
    assert proposal.kind == "field"
    assert proposal.help == "Source address."


def test_fields_and_values_that_are_proposed_compile() -> None:
    for proposal in complete("", 0):
        if proposal.kind == "field":
            try:
                compile_filter(proposal.text)
            except FilterError:
                # a step on the way to fields: with the next one it is a field
                assert any(compile_filter(below.text) for below in complete(proposal.text + ".", len(proposal.text) + 1)[:1])
    for proposal in complete("error.name == ", 14):
        if proposal.kind == "value":
            assert compile_filter(f"error.name == {proposal.text}")


def test_never_an_exception() -> None:
    text = 'any key.ct_state has new|trk && (name contains "x" or ip.src[0:2] == 0a:00) && number in {1, 2..3}'
    for cursor in range(len(text) + 1):
        assert isinstance(complete(text, cursor), list)
    for odd in ('"', "[", "((((", "\x00", "=", "}}", "a" * 500):
        assert isinstance(complete(odd, len(odd)), list)


def test_any_cursor_in_any_beginning() -> None:
    for text in ("key.ipv4.src == 1", "error && (", "'", 'a contains "', "x in {1,", "!(", "port == ", ""):
        for cursor in range(-3, len(text) + 4):
            assert isinstance(complete(text, cursor), list)

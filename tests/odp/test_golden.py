"""Every row made by Open vSwitch's own formatter, byte for byte, for every release that was run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ovsdissect.odp import Form, format_actions, format_flow, format_key, format_tunnel
from tests.odp.rows import port_names, raw, rows

# the columns of "releases" from the third on, as --ovs takes them
RELEASES = ("2.13.11", "2.15.0", "2.17.12", "3.1.0", "3.3.9", "3.5.0", "3.6.3", "3.7.1", "4.0")
FORMS: dict[str, Form] = {"flow-dump": "dump", "flow-dump-m": "dump-m", "flow-log": "log"}


def compare(cases: list[tuple[str, str]], make: Callable[[str], str]) -> None:
    """Compare all and show the first that differs."""
    wrong = [(given, got, want) for given, want in cases if (got := make(given)) != want]
    assert not wrong, f"{len(wrong)} of {len(cases)} differ, the shortest: " + "\n".join(min(wrong, key=lambda row: len(row[0])))


@pytest.mark.parametrize(("column", "verbose"), [(2, True), (3, False)])
def test_keys(column: int, verbose: bool) -> None:
    cases = [(row[1], row[column]) for row in rows("keys")]
    assert len(cases) == 1088
    compare(cases, lambda text: format_key(raw(text), verbose=verbose))


@pytest.mark.parametrize(("column", "form"), [(2, "dump"), (3, "dump-m"), (4, "log")])
def test_masks(column: int, form: Form) -> None:
    cases = [(row[1], row[column]) for row in rows("masks")]
    assert len(cases) == 1032

    def make(text: str) -> str:
        key, mask = text.split(" ")
        return format_flow(raw(key), raw(mask), form=form)

    compare(cases, make)


def test_actions() -> None:
    cases = [(row[1], row[2]) for row in rows("actions")]
    assert len(cases) == 1066
    compare(cases, lambda text: format_actions(raw(text)))


def test_tunnels() -> None:
    cases = [(row[1], row[2]) for row in rows("tunnels")]
    assert len(cases) == 400
    compare(cases, lambda text: format_tunnel(raw(text)))


def test_names() -> None:
    names = port_names()

    def make(text: str) -> str:
        command, _, data = text.partition(" ")
        if command == "key":
            return format_key(raw(data), names=names)
        if command == "mask":
            key, mask = data.split(" ")
            return format_flow(raw(key), raw(mask), names=names)
        return format_actions(raw(data), names=names)

    cases = [(f"{row[0]} {row[1]}", row[2]) for row in rows("names")]
    assert len(cases) == 557
    compare(cases, make)


@pytest.mark.parametrize(("column", "ovs"), [(3, "4.0"), (4, "3.5.0"), (5, "3.1.0")])
def test_versions(column: int, ovs: str) -> None:
    cases = [(row[2], row[column]) for row in rows("versions")]
    assert len(cases) == 192
    compare(cases, lambda text: format_actions(raw(text), ovs=ovs))


@pytest.mark.parametrize("ovs", RELEASES)
def test_releases(ovs: str) -> None:
    def make(text: str) -> str:
        kind, data, mask = text.split(" ")
        if kind == "actions":
            return format_actions(raw(data), ovs=ovs)
        if kind in FORMS:
            return format_flow(raw(data), raw(mask), form=FORMS[kind], ovs=ovs)
        return format_key(raw(data), verbose=kind == "key-verbose", ovs=ovs)

    assert len(rows("releases")) == 2467
    told = [(kind, data if " " in data else f"{data} ", texts[RELEASES.index(ovs)]) for kind, data, *texts in rows("releases")]
    # a release that reads beyond the bytes of an action: its text depends on what follows
    compare([(f"{kind} {data}", text) for kind, data, text in told if text != "?"], make)

"""Every row that Open vSwitch's own formatter made, byte for byte.

Left out by name are the texts with tnl_push (the userspace datapath's, never on the kernel's wire); their number is fixed below.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ovsdissect.odp import Form, Version, format_actions, format_flow, format_key, format_tunnel
from tests.odp.rows import port_names, raw, rows, userspace_only

LEFT_OUT = {"actions": 9, "names": 9, "versions 4.0": 9, "versions 3.5": 9, "versions 3.1": 49}


def compare(cases: list[tuple[str, str]], make: Callable[[str], str]) -> None:
    """Compare all and show the first that differs."""
    wrong = [(given, got, want) for given, want in cases if (got := make(given)) != want]
    assert not wrong, f"{len(wrong)} of {len(cases)} differ, the shortest: " + "\n".join(min(wrong, key=lambda row: len(row[0])))


def printed(name: str, cases: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cases without the left-out ones, whose number must be the known one."""
    kept = [case for case in cases if not userspace_only(case[1])]
    assert len(cases) - len(kept) == LEFT_OUT[name]
    return kept


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
    compare(printed("actions", [(row[1], row[2]) for row in rows("actions")]), lambda text: format_actions(raw(text)))


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

    compare(printed("names", [(f"{row[0]} {row[1]}", row[2]) for row in rows("names")]), make)


@pytest.mark.parametrize(("column", "ovs"), [(3, "4.0"), (4, "3.5"), (5, "3.1")])
def test_versions(column: int, ovs: Version) -> None:
    cases = [(row[2], row[column]) for row in rows("versions")]
    compare(printed(f"versions {ovs}", cases), lambda text: format_actions(raw(text), ovs=ovs))

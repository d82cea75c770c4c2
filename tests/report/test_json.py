"""The commands' JSON is valid under the published schemas for every bundled capture, and has the figures of the reference."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from ovsdissect.cli import ovsdissect
from ovsdissect.report.schema import COMMANDS, FIGURES, schema
from tests.analysis.reading import EXPECTED, path
from tests.report import contract

ARGUMENTS = {"flows": ["--deleted", "--explain", "--probes"], "upcalls": ["--odp"]}


@cache
def printed(command: str, name: str, *arguments: str) -> list[dict[str, Any]]:
    """The objects that a command prints of a bundled capture."""
    result = CliRunner().invoke(ovsdissect, [command, "--json", *arguments, str(path(name))])
    assert result.exit_code == 0, result.output
    lines = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert lines[-1]["kind"] == "summary"
    assert lines[-1]["command"] == command
    return lines


def test_schemas_are_schemas() -> None:
    for command in COMMANDS:
        made = schema(command)
        Draft202012Validator.check_schema(made)
        assert made["$id"] == f"urn:ovsdissect:{command}:1"
        shown = CliRunner().invoke(ovsdissect, ["schema", command])
        assert orjson.loads(shown.output) == made


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["frag", "nlextras", "rawnl", "slowpath", "truncated", "tunnels", "startup-k612"])
def test_lines_are_valid(command: str, name: str) -> None:
    validator = Draft202012Validator(schema(command))
    lines = printed(command, name, *ARGUMENTS.get(command, ()))
    for line in lines:
        assert next(iter(line)) == "kind"
        faults = [f"{fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(line)]
        assert not faults, line
        assert not list(contract.faults(command, line)), line


def test_wrong_lines_are_not_valid() -> None:
    for command, kind, field, wrong in (
        ("upcalls", "upcall", "answer", "flow+nothing"),
        ("upcalls", "upcall", "number", None),
        ("flows", "flow", "deleted_why", "because"),
        ("ports", "port", "upcalls", -1),
        ("errors", "error_group", "in_the_way", None),
        ("report", "summary", "complete", None),
    ):
        line = next(line for line in printed(command, "tunnels", *ARGUMENTS.get(command, ())) if line["kind"] == kind)
        assert not Draft202012Validator(schema(command)).is_valid({**line, field: wrong})
        assert not Draft202012Validator(schema(command)).is_valid({name: value for name, value in line.items() if name != field})


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_report(name: str) -> None:
    """The summaries of all commands stand in that of `report`, with the reference's figures."""
    want = EXPECTED[name]
    *verdicts, summary = printed("report", name)
    assert summary["messages"] == want["messages"]
    assert sum(one["count"] for one in summary["upcalls"]["answers"]) == want["upcalls"]["upcalls"]
    assert summary["upcalls"]["unexplained"] == want["upcalls"]["unexplained"]
    if want["puts"] is not None:
        assert summary["flows"]["puts"] == want["puts"]
    if want["upcalls"]["executes"] is not None:
        assert summary["upcalls"]["executes"]["total"] == want["upcalls"]["executes"]["total"]
    assert summary["errors"]["errors"] == sum(one["count"] for one in want["errors"])
    assert summary["complete"] == (name not in ("rawnl", "truncated"))
    for verdict in verdicts:
        assert set(verdict["figures"]) == set(FIGURES[verdict["name"]])


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["frag", "tunnels", "nlextras"])
def test_summaries_are_those_of_the_report(name: str) -> None:
    report = printed("report", name)[-1]
    for command in ("upcalls", "flows", "ports", "errors"):
        summary = printed(command, name)[-1]
        figures = {field: value for field, value in summary.items() if field not in ("kind", "command", "messages", "not_known")}
        assert {field: report[command][field] for field in figures} == figures


def test_the_table_after_any_message() -> None:
    """One `flows --deleted` tells the table after any message: those with number <= N that were not deleted by then."""
    lines = [line for line in printed("flows", "l2-basic", "--deleted") if line["kind"] == "flow"]
    for number in (1000, 2501, 4340, 5700):
        now = printed("flows", "l2-basic", "--at", f"@{number}")
        there = sorted(line["number"] for line in lines if line["number"] <= number and (line["deleted"] or number + 1) > number)
        assert sorted(line["number"] for line in now if line["kind"] == "flow") == there
        assert now[-1]["at_number"] == number


def test_order_of_lines() -> None:
    upcalls = [line["number"] for line in printed("upcalls", "slowpath") if line["kind"] == "upcall"]
    assert upcalls == sorted(upcalls)
    flows = printed("flows", "nlextras", "--deleted", "--probes")  # of two datapaths
    assert len({line["dp_ifindex"] for line in flows if line["kind"] == "flow"}) == 2
    gone = [(line["deleted"], line["number"]) for line in flows if line["kind"] == "flow" and line["deleted"] is not None]
    assert gone == sorted(gone)
    errors = [line["count"] for line in printed("errors", "actions") if line["kind"] == "error_group"]
    assert errors == sorted(errors, reverse=True)
    severities = [contract.ORDER.index(line["severity"]) for line in printed("report", "tunnels") if line["kind"] == "verdict"]
    assert severities == sorted(severities)
    assert len(set(severities)) == 3
    kinds = [line["kind"] for line in printed("ports", "nlextras")]
    assert kinds == sorted(kinds, key=["datapath", "port", "handler", "summary"].index)

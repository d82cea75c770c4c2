"""Compares the published schema with the command's output: a line of every shape in every bundled capture is valid, a wrong one is not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from ovsdissect.cli import ovsdissect
from ovsdissect.json.jsonline import SCHEMA_VERSION
from ovsdissect.json.schema import schema
from tests import recorded
from tests.dissect.made import genl, single

SEEN: set[bytes] = set()  # shapes of lines that another capture held
_VALUE = re.compile(rb'"(?:[^"\\]|\\.)*"(?!:)|-?\d+')  # a string that is no key, a number


@cache
def validator() -> Draft202012Validator:
    """The schema, ready to validate."""
    return Draft202012Validator(schema())


def faults(line: Any) -> list[str]:
    """What the schema has against a line."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator().iter_errors(line)]


def printed(*arguments: str, to: Path) -> list[bytes]:
    """The lines of `ovsdissect json`."""
    result = CliRunner().invoke(ovsdissect, ["json", *arguments, "-o", str(to)])
    assert result.exit_code == 0, result.output
    return to.read_bytes().splitlines()


def test_it_is_a_schema_of_its_draft() -> None:
    made = schema()
    Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$id"].endswith(f":{SCHEMA_VERSION}")


def test_the_command_prints_it() -> None:
    result = CliRunner().invoke(ovsdissect, ["schema"])
    assert orjson.loads(result.output) == schema()


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", recorded.ALL)
def test_a_line_of_every_shape_is_valid(name: str, tmp_path: Path) -> None:
    wrong = {}
    lines = {_VALUE.sub(b"", line): line for line in printed("--all", str(recorded.path(name)), to=tmp_path / "lines")}
    for line in (line for shape, line in lines.items() if shape not in SEEN):
        told = orjson.loads(line)
        found = faults(told)
        if found:
            wrong[told["number"]] = found
    assert wrong == {}
    assert len(lines) > 50
    SEEN.update(lines)


@pytest.mark.parametrize("options", [("--odp",), ("--raw",), ("--inner",), ("--symbols",), ("--odp", "--raw", "--inner", "--symbols")])
def test_what_options_add_is_valid(options: tuple[str, ...], tmp_path: Path) -> None:
    lines = printed(*options, str(recorded.path("rawnl")), to=tmp_path / "lines")
    for line in lines[:: 1 + len(lines) // 60]:
        assert faults(orjson.loads(line)) == []


KEY = {"in_port": 3, "ethertype": 2048, "ct_state": ["new", "trk"], "vlan": {"vid": 1, "pcp": 0, "cfi": 1}}
FLOW = single(genl("ovs_flow", "new", {"key": KEY, "actions": [{"output": 3}, {"drop": "ok"}]}))[0].to_dict()


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """A good line, changed."""
    line = copy.deepcopy(FLOW)
    change(line)
    return line


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.update(colour="red"),
        lambda line: line.pop("nlmsg"),
        lambda line: line["nlmsg"].update(ack=1),
        lambda line: line.update(kind="massage"),
        lambda line: line.update(direction="up"),
        lambda line: line.update(time="2026-11-23 05:48:14"),
        lambda line: line.update(cmd="execute"),
        lambda line: line.update(error={"number": -22}),
        lambda line: line.update(kind="error"),
        lambda line: line.update(kind="record"),
        lambda line: line.update(family="ovs_vport"),
        lambda line: line["attrs"].update(kee={}),
        lambda line: line["attrs"].update({"key#2": {"inport": 3}}),
        lambda line: line["attrs"].update(attr_30="xyz"),
        lambda line: line["attrs"]["key"].update(in_port="3"),
        lambda line: line["attrs"]["key"].update(in_port=1 << 32),
        lambda line: line["attrs"]["key"].update(in_port={"undecoded": "0"}),
        lambda line: line["attrs"]["key"].update(attr_x="00"),
        lambda line: line["attrs"]["key"]["ct_state"].append("fresh"),
        lambda line: line["attrs"]["key"]["vlan"].update(dei=1),
        lambda line: line["attrs"]["key"]["vlan"].pop("pcp"),
        lambda line: line["attrs"]["key"]["vlan"].update(pcp=8),
        lambda line: line["attrs"]["actions"].append({"outptu": 3}),
        lambda line: line["attrs"]["actions"].append({"output": 3, "recirc": 1}),
        lambda line: line["attrs"]["actions"].append({}),
        lambda line: line["attrs"]["actions"].append({"output#2": 3}),
        lambda line: line["attrs"].update(actions={"output": 3}),
        lambda line: line["attrs"]["actions"].append({"drop": 77}),
        lambda line: line.update(cmd=77),
        lambda line: line.pop("datapath"),
        lambda line: line.update(port=3),
        lambda line: line["problems"].append({"kind": "odd", "path": "", "offset": 0, "length": 0, "text": ""}),
    ],
)
def test_a_line_that_is_wrong_anywhere_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    assert faults(FLOW) == []
    assert faults(broken(change)) != []


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line["attrs"].update({"key#2": {"in_port": 3}}),
        lambda line: line["attrs"].update(attr_30="00"),
        lambda line: line["attrs"].update(undecoded="ff"),
        lambda line: line["attrs"]["key"].update(in_port={"undecoded": "00"}),
        lambda line: line["attrs"]["key"].update(ethernet={"undecoded": ""}),
        lambda line: line["attrs"]["key"]["ct_state"].append("0x100"),
        lambda line: line["attrs"]["key"]["vlan"].update(vid=4095),
        lambda line: line["attrs"]["actions"].append({"attr_60": "00"}),
        lambda line: line["attrs"]["actions"].append({"undecoded": "00"}),
        lambda line: line["attrs"]["actions"].append({"drop": "77"}),
        lambda line: line.update(cmd="77"),
    ],
)
def test_what_malformed_messages_show_is_valid(change: Callable[[dict[str, Any]], object]) -> None:
    assert faults(broken(change)) == []


def test_every_row_is_in_it() -> None:
    """A set's definition has a key for each of its rows, with the row's own sentence."""
    from ovsdissect.families.flow_key import KEY as ROWS

    properties = schema()["$defs"]["key"]["properties"]
    assert list(properties) == [*(row.name for row in ROWS.rows), "undecoded"]
    assert properties["in_port"]["description"] == ROWS.by_name["in_port"].doc

"""docs/contributing.md, followed to the letter in a copy of the package: what it tells to add is then in tree, JSON, schema and fields."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests import recorded
from tests.dissect.made import nlmsg, pcap, record

PAGE = recorded.ROOT / "docs" / "contributing.md"


def blocks(heading: str, language: str) -> list[str]:
    """The code blocks of a section."""
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


@pytest.fixture(name="copy")
def fixture_copy(tmp_path: Path) -> Path:
    """A copy of the package that may be changed."""
    shutil.copytree(recorded.ROOT / "ovsdissect", tmp_path / "ovsdissect", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(copy: Path, *arguments: str) -> str:
    """What the changed package's command prints."""
    command = [sys.executable, "-P", "-m", "ovsdissect", *arguments]
    done = subprocess.run(command, cwd=copy, env={"PYTHONPATH": str(copy)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def add_attribute(copy: Path) -> None:
    """The row of the page, after the last one of the flow key."""
    (row,) = blocks("How to add an attribute", "python")
    file = copy / "ovsdissect" / "families" / "flow_key.py"
    text = file.read_text()
    start = text.index('AttrSet(\n    "key",')
    end = text.index("    ],\n)\n", start)
    file.write_text(text[:end] + row + text[end:])


def add_family(copy: Path) -> None:
    """The module and the lines of the page."""
    module, imported, table = blocks("How to add a family", "python")
    families = copy / "ovsdissect" / "families"
    (families / "psample.py").write_text(module)
    index = families / "__init__.py"
    text = index.read_text()
    last = text.index("from ovsdissect.grammar import")
    text = text[:last] + imported + text[last:]
    index.write_text(re.sub(r"^FAMILIES: .*\n", table, text, flags=re.MULTILINE))


def test_an_attribute_is_one_row(copy: Path) -> None:
    add_attribute(copy)

    # a MISS whose key is in_port 3, colour 7, and a flow that sets the colour's low byte
    colour = bytes.fromhex("0800 2100 07000000")
    key = bytes.fromhex("1400 0200 0800 0300 03000000") + colour
    miss = bytes([1, 1, 0, 0]) + (5).to_bytes(4, "little") + key
    actions = bytes.fromhex("1400 0200 1000 0b00 0c00 2100 05000000 ff000000")
    put = bytes([1, 1, 0, 0]) + (5).to_bytes(4, "little") + bytes.fromhex("0c00 0700") + colour + actions
    (copy / "c.pcap").write_bytes(pcap([record(nlmsg(41, miss)), record(nlmsg(40, put, flags=1, seq=1, pid=1), number=2)]))
    ids = ("--family", "ovs_packet=41", "--family", "ovs_flow=40")

    first, second = (orjson.loads(line) for line in run(copy, "json", "--raw", "--odp", *ids, "c.pcap").splitlines())
    assert first["attrs"]["key"] == {"in_port": 3, "colour": 7}
    assert first["fields"]["attrs.key.colour"] == [16 + 16 + 8 + 4 + 8 + 4, 4, 0]
    assert first["problems"] == []
    assert first["odp"]["key"] == "in_port(3),key33(07 00 00 00)"  # as an Open vSwitch prints it that has no word for it
    assert second["attrs"] == {"mask": {"colour": 7}, "actions": [{"set_masked": {"colour": {"value": 5, "mask": 255}}}]}
    filtered = run(copy, "json", *ids, "-Y", "key.colour == 7", "c.pcap").splitlines()
    assert [orjson.loads(line)["number"] for line in filtered] == [1]

    schema = orjson.loads(run(copy, "schema"))["$defs"]
    assert schema["key"]["properties"]["colour"]["description"] == "Colour of the packet."
    assert "colour" in schema["key_mask"]["properties"]
    assert "ovs_packet.key.colour" in run(copy, "fields", "colour")
    assert "colour" in run(copy, "show", *ids, "c.pcap")


def test_a_family_is_one_file_and_a_line(copy: Path) -> None:
    add_family(copy)

    sample = bytes([0, 1, 0, 0]) + bytes.fromhex("0600 0000 0300 0000 0800 0300 0c000000 0600 0600 abcd 0000 0400 1000")
    (copy / "c.pcap").write_bytes(pcap([record(nlmsg(37, sample))]))
    (line,) = (orjson.loads(line) for line in run(copy, "json", "--family", "psample=37", "c.pcap").splitlines())
    assert (line["family"], line["cmd"], line["dp_ifindex"]) == ("psample", "sample", None)
    assert line["attrs"] == {
        "iifindex": 3,
        "sample_group": 12,
        "data": {"length": 2, "hex": "abcd"},
        "sample_probability": True,
    }
    assert "psample_packet" in orjson.loads(run(copy, "schema"))["$defs"]
    assert "psample.sample_group" in run(copy, "fields", "sample_group")


@pytest.mark.slow
def test_the_tests_that_the_page_names_pass(tmp_path: Path) -> None:
    """A copy of the checkout with both changes: the page's commands write what is generated, and then its tests pass."""
    copy = tmp_path / "checkout"
    left = shutil.ignore_patterns("__pycache__", ".git", ".venv", ".*_cache", "site", "lowest")
    shutil.copytree(recorded.ROOT, copy, ignore=left, symlinks=True)
    add_attribute(copy)
    add_family(copy)
    (line,) = blocks("How to add an attribute", "tsv")
    with (copy / "tests" / "golden" / "uapi-openvswitch.tsv").open("a") as table:
        table.write(line)
    (case,) = blocks("How to add an attribute", "py")
    cases = copy / "tests" / "families" / "wire_values.py"
    text = cases.read_text()
    first = text.index('    one("OVS_KEY_ATTR_PRIORITY"')
    cases.write_text(text[:first] + case + text[first:])
    (commands,) = blocks("How to add an attribute", "sh")
    for command in [*commands.splitlines(), commands.splitlines()[-1].replace(" --update", "")]:
        program, *arguments = command.split()
        module = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if program == ".venv/bin/pytest" else []
        done = subprocess.run(
            [sys.executable, *module, *arguments],
            cwd=copy,
            env={"PYTHONPATH": str(copy), "PATH": os.environ["PATH"], "PYTEST_ADDOPTS": "-m 'not slow'"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-1000:]}"

"""Every bundled capture has a description, and dissects as that and COVERAGE.md say; `tools/coverage.py` rewrites both."""

from __future__ import annotations

import gzip
import re

import pytest

from tools import coverage

NAMES = tuple(dict.fromkeys(coverage.name_of(path) for path in coverage.files()))
PAGE = coverage.TABLE.read_text()
COLUMNS = coverage.parse(PAGE)

# what is wrong with the messages themselves; everything else dissects without a problem
PROBLEMS = {
    "nlextras": {"trailing"},  # a record whose second half nlmon shows without a header
    "rawnl": {"bad-length", "duplicate", "trailing", "unexpected", "unknown"},  # made to be wrong
    "truncated": {"truncated"},  # 128 bytes of each record
}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_dissects_as_described(name: str) -> None:
    found = {path.name: coverage.census(path) for path in coverage.files() if coverage.name_of(path) == name}
    text = (coverage.FOLDER / f"{name}.md").read_text()
    assert coverage.with_counts(text, found) == text, "run tools/coverage.py"
    for file, one in found.items():
        assert coverage.column(one) == COLUMNS[file], "run tools/coverage.py"
        assert {kind.removeprefix("problem ") for kind in one.problems} == PROBLEMS.get(name, set())


def test_the_page_is_what_its_numbers_give(update: bool) -> None:
    assert list(COLUMNS) == [path.name for path in coverage.files()]
    page = coverage.render(COLUMNS)
    if update:
        coverage.TABLE.write_text(page)
    else:
        assert page == PAGE, "look at the difference after pytest --update"


def test_every_row_is_named_once() -> None:
    rows = coverage.all_rows()
    assert len(rows) == len(set(rows))
    assert {row.partition(".")[0] for row in rows} >= {"key", "mask", "actions", "error", "ovs_flow", "ovs_packet", "nlctrl"}


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", NAMES)
def test_description_names_its_files(name: str) -> None:
    text = (coverage.FOLDER / f"{name}.md").read_text()
    beside = {path.name for path in coverage.FOLDER.glob(f"{name}.*")} - {f"{name}.md"}
    assert set(re.findall(rf"^\| `({re.escape(name)}\.[^`]*)` \|", text, re.MULTILINE)) == beside
    scenario = re.search(r"`(lab/guest/scenarios/[a-z0-9-]+\.sh)`", text)
    assert scenario is not None
    assert (coverage.FOLDER / scenario[1]).exists()
    for fact in ("date", "kernel", "Open vSwitch", "family ids"):
        assert f"| {fact} | " in text


def test_nothing_stands_without_a_description() -> None:
    described = {path.name.removesuffix(".md") for path in coverage.FOLDER.glob("*.md")} - {"COVERAGE"}
    assert {path.name.partition(".")[0] for path in coverage.FOLDER.glob("*.gz")} == set(NAMES) == described


@pytest.mark.parametrize("path", sorted(coverage.FOLDER.glob("*.log.gz")), ids=lambda path: path.name)
def test_logs_hold_the_datapath_layer_only(path) -> None:
    stamped = [line for line in gzip.decompress(path.read_bytes()).decode().splitlines() if re.match(r"\d{4}-\d\d-\d\dT", line)]
    assert stamped
    assert {line.split("|")[2].partition("(")[0] for line in stamped} <= {"dpif", "dpif_netlink"}


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in coverage.FOLDER.iterdir() if path.is_file()) < 12_000_000

"""Sentences of README, docs and help that say what happens, each with the tests that fail if it does not.

A sentence that is written anew is written anew here, after a look at its tests; what `tests/cli/test_options.py` says of every option, and
tests/docs/test_console.py of every example, is not repeated.
"""

from __future__ import annotations

import ast
import re
from typing import Final

import pytest

from tests import recorded

PROMISES: Final[list[tuple[str, str, tuple[str, ...]]]] = [
    ("README.md", "The exit status is 0 when the work is done", ("cli/test_exit_codes.py::test_0_where_it_is_done",)),
    (
        "README.md",
        "1 when the output could not be completed",
        ("cli/test_outputs.py::test_a_full_disk_is_said", "cli/test_outputs.py::test_closed_descriptors"),
    ),
    (
        "README.md",
        "or with `--strict` when the capture is cut or malformed",
        ("cli/test_strict.py::test_a_spoiled_one", "cli/test_strict.py::test_a_clean_capture"),
    ),
    (
        "README.md",
        "2 when the usage is wrong or the input cannot be read",
        ("cli/test_exit_codes.py::test_2_where_an_option_is_wrong", "cli/test_exit_codes.py::test_2_where_the_input_cannot_be_read"),
    ),
    ("README.md", "Malformed and truncated captures are read as far as they go", ("capture/test_damage.py::test_a_flipped_bit",)),
    ("docs/cli.md", "0 done, also when nothing matched", ("cli/test_exit_codes.py::test_0_where_nothing_matches",)),
    ("docs/cli.md", "the capture was changed while it was read", ("capture/test_changes.py::test_commands_say_it_and_exit_with_one",)),
    (
        "docs/cli.md",
        "128 + the number of a signal (130 Ctrl-C, 143 SIGTERM, 141 a closed pipe)",
        ("cli/test_signals.py::test_a_pipe_that_says_nothing", "cli/test_exit_codes.py::test_141_where_the_reader_goes_away"),
    ),
    (
        "docs/cli.md",
        "Wait for more records, as tail -f does.",
        ("cli/test_follow.py::test_each_message_is_printed_as_it_comes", "tui/test_promises.py::test_a_growing_file_grows_on_the_screen"),
    ),
    ("docs/cli.md", "With --follow, the report is repeated every second", ("report/test_commands.py::test_a_growing_capture",)),
    (
        "README.md",
        "opens the capture in the terminal",
        (
            "tui/test_promises.py::test_where_the_interface_can_be",
            "tui/test_promises.py::test_without_a_terminal_it_is_list",
            "tui/test_promises.py::test_with_a_terminal_it_is_the_interface",
        ),
    ),
    (
        "docs/cli.md",
        "- is standard input",
        ("cli/test_json.py::test_standard_input", "tui/test_promises.py::test_keys_come_from_the_terminal_where_the_capture_is_piped"),
    ),
    ("docs/cli.md", "Use N threads", ("cli/test_jobs.py::test_several_print_the_same",)),
    (
        "docs/json.md",
        "are the names at the time of the message",
        ("dissect/test_names_in_time.py::test_a_renamed_port", "json/test_version2.py::test_names_are_those_of_the_messages_time"),
    ),
    (
        "docs/scripting.md",
        "a change of meaning raises the version of the schema",
        ("json/test_version2.py::test_a_schema_that_was_published_stays",),
    ),
    (
        "docs/json.md",
        "Golden files of version 1 still work",
        ("json/test_version2.py::test_a_golden_of_version_1_is_still_compared",),
    ),
    ("docs/fixtures.md", "`--keep-addresses` replaces nothing", ("fixture/test_recorded.py::test_addresses_can_be_kept",)),
    (
        "docs/fixtures.md",
        "an original address, UUID or name is left in one of the files",
        (
            "fixture/test_recorded.py::test_nothing_of_the_originals_is_left",
            "fixture/test_independent.py::test_a_fault_in_what_replaces_is_found",
            "fixture/test_independent.py::test_every_sort_of_uuid_becomes_another",
            "fixture/test_planted.py::test_bytes_in_the_other_order",
        ),
    ),
    ("docs/fixtures.md", "a correct checksum became wrong", ("fixture/test_planted.py::test_packets",)),
    (
        "docs/fixtures.md",
        "The command writes nothing and exits with 1",
        ("fixture/test_command.py::test_nothing_is_left_behind_where_it_fails",),
    ),
    (
        "docs/fixtures.md",
        "a file would have the name of a port or a datapath",
        ("fixture/test_wholeness.py::test_files_that_are_called_like_a_port_are_refused",),
    ),
    (
        "docs/fixtures.md",
        "ovsdissect_golden",
        (
            "plugin/test_failures.py::test_the_number_of_messages_counts",
            "plugin/test_failures.py::test_families_and_release_are_the_callers",
        ),
    ),
    ("docs/columns.md", "Either all files appear, or none", ("columns/test_files.py::test_bad_input",)),
    ("docs/columns.md", "A directory that is not empty is refused", ("columns/test_files.py::test_directories",)),
    (
        "docs/columns.md",
        "is named on standard error and the others are still written",
        ("columns/test_files.py::test_bad_input", "cli/test_exit_codes.py::test_1_where_one_of_several_captures_is_none"),
    ),
    ("docs/engine.md", "They print the same bytes", ("engine/test_spoiled.py::test_the_engine_prints_what_the_tree_does",)),
    ("docs/engine.md", "says so once on standard error", ("engine/test_available.py::test_a_missing_engine_is_told_once",)),
    ("docs/releases.md", "the error lists the releases", ("cli/test_odp.py::test_a_release_that_there_is_not",)),
    ("docs/cli.md", "--form", ("cli/test_odp.py::test_forms_and_byte_order",)),
]


def words(text: str) -> str:
    """A text as it reads, however its lines are broken."""
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(("file", "sentence", "tests"), PROMISES)
def test_a_promise_stands_and_has_its_tests(file: str, sentence: str, tests: tuple[str, ...]) -> None:
    assert sentence in words((recorded.ROOT / file).read_text())
    assert tests
    for test in tests:
        path, _, name = test.partition("::")
        tree = ast.parse((recorded.ROOT / "tests" / path).read_text())
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}, test


def test_the_promises_of_reliability_name_tests_that_are_there() -> None:
    """docs/reliability.md has a table of its own."""
    rows = [line.split("|") for line in (recorded.ROOT / "docs" / "reliability.md").read_text().splitlines() if line.startswith("| ")]
    named = {path for row in rows if len(row) > 4 for path in re.findall(r"`(tests/[^`*]+)`", row[3])}
    assert len(named) > 5
    assert [path for path in named if not (recorded.ROOT / path).exists()] == []

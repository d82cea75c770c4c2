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
        "It is 1 when the output could not be completed",
        ("cli/test_outputs.py::test_a_full_disk_is_said", "cli/test_outputs.py::test_closed_descriptors"),
    ),
    (
        "README.md",
        "or, with `--strict`, a capture ended early, held malformed messages",
        ("cli/test_strict.py::test_a_spoiled_one", "cli/test_strict.py::test_a_clean_capture"),
    ),
    (
        "README.md",
        "2 when the usage is wrong or the input cannot be read",
        ("cli/test_exit_codes.py::test_2_where_an_option_is_wrong", "cli/test_exit_codes.py::test_2_where_the_input_cannot_be_read"),
    ),
    ("README.md", "Malformed and truncated captures are read as far as they go", ("capture/test_damage.py::test_a_flipped_bit",)),
    ("docs/cli.md", "0 when the work is done, also when nothing matched", ("cli/test_exit_codes.py::test_0_where_nothing_matches",)),
    ("docs/cli.md", "the capture was changed while it was read", ("capture/test_changes.py::test_commands_say_it_and_exit_with_one",)),
    (
        "docs/cli.md",
        "128 + N after signal N (130 for Ctrl-C, 141 for a closed pipe)",
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
    # filters
    ("docs/filter.md", "one of the field's values is equal", ("filter/test_meaning.py::test_a_condition_selects",)),
    ("docs/filter.md", "**An absent field equals nothing**", ("filter/test_meaning.py::test_a_condition_selects",)),
    ("docs/filter.md", "`==` compares the whole set, `has` a part of it", ("filter/test_meaning.py::test_a_condition_selects",)),
    ("docs/filter.md", "`not` binds strongest, then `and`, then `or`", ("filter/test_meaning.py::test_a_condition_selects",)),
    (
        "docs/filter.md",
        "`ovs_flow` and `ovs_flow.cmd` match only messages of that family",
        ("filter/test_cases.py::test_what_is_shown_can_be_filtered_for",),
    ),
    (
        "docs/filter.md",
        "A name is compared with the one at the time of the message",
        ("filter/test_cases.py::test_ports_and_datapaths_by_name",),
    ),
    # captures
    (
        "docs/recording.md",
        "ovsdissect reads pcap and pcapng, in both byte orders, with micro- and nanoseconds",
        ("capture/test_records.py::test_records_of_a_file",),
    ),
    ("docs/recording.md", "as the only file in a zip archive", ("capture/test_zip.py::test_one_file",)),
    ("docs/recording.md", "ovsdissect infers the ids", ("families/test_ids.py::test_every_family_that_speaks_is_told_by_its_shape",)),
    ("docs/sources.md", "Each interface is a conversation of its own", ("cli/test_sources.py::test_ids_belong_to_an_interface",)),
    (
        "docs/sources.md",
        "the sum in `stats`",
        ("cli/test_stats.py::test_what_the_capture_says_it_lost", "cli/test_sources.py::test_records_lost_before_one"),
    ),
    (
        "docs/sources.md",
        "ovsdissect detects the order of each record's messages",
        ("cli/test_sources.py::test_messages_tell_their_byte_order", "capture/test_records.py::test_records_of_a_file"),
    ),
    (
        "docs/sources.md",
        "if the capture has several interfaces",
        ("cli/test_interfaces.py::test_one_interface_is_not_named", "cli/test_interfaces.py::test_json_names_the_interface"),
    ),
    # JSON and scripts
    ("docs/json.md", "`capture` says which one an object comes from", ("cli/test_captures.py::test_json_names_the_capture",)),
    ("docs/json.md", "A number without a name stays a number, as text", ("json/test_version2.py::test_symbols_are_text",)),
    (
        "docs/json.md",
        "has the `family`, `cmd`, `datapath` and `port` of its request",
        (
            "json/test_version2.py::test_an_answer_is_about_what_its_request_is",
            "json/test_version2.py::test_the_end_of_a_dump_is_about_what_was_asked",
        ),
    ),
    ("docs/scripting.md", 'Their last line has `"kind": "summary"`', ("report/test_json.py::test_order_of_lines",)),
    (
        "README.md",
        "name the capture in each line or object",
        ("cli/test_captures.py::test_json_names_the_capture", "cli/test_captures.py::test_list_has_a_column_of_captures"),
    ),
    # fixtures, carving
    (
        "docs/fixtures.md",
        "writes the selected messages and the announcements without changing a byte",
        (
            "carve/test_naming.py::test_a_message_keeps_the_padding_behind_it",
            "carve/test_naming.py::test_the_name_of_an_id_is_the_one_that_held",
        ),
    ),
    (
        "docs/fixtures.md",
        "writes the inner packets as an Ethernet capture",
        ("carve/test_pcapng.py::test_packets_inside_are_ethernet", "carve/test_naming.py::test_the_packet_that_an_error_echoes"),
    ),
    ("docs/fixtures.md", "still share exactly their first *n* bits", ("anonymise/test_addresses.py::test_common_prefixes_stay_common",)),
    ("docs/fixtures.md", "letters for letters, digits for digits", ("anonymise/test_addresses.py::test_words_look_alike_and_differ",)),
    ("docs/fixtures.md", "Derived values stay derived", ("anonymise/test_addresses.py::test_what_is_derived_stays_derived",)),
    ("docs/fixtures.md", "which makes the result reproducible", ("fixture/test_command.py::test_the_key_makes_it_the_same_again",)),
    ("docs/fixtures.md", "multicast and broadcast addresses", ("anonymise/test_addresses.py::test_well_known_addresses_stay",)),
    # tables
    ("docs/columns.md", "or 2 if none could be read", ("columns/test_files.py::test_bad_input",)),
    ("docs/columns.md", "There is a directory for each table, with a file for each capture", ("columns/test_files.py::test_formats",)),
    # options
    (
        "docs/cli.md",
        "Stop after COUNT messages, counted over all captures",
        ("cli/test_captures.py::test_count_of_findings", "cli/test_commands.py::test_numbers_and_counts"),
    ),
    (
        "docs/cli.md",
        "Select messages by number, whatever their family",
        (
            "cli/test_commands.py::test_numbers_and_counts",
            "views/test_list.py::test_show_gives_a_message_of_another_protocol_by_its_number",
        ),
    ),
    ("docs/cli.md", "records of more bytes than this", ("capture/test_long_records.py::test_they_are_skipped_and_what_follows_is_read",)),
    ("docs/cli.md", "Use this byte order for all messages", ("cli/test_sources.py::test_messages_tell_their_byte_order",)),
    # the interface
    ("docs/tui.md", "`Enter` on a figure lists its messages", ("tui/test_upcalls.py::test_every_figure_leads_to_its_messages",)),
    ("docs/tui.md", "the **flow table** at the time of the selected message", ("tui/test_upcalls.py::test_the_flow_table_at_a_message",)),
    (
        "docs/tui.md",
        "`i` shows the story of the selected one",
        ("tui/test_upcalls.py::test_the_story_is_one_key_away_from_each_of_its_messages",),
    ),
    ("docs/tui.md", "the **overview** of what passes the filter", ("tui/test_upcalls.py::test_the_overview_follows_the_filter",)),
    # signals, endings, words of the command line
    (
        "docs/cli.md",
        "one of several captures could not be read",
        ("cli/test_exit_codes.py::test_1_where_one_of_several_captures_is_none", "cli/test_captures.py::test_the_worst_exit_code_counts"),
    ),
    (
        "docs/cli.md",
        "--strict Exit with status 1 if the capture is truncated, or contains malformed messages or records that were skipped.",
        ("cli/test_strict.py::test_a_spoiled_one", "cli/test_strict.py::test_what_is_not_shown_does_not_count"),
    ),
    ("docs/cli.md", "--never-hit Print only flows that no packet matched", ("cli/test_counts.py::test_flows_that_no_packet_matched",)),
    (
        "docs/cli.md",
        "Show only upcalls whose EXECUTE, or else whose flow, came later than this.",
        ("cli/test_counts.py::test_slower_than",),
    ),
    ("docs/cli.md", "When to use colours; auto follows NO_COLOR and FORCE_COLOR", ("cli/test_terminal.py::test_when_there_are_colours",)),
    (
        "docs/analyses.md",
        "A file that ends inside a record is not complete, whatever the verdicts are",
        ("cli/test_nothing_shown.py::test_a_capture_that_ends_inside_a_record_is_not_complete",),
    ),
    (
        "docs/columns.md",
        "A Parquet file has about a million rows at most.",
        ("columns/test_files.py::test_a_long_capture_has_several_files",),
    ),
    (
        "docs/fixtures.md",
        "unchanged, except for addresses and names inside",
        (
            "anonymise/test_inside.py::test_a_name",
            "anonymise/test_inside.py::test_a_name_inside_a_name",
            "anonymise/test_inside.py::test_what_a_mask_leaves_out_stays_zero",
        ),
    ),
    ("docs/fixtures.md", "correct if they were correct, wrong if they were wrong", ("fixture/test_planted.py::test_packets",)),
    (
        "docs/reliability.md",
        "SIGINT, SIGTERM and SIGHUP end every command quietly with 128 + the signal's number.",
        (
            "cli/test_signals.py::test_a_library_that_answers_a_signal_with_its_own_error",
            "cli/test_signals.py::test_ctrl_c_while_the_program_loads",
        ),
    ),
    (
        "docs/reliability.md",
        "A signal that follows within a second does not disturb the removal of unfinished outputs.",
        ("cli/test_signals.py::test_an_impatient_signal_does_not_disturb_the_end",),
    ),
    (
        "docs/reliability.md",
        "with the same result from a file and from a pipe in pieces of any size",
        (
            "capture/test_damage.py::test_a_flipped_bit",
            "families/test_inference.py::test_a_message_that_does_not_fit_a_presumed_family_is_its_own_once_others_confirm_it",
        ),
    ),
    (
        "docs/cli.md",
        "by default one, or one for each of more than two processors for a file over 50 MB",
        ("cli/test_jobs.py::test_a_large_file_is_shared_by_all_processors",),
    ),
    # what a terminal gets, and what a pipe; the spellings of tshark; parts of a capture
    (
        "docs/cli.md",
        "Print messages as trees, with Open vSwitch's own text",
        (
            "cli/test_terminal.py::test_a_terminal_has_a_pager_and_a_pipe_has_none",
            "cli/test_terminal.py::test_the_pager_is_the_users_and_waits_for_no_stream",
        ),
    ),
    (
        "docs/columns.md",
        "(an array of objects) or `parquet`; `-o FILE` writes to a file",
        ("columns/test_sql.py::test_parquet_through_a_pipe",),
    ),
    (
        "docs/cli.md",
        "Browse a capture in the terminal; `ovsdissect CAPTURE` does the same.",
        ("cli/test_commands.py::test_tsharks_spellings", "cli/test_captures.py::test_a_capture_named_in_two_ways_is_refused"),
    ),
    ("docs/cli.md", "Skip and report records of more bytes than this.", ("capture/test_long_records.py::test_sizes",)),
    ("docs/cli.md", "With --ufid, print the history of these flows", ("report/test_commands.py::test_a_history_ends_at_its_moment",)),
    ("docs/cli.md", "Print only flows whose UFID starts with this text.", ("report/test_commands.py::test_never_hit_and_one_ufid",)),
    (
        "docs/cli.md",
        "Also print harmless errors, which Open vSwitch provokes and expects.",
        ("report/test_commands.py::test_harmless_errors_are_in_every_form_but_the_screens",),
    ),
    ("docs/cli.md", "A name ending in .pcap or .pcapng sets the format", ("carve/test_pcapng.py::test_the_name_tells_the_format",)),
    ("docs/sources.md", "a line on standard error says what that leaves out", ("carve/test_pcapng.py::test_the_name_tells_the_format",)),
    (
        "docs/fixtures.md",
        "for each datapath and port that they mention, one message that names it",
        ("fixture/test_planted.py::test_every_port_that_is_spoken_of_comes_with_its_name",),
    ),
    ("docs/fixtures.md", "A mask is not an address and stays", ("fixture/test_planted.py::test_a_mask_of_an_interface_is_no_address",)),
    (
        "docs/fixtures.md",
        "it looks at the JSON of the messages, at their packets with dpkt",
        (
            "fixture/test_independent.py::test_the_check_knows_every_name_in_a_packet",
            "fixture/test_independent.py::test_the_check_reads_the_echo_of_an_error",
        ),
    ),
    (
        "docs/fixtures.md",
        "A failure names the message and the path that differ",
        ("plugin/test_failures.py::test_a_message_more_moves_no_other", "plugin/test_failures.py::test_a_byte_that_changed"),
    ),
    (
        "docs/tui.md",
        "Search (text, /regex/ or 0x bytes) in this pane",
        (
            "tui/test_parts.py::test_a_search_goes_by_the_order_of_the_list",
            "tui/test_parts.py::test_a_search_finds_what_came_since_the_last_one",
        ),
    ),
    ("docs/tui.md", "All netlink messages, or Open vSwitch's only", ("tui/test_parts.py::test_filters_are_changed_and_not_lost",)),
    ("docs/tui.md", "All messages of this one's flow (ufid)", ("tui/test_parts.py::test_the_flow_of_an_answer_is_its_requests",)),
    (
        "docs/tui.md",
        "what came before, the put and the executes with their latencies",
        ("tui/test_parts.py::test_a_flow_that_comes_and_goes", "tui/test_parts.py::test_actions_that_were_carried_out_one_by_one"),
    ),
    (
        "docs/tui.md",
        "if `COLORFGBG` says that its background is light, so is the theme",
        ("tui/test_parts.py::test_a_theme_that_nobody_chose_is_not_saved", "tui/test_growing.py::test_a_light_terminal"),
    ),
    ("docs/python.md", "Building messages", ("docs/test_console.py::test_examples_in_docstrings",)),
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

"""Refuses options that would have no effect beside, or without, other options."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import click
from click.core import ParameterSource


class Rule(NamedTuple):
    """An option that a command ignores: without `needs`, or beside any of `not_with`. All are names of parameters."""

    commands: tuple[str, ...]
    option: str
    needs: str = ""
    not_with: tuple[str, ...] = ()


TABLES: Final = ("upcalls", "flows", "ports", "errors")
RULES: Final = (
    Rule(("json",), "names", needs="odp"),
    Rule(("json",), "ovs", needs="odp"),
    Rule(("upcalls",), "ovs", needs="odp"),
    Rule(("ports", "errors", "report"), "ovs", needs="no text of Open vSwitch"),
    Rule(("errors",), "names", needs="no name of a port"),
    Rule(("report",), "names", needs="html"),
    Rule(TABLES, "as_csv", not_with=("as_json",)),
    Rule(TABLES, "columns_text", not_with=("as_json",)),
    Rule(("ports", "errors"), "sort_by", not_with=("as_json",)),
    Rule(("upcalls",), "columns_text", not_with=("by",)),
    Rule(("upcalls",), "odp", not_with=("as_csv", "by")),
    Rule(("upcalls",), "only_summary", not_with=("by", "columns_text", "sort_by", "odp")),
    Rule(("flows",), "stats", not_with=("as_json", "as_csv", "history")),
    Rule(("flows",), "verbose", not_with=("stats",)),
    Rule(("flows",), "explain", not_with=("as_csv", "history")),
    Rule(("flows",), "history", needs="ufid"),
    *(
        Rule(("flows",), option, not_with=("history",))
        for option in ("deleted", "probes", "never_hit", "columns_text", "sort_by", "as_csv")
    ),
    Rule(("report",), "as_json", not_with=("html",)),
    Rule(("report",), "anonymise", needs="html"),
    Rule(("report",), "limit", not_with=("html",)),
    Rule(("upcalls",), "limit", not_with=("only_summary",)),
    Rule(("list",), "as_csv", not_with=("as_tabs",)),
    Rule(TABLES, "safe", needs="as_csv"),
    Rule(("list",), "safe", needs="as_csv"),
)


def refuse_ignored(ctx: click.Context) -> None:
    """Raise UsageError if an option was given that the command would ignore."""

    def given(name: str) -> bool:
        return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE and _set(ctx.params.get(name), name)

    spelled = {parameter.name: max(parameter.opts, key=len) for parameter in ctx.command.params}
    for rule in RULES:
        if ctx.info_name not in rule.commands or not given(rule.option):
            continue
        option = spelled[rule.option]
        if rule.needs and rule.needs not in spelled:
            raise click.UsageError(f"{option} has no effect: {ctx.info_name} prints {rule.needs}")
        if rule.needs and not given(rule.needs):
            raise click.UsageError(f"{option} has no effect without {spelled[rule.needs]}")
        other = next((name for name in rule.not_with if given(name)), None)
        if other is not None:
            raise click.UsageError(f"{option} has no effect with {spelled[other]}")


def _set(value: Any, name: str) -> bool:
    """Whether a value requests something; --no-names does too."""
    return name == "names" or value not in (None, False)

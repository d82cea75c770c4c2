"""Checks a message's attributes against its command's row: required ones that are missing, and ones that the command does not use."""

from __future__ import annotations

from ovsdissect.grammar import Attr, Command
from ovsdissect.problem import Problem, ProblemKind
from ovsdissect.tree.node import Node


def check(command: Command, attrs: Node | None, cut: bool, request: bool) -> list[Problem]:
    """Return the problems of a message's top attributes; nothing counts as missing from a message that the capture cut."""
    if attrs is None:
        return []
    problems: list[Problem] = []
    there = {child.row.name for child in attrs.children}
    if not cut:
        for name in sorted(command.required - there):
            text = f"{command.name} without {name}: the kernel answers EINVAL"
            problems.append(Problem(ProblemKind.MISSING, f"attrs.{name}", attrs.offset, 0, text))
    if command.allowed is not None and not there <= command.allowed:
        for child in attrs.children:
            known = isinstance(child.row, Attr) and not child.row.name.startswith("attr_")
            if known and child.row.name not in command.allowed:
                text = f"{command.name} does not use {child.row.name}"
                at, length = child.offset - child.header, child.length + child.header
                problems.append(Problem(ProblemKind.UNEXPECTED, f"attrs.{child.name}", at, length, text))
    if command.to_user is not None and command.to_user is request:
        text = f"{command.name} goes {'to user space' if command.to_user else 'to the kernel'} only"
        problems.append(Problem(ProblemKind.UNEXPECTED, "cmd", attrs.offset, 0, text))
    return problems

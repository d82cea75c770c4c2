"""The tests themselves: none that cannot fail.

An assertion about all of some things holds of none of them (tests/each.py has ones that do not), one about a generator always, and so
does one that compares a thing with itself.  Tests that are skipped where a program is missing pass without having looked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from tests import recorded

FILES: Final = sorted((recorded.ROOT / "tests").rglob("test_*.py"))
LOOKING: Final = ("assert", "check", "raises", "warns", "exactly", "fail", "compare", "agree", "same", "hold", "until")
# files whose tests call what raises where something is wrong
RAISING: Final = {"fuzz/test_examples.py"}


def asserted(tree: ast.AST) -> Iterator[ast.Assert]:
    """The assertions of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Assert))


def called(node: ast.expr) -> str:
    """The name of what an expression calls, "" where it calls nothing."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def faults(tree: ast.AST) -> Iterator[str]:
    """What is wrong with a file's assertions."""
    for node in asserted(tree):
        test = node.test
        if isinstance(test, (ast.GeneratorExp, ast.Tuple, ast.Lambda)):
            yield f"line {node.lineno}: always true"
        if called(test) == "all" and isinstance(test, ast.Call) and isinstance(test.args[0], (ast.GeneratorExp, ast.ListComp)):
            yield f"line {node.lineno}: true of nothing, all_of() is not"
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and called(test.operand) == "any":
            yield f"line {node.lineno}: true of nothing, none_of() is not"
        equal = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)
        if isinstance(test, ast.Compare) and equal and ast.dump(test.left) == ast.dump(test.comparators[0]):
            yield f"line {node.lineno}: compares with itself"


def looks(function: ast.AST, looking: set[str]) -> bool:
    """Whether a function asserts something, itself or by one of these."""
    for node in ast.walk(function):
        if isinstance(node, (ast.Assert, ast.Raise)) or (isinstance(node, ast.expr) and called(node) in looking):
            return True
        if isinstance(node, ast.expr) and any(word in called(node).lower() for word in LOOKING):
            return True
        if isinstance(node, ast.Call) and any(
            one.arg == "check" and isinstance(one.value, ast.Constant) and one.value.value for one in node.keywords
        ):
            return True  # a program that must succeed
    return False


@cache
def trees() -> dict[str, ast.Module]:
    """Every file of tests, by its path."""
    return {str(file.relative_to(recorded.ROOT / "tests")): ast.parse(file.read_text()) for file in FILES}


def test_assertions_can_fail() -> None:
    assert {name: found for name, tree in trees().items() if (found := list(faults(tree)))} == {}


def silent(tree: ast.Module) -> list[str]:
    """The tests of a file that assert nothing: neither themselves, nor by a function of it, nor by one whose name says that it holds
    things against each other."""
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    looking: set[str] = set()
    for _ in range(4):  # a function that calls one that looks does so too
        looking |= {one.name for one in functions if looks(one, looking)}
    return [one.name for one in functions if one.name.startswith("test_") and not looks(one, looking)]


def test_tests_assert_something() -> None:
    assert {name for name, tree in trees().items() if silent(tree)} == RAISING


def test_no_program_is_missing_in_silence() -> None:
    """What another program says is kept as data: no test is skipped because one is not installed."""
    found = [name for name, tree in trees().items() if skips(tree) and looks_for_programs(tree)]
    assert found == ["columns/test_spark.py"]  # a JVM is not Python's to install


def looks_for_programs(tree: ast.AST) -> bool:
    """Whether a file asks where a program is."""
    return any(isinstance(node, ast.expr) and called(node) == "which" for node in ast.walk(tree))


def skips(tree: ast.AST) -> bool:
    """Whether a file skips tests."""
    return any(isinstance(node, ast.Attribute) and node.attr in ("skip", "skipif", "importorskip") for node in ast.walk(tree))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("assert all(x for x in y)", True),
        ("assert all([x for x in y])", True),
        ("assert not any(x for x in y)", True),
        ("assert (x for x in y)", True),
        ("assert f(x) == f(x)", True),
        ("assert f(x) == f(y)", False),
        ("assert any(x for x in y)", False),
    ],
)
def test_what_is_looked_for(text: str, wrong: bool) -> None:
    assert bool(list(faults(ast.parse(text)))) is wrong

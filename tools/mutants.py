"""Mutation testing: plants one small fault after another in a room and runs that room's tests; what no test notices survives.

    python tools/mutants.py --room filter --count 40 --seed 2

The faults are drawn at random, the same for the same seed: another number, a turned comparison, `and` for `or`, a dropped `not`, true for
false, two neighbours of a table exchanged, a statement left out.  A file is put back after its fault, also on Ctrl-C.  What is compiled
of a file is compiled anew with its fault.  That takes long; a copy of the repository without compiled modules, but with a file
ovsdissect/engine/not-compiled.txt, runs as plain Python.
Exit code: 0 all were noticed, 1 some survived (each is printed with its line), 2 the tests fail without a fault.
"""

from __future__ import annotations

import argparse
import ast
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
ENGINE: Final = Path("ovsdissect", "engine")
NOT_COMPILED: Final = "not-compiled.txt"  # as tools/compile_engine.py names it
# the tests that must notice a fault in a room, the quickest first
TESTS: Final = {
    "grammar": ("families", "grammar", "tree", "build", "json"),
    "netlink": ("netlink", "families", "dissect"),
    "families": ("families", "dissect", "grammar", "odp"),
    "tree": ("tree", "grammar", "dissect", "families"),
    "frame": ("frame", "dissect", "text"),
    "dissect": ("dissect", "families", "text"),
    "filter": ("filter",),
    "text": ("text", "cli"),
    "analysis": ("analysis",),
    "carve": ("carve",),
    "anonymise": ("anonymise", "fixture"),
    "fixture": ("fixture",),
    "capture": ("capture",),
    "odp": ("odp",),
    "json": ("json",),
    "report": ("report",),
    "columns": ("columns",),
    "tui": ("tui",),
    "cli": ("cli", "views"),
}
TURNED: Final = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}


class Fault(NamedTuple):
    """A piece of a file, by character, and what is put in its place."""

    path: Path
    line: int
    start: int
    end: int
    text: str


def faults(path: Path) -> Iterator[Fault]:
    """Every fault that can be planted in a file."""
    source = path.read_text()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))

    def place(line: int, column: int) -> int:
        return len(source.encode()[: starts[line - 1] + column].decode())

    def fault(node: ast.expr | ast.stmt, text: str) -> Fault:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Fault(path, node.lineno, place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset), text)

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield fault(node, str(not node.value))
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            yield fault(node, str(node.value + 1))
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in TURNED:
            left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
            yield fault(node, f"({left} {TURNED[type(node.ops[0])]} {right})")
        elif isinstance(node, ast.BoolOp):
            other = " or " if isinstance(node.op, ast.And) else " and "
            yield fault(node, "(" + other.join(f"({ast.unparse(value)})" for value in node.values) + ")")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield fault(node, f"({ast.unparse(node.operand)})")
        elif isinstance(node, ast.Dict) and len(node.values) > 1 and all(isinstance(value, ast.Constant) for value in node.values):
            first, second = node.values[0], node.values[1]
            yield fault(first, ast.unparse(second))
        elif isinstance(node, (ast.Expr, ast.AugAssign)) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield fault(node, "pass")


def noticed(tests: list[str], seconds: float) -> bool:
    """Whether a test fails, or does not end; one directory after the other, as the first ones notice most."""
    for test in tests:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", test]
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return True
        if done.returncode != 0:
            return True
    return False


def compiles(path: Path) -> bool:
    """Compile what is compiled of a file, unless nothing is compiled here; returns whether it compiles."""
    if not path.with_suffix(".pxd").exists() or (ROOT / ENGINE / NOT_COMPILED).exists():
        return True
    command = [sys.executable, str(ROOT / "tools" / "compile_engine.py")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def main() -> int:
    """Plant the faults and print the survivors and the score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--room", choices=TESTS, default="filter", help="the room to plant faults in")
    parser.add_argument("--count", type=int, default=20, help="how many faults")
    parser.add_argument("--seed", type=int, default=1, help="which faults are drawn")
    parser.add_argument("--first", type=int, default=None, help="run only so many directories of tests, the quickest")
    parser.add_argument("--seconds", type=float, default=300, help="a test run that takes longer has noticed the fault")
    options = parser.parse_args()
    tests = [f"tests/{name}" for name in TESTS[options.room] if (ROOT / "tests" / name).is_dir()][: options.first]
    if noticed(tests, options.seconds):
        print("the tests fail without a fault", file=sys.stderr)
        return 2
    there = [fault for path in sorted((ROOT / "ovsdissect" / options.room).rglob("*.py")) for fault in faults(path)]
    drawn = random.Random(options.seed).sample(there, min(options.count, len(there)))
    survived = 0
    for number, fault in enumerate(drawn, 1):
        source = fault.path.read_text()
        was = source[fault.start : fault.end]
        try:
            fault.path.write_text(source[: fault.start] + fault.text + source[fault.end :])
            caught = not compiles(fault.path) or noticed(tests, options.seconds)
        finally:
            fault.path.write_text(source)
            compiles(fault.path)
        survived += not caught
        if not caught:
            print(f"survived: {fault.path.relative_to(ROOT)}:{fault.line}: {was.splitlines()[0]} -> {fault.text}", flush=True)
        print(f"{number} of {len(drawn)}: {number - survived} noticed", file=sys.stderr, flush=True)
    print(f"{options.room}: {len(drawn) - survived} of {len(drawn)} faults noticed")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())

"""Building the engine, on a small package of two modules that cimport each other: what is compiled, when, and what is reported if not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import recorded
from tools import compile_engine

COUNTER_TYPES = """
cdef class Counter:
    cdef public Py_ssize_t total
    cdef Py_ssize_t add(self, Py_ssize_t value) except? -1 nogil
"""
COUNTER = """
import cython
@cython.cclass
class Counter:
    def add(self, value: cython.Py_ssize_t) -> cython.Py_ssize_t:
        self.total += value
        return self.total
"""
READER_TYPES = """
from ovsdissect.engine.codes cimport STEP
from ovsdissect.engine.counter cimport Counter
cdef class Reader:
    cdef public Counter counter
"""
READER = """
import cython
from cython.cimports.ovsdissect.engine.counter import Counter
if not cython.compiled:
    from ovsdissect.engine.codes import STEP
@cython.cclass
class Reader:
    def __init__(self):
        self.counter = Counter()
    def read(self, data: cython.const[cython.uchar][::1], at: cython.Py_ssize_t = 0):
        i: cython.Py_ssize_t
        with cython.nogil:
            for i in range(at, data.shape[0]):
                self.counter.add(data[i] * STEP)
        return self.counter.total
    def byte(self, data: cython.const[cython.uchar][::1], at: cython.Py_ssize_t):
        return data[at]
"""
CODES_TYPES = """
cdef enum:
    STEP = 1
"""
CODES = "STEP = 1"
USE = "from ovsdissect.engine.reader import Reader, __file__ as place; print(Reader().read(b'abc'), not place.endswith('.py'))"


@pytest.fixture(name="tree")
def fixture_tree(tmp_path: Path) -> Path:
    """A source tree with an engine of two modules, the numbers they share, and one that is not compiled."""
    engine = tmp_path / "ovsdissect" / "engine"
    engine.mkdir(parents=True)
    (tmp_path / "tools").mkdir()
    tool = Path(compile_engine.__file__).read_text()
    assert '"-O3"' in tool
    # what the C compiler makes of it is not asked
    tmp_path.joinpath("tools", "compile_engine.py").write_text(tool.replace('"-O3"', '"-O0"'))
    for name in ("ovsdissect/__init__.py", "ovsdissect/engine/__init__.py", "ovsdissect/engine/plain.py"):
        (tmp_path / name).write_text("")
    for name, types, text in (("codes", CODES_TYPES, CODES), ("counter", COUNTER_TYPES, COUNTER), ("reader", READER_TYPES, READER)):
        engine.joinpath(f"{name}.pxd").write_text(types)
        engine.joinpath(f"{name}.py").write_text(text)
    return tmp_path


def run(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python in the tree, with a few variables set."""
    variables = {**os.environ, "PYTHONPATH": str(tree), **environment}
    return subprocess.run([sys.executable, *arguments], cwd=tree, env=variables, capture_output=True, text=True, check=False)


def compiled(tree: Path) -> list[str]:
    """The compiled modules beside the sources."""
    return sorted(path.name.removesuffix(compile_engine.SUFFIX) for path in tree.glob(f"ovsdissect/engine/*{compile_engine.SUFFIX}"))


def translated(tree: Path) -> set[str]:
    """The modules whose C was written since this was asked last."""
    found = {path for path in tree.glob("build/*/c/**/*.c") if path.stat().st_mtime_ns}
    for path in found:
        os.utime(path, ns=(0, 0))
    return {path.stem for path in found}


@pytest.mark.slow
def test_only_what_changed_is_compiled(tree: Path) -> None:
    assert "is not compiled" in str(compile_engine.stale(tree))
    done = run(tree, "tools/compile_engine.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert compiled(tree) == ["_shared", "counter", "reader"]
    assert compile_engine.stale(tree) is None
    assert translated(tree) == {"_shared", "counter", "reader"}
    assert run(tree, "-c", USE).stdout == "294 True\n"

    # bounds are checked, and an index from the end is none
    beyond = run(tree, "-c", f"{USE}; Reader().byte(b'abc', -1)")
    assert beyond.stderr.endswith("IndexError: Out of bounds on buffer access (axis 0)\n")

    run(tree, "tools/compile_engine.py")
    assert translated(tree) == set()

    # an older time of change does not hide the change
    source = tree / "ovsdissect" / "engine" / "reader.py"
    source.write_text(READER.replace("range(at,", "range(at + 1,"))
    os.utime(source, (0, 0))
    assert "not that of its sources (reader in" in str(compile_engine.stale(tree))
    run(tree, "tools/compile_engine.py")
    assert translated(tree) == {"reader"}
    assert run(tree, "-c", USE).stdout == "197 True\n"

    # what a module cimports is a source of it
    numbers = tree / "ovsdissect" / "engine" / "codes.pxd"
    numbers.write_text(CODES_TYPES.replace("1", "2"))
    assert "(reader in" in str(compile_engine.stale(tree))
    run(tree, "tools/compile_engine.py")
    assert translated(tree) == {"reader"}
    assert run(tree, "-c", USE).stdout == "394 True\n"

    # a module that is gone leaves nothing behind
    for suffix in (".py", ".pxd"):
        tree.joinpath("ovsdissect", "engine", f"reader{suffix}").unlink()
    assert "without sources" in str(compile_engine.stale(tree))
    run(tree, "tools/compile_engine.py")
    assert compiled(tree) == ["_shared", "counter"]
    assert compile_engine.stale(tree) is None

    # sources that do not compile leave no old module, which would be loaded in their place
    tree.joinpath("ovsdissect", "engine", "counter.py").write_text(COUNTER + "    x: cython.int = undeclared.member\n    def (:\n")
    done = run(tree, "tools/compile_engine.py")
    assert done.returncode == 1
    assert "ovsdissect/engine/counter.py:" in done.stderr
    assert compiled(tree) == []
    assert "is not compiled" in str(compile_engine.stale(tree))


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"CC": "no-such-compiler -pipe"}, "the C compiler that CC names was not found (no-such-compiler -pipe)"),
        ({"CC": "false"}, "the C compiler false cannot compile for Python: it failed"),
    ],
)
def test_without_a_compiler_one_sentence_says_so(tree: Path, environment: dict[str, str], reason: str) -> None:
    for _ in range(2):
        done = run(tree, "tools/compile_engine.py", **environment)
        assert done.returncode == 0
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"setup: the engine is not compiled, and ovsdissect is slower without it: {reason} (")
    assert compiled(tree) == []
    assert compile_engine.stale(tree) is None
    shutil.copy(recorded.ROOT / "ovsdissect" / "engine" / "available.py", tree / "ovsdissect" / "engine")
    ask = "from ovsdissect.engine.available import engine; import json; print(json.dumps(engine()))"
    assert json.loads(run(tree, "-c", ask).stdout) == [False, f"{reason} when it was installed"]
    assert json.loads(run(tree, "-c", ask, OVSDISSECT_PURE="1").stdout) == [False, None]

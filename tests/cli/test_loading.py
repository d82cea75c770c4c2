"""A command loads only what it uses, because loading dominates the time to start."""

from __future__ import annotations

import os
import subprocess
import sys

from tests import recorded

HEAVY = ("textual", "construct", "orjson", "lark", "dpkt")
UNUSED = (
    *("textual", "lark", "re2", "dpkt", "zstandard", "ovsdissect.odp", "ovsdissect.filter"),
    *("decimal", "hashlib", "ipaddress", "multiprocessing", "pdb", "pickle", "shutil"),
)


def loaded(modules: tuple[str, ...], *arguments: str) -> list[str]:
    """Those of the modules that a command loads."""
    program = (
        f"import sys; sys.argv = {['ovsdissect', *arguments]}\n"
        "from ovsdissect.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print(*(name for name in {modules} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    return done.stderr.split()


def test_help_loads_nothing_heavy() -> None:
    assert loaded(HEAVY, "--help") == []


def test_json_loads_no_more_than_it_needs() -> None:
    capture = str(recorded.path("rawnl"))
    assert loaded(UNUSED, "json", "-q", capture) == []
    assert loaded(UNUSED, "json", "-q", "--odp", capture) == ["ovsdissect.odp"]


def test_what_construct_is_spared_is_there_when_it_is_used() -> None:
    program = (
        "import ovsdissect.grammar, sys, construct.core as core, construct.debug as debug\n"
        "unused = {'hashlib', 'pdb', 'pickle', 'traceback'}\n"
        "assert unused.isdisjoint(sys.modules)\n"
        "assert core.pickle.loads(core.pickle.dumps((1, 2))) == (1, 2)\n"
        "assert core.hashlib.sha1(b'').hexdigest() == 'da39a3ee5e6b4b0d3255bfef95601890afd80709'\n"
        "import hashlib, pickle\n"
        "assert not any('lean_construct' in type(module).__module__ for module in (hashlib, pickle))\n"
        "assert debug.pdb.post_mortem and debug.traceback.format_exc\n"
    )
    subprocess.run((sys.executable, "-c", program), check=True)


UNCOMPILED = """
import sys
from pathlib import Path
missing = [path.with_suffix("") for path in Path("ovsdissect").rglob("*.py") if "\\nimport cython\\n" in path.read_text()]
assert missing
for name in ["cython", *(".".join(path.parts) for path in missing)]:
    sys.modules[name] = None
import ovsdissect.api, ovsdissect.columns.names, ovsdissect.fixture.fixture, ovsdissect.report.page, ovsdissect.tui.app
from ovsdissect.tui import screens
assert screens.opened()
"""


def test_where_nothing_is_compiled() -> None:
    """A pure installation has neither the compiled modules nor Cython: the interface and the rest load all the same."""
    environment = {**os.environ, "OVSDISSECT_PURE": "1", "PYTHONPATH": str(recorded.ROOT)}
    program = (sys.executable, "-c", UNCOMPILED)
    done = subprocess.run(program, env=environment, cwd=recorded.ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

"""What a command loads is what it uses: the time to start is that of loading."""

from __future__ import annotations

import subprocess
import sys

from tests import recorded

HEAVY = ("textual", "construct", "orjson", "lark", "dpkt")
UNUSED = ("textual", "lark", "re2", "dpkt", "zstandard", "multiprocessing", "ipaddress", "ovsdissect.odp", "ovsdissect.filter")


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

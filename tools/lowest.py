"""Makes build/lowest, an environment with the lowest releases that pyproject.toml declares, and runs the tests in it: `make lowest`.

Arguments are pytest's, by default those of `make test`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PLACE: Final = ROOT / "build" / "lowest"
BOUND: Final = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?>=([^,;\s]+)")
TESTS: Final = ("-q", "-n", "auto", "-m", "not slow")


def bounds() -> Iterator[str]:
    """The lowest release of each package, as a constraint of pip."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for wanted in (project["dependencies"], *project["optional-dependencies"].values()):
        for one in wanted:
            found = BOUND.match(one)
            if found:
                yield f"{found[1]}=={found[2]}"


def main() -> int:
    """Install and test; the exit code."""
    PLACE.parent.mkdir(exist_ok=True)
    constraints = PLACE.with_suffix(".txt")
    constraints.write_text("\n".join(dict.fromkeys(bounds())) + "\n")
    python = str(PLACE / "bin" / "python")
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(PLACE)],
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", str(constraints), "-e", f"{ROOT}[dev]"],
        [python, "-m", "pytest", *(sys.argv[1:] or TESTS)],
    ]
    for step in steps:
        code = subprocess.run(step, cwd=ROOT, check=False).returncode
        if code:
            print(f"lowest: {' '.join(step[:4])} .. ended with {code}", file=sys.stderr)
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What all tests share: the option that writes golden files anew, and that the engine they run is that of the sources."""

import os

import pytest

from ovsdissect.engine.available import VARIABLE, engine
from tools.compile_engine import stale


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew instead of comparing with them")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an engine of other sources: a compiled module is loaded in place of the one that was edited."""
    if reason := stale():
        pytest.exit(reason, returncode=pytest.ExitCode.USAGE_ERROR)
    if engine().missing:
        # nothing can be compiled here: the tree does all work, and no command says so
        os.environ[VARIABLE] = "1"


def pytest_report_header() -> str:
    """Which reader does the work."""
    return f"engine: {'compiled' if engine().compiled else 'pure'}"


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written anew."""
    return bool(request.config.getoption("--update"))

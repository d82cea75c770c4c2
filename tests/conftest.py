"""What all tests share: the option that rewrites golden files, signals, and the check that the engine is that of its sources."""

import gc
import os
import signal

import pytest

from ovsdissect.engine.available import VARIABLE, engine
from tests import recorded
from tools.compile_engine import stale

LARGE = (frozenset(recorded.ALL) | {"storm", "vlan-k612"}) - {"startup", "mid-stream", "rawnl", "truncated"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files instead of comparing with them")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an engine of other sources: a compiled module is loaded in place of the one that was edited."""
    gc.disable()  # while tests are collected, nothing becomes garbage that is worth the search
    if reason := stale():
        pytest.exit(reason, returncode=pytest.ExitCode.USAGE_ERROR)
    if engine().missing:
        # nothing can be compiled here: the tree does all work, and no command says so
        os.environ[VARIABLE] = "1"
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            # as under nohup and in a shell's background: commands that the tests start would ignore it too; a handler is not inherited
            signal.signal(number, lambda number, frame: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where a test has the mark `larger_are_slow`, its cases with one of the larger captures are slow: `make test` reads the others."""
    for item in items:
        if item.get_closest_marker("larger_are_slow") is not None:
            assert isinstance(item, pytest.Function)
            values = {str(getattr(value, "name", value)).removesuffix(".pcap.gz") for value in item.callspec.params.values()}
            if values & LARGE:
                item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Let the garbage collector skip what exists once all tests are collected: it stays until the end."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_report_header() -> str:
    """Which reader does the work."""
    return f"engine: {'compiled' if engine().compiled else 'pure'}"


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written anew."""
    return bool(request.config.getoption("--update"))

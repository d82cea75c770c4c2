"""Starts the command line: what `ovsdissect` and `python -m ovsdissect` run.

It tunes garbage collection: starting makes many objects that live until the end, and scanning them repeatedly takes a tenth of a short run.
A signal that arrives while the program loads or exits leaves no traceback.
"""

import gc
import sys
from typing import Final, NoReturn

THRESHOLD: Final = 50_000  # new objects until garbage is collected


def main() -> NoReturn:
    """Run the command line and exit."""
    gc.set_threshold(THRESHOLD)
    try:
        from ovsdissect.cli import main as command_line
        from ovsdissect.cli.signals import ignore_signals
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        command_line()
    finally:
        ignore_signals()
        gc.freeze()  # otherwise the interpreter scans everything once more at exit


if __name__ == "__main__":
    main()

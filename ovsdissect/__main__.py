"""Starts the command line: what `ovsdissect` and `python -m ovsdissect` run.

It only tunes garbage collection: starting makes many objects that live until the end, and scanning them repeatedly takes a tenth of a short
run.
"""

import gc
from typing import Final, NoReturn

THRESHOLD: Final = 50_000  # new objects until garbage is collected


def main() -> NoReturn:
    """Run the command line and exit."""
    gc.set_threshold(THRESHOLD)
    from ovsdissect.cli import main as command_line

    try:
        command_line()
    finally:
        gc.freeze()  # otherwise the interpreter scans everything once more at exit


if __name__ == "__main__":
    main()

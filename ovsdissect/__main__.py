"""Starts the command line: what `ovsdissect` and `python -m ovsdissect` run.

Nothing but garbage collection is decided here: starting makes many objects that live until the end, and looking through them again and
again takes a tenth of a short run.
"""

import gc
from typing import Final, NoReturn

THRESHOLD: Final = 20_000  # new objects until garbage is looked for


def main() -> NoReturn:
    """Run the command line and exit."""
    gc.set_threshold(THRESHOLD)
    from ovsdissect.cli import main as command_line

    try:
        command_line()
    finally:
        gc.freeze()  # else the interpreter looks through everything once more while it ends


if __name__ == "__main__":
    main()

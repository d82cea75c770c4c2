"""The exception that a surface raises if something is not as promised."""

from __future__ import annotations

from typing import Final

# a message, a file or a text that takes longer is a hang, in seconds of this thread's processor time
LONGEST: Final = 1.0


class FoundError(Exception):
    """Something is not as promised."""

"""The caller's mistakes: the only exceptions that ovsdissect raises.

What is wrong in a capture's bytes is a Problem, never an exception.
"""

from __future__ import annotations


class OvsDissectError(Exception):
    """A mistake that the caller can correct: the base of every exception of this package."""


class CaptureError(OvsDissectError):
    """The input is not a capture, or cannot be read; the text names the file, and the byte offset if one is known."""


class OutputError(OvsDissectError):
    """An output must not be written there: it is a file that is being read, or a directory that is not empty."""


def extra_missing(subject: str, packages: str, extra: str) -> OvsDissectError:
    """Return the error for a feature whose packages are not installed: `subject` needs `packages`, which the extra `extra` installs."""
    return OvsDissectError(f"{subject} {packages}: pip install '.[{extra}]' in a checkout, or 'ovsdissect[{extra}]' once released")


class FilterError(OvsDissectError):
    """A display filter that does not compile.

    `column` counts characters from 0 in the filter's text; `length` is the number of wrong characters, at least 1.
    """

    def __init__(self, text: str, column: int, length: int = 1) -> None:
        super().__init__(text)
        self.column = column
        self.length = length

"""Files that are read and written: an output is whole or absent, and never replaces what is being read.

Readers of an input hold it (`hold`); writers use `written` or `written_directory`, which refuse held files.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, Final

from ovsdissect.errors import OutputError

_lock: Final = threading.Lock()
_held: Final[Counter[tuple[int, int]]] = Counter()  # device and inode


def hold(owner: object, descriptor: int) -> weakref.finalize[[tuple[int, int]], Any] | None:
    """Remember that an open file is being read, until the result is called or its owner is gone; None if it is not a regular file."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None  # its reader reports what is wrong
    if not stat.S_ISREG(found.st_mode):
        return None
    which = found.st_dev, found.st_ino
    with _lock:
        _held[which] += 1
    return weakref.finalize(owner, _let_go, which)


def _let_go(which: tuple[int, int]) -> None:
    with _lock:
        _held[which] -= 1
        if not _held[which]:
            del _held[which]


def is_held(found: os.stat_result) -> bool:
    """Whether it is a file that is being read."""
    return (found.st_dev, found.st_ino) in _held


def check(path: str | os.PathLike[str]) -> None:
    """Raise OutputError if a path, even through links, is a file that is being read."""
    with suppress(OSError, ValueError):
        if is_held(os.stat(path)):
            raise OutputError(f"{os.fspath(path)} is the capture itself: an output is never an input")


class Part:
    """A file that is written beside its destination: finish() renames it, drop() leaves nothing behind.

    Links are followed, and the permissions of an existing file are kept. A device or a pipe is written directly.
    Raises OutputError if it is a file that is being read, OSError if it cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        check(path)
        self.name = os.fspath(path)
        before = _stat(self.name)
        self._part: str | None = None
        if before is not None and not stat.S_ISREG(before.st_mode):
            self.out: BinaryIO = open(self.name, "wb")  # noqa: SIM115 - finish() or drop() closes it; of a directory the OSError is right
            return
        self._target = os.path.realpath(self.name)
        if before is not None and not os.access(self._target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), self.name)
        self._part = _beside(self._target)
        try:
            number = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            error.filename = self.name  # not that of the temporary file
            raise
        self.out = open(number, "wb")  # noqa: SIM115 - as above
        if before is not None:
            os.chmod(self._part, stat.S_IMODE(before.st_mode))

    def finish(self) -> None:
        """Complete the file; if that fails nothing is left."""
        try:
            self.out.close()
            if self._part is not None:
                check(self.name)
                os.replace(self._part, self._target)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Discard the file."""
        with suppress(OSError):
            self.out.close()
        if self._part is not None:
            with suppress(OSError):
                os.unlink(self._part)


@contextmanager
def written(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that gets its name when the block ends, and is discarded if the block raises: see Part."""
    part = Part(path)
    try:
        yield part.out
    except BaseException:
        part.drop()
        raise
    part.finish()


@contextmanager
def written_directory(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[str]:
    """Yield an empty temporary directory; when the block ends all files in it appear under the path, if it raises none do.

    With `force` files may exist already: those with the same names are replaced, others stay.
    Raises OutputError if something exists without `force`, or if a file to be replaced is being read.
    """
    name = os.fspath(path)
    check_directory(name, force=force)
    target = os.path.realpath(name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    staging = _beside(target)
    os.mkdir(staging)
    try:
        yield staging
        files = [os.path.relpath(os.path.join(folder, file), staging) for folder, _, found in os.walk(staging) for file in found]
        check_directory(name, files, force=force)
        if _stat(target) is None:
            os.replace(staging, target)
            return
        # an existing one may be someone's working directory
        for file in sorted(files):
            os.makedirs(os.path.dirname(os.path.join(target, file)), exist_ok=True)
            os.replace(os.path.join(staging, file), os.path.join(target, file))
    finally:
        import shutil

        shutil.rmtree(staging, ignore_errors=True)


def is_filled(path: str | os.PathLike[str]) -> bool:
    """Whether it is a directory that is not empty."""
    return os.path.isdir(path) and bool(os.listdir(path))


def check_directory(path: str | os.PathLike[str], files: Iterable[str] = (), *, force: bool = False) -> None:
    """Raise OutputError if files must not be written into a directory: see written_directory()."""
    name = os.fspath(path)
    if os.path.exists(name) and not os.path.isdir(name):
        raise OutputError(f"{name} is a file, not a directory")
    for file in files:
        check(os.path.join(name, file))
    if not force and is_filled(name):
        raise OutputError(f"{name} is not empty: --force replaces files in it")


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _beside(target: str) -> str:
    """Return an unused name in the directory of a path."""
    return os.path.join(os.path.dirname(target), f".ovsdissect-{os.getpid():x}-{os.urandom(4).hex()}")

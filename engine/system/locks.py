"""File locks between processes. The system releases them when a process ends."""

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Other errors mean that the file system has no locks.
_LOCKED_ERRORS = frozenset({errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN})


def open_exclusive(path: Path, mode: str = "ab", *, required: bool = False) -> IO[Any] | None:
    """Open a file with an exclusive lock, or return None if another process has locked it.

    On a file system without locks (some network drives), the file is opened unlocked, or None is returned if the
    lock is `required`.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    file = path.open(mode)
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if required or error.errno in _LOCKED_ERRORS:
            file.close()
            return None
    return file


class Lock:
    """A lock on a path. It is acquired on creation if it is free, and its file is removed on release.

    On a file system without locks, every process acquires it. Raises OSError if the file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _acquire(path)

    @property
    def is_acquired(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def release(self) -> None:
        """Release the lock."""
        file, self._file = self._file, None
        if file is None:
            return
        if sys.platform == "win32":  # Windows cannot remove an open file
            file.close()
            with suppress(OSError):
                self._path.unlink()
        else:
            with suppress(OSError):
                self._path.unlink()
            file.close()


def is_locked(path: Path) -> bool:
    """Return whether any process holds the lock of this path."""
    if not path.exists():
        return False
    try:
        lock = Lock(path)
    except OSError:
        return False
    is_free = lock.is_acquired
    lock.release()
    return not is_free


def _acquire(path: Path) -> IO[Any] | None:
    """Open and lock the file; None if it is locked."""
    while True:
        file = open_exclusive(path)
        if file is None or sys.platform == "win32" or _is_current(path, file):
            return file
        file.close()  # the previous holder just removed the file


def _is_current(path: Path, file: IO[Any]) -> bool:
    """Return whether the open file is still the one at `path`."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False

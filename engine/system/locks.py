"""File locks between processes. The operating system releases them when a process ends."""

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

# All other errors mean that the file system does not support locks.
_LOCKED_ERRORS = frozenset({errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN})


def open_exclusive(path: Path, mode: str = "ab", *, required: bool = False) -> IO[Any] | None:
    """Open a file with an exclusive lock, which is held until the file is closed.

    Parameters
    ----------
    mode : mode in which the file is opened, as for the built-in `open`
    required : what to do on file systems that do not support locks, such as some network drives: open the file without
        a lock (False), or return None (True)

    Returns
    -------
    open file, or None if another process has locked it or if a required lock is not supported

    Raises
    ------
    OSError
        The file cannot be opened.
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
    """Exclusive lock between processes, represented by a lock file.

    The constructor acquires the lock if no other process holds it, and `release` removes the lock file. On file
    systems that do not support locks, every process acquires the lock.

    Parameters
    ----------
    path : path of the lock file

    Raises
    ------
    OSError
        The lock file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _acquire(path)

    @property
    def is_acquired(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def release(self) -> None:
        """Release the lock and remove its file. Does nothing if the lock is not held."""
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
    """Return whether a process, which can be this one, holds the lock with the lock file `path`."""
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
    """Create and lock a lock file. Return the open file, or None if another process has locked it."""
    while True:
        file = open_exclusive(path)
        if file is None or sys.platform == "win32" or _is_current(path, file):
            return file
        file.close()  # the previous holder has just removed the file


def _is_current(path: Path, file: IO[Any]) -> bool:
    """Return whether an open file still exists at `path`, and was not removed or replaced."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False

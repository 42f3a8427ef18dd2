"""One process at a time: a lock that goes with whoever holds it, however that ends."""

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

_HELD = frozenset({errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN})  # anything else is a disk that knows no locks


def hold(path: Path, mode: str = "ab", *, surely: bool = False) -> IO[Any] | None:
    """Open a file that one process alone can hold; None if another holds it. The system lets go when a process ends.

    On a disk without locks (some network folders) it is opened unlocked, or, if it must be held `surely`, not at all.

    Raises
    ------
    OSError
        If it cannot be opened at all.
    """
    file = path.open(mode)
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if surely or error.errno in _HELD:
            file.close()
            return None
    return file


class Lock:
    """The lock of a name, if nobody else holds it: then `is_mine`. Its file is gone once it is released.

    The system gives it back when the process ends, killed or not. On a disk without locks it is everybody's. Raises
    OSError where no file can be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _take(path)

    @property
    def is_mine(self) -> bool:
        """Whether it was free."""
        return self._file is not None

    def release(self) -> None:
        """Let others have it."""
        file, self._file = self._file, None
        if file is None:
            return
        if sys.platform == "win32":  # which removes no open file
            file.close()
            with suppress(OSError):
                self._path.unlink()
        else:
            with suppress(OSError):
                self._path.unlink()
            file.close()


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of this name now."""
    if not path.exists():
        return False
    try:
        lock = Lock(path)
    except OSError:
        return False
    free = lock.is_mine
    lock.release()
    return not free


def _take(path: Path) -> IO[Any] | None:
    """Open the file and lock it; None if it is locked."""
    while True:
        file = hold(path)
        if file is None or sys.platform == "win32" or _is_there(path, file):
            return file
        file.close()  # who held it removed it just now: what is locked has no name any more


def _is_there(path: Path, file: IO[Any]) -> bool:
    """Whether the open file is the one that lies under the name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False

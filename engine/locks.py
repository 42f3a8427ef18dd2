"""One process at a time: a lock that goes with whoever holds it, however that ends."""

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Lock:
    """The lock of a name, if nobody else holds it: then `is_mine`. Its file is gone once it is released.

    The system gives it back when the process ends, killed or not. Raises OSError where no file can be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = _take(path)

    @property
    def is_mine(self) -> bool:
        """Whether it was free."""
        return self._descriptor is not None

    def release(self) -> None:
        """Let others have it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if sys.platform == "win32":  # which removes no open file
            os.close(descriptor)
            with suppress(OSError):
                self._path.unlink()
        else:
            with suppress(OSError):
                self._path.unlink()
            os.close(descriptor)


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


def _take(path: Path) -> int | None:
    """Open the file and lock it; None if it is locked."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return None
        if sys.platform == "win32" or _is_there(path, descriptor):
            return descriptor
        os.close(descriptor)  # who held it removed it just now: what is locked has no name any more


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one that lies under the name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    """Lock an open file at once, or raise OSError."""
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

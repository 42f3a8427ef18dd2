"""Conversion of exceptions in a batch to errors with a message, and errors that stop the batch."""

import errno
from pathlib import Path

from engine.errors import N_, EngineError, ImageFailed, NoSpace, lazy_format
from engine.system import memory
from engine.system.files import os_error_reason

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_MIN_FREE_BYTES = 8_000_000  # less than most results need


def fatal_reason(error: Exception, output: Path, source: Path) -> str | None:
    """Return a sentence about why the batch must stop, or None if the error affects only one image.

    The batch must stop if the disk is full, or if the input or output folder no longer exists.

    Parameters
    ----------
    output : the output folder
    source : the input folder of the image
    """
    if isinstance(error, NoSpace):  # nothing was written, and smaller results may still fit
        free = memory.free_disk_space(output)
        is_full = free is not None and free < _MIN_FREE_BYTES
        return N_("The disk doesn't have enough free space for the result. Free up some space.") if is_full else None
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(cause, OSError) and cause.errno in _NO_SPACE:
        return os_error_reason(cause)
    if output.is_dir() and source.is_dir():
        return None
    return N_("The input or output folder no longer exists. Restore the folder or reconnect its disk.")


def to_engine_error(error: Exception, name: str) -> EngineError:
    """Convert any exception to an EngineError."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, MemoryError):
        return ImageFailed(name=name, reason=N_("There isn't enough memory. Close other apps or use a smaller image."))
    if isinstance(error, OSError):
        return ImageFailed(name=name, reason=os_error_reason(error))
    description = f"{type(error).__name__}: {error}".rstrip(".")
    reason = lazy_format(N_("An unexpected error occurred. {error}. Report the problem."), error=description)
    return ImageFailed(name=name, reason=reason)

"""Why a picture of a batch failed, as a sentence, and whether the others would fail too."""

import errno
from pathlib import Path

from engine.errors import EngineError, NoSpace, PictureFailed, mark
from engine.system import memory
from engine.system.files import reason_of

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_NEXT_TO_NOTHING = 8_000_000  # bytes free: hardly a result fits


def why_to_stop(error: Exception, output: Path, source: Path) -> str | None:
    """Why the others would fail too: no room on the disk, or a folder that is no longer there."""
    if isinstance(error, NoSpace):  # nothing was written: smaller ones may fit
        free = memory.free_disk(output)
        full = free is not None and free < _NEXT_TO_NOTHING
        return mark("the disk has not enough room left for its result.") if full else None
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
        return reason_of(cause)
    return None if output.is_dir() and source.is_dir() else mark("a folder of the batch is no longer there.")


def sentence(error: Exception, name: str) -> EngineError:
    """A failure as a sentence, also one that nobody foresaw."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, MemoryError):
        return PictureFailed(name=name, reason=mark("there is not enough memory for it."))
    if isinstance(error, OSError):
        return PictureFailed(name=name, reason=reason_of(error))
    return PictureFailed(name=name, reason=f"{type(error).__name__}: {error}".rstrip(".") + ".")

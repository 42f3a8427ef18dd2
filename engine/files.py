"""Writing a file so that its name never holds half of it, and saying why a file could not be used."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_LONGEST_NAME = 255  # bytes, on all usual file systems


def write_atomically(
    path: Path, content: bytes | Callable[[BinaryIO], object], check: Callable[[Path], None] | None = None
) -> None:
    """Write `content`, or what it writes when called, under `path`, replacing what is there, or leave all as it was.

    The bytes go to a temporary file in the same folder, reach the disk, are looked at by `check` and then renamed. A
    link is written through, not replaced.

    Raises
    ------
    OSError
        As the system gives it; no temporary file is left. What `check` raises comes through as well.
    """
    path = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".srcnn-", suffix=".part")
    os.close(descriptor)  # opened again by its name, which TIFF's writer wants to know
    try:
        with Path(temporary).open("w+b") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(Path(temporary))
        os.chmod(temporary, _mode_of(path))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def fitting_name(stem: str, tail: str) -> str:
    """`stem` + `tail` as the name of a file, the stem cut (between characters) if it is too long for one."""
    whole = os.fsencode(stem)
    most = _LONGEST_NAME - len(os.fsencode(tail))
    if len(whole) > most:
        while most > 0 and whole[most] & 0xC0 == 0x80:  # inside a character of UTF-8
            most -= 1
        whole = whole[: max(0, most)]
    return os.fsdecode(whole) + tail


def reason_of(error: OSError) -> str:
    """The system's own words for an error, as the end of a sentence: "no space left on device."."""
    said = os.strerror(error.errno) if error.errno else str(error)
    return f"{said[:1].lower()}{said[1:]}."


def _mode_of(path: Path) -> int:
    """The permissions the file should have: those it had, or what the umask leaves of rw-rw-rw-."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

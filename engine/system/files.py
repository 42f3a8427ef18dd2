"""Writing a file so that its name never holds half of it, and saying why a file could not be used."""

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from engine.errors import FileExists, mark

LONGEST_NAME = 255  # bytes, on all usual file systems
_PART = ".part"
_PREFIX_LONG = len(".srcnn-") + 12 + len("-")
_REASONS = {  # what befalls people, so that it can be said in their language
    errno.EACCES: mark("permission denied."),
    errno.EBUSY: mark("another program is using it."),
    errno.EEXIST: mark("there is a file of that name."),
    errno.EFBIG: mark("the file is too large for this disk."),
    errno.EIO: mark("the disk could not be read or written."),
    errno.EISDIR: mark("it is a folder."),
    errno.EMFILE: mark("too many files are open."),
    errno.ENAMETOOLONG: mark("the name is too long."),
    errno.ENOENT: mark("no such file or directory."),
    errno.ENOSPC: mark("no space left on device."),
    errno.ENOTDIR: mark("its path leads through a file."),
    errno.EPERM: mark("the system does not permit it."),
    errno.EROFS: mark("it cannot be written to."),
}


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
    with writing_atomically(path, check) as file:
        if callable(content):
            content(file)
        else:
            file.write(content)


@contextmanager
def writing_atomically(path: Path, check: Callable[[Path], None] | None = None) -> Iterator[BinaryIO]:
    """The same for what is written piece by piece inside: the file is under its name once that is left well."""
    path = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path.name), suffix=_PART)
    os.close(descriptor)  # opened again by its name, which TIFF's writer wants to know
    try:
        with Path(temporary).open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(Path(temporary))
        os.chmod(temporary, _mode_of(path))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_durably(path: Path, content: bytes) -> None:
    """Write atomically what must not be lost: the bytes are read back first, and the name reaches the disk too.

    Raises
    ------
    OSError
        As the system gives it, or EIO if other bytes come back. What was under `path` before is still there.
    """

    def compare(written: Path) -> None:
        if written.read_bytes() != content:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    write_atomically(path, content, compare)
    with suppress(OSError):  # Windows opens no folders, and some file systems do not sync them
        folder = os.open(path.resolve().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def refuse_existing(path: Path, *, overwrite: bool = False) -> None:
    """Raise FileExists if something has this name, unless it may be overwritten."""
    if path.exists() and not overwrite:
        raise FileExists(name=path.name)


def fitting_name(stem: str, tail: str) -> str:
    """`stem` + `tail` as the name of a file, the stem cut (between characters) if it is too long for one."""
    return cut(stem, LONGEST_NAME - len(os.fsencode(tail))) + tail


def cut(words: str, most: int) -> str:
    """The beginning of `words`, at most so many bytes, cut between characters."""
    whole = os.fsencode(words)
    if len(whole) > most:
        while most > 0 and whole[most] & 0xC0 == 0x80:  # inside a character of UTF-8
            most -= 1
        whole = whole[: max(0, most)]
    return os.fsdecode(whole)


def remove_leftovers(paths: Iterable[Path]) -> int:
    """Remove what writing these files left behind when it was killed; returns how many temporary files it was.

    Only for files that nobody is writing now. A folder that cannot be looked into is passed over.
    """
    prefixes: dict[Path, set[str]] = {}
    for path in paths:
        prefixes.setdefault(path.parent, set()).add(_prefix(path.name))
    removed = 0
    for folder, known in prefixes.items():
        try:
            left = [one for one in os.scandir(folder) if one.name.endswith(_PART) and one.name[:_PREFIX_LONG] in known]
        except OSError:
            continue
        for one in left:
            with suppress(OSError):  # somebody has it open after all, where that keeps a file from being removed
                Path(one.path).unlink()
                removed += 1
    return removed


def try_folder(folder: Path) -> None:
    """Make a folder where there is none, and write a file into it that has no name of its own and leaves nothing.

    Raises
    ------
    OSError
        If that cannot be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def reason_of(error: OSError) -> str:
    """Why the system refused, as the end of a sentence: "no space left on device."; its own words for what is rare."""
    if error.errno in _REASONS:
        return _REASONS[error.errno]
    said = os.strerror(error.errno) if error.errno else str(error)
    return f"{said[:1].lower()}{said[1:]}."


def _prefix(name: str) -> str:
    """How the temporary files for a name begin: hidden, and to be told from those of other names."""
    return f".srcnn-{sha256(os.fsencode(name)).hexdigest()[:12]}-"


def _mode_of(path: Path) -> int:
    """The permissions the file should have: those it had, or what the umask leaves of rw-rw-rw-."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

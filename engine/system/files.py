"""Atomic file writes, file names of limited length, and error messages for system errors."""

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from engine.errors import N_, FileExists, lazy_format

MAX_NAME_BYTES = 255  # on all common file systems
_SUFFIX = ".part"
_PREFIX_LENGTH = len(".srcnn-") + 12 + len("-")
_REASONS = {  # common errors, for translation
    errno.EACCES: N_("Permission was denied. Check the permissions or choose another folder."),
    errno.EBUSY: N_("Another program is using the file. Close that program, then try again."),
    errno.EEXIST: N_("A file with this name already exists. Choose another name."),
    errno.EFBIG: N_("The file is too large for this disk. Choose another disk."),
    errno.EIO: N_("The disk can't be read or written. Check the disk, then try again."),
    errno.EISDIR: N_("This is a folder, not a file. Choose another name."),
    errno.EMFILE: N_("Too many files are open. Close other apps, then try again."),
    errno.ENAMETOOLONG: N_("The name is too long. Choose a shorter name."),
    errno.ENOENT: N_("The file or folder doesn't exist. Check the path."),
    errno.ENOSPC: N_("The disk is full. Free up some space."),
    errno.ENOTDIR: N_("Part of the path is a file, not a folder. Check the path."),
    errno.EPERM: N_("The operation isn't permitted. Check the permissions or choose another folder."),
    errno.EROFS: N_("The disk is read-only. Choose another disk."),
}


def write_atomically(
    path: Path, content: bytes | Callable[[BinaryIO], object], verify: Callable[[Path], None] | None = None
) -> None:
    """Write a file atomically.

    After an error, an existing file is unchanged and no temporary file is left.

    The bytes are written to a temporary file in the same folder, which then replaces the file. If `path` is a symbolic
    link, the target of the link is replaced.

    Parameters
    ----------
    content : bytes to write, or a function that writes them to the open file
    verify : function that checks the temporary file; if it raises an exception, the write is canceled and the
        exception is passed on

    Raises
    ------
    OSError
    """
    with atomic_writer(path, verify) as file:
        if callable(content):
            content(file)
        else:
            file.write(content)


@contextmanager
def atomic_writer(path: Path, verify: Callable[[Path], None] | None = None) -> Iterator[BinaryIO]:
    """Context manager that opens a temporary file, which replaces `path` if no exception is raised.

    Parameters
    ----------
    verify : function that checks the temporary file; if it raises an exception, the write is canceled and the
        exception is passed on
    """
    path = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path.name), suffix=_SUFFIX)
    os.close(descriptor)  # tifffile requires a file that is opened by name
    try:
        with Path(temporary).open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if verify is not None:
            verify(Path(temporary))
        os.chmod(temporary, _file_mode(path))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_durably(path: Path, content: bytes) -> None:
    """Write a file atomically, verify it, and flush it to disk, so that it survives a power failure.

    The bytes are read back and compared. The folder is also flushed if the system supports it.

    Raises
    ------
    OSError
        The file cannot be written, or the bytes differ (errno EIO). An existing file is unchanged.
    """

    def verify_bytes(written: Path) -> None:
        if written.read_bytes() != content:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    write_atomically(path, content, verify_bytes)
    with suppress(OSError):  # not supported on Windows and some file systems
        folder = os.open(path.resolve().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def check_not_existing(path: Path, *, overwrite: bool = False) -> None:
    """Raise FileExists if `path` exists and `overwrite` is False."""
    if path.exists() and not overwrite:
        raise FileExists(name=path.name)


def truncate_name(stem: str, suffix: str) -> str:
    """Return the file name `stem` + `suffix`, with the stem truncated if the name exceeds 255 bytes."""
    return truncate(stem, MAX_NAME_BYTES - len(os.fsencode(suffix))) + suffix


def truncate(text: str, max_bytes: int) -> str:
    """Truncate a text to at most `max_bytes` bytes in UTF-8, without splitting a character."""
    encoded = os.fsencode(text)
    if len(encoded) > max_bytes:
        while max_bytes > 0 and encoded[max_bytes] & 0xC0 == 0x80:  # inside a UTF-8 character
            max_bytes -= 1
        encoded = encoded[: max(0, max_bytes)]
    return os.fsdecode(encoded)


def remove_temporary_files(paths: Iterable[Path]) -> int:
    """Remove temporary files that remain if a process is killed during an atomic write.

    Call this only while no process is writing any of these files. Unreadable folders are skipped.

    Parameters
    ----------
    paths : files whose atomic writes may have been interrupted

    Returns
    -------
    number of temporary files that were removed
    """
    prefixes: dict[Path, set[str]] = {}
    for path in paths:
        prefixes.setdefault(path.parent, set()).add(_prefix(path.name))
    removed = 0
    for folder, known_prefixes in prefixes.items():
        try:
            entries = [entry for entry in os.scandir(folder) if entry.name.endswith(_SUFFIX)]
            leftovers = [entry for entry in entries if entry.name[:_PREFIX_LENGTH] in known_prefixes]
        except OSError:
            continue
        for entry in leftovers:
            with suppress(OSError):  # open in another process on Windows
                Path(entry.path).unlink()
                removed += 1
    return removed


def check_folder_writable(folder: Path) -> None:
    """Create a folder if necessary, and check that files can be created in it.

    Raises
    ------
    OSError
        The folder or a temporary file in it cannot be created.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def os_error_reason(error: OSError) -> str:
    """Return sentences that explain a system error and what to do, to append to an error message."""
    if error.errno in _REASONS:
        return _REASONS[error.errno]
    description = os.strerror(error.errno) if error.errno else str(error)
    return lazy_format(
        N_("The operating system reported this error: {error}. Check the path and its permissions, then try again."),
        error=description.rstrip("."),
    )


def _prefix(name: str) -> str:
    """Return the prefix of the temporary files for a file name. It contains a hash of the name."""
    return f".srcnn-{sha256(os.fsencode(name)).hexdigest()[:12]}-"


def _file_mode(path: Path) -> int:
    """Return the permission bits of a file, or the default permission bits if the file does not exist."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask

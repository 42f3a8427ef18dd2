"""ZIP archives of images, such as comics (CBZ).

The names in an archive are never used as paths on disk. While a file is unpacked, its size is compared with the limits
below, so that a small archive cannot fill the memory or the disk (a "zip bomb").
"""

import errno
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from warnings import catch_warnings, simplefilter

from engine.datasets.folders import is_hidden
from engine.errors import N_, ImageUnreadable, LazyMessage, Message, lazy_format
from engine.imaging.codecs.formats import READABLE
from engine.system.files import atomic_writer, os_error_reason

EXTENSIONS = (".cbz", ".zip")
MAX_FILES = 50_000
MAX_BYTES = 16_000_000_000  # unpacked size of all files
MAX_FILE_BYTES = 2_000_000_000  # unpacked size of one file
MAX_RATIO, RATIO_FREE_BYTES = 200, 16_000_000  # a larger file must not be compressed more than MAX_RATIO times
_CHUNK_BYTES = 1 << 20
_IS_UTF8, _IS_ENCRYPTED = 0x800, 0x1  # flag bits
# RuntimeError and its subclass NotImplementedError are raised for unsupported compression and encryption.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError, OSError)
_DAMAGED = N_("It isn't a ZIP archive, or it is damaged. Create or download it again.")
_ENCRYPTED = N_("The archive is encrypted. Extract it, then upscale the folder.")
_NO_IMAGES = N_("The archive contains no images. Choose another archive.")


@dataclass(frozen=True)
class ArchiveFile:
    """A file in an archive.

    Attributes
    ----------
    index : position in the archive
    name : name in the archive, with "/" as separator
    size : unpacked size in bytes
    crc : CRC-32 of the content
    """

    index: int
    name: str
    size: int
    crc: int


def is_archive(path: Path) -> bool:
    """Return whether a file is an archive according to its extension."""
    return path.suffix.lower() in EXTENSIONS


def display_path(name: str) -> str:
    """Return a name in an archive without the parts that would lead to other folders, for display."""
    parts = (part.replace(":", "_") for part in re.split(r"[/\\]", name))
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def list_images(archive: Path) -> list[ArchiveFile]:
    """Return the images in an archive, in its order. Hidden files are excluded, as in folders.

    Raises
    ------
    ImageUnreadable
        The archive is damaged or encrypted, contains no images, or exceeds a limit.
    """
    with _open(archive) as content:
        infos = content.infolist()
    if len(infos) > MAX_FILES:
        raise _refused(archive, N_("The archive contains more than {limit} files. Split it."), f"{MAX_FILES:,}")
    if sum(info.file_size for info in infos) > MAX_BYTES:
        limit = f"{MAX_BYTES / 1e9:g}"
        raise _refused(archive, N_("The files in the archive have more than {limit} GB. Split it."), limit)
    for info in infos:
        _check_size(archive, info, info.file_size)
        if info.flag_bits & _IS_ENCRYPTED:
            raise ImageUnreadable(name=archive.name, reason=_ENCRYPTED)
    images = [
        ArchiveFile(index, info.filename, info.file_size, info.CRC)
        for index, info in enumerate(infos)
        if _is_image(info)
    ]
    if not images:
        raise ImageUnreadable(name=archive.name, reason=_NO_IMAGES)
    return images


def read_file(archive: Path, index: int) -> bytes:
    """Return the content of the file at a position in an archive.

    Raises
    ------
    ImageUnreadable
        The file is damaged, or exceeds a limit.
    """
    buffer = BytesIO()
    with _open(archive) as content:
        for chunk in _unpack(archive, content, content.infolist()[index]):
            buffer.write(chunk)
    return buffer.getvalue()


def pack(archive: Path, output: Path, replacements: Mapping[int, tuple[str, Path]]) -> None:
    """Write a copy of an archive in which some files are replaced. The order of the files stays the same.

    The archive is written atomically, and is verified before it gets its name.

    Parameters
    ----------
    output : path of the new archive
    replacements : new name and new content of some files, by their position. The content is the path of a file

    Raises
    ------
    ImageUnreadable
        The archive has been changed, or is damaged.
    OSError
        The new archive cannot be written.
    """
    with _open(archive) as content, atomic_writer(output, _verify) as file, catch_warnings():
        simplefilter("ignore", UserWarning)  # an archive may contain several files of the same name
        with zipfile.ZipFile(file, "w") as copy:
            copy.comment = content.comment
            for index, info in enumerate(content.infolist()):
                name, path = replacements.get(index, (info.filename, None))
                made = _new_info(info, name)
                if path is None:
                    made.compress_type, made.file_size = info.compress_type, info.file_size
                    with copy.open(made, "w") as target:
                        for chunk in _unpack(archive, content, info):
                            target.write(chunk)
                else:  # image formats are already compressed
                    made.compress_type, made.file_size = zipfile.ZIP_STORED, path.stat().st_size
                    with path.open("rb") as source, copy.open(made, "w") as target:
                        shutil.copyfileobj(source, target, _CHUNK_BYTES)


class _Info(zipfile.ZipInfo):
    """Entry whose name has the same bytes as in the source.

    Old archives have names in unknown encodings.
    """

    is_utf8 = True  # whether the source declares its encoding

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - called by zipfile
        if self.filename.isascii():
            return self.filename.encode(), self.flag_bits
        if self.is_utf8:
            return self.filename.encode(), self.flag_bits | _IS_UTF8
        return self.filename.encode("cp437"), self.flag_bits  # as zipfile has decoded it


def _new_info(info: zipfile.ZipInfo, name: str) -> zipfile.ZipInfo:
    """Return an entry with the metadata of another entry and a new name."""
    made = _Info(name, info.date_time)
    made.is_utf8 = bool(info.flag_bits & _IS_UTF8)
    made.comment, made.create_system, made.external_attr = info.comment, info.create_system, info.external_attr
    return made


@contextmanager
def _open(archive: Path) -> Iterator[zipfile.ZipFile]:
    """Context manager that opens an archive.

    Raises
    ------
    ImageUnreadable
    """
    try:
        file = archive.open("rb")
    except OSError as error:
        raise ImageUnreadable(name=archive.name, reason=os_error_reason(error)) from error
    with file:
        try:
            content = zipfile.ZipFile(file)
        except _ZIP_ERRORS as error:
            raise ImageUnreadable(name=archive.name, reason=_DAMAGED) from error
        with content:
            yield content


def _unpack(archive: Path, content: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the content of a file in chunks.

    Raises
    ------
    ImageUnreadable
    """
    size = 0
    try:
        with content.open(info) as file:
            while chunk := file.read(_CHUNK_BYTES):
                size += len(chunk)
                _check_size(archive, info, size)
                yield chunk
    except _ZIP_ERRORS as error:
        raise ImageUnreadable(name=archive.name, reason=_DAMAGED) from error


def _check_size(archive: Path, info: zipfile.ZipInfo, size: int) -> None:
    """Raise ImageUnreadable if a number of unpacked bytes exceeds a limit."""
    if size > MAX_FILE_BYTES:
        limit = f"{MAX_FILE_BYTES / 1e9:g}"
        raise _refused(archive, N_("A file in the archive has more than {limit} GB. Extract it yourself."), limit)
    if size > RATIO_FREE_BYTES and size > MAX_RATIO * info.compress_size:
        message = N_(
            "A file in the archive is more than {limit} times larger when it is unpacked, which is typical of "
            "malicious archives. If you trust it, extract it yourself."
        )
        raise _refused(archive, message, f"{MAX_RATIO}")


def _refused(archive: Path, message: Message, limit: str) -> ImageUnreadable:
    reason: LazyMessage = lazy_format(message, limit=limit)
    return ImageUnreadable(name=archive.name, reason=reason)


def _is_image(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    if info.is_dir() or any(is_hidden(part) for part in parts if part not in (".", "..")):
        return False
    return PurePosixPath(info.filename).suffix.lower() in READABLE


def _verify(path: Path) -> None:
    """Raise OSError if an archive that was just written cannot be read back."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        damaged = path.name
    if damaged is not None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

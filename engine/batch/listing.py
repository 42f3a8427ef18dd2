"""Search for images in folders."""

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import IO

from engine.datasets.folders import list_folder
from engine.errors import SourceUnreadable
from engine.imaging.codecs import jxl_container, opening
from engine.system.files import os_error_reason

_ORIENTATION_TAG, _FIRST_TRANSPOSED = 0x0112, 5  # EXIF orientation; values of 5 and above swap width and height
_SIGNATURE_BYTES = 12


@dataclass(frozen=True)
class FoundFile:
    """A file that may be an image.

    Attributes
    ----------
    root : absolute path of the folder that was searched. For a single file, its parent folder
    path : path of the file relative to `root`, with "/" as separator
    size, mtime_ns : size in bytes and modification time in ns
    """

    root: Path
    path: str
    size: int
    mtime_ns: int

    @property
    def source(self) -> Path:
        """Absolute path of the file."""
        return self.root / self.path


@dataclass(frozen=True)
class Listing:
    """Result of a search for images.

    Attributes
    ----------
    files : the image files, sorted by path
    unreadable : pairs of a folder that cannot be read and the reason
    """

    files: tuple[FoundFile, ...]
    unreadable: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True)
class Filter:
    """Patterns such as `*.png` or `2019/*` that include or exclude images. Case is ignored.

    If `include` is empty, all images that are not excluded are selected.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def matches(self, path: str) -> bool:
        """Return whether a path relative to the root is selected.

        A pattern can match the whole path, or only the file name.
        """
        return (not self.include or _matches_any(path, self.include)) and not _matches_any(path, self.exclude)


def find_images(
    sources: tuple[Path, ...], output: Path | None = None, *, recursive: bool = True, selection: Filter = Filter()
) -> Listing:
    """Find the images in folders. Single files are included regardless of their names.

    `list_folder` determines which files in a folder are images.

    Parameters
    ----------
    sources : folders and single files
    output : the output folder. If it is inside a source, it is skipped
    recursive : whether to include subfolders
    selection : patterns that apply to the images in folders

    Raises
    ------
    SourceUnreadable
        A source does not exist or cannot be read.
    """
    files_by_key: dict[tuple[Path, str], FoundFile] = {}
    unreadable: list[tuple[Path, str]] = []
    output_id = _folder_id(output) if output is not None else None
    for source in sources:
        try:
            source = source.resolve(strict=True)
            if not source.is_dir():
                stat = source.stat()
                file = FoundFile(source.parent, source.name, stat.st_size, stat.st_mtime_ns)
                files_by_key[source.parent, source.name] = file
                continue
            os.scandir(source).close()
        except OSError as error:
            raise SourceUnreadable(folder=source, reason=os_error_reason(error)) from error
        for file in _walk(source, "", output_id, recursive, unreadable):
            if selection.matches(file.path):
                files_by_key[source, file.path] = file
    order = sorted(files_by_key.values(), key=lambda file: (str(file.root), _sort_key(file.path), file.path))
    return Listing(tuple(order), tuple(unreadable))


def read_image_size(source: Path | IO[bytes]) -> tuple[int, int] | None:
    """Return the (width, height) in px of an image from the header of its file, or None if this fails.

    This is the size after the image is rotated according to its EXIF orientation.
    """
    try:
        if isinstance(source, Path):
            with source.open("rb") as file:
                return _read_size(file)
        return _read_size(source)
    except Exception:  # codecs raise exceptions of any type; the error is reported when the image is read
        return None


def _read_size(file: IO[bytes]) -> tuple[int, int]:
    if jxl_container.is_jxl(file.read(_SIGNATURE_BYTES)):  # not known to Pillow
        file.seek(0)
        header = jxl_container.parse(file.read()).header
        return header.width, header.height
    file.seek(0)
    with opening.open_image(file) as image:
        is_transposed = image.getexif().get(_ORIENTATION_TAG, 1) >= _FIRST_TRANSPOSED
        return (image.height, image.width) if is_transposed else image.size


def _walk(
    root: Path, prefix: str, skipped: tuple[int, int] | None, recursive: bool, unreadable: list[tuple[Path, str]]
) -> Iterator[FoundFile]:
    """Yield the images in a folder and, if `recursive` is true, in its subfolders."""
    try:
        images, folders = list_folder(root / prefix)
    except OSError as error:
        unreadable.append((root / prefix, os_error_reason(error)))
        return
    for entry in images:
        stat = _stat(entry)
        yield FoundFile(root, f"{prefix}{entry.name}", stat.st_size, stat.st_mtime_ns)
    for entry in folders if recursive else ():
        if _folder_id(Path(entry.path)) != skipped:
            yield from _walk(root, f"{prefix}{entry.name}/", skipped, recursive, unreadable)


def _stat(entry: os.DirEntry[str]) -> os.stat_result:
    """Return the status of a file. For a broken link, return the status of the link itself."""
    try:
        return entry.stat()
    except OSError:
        return entry.stat(follow_symlinks=False)


def _folder_id(folder: Path) -> tuple[int, int] | None:
    """Return the device and inode numbers of a folder, or None if it does not exist.

    These numbers are equal for all paths and links that refer to the same folder.
    """
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _sort_key(path: str) -> str:
    """Return the sort key of a path. It puts accented letters next to plain letters."""
    return unicodedata.normalize("NFKD", path.casefold())


def _matches_any(path: str, patterns: tuple[str, ...]) -> bool:
    whole = path.casefold()
    last = whole.rpartition("/")[2]
    return any(fnmatch(part, pattern.casefold()) for pattern in patterns for part in (whole, last))

"""Which pictures lie in a folder: the tree below it, without junk and without what this program wrote there."""

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from engine.datasets.folders import list_folder
from engine.errors import SourceUnreadable
from engine.imaging.codecs import opening
from engine.system.files import reason_of

_ORIENTATION, _FIRST_TURNED = 0x0112, 5  # the EXIF tag; from 5 on width and height change places


@dataclass(frozen=True)
class Found:
    """A file that may be a picture.

    Attributes
    ----------
    root : the folder that was searched, or that of a file named by itself; absolute
    path : below the root, with "/" between its parts
    size, mtime_ns : as the folder says, bytes and ns
    """

    root: Path
    path: str
    size: int
    mtime_ns: int

    @property
    def source(self) -> Path:
        return self.root / self.path


@dataclass(frozen=True)
class Listing:
    """What was found, sorted, and the folders that could not be looked into, each with the system's reason."""

    found: tuple[Found, ...]
    unreadable: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True)
class Filter:
    """Which of the pictures: `*.png`, `2019/*`. All if nothing is said; letter case does not matter."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, path: str) -> bool:
        """Whether a path below the root is wanted; a pattern may be about all of it or its last part."""
        return (not self.include or _fits(path, self.include)) and not _fits(path, self.exclude)


def find(
    sources: tuple[Path, ...], output: Path | None = None, *, recursive: bool = True, wanted: Filter = Filter()
) -> Listing:
    """Every picture in these folders, and these files, whatever they are called.

    Which files of a folder count, `list_folder` says. The folder `output`, if given, is left out where it lies below
    one of them.

    Raises
    ------
    NoPictures
        If one of the sources does not exist, or a folder named by itself cannot be looked into.
    """
    found: dict[tuple[Path, str], Found] = {}
    unreadable: list[tuple[Path, str]] = []
    own = _identity(output) if output is not None else None
    for source in sources:
        try:
            source = source.resolve(strict=True)
            if not source.is_dir():
                about = source.stat()
                found[source.parent, source.name] = Found(source.parent, source.name, about.st_size, about.st_mtime_ns)
                continue
            os.scandir(source).close()
        except OSError as error:
            raise SourceUnreadable(folder=source, reason=reason_of(error)) from error
        for one in _below(source, "", own, recursive, unreadable):
            if wanted.takes(one.path):
                found[source, one.path] = one
    order = sorted(found.values(), key=lambda one: (str(one.root), _place(one.path), one.path))
    return Listing(tuple(order), tuple(unreadable))


def size_of(path: Path) -> tuple[int, int] | None:
    """(width, height) by the file's header, upright; None if it has none that can be read."""
    try:
        with opening.opened(path) as image:
            turned = image.getexif().get(_ORIENTATION, 1) >= _FIRST_TURNED
            return (image.height, image.width) if turned else image.size
    except Exception:  # codecs fail with anything; the reading itself will say what is wrong
        return None


def _below(
    root: Path, below: str, own: tuple[int, int] | None, recursive: bool, unreadable: list[tuple[Path, str]]
) -> Iterator[Found]:
    """The pictures in a folder of the tree, and in those below it."""
    try:
        images, folders = list_folder(root / below)
    except OSError as error:
        unreadable.append((root / below, reason_of(error)))
        return
    for entry in images:
        about = _about(entry)
        yield Found(root, f"{below}{entry.name}", about.st_size, about.st_mtime_ns)
    for entry in folders if recursive else ():
        if _identity(Path(entry.path)) != own:
            yield from _below(root, f"{below}{entry.name}/", own, recursive, unreadable)


def _about(entry: os.DirEntry[str]) -> os.stat_result:
    """A file's size and time; those of the link itself where it leads nowhere."""
    try:
        return entry.stat()
    except OSError:
        return entry.stat(follow_symlinks=False)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What a folder is, under whatever name or link; None if it does not exist."""
    try:
        about = folder.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _place(path: str) -> str:
    """Where a path stands in a list: an accented letter beside the plain one."""
    return unicodedata.normalize("NFKD", path.casefold())


def _fits(path: str, patterns: tuple[str, ...]) -> bool:
    whole = path.casefold()
    last = whole.rpartition("/")[2]
    return any(fnmatch(part, pattern.casefold()) for pattern in patterns for part in (whole, last))

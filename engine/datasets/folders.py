"""Folders of pictures, and which of their files count: one rule for the batch, scores, training and the window."""

import os
import stat
from pathlib import Path

from engine.errors import NoPictures, SourceUnreadable, mark
from engine.imaging.codecs.formats import FORMATS
from engine.system.files import reason_of

STARTER = "starter"  # what a person calls the folder of `starter_folder`
_SYSTEM_FOLDERS = frozenset(("__macosx", "$recycle.bin", "system volume information"))


def list_folder(folder: Path) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """List the image files and the subfolders of a folder, in no order, without the hidden ones.

    Hidden are names that start with a dot, and the folders that operating systems keep for themselves. An image is
    known by its file extension. A link to a file counts even if its target is missing: reading it reports why. A link
    to a folder does not count, since it may lead back.

    Raises
    ------
    OSError
    """
    with os.scandir(folder) as scanned:
        entries = [entry for entry in scanned if not _is_hidden(entry.name)]
    images = [entry for entry in entries if Path(entry.name).suffix.lower() in FORMATS and _is_file(entry)]
    return images, [entry for entry in entries if entry.is_dir(follow_symlinks=False)]


def pictures_in(folder: Path) -> list[Path]:
    """The picture files directly in a folder, by name, as `list_folder` counts them.

    Raises
    ------
    NoPictures
        If it is no folder, or holds none.
    SourceUnreadable
        If it cannot be listed.
    """
    if not folder.is_dir():
        raise NoPictures(folder=folder, reason=mark("It is not a folder."))
    try:
        images, _subfolders = list_folder(folder)
    except OSError as error:
        raise SourceUnreadable(folder=folder, reason=reason_of(error)) from error
    files = sorted(folder / entry.name for entry in images)
    if not files:
        raise NoPictures(
            folder=folder, reason=mark("PNG, JPEG, TIFF, WebP, AVIF and other usual picture files count.")
        )
    return files


def starter_folder() -> Path:
    """Where the few free photographs lie that come with the program, to try things and to train on without a network.

    In a checkout, an installation or a bundle; resources/samples/README.md says whose they are.
    """
    engine = Path(__file__).resolve().parents[1]
    installed = engine / "_samples"
    return installed if installed.is_dir() else engine.parent / "resources" / "samples"


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _SYSTEM_FOLDERS


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a regular file or a broken link, and no folder, pipe or device."""
    try:
        return stat.S_ISREG(entry.stat().st_mode)
    except OSError:
        return entry.is_symlink()

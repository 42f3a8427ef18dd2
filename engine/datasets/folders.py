"""List the image files of folders: one rule for the batch, evaluation, training and the window."""

import os
import stat
from pathlib import Path

from engine.errors import N_, NoImages, SourceUnreadable
from engine.imaging.codecs.formats import READABLE
from engine.system.files import os_error_reason

STARTER = "starter"  # the name of `starter_folder` in commands
_SYSTEM_FOLDERS = frozenset(("__macosx", "$recycle.bin", "system volume information"))


def list_folder(folder: Path) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """List the image files and the subfolders of a folder, unsorted, without hidden ones.

    Names that start with a dot and the system's own folders are hidden. Images are recognized by their file extension.
    Broken links to files are included, and reading them reports the reason. Links to folders are excluded, because
    they can form cycles.

    Raises
    ------
    OSError
    """
    with os.scandir(folder) as scanned:
        entries = [entry for entry in scanned if not _is_hidden(entry.name)]
    images = [entry for entry in entries if Path(entry.name).suffix.lower() in READABLE and _is_file(entry)]
    return images, [entry for entry in entries if entry.is_dir(follow_symlinks=False)]


def list_images(folder: Path) -> list[Path]:
    """List the image files directly in a folder, sorted by name. See `list_folder`.

    Raises
    ------
    NoImages
        If it is not a folder, or contains no images.
    SourceUnreadable
        If it cannot be listed.
    """
    if not folder.is_dir():
        raise NoImages(folder=folder, reason=N_("It is not a folder."))
    try:
        images, _subfolders = list_folder(folder)
    except OSError as error:
        raise SourceUnreadable(folder=folder, reason=os_error_reason(error)) from error
    files = sorted(folder / entry.name for entry in images)
    if not files:
        raise NoImages(folder=folder, reason=N_("PNG, JPEG, TIFF, WebP, AVIF and other usual picture files count."))
    return files


def starter_folder() -> Path:
    """Return the folder of the free photographs that are included with the program.

    It works in a checkout, an installation and a bundle. Credits are in resources/samples/README.md.
    """
    engine = Path(__file__).resolve().parents[1]
    installed = engine / "_samples"
    return installed if installed.is_dir() else engine.parent / "resources" / "samples"


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _SYSTEM_FOLDERS


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a regular file or a broken link."""
    try:
        return stat.S_ISREG(entry.stat().st_mode)
    except OSError:
        return entry.is_symlink()

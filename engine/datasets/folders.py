"""List the image files in folders. Batches, evaluation, training and the window use the same rules."""

import os
import stat
from pathlib import Path

from engine.errors import N_, NoImages, SourceUnreadable
from engine.imaging.codecs.formats import READABLE
from engine.system.files import os_error_reason

STARTER = "starter"  # name of the included photographs on the command line
_SYSTEM_FOLDERS = frozenset(("__macosx", "$recycle.bin", "system volume information"))


def list_folder(folder: Path) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """Return the image files and the subfolders of a folder, in no particular order.

    Image files are recognized by their file extension. Hidden files and folders, whose names start with a dot, and
    folders of the operating system are excluded. Links to folders are excluded, because they can form cycles. Broken
    links to image files are included, so that reading them reports an error.

    Returns
    -------
    images, subfolders : list of os.DirEntry

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    with os.scandir(folder) as scanned:
        entries = [entry for entry in scanned if not is_hidden(entry.name)]
    images = [entry for entry in entries if Path(entry.name).suffix.lower() in READABLE and _is_file(entry)]
    return images, [entry for entry in entries if entry.is_dir(follow_symlinks=False)]


def list_images(folder: Path) -> list[Path]:
    """Return the paths of the image files in a folder, sorted by name. Subfolders are not searched.

    See `list_folder` for which files are included.

    Raises
    ------
    NoImages
        If the path is not a folder, or if the folder contains no image files.
    SourceUnreadable
        If the folder cannot be read.
    """
    if not folder.is_dir():
        raise NoImages(
            folder=folder, reason=N_("There is no folder at this path. Check the path or choose another folder.")
        )
    try:
        images, _subfolders = list_folder(folder)
    except OSError as error:
        raise SourceUnreadable(folder=folder, reason=os_error_reason(error)) from error
    files = sorted(folder / entry.name for entry in images)
    if not files:
        reason = N_("Choose a folder with images in PNG, JPEG, TIFF, or another supported format.")
        raise NoImages(folder=folder, reason=reason)
    return files


def starter_set_folder() -> Path:
    """Return the folder of the starter set, the free photographs that are included with the program.

    The folder exists in a source checkout, in an installation and in the packaged app. The photographers are credited
    in resources/samples/README.md.
    """
    engine = Path(__file__).resolve().parents[1]
    installed = engine / "_samples"
    return installed if installed.is_dir() else engine.parent / "resources" / "samples"


def is_hidden(name: str) -> bool:
    """Return whether the name of a file or folder marks it as hidden or as a system file."""
    return name.startswith(".") or name.casefold() in _SYSTEM_FOLDERS


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether a directory entry is a regular file or a broken link."""
    try:
        return stat.S_ISREG(entry.stat().st_mode)
    except OSError:
        return entry.is_symlink()

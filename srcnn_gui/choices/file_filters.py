"""File filters and overwrite checks for the dialogs that open and save files."""

import re
from pathlib import Path

from PySide6.QtWidgets import QWidget

from engine.imaging.codecs.formats import READABLE, WRITABLE
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.confirm import ask_to_confirm

_READABLE_PATTERNS = " ".join(f"*{suffix}" for suffix in READABLE)
_WRITABLE = " ".join(f"*{suffix}" for suffix in WRITABLE)
_SEPARATE_FORMATS = (
    "PNG (*.png);;JPEG (*.jpg *.jpeg);;TIFF (*.tif *.tiff);;WebP (*.webp);;AVIF (*.avif);;JPEG XL (*.jxl)"
    ";;GIF (*.gif);;BMP (*.bmp)"
)


def open_filter() -> str:
    """Return the file dialog filter for image files that can be opened."""
    return f"{_('Images')} ({_READABLE_PATTERNS} {_READABLE_PATTERNS.upper()});;{_('All files')} (*)"


def save_filter(*, separate_formats: bool) -> str:
    """Return the file dialog filters for saving images: one for all formats.

    If `separate_formats` is true, a separate filter for each format follows.
    """
    return f"{_('Images')} ({_WRITABLE})" + (f";;{_SEPARATE_FORMATS}" if separate_formats else "")


def confirm_overwrite(parent: QWidget, confirmed_path: Path, path: Path) -> Path | None:
    """Return `path`, or None if the file exists and the user decides not to overwrite it.

    The user is asked only if `path` differs from `confirmed_path`, for which the file dialog has already asked. They
    differ if an extension was added after the dialog was closed.
    """
    if path == confirmed_path or not path.exists():
        return path
    question = _("{name} already exists. Overwrite it?").format(name=path.name)
    return path if ask_to_confirm(parent, _("Overwrite File"), question, _("Overwrite")) else None


def add_extension(path: Path, file_filter: str) -> Path:
    """If a path has no extension, add the first extension of a filter such as "PyTorch (*.pth *.pt)"."""
    extension = re.search(r"\*(\.\w+)", file_filter)
    return path if path.suffix or extension is None else path.with_name(path.name + extension[1])

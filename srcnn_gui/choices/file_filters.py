"""What the dialogs that open and save files offer."""

import re
from pathlib import Path

from PySide6.QtWidgets import QWidget

from engine.imaging.codecs.formats import FORMATS, WRITABLE
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui.confirm import confirmed

_READABLE = " ".join(f"*{suffix}" for suffix in FORMATS)
_WRITABLE = " ".join(f"*{suffix}" for suffix in WRITABLE)
_ONE_BY_ONE = (
    "PNG (*.png);;JPEG (*.jpg *.jpeg);;TIFF (*.tif *.tiff);;WebP (*.webp);;AVIF (*.avif);;GIF (*.gif);;BMP (*.bmp)"
)


def to_open() -> str:
    """Pictures that can be read."""
    return f"{_('Pictures')} ({_READABLE} {_READABLE.upper()});;{_('All files')} (*)"


def to_save(*, one_by_one: bool) -> str:
    """Pictures that can be written, all in one line, and then each format in its own."""
    return f"{_('Pictures')} ({_WRITABLE})" + (f";;{_ONE_BY_ONE}" if one_by_one else "")


def agreed(parent: QWidget, asked_about: Path, path: Path) -> Path | None:
    """`path`, unless it is a file that must stay; None then.

    A file dialog asks before it returns the name of a file that exists, so a question is left only for a path that got
    its file extension afterwards.
    """
    if path == asked_about or not path.exists():
        return path
    words = _("{name} already exists. Overwrite it?").format(name=path.name)
    return path if confirmed(parent, _("Overwrite the file"), words, _("Overwrite")) else None


def with_ending(path: Path, kind: str) -> Path:
    """A name without an ending gets that of the kind of file that was chosen, such as "PyTorch (*.pth *.pt)"."""
    first = re.search(r"\*(\.\w+)", kind)
    return path if path.suffix or first is None else path.with_name(path.name + first[1])

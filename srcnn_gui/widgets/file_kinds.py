"""What the dialogs that open and save files offer."""

import re
from pathlib import Path

from srcnn_gui.messages import _
from srcnn_gui.presenters.compare_state import PICTURE_PATTERNS, WRITABLE_PATTERNS

_ONE_BY_ONE = (
    "PNG (*.png);;JPEG (*.jpg *.jpeg);;TIFF (*.tif *.tiff);;WebP (*.webp);;AVIF (*.avif);;GIF (*.gif);;BMP (*.bmp)"
)


def to_open() -> str:
    """Pictures that can be read."""
    return f"{_('Pictures')} ({PICTURE_PATTERNS} {PICTURE_PATTERNS.upper()});;{_('All files')} (*)"


def to_save(*, one_by_one: bool) -> str:
    """Pictures that can be written, all in one line, and then each format in its own."""
    return f"{_('Pictures')} ({WRITABLE_PATTERNS})" + (f";;{_ONE_BY_ONE}" if one_by_one else "")


def with_ending(path: Path, kind: str) -> Path:
    """A name without an ending gets that of the kind of file that was chosen, such as "PyTorch (*.pth *.pt)"."""
    first = re.search(r"\*(\.\w+)", kind)
    return path if path.suffix or first is None else path.with_name(path.name + first[1])

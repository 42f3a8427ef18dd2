"""What the dialogs that open and save files offer."""

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

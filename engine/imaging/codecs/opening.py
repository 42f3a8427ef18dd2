"""Open image files with Pillow, without its limit on the number of pixels.

Pillow's limit, `PIL.Image.MAX_IMAGE_PIXELS`, applies to the whole process. It is lifted only while a header is read,
and while an image that exceeds it is decoded or encoded. After the header is read, callers must check the engine's own
limit, `decoding.MAX_MEGAPIXELS`.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from threading import Lock
from typing import IO, Any

import PIL.Image

# Pillow's names of the readable formats, except TIFF and JPEG XL, which have their own modules
READABLE_FORMATS = (
    *("PNG", "JPEG", "BMP", "DIB", "WEBP", "GIF", "AVIF", "HEIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "SGI"),
)


@contextmanager
def open_image(source: Path | IO[bytes], allowed_formats: Sequence[str] | None = None) -> Iterator[PIL.Image.Image]:
    """Context manager that opens an image file without decoding it.

    The caller must check the size of the image, and then load its pixels inside the context.

    Parameters
    ----------
    source : path, or seekable file object
    allowed_formats : Pillow's names of the accepted formats, such as `READABLE_FORMATS`; None accepts all formats

    Raises
    ------
    PIL.UnidentifiedImageError
        If the file has none of these formats.
    OSError, SyntaxError, ValueError and others
        From Pillow, for damaged files.
    """
    heif_decoder()
    with _PIXEL_LIMIT.lifted():
        image = PIL.Image.open(source, formats=None if allowed_formats is None else list(allowed_formats))
    with image, lift_pixel_limit(image.width, image.height):
        yield image


def lift_pixel_limit(width: int, height: int) -> AbstractContextManager[None]:
    """Return a context manager that lifts Pillow's limit if an image of this size in pixels exceeds it."""
    return _PIXEL_LIMIT.lifted() if width * height > _PIXEL_LIMIT.pixels else nullcontext()


@cache
def heif_decoder() -> Any:
    """Return the module pi_heif, which decodes HEIC files, after registering it with Pillow."""
    package: Any = importlib.import_module("pi_heif")
    package.register_heif_opener(thumbnails=False)
    return package


class _PillowPixelLimit:
    """Pillow's limit on the number of pixels, which several threads can lift at the same time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lift_count = 0
        self._original: int | None = None

    @property
    def pixels(self) -> float:
        """The regular limit in pixels, even while it is lifted."""
        with self._lock:
            limit = self._original if self._lift_count else PIL.Image.MAX_IMAGE_PIXELS
        return sys.maxsize if limit is None else limit

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Context manager that lifts the limit until the last active context ends."""
        with self._lock:
            if not self._lift_count:
                self._original, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
            self._lift_count += 1
        try:
            yield
        finally:
            with self._lock:
                self._lift_count -= 1
                if not self._lift_count:
                    PIL.Image.MAX_IMAGE_PIXELS = self._original


_PIXEL_LIMIT = _PillowPixelLimit()

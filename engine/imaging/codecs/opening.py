"""Open image files with Pillow, with the engine's limit on pixels instead of Pillow's.

Pillow's limit, `PIL.Image.MAX_IMAGE_PIXELS`, applies to the whole process. It is lifted only to read a header, and to
decode or encode an image that exceeds it. Callers check the engine's limit (`decoding.MAX_MEGAPIXELS`) in between.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import IO, Any

import PIL.Image

_FORMATS = ("PNG", "JPEG", "BMP", "DIB", "WEBP", "GIF", "AVIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "SGI")


@contextmanager
def open_image(source: Path | IO[bytes], allowed_formats: Sequence[str] | None = None) -> Iterator[PIL.Image.Image]:
    """Open an image file without decoding it. The caller must check the size and load the pixels.

    Parameters
    ----------
    source : a path, or a seekable file
    allowed_formats : Pillow's names of the formats to accept, such as `readable_formats()`; None for all formats

    Raises
    ------
    PIL.UnidentifiedImageError
        For any other format.
    OSError, SyntaxError, ValueError and others
        From Pillow, for damaged files.
    """
    pillow_heif()
    with _PIXEL_LIMIT.lifted():
        image = PIL.Image.open(source, formats=None if allowed_formats is None else list(allowed_formats))
    with image, lift_pixel_limit(image.width, image.height):
        yield image


def lift_pixel_limit(width: int, height: int) -> AbstractContextManager[None]:
    """Lift Pillow's limit in this context if an image of this size exceeds it."""
    return _PIXEL_LIMIT.lifted() if width * height > _PIXEL_LIMIT.pixels else nullcontext()


def readable_formats() -> tuple[str, ...]:
    """Return Pillow's names of the readable formats, without TIFF, which `tiff_reading` reads."""
    return (*_FORMATS, "HEIF") if pillow_heif() else _FORMATS


@cache
def pillow_heif() -> Any:
    """Register the package pillow_heif with Pillow and return it; None if it is not installed."""
    with suppress(ImportError):
        package: Any = importlib.import_module("pillow_heif")
        package.register_heif_opener(thumbnails=False)
        return package
    return None


class _PillowPixelLimit:
    """Pillow's limit on pixels, which several threads can lift at the same time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lift_count = 0
        self._original: int | None = None

    @property
    def pixels(self) -> float:
        """The limit that applies when it is not lifted."""
        with self._lock:
            limit = self._original if self._lift_count else PIL.Image.MAX_IMAGE_PIXELS
        return sys.maxsize if limit is None else limit

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Lift the limit in this context. The last thread to leave restores it."""
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

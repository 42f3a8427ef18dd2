"""Opening image files with Pillow: the formats that are read, and our limit on pixels in place of its own.

Pillow's limit, `PIL.Image.MAX_IMAGE_PIXELS`, is one for the whole process. It is lifted only while a header is read,
and while an image that is over it is decoded or encoded; callers check ours (`decoding.MOST_MEGAPIXELS`) in between.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import IO, Any

from PIL import Image

_FORMATS = ("PNG", "JPEG", "BMP", "DIB", "WEBP", "GIF", "AVIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "SGI")


@contextmanager
def opened(source: Path | IO[bytes], known: Sequence[str] | None = None) -> Iterator[Image.Image]:
    """Open an image file for as long as this lasts; its pixels are still to be checked and loaded.

    Parameters
    ----------
    source : a path, or a file that can be sought
    known : the formats that it may have, by Pillow's names, such as `formats()`; by default all that Pillow knows

    Raises
    ------
    PIL.UnidentifiedImageError
        If it is none of these. Otherwise what Pillow raises for damaged files: OSError, SyntaxError, ValueError ...
    """
    heif()
    with _LIMIT.lifted():
        image = Image.open(source, formats=None if known is None else list(known))
    with image, unlimited(image.width, image.height):
        yield image


def unlimited(width: int, height: int) -> AbstractContextManager[None]:
    """Do without Pillow's limit inside if an image of this size, which is known to be wanted, is over it."""
    return _LIMIT.lifted() if width * height > _LIMIT.pixels else nullcontext()


def formats() -> tuple[str, ...]:
    """The formats that are read, by Pillow's names; TIFF is read by `tiff_reading`."""
    return (*_FORMATS, "HEIF") if heif() else _FORMATS


@cache
def heif() -> Any:
    """The package pillow_heif, made known to Pillow, if the extra "heif" is installed; None if not."""
    with suppress(ImportError):
        package: Any = importlib.import_module("pillow_heif")
        package.register_heif_opener(thumbnails=False)
        return package
    return None


class _PillowsLimit:
    """Pillow's limit, which several threads can lift at a time: the last one puts it back."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lifted_by = 0
        self._before: int | None = None

    @property
    def pixels(self) -> float:
        """How many pixels it allows where it is not lifted."""
        with self._lock:
            limit = self._before if self._lifted_by else Image.MAX_IMAGE_PIXELS
        return sys.maxsize if limit is None else limit

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Do without it inside."""
        with self._lock:
            if not self._lifted_by:
                self._before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            self._lifted_by += 1
        try:
            yield
        finally:
            with self._lock:
                self._lifted_by -= 1
                if not self._lifted_by:
                    Image.MAX_IMAGE_PIXELS = self._before


_LIMIT = _PillowsLimit()

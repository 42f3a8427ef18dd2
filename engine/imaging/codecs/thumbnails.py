"""Thumbnails of image files, for the lists in the window."""

from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageOps

from engine.errors import ImageTooLarge
from engine.imaging.codecs import image_files, opening
from engine.imaging.codecs.decoding import MAX_MEGAPIXELS
from engine.imaging.color import to_uint8
from engine.imaging.image import Image


def read_thumbnail(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """Return an upright thumbnail of the first frame of an image file.

    For speed, large JPEG files are decoded at a reduced size.

    Parameters
    ----------
    width, height : maximum size of the thumbnail in pixels

    Returns
    -------
    (h, w, 3) uint8, or (h, w, 4) uint8 if the image has transparency

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    """
    try:
        with opening.open_image(path, (*opening.READABLE_FORMATS, "TIFF")) as image:
            if image.width * image.height > MAX_MEGAPIXELS * 1_000_000:
                raise ImageTooLarge(name=path.name, width=image.width, height=image.height, limit=MAX_MEGAPIXELS)
            side = max(width, height)  # the image may be rotated by 90 degrees
            image.draft("RGB", (side, side))
            small = ImageOps.exif_transpose(_to_8_bits(image))
            small.thumbnail((width, height), PIL.Image.Resampling.BOX, reducing_gap=2)
            return np.array(small.convert("RGBA" if small.has_transparency_data else "RGB"))
    except ImageTooLarge:
        raise
    except Exception:  # codecs raise many types: OSError, SyntaxError, struct.error, ValueError ...
        return _shrink(image_files.read(path), width, height)


def _shrink(image: Image, width: int, height: int) -> NDArray[np.uint8]:
    """Return a thumbnail of a decoded image."""
    levels = image.pixels if image.alpha is None else np.dstack([image.pixels, image.alpha])
    small = PIL.Image.fromarray(np.squeeze(to_uint8(levels), axis=2) if levels.shape[2] == 1 else to_uint8(levels))
    small.thumbnail((width, height), PIL.Image.Resampling.BOX, reducing_gap=2)
    return np.array(small.convert("RGB" if image.alpha is None else "RGBA"))


def _to_8_bits(image: PIL.Image.Image) -> PIL.Image.Image:
    """Scale a 16-bit image to 8 bits, because Pillow would clip the values.

    Return other images unchanged.
    """
    if image.mode.startswith("I;16"):
        return PIL.Image.fromarray(to_uint8(np.asarray(image).astype(np.uint16)))
    return image

"""Small versions of picture files, for lists: quick, and good enough to recognise a picture by."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from engine.errors import PictureTooLarge, PictureUnreadable, mark
from engine.imaging.codecs import opening
from engine.imaging.codecs.decoding import MOST_MEGAPIXELS
from engine.imaging.color import in_8_bits


def thumbnail(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """A picture file's first frame, upright, at most `width` x `height` px: (h, w, 3|4) uint8, four if transparent.

    A JPEG is decoded at an eighth, quarter or half of its size where that is enough.

    Raises
    ------
    PictureUnreadable, PictureTooLarge
    """
    try:
        with opening.opened(path, (*opening.formats(), "TIFF")) as image:
            if image.width * image.height > MOST_MEGAPIXELS * 1_000_000:
                raise PictureTooLarge(name=path.name, width=image.width, height=image.height, limit=MOST_MEGAPIXELS)
            side = max(width, height)  # a quarter turn may come
            image.draft("RGB", (side, side))
            small = ImageOps.exif_transpose(_shallow(image))
            small.thumbnail((width, height), Image.Resampling.BOX, reducing_gap=2)
            return np.array(small.convert("RGBA" if small.has_transparency_data else "RGB"))
    except PictureTooLarge:
        raise
    except Exception as error:  # codecs fail with anything: OSError, SyntaxError, struct.error, ValueError ...
        raise PictureUnreadable(name=path.name, reason=mark("the file is damaged or cut short.")) from error


def _shallow(image: Image.Image) -> Image.Image:
    """8 bits of a deeper picture: Pillow would cut its values off instead of scaling them."""
    if image.mode.startswith("I;16"):
        return Image.fromarray(in_8_bits(np.asarray(image).astype(np.uint16)))
    return image

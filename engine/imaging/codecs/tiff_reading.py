"""TIFF: 8 bits through Pillow, deeper and rarer samples through tifffile; every page is a picture."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from engine.errors import PictureUnreadable, mark
from engine.imaging.codecs import decoding, high_bit_depth, metadata, opening, profiles
from engine.imaging.color import Pixels
from engine.imaging.image import Picture

# How a TIFF's pixels lie in its file: wrong for any other picture, though Pillow counts these tags as EXIF.
LAYOUT = frozenset(
    tag
    for first, last in ((254, 259), (277, 279), (282, 284), (322, 325), (512, 521), (529, 532))
    for tag in range(first, last + 1)
) | {262, 266, 273, 274, 296, 317, 320, 330, 332, 338, 339, 347, 700, 34675}
_REDUCED, _MASK = 1, 4  # kinds of further pictures in a file that are no pages
_PREMULTIPLIED, _STRAIGHT = 1, 2  # kinds of extra samples
_MOST_PAGES = 10_000
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INKS = 0, 1, 2, 3, 5


def decode(content: bytes, name: str) -> Picture:
    """Decode a TIFF; raises PictureUnreadable, PictureTooLarge, NotEnoughMemory, and what codecs raise."""
    with tifffile.TiffFile(BytesIO(content)) as file:
        pages = _pages(file, name)
        with _pillow(content) as image:
            made = [_page(page, index, image, content, name) for index, page in pages]
    exif = _exif(content)
    return Picture(**{**made[0].__dict__, "exif": metadata.upright_exif(exif), "frames": tuple(made[1:])})


@contextmanager
def _pillow(content: bytes) -> Iterator[Image.Image | None]:
    """The file opened by Pillow, or None if Pillow does not know it."""
    with ExitStack() as stack:
        try:
            image = stack.enter_context(opening.opened(BytesIO(content), ["TIFF"]))
        except (UnidentifiedImageError, OSError, ValueError, KeyError, TypeError, SyntaxError):
            image = None
        yield image


def _pages(file: tifffile.TiffFile, name: str) -> list[tuple[int, tifffile.TiffPage]]:
    """The pages with their places in the file; reduced copies and masks are none."""
    found: list[tuple[int, tifffile.TiffPage]] = []
    pixels = 0
    for index in range(min(len(file.pages), _MOST_PAGES)):
        page = file.pages[index]
        if not isinstance(page, tifffile.TiffPage):
            page = page.aspage()
        if index and page.subfiletype & (_REDUCED | _MASK):
            continue
        pixels += page.imagewidth * page.imagelength
        size = page.imagewidth, max(1, pixels // max(1, page.imagewidth))
        decoding.check_size(name, *size, bytes_per_px=max(1, page.samplesperpixel * page.dtype.itemsize
                                                          if page.dtype else 1))  # fmt: skip
        found.append((index, page))
    if not found:
        raise ValueError("no pages")
    return found


def _page(page: tifffile.TiffPage, index: int, image: Image.Image | None, content: bytes, name: str) -> Picture:
    """One page as a picture, upright."""
    kept: dict[str, Any] = {
        "icc": _value(page, 34675),
        "xmp": metadata.upright_xmp(_value(page, 700)),
        "dpi": _dpi(page),
    }
    usual = page.sampleformat == 1 and page.bitspersample <= 8
    if image is not None and usual:
        image.seek(index)
        decoding.check_size(name, image.width, image.height)
        image.load()
        if image.mode == "CMYK":
            pixels, alpha = profiles.cmyk_to_srgb(np.asarray(image), kept["icc"]), None
            kept["icc"] = profiles.srgb()
        else:
            pixels, alpha = decoding.samples(image, name)
    else:
        pixels, alpha = _samples(page, kept, name)
    turned = page.tags.valueof(274, 1)
    if turned not in range(2, 9):
        return Picture(pixels, alpha, **kept)
    if image is not None and usual:  # Pillow has turned the pixels already
        dpi = kept["dpi"][::-1] if kept["dpi"] and turned >= 5 else kept["dpi"]
        return Picture(pixels, alpha, **kept | {"dpi": dpi})
    return decoding.upright(Picture(pixels, alpha, **kept), turned)


def _samples(page: tifffile.TiffPage, kept: dict[str, Any], name: str) -> tuple[Pixels, Pixels | None]:
    """Decode a page with tifffile; of CMYK the profile in `kept` becomes sRGB's."""
    photometric, extra = int(page.photometric), tuple(int(kind) for kind in page.extrasamples)
    colours = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _INKS: 4}.get(photometric)
    if colours is None or page.imagedepth != 1 or page.samplesperpixel - len(extra) != colours:
        raise PictureUnreadable(name=name, reason=mark("its colours are neither gray nor RGB."))
    if len(extra) > 1 or (extra and extra[0] not in (_PREMULTIPLIED, _STRAIGHT)):
        raise PictureUnreadable(name=name, reason=mark("it has channels beyond colour and transparency."))
    _refuse_bomb(page)
    stored = np.asarray(page.asarray(maxworkers=1))
    if int(page.planarconfig) == 2 and page.samplesperpixel > 1:
        stored = np.moveaxis(stored, 0, -1)
    stored = stored.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
    if photometric == _PALETTE:
        return np.ascontiguousarray(np.asarray(page.colormap)[:, stored[:, :, 0]].transpose(1, 2, 0)), None
    levels = high_bit_depth.as_unsigned(stored, page.bitspersample, name)
    if photometric == _WHITE_IS_ZERO:
        levels[:, :, 0] = np.iinfo(levels.dtype).max - levels[:, :, 0]
    alpha = levels[:, :, -1].copy() if extra else None
    colour = levels[:, :, :colours]
    if alpha is not None and extra[0] == _PREMULTIPLIED:
        colour = _divided(colour, alpha)
    if photometric == _INKS:
        colour = profiles.cmyk_to_srgb(np.ascontiguousarray(colour), kept["icc"])
        kept["icc"] = profiles.srgb()
    return np.ascontiguousarray(colour), alpha


def _refuse_bomb(page: tifffile.TiffPage) -> None:
    """Raise ValueError for tiles much larger than the picture, which would be decoded whole."""
    across, down = page.tilewidth or 0, page.tilelength or 0
    if across * down > 16 * (page.imagewidth + 512) * (page.imagelength + 512):
        raise ValueError("absurd tiles")


def _divided(colour: NDArray[Any], alpha: Pixels) -> Pixels:
    """Colour out of what was multiplied by its transparency."""
    top = np.iinfo(alpha.dtype).max
    by = np.maximum(alpha, 1).astype(np.float64)[:, :, None]
    made: Pixels = np.clip(np.floor(colour * (top / by) + 0.5), 0, top).astype(alpha.dtype)
    return made


def _value(page: tifffile.TiffPage, tag: int) -> bytes | None:
    value = page.tags.valueof(tag, None)
    return bytes(value) if isinstance(value, bytes | tuple) and value else None


def _dpi(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Dots per inch; a resolution without a unit says only how square the pixels are."""
    factor = {2: 1.0, 3: 2.54}.get(int(page.tags.valueof(296, 2)))
    stored = [page.tags.valueof(tag, None) for tag in (282, 283)]
    if factor is None or not all(isinstance(value, tuple) and len(value) == 2 and all(value) for value in stored):
        return None
    across, down = (value[0] / value[1] * factor for value in stored)
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def _exif(content: bytes) -> bytes | None:
    """The tags of the first page that say nothing of its layout, as EXIF."""
    stored = Image.Exif()
    try:
        stored.load(content)
        for tag in list(stored):
            if tag in LAYOUT:
                del stored[tag]
        return bytes(stored.tobytes()) if len(stored) else None
    except Exception:  # Pillow's reader of EXIF fails with anything; the pixels are there
        return None

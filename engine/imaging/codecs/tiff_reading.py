"""Read TIFF files. Pillow decodes 8-bit samples, and tifffile all others. Each page becomes an image."""

import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
import tifffile
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from engine.errors import N_, ImageUnreadable
from engine.imaging.codecs import decoding, exif, high_bit_depth, opening, profiles, xmp
from engine.imaging.color import Pixels
from engine.imaging.image import Image

# Tags that describe how a TIFF stores its pixels. Pillow reports them as EXIF, but they are wrong in other files.
LAYOUT_TAGS = frozenset(
    tag
    for first, last in ((254, 259), (277, 279), (282, 284), (322, 325), (512, 521), (529, 532))
    for tag in range(first, last + 1)
) | {262, 266, 273, 274, 296, 317, 320, 330, 332, 338, 339, 347, 700, 34675}
_REDUCED, _MASK = 1, 4  # subfile types that are not pages
_PREMULTIPLIED, _STRAIGHT = 1, 2  # kinds of extra samples
_MAX_PAGES = 10_000
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INKS = 0, 1, 2, 3, 5


def decode(content: bytes, file_name: str) -> Image:
    """Decode a TIFF file. Further pages become the frames of the image.

    Parameters
    ----------
    content : bytes of the file
    file_name : file name for error messages

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    OSError, ValueError and others
        From the codecs, for damaged files.
    """
    with tifffile.TiffFile(BytesIO(content)) as file:
        pages = _pages(file, file_name)
        with _open_with_pillow(content) as image:
            decoded = [_decode_page(page, index, image, content, file_name) for index, page in pages]
    first, *frames = decoded
    return replace(first, frames=tuple(frames))


@contextmanager
def _open_with_pillow(content: bytes) -> Iterator[PIL.Image.Image | None]:
    """Context manager that opens a TIFF with Pillow. Its value is None if Pillow cannot read the file."""
    if content.startswith(b"MM\0+"):  # Pillow takes big-endian BigTIFF for a classic TIFF
        yield None
        return
    with ExitStack() as stack:
        try:
            image = stack.enter_context(opening.open_image(BytesIO(content), ["TIFF"]))
        except (UnidentifiedImageError, OSError, ValueError, KeyError, TypeError, SyntaxError):
            image = None
        yield image


def _pages(file: tifffile.TiffFile, file_name: str) -> list[tuple[int, tifffile.TiffPage]]:
    """Return the pages of a TIFF with their indices, except thumbnails and masks.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
        If the pages cannot be decoded because of their size.
    ValueError
        If there are no pages.
    """
    pages: list[tuple[int, tifffile.TiffPage]] = []
    pixels = 0
    for index in range(min(len(file.pages), _MAX_PAGES)):
        page = file.pages[index]
        if not isinstance(page, tifffile.TiffPage):
            page = page.aspage()
        if index and page.subfiletype & (_REDUCED | _MASK):
            continue
        pixels += page.imagewidth * page.imagelength
        size = page.imagewidth, max(1, pixels // max(1, page.imagewidth))
        decoding.check_size(file_name, *size, bytes_per_px=max(1, page.samplesperpixel * page.dtype.itemsize
                                                          if page.dtype else 1))  # fmt: skip
        pages.append((index, page))
    if not pages:
        raise ValueError("no pages")
    return pages


def _decode_page(
    page: tifffile.TiffPage, index: int, image: PIL.Image.Image | None, content: bytes, file_name: str
) -> Image:
    """Decode a page to an upright Image.

    Parameters
    ----------
    index : position of the page in the file
    image : file opened with Pillow, or None if Pillow cannot read it
    content : bytes of the file
    file_name : file name for error messages
    """
    fields: dict[str, Any] = {
        "icc": _value(page, 34675),
        "exif": exif.reset_orientation(_exif(page, content)),
        "xmp": xmp.reset_orientation(_value(page, 700)),
        "dpi": _dpi(page),
    }
    is_8_bit = page.sampleformat == 1 and page.bitspersample <= 8
    if image is not None and is_8_bit:
        image.seek(index)
        decoding.check_size(file_name, image.width, image.height)
        image.load()
        if image.mode == "CMYK":
            pixels, alpha = profiles.cmyk_to_srgb(np.asarray(image), fields["icc"]), None
            fields["icc"] = profiles.srgb_profile()
        else:
            pixels, alpha = decoding.extract_samples(image, file_name)
    else:
        pixels, alpha = _decode_samples(page, fields, file_name)
    orientation = page.tags.valueof(274, 1)
    if orientation not in range(2, 9):
        return Image(pixels, alpha, **fields)
    if image is not None and is_8_bit:  # Pillow has already rotated the pixels
        dpi = fields["dpi"][::-1] if fields["dpi"] and orientation >= 5 else fields["dpi"]
        return Image(pixels, alpha, **fields | {"dpi": dpi})
    return decoding.apply_orientation(Image(pixels, alpha, **fields), orientation)


def _decode_samples(page: tifffile.TiffPage, fields: dict[str, Any], file_name: str) -> tuple[Pixels, Pixels | None]:
    """Decode the samples of a page with tifffile.

    CMYK is converted to sRGB. In that case, `fields["icc"]` is set to the sRGB profile.

    Returns
    -------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
    alpha : (H, W) of the same dtype, or None if the page has no alpha channel

    Raises
    ------
    ImageUnreadable
        If the kind of samples is not supported.
    """
    photometric, extra = int(page.photometric), tuple(int(kind) for kind in page.extrasamples)
    color_channels = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _INKS: 4}.get(photometric)
    if color_channels is None or page.imagedepth != 1 or page.samplesperpixel - len(extra) != color_channels:
        raise ImageUnreadable(name=file_name, reason=N_("its colours are neither gray nor RGB."))
    if len(extra) > 1 or (extra and extra[0] not in (_PREMULTIPLIED, _STRAIGHT)):
        raise ImageUnreadable(name=file_name, reason=N_("it has channels beyond colour and transparency."))
    _check_tile_size(page)
    stored = np.asarray(page.asarray(maxworkers=1))
    if int(page.planarconfig) == 2 and page.samplesperpixel > 1:
        stored = np.moveaxis(stored, 0, -1)
    stored = stored.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
    if photometric == _PALETTE:
        return np.ascontiguousarray(np.asarray(page.colormap)[:, stored[:, :, 0]].transpose(1, 2, 0)), None
    levels = high_bit_depth.to_unsigned(stored, page.bitspersample, file_name)
    if photometric == _WHITE_IS_ZERO:
        levels[:, :, 0] = np.iinfo(levels.dtype).max - levels[:, :, 0]
    alpha = levels[:, :, -1].copy() if extra else None
    color = levels[:, :, :color_channels]
    if alpha is not None and extra[0] == _PREMULTIPLIED:
        color = _unpremultiply(color, alpha)
    if photometric == _INKS:
        color = profiles.cmyk_to_srgb(np.ascontiguousarray(color), fields["icc"])
        fields["icc"] = profiles.srgb_profile()
    return np.ascontiguousarray(color), alpha


def _check_tile_size(page: tifffile.TiffPage) -> None:
    """Raise ValueError if the tiles are much larger than the image, because tifffile decodes whole tiles."""
    across, down = page.tilewidth or 0, page.tilelength or 0
    if across * down > 16 * (page.imagewidth + 512) * (page.imagelength + 512):
        raise ValueError("absurd tiles")


def _unpremultiply(color: NDArray[Any], alpha: Pixels) -> Pixels:
    """Convert colors from premultiplied to straight alpha by dividing them by their alpha value."""
    top = np.iinfo(alpha.dtype).max
    divisor = np.maximum(alpha, 1).astype(np.float64)[:, :, None]
    straight: Pixels = np.clip(np.floor(color * (top / divisor) + 0.5), 0, top).astype(alpha.dtype)
    return straight


def _value(page: tifffile.TiffPage, tag: int) -> bytes | None:
    value = page.tags.valueof(tag, None)
    return bytes(value) if isinstance(value, bytes | tuple) and value else None


def _dpi(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Return the (horizontal, vertical) dots per inch of a page.

    The result is None if the page has no resolution, or one without a unit, which is only an aspect ratio.
    """
    factor = {2: 1.0, 3: 2.54}.get(int(page.tags.valueof(296, 2)))
    stored = [page.tags.valueof(tag, None) for tag in (282, 283)]
    if factor is None or not all(isinstance(value, tuple) and len(value) == 2 and all(value) for value in stored):
        return None
    across, down = (value[0] / value[1] * factor for value in stored)
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def _exif(page: tifffile.TiffPage, content: bytes) -> bytes | None:
    """Return the tags of a page as an EXIF block, without those that describe the pixel layout."""
    file = page.parent
    order = "<" if file.byteorder == "<" else ">"
    with suppress(struct.error):
        tags = exif.read_tags(content, page.offset, order, big=file.is_bigtiff, excluded=LAYOUT_TAGS)
        return exif.pack_block(tags, order)
    return None

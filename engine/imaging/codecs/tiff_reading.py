"""Read TIFF files. Each page becomes an image.

Pillow decodes 8-bit samples, and tifffile decodes all other samples.
"""

import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
import tifffile
from numpy.typing import NDArray
from PIL import UnidentifiedImageError

from engine.errors import N_, ImageUnreadable, Message, lazy_format
from engine.imaging.codecs import (
    camera_raw,
    decoding,
    exif,
    high_bit_depth,
    metadata,
    opening,
    photoshop,
    profiles,
    reasons,
    xmp,
)
from engine.imaging.color import Pixels
from engine.imaging.image import Image

# Tags that describe the pixel layout of a TIFF. Pillow reports them as EXIF, but they are wrong for results.
LAYOUT_TAGS = frozenset(
    tag
    for first, last in ((254, 259), (277, 279), (282, 284), (322, 325), (512, 521), (529, 532))
    for tag in range(first, last + 1)
) | {262, 266, 273, 274, 296, 317, 320, 330, 332, 338, 339, 347, 700, 34675}
IPTC, PHOTOSHOP = 33723, 34377
_REDUCED, _MASK = 1, 4  # subfile types that are not pages
_UNSPECIFIED, _PREMULTIPLIED, _STRAIGHT = 0, 1, 2  # kinds of extra samples
_MAX_PAGES, _MAX_PARENTS, _MAX_CHILDREN = 10_000, 16, 16
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INKS, _YCBCR = 0, 1, 2, 3, 5, 6
_JPEG_COMPRESSIONS = (7, 33007)
# uncompressed, CCITT, LZW, JPEG, Deflate, PackBits; for other compressions, libtiff prints messages
_PILLOW_COMPRESSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946)


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
        directories = _directories(file)
        if camera_raw.is_raw_tiff(content, [directory.page for directory in directories]):
            raise camera_raw.unsupported_error(file_name)
        pages, warnings = _pages(directories, file_name)
        with _open_with_pillow(content) as image:
            decoded = [_decode_page(page, index, image, content, file_name) for index, page in pages]
    first, *frames = decoded
    warnings += [warning for page in decoded for warning in page.warnings]
    not_kept = dict.fromkeys(message for page in decoded for message in page.not_kept)
    return replace(first, frames=tuple(frames), warnings=tuple(dict.fromkeys(warnings)), not_kept=tuple(not_kept))


@dataclass(frozen=True)
class _Directory:
    """Directory of a TIFF file, and its index in the chain of pages. The index of a SubIFD is None."""

    index: int | None
    page: tifffile.TiffPage


def _directories(file: tifffile.TiffFile) -> list[_Directory]:
    """Return the pages of a TIFF file in order, followed by the SubIFDs of the first pages."""
    directories = [
        _Directory(index, _full_page(file.pages[index])) for index in range(min(len(file.pages), _MAX_PAGES))
    ]
    below: list[_Directory] = []
    for directory in directories[:_MAX_PARENTS]:
        with suppress(Exception):  # tifffile raises many types; a damaged thumbnail is harmless
            children = directory.page.pages or ()
            below += [_Directory(None, _full_page(children[at])) for at in range(min(len(children), _MAX_CHILDREN))]
    return directories + below


def _full_page(page: tifffile.TiffPage | tifffile.TiffFrame) -> tifffile.TiffPage:
    return page if isinstance(page, tifffile.TiffPage) else page.aspage()


@contextmanager
def _open_with_pillow(content: bytes) -> Iterator[PIL.Image.Image | None]:
    """Context manager that opens a TIFF file with Pillow. It returns None if Pillow cannot read the file."""
    if content.startswith(b"MM\0+"):  # Pillow takes big-endian BigTIFF for a classic TIFF
        yield None
        return
    with ExitStack() as stack:
        try:
            image = stack.enter_context(opening.open_image(BytesIO(content), ["TIFF"]))
        except (UnidentifiedImageError, OSError, ValueError, KeyError, TypeError, SyntaxError):
            image = None
        yield image


def _pages(
    directories: list[_Directory], file_name: str
) -> tuple[list[tuple[int | None, tifffile.TiffPage]], list[Message]]:
    """Return the pages of a TIFF file with their indices, and warnings.

    Thumbnails, reduced copies and masks are excluded. If there are only thumbnails, the images in their SubIFDs are
    returned, or the thumbnails themselves if they have no SubIFDs.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
        If the pages cannot be decoded because of their size.
    ValueError
        If there are no pages.
    """
    chain = [directory for directory in directories if directory.index is not None]
    below = [directory for directory in directories if directory.index is None]
    chosen = [directory for directory in chain if not directory.page.subfiletype & (_REDUCED | _MASK)]
    chosen = chosen or [one for one in below if not one.page.subfiletype & (_REDUCED | _MASK)]
    chosen = chosen or [directory for directory in chain if not directory.page.subfiletype & _MASK]
    has_mask = any(directory.page.subfiletype & _MASK for directory in chain)
    pixels = 0
    for directory in chosen:
        page = directory.page
        pixels += page.imagewidth * page.imagelength
        size = page.imagewidth, max(1, pixels // max(1, page.imagewidth))
        decoding.check_size(file_name, *size, bytes_per_px=max(1, page.samplesperpixel * page.dtype.itemsize
                                                          if page.dtype else 1))  # fmt: skip
    if not chosen:
        raise ValueError("no pages")
    warnings = [N_("A transparency mask was ignored.")] if has_mask else []
    return [(directory.index, directory.page) for directory in chosen], warnings


def _decode_page(
    page: tifffile.TiffPage, index: int | None, image: PIL.Image.Image | None, content: bytes, file_name: str
) -> Image:
    """Decode a page to an upright Image.

    Parameters
    ----------
    index : position of the page in the file, or None if it is not in the chain of pages
    image : file opened with Pillow, or None if Pillow cannot read it
    content : bytes of the file
    file_name : file name for error messages
    """
    packet, parts = xmp.without_part_references(_value(page, 700))
    order, tags = _tags(page, content)
    stored = {tag.number: tag.value for tag in tags}
    fields: dict[str, Any] = {
        "icc": _value(page, 34675),
        "exif": exif.reset_orientation(
            exif.pack_block((tag for tag in tags if tag.number not in (IPTC, PHOTOSHOP)), order)
        ),
        "xmp": xmp.reset_orientation(packet),
        "dpi": _dpi(page),
        "photoshop": photoshop.with_iptc_record(
            photoshop.without_thumbnails(stored.get(PHOTOSHOP, b"")),
            photoshop.normalized_iptc(stored.get(IPTC, b"")),
        ),
        "not_kept": (
            *metadata.not_kept_messages(parts),
            *((metadata.PIXEL_ASPECT_NOT_KEPT,) if _has_pixel_aspect(page) else ()),
        ),
    }
    orientation = page.tags.valueof(274, 1)
    orientation = orientation if orientation in range(2, 9) else 1
    if image is None or index is None or not _is_readable_by_pillow(page) or not _seek(image, index):
        pixels, alpha = _decode_samples(page, fields, file_name)
        return decoding.apply_orientation(Image(pixels, alpha, **fields), orientation)
    decoding.check_size(file_name, image.width, image.height)
    image.load()
    if _UNSPECIFIED in page.extrasamples:
        fields["warnings"] = (N_("Channels other than color and transparency were ignored."),)
    if image.mode == "CMYK":
        pixels, alpha = profiles.replace_cmyk(np.asarray(image), fields), None
    else:
        pixels, alpha = decoding.extract_samples(image, file_name)
    if fields["dpi"] and orientation >= 5:  # Pillow has already rotated the pixels
        fields["dpi"] = fields["dpi"][::-1]
    return Image(pixels, alpha, **fields)


def _is_readable_by_pillow(page: tifffile.TiffPage) -> bool:
    """Return whether to decode a page with Pillow.

    Pillow would drop extra channels and reduce the bit depth, so tifffile decodes such pages. JPEG with an extra
    channel is an exception, because tifffile cannot read it.
    """
    extra = tuple(int(kind) for kind in page.extrasamples)
    if extra == (_UNSPECIFIED,) and int(page.compression) in _JPEG_COMPRESSIONS:
        return page.bitspersample == 8
    return (
        page.sampleformat == 1
        and page.bitspersample <= 8
        and int(page.compression) in _PILLOW_COMPRESSIONS
        and (not extra or extra in ((_PREMULTIPLIED,), (_STRAIGHT,)))
        and not (extra and int(page.photometric) == _INKS)
    )


def _seek(image: PIL.Image.Image, index: int) -> bool:
    """Seek to a page, and return whether Pillow supports its pixel format."""
    try:
        image.seek(index)
    except (SyntaxError, EOFError):
        return False
    return True


def _decode_samples(page: tifffile.TiffPage, fields: dict[str, Any], file_name: str) -> tuple[Pixels, Pixels | None]:
    """Decode the samples of a page with tifffile, and update `fields`, the keyword arguments for `Image`.

    CMYK is converted to sRGB, and `fields["icc"]` is set to the sRGB profile. If there are channels besides color and
    transparency, a message is added to `fields["warnings"]`.

    Returns
    -------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
    alpha : (H, W) of the same dtype, or None if the page has no alpha channel

    Raises
    ------
    ImageUnreadable
        If the color space or the data type of the samples is not supported.
    """
    photometric, extra = int(page.photometric), tuple(int(kind) for kind in page.extrasamples)
    color_channels = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _INKS: 4}.get(photometric)
    if photometric == _YCBCR and int(page.compression) in _JPEG_COMPRESSIONS:  # converted by the decoder
        color_channels = 3
    if color_channels is None or page.imagedepth != 1 or page.samplesperpixel - len(extra) != color_channels:
        raise ImageUnreadable(name=file_name, reason=reasons.UNSUPPORTED_COLORS)
    _check_compression(page, file_name)
    _check_tile_size(page)
    stored = np.asarray(page.asarray(maxworkers=1))
    if int(page.planarconfig) == 2 and page.samplesperpixel > 1:
        stored = np.moveaxis(stored, 0, -1)
    stored = stored.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
    alpha_kind = next((kind for kind in extra if kind in (_PREMULTIPLIED, _STRAIGHT)), None)
    if len(extra) > (alpha_kind is not None):
        fields["warnings"] = (N_("Channels other than color and transparency were ignored."),)
    alpha = None
    if alpha_kind is not None:
        alpha = high_bit_depth.to_unsigned(stored[:, :, color_channels + extra.index(alpha_kind)],
                                           page.bitspersample, file_name).copy()  # fmt: skip
    if photometric == _PALETTE:
        return _apply_palette(page, stored[:, :, 0]), alpha if alpha is None else alpha.astype(np.uint16) * 257
    color = high_bit_depth.to_unsigned(stored[:, :, :color_channels], page.bitspersample, file_name)
    if photometric == _WHITE_IS_ZERO:
        color = np.iinfo(color.dtype).max - color
    if alpha is not None and alpha_kind == _PREMULTIPLIED:
        color = _unpremultiply(color, alpha)
    if photometric == _INKS:
        color = profiles.replace_cmyk(np.ascontiguousarray(color), fields)
    return np.ascontiguousarray(color), alpha


def _apply_palette(page: tifffile.TiffPage, indices: NDArray[Any]) -> Pixels:
    """Return the RGB pixels of a palette image, (H, W, 3) uint16."""
    palette = np.asarray(page.colormap)
    if indices.size and int(indices.max()) >= palette.shape[1]:
        raise ValueError("a color outside the palette")
    return np.ascontiguousarray(palette[:, indices].transpose(1, 2, 0))


def _check_compression(page: tifffile.TiffPage, file_name: str) -> None:
    """Raise ImageUnreadable if the compression of a page is not supported."""
    try:
        tifffile.TIFF.DECOMPRESSORS[page.compression]
    except KeyError as error:
        method = getattr(page.compression, "name", str(page.compression))
        reason = lazy_format(
            N_("The compression method {method} isn't supported. Save the image with another compression method."),
            method=method,
        )
        raise ImageUnreadable(name=file_name, reason=reason) from error


def _check_tile_size(page: tifffile.TiffPage) -> None:
    """Raise ValueError if the tiles are much larger than the image.

    tifffile decodes whole tiles, so a damaged tile size could exhaust the memory.
    """
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

    The result is None if the page has no resolution, or if the resolution has no unit.
    """
    factor = {2: 1.0, 3: 2.54}.get(int(page.tags.valueof(296, 2)))
    stored = [page.tags.valueof(tag, None) for tag in (282, 283)]
    if factor is None or not all(isinstance(value, tuple) and len(value) == 2 and all(value) for value in stored):
        return None
    across, down = (value[0] / value[1] * factor for value in stored)
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def _has_pixel_aspect(page: tifffile.TiffPage) -> bool:
    """Return whether a page declares non-square pixels, as a resolution without a unit."""
    stored = [page.tags.valueof(tag, None) for tag in (282, 283)]
    if int(page.tags.valueof(296, 2)) != 1 or not all(isinstance(value, tuple) and all(value) for value in stored):
        return False
    (across, across_divisor), (down, down_divisor) = stored
    return bool(across * down_divisor != down * across_divisor)


def _tags(page: tifffile.TiffPage, content: bytes) -> tuple[str, tuple[exif.Tag, ...]]:
    """Return the byte order and the tags of a page. Tags that describe the pixel layout are omitted."""
    file = page.parent
    order = "<" if file.byteorder == "<" else ">"
    with suppress(struct.error):
        return order, exif.read_tags(content, page.offset, order, is_bigtiff=file.is_bigtiff, excluded=LAYOUT_TAGS)
    return order, ()

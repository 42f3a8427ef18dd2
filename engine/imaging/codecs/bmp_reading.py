"""Read BMP files with bit masks, such as 5-6-5 for RGB. Pillow reads all other BMP files."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.imaging.codecs import high_bit_depth
from engine.imaging.color import Pixels

_BITFIELDS, _ALPHA_BITFIELDS = 3, 6  # values of biCompression
_FILE_HEADER_BYTES, _INFO_HEADER_BYTES = 14, 40


@dataclass(frozen=True)
class BmpHeader:
    """Header of a BMP file with bit masks.

    Attributes
    ----------
    width, height : size in px
    is_top_down : whether the first row is the top one
    bits_per_px : 16 or 32
    masks : bit masks of red, green, blue and alpha; 0 if the channel is missing
    px_per_meter : (horizontal, vertical) resolution
    pixel_offset : offset in bytes of the pixel data in the file
    """

    width: int
    height: int
    is_top_down: bool
    bits_per_px: int
    masks: tuple[int, int, int, int]
    px_per_meter: tuple[int, int]
    pixel_offset: int


def parse_header(content: bytes) -> BmpHeader | None:
    """Return the header of a BMP file with bit masks; None for all other files.

    References
    ----------
    Microsoft, BITMAPINFOHEADER and BITMAPV4HEADER.
    """
    if content[:2] != b"BM" or len(content) < _FILE_HEADER_BYTES + _INFO_HEADER_BYTES + 16:
        return None
    start, size = struct.unpack_from("<II", content, 10)
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", content, 18)
    if size < _INFO_HEADER_BYTES or compression not in (_BITFIELDS, _ALPHA_BITFIELDS) or bits not in (16, 32):
        return None
    red, green, blue, alpha = struct.unpack_from("<4I", content, _FILE_HEADER_BYTES + _INFO_HEADER_BYTES)
    if compression == _BITFIELDS and size < _INFO_HEADER_BYTES + 16:
        alpha = 0  # the mask would be beyond the header
    resolution = struct.unpack_from("<ii", content, 38)
    return BmpHeader(width, abs(height), height < 0, bits, (red, green, blue, alpha), resolution, start)


def decode_samples(content: bytes, header: BmpHeader) -> Pixels:
    """Decode the pixels of a BMP file with bit masks.

    Returns
    -------
    (H, W, 3) or (H, W, 4) uint8, or uint16 if a channel has more than 8 bits

    Raises
    ------
    ValueError
        If the file is damaged or cut short.
    """
    kind, pixel_bytes = ("<u2", 2) if header.bits_per_px == 16 else ("<u4", 4)
    stride = (header.width * pixel_bytes + 3) // 4 * 4
    rows = np.frombuffer(content, np.uint8, stride * header.height, header.pixel_offset).reshape(header.height, stride)
    words = np.ascontiguousarray(rows[:, : header.width * pixel_bytes]).view(kind)
    words = words if header.is_top_down else words[::-1]
    masks = header.masks if header.masks[3] else header.masks[:3]
    depth = max(mask.bit_count() for mask in masks)
    levels = [_extract(words, mask, 8 if depth <= 8 else 16) for mask in masks]
    return np.dstack(levels)


def _extract(words: NDArray[np.unsignedinteger], mask: int, depth: int) -> Pixels:
    """Return the channel that a bit mask selects, scaled to the full range of `depth` bits (8 or 16)."""
    shift, bits = (mask & -mask).bit_length() - 1, mask.bit_count()
    if not mask or mask >> shift != 2**bits - 1 or bits > 16:
        raise ValueError("an invalid bit mask")
    values = (words.astype(np.uint32) >> np.uint32(shift)) & np.uint32(2**bits - 1)
    if bits == depth:
        return values.astype(np.uint8 if depth == 8 else np.uint16)
    return high_bit_depth.rescale_levels(values, 2**bits - 1, 2**depth - 1)

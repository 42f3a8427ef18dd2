"""Read SGI files with 16 bits per sample, which Pillow would reduce to 8 bits."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels

_MAGIC, _HEADER_BYTES = 474, 512


@dataclass(frozen=True)
class SgiHeader:
    """Header of an SGI file.

    Attributes
    ----------
    is_compressed : whether rows are run-length encoded
    width, height : size in px
    channels : number of channels
    """

    is_compressed: bool
    width: int
    height: int
    channels: int


def parse_header(content: bytes) -> SgiHeader | None:
    """Return the header of an SGI file with 16 bits per sample; None for all other files."""
    if len(content) < _HEADER_BYTES:
        return None
    magic, storage, sample_bytes, dimension, width, height, channels = struct.unpack_from(">HBBHHHH", content)
    if magic != _MAGIC or sample_bytes != 2 or storage > 1 or not 1 <= dimension <= 3:
        return None
    return SgiHeader(storage == 1, width, height if dimension > 1 else 1, channels if dimension > 2 else 1)


def decode_samples(content: bytes, header: SgiHeader) -> Pixels:
    """Decode the samples of an SGI file.

    Returns
    -------
    (H, W, C) uint16

    Raises
    ------
    ValueError, struct.error
        If the file is damaged or cut short.

    References
    ----------
    P. Haeberli, The SGI Image File Format, version 1.00.
    """
    num_rows = header.height * header.channels
    if header.is_compressed:
        offsets = np.frombuffer(content, ">u4", num_rows, _HEADER_BYTES)
        rows = np.stack([_unpack_row(content, int(offset), header.width) for offset in offsets])
    else:
        rows = np.frombuffer(content, ">u2", num_rows * header.width, _HEADER_BYTES)
    planes = rows.reshape(header.channels, header.height, header.width)[:, ::-1]
    return np.ascontiguousarray(planes.transpose(1, 2, 0)).astype(np.uint16)


def _unpack_row(content: bytes, at: int, width: int) -> NDArray[np.uint16]:
    """Decode a row of run-length encoded samples.

    Each run starts with a 16-bit word, whose lower seven bits are the number of samples. If the eighth bit is set, the
    samples follow. Otherwise, the next word is repeated.
    """
    row, filled = np.zeros(width, np.uint16), 0
    while filled < width:
        (word,) = struct.unpack_from(">H", content, at)
        count = min(word & 0x7F, width - filled)
        if not count:
            raise ValueError("cut short")
        is_literal = bool(word & 0x80)
        row[filled : filled + count] = np.frombuffer(content, ">u2", count if is_literal else 1, at + 2)
        at += 2 + 2 * (count if is_literal else 1)
        filled += count
    return row

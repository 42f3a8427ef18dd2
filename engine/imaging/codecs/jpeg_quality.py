"""Estimate the quality setting of a JPEG file.

The quantization tables of libjpeg are the tables of Annex K of the JPEG standard (ITU-T T.81), scaled by the quality
setting from 1 to 100. The estimate is the setting at which libjpeg's luma table has the same mean as the table in the
file.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.imaging.codecs import jpeg_segments

_DQT = 0xDB  # marker of the segments with quantization tables
# Table K.1 for luma, row by row. Files store tables in zigzag order, which does not change the mean.
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)


def estimate(content: bytes) -> int | None:
    """Return the estimated quality of a JPEG file, from 1 to 100; None for other files.

    Parameters
    ----------
    content : bytes of the file
    """
    if not content.startswith(b"\xff\xd8"):
        return None
    for marker, body in jpeg_segments.iter_segments(content):
        if marker == _DQT and (table := _first_table(body)) is not None:
            return int(np.abs(_MEANS - table.mean()).argmin()) + 1
    return None


def read(path: Path) -> int | None:
    """Return the estimated quality of a JPEG file, from 1 to 100; None for unreadable or other files."""
    try:
        with path.open("rb") as file:
            start = file.read(2)
            return estimate(start + file.read()) if start == b"\xff\xd8" else None
    except OSError:
        return None


def _first_table(body: bytes) -> NDArray[np.float64] | None:
    """Return the luma table (number 0) of a DQT segment; None if it is missing or the segment is damaged."""
    at = 0
    while at < len(body):
        is_16_bit, number = body[at] >> 4, body[at] & 15
        size = 128 if is_16_bit else 64
        values = body[at + 1 : at + 1 + size]
        if len(values) < size:
            return None
        if number == 0:
            return np.frombuffer(values, ">u2" if is_16_bit else np.uint8).astype(np.float64)
        at += 1 + size
    return None


def _scaled_means() -> NDArray[np.float64]:
    """Return the mean of the luma table of libjpeg for each quality from 1 to 100."""
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables = (_LUMA[None] * percent[:, None, None] + 50) // 100
    means: NDArray[np.float64] = tables.clip(1, 255).mean(axis=(1, 2))
    return means


_MEANS = _scaled_means()

"""A fast PNG encoder for still images: Paeth filter on bands of rows, then libdeflate.

It takes a quarter of libpng's time. Files are a few percent larger for photographs, and smaller for drawings.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels

Bytes = NDArray[np.uint8]
Chunk = tuple[bytes, bytes]  # type and data
_BAND_ROWS = 16  # a band and its filtered bytes fit into the cache
_MAX_ONE_SHOT_BYTES = 64 << 20  # of samples; larger images are compressed as a stream
_PAETH = 4  # filter type
_LEVEL = 1  # of libdeflate; level 2 takes 50% longer for files 1% smaller
_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> color type: gray, gray + alpha, RGB, RGBA
_MAX_CHUNK_BYTES = 1 << 20


def write(samples: Pixels, file: BinaryIO, chunks: list[Chunk]) -> None:
    """Write (H, W, 1-4) uint8 or uint16 samples as a PNG, with `chunks` after the header.

    References
    ----------
    W3C, Portable Network Graphics (Third Edition), sections 5, 9 and 10.
    """
    height, width, channels = samples.shape
    bits = samples.dtype.itemsize * 8
    file.write(b"\x89PNG\r\n\x1a\n")
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, bits, _COLORS[channels], 0, 0, 0))
    for kind, body in chunks:
        _chunk(file, kind, body)
    for part in _compress(samples):
        for start in range(0, len(part), _MAX_CHUNK_BYTES):
            _chunk(file, b"IDAT", part[start : start + _MAX_CHUNK_BYTES])
    _chunk(file, b"IEND", b"")


def _chunk(file: BinaryIO, kind: bytes, body: bytes | memoryview) -> None:
    file.write(struct.pack(">I", len(body)) + kind)
    file.write(body)
    file.write(struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))))


def _compress(samples: Pixels) -> Iterator[memoryview]:
    """Yield a zlib stream of the filtered pixels. libdeflate cannot stream, so large images use zlib."""
    if samples.nbytes <= _MAX_ONE_SHOT_BYTES:
        whole = b"".join(band.data for band in _filter_bands(samples))
        yield memoryview(imagecodecs.deflate_encode(whole, level=_LEVEL))
        return
    stream = zlib.compressobj(1, strategy=zlib.Z_RLE)  # as small as level 4 on filtered photographs, and faster
    for band in _filter_bands(samples):
        yield memoryview(stream.compress(band.data))
    yield memoryview(stream.flush())


def _filter_bands(samples: Pixels) -> Iterator[Bytes]:
    """Yield bands of (rows, 1 + bytes) uint8: the filter type, then the filtered bytes."""
    height, width, channels = samples.shape
    step = channels * samples.dtype.itemsize  # bytes per pixel
    previous_row = np.zeros(step + width * step, np.uint8)
    for top in range(0, height, _BAND_ROWS):
        part = samples[top : top + _BAND_ROWS]
        rows = np.ascontiguousarray(part.astype(">u2") if part.itemsize == 2 else part)
        # One zero pixel on the left, and the previous row above.
        padded = np.zeros((len(part) + 1, len(previous_row)), np.uint8)
        padded[0] = previous_row
        padded[1:, step:] = rows.view(np.uint8).reshape(len(part), -1)
        band = np.empty((len(part), 1 + width * step), np.uint8)
        band[:, 0] = _PAETH
        neighbors = padded[1:, :-step], padded[:-1, step:], padded[:-1, :-step]
        left, above, corner = (np.ascontiguousarray(neighbor) for neighbor in neighbors)
        np.subtract(padded[1:, step:], _paeth_predictor(left, above, corner), out=band[:, 1:])
        previous_row = padded[-1]
        yield band


def _paeth_predictor(left: Bytes, above: Bytes, corner: Bytes) -> Bytes:
    """Return the neighbor closest to left + above - corner (Paeth), computed in 8 bits.

    If the corner lies between the other two, its distance is the difference of theirs. Otherwise the corner is never
    the closest.
    """
    distance_left, distance_above = _absolute_difference(above, corner), _absolute_difference(left, corner)
    distance_corner = _absolute_difference(distance_left, distance_above)
    distance_corner |= _less_equal(corner, np.minimum(left, above)) | _less_equal(np.maximum(left, above), corner)
    use_above = _less_equal(distance_above, distance_corner)
    use_left = _less_equal(distance_left, np.minimum(distance_above, distance_corner))
    nearest = corner ^ ((above ^ corner) & use_above)
    nearest ^= (left ^ nearest) & use_left
    return nearest


def _absolute_difference(one: Bytes, other: Bytes) -> Bytes:
    return np.asarray(cv2.absdiff(one, other), np.uint8)


def _less_equal(one: Bytes, other: Bytes) -> Bytes:
    """Return 255 where `one` is at most `other`, else 0. `np.where` takes a hundred times as long."""
    return np.asarray(cv2.compare(one, other, cv2.CMP_LE), np.uint8)

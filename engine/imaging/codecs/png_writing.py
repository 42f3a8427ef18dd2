"""Fast PNG encoder for still images, which uses the Paeth filter and libdeflate.

It is four times as fast as libpng. Files of photographs are a few percent larger, and files of drawings are smaller.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray

from engine.imaging.color import Pixels

Bytes = NDArray[np.uint8]
Chunk = tuple[bytes, bytes]  # type and data
_BAND_ROWS = 16  # rows filtered in one operation; a band and its filtered bytes fit into the CPU cache
_MAX_ONE_SHOT_BYTES = 64 << 20  # bytes of samples; larger images are compressed as a stream
_PAETH = 4  # filter type
_LEVEL = 1  # of libdeflate; level 2 takes 50% longer and makes files only 1% smaller
_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> color type: gray, gray + alpha, RGB, RGBA
_HEADER_END = 33  # bytes of the signature and the chunk IHDR
_MAX_CHUNK_BYTES = 1 << 20


def write(samples: Pixels, file: BinaryIO, chunks: list[Chunk]) -> None:
    """Write samples as a PNG file.

    Parameters
    ----------
    samples : (H, W, C) uint8 or uint16
        Gray, gray and alpha, RGB, or RGBA, with C from 1 to 4.
    chunks : (type, data) of metadata chunks, which are written after the header

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


def insert_chunks(content: bytes, chunks: list[Chunk]) -> bytes:
    """Return the bytes of a PNG file with chunks inserted after its header."""
    file = BytesIO()
    file.write(content[:_HEADER_END])
    for kind, body in chunks:
        _chunk(file, kind, body)
    file.write(content[_HEADER_END:])
    return file.getvalue()


def _chunk(file: BinaryIO, kind: bytes, body: bytes | memoryview) -> None:
    file.write(struct.pack(">I", len(body)) + kind)
    file.write(body)
    file.write(struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))))


def _compress(samples: Pixels) -> Iterator[memoryview]:
    """Yield the parts of a zlib stream that contains the filtered samples.

    Large images are compressed with zlib to save memory, because libdeflate needs all samples in memory.
    """
    if samples.nbytes <= _MAX_ONE_SHOT_BYTES:
        whole = b"".join(band.data for band in _filter_bands(samples))
        yield memoryview(imagecodecs.deflate_encode(whole, level=_LEVEL))
        return
    stream = zlib.compressobj(1, strategy=zlib.Z_RLE)  # on filtered photographs, as small as level 4 and faster
    for band in _filter_bands(samples):
        yield memoryview(stream.compress(band.data))
    yield memoryview(stream.flush())


def _filter_bands(samples: Pixels) -> Iterator[Bytes]:
    """Apply the Paeth filter to bands of rows.

    Yields
    ------
    (number of rows, 1 + bytes per row) uint8
        Each row is the filter type, followed by the filtered bytes.
    """
    height, width, channels = samples.shape
    step = channels * samples.dtype.itemsize  # bytes per pixel
    previous_row = np.zeros(step + width * step, np.uint8)
    for top in range(0, height, _BAND_ROWS):
        part = samples[top : top + _BAND_ROWS]
        rows = np.ascontiguousarray(part.astype(">u2") if part.itemsize == 2 else part)
        # Pad with one zero pixel on the left and with the previous row on top.
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
    """Return the neighbor that is closest to left + above - corner, in 8-bit arithmetic.

    If `corner` lies between `left` and `above`, its distance is the absolute difference of their distances. Otherwise
    `corner` is never the closest neighbor.
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
    """Return 255 where `one` <= `other` and 0 elsewhere. OpenCV is 100 times as fast as `np.where`."""
    return np.asarray(cv2.compare(one, other, cv2.CMP_LE), np.uint8)

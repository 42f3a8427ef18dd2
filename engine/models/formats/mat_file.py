"""Reading and writing of arrays in MATLAB files (MAT-files, version 5).

scipy.io is not used, because it crashes on damaged files, and SciPy and its dependencies take 140 MB.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC = range(6, 16)  # array classes from double to uint64
_COMPLEX = 0x0800
_HEADER = 128
_INT8, _INT32, _UINT32, _DOUBLE = 1, 5, 6, 9  # data types
_DOUBLE_ARRAY = 6  # array class


def read_arrays(content: bytes, max_bytes: int) -> dict[str, NDArray[np.generic]]:
    """Return the real numeric arrays in the content of a MAT-file, by name. Other variables are ignored.

    Parameters
    ----------
    content : content of the file
    max_bytes : maximum size of each array after decompression

    Raises
    ------
    ValueError, struct.error, zlib.error
        The file is damaged, is not of version 5, or contains a compressed array that is larger than `max_bytes`.

    References
    ----------
    MathWorks: MAT-File Format, version 5.
    """
    byte_order = {b"IM": "<", b"MI": ">"}.get(content[126:_HEADER])
    if byte_order is None:
        raise ValueError("not a MAT-file of version 5")
    found = {}
    for kind, body in _elements(content[_HEADER:], byte_order):
        if kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            inner = unpacker.decompress(body, max_bytes)
            if not unpacker.eof:
                raise ValueError("cut short, or too large")
            kind, body = next(_elements(inner, byte_order))
        if kind == _MATRIX and (named := _array(body, byte_order)):
            found[named[0]] = named[1]
    return found


def write_arrays(arrays: Mapping[str, NDArray[np.float64]]) -> bytes:
    """Return the content of a MAT-file with the given arrays, compressed as in MATLAB 7 and later."""
    header = b"MATLAB 5.0 MAT-file, written by SRCNN Studio".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    matrices = (zlib.compress(_element(_MATRIX, _matrix(name, array))) for name, array in arrays.items())
    return header + b"".join(struct.pack("<II", _COMPRESSED, len(matrix)) + matrix for matrix in matrices)


def _matrix(name: str, array: NDArray[np.float64]) -> bytes:
    """Encode an array as the body of a matrix element."""
    return (
        _element(_UINT32, struct.pack("<II", _DOUBLE_ARRAY, 0))
        + _element(_INT32, np.asarray(array.shape, "<i4").tobytes())
        + _element(_INT8, name.encode("ascii"))
        + _element(_DOUBLE, np.asarray(array, "<f8").tobytes(order="F"))
    )


def _element(kind: int, body: bytes) -> bytes:
    """Encode a data element: type, size and body, which is padded to a multiple of 8 bytes."""
    return struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)


def _elements(content: bytes, byte_order: str) -> Iterator[tuple[int, bytes]]:
    """Yield the type and the body of each data element."""
    offset = 0
    while offset + 8 <= len(content):
        kind, size = struct.unpack_from(byte_order + "II", content, offset)
        if kind >> 16:  # small data element: 4 bytes for type and size, and 4 bytes for the body
            kind, size, start, next_offset = kind & 0xFFFF, kind >> 16, offset + 4, offset + 8
        else:
            start = offset + 8
            next_offset = start + size + (0 if kind == _COMPRESSED else -size % 8)
        if start + size > len(content) or (start == offset + 4 and size > 4):
            raise ValueError("an element longer than the file")
        yield kind, content[start : start + size]
        offset = next_offset


def _array(body: bytes, byte_order: str) -> tuple[str, NDArray[np.generic]] | None:
    """Decode the body of a matrix element to a name and an array.

    Return None if it is no real numeric array.
    """
    parts = list(_elements(body, byte_order))
    if len(parts) < 4:
        return None
    flags = struct.unpack_from(byte_order + "I", parts[0][1])[0]
    if flags & 0xFF not in _NUMERIC or flags & _COMPLEX or parts[3][0] not in _TYPES:
        return None
    shape = tuple(int(side) for side in np.frombuffer(parts[1][1], byte_order + "i4"))
    values = np.frombuffer(parts[3][1], byte_order + _TYPES[parts[3][0]])
    if len(shape) < 2 or min(shape) < 0 or prod(shape) != values.size:
        raise ValueError("not as many numbers as its size says")
    return parts[2][1].decode("ascii", "replace"), values.reshape(shape, order="F")

"""Arrays of numbers in MATLAB's version 5 files. Read strictly: a damaged file makes SciPy's reader crash.

Written here too: one small format is no reason to carry SciPy, 140 MB with the libraries it needs.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC = range(6, 16)  # array classes, double to uint64
_COMPLEX = 0x0800
_HEADER = 128
_INT8, _INT32, _UINT32, _DOUBLE = 1, 5, 6, 9  # data types
_DOUBLE_ARRAY = 6  # an array class


def arrays(content: bytes, most_bytes: int) -> dict[str, NDArray[np.generic]]:
    """The named real arrays of a file; whatever else is in it is passed over.

    Raises
    ------
    ValueError, struct.error, zlib.error
        For a file that is damaged, of another version, or unpacks to more than `most_bytes`.

    References
    ----------
    MathWorks: MAT-File Format, version 5.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:_HEADER])
    if order is None:
        raise ValueError("not a MAT-file of version 5")
    found = {}
    for kind, body in _elements(content[_HEADER:], order):
        if kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            inner = unpacker.decompress(body, most_bytes)
            if not unpacker.eof:
                raise ValueError("cut short, or too large")
            kind, body = next(_elements(inner, order))
        if kind == _MATRIX and (named := _array(body, order)):
            found[named[0]] = named[1]
    return found


def packed(named: Mapping[str, NDArray[np.float64]]) -> bytes:
    """A file that holds these arrays as doubles, each compressed, as MATLAB has written them since version 7."""
    header = b"MATLAB 5.0 MAT-file, written by SRCNN Studio".ljust(124) + struct.pack("<H2s", 0x0100, b"IM")
    matrices = (zlib.compress(_element(_MATRIX, _matrix(name, array))) for name, array in named.items())
    return header + b"".join(struct.pack("<II", _COMPRESSED, len(matrix)) + matrix for matrix in matrices)


def _matrix(name: str, array: NDArray[np.float64]) -> bytes:
    """What a matrix element is made of."""
    return (
        _element(_UINT32, struct.pack("<II", _DOUBLE_ARRAY, 0))
        + _element(_INT32, np.asarray(array.shape, "<i4").tobytes())
        + _element(_INT8, name.encode("ascii"))
        + _element(_DOUBLE, np.asarray(array, "<f8").tobytes(order="F"))
    )


def _element(kind: int, body: bytes) -> bytes:
    """A data element: type, size, and the body up to a multiple of 8 bytes."""
    return struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)


def _elements(content: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """(type, body) of the data elements that follow each other."""
    at = 0
    while at + 8 <= len(content):
        kind, size = struct.unpack_from(order + "II", content, at)
        if kind >> 16:  # a small one: its size is in the upper half, its body in the tag
            kind, size, start, after = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        else:
            start = at + 8
            after = start + size + (0 if kind == _COMPRESSED else -size % 8)
        if start + size > len(content) or (start == at + 4 and size > 4):
            raise ValueError("an element longer than the file")
        yield kind, content[start : start + size]
        at = after


def _array(body: bytes, order: str) -> tuple[str, NDArray[np.generic]] | None:
    """Name and values of a matrix element; None for one that is no array of real numbers."""
    parts = list(_elements(body, order))
    if len(parts) < 4:
        return None
    flags = struct.unpack_from(order + "I", parts[0][1])[0]
    if flags & 0xFF not in _NUMERIC or flags & _COMPLEX or parts[3][0] not in _TYPES:
        return None
    shape = tuple(int(side) for side in np.frombuffer(parts[1][1], order + "i4"))
    values = np.frombuffer(parts[3][1], order + _TYPES[parts[3][0]])
    if len(shape) < 2 or min(shape) < 0 or prod(shape) != values.size:
        raise ValueError("not as many numbers as its size says")
    return parts[2][1].decode("ascii", "replace"), values.reshape(shape, order="F")

"""Read and change the color code points (nclx) in AVIF and HEIC files.

References
----------
ISO/IEC 14496-12, section 12.1.5 (colr); ISO/IEC 23008-12, sections 8.11.4 and 9.3 (pitm, ipco, ipma).
"""

import struct
from collections.abc import Iterator
from contextlib import suppress

from engine.imaging.color_space import ColorSpace

_UNSPECIFIED, _BT709, _SRGB = 2, 1, 13


def read_color_space(content: bytes) -> ColorSpace | None:
    """Return the color space of the primary image; None if it is not declared or is sRGB."""
    with suppress(struct.error, IndexError):
        for at in _find(content):
            primaries, transfer = struct.unpack_from(">HH", content, at)
            if primaries not in (_BT709, _UNSPECIFIED) or transfer not in (_SRGB, _UNSPECIFIED):
                return ColorSpace(primaries, transfer)
            return None
    return None


def set_code_points(content: bytes, code_points: tuple[int, int]) -> bytes:
    """Return a file with the code points of the primary image replaced.

    Parameters
    ----------
    content : bytes of the file
    code_points : H.273 code points of the primaries and of the transfer characteristics
    """
    changed = bytearray(content)
    found = list(_find(content))
    if not found:
        raise ValueError("no color code points")
    for at in found:
        struct.pack_into(">HH", changed, at, *code_points)
    return bytes(changed)


def _find(content: bytes) -> Iterator[int]:
    """Yield the offset in bytes of each pair of code points that applies to the primary image."""
    for kind, start, end in _boxes(content, 0, len(content)):
        if kind == b"meta":
            yield from _find_in_meta(content, start + 4, end)


def _find_in_meta(content: bytes, start: int, end: int) -> Iterator[int]:
    primary = -1
    properties: list[tuple[bytes, int, int]] = []
    associations: dict[int, list[int]] = {}
    for kind, at, stop in _boxes(content, start, end):
        if kind == b"pitm":
            (primary,) = struct.unpack_from(">I" if content[at] else ">H", content, at + 4)
        elif kind == b"iprp":
            for inner, inner_at, inner_stop in _boxes(content, at, stop):
                if inner == b"ipco":
                    properties = list(_boxes(content, inner_at, inner_stop))
                elif inner == b"ipma":
                    associations |= _associations(content, inner_at)
    for index in associations.get(primary, ()):
        kind, at, stop = properties[index - 1] if 0 < index <= len(properties) else (b"", 0, 0)
        if kind == b"colr" and content[at : at + 4] == b"nclx" and stop - at >= 11:
            yield at + 4


def _associations(content: bytes, at: int) -> dict[int, list[int]]:
    """Return the property indices for each item ID, from the content of an ipma box at offset `at`."""
    version_and_flags, count = struct.unpack_from(">II", content, at)
    item_layout, layout, mask = (
        ">I" if version_and_flags >> 24 else ">H",
        *((">H", 0x7FFF) if version_and_flags & 1 else (">B", 0x7F)),
    )
    at += 8
    found = {}
    for _ in range(count):
        (item,) = struct.unpack_from(item_layout, content, at)
        at += struct.calcsize(item_layout)
        (length,) = struct.unpack_from(">B", content, at)
        size = struct.calcsize(layout)
        found[item] = [
            struct.unpack_from(layout, content, at + 1 + size * number)[0] & mask for number in range(length)
        ]
        at += 1 + size * length
    return found


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start of the content, end of the content) for each box between two offsets."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, start)
        body = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, body)
            body += 8
        stop = start + size if size else end
        if stop < body or stop > end:
            return
        yield kind, body, stop
        start = stop

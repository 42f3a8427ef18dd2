"""EXIF and XMP: what must change in them when a picture is turned upright or gets another size; the rest is kept.

EXIF is changed in place, byte by byte, so that a maker's own notes, which point into the block, stay readable.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress

from PIL import Image

_PREFIX = b"Exif\0\0"
_ORIENTATION, _EXIF_IFD, _UNIT = 0x0112, 0x8769, 0x0128
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)  # in the first directory; in the EXIF directory
_RESOLUTIONS = (0x011A, 0x011B)
_THUMBNAIL_AT, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_SHORT, _LONG = 3, 4
_ENTRY = 12  # bytes: tag, type, count, value


class _Block:
    """An EXIF block, a TIFF without a picture, whose values of one number can be read and changed in place.

    Raises ValueError or struct.error for what is no such block.
    """

    def __init__(self, exif: bytes) -> None:
        self.bytes = bytearray(exif[len(_PREFIX) :] if exif.startswith(_PREFIX) else exif)
        self._order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(self.bytes[:4]), "")
        if not self._order:
            raise ValueError("no TIFF header")
        self.first = self._get("I", 4)

    def _get(self, kind: str, at: int) -> int:
        return int(struct.unpack_from(self._order + kind, self.bytes, at)[0])

    def entries(self, directory: int) -> Iterator[tuple[int, int]]:
        """(tag, place) of every entry of a directory."""
        for index in range(self._get("H", directory)):
            place = directory + 2 + index * _ENTRY
            yield self._get("H", place), place

    def number(self, place: int) -> int:
        """The value of an entry that is one short or long."""
        kind = self._get("H", place + 2)
        if kind not in (_SHORT, _LONG):
            raise ValueError("no number")
        return self._get("H" if kind == _SHORT else "I", place + 8)

    def set_long(self, place: int, value: int) -> None:
        """Make an entry one long."""
        struct.pack_into(self._order + "HII", self.bytes, place + 2, _LONG, 1, value)

    def set_short(self, place: int, value: int) -> None:
        """Make an entry one short."""
        struct.pack_into(self._order + "HIHH", self.bytes, place + 2, _SHORT, 1, value, 0)

    def find(self, directory: int, tag: int) -> int | None:
        """The place of a tag's entry."""
        return next((place for found, place in self.entries(directory) if found == tag), None)

    def drop_thumbnail(self) -> None:
        """Forget the second directory, and blank the small picture it points to."""
        pointer = self.first + 2 + self._get("H", self.first) * _ENTRY
        second = self._get("I", pointer)
        if not second:
            return
        struct.pack_into(self._order + "I", self.bytes, pointer, 0)
        at, length = self.find(second, _THUMBNAIL_AT), self.find(second, _THUMBNAIL_LENGTH)
        if at is None or length is None:
            return
        start = self.number(at)
        stop = min(start + self.number(length), len(self.bytes))
        self.bytes[start:stop] = bytes(max(0, stop - start))
        if stop == len(self.bytes) and start >= second:
            del self.bytes[start:]

    def whole(self) -> bytes:
        """The block as it is now."""
        return _PREFIX + bytes(self.bytes)


def orientation(exif: bytes | None, xmp: bytes | None) -> int:
    """How the pixels lie, 1 (upright) to 8, by EXIF, or by XMP where EXIF says nothing."""
    try:
        block = _Block(exif or b"")
        place = block.find(block.first, _ORIENTATION)
        if place is not None:
            turned = block.number(place)
            return turned if 1 <= turned <= 8 else 1
    except (ValueError, struct.error):
        pass
    found = re.search(rb"tiff:Orientation(?:=\"|=\'|>)([1-8])\b", xmp or b"")
    return int(found[1]) if found else 1


def upright_exif(exif: bytes | None) -> bytes | None:
    """The block with its orientation reset and without its thumbnail; None for one that cannot be understood."""
    if not exif:
        return None
    try:
        block = _Block(exif)
        place = block.find(block.first, _ORIENTATION)
        if place is not None:
            block.set_short(place, 1)
        _refuse_broken(block)
    except (ValueError, struct.error):
        return None
    with suppress(ValueError, struct.error):  # a thumbnail that is not there; the pointer to it is gone
        block.drop_thumbnail()
    return block.whole()


def _refuse_broken(block: _Block) -> None:
    """Raise struct.error or ValueError for a directory that does not lie inside the block."""
    list(block.entries(block.first))
    nested = block.find(block.first, _EXIF_IFD)
    if nested is not None:
        list(block.entries(block.number(nested)))


def sized_exif(exif: bytes | None, width: int, height: int) -> bytes | None:
    """The block with the pixel dimensions it states brought up to date."""
    if not exif:
        return None
    try:
        block = _Block(exif)
        directories = [block.first]
        nested = block.find(block.first, _EXIF_IFD)
        directories += [block.number(nested)] if nested is not None else []
        for directory in directories:
            for tag, place in list(block.entries(directory)):
                if tag in _WIDTHS + _HEIGHTS:
                    block.set_long(place, width if tag in _WIDTHS else height)
    except (ValueError, struct.error):
        return exif
    return block.whole()


def exif_with_dpi(exif: bytes | None, dpi: tuple[float, float]) -> bytes:
    """The block with a resolution, for formats that have no other place for it."""
    stored = Image.Exif()
    if exif:
        stored.load(exif)
        if all(tag in stored for tag in _RESOLUTIONS):
            return exif
    for tag, dots in zip(_RESOLUTIONS, dpi, strict=True):
        stored[tag] = float(dots)
    stored[_UNIT] = 2  # per inch
    return bytes(stored.tobytes())


def upright_xmp(xmp: bytes | None) -> bytes | None:
    """The packet with its orientation reset and without its thumbnails."""
    if not xmp:
        return None
    whole = re.sub(rb"(tiff:Orientation(?:=\"|=\'|>))[1-8]\b", rb"\g<1>1", xmp)
    return re.sub(rb"<xmp:Thumbnails>.*?</xmp:Thumbnails>", b"", whole, flags=re.DOTALL)


def sized_xmp(xmp: bytes | None, width: int, height: int) -> bytes | None:
    """The packet with the pixel dimensions it states brought up to date."""
    if not xmp:
        return None
    for names, side in ((rb"tiff:ImageWidth|exif:PixelXDimension", width),
                        (rb"tiff:ImageLength|exif:PixelYDimension", height)):  # fmt: skip
        xmp = re.sub(rb"((?:" + names + rb")(?:=\"|=\'|>))\d+", rb"\g<1>" + str(side).encode(), xmp)
    return xmp


def dpi(exif: bytes) -> tuple[float, float] | None:
    """Dots per inch as EXIF has them, or None."""
    stored = Image.Exif()
    stored.load(exif)
    if not all(tag in stored for tag in _RESOLUTIONS):
        return None
    factor = {2: 1.0, 3: 2.54}.get(stored.get(_UNIT, 2))
    across, down = (float(stored[tag]) for tag in _RESOLUTIONS)
    return (across * factor, down * factor) if factor else None

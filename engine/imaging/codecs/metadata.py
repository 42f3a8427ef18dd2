"""Read image metadata, and update the orientation, size and resolution in EXIF and XMP.

Values in EXIF are changed in place, because maker notes contain offsets that must stay valid.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import PIL.Image

_XMP_TEXT = "XML:com.adobe.xmp"
_PREFIX = b"Exif\0\0"
_ORIENTATION, _EXIF_IFD, _UNIT = 0x0112, 0x8769, 0x0128
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)  # tag in the first directory, tag in the EXIF directory
_RESOLUTIONS = (0x011A, 0x011B)
_THUMBNAIL_AT, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_SHORT, _LONG = 3, 4
_ENTRY = 12  # size in bytes of a directory entry: tag, type, count, value


class _ExifBlock:
    """EXIF block whose integer values can be read and changed in place.

    An EXIF block has the structure of a TIFF file without pixels. Creating this object from other data raises
    ValueError or struct.error, and so do the methods if the block is damaged.
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
        """Yield the tag of each entry of a directory, with the offset of the entry in the block."""
        for index in range(self._get("H", directory)):
            offset = directory + 2 + index * _ENTRY
            yield self._get("H", offset), offset

    def number(self, offset: int) -> int:
        """Return the value of the entry at `offset`, which must have the type SHORT or LONG."""
        kind = self._get("H", offset + 2)
        if kind not in (_SHORT, _LONG):
            raise ValueError("no number")
        return self._get("H" if kind == _SHORT else "I", offset + 8)

    def set_long(self, offset: int, value: int) -> None:
        """Replace the value of the entry at `offset` by one 32-bit integer (LONG)."""
        struct.pack_into(self._order + "HII", self.bytes, offset + 2, _LONG, 1, value)

    def set_short(self, offset: int, value: int) -> None:
        """Replace the value of the entry at `offset` by one 16-bit integer (SHORT)."""
        struct.pack_into(self._order + "HIHH", self.bytes, offset + 2, _SHORT, 1, value, 0)

    def find(self, directory: int, tag: int) -> int | None:
        """Return the offset of the entry with this tag; None if the directory has no such entry."""
        return next((offset for entry_tag, offset in self.entries(directory) if entry_tag == tag), None)

    def drop_thumbnail(self) -> None:
        """Unlink the second directory, which describes the thumbnail, and erase the thumbnail's bytes."""
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

    def to_bytes(self) -> bytes:
        """Return the block as bytes that start with the prefix "Exif"."""
        return _PREFIX + bytes(self.bytes)


def orientation(exif: bytes | None, xmp: bytes | None) -> int:
    """Return the EXIF orientation, from 1 (upright) to 8. XMP is used only if EXIF has no orientation."""
    try:
        block = _ExifBlock(exif or b"")
        offset = block.find(block.first, _ORIENTATION)
        if offset is not None:
            orientation_value = block.number(offset)
            return orientation_value if 1 <= orientation_value <= 8 else 1
    except (ValueError, struct.error):
        pass
    match = re.search(rb"tiff:Orientation(?:=\"|=\'|>)([1-8])\b", xmp or b"")
    return int(match[1]) if match else 1


def reset_exif_orientation(exif: bytes | None) -> bytes | None:
    """Return an EXIF block with the orientation set to upright, and without the thumbnail.

    The result is None if there is no EXIF or if the block is invalid.
    """
    if not exif:
        return None
    try:
        block = _ExifBlock(exif)
        offset = block.find(block.first, _ORIENTATION)
        if offset is not None:
            block.set_short(offset, 1)
        _check_directories(block)
    except (ValueError, struct.error):
        return None
    with suppress(ValueError, struct.error):  # the thumbnail is damaged or missing
        block.drop_thumbnail()
    return block.to_bytes()


def _check_directories(block: _ExifBlock) -> None:
    """Raise struct.error or ValueError if a directory extends past the end of the block."""
    list(block.entries(block.first))
    exif_directory = block.find(block.first, _EXIF_IFD)
    if exif_directory is not None:
        list(block.entries(block.number(exif_directory)))


def update_exif_size(exif: bytes | None, width: int, height: int) -> bytes | None:
    """Return an EXIF block whose tags for the pixel dimensions contain this size. No tags are added."""
    if not exif:
        return None
    try:
        block = _ExifBlock(exif)
        directories = [block.first]
        exif_directory = block.find(block.first, _EXIF_IFD)
        directories += [block.number(exif_directory)] if exif_directory is not None else []
        for directory in directories:
            for tag, offset in list(block.entries(directory)):
                if tag in _WIDTHS + _HEIGHTS:
                    block.set_long(offset, width if tag in _WIDTHS else height)
    except (ValueError, struct.error):
        return exif
    return block.to_bytes()


def set_exif_dpi(exif: bytes | None, dpi: tuple[float, float]) -> bytes:
    """Return an EXIF block that contains a resolution, for formats that have no other field for it.

    Parameters
    ----------
    exif : existing block, which is returned unchanged if it has a resolution; None for a new block
    dpi : (horizontal, vertical) dots per inch
    """
    stored = PIL.Image.Exif()
    if exif:
        stored.load(exif)
        if all(tag in stored for tag in _RESOLUTIONS):
            return exif
    for tag, dots in zip(_RESOLUTIONS, dpi, strict=True):
        stored[tag] = float(dots)
    stored[_UNIT] = 2  # per inch
    return bytes(stored.tobytes())


def reset_xmp_orientation(xmp: bytes | None) -> bytes | None:
    """Return an XMP packet with the orientation set to upright, and without thumbnails."""
    if not xmp:
        return None
    updated = re.sub(rb"(tiff:Orientation(?:=\"|=\'|>))[1-8]\b", rb"\g<1>1", xmp)
    return re.sub(rb"<xmp:Thumbnails>.*?</xmp:Thumbnails>", b"", updated, flags=re.DOTALL)


def update_xmp_size(xmp: bytes | None, width: int, height: int) -> bytes | None:
    """Return an XMP packet whose fields for the pixel dimensions contain this size. No fields are added."""
    if not xmp:
        return None
    for names, side in ((rb"tiff:ImageWidth|exif:PixelXDimension", width),
                        (rb"tiff:ImageLength|exif:PixelYDimension", height)):  # fmt: skip
        xmp = re.sub(rb"((?:" + names + rb")(?:=\"|=\'|>))\d+", rb"\g<1>" + str(side).encode(), xmp)
    return xmp


def read_exif_dpi(exif: bytes) -> tuple[float, float] | None:
    """Return the (horizontal, vertical) dots per inch in EXIF; None if it has no usable resolution."""
    stored = PIL.Image.Exif()
    stored.load(exif)
    if not all(tag in stored for tag in _RESOLUTIONS):
        return None
    factor = {2: 1.0, 3: 2.54}.get(stored.get(_UNIT, 2))
    across, down = (float(stored[tag]) for tag in _RESOLUTIONS)
    return (across * factor, down * factor) if factor else None


def image_orientation(image: PIL.Image.Image) -> int:
    """Return the EXIF orientation of an opened image.

    It is always 1 for HEIC, because the decoder already rotates these images upright.
    """
    exif, xmp = _raw_metadata(image)
    return 1 if image.format == "HEIF" else orientation(exif, xmp)


def _raw_metadata(image: PIL.Image.Image) -> tuple[bytes | None, bytes | None]:
    """Return the EXIF block and the XMP packet as stored in the file; None for each that is missing."""
    exif = image.info.get("exif")
    if not exif and "Raw profile type exif" in image.info:  # ImageMagick stores EXIF as PNG text
        with suppress(ValueError, IndexError):
            exif = bytes.fromhex("".join(str(image.info["Raw profile type exif"]).split("\n")[3:]))
    xmp = image.info.get("xmp") or image.info.get(_XMP_TEXT)
    return exif or None, xmp.encode() if isinstance(xmp, str) else xmp or None


def read_metadata(image: PIL.Image.Image, texts: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the metadata of an opened image as keyword arguments for `engine.imaging.image.Image`.

    The orientation is already reset to upright, so the caller must rotate the pixels.

    Parameters
    ----------
    texts : (keyword, text) of a PNG
    """
    exif, xmp = _raw_metadata(image)
    excluded = (_XMP_TEXT, "Raw profile type exif")
    return {
        "icc": image.info.get("icc_profile") or None,
        "exif": reset_exif_orientation(exif),
        "xmp": reset_xmp_orientation(xmp),
        "dpi": _dpi(image, exif),
        "text": tuple((key, value) for key, value in texts if key not in excluded),
    }


def _dpi(image: PIL.Image.Image, exif: bytes | None) -> tuple[float, float] | None:
    """Return the (horizontal, vertical) dots per inch of an image; None if unknown or implausible.

    The format's own field takes precedence over EXIF.
    """
    dpi = image.info.get("dpi")
    if not dpi and exif and image.format in ("WEBP", "AVIF", "PNG", "HEIF"):
        with suppress(Exception):  # Pillow's EXIF reader raises many types; a missing resolution is harmless
            dpi = read_exif_dpi(exif)
    if not dpi:
        return None
    across, down = (float(dots) for dots in dpi)
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None

"""Read EXIF blocks and TIFF directories, and change single values in place.

An EXIF block has the structure of a TIFF file without pixels. Values are copied as bytes and never decoded, so that
text in any encoding, maker notes and values of unknown types stay as they are. Existing values stay at their offsets,
because maker notes contain offsets that must stay valid. New values are appended.

References
----------
TIFF 6.0, section 2; CIPA DC-008 (Exif 3.0), section 4.6; BigTIFF.
"""

import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isclose

PREFIX = b"Exif\0\0"
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 1, 2, 3, 4, 5, 7
ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x0112, 0x011A, 0x011B, 0x0128
IMAGE_DESCRIPTION, MAKE, MODEL, SOFTWARE, ARTIST, COPYRIGHT = 0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298
EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x8769, 0x8825, 0xA005
USER_COMMENT, COLOR_SPACE, INTEROP_INDEX = 0x9286, 0xA001, 0x0001
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)  # tag in the first directory, tag in the EXIF directory
_POINTERS = frozenset((EXIF_IFD, GPS_IFD, INTEROP_IFD))
_THUMBNAIL_AT, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_LONG8, _SLONG8, _IFD8 = 16, 17, 18
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NARROW = {_LONG8: ("Q", LONG, "I"), _SLONG8: ("q", 9, "i"), _IFD8: ("Q", 13, "I")}  # BigTIFF types in classic TIFF
_ENTRY = 12  # size in bytes of a directory entry: tag, type, count, value
_MAX_DEPTH = 2  # largest nesting depth of directories
_ADOBE_RGB_INDEX, _SRGB_INDEX = b"R03\0", b"R98\0"
_SRGB_COLOR_SPACE, _ADOBE_RGB_COLOR_SPACE = 1, 2


@dataclass(frozen=True)
class Tag:
    """Entry of a directory.

    Attributes
    ----------
    number : tag number
    kind : type of the values, such as `ASCII`
    count : number of values
    value : bytes of all values, in the byte order of the file
    children : entries of the directory that this tag points to; None for a tag that contains a value
    """

    number: int
    kind: int
    count: int
    value: bytes
    children: "tuple[Tag, ...] | None" = None


def text_tag(number: int, text: str) -> Tag:
    """Return an ASCII tag that contains a text. Non-ASCII characters are stored as UTF-8."""
    value = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
    return Tag(number, ASCII, len(value), value)


def comment_tag(text: str, order: str) -> Tag:
    """Return a UserComment tag that contains a text in UTF-16.

    Parameters
    ----------
    order : byte order, "<" (little-endian) or ">" (big-endian)
    """
    value = b"UNICODE\0" + text.encode("utf-16-le" if order == "<" else "utf-16-be", "replace")
    return Tag(USER_COMMENT, UNDEFINED, len(value), value)


def read_tags(
    content: bytes,
    offset: int,
    order: str,
    *,
    is_bigtiff: bool = False,
    excluded: Collection[int] = (),
    depth: int = 0,
) -> tuple[Tag, ...]:
    """Return the entries of a directory and its nested directories. Damaged entries are omitted.

    Parameters
    ----------
    content : bytes of the block or file
    offset : offset of the directory
    order : byte order, "<" or ">"
    is_bigtiff : whether the file is a BigTIFF, whose 64-bit integers are clipped to 32 bits
    excluded : tag numbers to omit
    depth : nesting depth of the directory, 0 for a top-level directory

    Raises
    ------
    struct.error
        If `offset` is beyond the end of `content`.
    """
    head, entry, inline = ("Q", 20, 8) if is_bigtiff else ("H", _ENTRY, 4)
    (count,) = struct.unpack_from(order + head, content, offset)
    start = offset + (8 if is_bigtiff else 2)
    tags, remaining = [], len(content)  # limits the total size of the values in a malicious file
    for at in range(start, min(start + count * entry, len(content) - entry + 1), entry):
        number, kind, length = struct.unpack_from(order + ("HHQ" if is_bigtiff else "HHI"), content, at)
        size = _SIZES.get(kind, 0) * length
        if number in excluded or not 0 < size <= remaining:
            continue
        remaining -= size
        value_at = at + entry - inline
        if size > inline:
            (value_at,) = struct.unpack_from(order + ("Q" if is_bigtiff else "I"), content, value_at)
        value = content[value_at : value_at + size]
        if len(value) < size:
            continue
        tag = _narrowed(Tag(number, kind, length, value), order)
        if number in _POINTERS:
            children = _read_children(content, tag, order, is_bigtiff=is_bigtiff, depth=depth)
            if not children:
                continue
            tag = Tag(number, LONG, 1, b"", children)
        tags.append(tag)
    return tuple(tags)


def _read_children(content: bytes, tag: Tag, order: str, *, is_bigtiff: bool, depth: int) -> tuple[Tag, ...]:
    """Return the entries of the directory that a tag points to; empty if the directory is damaged."""
    if tag.kind not in (LONG, 13) or depth >= _MAX_DEPTH:
        return ()
    with suppress(struct.error):
        (offset,) = struct.unpack_from(order + "I", tag.value)
        return read_tags(content, offset, order, is_bigtiff=is_bigtiff, depth=depth + 1)
    return ()


def _narrowed(tag: Tag, order: str) -> Tag:
    """Convert a tag from a BigTIFF type to a classic TIFF type. Values are clipped to 32 bits."""
    if tag.kind not in _NARROW:
        return tag
    wide, kind, narrow = _NARROW[tag.kind]
    numbers = struct.unpack(f"{order}{tag.count}{wide}", tag.value)
    limited = [max(-(2**31), min(number, 2**32 - 1 if narrow == "I" else 2**31 - 1)) for number in numbers]
    return Tag(tag.number, kind, tag.count, struct.pack(f"{order}{tag.count}{narrow}", *limited))


def pack_directory(
    tags: Iterable[Tag],
    order: str,
    offset: int,
    *,
    is_bigtiff: bool = False,
    raw_entries: Sequence[bytes] = (),
    next_directory: int = 0,
) -> bytes:
    """Serialize a directory, followed by its values and nested directories.

    Parameters
    ----------
    tags : entries
    order : byte order, "<" or ">"
    offset : offset at which the directory will be stored
    is_bigtiff : whether the file is a BigTIFF
    raw_entries : serialized entries to copy, whose values are stored elsewhere
        Each one replaces the tag in `tags` that has the same tag number.
    next_directory : offset of the next directory, or 0
    """
    head, entry, inline, word = ("Q", 20, 8, "Q") if is_bigtiff else ("H", _ENTRY, 4, "I")
    entries = {int(struct.unpack_from(order + "H", raw)[0]): raw for raw in raw_entries}
    new = [tag for tag in {tag.number: tag for tag in tags}.values() if tag.number not in entries]
    size = struct.calcsize("<" + head) + entry * (len(entries) + len(new)) + inline
    tail = bytearray()
    for tag in new:
        at = offset + size + len(tail)
        kind, count, value = tag.kind, tag.count, tag.value
        if tag.children is not None:
            tail += pack_directory(tag.children, order, at, is_bigtiff=is_bigtiff)
            kind, count, value = (_LONG8 if is_bigtiff else LONG), 1, struct.pack(order + word, at)
        elif len(value) > inline:
            tail += value
            value = struct.pack(order + word, at)
        tail += bytes(len(tail) % 2)  # values start at even offsets
        entries[tag.number] = struct.pack(order + "HH" + word, tag.number, kind, count) + value.ljust(inline, b"\0")
    rows = b"".join(entries[number] for number in sorted(entries))
    return struct.pack(order + head, len(entries)) + rows + struct.pack(order + word, next_directory) + bytes(tail)


def pack_block(tags: Iterable[Tag], order: str) -> bytes | None:
    """Return an EXIF block that contains the given tags; None if there are no tags.

    Parameters
    ----------
    order : byte order, "<" (little-endian) or ">" (big-endian)
    """
    kept = tuple(tags)
    if not kept:
        return None
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return PREFIX + header + pack_directory(kept, order, 8)


def byte_order_and_tags(exif: bytes | None) -> tuple[str, tuple[Tag, ...]]:
    """Return the byte order ("<" or ">") and the tags of an EXIF block.

    If the block is missing or damaged, the result is ``("<", ())``.
    """
    with suppress(ValueError, struct.error):
        block = ExifBlock(exif or b"")
        return block.order, read_tags(bytes(block.bytes), block.first_directory, block.order)
    return "<", ()


class ExifBlock:
    """EXIF block whose values can be read and changed in place.

    The constructor and all methods raise ValueError or struct.error if the block is damaged.

    Parameters
    ----------
    exif : EXIF block, with or without the prefix "Exif"

    Attributes
    ----------
    bytes : content of the block without the prefix
    order : byte order, "<" or ">"
    """

    def __init__(self, exif: bytes) -> None:
        self.bytes = bytearray(exif[len(PREFIX) :] if exif.startswith(PREFIX) else exif)
        self.order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(self.bytes[:4]), "")
        if not self.order:
            raise ValueError("no TIFF header")

    @property
    def first_directory(self) -> int:
        """Offset in bytes of the first directory (IFD0)."""
        return self._get("I", 4)

    def _get(self, kind: str, at: int) -> int:
        return int(struct.unpack_from(self.order + kind, self.bytes, at)[0])

    def entries(self, directory: int) -> Iterator[tuple[int, int]]:
        """Yield (tag number, offset of the entry) for each entry of the directory at offset `directory`."""
        for index in range(self._get("H", directory)):
            offset = directory + 2 + index * _ENTRY
            yield self._get("H", offset), offset

    def read_integer(self, offset: int) -> int:
        """Return the first value of the entry at `offset`, which must have the type SHORT or LONG."""
        kind = self._get("H", offset + 2)
        if kind not in (SHORT, LONG):
            raise ValueError("no number")
        return self._get("H" if kind == SHORT else "I", offset + 8)

    def read_rational(self, offset: int) -> float:
        """Return the first value of the entry at `offset`, which must have the type RATIONAL."""
        if self._get("H", offset + 2) != RATIONAL:
            raise ValueError("no fraction")
        at = self._get("I", offset + 8)
        return self._get("I", at) / max(1, self._get("I", at + 4))

    def set_long(self, offset: int, value: int) -> None:
        """Replace the value of the entry at `offset` with one 32-bit integer (LONG)."""
        struct.pack_into(self.order + "HII", self.bytes, offset + 2, LONG, 1, value)

    def set_short(self, offset: int, value: int) -> None:
        """Replace the value of the entry at `offset` with one 16-bit integer (SHORT)."""
        struct.pack_into(self.order + "HIHH", self.bytes, offset + 2, SHORT, 1, value, 0)

    def set_bytes(self, offset: int, value: bytes) -> None:
        """Replace the value of the entry at `offset` with up to 4 bytes, without changing its type."""
        struct.pack_into(self.order + "I4s", self.bytes, offset + 4, len(value), value)

    def find(self, directory: int, tag: int) -> int | None:
        """Return the offset of the entry for `tag` in the directory at offset `directory`; None if missing."""
        return next((offset for entry_tag, offset in self.entries(directory) if entry_tag == tag), None)

    def find_directory(self, *path: int) -> int | None:
        """Return the offset of a nested directory; None if it is missing.

        Parameters
        ----------
        path : tags that point from each directory to the next, starting in the first directory
        """
        directory = self.first_directory
        for tag in path:
            offset = self.find(directory, tag)
            if offset is None:
                return None
            directory = self.read_integer(offset)
        return directory

    def drop_thumbnail(self) -> None:
        """Unlink the thumbnail's directory (IFD1), and erase the thumbnail's bytes."""
        pointer = self.first_directory + 2 + self._get("H", self.first_directory) * _ENTRY
        second = self._get("I", pointer)
        if not second:
            return
        struct.pack_into(self.order + "I", self.bytes, pointer, 0)
        at, length = self.find(second, _THUMBNAIL_AT), self.find(second, _THUMBNAIL_LENGTH)
        if at is None or length is None:
            return
        start = self.read_integer(at)
        stop = min(start + self.read_integer(length), len(self.bytes))
        self.bytes[start:stop] = bytes(max(0, stop - start))
        if stop == len(self.bytes) and start >= second:
            del self.bytes[start:]

    def append_directory(self, tags: Iterable[Tag], directory: int) -> int:
        """Append a copy of a directory with additional tags to the block, and return the offset of the copy.

        New tags replace existing tags with the same number. Values outside the directory are not moved.
        """
        new = {tag.number: tag for tag in tags}
        raw_entries = [bytes(self.bytes[at : at + _ENTRY]) for tag, at in self.entries(directory) if tag not in new]
        if any(len(raw) < _ENTRY for raw in raw_entries):
            raise ValueError("cut short")
        next_directory = self._get("I", directory + 2 + self._get("H", directory) * _ENTRY)
        self.bytes += bytes(len(self.bytes) % 2)
        at = len(self.bytes)
        self.bytes += pack_directory(
            new.values(), self.order, at, raw_entries=raw_entries, next_directory=next_directory
        )
        return at

    def add_tags(self, first: Iterable[Tag], nested: Iterable[Tag] = ()) -> None:
        """Add or replace tags.

        Parameters
        ----------
        first : tags of the first directory
        nested : tags of the EXIF directory
        """
        changes, children = list(first), tuple(nested)
        if children:
            directory = self.find_directory(EXIF_IFD)
            if directory is None:
                changes.append(Tag(EXIF_IFD, LONG, 1, b"", children))
            else:
                at = self.append_directory(children, directory)
                changes.append(Tag(EXIF_IFD, LONG, 1, struct.pack(self.order + "I", at)))
        if changes:
            struct.pack_into(self.order + "I", self.bytes, 4, self.append_directory(changes, self.first_directory))

    def to_bytes(self) -> bytes:
        """Return the block with the prefix "Exif"."""
        return PREFIX + bytes(self.bytes)


def empty_block() -> ExifBlock:
    """Return a big-endian block without tags. Many programs expect big-endian UTF-16 comments."""
    return ExifBlock(b"MM\0*" + struct.pack(">IHI", 8, 0, 0))


def orientation(exif: bytes | None) -> int | None:
    """Return the orientation, from 1 (upright) to 8. A missing tag gives None, an invalid value 1."""
    with suppress(ValueError, struct.error):
        block = ExifBlock(exif or b"")
        offset = block.find(block.first_directory, ORIENTATION)
        if offset is not None:
            value = block.read_integer(offset)
            return value if 1 <= value <= 8 else 1
    return None


def reset_orientation(exif: bytes | None) -> bytes | None:
    """Return an EXIF block with the orientation set to upright, and without the thumbnail.

    If the block is missing or damaged, return None.
    """
    if not exif:
        return None
    try:
        block = ExifBlock(exif)
        offset = block.find(block.first_directory, ORIENTATION)
        if offset is not None:
            block.set_short(offset, 1)
        _check_directories(block)
    except (ValueError, struct.error):
        return None
    with suppress(ValueError, struct.error):  # the thumbnail is damaged or missing
        block.drop_thumbnail()
    return block.to_bytes()


def _check_directories(block: ExifBlock) -> None:
    """Raise struct.error or ValueError if a directory extends past the end of the block."""
    list(block.entries(block.first_directory))
    directory = block.find_directory(EXIF_IFD)
    if directory is not None:
        list(block.entries(directory))


def update_size(exif: bytes | None, width: int, height: int) -> bytes | None:
    """Return an EXIF block whose existing tags for the image size contain the given size in px."""
    if not exif:
        return None
    try:
        block = ExifBlock(exif)
        for directory in (block.first_directory, block.find_directory(EXIF_IFD)):
            for tag, offset in list(block.entries(directory)) if directory is not None else ():
                if tag in _WIDTHS + _HEIGHTS:
                    block.set_long(offset, width if tag in _WIDTHS else height)
    except (ValueError, struct.error):
        return exif
    return block.to_bytes()


def dpi(exif: bytes | None) -> tuple[float, float] | None:
    """Return the resolution as (horizontal, vertical) dots per inch; None if it is missing or invalid."""
    with suppress(ValueError, struct.error):
        block = ExifBlock(exif or b"")
        offsets = [block.find(block.first_directory, tag) for tag in (X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT)]
        across, down, unit = offsets
        if across is None or down is None:
            return None
        factor = {2: 1.0, 3: 2.54}.get(2 if unit is None else block.read_integer(unit))
        return (block.read_rational(across) * factor, block.read_rational(down) * factor) if factor else None
    return None


def set_dpi(exif: bytes | None, resolution: tuple[float, float]) -> bytes:
    """Return an EXIF block with the given resolution. A block that already has it is returned unchanged.

    Parameters
    ----------
    exif : existing block; None for a new block
    resolution : (horizontal, vertical) dots per inch
    """
    stored = dpi(exif)
    if exif and stored and all(isclose(a, b, rel_tol=1e-3) for a, b in zip(stored, resolution, strict=True)):
        return exif
    block = _open(exif)
    fractions = [struct.pack(block.order + "II", round(dots * 1000), 1000) for dots in resolution]
    tags = [Tag(tag, RATIONAL, 1, value) for tag, value in zip((X_RESOLUTION, Y_RESOLUTION), fractions, strict=True)]
    block.add_tags([*tags, Tag(RESOLUTION_UNIT, SHORT, 1, struct.pack(block.order + "H", 2))])
    return block.to_bytes()


def add_tags(exif: bytes | None, tags: Sequence[Tag], comment: str | None = None) -> bytes | None:
    """Return an EXIF block with additional tags.

    Existing tags with the same number are replaced.

    Parameters
    ----------
    exif : existing block; None for a new block
    tags : tags of the first directory
    comment : value of the tag UserComment; None adds no comment
    """
    if not tags and comment is None:
        return exif
    block = _open(exif)
    block.add_tags(tags, () if comment is None else (comment_tag(comment, block.order),))
    return block.to_bytes()


def has_tag(exif: bytes | None, tag: int, *path: int) -> bool:
    """Return whether an EXIF block contains a tag.

    Parameters
    ----------
    tag : tag number
    path : tags that point from the first directory to the one that is searched, such as `EXIF_IFD`
    """
    with suppress(ValueError, struct.error):
        block = ExifBlock(exif or b"")
        directory = block.find_directory(*path)
        return directory is not None and block.find(directory, tag) is not None
    return False


def _open(exif: bytes | None) -> ExifBlock:
    """Return `exif` as an ExifBlock; an empty block if `exif` is missing or damaged."""
    with suppress(ValueError, struct.error):
        block = ExifBlock(exif or b"")
        _check_directories(block)
        block.append_directory((), block.first_directory)
        return ExifBlock(exif or b"")
    return empty_block()


def is_adobe_rgb(exif: bytes | None) -> bool:
    """Return whether an EXIF block declares Adobe RGB.

    Adobe RGB is declared by the interoperability index "R03" (DCF 2.0) or by ColorSpace 2.
    """
    with suppress(ValueError, struct.error):
        block = ExifBlock(exif or b"")
        interop = block.find_directory(EXIF_IFD, INTEROP_IFD)
        index = None if interop is None else block.find(interop, INTEROP_INDEX)
        if index is not None:
            return block.bytes[index + 8 : index + 12] == _ADOBE_RGB_INDEX
        directory = block.find_directory(EXIF_IFD)
        space = None if directory is None else block.find(directory, COLOR_SPACE)
        return space is not None and block.read_integer(space) == _ADOBE_RGB_COLOR_SPACE
    return False


def declare_srgb(exif: bytes | None) -> bytes | None:
    """Return an EXIF block whose existing color space tags are set to sRGB."""
    with suppress(ValueError, struct.error):
        block = ExifBlock(exif or b"")
        for path, tag in (((EXIF_IFD,), COLOR_SPACE), ((EXIF_IFD, INTEROP_IFD), INTEROP_INDEX)):
            directory = block.find_directory(*path)
            offset = None if directory is None else block.find(directory, tag)
            if offset is not None and tag == COLOR_SPACE:
                block.set_short(offset, _SRGB_COLOR_SPACE)
            elif offset is not None:
                block.set_bytes(offset, _SRGB_INDEX)
        return block.to_bytes()
    return exif

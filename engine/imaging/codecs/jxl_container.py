"""Container and image header of JPEG XL files.

References
----------
ISO/IEC 18181-1, annex D (image header); ISO/IEC 18181-2 (container).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from engine.imaging.codecs.exif import PREFIX
from engine.imaging.color_space import ColorSpace

_CODESTREAM_SIGNATURE = b"\xff\x0a"
_SIGNATURE_BOX = b"\0\0\0\x0cJXL \r\n\x87\n"
_FILE_TYPE_BOX = b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
_HEADER_BYTES = 4096  # enough for every image header without an embedded preview
_RATIOS = ((1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_LINEAR, _SRGB = 8, 13  # transfer functions, with the code points of H.273
_GRAY, _XYB, _CUSTOM, _SRGB_PRIMARIES = 1, 2, 2, 1
_WHITE_POINTS = {1: (31270, 32900), 10: (33333, 33333), 11: (31400, 35100)}  # D65, E and DCI, in 1/100000
_PRIMARIES = {
    1: ((64000, 33000), (30000, 60000), (15000, 6000)),  # sRGB
    9: ((70800, 29200), (17000, 79700), (13100, 4600)),  # BT.2100
    11: ((68000, 32000), (26500, 69000), (15000, 6000)),  # P3
}
_CODE_POINTS = {(1, 1): 1, (1, 9): 9, (1, 11): 12, (11, 11): 11}  # H.273 code points by (white point, primaries)
_FIRST_TRANSPOSED = 4  # from this value on, the orientation exchanges width and height
ALPHA, _SPOT_COLOR, _COLOR_FILTER_ARRAY = 0, 2, 5  # kinds of extra channels


@dataclass(frozen=True)
class JxlHeader:
    """Image header.

    Attributes
    ----------
    width, height : size in pixels, after the image is rotated according to its orientation
    bits : bits per sample
    is_float : whether samples are floating-point values
    is_animation : whether the file has several frames with durations
    extra_channels : kinds of the channels beside gray or RGB, such as `ALPHA`
    is_premultiplied : whether colors are multiplied by alpha
    is_xyb : whether the image is encoded in the XYB color space, as lossy files are
    has_profile : whether the file has an ICC profile
    color_space : color space that the header declares; None for sRGB, for a profile and for XYB
    transfer_at : position of the transfer function of the color encoding, in bits from the start of the codestream;
        None if the header contains none
    """

    width: int
    height: int
    bits: int
    is_float: bool
    is_animation: bool
    extra_channels: tuple[int, ...]
    is_premultiplied: bool
    is_xyb: bool
    has_profile: bool = False
    color_space: ColorSpace | None = None
    transfer_at: int | None = None


@dataclass(frozen=True)
class JxlFile:
    """Header and metadata of a JPEG XL file.

    Attributes
    ----------
    header : image header
    exif, xmp : metadata, or None
    is_recompressed_jpeg : whether the JPEG file from which the file was made can be restored
    has_gain_map, has_credentials : whether the file has a gain map or content credentials
    """

    header: JxlHeader
    exif: bytes | None = None
    xmp: bytes | None = None
    is_recompressed_jpeg: bool = False
    has_gain_map: bool = False
    has_credentials: bool = False


def is_jxl(content: bytes) -> bool:
    """Return whether the bytes start with the signature of a JPEG XL file, with or without a container."""
    return content.startswith((_CODESTREAM_SIGNATURE, _SIGNATURE_BOX))


def parse(content: bytes) -> JxlFile:
    """Return the header and the metadata of a JPEG XL file.

    Raises
    ------
    ValueError, struct.error
        If the header is damaged.
    """
    if content.startswith(_CODESTREAM_SIGNATURE):
        return JxlFile(_parse_header(content))
    codestream = b""
    found: dict[bytes, bytes] = {}
    for kind, body in _boxes(content):
        if kind == b"brob":  # another box, compressed with Brotli
            found.setdefault(body[:4], body)
        elif kind in (b"jxlc", b"jxlp"):
            codestream += body[4 if kind == b"jxlp" else 0 :][:_HEADER_BYTES]
        else:
            found.setdefault(kind, body)
    return JxlFile(
        header=_parse_header(codestream),
        exif=_exif_block(_unpacked(found.get(b"Exif", b""))),
        xmp=_unpacked(found.get(b"xml ", b"")) or None,
        is_recompressed_jpeg=b"jbrd" in found,
        has_gain_map=b"jhgm" in found,
        has_credentials=b"jumb" in found,
    )


def declare_srgb(codestream: bytes) -> bytes:
    """Return a codestream whose linear transfer function is replaced with that of sRGB.

    Samples stay as they are.

    Raises
    ------
    ValueError
        If the header does not contain a linear transfer function.
    """
    at = _parse_header(codestream).transfer_at
    if at is None:
        raise ValueError("the header contains no transfer function")
    reader = _BitReader(codestream, at)
    if reader.read(2) != 2 or reader.read(4) + 2 != _LINEAR:
        raise ValueError("the transfer function is not linear")
    changed = bytearray(codestream)
    for bit in range(4):
        byte, shift = divmod(at + 2 + bit, 8)
        changed[byte] = changed[byte] & ~(1 << shift) | (_SRGB - 2 >> bit & 1) << shift
    return bytes(changed)


def codestream_of(content: bytes) -> bytes:
    """Return the codestream of a JPEG XL file."""
    if content.startswith(_CODESTREAM_SIGNATURE):
        return content
    parts = {b"jxlc": 0, b"jxlp": 4}
    return b"".join(body[parts[kind] :] for kind, body in _boxes(content) if kind in parts)


def build(codestream: bytes, exif: bytes | None, xmp: bytes | None, *, level: int = 5) -> bytes:
    """Return a JPEG XL file in a container.

    Parameters
    ----------
    codestream : encoded image
    exif, xmp : metadata, or None
    level : codestream level, 5 or 10; samples of more than 12 bits need level 10
    """
    boxes = [_SIGNATURE_BOX, _FILE_TYPE_BOX]
    if level != 5:
        boxes.append(_box(b"jxll", bytes([level])))
    if exif:
        boxes.append(_box(b"Exif", bytes(4) + exif.removeprefix(PREFIX)))
    if xmp:
        boxes.append(_box(b"xml ", xmp))
    return b"".join([*boxes, _box(b"jxlc", codestream)])


def _box(kind: bytes, body: bytes) -> bytes:
    if len(body) + 8 < 2**32:
        return struct.pack(">I", len(body) + 8) + kind + body
    return struct.pack(">I", 1) + kind + struct.pack(">Q", len(body) + 16) + body


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type and the body of each box. A box that is cut off ends the iteration."""
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if size == 1:
            if body + 8 > len(content):
                return
            (size,) = struct.unpack_from(">Q", content, body)
            body += 8
        end = at + size if size else len(content)
        if end < body or end > len(content):
            if kind in (b"jxlc", b"jxlp"):
                yield kind, content[body:]
            return
        yield kind, content[body:end]
        at = end


def _unpacked(body: bytes) -> bytes:
    """Return the body of a metadata box; empty if its compressed content is damaged."""
    if body[:4] not in (b"Exif", b"xml "):
        return body
    import imagecodecs  # noqa: PLC0415 - slow, and the window lists batches without it

    try:
        return bytes(imagecodecs.brotli_decode(body[4:]))
    except RuntimeError:  # BrotliError
        return b""


def _exif_block(body: bytes) -> bytes | None:
    """Return the EXIF block in the body of a box, or None if it is empty.

    The body starts with the offset of the block.
    """
    if body.startswith((b"II*\0", b"MM\0*")):  # some encoders omit the offset
        return PREFIX + body
    block = body[4 + int.from_bytes(body[:4], "big") :]
    return PREFIX + block if block else None


class _BitReader:
    """Reader of bits, which starts at the least significant bit of each byte."""

    def __init__(self, content: bytes, at: int = 0) -> None:
        self._bits = int.from_bytes(content[:_HEADER_BYTES], "little")
        self._end = 8 * min(len(content), _HEADER_BYTES)
        self.at = at

    def read(self, count: int) -> int:
        """Return the next bits as an unsigned integer."""
        if self.at + count > self._end:
            raise ValueError("the image header is cut off")
        value = self._bits >> self.at & ((1 << count) - 1)
        self.at += count
        return value

    def read_u32(self, *choices: tuple[int, int]) -> int:
        """Return an integer of variable length. A choice consists of an offset and a number of bits."""
        offset, count = choices[self.read(2)]
        return offset + self.read(count)

    def read_enum(self) -> int:
        """Return an enumerated value."""
        return self.read_u32((0, 0), (1, 0), (2, 4), (18, 6))


def _parse_header(codestream: bytes) -> JxlHeader:
    if not codestream.startswith(_CODESTREAM_SIGNATURE):
        raise ValueError("no codestream")
    reader = _BitReader(codestream, 16)
    width, height = _read_size(reader)
    if reader.read(1):  # all fields have their defaults
        return JxlHeader(
            width,
            height,
            bits=8,
            is_float=False,
            is_animation=False,
            extra_channels=(),
            is_premultiplied=False,
            is_xyb=True,
        )
    is_animation = False
    if reader.read(1):
        if reader.read(3) >= _FIRST_TRANSPOSED:  # the orientation, less 1
            width, height = height, width
        if reader.read(1):  # intrinsic size
            _read_size(reader)
        if reader.read(1):
            _skip_preview_size(reader)
        is_animation = bool(reader.read(1))
        if is_animation:
            _skip_animation(reader)
    is_float, bits = _read_bit_depth(reader)
    reader.read(1)  # whether 16-bit buffers are sufficient
    count = reader.read_u32((0, 0), (1, 0), (2, 4), (1, 12))
    channels = [_read_extra_channel(reader) for _ in range(count)]
    is_xyb = bool(reader.read(1))
    encoding = _read_color_encoding(reader)
    return JxlHeader(
        width,
        height,
        bits,
        is_float=is_float,
        is_animation=is_animation,
        extra_channels=tuple(kind for kind, _ in channels),
        is_premultiplied=any(is_premultiplied for _, is_premultiplied in channels),
        is_xyb=is_xyb,
        has_profile=encoding.has_profile,
        color_space=encoding.color_space,
        transfer_at=encoding.transfer_at,
    )


def _read_size(reader: _BitReader) -> tuple[int, int]:
    """Return (width, height)."""
    is_multiple_of_8 = reader.read(1)
    height = _read_side(reader, is_multiple_of_8)
    ratio = reader.read(3)
    if not ratio:
        return _read_side(reader, is_multiple_of_8), height
    numerator, denominator = _RATIOS[ratio]
    return height * numerator // denominator, height


def _read_side(reader: _BitReader, is_multiple_of_8: int) -> int:
    if is_multiple_of_8:
        return 8 * (1 + reader.read(5))
    return reader.read_u32((1, 9), (1, 13), (1, 18), (1, 30))


def _skip_preview_size(reader: _BitReader) -> None:
    is_multiple_of_8 = reader.read(1)
    choices = ((16, 0), (32, 0), (1, 5), (33, 9)) if is_multiple_of_8 else ((1, 6), (65, 8), (321, 10), (1345, 12))
    reader.read_u32(*choices)
    if not reader.read(3):
        reader.read_u32(*choices)


def _skip_animation(reader: _BitReader) -> None:
    reader.read_u32((100, 0), (1000, 0), (1, 10), (1, 30))  # ticks per second: numerator
    reader.read_u32((1, 0), (1001, 0), (1, 8), (1, 10))  # and denominator
    reader.read_u32((0, 0), (0, 3), (0, 16), (0, 32))  # number of repetitions
    reader.read(1)  # whether frames have time codes


def _read_bit_depth(reader: _BitReader) -> tuple[bool, int]:
    """Return whether samples are floats, and their number of bits."""
    is_float = bool(reader.read(1))
    if not is_float:
        return False, reader.read_u32((8, 0), (10, 0), (12, 0), (1, 6))
    bits = reader.read_u32((32, 0), (16, 0), (24, 0), (1, 6))
    reader.read(4)  # bits of the exponent
    return True, bits


def _read_extra_channel(reader: _BitReader) -> tuple[int, bool]:
    """Return the kind of an extra channel, and whether colors are multiplied by it."""
    if reader.read(1):  # the default: alpha with 8 bits
        return ALPHA, False
    kind = reader.read_enum()
    _read_bit_depth(reader)
    reader.read_u32((0, 0), (3, 0), (4, 0), (1, 3))  # by how many powers of two the channel is smaller
    reader.read(8 * reader.read_u32((0, 0), (0, 4), (16, 5), (48, 10)))  # name
    if kind == ALPHA:
        return kind, bool(reader.read(1))
    if kind == _SPOT_COLOR:
        reader.read(4 * 16)
    elif kind == _COLOR_FILTER_ARRAY:
        reader.read_u32((1, 0), (0, 2), (3, 4), (19, 8))
    return kind, False


@dataclass(frozen=True)
class _ColorEncoding:
    has_profile: bool = False
    color_space: ColorSpace | None = None
    transfer_at: int | None = None


def _read_color_encoding(reader: _BitReader) -> _ColorEncoding:
    if reader.read(1):  # the default: sRGB
        return _ColorEncoding()
    has_profile = bool(reader.read(1))
    kind = reader.read_enum()
    if has_profile or kind == _XYB:
        return _ColorEncoding(has_profile)
    white_point = reader.read_enum()
    white = _read_chromaticity(reader) if white_point == _CUSTOM else _WHITE_POINTS[white_point]
    primaries = _SRGB_PRIMARIES
    if kind != _GRAY:
        primaries = reader.read_enum()
    colors = tuple(
        value
        for channel in range(3)
        for value in (_read_chromaticity(reader) if primaries == _CUSTOM else _PRIMARIES[primaries][channel])
    )
    if reader.read(1):
        space = ColorSpace(chromaticities=(*white, *colors), gamma=reader.read(24) // 100)  # stored in 1/10000000
        return _ColorEncoding(color_space=None if space.is_srgb else space)
    transfer_at = reader.at
    transfer = reader.read_enum()
    code_point = _CODE_POINTS.get((white_point, primaries))
    space = ColorSpace(code_point, transfer, chromaticities=(*white, *colors) if code_point is None else None)
    return _ColorEncoding(color_space=None if space.is_srgb else space, transfer_at=transfer_at)


def _read_chromaticity(reader: _BitReader) -> tuple[int, int]:
    """Return x and y in 1/100000."""
    packed = [reader.read_u32((0, 19), (524288, 19), (1048576, 20), (2097152, 21)) for _ in range(2)]
    across, down = (value // 2 if value % 2 == 0 else -(value + 1) // 2 for value in packed)  # in 1/1000000
    return round(across / 10), round(down / 10)

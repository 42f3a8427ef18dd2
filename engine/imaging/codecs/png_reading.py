"""Parse PNG files: checksums, text chunks, color profile, and the frames of animations.

Pillow decodes the pixels. It rejects files with damaged or large metadata, so only the chunks that describe pixels are
passed to it.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from PIL.PngImagePlugin import iTXt

from engine.errors import N_, ImageUnreadable, Message

SIGNATURE = b"\x89PNG\r\n\x1a\n"
Chunk = tuple[bytes, bytes | memoryview]
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_ANIMATION_CHUNKS = (b"acTL", b"fcTL", b"fdAT")
_WRONG_CHECKSUM = N_("A checksum in the file is wrong, so the file is damaged. Use another copy of the file.")
_MAX_UNPACKED_BYTES = 32 << 20  # total size of all decompressed texts and the color profile


@dataclass
class PngFile:
    """Chunks of a PNG file.

    Attributes
    ----------
    chunks : all intact chunks, as (type, data)
    warnings : messages about chunks that are omitted
    """

    chunks: list[Chunk] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)

    def chunk_data(self, *kinds: bytes) -> list[bytes]:
        """Return the data of each chunk that has one of the given types."""
        return [bytes(body) for kind, body in self.chunks if kind in kinds]

    def warn(self, message: Message) -> None:
        """Add a warning if it is not in `warnings` yet."""
        if message not in self.warnings:
            self.warnings.append(message)


@dataclass(frozen=True)
class PngMetadata:
    """Metadata of a PNG file.

    Attributes
    ----------
    icc : color profile, or None
    exif : EXIF block with its prefix, or None
    dpi : (horizontal, vertical) dots per inch, or None
    texts : (keyword, text) of each text chunk
        The text of an iTXt chunk is an instance of `PIL.PngImagePlugin.iTXt`.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class PngFrame:
    """Frame of an animated PNG.

    Attributes
    ----------
    content : the frame as a separate PNG file
    left, top, width, height : rectangle of the frame in px
    duration_ms : duration in milliseconds
    dispose_op, blend_op : fields of the fcTL chunk (PNG specification, section 11.3.4)
    """

    content: bytes
    left: int
    top: int
    width: int
    height: int
    duration_ms: float
    dispose_op: int
    blend_op: int


def is_png(content: bytes) -> bool:
    """Return whether the bytes start with the signature of a PNG file."""
    return content[:8] == SIGNATURE


def parse(content: bytes, file_name: str) -> PngFile:
    """Split a PNG file into its chunks. Ancillary chunks with a wrong checksum are omitted.

    Parameters
    ----------
    content : bytes of the file
    file_name : file name for error messages

    Raises
    ------
    ImageUnreadable
        If a chunk that is required for decoding the pixels has a wrong checksum.
    ValueError
        If the file ends before its image data, or has invalid chunks.
    """
    file = PngFile()
    damaged_data = False
    for kind, body, is_intact in _walk(content):
        if kind == b"IDAT" and not is_intact:
            damaged_data = True
        elif kind in (b"IHDR", b"PLTE", *_ANIMATION_CHUNKS) and not is_intact:
            raise ImageUnreadable(name=file_name, reason=_WRONG_CHECKSUM)
        elif not is_intact:
            file.warn(N_("Part of the file was ignored because its checksum is wrong."))
            continue
        file.chunks.append((kind, body))
    if not file.chunks or file.chunks[0][0] != b"IHDR" or len(file.chunks[0][1]) != 13:
        raise ValueError("no header")
    if damaged_data:
        if not _is_intact_zlib(file.chunk_data(b"IDAT")):
            raise ImageUnreadable(name=file_name, reason=_WRONG_CHECKSUM)
        file.warn(N_("A checksum of the image data is wrong, but the image data is complete."))
    if file.chunks[-1][0] != b"IEND":
        file.warn(N_("The end of the file is missing, but the image data is complete."))
    return file


def _walk(content: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Yield (type, data, whether the checksum is correct) for each chunk up to IEND."""
    view, at = memoryview(content), len(SIGNATURE)
    while at + 12 <= len(view):
        length = int.from_bytes(view[at : at + 4], "big")
        kind, end = bytes(view[at + 4 : at + 8]), at + 8 + length
        if not kind.isalpha():
            raise ValueError("an invalid chunk type")
        if end + 4 > len(view):
            if kind in (*_PIXEL_CHUNKS, *_ANIMATION_CHUNKS):
                raise ValueError("cut short")
            return
        is_intact = zlib.crc32(view[at + 4 : end]) == int.from_bytes(view[end : end + 4], "big")
        yield kind, view[at + 8 : end], is_intact
        if kind == b"IEND":
            return
        at = end + 4


def _is_intact_zlib(parts: list[bytes]) -> bool:
    """Return whether a zlib stream in several parts is complete and has the correct checksum."""
    stream = zlib.decompressobj()
    try:
        for part in parts:
            pending = part
            while pending:
                stream.decompress(pending, 1 << 20)
                pending = stream.unconsumed_tail
    except zlib.error:
        return False
    return stream.eof


def verify(file: BinaryIO) -> tuple[int, int]:
    """Check all checksums of a PNG file, and return the (width, height) in pixels.

    Only one chunk at a time is in memory.

    Raises
    ------
    ValueError
        If a checksum is wrong, or if the file is cut short.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise ValueError("no PNG")
    size: tuple[int, int] | None = None
    while True:
        length, kind = int.from_bytes(file.read(4), "big"), file.read(4)
        body, checksum = file.read(length), file.read(4)
        if len(checksum) != 4 or zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(checksum, "big"):
            raise ValueError("a wrong checksum")
        if kind == b"IHDR":
            size = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big")
        if kind == b"IEND" and size:
            return size


def read_metadata(file: PngFile) -> PngMetadata:
    """Return the metadata of a PNG file.

    Texts and profiles that are damaged or too large after decompression are omitted with a warning.
    """
    unpacker = _Unpacker()
    icc, texts = None, []
    for kind, body in file.chunks:
        try:
            if kind == b"iCCP" and icc is None:
                _, _, packed = bytes(body).partition(b"\0")
                icc = unpacker.unpack(packed[1:]) or None
            elif kind in _TEXTS:
                texts.append(_text(kind, bytes(body), unpacker))
        except OverflowError:
            is_profile = kind == b"iCCP"
            file.warn(N_("A color profile that is too large was ignored.") if is_profile
                      else N_("A text entry that is too large was ignored."))  # fmt: skip
        except (ValueError, zlib.error):
            is_profile = kind == b"iCCP"
            file.warn(N_("A damaged color profile was ignored.") if is_profile
                      else N_("A damaged text entry was ignored."))  # fmt: skip
    exif = next((b"Exif\0\0" + body for body in file.chunk_data(b"eXIf") if body), None)
    return PngMetadata(icc, exif, _dpi(file), tuple(texts))


def _dpi(file: PngFile) -> tuple[float, float] | None:
    """Return the (horizontal, vertical) dots per inch from pHYs; None if it is missing or has no unit."""
    for body in file.chunk_data(b"pHYs"):
        if len(body) == 9 and body[8] == 1:
            across, down = struct.unpack(">II", body[:8])
            return across * 0.0254, down * 0.0254
    return None


def has_pixel_aspect(file: PngFile) -> bool:
    """Return whether the pHYs chunk declares non-square pixels without a unit of length."""
    return any(len(body) == 9 and body[8] == 0 and body[:4] != body[4:8] for body in file.chunk_data(b"pHYs"))


class _Unpacker:
    """Decompressor of zlib streams that limits the total decompressed size."""

    def __init__(self) -> None:
        self._left = _MAX_UNPACKED_BYTES

    def unpack(self, packed: bytes) -> bytes:
        """Return the decompressed bytes.

        Raises
        ------
        OverflowError
            If the total size exceeds the limit.
        zlib.error
            If the stream is damaged.
        """
        stream = zlib.decompressobj()
        unpacked = stream.decompress(packed, self._left + 1)
        if len(unpacked) > self._left:
            raise OverflowError
        if not stream.eof:
            raise zlib.error("cut short")
        self._left -= len(unpacked)
        return unpacked


def _text(kind: bytes, body: bytes, unpacker: _Unpacker) -> tuple[str, str]:
    """Return the keyword and the text of a text chunk. Raise ValueError or zlib.error if it is damaged."""
    keyword, separator, value = body.partition(b"\0")
    if not keyword or not separator:
        raise ValueError("no keyword")
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        return name, value.decode("latin-1")
    if kind == b"zTXt":
        return name, unpacker.unpack(value[1:]).decode("latin-1")
    is_packed = value[:1] == b"\1"
    language, translated, text = value[2:].split(b"\0", 2)
    text = unpacker.unpack(text) if is_packed else text
    return name, iTXt(text.decode("utf-8"), language.decode("utf-8"), translated.decode("utf-8"))


def extract_still_image(file: PngFile) -> bytes:
    """Return a PNG file that contains only the still image, without metadata and animation frames."""
    chunks = [(kind, body) for kind, body in file.chunks if kind in _PIXEL_CHUNKS and kind != b"IEND"]
    return _join([*chunks, (b"IEND", b"")])


def num_plays(file: PngFile) -> int | None:
    """Return the number of times an animation plays, where 0 means forever; None for a still image."""
    for kind, body in file.chunks:
        if kind == b"acTL" and len(body) == 8 and int.from_bytes(body[:4], "big"):
            return int.from_bytes(body[4:], "big")
        if kind == b"IDAT":
            break
    return None


def read_frames(file: PngFile) -> list[PngFrame]:
    """Return the frames of an animation, each as a separate PNG file.

    Raises
    ------
    ValueError
        If a frame is damaged.

    References
    ----------
    W3C, Portable Network Graphics (Third Edition), sections 4.9 and 11.3.4.
    """
    width, height = struct.unpack(">II", file.chunks[0][1][:8])
    palette = [(kind, body) for kind, body in file.chunks if kind in (b"PLTE", b"tRNS")]
    frames = []
    for control, data in _frame_data(file):
        if len(control) != 26:
            raise ValueError("a damaged frame")
        _, across, down, left, top, numerator, denominator, dispose_op, blend_op = struct.unpack(">5I2H2B", control)
        if not (across and down and left + across <= width and top + down <= height and data):
            raise ValueError("a frame outside the image")
        header = struct.pack(">II", across, down) + bytes(file.chunks[0][1][8:])
        content = _join([(b"IHDR", header), *palette, *((b"IDAT", part) for part in data), (b"IEND", b"")])
        duration_ms = 1000 * numerator / (denominator or 100)
        frames.append(PngFrame(content, left, top, across, down, duration_ms, dispose_op, blend_op))
    return frames


def _frame_data(file: PngFile) -> list[tuple[bytes, list[memoryview]]]:
    """Return (fcTL data, parts of the image data) for each frame.

    A default image that is not part of the animation is omitted.
    """
    frames: list[tuple[bytes, list[memoryview]]] = []
    for kind, body in file.chunks:
        if kind == b"fcTL":
            frames.append((bytes(body), []))
        elif frames and kind == b"IDAT":
            frames[-1][1].append(memoryview(body))
        elif frames and kind == b"fdAT":
            frames[-1][1].append(memoryview(body)[4:])
    return frames


def _join(chunks: list[Chunk]) -> bytes:
    """Return a PNG file that consists of the given chunks."""
    parts = [SIGNATURE]
    for kind, body in chunks:
        parts += [
            struct.pack(">I", len(body)),
            kind,
            bytes(body),
            struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))),
        ]
    return b"".join(parts)

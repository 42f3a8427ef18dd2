"""Parse GIF files and compose their frames. Pillow decompresses the color indices."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from engine.imaging.codecs.compositing import Disposal, Patch

_SIGNATURES = (b"GIF87a", b"GIF89a")
_IMAGE, _EXTENSION = 0x2C, 0x21
_CONTROL, _COMMENT, _APPLICATION = 0xF9, 0xFE, 0xFF
_DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE}


@dataclass(frozen=True)
class GifFrame:
    """Frame of a GIF file.

    Attributes
    ----------
    left, top, width, height : rectangle of the frame in px
    palette : (n, 3) uint8, the colors of the frame
    transparent : index of the transparent color, or None
    disposal : treatment of the rectangle before the next frame
    duration_ms : duration in milliseconds
    data : LZW-compressed color indices, in sub-blocks
    min_code_size : LZW minimum code size in bits
    is_interlaced : whether the rows are stored in four passes
    """

    left: int
    top: int
    width: int
    height: int
    palette: NDArray[np.uint8]
    transparent: int | None
    disposal: Disposal
    duration_ms: float
    data: bytes
    min_code_size: int
    is_interlaced: bool


@dataclass
class GifFile:
    """Parsed GIF file.

    Attributes
    ----------
    width, height : size in px
    frames : all frames
    comments : texts of the comment extensions
    repetitions : number of repetitions after the first playback, where 0 means forever; None without repetition
    aspect_ratio : width of a pixel divided by its height; 1 if it is unknown
    """

    width: int
    height: int
    frames: list[GifFrame] = field(default_factory=list)
    comments: list[bytes] = field(default_factory=list)
    repetitions: int | None = None
    aspect_ratio: float = 1

    @property
    def num_plays(self) -> int:
        """Number of times the animation plays, where 0 means forever."""
        return 1 if self.repetitions is None else self.repetitions + bool(self.repetitions)

    @property
    def is_gray(self) -> bool:
        """Whether the palettes of all frames have only gray colors."""
        return all((frame.palette == frame.palette[:, :1]).all() for frame in self.frames)


@dataclass
class _Control:
    """Settings of a graphic control extension, which apply to the next frame."""

    transparent: int | None = None
    disposal: Disposal = Disposal.KEEP
    duration_ms: float = 0


def is_gif(content: bytes) -> bool:
    """Return whether the bytes start with the signature of a GIF file."""
    return content[:6] in _SIGNATURES


def parse(content: bytes) -> GifFile:
    """Split a GIF file into its frames without decompressing them.

    Raises
    ------
    ValueError, IndexError
        If the file is damaged or cut short.

    References
    ----------
    CompuServe, Graphics Interchange Format, Version 89a.
    """
    reader = _Reader(content, 6)
    width, height = reader.short(), reader.short()
    flags, _, aspect = reader.byte(), reader.byte(), reader.byte()
    file = GifFile(width, height, aspect_ratio=(aspect + 15) / 64 if aspect else 1)
    shared_palette = reader.palette(flags)
    control = _Control()
    while (kind := reader.next_block()) is not None:
        if kind == _IMAGE:
            file.frames.append(_read_frame(reader, shared_palette, control))
            control = _Control()
        else:
            control = _read_extension(reader, file, control)
    if not file.frames:
        raise ValueError("no frames")
    # A frame may be larger than the size in the header, which some encoders leave at 0.
    first = file.frames[0]
    file.width, file.height = max(width, first.left + first.width), max(height, first.top + first.height)
    return file


class _Reader:
    """Reads the fields of a GIF file in order. Raises IndexError or ValueError at the end of the file."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content, self._at = content, at

    def byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def short(self) -> int:
        return self.byte() | self.byte() << 8

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        self._at += count
        if self._at > len(self._content):
            raise ValueError("cut short")
        return self._content[self._at - count : self._at]

    def palette(self, flags: int) -> NDArray[np.uint8]:
        """Return the palette whose size is encoded in `flags`; empty if the flags indicate no palette."""
        count = 2 << (flags & 7) if flags & 0x80 else 0
        return np.frombuffer(self.take(3 * count), np.uint8).reshape(-1, 3)

    def sub_blocks(self) -> list[bytes]:
        """Return the contents of the sub-blocks up to the terminating empty sub-block."""
        blocks = []
        while size := self.byte():
            blocks.append(self.take(size))
        return blocks

    def next_block(self) -> int | None:
        """Return the type of the next block; None at the end of the file."""
        while self._at < len(self._content):
            kind = self.byte()
            if kind in (_IMAGE, _EXTENSION):
                return kind
            if kind:  # the trailer, or bytes that are not part of the image
                return None
        return None


def _read_frame(reader: _Reader, shared_palette: NDArray[np.uint8], control: _Control) -> GifFrame:
    left, top, width, height = (reader.short() for _ in range(4))
    flags = reader.byte()
    palette = reader.palette(flags)
    min_code_size = reader.byte()
    blocks = reader.sub_blocks()
    data = b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"
    if not (width and height and blocks and 1 <= min_code_size <= 8):
        raise ValueError("an empty frame")
    return GifFrame(left, top, width, height, palette if len(palette) else shared_palette, control.transparent,
                    control.disposal, control.duration_ms, data, min_code_size, bool(flags & 0x40))  # fmt: skip


def _read_extension(reader: _Reader, file: GifFile, control: _Control) -> _Control:
    """Read an extension, and return the settings for the next frame."""
    label, blocks = reader.byte(), reader.sub_blocks()
    if label == _CONTROL and blocks and len(blocks[0]) >= 4:
        flags, low, high, index = blocks[0][:4]
        disposal = _DISPOSALS.get(flags >> 2 & 7, Disposal.KEEP)
        return _Control(index if flags & 1 else None, disposal, 10.0 * (low | high << 8))
    if label == _COMMENT:
        file.comments.append(b"".join(blocks))
    if label == _APPLICATION and len(blocks) > 1 and blocks[0] in (b"NETSCAPE2.0", b"ANIMEXTS1.0"):
        for block in blocks[1:]:
            if len(block) >= 3 and block[0] & 7 == 1:
                file.repetitions = block[1] | block[2] << 8
    return control


def patches(file: GifFile) -> Iterator[Patch]:
    """Yield the frames as RGBA rectangles.

    Cleared areas become transparent, as in browsers, instead of the background color that GIF89a specifies.

    Raises
    ------
    ValueError
        If a frame is damaged or cut short.
    """
    for frame in file.frames:
        size = frame.width, frame.height
        unpacked = PIL.Image.frombytes("L", size, frame.data, "gif", frame.min_code_size, int(frame.is_interlaced), -1)
        colors = np.zeros((256, 4), np.uint8)
        colors[:, 3] = 255
        colors[: len(frame.palette), :3] = frame.palette
        if not len(frame.palette):  # a file without palettes: the indices are gray levels
            colors[:, :3] = np.arange(256)[:, None]
        if frame.transparent is not None:
            colors[frame.transparent] = 0
        rgba = colors[np.asarray(unpacked)]
        yield Patch(rgba, frame.left, frame.top, frame.disposal, is_blended=True)

"""Read JPEG files that Pillow cannot read.

These are 12-bit, lossless and JPEG-LS files, and files without an end marker.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import imagecodecs
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from engine.errors import N_, ImageUnreadable
from engine.imaging.codecs import high_bit_depth, reasons
from engine.imaging.color import Pixels

_SIGNATURE = b"\xff\xd8\xff"
_END = b"\xff\xd9"
_START_OF_SCAN, _PROGRESSIVE, _JPEG_LS, _ADOBE = 0xDA, 0xC2, 0xF7, 0xEE
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
_FRAMES = (*(kind for kind in range(0xC0, 0xD0) if kind not in (0xC4, 0xC8, 0xCC)), _JPEG_LS)
_STANDALONE = (*range(0xD0, 0xD9), 0x01)  # markers without a segment
_FILLER = bytes(np.random.default_rng(0).integers(1, 255, 2048, np.uint8))  # random image data


@dataclass(frozen=True)
class JpegHeader:
    """Frame header of a JPEG file.

    Attributes
    ----------
    sof_marker : second byte of the SOF marker, which identifies the coding process, such as 0xC0 for baseline
    bits : bits per sample
    width, height : size in px
    component_ids : identifier of each component
    sof_offset : offset in bytes of the SOF marker in the file
    inverted_inks : whether CMYK samples are stored inverted, as in files from Adobe's programs
    """

    sof_marker: int
    bits: int
    width: int
    height: int
    component_ids: tuple[int, ...]
    sof_offset: int
    inverted_inks: bool

    @property
    def is_readable_by_pillow(self) -> bool:
        """Whether Pillow can decode the samples."""
        return self.bits == 8 and self.sof_marker != _JPEG_LS and self.sof_marker not in _LOSSLESS


def is_jpeg(content: bytes) -> bool:
    """Return whether the bytes start with the signature of a JPEG file."""
    return content[:3] == _SIGNATURE


def parse_header(content: bytes) -> JpegHeader | None:
    """Return the frame header of a JPEG file; None if it is missing or damaged.

    References
    ----------
    ITU-T T.81, B.2.2.
    """
    inverted = False
    for kind, start, body in _segments(content):
        if kind == _ADOBE and body.startswith(b"Adobe"):
            inverted = True
        if kind in _FRAMES:
            if len(body) < 6 or len(body) < 6 + 3 * body[5] or not body[5]:
                return None
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            ids = tuple(body[6 + 3 * index] for index in range(body[5]))
            return JpegHeader(kind, body[0], width, height, ids, start, inverted)
        if kind == _START_OF_SCAN:
            return None
    return None


def _segments(content: bytes, start: int = 2) -> Iterator[tuple[int, int, bytes]]:
    """Yield (second byte of marker, offset of marker, segment data) for each segment. Skip image data."""
    at = start
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        kind = content[at + 1]
        if kind in (0x00, 0xFF, *_STANDALONE):
            at += 1 if kind == 0xFF else 2
            continue
        if kind == _END[1]:
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(content):
            return
        yield kind, at, content[at + 4 : at + 2 + length]
        at += 2 + length


def decode_samples(content: bytes, header: JpegHeader, file_name: str) -> Pixels:
    """Decode a JPEG file that Pillow cannot read.

    Parameters
    ----------
    content : bytes of the file
    file_name : file name for error messages

    Returns
    -------
    (H, W, C) uint8 or uint16
        Gray, RGB or CMYK. The maximum value of a CMYK channel is full ink.

    Raises
    ------
    ImageUnreadable
        If the number of components is not 1, 3 or 4.
    RuntimeError, ValueError and others
        From the codec, for damaged files.
    """
    if len(header.component_ids) not in (1, 3, 4) or not 2 <= header.bits <= 16:
        raise ImageUnreadable(name=file_name, reason=reasons.UNSUPPORTED_COLORS)
    decoder = imagecodecs.jpegls_decode if header.sof_marker == _JPEG_LS else imagecodecs.jpeg8_decode
    samples: NDArray[np.generic] = np.asarray(decoder(content))
    samples = samples.reshape(*samples.shape[:2], -1)
    if samples.shape != (header.height, header.width, len(header.component_ids)):
        raise ValueError("another size than in the header")
    levels = high_bit_depth.stretch_to_full_range(samples, header.bits)
    return np.iinfo(levels.dtype).max - levels if levels.shape[2] == 4 and header.inverted_inks else levels


def metadata_stub(content: bytes, header: JpegHeader) -> bytes:
    """Return a small JPEG file that Pillow can read, with the metadata of a file that Pillow cannot read."""
    buffer = BytesIO()
    PIL.Image.new("L", (8, 8)).save(buffer, "JPEG")
    small = buffer.getvalue()
    first = next(start for kind, start, _ in _segments(small) if not 0xE0 <= kind <= 0xEF)
    return content[: header.sof_offset] + small[first:]


def append_end_marker(content: bytes, file_name: str) -> bytes:
    """Append the end marker to a JPEG file in which nothing else is missing.

    To detect missing image data, the image is decoded twice: once with an end marker, and once with random data in
    front of the end marker. The results differ only if image data is missing.

    Parameters
    ----------
    content : bytes of the file
    file_name : file name for error messages

    Returns
    -------
    Bytes of the complete file.

    Raises
    ------
    ImageUnreadable
        If image data is missing.
    OSError, SyntaxError and others
        From the codec, for damaged files.
    """
    body = content.rstrip(b"\xff")
    complete = body + _END
    one, other = (_decode_with_pillow(made) for made in (complete, body + _FILLER + _END))
    differing = np.flatnonzero((one != other).any(axis=(1, 2)))
    if differing.size or not _has_all_scans(content):
        reason = N_("Part of the image data is missing. Use another copy of the file.")
        raise ImageUnreadable(name=file_name, reason=reason)
    return complete


def _decode_with_pillow(content: bytes) -> Pixels:
    with PIL.Image.open(BytesIO(content), formats=["JPEG"]) as image:
        image.load()
        return np.asarray(image).reshape(image.height, image.width, -1)


def _has_all_scans(content: bytes) -> bool:
    """Return whether a progressive JPEG file contains all scans. Always True for other JPEG files.

    References
    ----------
    ITU-T T.81, B.2.3 and G.1.1.1.
    """
    header = parse_header(content)
    if header is None or header.sof_marker != _PROGRESSIVE:
        return True
    missing = {component: dict.fromkeys(range(64), True) for component in header.component_ids}
    for kind, _, body in _segments(content):
        if kind != _START_OF_SCAN or len(body) != 4 + 2 * body[0]:
            continue
        first, last, approximation = body[-3:]
        for component in body[1:-3:2]:
            if component in missing and not approximation & 0x0F:
                missing[component].update(dict.fromkeys(range(first, min(last, 63) + 1), False))
    return not any(any(bands.values()) for bands in missing.values())

"""Samples of more than 8 bits, which Pillow would cut to 8 and say nothing: who has them, and reading them."""

import re
from collections.abc import Callable

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import PictureUnreadable, mark
from engine.imaging.color import Pixels, quantise

Samples = NDArray[np.generic]
_TOP = 65535


def is_deep(image: Image.Image, content: bytes) -> bool:
    """Whether an opened picture has more than 8 bits a sample in its file."""
    if image.mode.startswith(("I", "F")) or any(";16" in str(tile[3]) for tile in getattr(image, "tile", ())):
        return True
    depth = {"JPEG2000": _depth_of_jpeg2000, "AVIF": _depth_of_avif, "PPM": _depth_of_netpbm}.get(str(image.format))
    return depth is not None and depth(content) > 8


def read(image: Image.Image, content: bytes, name: str) -> Samples:
    """Decode (H, W) or (H, W, C) of an opened picture's file, uint16 at full range; raises PictureUnreadable."""
    reader = _READERS.get(str(image.format))
    if reader is None:
        raise PictureUnreadable(name=name, reason=mark("more than 8 bits are not supported in this format."))
    return reader(content)


def as_unsigned(samples: Samples, bits: int, name: str) -> Pixels:
    """Bring samples of any type to uint8 or uint16 at full range.

    Floating point in [0, 1] becomes 16 bits; `bits` are those a file's integers have, which may be fewer than their
    type's.

    Raises
    ------
    PictureUnreadable
        For floating point outside that range, for signed integers, and for more than 16 bits.
    """
    if samples.dtype.kind == "f":
        real = samples.astype(np.float32)
        if not (np.isfinite(real).all() and real.min() >= 0 and real.max() <= 1):
            reason = mark("its samples are floating-point numbers outside 0 to 1, whose white nobody knows.")
            raise PictureUnreadable(name=name, reason=reason)
        return quantise(real, np.uint16)
    if samples.dtype.kind not in "ub" or samples.dtype.itemsize > 2:
        raise PictureUnreadable(name=name, reason=mark("samples of this kind are not supported."))
    if samples.dtype.kind == "b":
        return samples.astype(np.uint8) * np.uint8(255)
    return stretched(samples, bits)


def stretched(samples: Samples, bits: int) -> Pixels:
    """Stretch unsigned integers of `bits` bits to the full range of 8 or 16 bits."""
    kind: type[np.uint8 | np.uint16] = np.uint8 if bits <= 8 else np.uint16
    top, most = (255 if bits <= 8 else 65535), 2**bits - 1
    if most == top:
        return samples.astype(kind, copy=False)
    made: Pixels = ((np.minimum(samples, most).astype(np.uint32) * top + most // 2) // most).astype(kind)
    return made


def _png(content: bytes) -> Samples:
    return np.asarray(imagecodecs.png_decode(content))


def _jpeg2000(content: bytes) -> Samples:
    return stretched(np.asarray(imagecodecs.jpeg2k_decode(content)), _depth_of_jpeg2000(content))


def _avif(content: bytes) -> Samples:
    return stretched(np.asarray(imagecodecs.avif_decode(content, index=0)), _depth_of_avif(content))


def _netpbm(content: bytes) -> Samples:
    """Binary PGM and PPM: two bytes a sample, the high one first."""
    header = _netpbm_header(content)
    if header is None:
        raise ValueError("not a binary PGM or PPM")
    kind, width, height, most, start = header
    channels = 3 if kind == b"P6" else 1
    count = width * height * channels
    levels = np.frombuffer(content, ">u2", count, start).reshape(height, width, channels)
    return np.asarray(quantise(np.minimum(levels, most) / np.float32(most), np.uint16))


def _netpbm_header(content: bytes) -> tuple[bytes, int, int, int, int] | None:
    """(kind, width, height, largest value, where the samples begin) of a binary PGM or PPM."""
    gap = rb"(?:\s|#[^\n]*\n)+"
    match = re.match(rb"(P[56])" + gap + rb"(\d{1,9})" + gap + rb"(\d{1,9})" + gap + rb"(\d{1,5})\s", content[:4096])
    if match is None or not 0 < int(match[4]) <= _TOP:
        return None
    return match[1], int(match[2]), int(match[3]), int(match[4]), match.end()


def _depth_of_netpbm(content: bytes) -> int:
    header = _netpbm_header(content)
    return header[3].bit_length() if header else 8


def _depth_of_jpeg2000(content: bytes) -> int:
    """Bits of the first component, from the codestream's SIZ marker (ISO 15444-1, A.5.1)."""
    start = content.find(b"\xff\x4f\xff\x51")
    return (content[start + 42] & 0x7F) + 1 if 0 <= start < len(content) - 42 else 8


def _depth_of_avif(content: bytes) -> int:
    """Bits by the AV1 configuration box (AV1-ISOBMFF, 2.3.3)."""
    start = content.find(b"av1C")
    flags = content[start + 6] if 0 <= start < len(content) - 6 else 0
    return (12 if flags & 0x20 else 10) if flags & 0x40 else 8


_READERS: dict[str, Callable[[bytes], Samples]] = {
    "PNG": _png,
    "JPEG2000": _jpeg2000,
    "AVIF": _avif,
    "PPM": _netpbm,
}

"""Detect and read images with more than 8 bits per sample, which Pillow would reduce to 8 bits."""

from collections.abc import Callable

import imagecodecs
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from engine.errors import N_, ImageUnreadable
from engine.imaging.color import Pixels, quantize

Samples = NDArray[np.generic]


def has_high_bit_depth(image: PIL.Image.Image, content: bytes) -> bool:
    """Return whether the file of an image has more than 8 bits per sample.

    Parameters
    ----------
    image : opened image whose pixels are not loaded yet
    content : bytes of the image file
    """
    if image.mode.startswith(("I", "F")) or any(";16" in str(tile[3]) for tile in getattr(image, "tile", ())):
        return True
    depth = {"JPEG2000": _jpeg2000_bit_depth, "AVIF": _avif_bit_depth}.get(str(image.format))
    return depth is not None and depth(content) > 8


def read(image: PIL.Image.Image, content: bytes, file_name: str) -> Samples:
    """Decode an image file with more than 8 bits per sample.

    Parameters
    ----------
    image : opened image, whose format selects the decoder
    content : bytes of the image file
    file_name : file name for error messages

    Returns
    -------
    (H, W) or (H, W, C)
        Samples that use the full range of their dtype.

    Raises
    ------
    ImageUnreadable
        If the format is not supported with more than 8 bits.
    """
    reader = _READERS.get(str(image.format))
    if reader is None:
        reason = N_("This format is supported only with 8 bits per channel. Convert the image to PNG or TIFF.")
        raise ImageUnreadable(name=file_name, reason=reason)
    return reader(content)


def to_unsigned(samples: Samples, bits: int, file_name: str) -> Pixels:
    """Convert samples to uint8 or uint16 values that use the full range of the dtype.

    Parameters
    ----------
    samples : unsigned integers, booleans, or floats in [0, 1]
        Floats become 16-bit integers.
    bits : bit depth of integer samples in the file, which may be smaller than the size of the dtype
    file_name : file name for error messages

    Raises
    ------
    ImageUnreadable
        If floats are out of range, or if integers are signed or have more than 16 bits.
    """
    if samples.dtype.kind == "f":
        real = samples.astype(np.float32)
        if not (np.isfinite(real).all() and real.min() >= 0 and real.max() <= 1):
            reason = N_(
                "Floating-point values outside 0–1 aren't supported. Convert the image to 8 or 16 bits per channel."
            )
            raise ImageUnreadable(name=file_name, reason=reason)
        return quantize(real, np.uint16)
    if samples.dtype.kind not in "ub" or samples.dtype.itemsize > 2:
        reason = N_(
            "Only unsigned integer values of up to 16 bits are supported. Convert the image to 8 or 16 bits "
            "per channel."
        )
        raise ImageUnreadable(name=file_name, reason=reason)
    if samples.dtype.kind == "b":
        return samples.astype(np.uint8) * np.uint8(255)
    return stretch_to_full_range(samples, bits)


def stretch_to_full_range(samples: Samples, bits: int) -> Pixels:
    """Scale unsigned integers of `bits` bits to the full range of uint8 (up to 8 bits) or uint16."""
    kind: type[np.uint8 | np.uint16] = np.uint8 if bits <= 8 else np.uint16
    old_max, new_max = 2**bits - 1, np.iinfo(kind).max
    if old_max == new_max:
        return samples.astype(kind, copy=False)
    return rescale_levels(np.minimum(samples, old_max), old_max, new_max)


def rescale_levels(values: Samples, old_max: int, new_max: int) -> Pixels:
    """Scale unsigned integers from [0, old_max] to [0, new_max], and round them.

    Parameters
    ----------
    values : array of any shape, with an unsigned integer dtype
    old_max : maximum of the input range
    new_max : 255 for a uint8 result, or 65535 for a uint16 result
    """
    kind: type[np.uint8 | np.uint16] = np.uint8 if new_max == 255 else np.uint16
    result: Pixels = ((values.astype(np.uint32) * new_max + old_max // 2) // old_max).astype(kind)
    return result


def _decode_png(content: bytes) -> Samples:
    return np.asarray(imagecodecs.png_decode(content))


def _decode_jpeg2000(content: bytes) -> Samples:
    return stretch_to_full_range(np.asarray(imagecodecs.jpeg2k_decode(content)), _jpeg2000_bit_depth(content))


def _decode_avif(content: bytes) -> Samples:
    return stretch_to_full_range(np.asarray(imagecodecs.avif_decode(content, index=0)), _avif_bit_depth(content))


def _jpeg2000_bit_depth(content: bytes) -> int:
    """Return the bits per sample of a JPEG 2000 file, from the first component of its SIZ marker segment.

    References
    ----------
    ISO 15444-1, A.5.1.
    """
    start = content.find(b"\xff\x4f\xff\x51")
    return (content[start + 42] & 0x7F) + 1 if 0 <= start < len(content) - 42 else 8


def _avif_bit_depth(content: bytes) -> int:
    """Return the bits per sample of an AVIF file, from its AV1 configuration box.

    References
    ----------
    AV1 Codec ISO Media File Format Binding, 2.3.3.
    """
    start = content.find(b"av1C")
    flags = content[start + 6] if 0 <= start < len(content) - 6 else 0
    return (12 if flags & 0x20 else 10) if flags & 0x40 else 8


_READERS: dict[str, Callable[[bytes], Samples]] = {
    "PNG": _decode_png,
    "JPEG2000": _decode_jpeg2000,
    "AVIF": _decode_avif,
}

"""Read the metadata of images that Pillow has opened."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import PIL.Image

from engine.imaging.codecs import exif, xmp

_XMP_TEXT = "XML:com.adobe.xmp"


def read_orientation(exif_block: bytes | None, packet: bytes | None) -> int:
    """Return the EXIF orientation, from 1 (upright) to 8. XMP is used only if EXIF has no orientation."""
    return exif.orientation(exif_block) or xmp.orientation(packet) or 1


def read_image_orientation(image: PIL.Image.Image) -> int:
    """Return the EXIF orientation of an opened image.

    It is always 1 for HEIC, because the decoder already rotates these images upright.
    """
    return 1 if image.format == "HEIF" else read_orientation(*_raw_metadata(image))


def _raw_metadata(image: PIL.Image.Image) -> tuple[bytes | None, bytes | None]:
    """Return the EXIF block and the XMP packet as stored in the file; None for each that is missing."""
    block = image.info.get("exif")
    if not block and "Raw profile type exif" in image.info:  # ImageMagick stores EXIF as PNG text
        with suppress(ValueError, IndexError):
            block = bytes.fromhex("".join(str(image.info["Raw profile type exif"]).split("\n")[3:]))
    packet = image.info.get("xmp") or image.info.get(_XMP_TEXT)
    return block or None, packet.encode() if isinstance(packet, str) else packet or None


def read_metadata(image: PIL.Image.Image, texts: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the metadata of an opened image as keyword arguments for `engine.imaging.image.Image`.

    The orientation is already reset to upright, so the caller must rotate the pixels.

    Parameters
    ----------
    texts : (keyword, text) of a PNG
    """
    block, packet = _raw_metadata(image)
    excluded = (_XMP_TEXT, "Raw profile type exif")
    return {
        "icc": image.info.get("icc_profile") or None,
        "exif": exif.reset_orientation(block),
        "xmp": xmp.reset_orientation(packet),
        "dpi": _dpi(image, block),
        "text": tuple((key, value) for key, value in texts if key not in excluded),
    }


def _dpi(image: PIL.Image.Image, block: bytes | None) -> tuple[float, float] | None:
    """Return the (horizontal, vertical) dots per inch of an image; None if unknown or implausible.

    The format's own field takes precedence over EXIF.
    """
    dpi = image.info.get("dpi")
    if not dpi and image.format in ("WEBP", "AVIF", "PNG", "HEIF"):
        dpi = exif.dpi(block)
    if not dpi:
        return None
    across, down = (float(dots) for dots in dpi)
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None

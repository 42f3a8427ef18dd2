"""Color conversion with ICC profiles, computed by Little CMS."""

from functools import cache

import imagecodecs
import numpy as np

from engine.imaging.color import Pixels

# cmsFLAGS_NOOPTIMIZE: for 16 bits, the optimized tables are wrong by up to 14 of 255 levels in saturated colors.
_EXACT = 0x0100
_SPACES = {1: "gray", 3: "rgb", 4: "cmyk"}


@cache
def srgb_profile() -> bytes:
    """Return the ICC profile of sRGB (IEC 61966-2-1). Its bytes are the same on every machine and day."""
    profile = bytearray(imagecodecs.cms_profile("srgb"))
    profile[24:36] = bytes((7, 208, 0, 1, 0, 1)) + bytes(6)  # creation date: January 1, 2000
    profile[84:100] = bytes(16)  # checksum, which is optional
    return bytes(profile)


def is_gray_profile(icc: bytes) -> bool:
    """Return whether an ICC profile is for gray images (ICC.1, bytes 16 to 19 of the header)."""
    return icc[16:20] == b"GRAY"


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels | None:
    """Convert gray, RGB or CMYK pixels to sRGB.

    The rendering intent is perceptual, Little CMS's default, which suits printer profiles. For matrix profiles, the
    result is the same as with the relative colorimetric intent.

    Parameters
    ----------
    pixels : (H, W, 1), (H, W, 3) or (H, W, 4) uint8 or uint16
        Gray, RGB or CMYK. The maximum value of a CMYK channel is full ink.
    icc : color profile of the pixels

    Returns
    -------
    (H, W, 1) for gray, otherwise (H, W, 3), with the dtype of `pixels`; None if the profile is unusable
    """
    channels = pixels.shape[2]
    source = np.ascontiguousarray(pixels[:, :, 0] if channels == 1 else pixels)
    flags = _EXACT if pixels.dtype == np.uint16 else 0
    try:
        rgb = imagecodecs.cms_transform(
            source, icc, srgb_profile(), colorspace=_SPACES[channels], outcolorspace="rgb", flags=flags
        )
    except (RuntimeError, ValueError):  # CmsError is a RuntimeError
        return None
    result: Pixels = np.asarray(rgb).reshape(*pixels.shape[:2], 3)
    return result[:, :, 1:2].copy() if channels == 1 else result


def cmyk_to_srgb(cmyk: Pixels, icc: bytes | None) -> Pixels:
    """Convert CMYK pixels to sRGB.

    Without a usable profile, the colors are approximated by ``R = (1 - C)(1 - K)``, and likewise for G and B.

    Parameters
    ----------
    cmyk : (H, W, 4) uint8 or uint16
        The maximum value is full ink.
    icc : color profile, or None if the image has none

    Returns
    -------
    (H, W, 3), with the dtype of `cmyk`
    """
    converted = to_srgb(cmyk, icc) if icc else None
    if converted is not None:
        return converted
    top = np.iinfo(cmyk.dtype).max
    remaining = (top - cmyk).astype(np.uint32)
    product = remaining[:, :, :3] * remaining[:, :, 3:]
    rgb: Pixels = ((product + top // 2) // top).astype(cmyk.dtype)
    return rgb

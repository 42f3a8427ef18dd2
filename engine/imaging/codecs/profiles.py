"""Color conversion with ICC profiles, by Little CMS."""

from functools import cache

import imagecodecs
import numpy as np

from engine.imaging.color import Pixels

_EXACT = 0x0100  # cmsFLAGS_NOOPTIMIZE: the optimized 16-bit tables err by up to 14 of 255 levels in saturated colors
_SPACES = {1: "gray", 3: "rgb", 4: "cmyk"}


@cache
def srgb_profile() -> bytes:
    """Return the sRGB profile (IEC 61966-2-1), always the same bytes."""
    profile = bytearray(imagecodecs.cms_profile("srgb"))
    profile[24:36] = bytes((7, 208, 0, 1, 0, 1)) + bytes(6)  # creation date: January 1, 2000
    profile[84:100] = bytes(16)  # checksum, which is optional
    return bytes(profile)


def is_gray_profile(icc: bytes) -> bool:
    """Return whether a profile describes gray (ICC.1, bytes 16 to 19 of the header)."""
    return icc[16:20] == b"GRAY"


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels | None:
    """Convert gray, RGB or CMYK (H, W, 1|3|4) uint8 or uint16 to sRGB; None for an unusable profile.

    Gray stays gray. CMYK has full ink at the maximum. The rendering intent is perceptual, Little CMS's default, which
    printer profiles are made for. Matrix profiles give the same result with relative colorimetric.
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


def cmyk_to_srgb(inks: Pixels, icc: bytes | None) -> Pixels:
    """Convert CMYK (H, W, 4) uint8 or uint16, full ink at the maximum, to sRGB of the same dtype.

    Without a usable profile the result is R = (1 - C)(1 - K), an approximation.
    """
    converted = to_srgb(inks, icc) if icc else None
    if converted is not None:
        return converted
    top = np.iinfo(inks.dtype).max
    remaining = (top - inks).astype(np.uint32)
    product = remaining[:, :, :3] * remaining[:, :, 3:]
    rgb: Pixels = ((product + top // 2) // top).astype(inks.dtype)
    return rgb

"""Colours through ICC profiles, by Little CMS: CMYK to sRGB, and any profile to sRGB where a file can carry none."""

from functools import cache

import imagecodecs
import numpy as np

from engine.imaging.color import Pixels

_EXACT = 0x0100  # cmsFLAGS_NOOPTIMIZE: its tables for 16 bits err by up to 14 levels of 255 at saturated colours
_SPACES = {1: "gray", 3: "rgb", 4: "cmyk"}


@cache
def srgb() -> bytes:
    """The profile of sRGB (IEC 61966-2-1), the same bytes at any time."""
    made = bytearray(imagecodecs.cms_profile("srgb"))
    made[24:36] = bytes((7, 208, 0, 1, 0, 1)) + bytes(6)  # when it was made: the first day of 2000
    made[84:100] = bytes(16)  # its checksum, which may be left out
    return bytes(made)


def is_gray_profile(icc: bytes) -> bool:
    """Whether a profile describes gray (ICC.1, bytes 16 to 19 of the header)."""
    return icc[16:20] == b"GRAY"


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels | None:
    """Convert (H, W, 1|3|4) uint8 or uint16 gray, RGB or CMYK (full ink at the top) from a profile to sRGB.

    Gray stays gray. None for a profile that is damaged or of another kind of colour. Relative colorimetric would
    shift nothing between matrix profiles; perceptual, Little CMS's default, is what printers' profiles are made for.
    """
    channels = pixels.shape[2]
    source = np.ascontiguousarray(pixels[:, :, 0] if channels == 1 else pixels)
    flags = _EXACT if pixels.dtype == np.uint16 else 0
    try:
        rgb = imagecodecs.cms_transform(
            source, icc, srgb(), colorspace=_SPACES[channels], outcolorspace="rgb", flags=flags
        )
    except (RuntimeError, ValueError):  # CmsError is a RuntimeError
        return None
    made: Pixels = np.asarray(rgb).reshape(*pixels.shape[:2], 3)
    return made[:, :, 1:2].copy() if channels == 1 else made


def cmyk_to_srgb(inks: Pixels, icc: bytes | None) -> Pixels:
    """CMYK (H, W, 4) uint8 or uint16, full ink at the top, as sRGB (H, W, 3) of the same type.

    Through its profile; without a usable one by the plain formula R = (1 - C)(1 - K), which is a guess at the inks.
    """
    converted = to_srgb(inks, icc) if icc else None
    if converted is not None:
        return converted
    top = np.iinfo(inks.dtype).max
    paper = (top - inks).astype(np.uint32)
    product = paper[:, :, :3] * paper[:, :, 3:]
    rgb: Pixels = ((product + top // 2) // top).astype(inks.dtype)
    return rgb

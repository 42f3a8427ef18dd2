"""Create, validate and apply ICC profiles, with Little CMS."""

from contextlib import suppress
from functools import cache
from typing import Any

import imagecodecs
import numpy as np

from engine.errors import N_
from engine.imaging.color import Pixels
from engine.imaging.color_space import ColorSpace
from engine.imaging.image import Image

# cmsFLAGS_NOOPTIMIZE: for 16 bits, the optimized tables are wrong by up to 14 of 255 levels in saturated colors.
_EXACT = 0x0100
UNUSABLE_PROFILE = N_("A color profile that is damaged or doesn't match the image was ignored.")
_HEADER_BYTES, _CURVE_POINTS, _MAX_TAGS = 128, 1024, 100
_SPACES = {1: "gray", 3: "rgb", 4: "cmyk"}


@cache
def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB (IEC 61966-2-1). The bytes are always the same."""
    return _without_date(imagecodecs.cms_profile("srgb"))


def _without_date(made: bytes) -> bytes:
    """Return a profile with a fixed creation date, so that its bytes are reproducible."""
    profile = bytearray(made)
    profile[24:36] = bytes((7, 208, 0, 1, 0, 1)) + bytes(6)  # creation date: January 1, 2000
    profile[84:100] = bytes(16)  # checksum, which is optional
    return bytes(profile)


@cache
def from_color_space(space: ColorSpace, *, is_gray: bool) -> bytes | None:
    """Return an ICC profile that describes a color space.

    Parameters
    ----------
    space : color space for which `is_convertible` is True
    is_gray : whether to create a gray profile instead of an RGB profile

    Returns
    -------
    The profile, or None if the chromaticities are invalid.

    Raises
    ------
    ValueError
        If the color space is not convertible.
    """
    xy = space.effective_chromaticities
    if xy is None or not space.is_convertible:
        raise ValueError("a color space without a profile")
    white, *primaries = [(x / 100_000, y / 100_000, 1.0) for x, y in zip(xy[::2], xy[1::2], strict=True)]
    curve = None
    if space.decoding_curve is not None:
        curve = np.round(space.decoding_curve(np.linspace(0, 1, _CURVE_POINTS)) * 65535).astype(np.uint16)
    with suppress(RuntimeError, ValueError):  # CmsError is a RuntimeError
        made = imagecodecs.cms_profile(
            "gray" if is_gray else "rgb",
            whitepoint=white,
            primaries=None if is_gray else [value for primary in primaries for value in primary],
            transferfunction=curve,
            gamma=space.decoding_exponent,
        )
        return validated(_without_date(made), is_gray=is_gray)
    return None


def profile_for_image(image: Image) -> bytes | None:
    """Return an ICC profile for displaying an image; None for sRGB.

    If the color space cannot be converted to a profile, as for HDR, the embedded profile is returned, or None.
    """
    space = image.color_space
    if space is None or not space.is_convertible:
        return image.icc
    return None if space.is_srgb else from_color_space(space, is_gray=image.is_gray)


def validated(icc: bytes, *, is_gray: bool) -> bytes | None:
    """Validate a profile for gray or RGB images, and remove trailing bytes.

    Returns
    -------
    The profile, or None if it is damaged or has a different color space.

    References
    ----------
    ICC.1:2022, section 7.2.
    """
    size = int.from_bytes(icc[:4], "big")
    if not _HEADER_BYTES < size <= len(icc) or icc[16:20] != (b"GRAY" if is_gray else b"RGB "):
        return None
    probe = np.zeros((1, 1, 1 if is_gray else 3), np.uint8)
    return icc[:size] if to_srgb(probe, icc[:size]) is not None else None


def is_gray_profile(icc: bytes) -> bool:
    """Return whether an ICC profile is a gray profile, according to its header."""
    return icc[16:20] == b"GRAY"


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels | None:
    """Convert gray, RGB or CMYK pixels to sRGB.

    The rendering intent is perceptual, which suits printer profiles. Matrix profiles give the same result with the
    relative colorimetric intent.

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


def replace_cmyk(cmyk: Pixels, fields: dict[str, Any]) -> Pixels:
    """Convert CMYK pixels to sRGB with the color profile in `fields`, and update `fields`.

    Parameters
    ----------
    cmyk : (H, W, 4) uint8 or uint16
        The maximum value is full ink.
    fields : keyword arguments for `engine.imaging.image.Image`, changed in place
        "icc" is replaced with the sRGB profile, and "is_cmyk" is set to True. If the profile is unusable, a message
        is added to "warnings".

    Returns
    -------
    (H, W, 3), with the dtype of `cmyk`
    """
    icc = fields["icc"]
    if icc and to_srgb(cmyk[:1, :1], icc) is None:
        fields["warnings"] = (*fields.get("warnings", ()), UNUSABLE_PROFILE)
        icc = None
    fields["icc"], fields["is_cmyk"] = srgb_profile(), True
    return cmyk_to_srgb(cmyk, icc)


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

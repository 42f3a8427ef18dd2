"""Determine the color space of a decoded image, and remove unusable color profiles."""

from dataclasses import replace

from engine.errors import N_, Message
from engine.imaging.codecs import exif, nclx, profiles
from engine.imaging.color_space import ADOBE_RGB, ColorSpace
from engine.imaging.image import Image


def resolve_color_space(image: Image, content: bytes) -> Image:
    """Return a copy of an image with its color space set and with unusable color descriptions removed.

    The color space comes from the container (AVIF, HEIC) or from EXIF (Adobe RGB). Removing a damaged profile or color
    space adds a warning.

    Parameters
    ----------
    image : decoded image
    content : bytes of the image file
    """
    stored = nclx.read_color_space(content) if content[4:8] == b"ftyp" else None
    frames = [_resolve_frame(frame, stored) for frame in (image, *image.frames)]
    warnings = tuple(dict.fromkeys(warning for frame in frames for warning in frame.warnings))
    return replace(frames[0], frames=tuple(frames[1:]), warnings=warnings)


def _resolve_frame(frame: Image, stored: ColorSpace | None) -> Image:
    """Apply `resolve_color_space` to a single frame.

    Parameters
    ----------
    stored : color space that the container declares, or None
    """
    warnings: list[Message] = []
    icc, space = frame.icc, frame.color_space
    if icc is not None:
        icc = profiles.validated(icc, is_gray=frame.is_gray)
        if icc is None:
            warnings.append(profiles.UNUSABLE_PROFILE)
    if space is None and icc is None:
        space = stored or (ADOBE_RGB if exif.is_adobe_rgb(frame.exif) else None)
    if space is not None and space.is_convertible and profiles.from_color_space(space, is_gray=frame.is_gray) is None:
        warnings.append(N_("A damaged color space definition was ignored."))
        space = None
    return replace(frame, icc=icc, color_space=space, warnings=(*frame.warnings, *warnings))

"""Write comparison images, which show several captioned images side by side or as an animation."""

from functools import partial
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFont

from engine.errors import ImageUnwritable
from engine.imaging.codecs import image_files, opening
from engine.imaging.codecs.image_files import Image
from engine.imaging.codecs.reasons import UNVERIFIED
from engine.imaging.color import Pixels, to_uint8
from engine.system.files import os_error_reason, write_atomically

CaptionedImages = list[tuple[str, Pixels]]  # caption, and (H, W, 1) or (H, W, 3) uint8 or uint16 pixels

ANIMATION_FORMATS = {".gif": "GIF", ".webp": "WEBP", ".apng": "PNG"}
FRAME_DURATION_MS = 1000
_GAP = 12  # px around and between the images
_SQUARE_PX, _SQUARE_COLORS = 12, ((36, 38, 42), (61, 65, 73))
_BACKGROUND, _TEXT_COLOR = (28, 29, 32), (233, 234, 236)


def write(images: CaptionedImages, path: Path, icc: bytes | None = None) -> None:
    """Write a comparison image: an animation for GIF, WebP and APNG, side by side for all other formats.

    Smaller images are resized to the size of the largest image with nearest-neighbor interpolation.

    Parameters
    ----------
    images : (caption, pixels) of each image
        The pixels are (H, W, 1) or (H, W, 3) uint8 or uint16.
    path : file, whose extension selects the format
    icc : color profile of the images, or None
        It is ignored for gray images, because the comparison image is always RGB.

    Raises
    ------
    ImageUnwritable
    """
    images = _match_sizes(images)
    height, width = images[0][1].shape[:2]
    with opening.lift_pixel_limit(width, height):
        _write(images, path, icc if images[0][1].shape[2] == 3 else None)


def _write(images: CaptionedImages, path: Path, icc: bytes | None) -> None:
    """Write a comparison image of 8-bit images that have the same size."""
    if path.suffix.lower() not in ANIMATION_FORMATS:
        image_files.write(Image(side_by_side(images), icc=icc), path)
        return
    lines = max(caption.count("\n") + 1 for caption, _ in images)  # all frames of an animation must have the same size
    frames = [PIL.Image.fromarray(side_by_side([image], lines)) for image in images]
    try:
        write_atomically(path, partial(_save_frames, frames, path.suffix.lower(), icc), partial(_verify, path.name))
    except OSError as error:
        raise ImageUnwritable(name=path.name, reason=os_error_reason(error)) from error


def side_by_side(images: CaptionedImages, caption_lines: int = 1) -> NDArray[np.uint8]:
    """Return one RGB image that shows images of the same size in a row, with their captions below.

    Parameters
    ----------
    images : (caption, pixels) of each image, from left to right
        A caption can have several lines. The pixels are (H, W, 1) or (H, W, 3) uint8.
    caption_lines : minimum number of lines to reserve for the captions

    Returns
    -------
    (height, width, 3) uint8
    """
    height, width = images[0][1].shape[:2]
    points = max(12, min(28, width // 22))
    font = ImageFont.load_default(points)
    lines = max(caption_lines, *(caption.count("\n") + 1 for caption, _ in images))
    bottom = _GAP + lines * round(points * 1.4)
    canvas_size = len(images) * (width + _GAP) + _GAP, height + _GAP + bottom + _GAP // 2
    canvas = PIL.Image.new("RGB", canvas_size, _BACKGROUND)
    draw = ImageDraw.Draw(canvas)
    for index, (caption, pixels) in enumerate(images):
        left = _GAP + index * (width + _GAP)
        rgb = np.broadcast_to(pixels, (height, width, 3))
        canvas.paste(PIL.Image.fromarray(np.ascontiguousarray(rgb)), (left, _GAP))
        draw.multiline_text((left, height + 2 * _GAP), caption, _TEXT_COLOR, font, spacing=round(points * 0.3))
    return np.asarray(canvas)


def composite_over_checkerboard(pixels: Pixels, alpha: Pixels | None) -> Pixels:
    """Composite an image with transparency over a checkerboard.

    Parameters
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
    alpha : (H, W) of the same dtype, or None for an opaque image

    Returns
    -------
    (H, W, 3) uint8, or `pixels` unchanged if the image is opaque
    """
    if alpha is None:
        return pixels
    rows, columns = (np.arange(length) // _SQUARE_PX for length in alpha.shape)
    squares = np.array(_SQUARE_COLORS, np.float32)[(rows[:, None] + columns) % 2]
    opacity = (alpha.astype(np.float32) / np.iinfo(alpha.dtype).max)[:, :, None]
    levels = to_uint8(pixels)
    return np.asarray(np.round(squares + (levels - squares) * opacity), np.uint8)


def _match_sizes(images: CaptionedImages) -> CaptionedImages:
    """Convert all images to 8 bits, and resize them to the size of the largest image."""
    height, width = max(pixels.shape[:2] for _, pixels in images)
    matched = []
    for caption, pixels in images:
        levels = to_uint8(pixels)
        if levels.shape[:2] != (height, width):
            resized = cv2.resize(levels, (width, height), interpolation=cv2.INTER_NEAREST)
            levels = np.asarray(resized, np.uint8).reshape(height, width, -1)
        matched.append((caption, levels))
    return matched


def _save_frames(frames: list[PIL.Image.Image], suffix: str, icc: bytes | None, file: BinaryIO) -> None:
    """Save images as an animation that loops forever."""
    options = {"lossless": True} if suffix == ".webp" else {}
    first, *rest = frames
    kind = ANIMATION_FORMATS[suffix]
    profile = {"icc_profile": icc} if icc and kind != "GIF" else {}
    first.save(file, kind, save_all=True, append_images=rest, duration=FRAME_DURATION_MS, loop=0, **options, **profile)


def _verify(name: str, written: Path) -> None:
    """Raise ImageUnwritable if the last frame of a written animation cannot be decoded."""
    try:
        with opening.open_image(written) as again:
            again.seek(again.n_frames - 1)  # type: ignore[attr-defined]
            again.load()
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ImageUnwritable(name=name, reason=UNVERIFIED) from error

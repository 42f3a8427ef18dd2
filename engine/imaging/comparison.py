"""Pictures to compare as one picture: side by side with captions, or one after the other."""

from functools import partial
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.errors import PictureUnwritable, mark
from engine.imaging.codecs import image_files, opening
from engine.imaging.codecs.image_files import Picture
from engine.imaging.color import Pixels, in_8_bits
from engine.system.files import reason_of, write_atomically

Shown = list[tuple[str, Pixels]]  # caption and pixels (H, W, 1|3) uint8 or uint16

ANIMATED = {".gif": "GIF", ".webp": "WEBP", ".apng": "PNG"}
EACH_MS = 1000  # how long each picture is shown
_GAP = 12  # px around and between the pictures
_SQUARE_PX, _SQUARES = 12, ((36, 38, 42), (61, 65, 73))  # what is seen through a transparent picture
_PAPER, _INK = (28, 29, 32), (233, 234, 236)


def write(shown: Shown, path: Path, icc: bytes | None = None) -> None:
    """Write pictures to compare: one after the other as GIF, WebP or APNG, side by side in every other format.

    Smaller ones are enlarged to the largest, every pixel a square. Raises PictureUnwritable.

    Parameters
    ----------
    icc : the profile of RGB pictures; of gray ones it is left out, as the captions make them RGB
    """
    shown = _alike(shown)
    height, width = shown[0][1].shape[:2]
    with opening.unlimited(width, height):
        _write(shown, path, icc if shown[0][1].shape[2] == 3 else None)


def _write(shown: Shown, path: Path, kept: bytes | None) -> None:
    """Write pictures of one size, and of RGB ones their profile."""
    if path.suffix.lower() not in ANIMATED:
        image_files.write(Picture(side_by_side(shown), icc=kept), path)
        return
    frames = [Image.fromarray(side_by_side([one])) for one in shown]
    try:
        write_atomically(path, partial(_save_frames, frames, path.suffix.lower(), kept), partial(_confirm, path.name))
    except OSError as error:
        raise PictureUnwritable(name=path.name, reason=reason_of(error)) from error


def side_by_side(shown: Shown) -> NDArray[np.uint8]:
    """Put pictures of one size in a row.

    Parameters
    ----------
    shown : (caption, pixels (H, W, 1|3) uint8), left to right; a caption may have several lines

    Returns
    -------
    (height, width, 3) uint8
    """
    height, width = shown[0][1].shape[:2]
    points = max(12, min(28, width // 22))
    font = ImageFont.load_default(points)
    lines = max(caption.count("\n") + 1 for caption, _ in shown)
    bottom = _GAP + lines * round(points * 1.4)
    sheet = Image.new("RGB", (len(shown) * (width + _GAP) + _GAP, height + _GAP + bottom + _GAP // 2), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (caption, pixels) in enumerate(shown):
        left = _GAP + index * (width + _GAP)
        rgb = np.broadcast_to(pixels, (height, width, 3))
        sheet.paste(Image.fromarray(np.ascontiguousarray(rgb)), (left, _GAP))
        draw.multiline_text((left, height + 2 * _GAP), caption, _INK, font, spacing=round(points * 0.3))
    return np.asarray(sheet)


def on_squares(pixels: Pixels, alpha: Pixels | None) -> Pixels:
    """A picture (H, W, 1|3) as it is seen with its transparency (H, W), if any: over squares, (H, W, 3) uint8."""
    if alpha is None:
        return pixels
    rows, columns = (np.arange(length) // _SQUARE_PX for length in alpha.shape)
    squares = np.array(_SQUARES, np.float32)[(rows[:, None] + columns) % 2]
    opacity = (alpha.astype(np.float32) / np.iinfo(alpha.dtype).max)[:, :, None]
    levels = in_8_bits(pixels)
    return np.asarray(np.round(squares + (levels - squares) * opacity), np.uint8)


def _alike(shown: Shown) -> Shown:
    """All in 8 bits and as large as the largest."""
    height, width = max(pixels.shape[:2] for _, pixels in shown)
    alike = []
    for caption, pixels in shown:
        levels = in_8_bits(pixels)
        if levels.shape[:2] != (height, width):
            squares = cv2.resize(levels, (width, height), interpolation=cv2.INTER_NEAREST)
            levels = np.asarray(squares, np.uint8).reshape(height, width, -1)
        alike.append((caption, levels))
    return alike


def _save_frames(frames: list[Image.Image], suffix: str, icc: bytes | None, file: BinaryIO) -> None:
    """The first picture, then the others, over and over."""
    options = {"lossless": True} if suffix == ".webp" else {}
    first, *rest = frames
    kind = ANIMATED[suffix]
    kept = {"icc_profile": icc} if icc and kind != "GIF" else {}
    first.save(file, kind, save_all=True, append_images=rest, duration=EACH_MS, loop=0, **options, **kept)


def _confirm(name: str, written: Path) -> None:
    """Success is only said of a file that opens."""
    try:
        with opening.opened(written) as again:
            again.seek(again.n_frames - 1)  # type: ignore[attr-defined]
            again.load()
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PictureUnwritable(name=name, reason=mark("what was written could not be read back.")) from error

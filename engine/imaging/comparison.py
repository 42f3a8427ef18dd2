"""Pictures side by side in one, with a caption under each."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.imaging.color import Pixels

_GAP = 12  # px around and between the pictures
_PAPER, _INK = (28, 29, 32), (233, 234, 236)


def side_by_side(panes: list[tuple[str, Pixels]]) -> NDArray[np.uint8]:
    """Put pictures of one size in a row.

    Parameters
    ----------
    panes : (caption, pixels (H, W, 1|3) uint8), left to right; a caption may have several lines

    Returns
    -------
    (height, width, 3) uint8
    """
    height, width = panes[0][1].shape[:2]
    points = max(12, min(28, width // 22))
    font = ImageFont.load_default(points)
    lines = max(caption.count("\n") + 1 for caption, _ in panes)
    bottom = _GAP + lines * round(points * 1.4)
    sheet = Image.new("RGB", (len(panes) * (width + _GAP) + _GAP, height + _GAP + bottom + _GAP // 2), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (caption, pixels) in enumerate(panes):
        left = _GAP + index * (width + _GAP)
        rgb = np.broadcast_to(pixels, (height, width, 3))
        sheet.paste(Image.fromarray(np.ascontiguousarray(rgb)), (left, _GAP))
        draw.multiline_text((left, height + 2 * _GAP), caption, _INK, font, spacing=round(points * 0.3))
    return np.asarray(sheet)

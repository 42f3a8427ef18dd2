"""The small picture that is enlarged: a file's own pixels, or the planes of a ground truth that was reduced."""

from dataclasses import dataclass

import numpy as np

from engine.errors import PictureTooSmall, mark
from engine.imaging import color
from engine.imaging.color import Pixels, Planes
from engine.imaging.tiles import Rect


@dataclass(frozen=True)
class LowRes:
    """The small picture, as integer pixels (H, W, 1|3) or as float32 planes (1|3, H, W)."""

    content: Pixels | Planes

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)"""
        shape = self.content.shape
        return (shape[1], shape[2]) if self.content.dtype == np.float32 else (shape[0], shape[1])

    @property
    def sample_type(self) -> np.dtype[np.unsignedinteger]:
        """What the enlargement is quantised to: the file's own type, uint8 for a reduced truth."""
        return np.dtype(np.uint8) if self.content.dtype == np.float32 else self.content.dtype  # type: ignore[return-value]

    def planes(self, window: Rect) -> Planes:
        """Y, or Y, Cb, Cr of a window: (1|3, h, w) float32 in [0, 1]."""
        if self.content.dtype == np.float32:
            return self.content[(slice(None), *window.slices)]  # type: ignore[return-value]
        return color.split(self.content[window.slices])  # type: ignore[arg-type]


def cropped(pixels: Pixels, scale: int) -> Pixels:
    """Cut a ground truth's height and width to multiples of the scale, in 8 bits; raises PictureTooSmall."""
    height, width = (side - side % scale for side in pixels.shape[:2])
    if min(height, width) < scale:
        name = mark("This picture")
        raise PictureTooSmall(name=name, width=pixels.shape[1], height=pixels.shape[0], least=scale)
    truth = pixels[:height, :width]
    return truth if truth.dtype == np.uint8 else color.quantise(truth / np.float32(np.iinfo(truth.dtype).max))

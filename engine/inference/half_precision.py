"""Measurement of the error of float16 storage on photographs, which decides whether a GPU may use it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.datasets.folders import list_images, starter_set_folder
from engine.imaging import color
from engine.imaging.codecs import image_files
from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect
from engine.models.info import ModelInfo

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]

# Largest error on the included photographs, in levels of 255. It leaves a margin below half a level for other images
# (docs/decisions/0008).
MAX_ERROR_LEVELS = 0.4
_SIDE_PX = 512  # of the part of a photograph


def error_levels(exact: Run, half: Run, info: ModelInfo, folder: Path | None = None) -> float:
    """Return the largest difference between two precisions of a model on photographs.

    Parameters
    ----------
    exact, half : functions that run the model on a window in float32 and with float16 storage
    folder : folder of the photographs, see `photo_windows`

    Returns
    -------
    Difference in levels of 255. Both results are clipped to [0, 1] first, as in an image.
    """
    return max(
        float(np.abs(exact(window).clip(0, 1) - half(window).clip(0, 1)).max()) * 255
        for window in photo_windows(info, folder)
    )


def photo_windows(
    info: ModelInfo, folder: Path | None = None, side_px: int = _SIDE_PX
) -> Iterator[NDArray[np.float32]]:
    """Yield a window of the model's input for each photograph of a folder, by default the included ones.

    The window has the shape (C, H + 2 * halo, W + 2 * halo) and values in [0, 1]. As in an evaluation, the photograph
    is downscaled by the scale factor of the model. Bicubic interpolation then upscales it for a model that expects
    that.

    Parameters
    ----------
    side_px : side of the part in the center of the photograph
    """
    for path in list_images(folder or starter_set_folder()):
        pixels = image_files.read(path).pixels
        height, width = (min(side, side_px) // info.scale * info.scale for side in pixels.shape[:2])
        top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
        planes = _to_planes(pixels[top : top + height, left : left + width], info.channels)
        small = (height // info.scale, width // info.scale)
        planes = _resize(planes, small)
        if not info.has_low_res_input:
            planes = _resize(planes, (height, width))
        margins = (info.halo_px, info.halo_px)
        yield np.pad(planes, ((0, 0), margins, margins), mode="edge")


def _to_planes(pixels: color.Pixels, channels: int) -> NDArray[np.float32]:
    """Return Y, with the shape (1, H, W), or RGB, with the shape (3, H, W), of 8-bit pixels."""
    if channels == 1:
        return (color.y_channel(pixels) / 255).astype(np.float32)[None]
    levels = np.broadcast_to(pixels, (*pixels.shape[:2], channels))
    return np.ascontiguousarray(levels.transpose(2, 0, 1) / 255, np.float32)


def _resize(planes: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    resized: NDArray[np.float32] = Resize(planes.shape[1:], size).apply(planes, Rect(0, 0, *size))
    return resized.clip(0, 1).astype(np.float32)

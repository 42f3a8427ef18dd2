"""A Compare page without Qt, and a picture to put on it."""

from pathlib import Path

import numpy as np

from engine.imaging.codecs.image_files import Picture
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import Choices
from srcnn_gui.runtime.lane import Lanes
from tests.srcnn_gui.lanes import InPlaceLane, RecordingView


def texture(height: int, width: int, channels: int = 3) -> Picture:
    """A picture with something in it to sharpen."""
    rows, columns = np.mgrid[:height, :width]
    waves = 127 + 90 * np.sin(rows / 3.0) * np.cos(columns / 5.0)
    return Picture(np.repeat(waves[:, :, None], channels, axis=2).astype(np.uint8))


def presenter(lane=None, choices: Choices | None = None, remembered: list | None = None):
    view = RecordingView()
    lanes = Lanes(lane or InPlaceLane(), *(InPlaceLane() for _each in range(4)))
    remember = (remembered if remembered is not None else []).append
    return Presenter(view, lanes, choices or Choices(), remember), view


def simulating(path: Path, lane=None, choices: Choices | None = None):
    """A page on which this image is downscaled, then upscaled, and measured against itself."""
    made, view = presenter(lane, choices)
    made.pictures.open(path)
    made.choose_truth("reduced")
    return made, view

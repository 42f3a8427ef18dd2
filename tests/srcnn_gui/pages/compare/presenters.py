"""Presenters of the Compare page without Qt, and a generated image."""

from pathlib import Path

import numpy as np

from engine.imaging.codecs.image_files import Image
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.state import CompareSettings
from srcnn_gui.runtime.lane import CompareLanes
from tests.srcnn_gui.lanes import RecordingView, SynchronousLane


def texture(height: int, width: int, channels: int = 3) -> Image:
    """Return an image with texture."""
    rows, columns = np.mgrid[:height, :width]
    waves = 127 + 90 * np.sin(rows / 3.0) * np.cos(columns / 5.0)
    return Image(np.repeat(waves[:, :, None], channels, axis=2).astype(np.uint8))


def make_presenter(lane=None, settings: CompareSettings | None = None, saved_settings: list | None = None):
    view = RecordingView()
    lanes = CompareLanes(lane or SynchronousLane(), *(SynchronousLane() for _each in range(5)))
    save_settings = (saved_settings if saved_settings is not None else []).append
    return Presenter(view, lanes, settings or CompareSettings(), save_settings), view


def open_simulation(path: Path, lane=None, settings: CompareSettings | None = None):
    """Return a presenter that simulates with an image as ground truth, and its view."""
    presenter, view = make_presenter(lane, settings)
    presenter.images.open(path)
    presenter.choose_ground_truth("simulate")
    return presenter, view

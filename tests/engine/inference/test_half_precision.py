"""The photographs on which the error of float16 is measured."""

import numpy as np
import pytest

from engine.inference import half_precision
from engine.models import catalog


@pytest.mark.parametrize("name", ["srcnn-9-1-5-x3", "compact-s-x4", "photo-light-s-x1"])
def test_windows_are_photographs_in_the_form_of_the_input(name):
    info = catalog.find(name).info
    windows = list(half_precision.photo_windows(info, side_px=96))
    side = 96 // info.upsampling + 2 * info.halo_px
    assert len(windows) == 7
    for window in windows:
        assert window.shape == (info.channels, side, side)
        assert window.dtype == np.float32
        assert window.min() >= 0
        assert window.max() <= 1
        assert window.std() > 0.01


def test_error_is_largest_difference_of_clipped_results_in_levels():
    info = catalog.find("fsrcnn-x3").info
    error = half_precision.error_levels(lambda window: window, lambda window: window + 2 / 255, info)
    assert error == pytest.approx(2, abs=1e-3)
    assert half_precision.error_levels(lambda window: window + 1, lambda window: window + 2, info) == 0

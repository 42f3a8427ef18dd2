"""Conversion of pixels for the screen."""

import numpy as np


def test_16_bit_samples_are_rounded_to_the_nearest_level():
    from srcnn_gui.ui import qimages

    deep = np.array([[[0], [128], [129], [65406], [65407]]], np.uint16)
    assert qimages.to_srgb8(deep, None).ravel().tolist() == [0, 0, 1, 254, 255]
    assert qimages.transparency_levels(deep[:, :, 0]).ravel().tolist() == [255, 255, 254, 1, 0]

"""Comparison files, which show several images side by side or as an animation."""

import numpy as np
import PIL.Image
import pytest

from engine.imaging import color, comparison
from engine.imaging.codecs import image_files


def test_16_bit_images_are_rounded_to_8(tmp_path):
    deep = np.linspace(0, 65535, 48 * 64).astype(np.uint16).reshape(48, 64, 1)
    comparison.write([("deep", deep), ("shallow", color.to_uint8(deep))], tmp_path / "both.png")
    sheet = image_files.read(tmp_path / "both.png").pixels
    gap = comparison._GAP
    left, right = (sheet[gap : gap + 48, begin : begin + 64] for begin in (gap, 2 * gap + 64))
    np.testing.assert_array_equal(left, right)
    composite = comparison.composite_over_checkerboard(deep, np.full((48, 64), 65535, np.uint16))
    np.testing.assert_array_equal(composite[:, :, :1], color.to_uint8(deep))


@pytest.mark.parametrize("extension", [".webp", ".gif", ".apng"])
def test_frames_of_an_animation_have_the_same_size(tmp_path, extension):
    pixels = np.zeros((40, 50, 3), np.uint8)
    comparison.write([("Input", pixels), ("Bicubic\n30.39 dB", pixels + 9)], tmp_path / f"both{extension}")
    with PIL.Image.open(tmp_path / f"both{extension}") as image:
        assert image.n_frames == 2

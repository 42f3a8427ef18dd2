"""Pictures side by side: each as it is seen elsewhere."""

import numpy as np

from engine.imaging import color, comparison
from engine.imaging.codecs import image_files


def test_deep_pictures_are_rounded_as_everywhere(tmp_path):
    deep = np.linspace(0, 65535, 48 * 64).astype(np.uint16).reshape(48, 64, 1)
    comparison.write([("deep", deep), ("shallow", color.in_8_bits(deep))], tmp_path / "both.png")
    sheet = image_files.read(tmp_path / "both.png").pixels
    gap = comparison._GAP
    left, right = (sheet[gap : gap + 48, begin : begin + 64] for begin in (gap, 2 * gap + 64))
    np.testing.assert_array_equal(left, right)
    seen = comparison.on_squares(deep, np.full((48, 64), 65535, np.uint16))
    np.testing.assert_array_equal(seen[:, :, :1], color.in_8_bits(deep))

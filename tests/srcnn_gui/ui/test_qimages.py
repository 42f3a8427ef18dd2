"""Conversion between pixel arrays and QImage."""

import numpy as np


def test_16_bit_samples_are_rounded_to_the_nearest_level():
    from srcnn_gui.ui import qimages

    deep = np.array([[[0], [128], [129], [65406], [65407]]], np.uint16)
    assert qimages.to_srgb8(deep, None).ravel().tolist() == [0, 0, 1, 254, 255]
    assert qimages.invert_alpha(deep[:, :, 0]).ravel().tolist() == [255, 255, 254, 1, 0]


def test_the_color_space_of_a_pasted_image_is_kept():
    """Little CMS reads the profile. Display P3 red, (255, 0, 0), is outside sRGB."""
    from PySide6.QtGui import QColorSpace, QImage

    from engine.imaging.codecs import profiles
    from srcnn_gui.ui import qimages

    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(0xFF8040)
    assert qimages.icc_profile(image) is None
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    assert qimages.icc_profile(image) is None
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3))
    pixels = qimages.from_qimage(qimages.as_rgb(image))
    assert pixels[0, 0].tolist() == [255, 128, 64]
    in_srgb = profiles.to_srgb(pixels, qimages.icc_profile(image))
    assert in_srgb[0, 0, 1] < 126


def test_a_gray_color_space_becomes_srgb():
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QColorSpace, QImage

    from srcnn_gui.ui import qimages

    image = QImage(8, 8, QImage.Format.Format_Grayscale8)
    image.fill(128)
    image.setColorSpace(QColorSpace(QPointF(0.3127, 0.3290), QColorSpace.TransferFunction.Linear))
    converted = qimages.as_rgb(image)
    assert qimages.icc_profile(converted) is None
    assert abs(int(qimages.from_qimage(converted)[0, 0, 0]) - 188) <= 1

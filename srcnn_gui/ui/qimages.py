"""Conversion between NumPy pixels and QImage, and to the sRGB of the screen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColorSpace, QImage

from engine.imaging.color import to_uint8


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """View (H, W, 1|3|4) uint8 pixels as a QImage: gray, RGB, or RGB with alpha.

    The image shares the memory of the array: keep the array alive as long as the image.
    """
    height, width, channels = pixels.shape
    formats = QImage.Format
    kind = {1: formats.Format_Grayscale8, 3: formats.Format_RGB888, 4: formats.Format_RGBA8888}[channels]
    return QImage(pixels.data, width, height, pixels.strides[0], kind)


def alpha_to_qimage(levels: NDArray[np.uint8]) -> QImage:
    """View (H, W, 1) uint8 pixels as an alpha-only QImage; keep the array alive."""
    height, width, _channels = levels.shape
    return QImage(levels.data, width, height, levels.strides[0], QImage.Format.Format_Alpha8)


def with_alpha(pixels: NDArray[np.uint8], alpha: NDArray[np.unsignedinteger] | None) -> NDArray[np.uint8]:
    """Add an alpha channel (H, W), if there is one, to pixels (H, W, 1|3): (H, W, 1|3|4) uint8."""
    if alpha is None:
        return pixels
    levels = to_uint8(alpha)
    return np.ascontiguousarray(np.dstack([np.broadcast_to(pixels, (*levels.shape, 3)), levels]))


def image_to_qimage(
    pixels: NDArray[np.unsignedinteger], alpha: NDArray[np.unsignedinteger] | None, icc: bytes | None
) -> QImage:
    """Convert an image with its alpha channel and color profile to an sRGB QImage with its own memory."""
    return to_qimage(with_alpha(to_srgb8(pixels, color_space(icc)), alpha)).copy()


def transparency_levels(alpha: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    """Invert an alpha channel (H, W) to transparency, (H, W, 1) uint8."""
    return np.ascontiguousarray(255 - to_uint8(alpha)[:, :, None])


def alpha_of(image: QImage) -> NDArray[np.uint8] | None:
    """Copy the alpha channel of a QImage, (H, W) uint8, or return None if the image is opaque."""
    if not image.hasAlphaChannel():
        return None
    levels = image.convertToFormat(QImage.Format.Format_Alpha8)
    rows = np.frombuffer(levels.constBits(), np.uint8).reshape(levels.height(), levels.bytesPerLine())
    alpha = rows[:, : levels.width()].copy()
    return None if (alpha == 255).all() else alpha


def from_qimage(image: QImage) -> NDArray[np.uint8]:
    """Copy the colors of a QImage into (H, W, 3) uint8 pixels; `alpha_of` returns the alpha channel."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def color_space(icc: bytes | None) -> QColorSpace | None:
    """Return the color space of an ICC profile, or None if it is invalid or sRGB."""
    if not icc:
        return None
    space = QColorSpace.fromIccProfile(icc)
    return space if space.isValid() and space != QColorSpace(QColorSpace.NamedColorSpace.SRgb) else None


def to_srgb8(pixels: NDArray[np.unsignedinteger], space: QColorSpace | None) -> NDArray[np.uint8]:
    """Convert pixels (H, W, 1|3) from a color space to 8-bit sRGB; return them unconverted if that fails."""
    levels = to_uint8(pixels)
    if space is None:
        return levels
    gray = levels.shape[2] == 1
    if gray != (space.colorModel() == QColorSpace.ColorModel.Gray):
        return levels
    kind = QImage.Format.Format_Grayscale8 if gray else QImage.Format.Format_RGB888
    image = to_qimage(np.ascontiguousarray(levels))
    image.setColorSpace(space)
    shown = image.convertedToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb), kind)
    if shown.isNull():
        return levels
    rgb = from_qimage(shown)
    return rgb[:, :, :1] if gray else rgb

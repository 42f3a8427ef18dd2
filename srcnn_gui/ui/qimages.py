"""NumPy pixels as QImage without a copy, and back; and into the colours of the screen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColorSpace, QImage

from engine.imaging.color import in_8_bits


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """View (H, W, 1|3|4) uint8 pixels as a QImage: gray, RGB, or RGB with transparency.

    The image shares the array's memory: keep the array alive as long as the image.
    """
    height, width, channels = pixels.shape
    formats = QImage.Format
    kind = {1: formats.Format_Grayscale8, 3: formats.Format_RGB888, 4: formats.Format_RGBA8888}[channels]
    return QImage(pixels.data, width, height, pixels.strides[0], kind)


def to_opacity(levels: NDArray[np.uint8]) -> QImage:
    """View (H, W, 1) uint8 as a QImage that is opacity alone; keep the array alive."""
    height, width, _channels = levels.shape
    return QImage(levels.data, width, height, levels.strides[0], QImage.Format.Format_Alpha8)


def with_alpha(pixels: NDArray[np.uint8], alpha: NDArray[np.unsignedinteger] | None) -> NDArray[np.uint8]:
    """Pixels (H, W, 1|3) with their transparency (H, W), if any: (H, W, 1|3|4) uint8."""
    if alpha is None:
        return pixels
    levels = in_8_bits(alpha)
    return np.ascontiguousarray(np.dstack([np.broadcast_to(pixels, (*levels.shape, 3)), levels]))


def of_picture(
    pixels: NDArray[np.unsignedinteger], alpha: NDArray[np.unsignedinteger] | None, icc: bytes | None
) -> QImage:
    """A picture of its own memory in the screen's colours, with its transparency."""
    return to_qimage(with_alpha(for_screen(pixels, profile(icc)), alpha)).copy()


def covered(alpha: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    """How much of what lies behind a transparency (H, W) is seen: (H, W, 1) uint8."""
    return np.ascontiguousarray(255 - in_8_bits(alpha)[:, :, None])


def alpha_of(image: QImage) -> NDArray[np.uint8] | None:
    """Copy a QImage's transparency, (H, W) uint8; None if all of it is opaque."""
    if not image.hasAlphaChannel():
        return None
    levels = image.convertToFormat(QImage.Format.Format_Alpha8)
    rows = np.frombuffer(levels.constBits(), np.uint8).reshape(levels.height(), levels.bytesPerLine())
    alpha = rows[:, : levels.width()].copy()
    return None if (alpha == 255).all() else alpha


def from_qimage(image: QImage) -> NDArray[np.uint8]:
    """Copy a QImage's colours into (H, W, 3) uint8 pixels; `alpha_of` has its transparency."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def profile(icc: bytes | None) -> QColorSpace | None:
    """The colour space of an ICC profile, if it is one that looks different from sRGB on the screen."""
    if not icc:
        return None
    space = QColorSpace.fromIccProfile(icc)
    return space if space.isValid() and space != QColorSpace(QColorSpace.NamedColorSpace.SRgb) else None


def for_screen(pixels: NDArray[np.unsignedinteger], space: QColorSpace | None) -> NDArray[np.uint8]:
    """Pixels (H, W, 1|3) of a colour space, in 8 bits of sRGB; what cannot be converted stays as it is."""
    levels = in_8_bits(pixels)
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

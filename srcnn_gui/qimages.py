"""NumPy pixels as QImage without a copy, and back; and into the colours of the screen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColorSpace, QImage, QPainter


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """View (H, W, 1|3) uint8 pixels as a QImage.

    The image shares the array's memory: keep the array alive as long as the image.
    """
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(pixels.data, width, height, pixels.strides[0], kind)


def from_qimage(image: QImage) -> NDArray[np.uint8]:
    """Copy a QImage into (H, W, 3) uint8 pixels; transparent parts are over white, as on paper."""
    if image.hasAlphaChannel():
        flat = QImage(image.size(), QImage.Format.Format_RGB32)
        flat.fill(0xFFFFFFFF)
        flat.setDevicePixelRatio(image.devicePixelRatio())
        _paint_over(flat, image)
        image = flat
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
    levels = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels
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


def _paint_over(under: QImage, over: QImage) -> None:
    painter = QPainter(under)
    painter.drawImage(0, 0, over)
    painter.end()

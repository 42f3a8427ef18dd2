"""Conversion between NumPy arrays and QImage, and conversion of color spaces to sRGB."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColorSpace, QImage

from engine.imaging.color import to_uint8

_SRGB = QColorSpace(QColorSpace.NamedColorSpace.SRgb)


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """Return a QImage that shares the memory of an array.

    `pixels` is a uint8 array of shape (H, W, 1|3|4): gray, RGB or RGBA. Keep a reference to it while the image is
    in use.
    """
    height, width, channels = pixels.shape
    formats = QImage.Format
    kind = {1: formats.Format_Grayscale8, 3: formats.Format_RGB888, 4: formats.Format_RGBA8888}[channels]
    return QImage(pixels.data, width, height, pixels.strides[0], kind)


def alpha_to_qimage(alpha: NDArray[np.uint8]) -> QImage:
    """Return an alpha-only QImage that shares the memory of an array.

    `alpha` is a uint8 array of shape (H, W, 1). Keep a reference to it while the image is in use.
    """
    height, width, _channels = alpha.shape
    return QImage(alpha.data, width, height, alpha.strides[0], QImage.Format.Format_Alpha8)


def with_alpha(pixels: NDArray[np.uint8], alpha: NDArray[np.unsignedinteger] | None) -> NDArray[np.uint8]:
    """Add an alpha channel to the pixels of an image.

    Parameters
    ----------
    pixels : uint8 array of shape (H, W, 1|3)
    alpha : uint8 or uint16 array of shape (H, W), or None if the image is opaque

    Returns
    -------
    numpy.ndarray
        uint8 array of shape (H, W, 4), or `pixels` if `alpha` is None.
    """
    if alpha is None:
        return pixels
    levels = to_uint8(alpha)
    return np.ascontiguousarray(np.dstack([np.broadcast_to(pixels, (*levels.shape, 3)), levels]))


def image_to_qimage(
    pixels: NDArray[np.unsignedinteger], alpha: NDArray[np.unsignedinteger] | None, icc: bytes | None
) -> QImage:
    """Convert an image to an sRGB QImage that does not share the memory of the arrays.

    Parameters
    ----------
    pixels : uint8 or uint16 array of shape (H, W, 1|3)
    alpha : alpha channel of shape (H, W), or None if the image is opaque
    icc : ICC profile, or None for sRGB
    """
    return to_qimage(with_alpha(to_srgb8(pixels, color_space(icc)), alpha)).copy()


def invert_alpha(alpha: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    """Invert an alpha channel, to paint a checkerboard where the image is transparent.

    Parameters
    ----------
    alpha : uint8 or uint16 array of shape (H, W)

    Returns
    -------
    numpy.ndarray
        uint8 array of shape (H, W, 1): 255 where the image is transparent, 0 where it is opaque.
    """
    return np.ascontiguousarray(255 - to_uint8(alpha)[:, :, None])


def alpha_of(image: QImage) -> NDArray[np.uint8] | None:
    """Return a copy of a QImage's alpha channel, or None if the image is opaque.

    The alpha channel is a uint8 array of shape (H, W).
    """
    if not image.hasAlphaChannel():
        return None
    levels = image.convertToFormat(QImage.Format.Format_Alpha8)
    rows = np.frombuffer(levels.constBits(), np.uint8).reshape(levels.height(), levels.bytesPerLine())
    alpha = rows[:, : levels.width()].copy()
    return None if (alpha == 255).all() else alpha


def from_qimage(image: QImage) -> NDArray[np.uint8]:
    """Return a copy of a QImage's colors as a uint8 array of shape (H, W, 3), without the alpha channel."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def as_rgb(image: QImage) -> QImage:
    """Convert a gray or CMYK image to sRGB. An image in any RGB color space is returned unchanged."""
    space = image.colorSpace()
    if not space.isValid() or space.colorModel() == QColorSpace.ColorModel.Rgb:
        return image
    return image.convertedToColorSpace(_SRGB, QImage.Format.Format_RGBA8888)


def icc_profile(image: QImage) -> bytes | None:
    """Return the ICC profile of an RGB image, or None if it is in sRGB or has no color space."""
    space = image.colorSpace()
    return bytes(space.iccProfile().data()) or None if space.isValid() and space != _SRGB else None


def color_space(icc: bytes | None) -> QColorSpace | None:
    """Return the color space of an ICC profile, or None if no conversion to sRGB is needed or possible."""
    if not icc:
        return None
    space = QColorSpace.fromIccProfile(icc)
    return space if space.isValid() and space != _SRGB else None


def to_srgb8(pixels: NDArray[np.unsignedinteger], space: QColorSpace | None) -> NDArray[np.uint8]:
    """Convert pixels to 8-bit sRGB for the screen.

    Parameters
    ----------
    pixels : uint8 or uint16 array of shape (H, W, 1|3)
    space : color space of the pixels, or None for sRGB

    Returns
    -------
    numpy.ndarray
        uint8 array of the same shape. If the color space does not match the pixels, the colors are not converted.
    """
    levels = to_uint8(pixels)
    if space is None:
        return levels
    gray = levels.shape[2] == 1
    if gray != (space.colorModel() == QColorSpace.ColorModel.Gray):
        return levels
    kind = QImage.Format.Format_Grayscale8 if gray else QImage.Format.Format_RGB888
    image = to_qimage(np.ascontiguousarray(levels))
    image.setColorSpace(space)
    converted = image.convertedToColorSpace(_SRGB, kind)
    if converted.isNull():
        return levels
    rgb = from_qimage(converted)
    return rgb[:, :, :1] if gray else rgb

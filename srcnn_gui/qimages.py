"""NumPy pixels as QImage without a copy, and back."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def to_qimage(pixels: NDArray[np.uint8]) -> QImage:
    """View (H, W, 1|3) uint8 pixels as a QImage.

    The image shares the array's memory: keep the array alive as long as the image.
    """
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    return QImage(pixels.data, width, height, pixels.strides[0], kind)

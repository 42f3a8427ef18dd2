"""Checkerboard that shows where an image is transparent."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap

from srcnn_gui.ui import theme

SQUARE_PX = 8  # side of a square, logical px


def checkerboard_brush(ratio: float = 1.0) -> QBrush:
    """Return a brush that paints a checkerboard in neutral colors of the theme.

    `ratio` is the number of device px per logical px.
    """
    tokens, side = theme.current(), max(1, round(SQUARE_PX * ratio))
    tile = QPixmap(2 * side, 2 * side)
    tile.fill(QColor(tokens.surface))
    painter = QPainter(tile)
    for corner in (0, side):
        painter.fillRect(corner, corner, side, side, QColor(tokens.border))
    painter.end()
    return QBrush(tile)


class CheckerboardOverlay:
    """Layer that covers the transparent parts of an image with a checkerboard.

    First draw a mask with the attribute `painter`, opaque where the image is transparent. Then call `paint`.

    Parameters
    ----------
    area : rectangle to cover, in logical px
    ratio : device px per logical px
    """

    def __init__(self, area: QRect, ratio: float = 1.0) -> None:
        self._area, self._ratio = area, ratio
        self._layer = QImage(area.size(), QImage.Format.Format_ARGB32_Premultiplied)
        self._layer.fill(0)
        self.painter = QPainter(self._layer)
        self.painter.translate(-area.topLeft())

    def paint(self, painter: QPainter) -> None:
        """Paint the checkerboard on `painter`. Call this once, after drawing the mask with `self.painter`."""
        self.painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        self.painter.fillRect(self._area, checkerboard_brush(self._ratio))
        self.painter.end()
        painter.drawImage(self._area.topLeft(), self._layer)

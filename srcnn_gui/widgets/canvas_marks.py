"""What lies over the pictures: the panes' chips, the overview, the focus ring."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen

from srcnn_gui.widgets import theme
from srcnn_gui.widgets.viewport import Viewport

CHIP_AT = QPoint(12, 12)
OVERVIEW_PX = 96
_CHIP_HEIGHT, _PAD, _SWATCH = 28, 8, 8
_CHIP_COLOR = QColor(16, 17, 19, 214)  # #101113 at 84 %: white text keeps 11.9:1 even over white


def paint_chip(painter: QPainter, at: QPoint, text: str, swatch: str) -> None:
    """Name a pane: a dark chip with the method's colour, the same in both themes."""
    font = theme.font("section")
    painter.setFont(font)
    width = _PAD + _SWATCH + 6 + QFontMetrics(font).horizontalAdvance(text) + _PAD + 2
    chip = QRect(at.x(), at.y(), width, _CHIP_HEIGHT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(chip, 4, 4)
    painter.setBrush(QColor(swatch))
    painter.drawRoundedRect(QRect(chip.left() + _PAD, chip.center().y() - 3, _SWATCH, _SWATCH), 2, 2)
    painter.setPen(QColor("#FFFFFF"))
    text_box = chip.adjusted(_PAD + _SWATCH + 6, 0, -_PAD, 0)
    painter.drawText(text_box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def paint_overview(painter: QPainter, box: QRect, image: QImage, view: Viewport) -> None:
    """The whole picture, small, with a frame round the part that is shown."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), 4, 4)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, image)
    top, left, height, width = view.visible
    across, down = box.width() / view.width, box.height() / view.height
    frame = QRectF(box.left() + left * across, box.top() + top * down, width * across, height * down)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor("#FFFFFF"), 1.5))
    painter.drawRect(frame)


def paint_focus(painter: QPainter, box: QRect) -> None:
    """The ring of the widget that has the keys."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.current().accent), 2))
    painter.drawRect(box.adjusted(1, 1, -1, -1))

"""What lies over the pictures: overview, focus ring, split handle, pixel grid and values, selection, scale."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from srcnn_gui.canvas import difference
from srcnn_gui.canvas.viewport import Viewport
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import qimages, theme

OVERVIEW_PX = 96
HANDLE = QSize(24, 36)
GRID_FROM_PX = 8.0  # a pixel's side on the screen, logical px, from which lines between them help
_VALUES_FROM_PX = 28  # a pixel's side on the screen, logical px, in which three figures can be read
_DARK_UP_TO = 117  # of 255; there white and black are equally far, 4.6:1
_SCALE = QSize(160, 8)
_CHIP_COLOR = QColor(16, 17, 19, 214)  # #101113 at 84 %: white text keeps 11.9:1 even over white


def overview_box(view: Viewport, canvas: QSize) -> QRect | None:
    """Where the overview is drawn, if part of the picture is out of sight: bottom right, at most 96 px."""
    height, width = view.visible[2:]
    if height >= view.height and width >= view.width:
        return None
    size = QSize(view.width, view.height)
    size.scale(OVERVIEW_PX, OVERVIEW_PX, Qt.AspectRatioMode.KeepAspectRatio)
    return QRect(QPoint(canvas.width() - 12 - size.width(), canvas.height() - 12 - size.height()), size)


def paint_overview(painter: QPainter, box: QRect, image: QImage) -> None:
    """The whole picture, small, on a chip."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), 4, 4)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, image)


def paint_frame(painter: QPainter, box: QRect, view: Viewport) -> None:
    """In the overview, a frame round the part that is shown."""
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


def paint_handle(painter: QPainter, x: int, height: int) -> None:
    """The line between the halves of a split, and what it is taken by."""
    painter.fillRect(QRect(x - 1, 0, 2, height), QColor("#FFFFFF"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    knob = QRectF(x - HANDLE.width() / 2, (height - HANDLE.height()) / 2, HANDLE.width(), HANDLE.height())
    painter.setPen(QPen(QColor(16, 17, 19, 214), 1))
    painter.setBrush(QColor("#FFFFFF"))
    painter.drawRoundedRect(knob, 12, 12)
    painter.setPen(QPen(QColor("#1A1C20"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = knob.center()
    for way in (-1, 1):
        tip, back = middle.x() + way * 7, middle.x() + way * 3
        painter.drawPolyline(
            QPolygonF([QPointF(back, middle.y() - 4), QPointF(tip, middle.y()), QPointF(back, middle.y() + 4)])
        )


def paint_grid(painter: QPainter, pane: QRect, view: Viewport) -> None:
    """Lines between the picture's pixels, in device px; every second of a pair dark, so that it shows on anything."""
    top, left, height, width = view.visible
    x0, y0 = pane.left() + view.origin[0], pane.top() + view.origin[1]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(128, 128, 128, 130), 1))
    for column in range(left, left + width + 1):
        x = round(x0 + column * view.zoom)
        painter.drawLine(x, pane.top(), x, pane.bottom())
    for row in range(top, top + height + 1):
        y = round(y0 + row * view.zoom)
        painter.drawLine(pane.left(), y, pane.right(), y)


def paint_values(
    painter: QPainter, pane: QRect, view: Viewport, ratio: float, value: Callable[[int, int], tuple[int, ...] | None]
) -> None:
    """The luma of every visible pixel in it, where there is room for three figures; device px."""
    if view.zoom / ratio < _VALUES_FROM_PX:
        return
    font = theme.font("caption")
    font.setPointSizeF(theme.point_size("caption") * ratio)
    painter.setFont(font)
    top, left, height, width = view.visible
    x0, y0 = pane.left() + view.origin[0], pane.top() + view.origin[1]
    for row in range(top, top + height):
        for column in range(left, left + width):
            samples = value(column, row)
            if samples is not None:
                level = samples[0] if len(samples) == 1 else round(np.dot(samples, (0.299, 0.587, 0.114)))
                painter.setPen(QColor("#000000" if level > _DARK_UP_TO else "#FFFFFF"))
                cell = QRectF(x0 + column * view.zoom, y0 + row * view.zoom, view.zoom, view.zoom)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(level))


def paint_selection(painter: QPainter, box: QRectF) -> None:
    """A frame round the part that is scored, dashed black on white: it shows on any picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor("#FFFFFF"), 1))
    painter.drawRect(box)
    painter.setPen(QPen(QColor("#101113"), 1, Qt.PenStyle.DashLine))
    painter.drawRect(box)


def paint_scale(painter: QPainter, height: int) -> None:
    """What the colours of a difference mean, at the bottom left."""
    words = _("difference of luma, levels of 255")
    font = theme.font("caption")
    painter.setFont(font)
    wide = max(_SCALE.width(), painter.fontMetrics().horizontalAdvance(words))
    chip = QRect(12, height - 12 - 58, wide + 16, 58)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(chip, 4, 4)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(chip.adjusted(8, 4, -8, -36), Qt.AlignmentFlag.AlignVCenter, words)
    bar = QRect(chip.left() + 8, chip.top() + 24, wide, _SCALE.height())
    colours = difference.scale(np.linspace(0, 1, wide, dtype=np.float32)[None])
    painter.drawImage(bar, qimages.to_qimage(colours))
    below = QRect(bar.left(), bar.bottom() + 2, wide, 20)
    half = difference.MOST_LEVELS // 2
    for text, place in (("0", "AlignLeft"), (str(half), "AlignHCenter"), (f"{difference.MOST_LEVELS}+", "AlignRight")):
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | getattr(Qt.AlignmentFlag, place), text)

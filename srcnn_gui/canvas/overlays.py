"""Painting of overlays on the images, such as the overview, divider, pixel grid and selection."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from srcnn_gui.canvas import difference
from srcnn_gui.canvas.viewport import Viewport
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import icons, qimages, theme

OVERVIEW_PX = 96  # longer side of the overview
HANDLE_SIZE = QSize(24, 36)
MIN_GRID_PX = 8.0  # the grid is painted if a magnified image pixel is at least this large, in logical px
_MIN_VALUES_PX = 28  # pixel values are painted if a magnified image pixel is at least this large, in logical px
_MAX_DARK_LEVEL = 117  # gray level (0 to 255) on which white and black text have the same contrast, 4.6:1
_SCALE = QSize(160, 8)
COLOR_SCALE_HEIGHT = 58  # height of the color scale of the difference view, with its labels, in logical px
_CHIP_COLOR = QColor(16, 17, 19, 214)  # #101113 with 84% opacity; white text has a contrast of 11.9:1 even over white


def overview_box(view: Viewport, canvas: QSize) -> QRect | None:
    """Return the rectangle of the overview, or None if the whole image is visible."""
    height, width = view.visible[2:]
    if height >= view.height and width >= view.width:
        return None
    size = QSize(view.width, view.height)
    size.scale(OVERVIEW_PX, OVERVIEW_PX, Qt.AspectRatioMode.KeepAspectRatio)
    return QRect(QPoint(canvas.width() - 12 - size.width(), canvas.height() - 12 - size.height()), size)


def paint_overview(painter: QPainter, box: QRect, image: QImage) -> None:
    """Paint the overview: a small copy of the image, with a dark border."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), 4, 4)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, image)


def paint_viewport_frame(painter: QPainter, box: QRect, view: Viewport) -> None:
    """Paint a frame in the overview around the part of the image that the panes show."""
    top, left, height, width = view.visible
    scale_x, scale_y = box.width() / view.width, box.height() / view.height
    frame = QRectF(box.left() + left * scale_x, box.top() + top * scale_y, width * scale_x, height * scale_y)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor("#FFFFFF"), 1.5))
    painter.drawRect(frame)


def paint_focus(painter: QPainter, box: QRect) -> None:
    """Paint the focus ring, which indicates that the canvas has the keyboard focus."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.current().accent), 2))
    painter.drawRect(box.adjusted(1, 1, -1, -1))


def paint_divider(painter: QPainter, x: int, height: int) -> None:
    """Paint the divider of the split view and its handle, `x` px from the left edge of the canvas."""
    painter.fillRect(QRect(x - 1, 0, 2, height), QColor("#FFFFFF"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    knob = QRectF(
        x - HANDLE_SIZE.width() / 2, (height - HANDLE_SIZE.height()) / 2, HANDLE_SIZE.width(), HANDLE_SIZE.height()
    )
    painter.setPen(QPen(QColor(16, 17, 19, 214), 1))
    painter.setBrush(QColor("#FFFFFF"))
    painter.drawRoundedRect(knob, 12, 12)
    painter.setPen(QPen(QColor("#1A1C20"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = knob.center()
    for direction in (-1, 1):
        tip, back = middle.x() + direction * 7, middle.x() + direction * 3
        painter.drawPolyline(
            QPolygonF([QPointF(back, middle.y() - 4), QPointF(tip, middle.y()), QPointF(back, middle.y() + 4)])
        )


def paint_grid(painter: QPainter, pane: QRect, view: Viewport) -> None:
    """Paint lines between the image pixels of a pane. The painter must use device px."""
    top, left, height, width = view.visible
    x0, y0 = pane.left() + view.image_top_left_xy[0], pane.top() + view.image_top_left_xy[1]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(128, 128, 128, 130), 1))
    columns = [round(x0 + column * view.zoom) for column in range(left, left + width + 1)]
    rows = [round(y0 + row * view.zoom) for row in range(top, top + height + 1)]
    for x in columns:
        painter.drawLine(x, rows[0], x, rows[-1])
    for y in rows:
        painter.drawLine(columns[0], y, columns[-1], y)


def paint_values(
    painter: QPainter, pane: QRect, view: Viewport, ratio: float, value: Callable[[int, int], tuple[int, ...] | None]
) -> None:
    """Paint the gray level on each visible image pixel, if the pixels are large enough for three digits.

    The gray level ranges from 0 to 255, and is computed from RGB with the weights of BT.601.

    Parameters
    ----------
    painter : painter that uses device px
    pane : rectangle of the pane, in device px
    view : viewport of the pane
    ratio : device px per logical px
    value : returns the samples of the pixel in a column and a row, or None if they are not computed yet
    """
    if view.zoom / ratio < _MIN_VALUES_PX:
        return
    font = theme.font("caption")
    font.setPointSizeF(theme.point_size("caption") * ratio)
    painter.setFont(font)
    top, left, height, width = view.visible
    x0, y0 = pane.left() + view.image_top_left_xy[0], pane.top() + view.image_top_left_xy[1]
    for row in range(top, top + height):
        for column in range(left, left + width):
            samples = value(column, row)
            if samples is not None:
                level = samples[0] if len(samples) == 1 else round(np.dot(samples, (0.299, 0.587, 0.114)))
                painter.setPen(QColor("#000000" if level > _MAX_DARK_LEVEL else "#FFFFFF"))
                cell = QRectF(x0 + column * view.zoom, y0 + row * view.zoom, view.zoom, view.zoom)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(level))


def paint_incomplete(painter: QPainter, corner: QPoint, progress: float, *, align_right: bool) -> None:
    """Paint a label with a warning icon and the progress (0 to 1) of an incomplete pane.

    `corner` is the upper left corner of the label, or the upper right one if `align_right` is true.
    """
    text = _("{percent}% complete").format(percent=int(progress * 100))
    painter.setFont(theme.font("caption"))
    size = QSize(painter.fontMetrics().horizontalAdvance(text) + 16 + 16 + 6, theme.scaled_px(24))
    box = QRect(corner - QPoint(size.width() if align_right else 0, 0), size)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(box, 4, 4)
    icon = icons.pixmap("warning", theme.DARK.warning, 16, painter.device().devicePixelRatioF())
    painter.drawPixmap(box.left() + 8, box.center().y() - 7, icon)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(box.adjusted(30, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, text)


def paint_hint(painter: QPainter, anchor: QPoint, text: str) -> None:
    """Paint a line of help in a dark label. `anchor` is the center of its lower edge."""
    painter.setFont(theme.font("caption"))
    width, height = painter.fontMetrics().horizontalAdvance(text) + 24, theme.scaled_px(28)
    box = QRect(anchor.x() - width // 2, anchor.y() - height, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_selection(painter: QPainter, box: QRectF) -> None:
    """Paint a frame around the selection, in black and white dashes that are visible on any image."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor("#FFFFFF"), 1))
    painter.drawRect(box)
    painter.setPen(QPen(QColor("#101113"), 1, Qt.PenStyle.DashLine))
    painter.drawRect(box)


def paint_color_scale(painter: QPainter, height: int) -> None:
    """Paint the color scale of the difference view at the bottom left of the canvas.

    `height` is the height of the canvas, in logical px.
    """
    caption = _("Absolute difference, Y channel (8-bit)")
    font = theme.font("caption")
    painter.setFont(font)
    bar_width = max(_SCALE.width(), painter.fontMetrics().horizontalAdvance(caption))
    chip = QRect(12, height - 12 - COLOR_SCALE_HEIGHT, bar_width + 16, COLOR_SCALE_HEIGHT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_CHIP_COLOR)
    painter.drawRoundedRect(chip, 4, 4)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(chip.adjusted(8, 4, -8, -36), Qt.AlignmentFlag.AlignVCenter, caption)
    bar = QRect(chip.left() + 8, chip.top() + 24, bar_width, _SCALE.height())
    colors = difference.colorize(np.linspace(0, 1, bar_width, dtype=np.float32)[None])
    painter.drawImage(bar, qimages.to_qimage(colors))
    below = QRect(bar.left(), bar.bottom() + 2, bar_width, 20)
    half = difference.MAX_LEVELS // 2
    for text, place in (("0", "AlignLeft"), (str(half), "AlignHCenter"), (f"{difference.MAX_LEVELS}+", "AlignRight")):
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter | getattr(Qt.AlignmentFlag, place), text)

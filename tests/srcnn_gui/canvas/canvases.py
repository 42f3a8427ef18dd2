"""Functions for tests of the canvas: fill its panes, read its colors, and simulate input."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from srcnn_gui.canvas.canvas import Canvas

RED, GREEN, BLUE = (250, 10, 10), (10, 250, 10), (10, 10, 250)


def flat(color: tuple[int, int, int], height: int = 120, width: int = 160) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def color_at(canvas: Canvas, x: int, y: int) -> tuple[int, int, int]:
    color = QColor(canvas.grab().toImage().pixel(x, y))
    return color.red(), color.green(), color.blue()


def finish_pane(canvas: Canvas, pane: str, height: int = 120, width: int = 160) -> None:
    canvas.mark_tile_done(pane, 0, 0, height, width)


def start_upscale(
    canvas: Canvas, bicubic: np.ndarray, srcnn: np.ndarray, ground_truth: np.ndarray | None = None
) -> None:
    """Start an upscale by a factor of 3."""
    canvas.show_panes({"bicubic": bicubic, "model": srcnn}, ground_truth, np.ascontiguousarray(srcnn[1::3, 1::3]))


def turn_wheel(canvas: Canvas, at: QPoint, turn: int) -> None:
    position = QPointF(at)
    event = QWheelEvent(
        position,
        canvas.mapToGlobal(position),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def move_pointer(canvas: Canvas, to: QPoint, held: Qt.MouseButton) -> None:
    """Send a mouse move event. Unlike QTest.mouseMove, it does not depend on the real pointer."""
    at = QPointF(to)
    keys = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, held, keys)
    QApplication.sendEvent(canvas, event)


def ramp() -> np.ndarray:
    """Return an image in which each row and column has a different value."""
    rows, columns = np.mgrid[:120, :160]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=2).astype(np.uint8)

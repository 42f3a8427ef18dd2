"""A canvas in a window, and what a person does to it."""

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


def fill(canvas: Canvas, pane: str, height: int = 120, width: int = 160) -> None:
    canvas.tile_done(pane, 0, 0, height, width)


def begin(canvas: Canvas, bicubic: np.ndarray, srcnn: np.ndarray, truth: np.ndarray | None = None) -> None:
    """An enlargement begins, of a picture a third as large."""
    canvas.show_panes({"bicubic": bicubic, "srcnn": srcnn}, truth, np.ascontiguousarray(srcnn[1::3, 1::3]))


def wheel(canvas: Canvas, at: QPoint, turn: int) -> None:
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


def move(canvas: Canvas, to: QPoint, held: Qt.MouseButton) -> None:
    """The pointer moves, as Qt tells it; QTest's own mouseMove depends on where the real pointer is."""
    at = QPointF(to)
    keys = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, held, keys)
    QApplication.sendEvent(canvas, event)


def ramp() -> np.ndarray:
    """Every column and row a value of its own."""
    rows, columns = np.mgrid[:120, :160]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=2).astype(np.uint8)

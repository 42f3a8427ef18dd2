"""What a drag on the canvas does: move the picture, move the split, or draw the part that is scored."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QNativeGestureEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from srcnn_gui.canvas.overlays import HANDLE, overview_box

if TYPE_CHECKING:
    from srcnn_gui.canvas.canvas import Canvas

Part = tuple[int, int, int, int]  # top, left, height, width in picture px


def pinch(event: QEvent, widget: QWidget) -> tuple[float, QPointF] | None:
    """By how much two fingers spread, on a trackpad or a screen, and where; None for any other event."""
    if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
        return 1 + event.value(), event.position()
    made = event.gesture(Qt.GestureType.PinchGesture) if isinstance(event, QGestureEvent) else None
    if not isinstance(made, QPinchGesture):
        return None
    return made.scaleFactor(), widget.mapFromGlobal(made.centerPoint())


class Drag:
    """The tool under the pointer. `selecting` makes the next drag draw."""

    def __init__(self, canvas: "Canvas") -> None:
        self._canvas = canvas
        self._from: QPointF | None = None
        self._what = ""  # "picture", "divider" or "selection", while the button is down
        self.selecting = False

    def begin(self, position: QPointF) -> None:
        """The button went down; in the overview that goes to a place."""
        canvas = self._canvas
        box = overview_box(canvas.viewport, canvas.size())
        if box is not None and box.contains(position.toPoint()):
            across, down = (position.x() - box.left()) / box.width(), (position.y() - box.top()) / box.height()
            canvas.centre(across * canvas.viewport.width, down * canvas.viewport.height)
            return
        self._from = position
        self._what = "selection" if self.selecting else "divider" if self._on_divider(position) else "picture"
        self.show_cursor(position)

    def move(self, position: QPointF) -> None:
        """The pointer moved, with or without the button."""
        if self._from is None:
            self.show_cursor(position)
        elif self._what == "divider":
            self._canvas.move_divider(position.x() / max(1, self._canvas.width()))
        elif self._what == "selection":
            self._canvas.draw_selection(self._drawn(self._from, position))
        else:
            moved = (position - self._from) * self._canvas.devicePixelRatioF()
            self._from = position
            self._canvas.pan(moved.x(), moved.y())

    def end(self, position: QPointF) -> None:
        """The button went up."""
        if self._what == "selection" and self._from is not None:
            self._canvas.draw_selection(None)
            self._canvas.select(self._drawn(self._from, position))
        self._from, self._what = None, ""
        self.show_cursor(position)

    def show_cursor(self, position: QPointF) -> None:
        """The pointer's shape says what a drag would do."""
        shapes = Qt.CursorShape
        shape = shapes.ClosedHandCursor if self._what == "picture" else shapes.OpenHandCursor
        if self._what == "divider" or (not self._what and self._on_divider(position)):
            shape = shapes.SplitHCursor
        self._canvas.setCursor(shapes.CrossCursor if self.selecting else shape)

    def _on_divider(self, position: QPointF) -> bool:
        far = abs(position.x() - self._canvas.divider * self._canvas.width())
        return self._canvas.look.view == "split" and far <= HANDLE.width() / 2

    def _drawn(self, start: QPointF, end: QPointF) -> Part | None:
        """The picture pixels of a rectangle drawn on one pane, or None if it holds none."""
        view = self._canvas.viewport
        corners = [view.to_picture(*self._canvas.in_pane(position)) for position in (start, end)]
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        part = QRectF(x0, y0, x1 - x0, y1 - y0).toRect().intersected(QRect(0, 0, view.width, view.height))
        return (part.top(), part.left(), part.height(), part.width()) if not part.isEmpty() else None

"""The two panes: bicubic and SRCNN side by side under one zoom and one pan."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from srcnn_gui.messages import _
from srcnn_gui.widgets import theme
from srcnn_gui.widgets.canvas_marks import CHIP_AT, OVERVIEW_PX, paint_chip, paint_focus, paint_overview
from srcnn_gui.widgets.pane_image import PaneImage
from srcnn_gui.widgets.viewport import Viewport

_GAP = 1  # px between the panes
_PAN_PX = 40  # an arrow key's step; ten times with Shift
_UNDER_PX = 1600  # longest side of what is shown before the first tile
_REPAINT_MS = 40  # tiles come faster than anybody sees, and every repaint takes time from the next tile
_PENDING_PX = 2  # the line along a pane that is not complete


class Canvas(QWidget):
    """Paints the panes and turns wheel, drag, pinch and arrow keys into one shared viewport."""

    visible_changed = Signal(int, int, int, int)  # top, left, height, width in picture px
    zoom_changed = Signal(float)  # device px per picture px
    hovered = Signal(int, int)  # column, row of the pixel under the pointer; -1, -1 outside

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.smooth = True
        self.working = False  # tiles are on their way
        self._pointer = QPointF(-1, -1)
        self._view = Viewport()
        self._panes: dict[str, PaneImage] = {}
        self._under: dict[str, PaneImage] = {}  # shown where a pane has no tile yet
        self._told: tuple[object, ...] = ()
        self._drag_from: QPointF | None = None
        self._ring = False
        self._repaint = QTimer(self, interval=_REPAINT_MS, singleShot=True)
        self._repaint.timeout.connect(self.update)
        self.setAccessibleName(_("Comparison of bicubic and SRCNN"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def minimumSizeHint(self) -> QSize:
        """Room for two panes with something to see in them."""
        return QSize(320, 200)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def show_picture(self, pixels: NDArray[np.uint8]) -> None:
        """A new picture: show it, stretched, in both panes until tiles come, and fit it."""
        step = -(-max(pixels.shape[:2]) // _UNDER_PX)  # a coarse copy will do until tiles come
        small = PaneImage(np.ascontiguousarray(pixels[::step, ::step]), complete=True)
        self._told = ()
        self._under = {"bicubic": small, "srcnn": small}
        self._panes = {}
        self.setFocus(Qt.FocusReason.OtherFocusReason)  # arrows pan at once
        self._look(Viewport(small.width, small.height).in_pane(*self._pane_px()))

    def show_panes(self, panes: Mapping[str, NDArray[np.uint8]]) -> None:
        """New panes that fill up by `tile_done`; what was there stays until they do."""
        self._under |= {name: pane for name, pane in self._panes.items() if pane.complete}
        self._panes = {name: PaneImage(pixels) for name, pixels in panes.items()}
        first = next(iter(self._panes.values()))
        self._look(self._view.on_picture(first.width, first.height))

    def tile_done(self, pane: str, top: int, left: int, height: int, width: int) -> None:
        """A tile of a pane is there."""
        self._panes[pane].add(top, left, height, width)
        if all(image.complete for image in self._panes.values()):
            self._under = {}
        if not self._repaint.isActive():
            self._repaint.start()

    def values(self, x: int, y: int) -> dict[str, tuple[int, ...]]:
        """The samples of a pixel in every pane that has it."""
        there = {name: pane for name, pane in self._panes.items() if pane.done.contains(QPoint(x, y))}
        return {name: pane.value(x, y) for name, pane in there.items()}

    # -- moving ----------------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        return self._view.zoom

    def fit(self) -> None:
        """Show the whole picture."""
        self._look(self._view.fit())

    def zoom_to(self, zoom: float) -> None:
        """Zoom about the middle; 1 is one picture pixel on one device pixel."""
        self._look(self._view.zoomed(zoom))

    def step_zoom(self, steps: int) -> None:
        """Zoom to the next usual step, in (1) or out (-1)."""
        self._look(self._view.stepped(steps))

    def set_smooth(self, smooth: bool) -> None:
        """Smooth, or nearest: every picture pixel a square."""
        self.smooth = smooth
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        turn = event.angleDelta().y() or event.pixelDelta().y()
        if turn:
            self._look(self._view.zoomed(self._view.zoom * 1.2 ** (turn / 120), self._in_pane(event.position())))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture, or jump to a place in the overview."""
        if event.button() == Qt.MouseButton.LeftButton and not self._jump(event.position()):
            self._drag_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag both panes; tell which pixel is under the pointer."""
        if self._drag_from is not None:
            moved = (event.position() - self._drag_from) * self.devicePixelRatioF()
            self._drag_from = event.position()
            self._look(self._view.panned(moved.x(), moved.y()))
        self._pointer = event.position()
        self._tell_pixel()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag_from = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is over no pixel any more."""
        self._pointer = QPointF(-1, -1)
        self._tell_pixel()

    def event(self, event: QEvent) -> bool:
        """Pinch on a trackpad zooms."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            zoom = self._view.zoom * (1 + event.value())
            self._look(self._view.zoomed(zoom, self._in_pane(event.position())))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, ten times as far with Shift."""
        ways = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        way = ways.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
            return
        far = _PAN_PX * (10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        self._look(self._view.panned(way[0] * far, way[1] * far))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring to who came by key; a mouse knows where it is."""
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._ring = event.reason() in by_key
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keys go elsewhere."""
        self._ring = False
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle in the middle."""
        self._look(self._view.in_pane(*self._pane_px()))

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint in device pixels, so that 1:1 is exact on every screen."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.canvas))
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        for name, pane in self._rects().items():
            self._paint_pane(painter, name, pane)
        painter.scale(ratio, ratio)
        left, right = (QRect(rect.topLeft() / ratio, rect.size() / ratio) for rect in self._rects().values())
        painter.fillRect(QRect(left.right() + 1, 0, _GAP, self.height()), QColor(tokens.border))
        paint_chip(painter, left.topLeft() + CHIP_AT, _("Bicubic"), theme.DARK.bicubic)
        paint_chip(painter, right.topLeft() + CHIP_AT, "SRCNN", theme.DARK.srcnn)
        if self._zoomed_in():
            paint_overview(painter, self._overview(), self._shown().image(OVERVIEW_PX), self._view)
        if self._ring:
            paint_focus(painter, self.rect())

    def _paint_pane(self, painter: QPainter, name: str, pane: QRect) -> None:
        """What is under, then bicubic where SRCNN is still to come, then the pane's own tiles."""
        own = self._panes.get(name)
        layers = [self._under.get(name), self._panes.get("bicubic"), own]
        if own is not None and own.complete:
            layers = [own]
        for layer in layers:
            if layer is not None:
                layer.paint(painter, pane, self._view, smooth=self.smooth)
        if own is not None and self.working and not own.complete:
            line = QRect(pane.left(), pane.top(), max(1, int(pane.width() * own.share)), _PENDING_PX)
            painter.fillRect(line, QColor(theme.current().accent))

    # -- geometry --------------------------------------------------------------------------------------------------

    def _pane_px(self) -> tuple[int, int]:
        """Width and height of a pane in device px."""
        ratio = self.devicePixelRatioF()
        return max(1, int((self.width() - _GAP) * ratio) // 2), max(1, int(self.height() * ratio))

    def _rects(self) -> dict[str, QRect]:
        """The panes in device px, left to right."""
        width, height = self._pane_px()
        gap = max(1, round(_GAP * self.devicePixelRatioF()))
        return {"bicubic": QRect(0, 0, width, height), "srcnn": QRect(width + gap, 0, width, height)}

    def _in_pane(self, position: QPointF) -> tuple[float, float]:
        """A widget position as device px in the pane it lies in."""
        x, y = position.x() * self.devicePixelRatioF(), position.y() * self.devicePixelRatioF()
        second = self._rects()["srcnn"].left()
        return (x - second if x >= second else x), y

    def _shown(self) -> PaneImage:
        """Whatever picture there is to draw the overview from."""
        complete = [pane for pane in (*self._panes.values(), *self._under.values()) if pane.complete]
        return (complete or list(self._panes.values()))[0]

    def _zoomed_in(self) -> bool:
        height, width = self._view.visible[2:]
        return bool(self._panes or self._under) and (height < self._view.height or width < self._view.width)

    def _overview(self) -> QRect:
        """Where the overview is drawn: bottom right, the picture's shape, at most 96 px."""
        size = QSize(self._view.width, self._view.height)
        size.scale(OVERVIEW_PX, OVERVIEW_PX, Qt.AspectRatioMode.KeepAspectRatio)
        corner = QPoint(self.width() - 12 - size.width(), self.height() - 12 - size.height())
        return QRect(corner, size)

    def _jump(self, position: QPointF) -> bool:
        """Centre the place clicked in the overview, if it was clicked."""
        box = self._overview()
        if not (self._zoomed_in() and box.contains(position.toPoint())):
            return False
        x, y = (position.x() - box.left()) / box.width(), (position.y() - box.top()) / box.height()
        self._look(self._view.centred(x * self._view.width, y * self._view.height))
        return True

    def _look(self, view: Viewport) -> None:
        """Use another viewport, and tell who needs to know."""
        self._view = view
        told = (view.visible, view.width, view.height)
        if self._panes and told != self._told:
            self._told = told
            self.visible_changed.emit(*view.visible)
        self.zoom_changed.emit(view.zoom)
        self._tell_pixel()
        self.update()

    def _tell_pixel(self) -> None:
        """Say which pixel is under the pointer, or none."""
        x, y = (int(value // 1) for value in self._view.to_picture(*self._in_pane(self._pointer)))
        inside = self._pointer.x() >= 0 and 0 <= x < self._view.width and 0 <= y < self._view.height
        self.hovered.emit(*((x, y) if inside and self._panes else (-1, -1)))

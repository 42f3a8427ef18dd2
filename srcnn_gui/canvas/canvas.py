"""The panes under one zoom and one pan: side by side, split, flipped or as their difference."""

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
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
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from srcnn_gui.canvas import overlays
from srcnn_gui.canvas.contents import Contents, Panes, Pixels
from srcnn_gui.canvas.pane_chip import PaneChips
from srcnn_gui.canvas.pane_layout import Slot, pane_size, slots
from srcnn_gui.canvas.view_layout import Look
from srcnn_gui.canvas.viewport import Viewport
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme
from srcnn_gui.ui.checkerboard import Veil

Part = tuple[int, int, int, int]  # top, left, height, width in picture px

_GAP = 1  # px between the panes
_PENDING_PX = 2  # the line along a pane that is not complete
_PAN_PX = 40  # an arrow key's step; ten times with Shift
_REPAINT_MS = 40  # tiles come faster than anybody sees, and every repaint takes time from the next tile
_SPLIT_STEP = 0.02  # of the width, for an arrow key with Ctrl


class Canvas(QWidget):
    """Shows the panes through one viewport, which the wheel, drags, pinches and keys change."""

    visible_changed = Signal(int, int, int, int)  # top, left, height, width in picture px
    zoom_changed = Signal(float)  # device px per picture px
    hovered = Signal(int, int)  # column, row of the pixel under the pointer; -1, -1 outside
    content_chosen = Signal(str, str)  # side, content
    selected = Signal(object)  # (top, left, height, width) in picture px, or None
    selecting_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.smooth, self.grid = True, True
        self.working = False  # tiles are on their way
        self.ring = False  # the focus is to be seen
        self.contents = Contents()
        self.look = Look()
        self.viewport = Viewport()
        self.divider = 0.5
        self.selection: Part | None = None
        self._held = False  # the other picture is shown
        self._pointer = QPointF(-1, -1)
        self._told: tuple[object, ...] = ()
        self._selecting = False  # the next drag draws the selection
        self._dragged: Literal["picture", "divider", "selection"] | None = None  # while the button is down
        self._drag_from = QPointF()
        self._repaint = QTimer(self, interval=_REPAINT_MS, singleShot=True)
        self._repaint.timeout.connect(self.update)
        self.chips = PaneChips(self)
        self.chips.chosen.connect(self.content_chosen)
        self.setAccessibleName(_("Comparison of two pictures"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.show_look(self.look)

    def minimumSizeHint(self) -> QSize:
        """Room for two panes with something to see in them."""
        return QSize(320, 160)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def show_picture(self, pixels: Pixels, icc: bytes | None = None, alpha: Pixels | None = None) -> None:
        """A new picture: show it, stretched, in both panes until tiles come, and fit it."""
        small = self.contents.show_picture(pixels, icc, alpha)
        self._told = ()
        self.select(None)
        self.setFocus(Qt.FocusReason.OtherFocusReason)  # arrows pan at once
        self._look(Viewport(small.width, small.height).in_pane(*self._pane_px()))

    def show_panes(self, panes: Panes, truth: Pixels | None, original: Pixels) -> None:
        """New panes that fill up by `tile_done`; what was there stays until they do."""
        first = self.contents.begin(panes, truth, original)
        before = (self.viewport.width, self.viewport.height)
        if self.selection is not None and before != (first.width, first.height):
            self.select(None)
        self._look(self.viewport.on_picture(first.width, first.height))

    def tile_done(self, pane: str, top: int, left: int, height: int, width: int) -> None:
        """A tile of a pane is there."""
        self.contents.add(pane, top, left, height, width)
        self.repaint_soon()

    def repaint_soon(self) -> None:
        """Paint again in a moment, once for all that comes until then."""
        if not self._repaint.isActive():
            self._repaint.start()

    def show_look(self, look: Look) -> None:
        """Lay the panes out in another way; the zoom and the middle stay."""
        self.look = look
        self._look(self.viewport.in_pane(*self._pane_px()))
        self._place_chips()

    def values(self, x: int, y: int) -> dict[str, tuple[int, ...]]:
        """The samples of a pixel in both panes, as far as they are there."""
        return self.contents.values(x, y, (self.look.left, self.look.right)) if self.contents.there else {}

    @property
    def zoom(self) -> float:
        return self.viewport.zoom

    def fit(self) -> None:
        """Show the whole picture."""
        self._look(self.viewport.fit())

    def zoom_to(self, zoom: float) -> None:
        """Zoom about the middle; 1 is one picture pixel on one device pixel."""
        self._look(self.viewport.zoomed(zoom))

    def step_zoom(self, steps: int) -> None:
        """Zoom to the next usual step, in (1) or out (-1)."""
        self._look(self.viewport.stepped(steps))

    def set_smooth(self, smooth: bool) -> None:
        """Smooth, or nearest: every picture pixel a square."""
        self.smooth = smooth
        self.update()

    def set_grid(self, grid: bool) -> None:
        """Lines between pixels that are large enough, or none."""
        self.grid = grid
        self.update()

    def set_selecting(self, selecting: bool) -> None:
        """The next drag draws the part that is scored, instead of moving the picture."""
        if selecting != self._selecting:
            self._selecting = selecting
            self._show_cursor(self._pointer)
            self.selecting_changed.emit(selecting)

    def select(self, part: Part | None) -> None:
        """Score a part of the picture (top, left, height, width), or none in particular."""
        self.set_selecting(False)
        if part != self.selection:
            self.selection = part
            self.selected.emit(part)
            self.update()

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by device pixels."""
        self._look(self.viewport.panned(dx, dy))

    def centre(self, x: float, y: float) -> None:
        """Bring a picture point to the middle."""
        self._look(self.viewport.centred(x, y))

    def move_divider(self, share: float) -> None:
        """Where the split is, as a share of the width."""
        self.divider = min(max(share, 0.0), 1.0)
        self.update()

    def hold(self, held: bool) -> None:
        """Show the other picture as long as a key is down."""
        if held != self._held:
            self._held = held
            self._place_chips()
            self.update()

    # -- input -----------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        turn = event.angleDelta().y() or event.pixelDelta().y()
        if turn:
            at = self.in_pane(event.position())
            self._look(self.viewport.zoomed(self.viewport.zoom * 1.2 ** (turn / 120), at))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a drag, or jump to a place in the overview."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        position = event.position()
        box = overlays.overview_box(self.viewport, self.size())
        if box is not None and box.contains(position.toPoint()):
            across, down = (position.x() - box.left()) / box.width(), (position.y() - box.top()) / box.height()
            self.centre(across * self.viewport.width, down * self.viewport.height)
            return
        self._drag_from = position
        self._dragged = "selection" if self._selecting else "divider" if self._on_divider(position) else "picture"
        self._show_cursor(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the drag, and report the pixel under the pointer."""
        position = self._pointer = event.position()
        if self._dragged is None:
            self._show_cursor(position)
        elif self._dragged == "divider":
            self.move_divider(position.x() / max(1, self.width()))
        elif self._dragged == "selection":
            self.selection = self._drawn(self._drag_from, position)
            self.update()
        else:
            moved = (position - self._drag_from) * self.devicePixelRatioF()
            self._drag_from = position
            self.pan(moved.x(), moved.y())
        self._tell_pixel()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if self._dragged == "selection":
            self.selection = None  # so that the same part, drawn again, is reported again
            self.select(self._drawn(self._drag_from, event.position()))
        self._dragged = None
        self._show_cursor(event.position())

    def _show_cursor(self, position: QPointF) -> None:
        """Show by the pointer's shape what a drag from this position does."""
        shapes = Qt.CursorShape
        shape = shapes.ClosedHandCursor if self._dragged == "picture" else shapes.OpenHandCursor
        if self._dragged == "divider" or (self._dragged is None and self._on_divider(position)):
            shape = shapes.SplitHCursor
        self.setCursor(shapes.CrossCursor if self._selecting else shape)

    def _on_divider(self, position: QPointF) -> bool:
        far = abs(position.x() - self.divider * self.width())
        return self.look.view == "split" and far <= overlays.HANDLE.width() / 2

    def _drawn(self, start: QPointF, end: QPointF) -> Part | None:
        """The picture pixels of a rectangle drawn on one pane, or None if it holds none."""
        view = self.viewport
        corners = [view.to_picture(*self.in_pane(position)) for position in (start, end)]
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        part = QRectF(x0, y0, x1 - x0, y1 - y0).toRect().intersected(QRect(0, 0, view.width, view.height))
        return (part.top(), part.left(), part.height(), part.width()) if not part.isEmpty() else None

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is over no pixel any more."""
        self._pointer = QPointF(-1, -1)
        self._tell_pixel()

    def event(self, event: QEvent) -> bool:
        """Two fingers zoom."""
        if pinch := _pinch(event, self):
            factor, position = pinch
            self._look(self.viewport.zoomed(self.viewport.zoom * factor, self.in_pane(position)))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, ten times as far with Shift; with Ctrl they move the split. Space shows the other picture."""
        ways = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        way = ways.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Space:
            self.hold(True)
        elif event.key() == Qt.Key.Key_Escape:
            self.select(None)
        elif way is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.move_divider(self.divider - way[0] * _SPLIT_STEP)
        else:
            far = _PAN_PX * (10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            self.pan(way[0] * far, way[1] * far)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is up again."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.hold(False)
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring to who came by key; a mouse knows where it is."""
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.ring = event.reason() in by_key
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keys go elsewhere."""
        self.ring = False
        self.hold(False)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle in the middle."""
        self._look(self.viewport.in_pane(*self._pane_px()))
        self._place_chips()

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint in device pixels, so that 1:1 is exact on every screen; then the marks, in logical ones."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().canvas))
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        slots = self.slots()
        unfinished = [self._paint_slot(painter, slot) for slot in slots]
        if self.look.view == "side":
            between = slots[0].pane.right() + 1
            painter.fillRect(QRect(between, 0, self.gap, slots[0].pane.height()), QColor(theme.current().border))
        painter.scale(ratio, ratio)
        if self.look.view == "split":
            overlays.paint_handle(painter, round(self.divider * self.width()), self.height())
        if self.look.view == "difference" and self.contents.there:
            overlays.paint_scale(painter, self.height())
        self._paint_overview(painter)
        if self.ring:
            overlays.paint_focus(painter, self.rect())
        painter.end()
        if any(unfinished):  # go on as soon as nothing else is waiting
            (self.repaint_soon if self.working else self.update)()

    def _paint_slot(self, painter: QPainter, slot: Slot) -> bool:
        """A pane: its picture, the grid and values at high zoom, the selection, and how far it is.

        Returns whether a part of the difference in view is still to be computed.
        """
        view, unfinished = self.viewport, False
        if self.look.view == "difference" and self.contents.there:
            unfinished = self._paint_difference(painter, slot)
        else:
            for layer in self.contents.layers(slot.content):
                layer.paint(painter, slot.pane, view, smooth=self.smooth, clip=slot.clip)
            self._paint_transparency(painter, slot)
        painter.save()
        painter.setClipRect(slot.clip)
        if self.grid and view.zoom >= overlays.GRID_FROM_PX * view.ratio:
            overlays.paint_grid(painter, slot.pane, view)
            if self.contents.there and self.look.view != "difference":
                read = lambda x, y: self.contents.values(x, y, (slot.content,)).get(slot.content)  # noqa: E731
                overlays.paint_values(painter, slot.pane, view, self.devicePixelRatioF(), read)
        if self.selection is not None:
            top, left, height, width = self.selection
            x, y = slot.pane.left() + view.origin[0], slot.pane.top() + view.origin[1]
            box = QRectF(x + left * view.zoom, y + top * view.zoom, width * view.zoom, height * view.zoom)
            overlays.paint_selection(painter, box)
        painter.restore()
        self._paint_pending(painter, slot)
        return unfinished

    def _paint_transparency(self, painter: QPainter, slot: Slot) -> None:
        """A checkerboard where a picture is transparent."""
        hidden = self.contents.hidden(slot.content)
        if hidden is not None and not slot.clip.isEmpty():
            veil = Veil(slot.clip, self.devicePixelRatioF())
            hidden.paint(veil.painter, slot.pane, self.viewport, smooth=self.smooth, clip=slot.clip)
            veil.paint(painter)

    def _paint_difference(self, painter: QPainter, slot: Slot) -> bool:
        """The difference as far as it is known; returns whether the visible part is not complete."""
        top, left, height, width = self.viewport.visible
        visible = QRect(left, top, width, height)
        image, unfinished = self.contents.difference(self.look.left, self.look.right, visible)
        image.paint(painter, slot.pane, self.viewport, smooth=False, clip=slot.clip)
        return unfinished

    def _paint_pending(self, painter: QPainter, slot: Slot) -> None:
        """A line along the top of a pane whose tiles are still coming, as long as the share that is there."""
        own = self.contents.image(slot.content)
        if own is not None and self.working and not own.complete:
            line = QRect(slot.clip.left(), slot.clip.top(), max(1, int(slot.clip.width() * own.share)), _PENDING_PX)
            painter.fillRect(line, QColor(theme.current().accent))

    def _paint_overview(self, painter: QPainter) -> None:
        """The whole picture, small, with a frame around the visible part, if a part is out of view."""
        box = overlays.overview_box(self.viewport, self.size())
        if box is None or self.contents.empty:
            return
        overlays.paint_overview(painter, box, self.contents.overview().image(overlays.OVERVIEW_PX))
        hidden = self.contents.hidden(self.look.left)
        if hidden is not None:
            veil = Veil(box)
            veil.painter.drawImage(box, hidden.image(overlays.OVERVIEW_PX))
            veil.paint(painter)
        overlays.paint_frame(painter, box, self.viewport)

    # -- geometry --------------------------------------------------------------------------------------------------

    def slots(self) -> list[Slot]:
        """The panes in device px, left to right."""
        ratio = self.devicePixelRatioF()
        width, height = int(self.width() * ratio), int(self.height() * ratio)
        return slots(self.look, width, height, self.gap, self.divider, held=self._held)

    @property
    def gap(self) -> int:
        """Device px between two panes."""
        return max(1, round(_GAP * self.devicePixelRatioF()))

    def _pane_px(self) -> tuple[int, int, float]:
        """Width and height of a pane in device px, and how many of them make a logical one."""
        ratio = self.devicePixelRatioF()
        return *pane_size(self.look, int(self.width() * ratio), int(self.height() * ratio), self.gap), ratio

    def in_pane(self, position: QPointF) -> tuple[float, float]:
        """A widget position as device px in the pane it lies in."""
        x, y = position.x() * self.devicePixelRatioF(), position.y() * self.devicePixelRatioF()
        second = self.slots()[-1].pane.left()
        return (x - second if x >= second else x), y

    def _place_chips(self) -> None:
        ratio = self.devicePixelRatioF()
        second = int(self.slots()[-1].pane.left() / ratio)
        self.chips.place(self.look, second, self.width(), held=self._held)

    def _look(self, view: Viewport) -> None:
        """Use another viewport, and tell who needs to know."""
        self.viewport = view
        told = (view.visible, view.width, view.height)
        if self.contents.there and told != self._told:
            self._told = told
            self.visible_changed.emit(*view.visible)
        self.zoom_changed.emit(view.zoom)
        self._tell_pixel()
        self.update()

    def _tell_pixel(self) -> None:
        """Say which pixel is under the pointer, or none."""
        view = self.viewport
        x, y = (int(value // 1) for value in view.to_picture(*self.in_pane(self._pointer)))
        inside = self._pointer.x() >= 0 and 0 <= x < view.width and 0 <= y < view.height
        self.hovered.emit(*((x, y) if inside and self.contents.there else (-1, -1)))


def _pinch(event: QEvent, widget: QWidget) -> tuple[float, QPointF] | None:
    """The factor and the position of a pinch on a trackpad or a touch screen; None for any other event."""
    if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
        return 1 + event.value(), event.position()
    gesture = event.gesture(Qt.GestureType.PinchGesture) if isinstance(event, QGestureEvent) else None
    if not isinstance(gesture, QPinchGesture):
        return None
    return gesture.scaleFactor(), widget.mapFromGlobal(gesture.centerPoint())

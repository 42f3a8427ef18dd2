"""Canvas widget, which shows two images side by side, split, one at a time, or as a difference image."""

from time import monotonic
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
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
from srcnn_gui.canvas.contents import PaneContents, Panes, Pixels
from srcnn_gui.canvas.pane_chip import PaneChips
from srcnn_gui.canvas.pane_layout import PanePlacement, pane_size, place_panes
from srcnn_gui.canvas.view_layout import ViewLayout, content_title
from srcnn_gui.canvas.viewport import Viewport
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme
from srcnn_gui.ui.checkerboard import CheckerboardOverlay
from srcnn_gui.ui.menus import key_text

Region = tuple[int, int, int, int]  # (top, left, height, width) in image px

_GAP = 1  # width of the gap between the panes, logical px
_INCOMPLETE_AFTER_S = 1.0  # time after which panes that are being computed are labeled as incomplete
_PROGRESS_LINE_PX = 2  # height of the progress line at the top of an incomplete pane
_PAN_PX = 40  # distance that an arrow key pans, device px; with Shift, it is ten times as long
_REPAINT_MS = 40  # tiles can arrive faster than the display can show them, and each repaint delays the next tile
_REGION_STEP_PX = 10  # distance that an arrow key moves an edge of the region, logical px
_DIVIDER_STEP = 0.02  # distance that Ctrl and an arrow key move the divider, as a share of the canvas width


class Canvas(QWidget):
    """Widget with one or two panes that show images with the same zoom and position.

    The user zooms with the wheel or a pinch gesture, and pans by dragging or with the arrow keys.
    """

    visible_changed = Signal(int, int, int, int)  # top, left, height, width of the visible part in image px
    zoom_changed = Signal(float)  # device px per image px
    hovered = Signal(int, int)  # column and row of the image pixel under the pointer, or -1 and -1 if there is none
    content_chosen = Signal(str, str)  # side, content
    selected = Signal(object)  # (top, left, height, width) in image px, or None
    selecting_changed = Signal(bool)
    menu_requested = Signal(str, QPoint)  # content of the pane, and the position on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.smooth, self.grid = True, True
        self.initial_zoom = 0.0  # zoom of a new image, in device px per px of the result, or 0 to fit it
        self._is_new_image = False  # whether the zoom of the image is not set yet
        self._is_upscaling = False  # whether the image is being upscaled
        self._upscaling_changed_at = 0.0  # time of the last change of `_is_upscaling`, in seconds
        self.shows_focus_ring = False  # whether the focus was set with the keyboard
        self.contents = PaneContents()
        self.view_layout = ViewLayout()
        self.viewport = Viewport()
        self.divider = 0.5
        self.selection: Region | None = None
        self._swapped = False  # whether the panes are exchanged because Space is held down
        self._pointer = QPointF(-1, -1)
        self._reported: tuple[object, ...] = ()
        self._selecting = False  # whether the next drag or the arrow keys define the selection
        self._draft: Region | None = None  # region that is being drawn
        self._drag_kind: Literal["image", "divider", "selection"] | None = None  # None while no button is down
        self._drag_start = QPointF()
        self._repaint_timer = QTimer(self, interval=_REPAINT_MS, singleShot=True)
        self._repaint_timer.timeout.connect(self.update)
        self.chips = PaneChips(self)
        self.chips.chosen.connect(self.content_chosen)
        self.setAccessibleName(_("Image comparison"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.set_view_layout(self.view_layout)

    def minimumSizeHint(self) -> QSize:
        """Return the minimum size of the canvas, at which two panes are still usable."""
        return QSize(320, 160)

    # -- content --------------------------------------------------------------------------------------------------

    def show_image(self, pixels: Pixels, icc: bytes | None = None, alpha: Pixels | None = None) -> None:
        """Show a new image in both panes. Upscaled tiles replace it when they are computed.

        Parameters
        ----------
        pixels : uint8 or uint16 array of shape (H, W, 1|3)
        icc : color profile, or None for sRGB
        alpha : alpha channel of shape (H, W), or None if the image is opaque
        """
        small = self.contents.show_image(pixels, icc, alpha)
        self._reported, self._is_new_image = (), True
        self.select_region(None)
        self._set_viewport(Viewport(small.width, small.height).with_pane_size(*self._pane_px()))

    def show_panes(self, panes: Panes, ground_truth: Pixels | None, low_res: Pixels) -> None:
        """Set the pixel arrays of the panes.

        Until a tile is marked as done, the previous pixels are shown there.

        Parameters
        ----------
        panes : pixel arrays of the bicubic and SRCNN panes, which the caller fills tile by tile
        ground_truth : pixels of the ground truth, or None if there is none
        low_res : pixels before upscaling
        """
        first = self.contents.start_upscale(panes, ground_truth, low_res)
        previous_size = (self.viewport.width, self.viewport.height)
        if self.selection is not None and previous_size != (first.width, first.height):
            self.select_region(None)
        viewport = self.viewport.with_image_size(first.width, first.height)
        if self._is_new_image and self.initial_zoom and viewport.fitted:
            viewport = viewport.zoomed(self.initial_zoom)
        self._is_new_image = False
        self._set_viewport(viewport)

    def mark_tile_done(self, pane: str, top: int, left: int, height: int, width: int) -> None:
        """Mark a rectangle of a pane, in image px, as computed, and paint it."""
        self.contents.mark_done(pane, top, left, height, width)
        self.schedule_repaint()

    def schedule_repaint(self) -> None:
        """Schedule a repaint in 40 ms, so that several changes are painted together."""
        if not self._repaint_timer.isActive():
            self._repaint_timer.start()

    def set_view_layout(self, view_layout: ViewLayout) -> None:
        """Set the view and the contents of the panes. The zoom and the center of the image are kept."""
        self.view_layout = view_layout
        self._set_viewport(self.viewport.with_pane_size(*self._pane_px()))
        self._move_chips()

    def pixel_values(self, x: int, y: int) -> dict[str, tuple[int, ...]]:
        """Return the samples of the pixel (x, y) in each visible image, by the content of its pane.

        Images in which the pixel is not computed yet are omitted.
        """
        return (
            self.contents.pixel_values(x, y, (self.view_layout.left, self.view_layout.right))
            if self.contents.has_panes
            else {}
        )

    @property
    def zoom(self) -> float:
        return self.viewport.zoom

    def fit(self) -> None:
        """Zoom so that the whole image fits into a pane."""
        self._set_viewport(self.viewport.fit())

    def zoom_to(self, zoom: float) -> None:
        """Set the zoom, in device px per image px. The point at the center of the panes stays in place."""
        self._set_viewport(self.viewport.zoomed(zoom))

    def step_zoom(self, steps: int) -> None:
        """Zoom in (`steps` is 1) or out (-1) to the next value in `ZOOM_STEPS`."""
        self._set_viewport(self.viewport.stepped(steps))

    def set_smooth(self, smooth: bool) -> None:
        """Set whether magnified pixels are interpolated. Otherwise, they are shown as squares."""
        self.smooth = smooth
        self.update()

    def set_grid(self, grid: bool) -> None:
        """Set whether a grid is painted between pixels that are magnified enough."""
        self.grid = grid
        self.update()

    def set_selecting(self, selecting: bool) -> None:
        """Set whether the next drag or the arrow keys select the region for scoring. Otherwise, they pan."""
        if selecting != self._selecting:
            self._selecting, self._draft = selecting, None
            if selecting:
                self.setFocus(Qt.FocusReason.OtherFocusReason)  # for the arrow keys
            self._show_cursor(self._pointer)
            self.update()
            self.selecting_changed.emit(selecting)

    @property
    def can_clear_selection(self) -> bool:
        """Whether there is a selection to clear, or a selection mode to end."""
        return self._selecting or self.selection is not None

    def select_region(self, region: Region | None) -> None:
        """Select the region for scoring (top, left, height, width), in image px. None clears the selection."""
        self.set_selecting(False)
        if region != self.selection:
            self.selection = region
            self.selected.emit(region)
            self.update()

    def pan(self, dx: float, dy: float) -> None:
        """Move the image by a distance in device px. Positive values move it to the right and down."""
        self._set_viewport(self.viewport.panned(dx, dy))

    def center(self, x: float, y: float) -> None:
        """Move a point of the image, in image px, to the center of the panes."""
        self._set_viewport(self.viewport.centered(x, y))

    def move_divider(self, position: float) -> None:
        """Move the divider of the split view. `position` is a fraction of the canvas width, from 0 to 1."""
        self.divider = min(max(position, 0.0), 1.0)
        self.update()

    def set_swapped(self, swapped: bool) -> None:
        """Set whether the contents of the panes are exchanged while Space is held down."""
        if swapped != self._swapped:
            self._swapped = swapped
            self._move_chips()
            self.update()

    # -- input -----------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in or out, and keep the image point under the pointer in place."""
        delta = event.angleDelta().y() or event.pixelDelta().y()
        if delta:
            at = self.to_pane(event.position())
            self._set_viewport(self.viewport.zoomed(self.viewport.zoom * 1.2 ** (delta / 120), at))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a drag, or center the point that was clicked in the overview."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        position = event.position()
        box = overlays.overview_box(self.viewport, self.size())
        if box is not None and box.contains(position.toPoint()):
            share_x, share_y = (position.x() - box.left()) / box.width(), (position.y() - box.top()) / box.height()
            self.center(share_x * self.viewport.width, share_y * self.viewport.height)
            return
        self._drag_start = position
        self._drag_kind = "selection" if self._selecting else "divider" if self._on_divider(position) else "image"
        self._show_cursor(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, move the divider or draw the selection, and emit the image pixel under the pointer."""
        position = self._pointer = event.position()
        if self._drag_kind is None:
            self._show_cursor(position)
        elif self._drag_kind == "divider":
            self.move_divider(position.x() / max(1, self.width()))
        elif self._drag_kind == "selection":
            self._draft = self._drawn_region(self._drag_start, position)
            self.update()
        else:
            moved = (position - self._drag_start) * self.devicePixelRatioF()
            self._drag_start = position
            self.pan(moved.x(), moved.y())
        self._emit_hovered()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag. If a region was drawn, select it. After a click, a region can still be drawn."""
        if self._drag_kind == "selection":
            region = self._drawn_region(self._drag_start, event.position())
            if region is not None:
                self.select_region(region)
        self._drag_kind = None
        self._show_cursor(event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Emit a request for the context menu of the pane under the pointer."""
        at = event.pos() * self.devicePixelRatioF()
        contents = [placement.content for placement in self.pane_placements() if placement.clip.contains(at)]
        if contents and not self.contents.is_empty:
            is_difference = self.view_layout.view == "difference"
            self.menu_requested.emit("model" if is_difference else contents[0], event.globalPos())

    def _show_cursor(self, position: QPointF) -> None:
        """Set the cursor shape to show what dragging from `position` does."""
        shapes = Qt.CursorShape
        shape = shapes.ClosedHandCursor if self._drag_kind == "image" else shapes.OpenHandCursor
        if self._drag_kind == "divider" or (self._drag_kind is None and self._on_divider(position)):
            shape = shapes.SplitHCursor
        self.setCursor(shapes.CrossCursor if self._selecting else shape)

    def _on_divider(self, position: QPointF) -> bool:
        distance = abs(position.x() - self.divider * self.width())
        return self.view_layout.view == "split" and distance <= overlays.HANDLE_SIZE.width() / 2

    def _move_draft(self, dx: int, dy: int, *, resize: bool) -> None:
        """Move the region that is being drawn, or its lower right corner if `resize` is true.

        The first key press shows the current selection, or a region in the center of the visible part.

        Parameters
        ----------
        dx, dy : direction, in steps to the right and down
        resize : whether the upper left corner stays in place
        """
        draft = self._draft or self.selection
        if draft is None:
            top, left, height, width = self.viewport.visible
            draft = (top + height // 4, left + width // 4, max(1, height // 2), max(1, width // 2))
        elif self._draft is not None:
            step = max(1, round(_REGION_STEP_PX * self.viewport.ratio / self.viewport.zoom))
            draft = moved_region(draft, dx * step, dy * step, self.viewport.height, self.viewport.width, resize=resize)
        self._draft = draft
        self.update()

    def _select_with_key(self, event: QKeyEvent, direction: tuple[int, int] | None) -> bool:
        """Move the region that is being drawn, or select it with Enter. Return whether the key did this."""
        if direction is not None:
            is_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move_draft(-direction[0], -direction[1], resize=is_shift)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._draft is not None:
            self.select_region(self._draft)
        else:
            return False
        return True

    def _drawn_region(self, start: QPointF, end: QPointF) -> Region | None:
        """Return the region between two widget positions, in image px, or None if it is empty."""
        view = self.viewport
        corners = [view.to_image(*self.to_pane(position)) for position in (start, end)]
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        region = QRectF(x0, y0, x1 - x0, y1 - y0).toRect().intersected(QRect(0, 0, view.width, view.height))
        return (region.top(), region.left(), region.height(), region.width()) if not region.isEmpty() else None

    def leaveEvent(self, event: QEvent) -> None:
        """Emit `hovered` with -1 and -1, since the pointer has left the canvas."""
        self._pointer = QPointF(-1, -1)
        self._emit_hovered()

    def event(self, event: QEvent) -> bool:
        """Zoom with pinch gestures. Other events are handled by the base class."""
        if pinch := _pinch(event, self):
            factor, position = pinch
            self._set_viewport(self.viewport.zoomed(self.viewport.zoom * factor, self.to_pane(position)))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pan with the arrow keys, and move the divider with Ctrl and an arrow key.

        With Shift, the arrow keys pan ten times as far. Space exchanges the panes while it is held down. Escape clears
        the selection. While a region is being selected, the arrow keys move it, with Shift they resize it, and Enter
        selects it.
        """
        directions = {
            Qt.Key.Key_Left: (1, 0),
            Qt.Key.Key_Right: (-1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        direction = directions.get(Qt.Key(event.key()))
        if self._selecting and self._select_with_key(event, direction):
            return
        if event.key() == Qt.Key.Key_Space:
            self.set_swapped(True)
        elif event.key() == Qt.Key.Key_Escape and self.can_clear_selection:
            self.select_region(None)
        elif direction is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.move_divider(self.divider - direction[0] * _DIVIDER_STEP)
        else:
            distance = _PAN_PX * (10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            self.pan(direction[0] * distance, direction[1] * distance)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Show the panes in their normal order again when Space is released."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.set_swapped(False)
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring if the focus was set with the keyboard."""
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.shows_focus_ring = event.reason() in by_key
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus ring, and show the panes in their normal order."""
        self.shows_focus_ring = False
        self.set_swapped(False)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt the viewport to the new size. The point at the center of the panes stays in place."""
        self._set_viewport(self.viewport.with_pane_size(*self._pane_px()))
        self._move_chips()

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the panes in device px, so that a zoom of 1 is exact, and the overlays in logical px."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().canvas))
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        placements = self.pane_placements()
        unfinished = [self._paint_pane(painter, placement) for placement in placements]
        if self.view_layout.view == "side":
            gap_left = placements[0].pane.right() + 1
            painter.fillRect(
                QRect(gap_left, 0, self.pane_gap, placements[0].pane.height()), QColor(theme.current().border)
            )
        painter.scale(ratio, ratio)
        if self.view_layout.view == "split":
            overlays.paint_divider(painter, round(self.divider * self.width()), self.height())
        if self.view_layout.view == "difference" and self.contents.has_panes:
            overlays.paint_color_scale(painter, self.height())
        self._paint_incomplete(painter, placements)
        self._paint_overview(painter)
        self._paint_hint(painter)
        if self.shows_focus_ring:
            overlays.paint_focus(painter, self.rect())
        painter.end()
        if any(unfinished):  # compute the next part of the difference after pending events are handled
            (self.schedule_repaint if self._is_upscaling else self.update)()

    def _paint_pane(self, painter: QPainter, placement: PanePlacement) -> bool:
        """Paint a pane with its image, pixel grid, pixel values, selection and progress line.

        Return True if the pane shows the difference and a visible part is not computed yet.
        """
        view, unfinished = self.viewport, False
        if self.view_layout.view == "difference" and self.contents.has_panes:
            unfinished = self._paint_difference(painter, placement)
        else:
            for layer in self.contents.layers(placement.content):
                layer.paint(painter, placement.pane, view, smooth=self.smooth, clip=placement.clip)
            self._paint_transparency(painter, placement)
        painter.save()
        painter.setClipRect(placement.clip)
        if self.grid and view.zoom >= overlays.MIN_GRID_PX * view.ratio:
            overlays.paint_grid(painter, placement.pane, view)
            if self.contents.has_panes and self.view_layout.view != "difference":
                read = lambda x, y: self.contents.pixel_values(x, y, (placement.content,)).get(placement.content)  # noqa: E731
                overlays.paint_values(painter, placement.pane, view, self.devicePixelRatioF(), read)
        region = self._draft or self.selection
        if region is not None:
            top, left, height, width = region
            x, y = placement.pane.left() + view.image_top_left_xy[0], placement.pane.top() + view.image_top_left_xy[1]
            box = QRectF(x + left * view.zoom, y + top * view.zoom, width * view.zoom, height * view.zoom)
            overlays.paint_selection(painter, box)
        painter.restore()
        self._paint_progress(painter, placement)
        return unfinished

    def _paint_transparency(self, painter: QPainter, placement: PanePlacement) -> None:
        """Paint a checkerboard over the transparent parts of a pane."""
        transparency_mask = self.contents.transparency_mask(placement.content)
        if transparency_mask is not None and not placement.clip.isEmpty():
            overlay = CheckerboardOverlay(placement.clip, self.devicePixelRatioF())
            transparency_mask.paint(
                overlay.painter, placement.pane, self.viewport, smooth=self.smooth, clip=placement.clip
            )
            overlay.paint(painter)

    def _paint_difference(self, painter: QPainter, placement: PanePlacement) -> bool:
        """Paint the computed part of the difference. Return whether a visible part is not computed yet."""
        top, left, height, width = self.viewport.visible
        visible = QRect(left, top, width, height)
        image, unfinished = self.contents.difference(self.view_layout.left, self.view_layout.right, visible)
        image.paint(painter, placement.pane, self.viewport, smooth=False, clip=placement.clip)
        return unfinished

    def _paint_progress(self, painter: QPainter, placement: PanePlacement) -> None:
        """Paint a progress line at the top of a pane that is not completely computed.

        The line has the warning color if upscaling was stopped or has failed.
        """
        progress, tokens = self._progress(placement), theme.current()
        if progress < 1:
            line = QRect(placement.clip.left(), placement.clip.top(), placement.clip.width(), _PROGRESS_LINE_PX)
            painter.fillRect(line, QColor(tokens.outline))
            line.setWidth(max(1, int(line.width() * progress)))
            painter.fillRect(line, QColor(tokens.accent if self._is_upscaling else tokens.warning))

    def _paint_incomplete(self, painter: QPainter, placements: list[PanePlacement]) -> None:
        """Paint a label below the button of each incomplete pane, unless upscaling has just started."""
        if self._is_upscaling and monotonic() - self._upscaling_changed_at < _INCOMPLETE_AFTER_S:
            return
        for placement, chip in zip(placements, (self.chips.left, self.chips.right), strict=False):
            if (progress := self._progress(placement)) < 1:
                align_right = chip is self.chips.right and self.view_layout.view == "split"
                box = chip.geometry()
                corner = QPoint(box.right() + 1 if align_right else box.left(), box.bottom() + 7)
                overlays.paint_incomplete(painter, corner, progress, align_right=align_right)

    def _paint_hint(self, painter: QPainter) -> None:
        """Paint how to select a region or, in the flip view, how to see the other image."""
        if self._selecting:
            above = overlays.COLOR_SCALE_HEIGHT + 8 if self.view_layout.view == "difference" else 0
            anchor = QPoint(self.width() // 2, self.height() - 12 - above)
            overlays.paint_hint(painter, anchor, self._selecting_hint())
        elif self.view_layout.view == "flip" and self.contents.has_panes:
            other = self.view_layout.left if self._swapped else self.view_layout.right
            title = content_title(other, self.chips.model_title)
            key = key_text("Space")
            hint = (_("Release {key} to show {title}") if self._swapped else _("Hold {key} to show {title}")).format(
                key=key, title=title
            )
            overlays.paint_hint(painter, QPoint(self.width() // 2, 12 + self.chips.left.height()), hint)

    def _selecting_hint(self) -> str:
        """Return how to select a region with the mouse or the keyboard."""
        if self._draft is None:
            return _("Drag to draw a region, or press an arrow key. Esc cancels.")
        return _("Arrow keys move the region, Shift resizes it, Enter selects it. Esc cancels.")

    def _progress(self, placement: PanePlacement) -> float:
        """Return the computed fraction of the image in a pane, from 0 to 1."""
        layout = self.view_layout
        return self.contents.progress(
            *((layout.left, layout.right) if layout.view == "difference" else (placement.content,))
        )

    def _paint_overview(self, painter: QPainter) -> None:
        """If the image does not fit into a pane, paint the overview with a frame around the visible part."""
        box = overlays.overview_box(self.viewport, self.size())
        if box is None or self.contents.is_empty:
            return
        overlays.paint_overview(painter, box, self.contents.overview_image().image(overlays.OVERVIEW_PX))
        transparency_mask = self.contents.transparency_mask(self.view_layout.left)
        if transparency_mask is not None:
            overlay = CheckerboardOverlay(box)
            overlay.painter.drawImage(box, transparency_mask.image(overlays.OVERVIEW_PX))
            overlay.paint(painter)
        overlays.paint_viewport_frame(painter, box, self.viewport)

    # -- geometry --------------------------------------------------------------------------------------------------

    def pane_placements(self) -> list[PanePlacement]:
        """Return the content and the rectangles (in device px) of each pane, from left to right."""
        ratio = self.devicePixelRatioF()
        width, height = int(self.width() * ratio), int(self.height() * ratio)
        return place_panes(self.view_layout, width, height, self.pane_gap, self.divider, swapped=self._swapped)

    @property
    def pane_gap(self) -> int:
        """Width of the gap between two panes, in device px."""
        return max(1, round(_GAP * self.devicePixelRatioF()))

    def _pane_px(self) -> tuple[int, int, float]:
        """Return the width and height of a pane in device px, and the device pixel ratio."""
        ratio = self.devicePixelRatioF()
        return *pane_size(
            self.view_layout, int(self.width() * ratio), int(self.height() * ratio), self.pane_gap
        ), ratio

    def to_pane(self, position: QPointF) -> tuple[float, float]:
        """Convert a widget position to device px from the top left corner of the pane at this position."""
        x, y = position.x() * self.devicePixelRatioF(), position.y() * self.devicePixelRatioF()
        second = self.pane_placements()[-1].pane.left()
        return (x - second if x >= second else x), y

    def set_upscaling(self, is_upscaling: bool) -> None:
        """Set whether the image is being upscaled. Otherwise, incomplete panes show a warning."""
        if is_upscaling != self._is_upscaling:
            self._is_upscaling, self._upscaling_changed_at = is_upscaling, monotonic()
            self.update()

    def set_model_title(self, title: str) -> None:
        """Set the title of the panes that show the model's result."""
        if title != self.chips.model_title:
            self.chips.model_title = title
            self._move_chips()

    def _move_chips(self) -> None:
        ratio = self.devicePixelRatioF()
        second = int(self.pane_placements()[-1].pane.left() / ratio)
        self.chips.place(self.view_layout, second, self.width(), swapped=self._swapped)

    def _set_viewport(self, viewport: Viewport) -> None:
        """Set the viewport. Emit the zoom, and also the visible part if it has changed."""
        self.viewport = viewport
        visible = (viewport.visible, viewport.width, viewport.height)
        if self.contents.has_panes and visible != self._reported:
            self._reported = visible
            self.visible_changed.emit(*viewport.visible)
        self.zoom_changed.emit(viewport.zoom)
        self._emit_hovered()
        self.update()

    def _emit_hovered(self) -> None:
        """Emit the column and row of the image pixel under the pointer, or -1 and -1 if there is none."""
        view = self.viewport
        x, y = (int(value // 1) for value in view.to_image(*self.to_pane(self._pointer)))
        inside = self._pointer.x() >= 0 and 0 <= x < view.width and 0 <= y < view.height
        self.hovered.emit(*((x, y) if inside and self.contents.has_panes else (-1, -1)))


def moved_region(region: Region, dx: int, dy: int, height: int, width: int, *, resize: bool) -> Region:
    """Return a region that is moved inside an image, or resized if `resize` is true.

    Parameters
    ----------
    region : (top, left, height, width), in px
    dx, dy : distance to the right and down, in px
    height, width : size of the image, in px
    resize : whether only the lower right corner is moved; the region keeps at least one pixel
    """
    top, left, region_height, region_width = region
    if resize:
        region_height = min(max(region_height + dy, 1), height - top)
        region_width = min(max(region_width + dx, 1), width - left)
    else:
        top = min(max(top + dy, 0), height - region_height)
        left = min(max(left + dx, 0), width - region_width)
    return top, left, region_height, region_width


def _pinch(event: QEvent, widget: QWidget) -> tuple[float, QPointF] | None:
    """Return the zoom factor and the widget position of a pinch gesture, or None for other events."""
    if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
        return 1 + event.value(), event.position()
    gesture = event.gesture(Qt.GestureType.PinchGesture) if isinstance(event, QGestureEvent) else None
    if not isinstance(gesture, QPinchGesture):
        return None
    return gesture.scaleFactor(), widget.mapFromGlobal(gesture.centerPoint())

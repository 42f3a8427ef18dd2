"""How the canvas is painted: the panes' pictures in device pixels, and the marks over them."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter

from srcnn_gui.canvas import overlays as marks
from srcnn_gui.canvas.pane_layout import Slot
from srcnn_gui.ui import theme
from srcnn_gui.ui.checkerboard import Veil

if TYPE_CHECKING:
    from srcnn_gui.canvas.canvas import Canvas

_PENDING_PX = 2  # the line along a pane that is not complete


def paint(canvas: "Canvas", painter: QPainter) -> bool:
    """Paint in device pixels, so that 1:1 is exact on every screen; returns whether more is to come by itself."""
    painter.fillRect(canvas.rect(), QColor(theme.current().canvas))
    ratio = canvas.devicePixelRatioF()
    painter.scale(1 / ratio, 1 / ratio)
    unfinished = False
    slots = canvas.slots()
    for slot in slots:
        unfinished |= _paint_slot(canvas, painter, slot)
    if canvas.look.view == "side":
        between = slots[0].pane.right() + 1
        painter.fillRect(QRect(between, 0, canvas.gap, slots[0].pane.height()), QColor(theme.current().border))
    painter.scale(ratio, ratio)
    if canvas.look.view == "split":
        marks.paint_handle(painter, round(canvas.divider * canvas.width()), canvas.height())
    if canvas.look.view == "difference" and canvas.contents.there:
        marks.paint_scale(painter, canvas.height())
    overview = marks.overview_box(canvas.viewport, canvas.size())
    if overview is not None and not canvas.contents.empty:
        image = canvas.contents.overview().image(marks.OVERVIEW_PX)
        marks.paint_overview(painter, overview, image)
        hidden = canvas.contents.hidden(canvas.look.left)
        if hidden is not None:
            veil = Veil(overview)
            veil.painter.drawImage(overview, hidden.image(marks.OVERVIEW_PX))
            veil.paint(painter)
        marks.paint_frame(painter, overview, canvas.viewport)
    if canvas.ring:
        marks.paint_focus(painter, canvas.rect())
    painter.end()
    return unfinished


def _paint_slot(canvas: "Canvas", painter: QPainter, slot: Slot) -> bool:
    """A pane: its picture, the grid and values at high zoom, the selection, and how far it is."""
    unfinished = False
    if canvas.look.view == "difference" and canvas.contents.there:
        unfinished = _paint_difference(canvas, painter, slot)
    else:
        for layer in canvas.contents.layers(slot.content):
            layer.paint(painter, slot.pane, canvas.viewport, smooth=canvas.smooth, clip=slot.clip)
        _paint_through(canvas, painter, slot)
    view = canvas.viewport
    painter.save()
    painter.setClipRect(slot.clip)
    if canvas.grid and view.zoom >= marks.GRID_FROM_PX * view.ratio:
        marks.paint_grid(painter, slot.pane, view)
        if canvas.contents.there and canvas.look.view != "difference":
            read = lambda x, y: canvas.contents.values(x, y, (slot.content,)).get(slot.content)  # noqa: E731
            marks.paint_values(painter, slot.pane, view, canvas.devicePixelRatioF(), read)
    if canvas.selection is not None:
        top, left, height, width = canvas.selection
        x, y = slot.pane.left() + view.origin[0], slot.pane.top() + view.origin[1]
        box = QRectF(x + left * view.zoom, y + top * view.zoom, width * view.zoom, height * view.zoom)
        marks.paint_selection(painter, box)
    painter.restore()
    _paint_pending(canvas, painter, slot)
    return unfinished


def _paint_through(canvas: "Canvas", painter: QPainter, slot: Slot) -> None:
    """Squares where a picture is transparent."""
    hidden = canvas.contents.hidden(slot.content)
    if hidden is not None and not slot.clip.isEmpty():
        veil = Veil(slot.clip, canvas.devicePixelRatioF())
        hidden.paint(veil.painter, slot.pane, canvas.viewport, smooth=canvas.smooth, clip=slot.clip)
        veil.paint(painter)


def _paint_difference(canvas: "Canvas", painter: QPainter, slot: Slot) -> bool:
    """The difference as far as it is known; returns whether the visible part is not complete."""
    top, left, height, width = canvas.viewport.visible
    look = canvas.look
    image, unfinished = canvas.contents.difference(look.left, look.right, QRect(left, top, width, height))
    image.paint(painter, slot.pane, canvas.viewport, smooth=False, clip=slot.clip)
    return unfinished


def _paint_pending(canvas: "Canvas", painter: QPainter, slot: Slot) -> None:
    """A line along the top of a pane whose tiles are still coming, as long as the share that is there."""
    own = canvas.contents.image(slot.content)
    if own is not None and canvas.working and not own.complete:
        line = QRect(slot.clip.left(), slot.clip.top(), max(1, int(slot.clip.width() * own.share)), _PENDING_PX)
        painter.fillRect(line, QColor(theme.current().accent))

"""Painting of the panes, and zooming and panning with the mouse, touch and keys."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from srcnn_gui.canvas import canvas as canvas_module
from srcnn_gui.ui import theme
from tests.srcnn_gui.canvas.canvases import (
    BLUE,
    GREEN,
    RED,
    color_at,
    finish_pane,
    flat,
    move_pointer,
    ramp,
    start_upscale,
    turn_wheel,
)


def test_the_image_is_shown_in_both_panes_before_the_first_tile(canvas):
    canvas.show_image(flat(RED, 40, 53))
    assert color_at(canvas, 160, 150) == RED
    assert color_at(canvas, 480, 150) == RED


def test_the_srcnn_pane_shows_bicubic_until_its_tiles_arrive(canvas):
    canvas.show_image(flat(RED, 40, 53))
    start_upscale(canvas, flat(GREEN), flat(BLUE))
    assert color_at(canvas, 480, 150) == RED
    finish_pane(canvas, "bicubic")
    assert color_at(canvas, 160, 150) == GREEN
    assert color_at(canvas, 480, 150) == GREEN
    canvas.mark_tile_done("model", 0, 0, 120, 80)
    assert color_at(canvas, 400, 150) == BLUE
    assert color_at(canvas, 560, 150) == GREEN
    canvas.mark_tile_done("model", 0, 80, 120, 80)
    assert color_at(canvas, 560, 150) == BLUE


def test_no_black_edge_around_a_tile_when_zoomed_out(canvas):
    gray = flat((200, 200, 200), 1000, 1300)
    canvas.show_image(gray)
    panes = {"bicubic": np.zeros_like(gray), "model": np.zeros_like(gray)}
    start_upscale(canvas, *panes.values())
    panes["model"][:333, :411] = 200  # a tile whose edges are on no coarse pixel's edge
    canvas.mark_tile_done("model", 0, 0, 333, 411)
    shot = canvas.grab().toImage()
    column = 321 + 40
    colors = {QColor(shot.pixel(column, y)).red() for y in range(80, 260)}  # below the label of the pane
    assert colors == {200}


def test_no_black_edge_around_a_tile_when_zoomed_in(canvas):
    gray = flat((200, 200, 200), 120, 160)
    canvas.show_image(gray)
    panes = {"bicubic": np.zeros_like(gray), "model": np.zeros_like(gray)}
    start_upscale(canvas, *panes.values())
    panes["model"][:60, :80] = 200  # a corner of it in the middle of the pane
    canvas.mark_tile_done("model", 0, 0, 60, 80)
    canvas.set_grid(False)
    canvas.zoom_to(32)
    shot = canvas.grab().toImage()
    assert {QColor(shot.pixel(column, 140)).red() for column in range(321, 641)} == {200}


def test_the_previous_result_stays_until_new_tiles_replace_it(canvas):
    canvas.show_image(flat(RED, 40, 53))
    start_upscale(canvas, flat(GREEN), flat(BLUE))
    finish_pane(canvas, "bicubic")
    finish_pane(canvas, "model")
    start_upscale(canvas, flat(RED, 240, 320), flat(RED, 240, 320))
    assert color_at(canvas, 160, 150) == GREEN
    assert color_at(canvas, 480, 150) == BLUE
    finish_pane(canvas, "model", 240, 320)
    assert color_at(canvas, 480, 150) == RED


def test_a_new_image_never_shows_previous_tiles(canvas):
    canvas.show_image(flat(RED, 40, 53))
    start_upscale(canvas, flat(GREEN), flat(BLUE))
    finish_pane(canvas, "bicubic")
    finish_pane(canvas, "model")
    canvas.show_image(flat((90, 90, 90), 40, 53))
    start_upscale(canvas, flat(GREEN), flat(BLUE))
    assert color_at(canvas, 160, 150) == (90, 90, 90)
    assert color_at(canvas, 480, 150) == (90, 90, 90)


def test_the_wheel_zooms_both_panes_at_the_pointer(canvas):
    canvas.show_image(ramp())
    start_upscale(canvas, ramp(), ramp())
    finish_pane(canvas, "bicubic")
    finish_pane(canvas, "model")
    canvas.set_smooth(False)
    at = QPoint(100, 100)
    before = color_at(canvas, at.x(), at.y())
    turn_wheel(canvas, at, 480)
    assert canvas.zoom == pytest.approx(2.0 * 1.2**4)
    after = color_at(canvas, at.x(), at.y())
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 1
    assert color_at(canvas, at.x() + 321, at.y()) == after


def trackpad(canvas, at: QPointF) -> QNativeGestureEvent:
    kind, device = Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice()
    return QNativeGestureEvent(kind, device, 2, at, at, canvas.mapToGlobal(at), 0.5, QPointF())


def touch_screen(canvas, at: QPointF) -> QGestureEvent:
    two_fingers = QPinchGesture(canvas)
    two_fingers.setScaleFactor(1.5)
    two_fingers.setCenterPoint(canvas.mapToGlobal(at))
    return QGestureEvent([two_fingers])


@pytest.mark.parametrize("make_event", [trackpad, touch_screen])
def test_a_pinch_zooms_at_its_position(canvas, make_event):
    canvas.show_image(ramp())
    start_upscale(canvas, ramp(), ramp())
    at = QPointF(421, 100)  # in the right pane
    color = canvas.viewport.to_image(*canvas.to_pane(at))
    before = canvas.zoom
    QApplication.sendEvent(canvas, make_event(canvas, at))
    assert canvas.zoom == pytest.approx(1.5 * before)
    assert canvas.viewport.to_image(*canvas.to_pane(at)) == pytest.approx(color, abs=1)


def test_dragging_one_pane_pans_both(qtbot, canvas):
    canvas.show_image(ramp())
    start_upscale(canvas, ramp(), ramp())
    finish_pane(canvas, "bicubic")
    finish_pane(canvas, "model")
    canvas.set_smooth(False)
    canvas.set_grid(False)
    canvas.zoom_to(8)
    color = color_at(canvas, 480, 150)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(480, 150))
    move_pointer(canvas, QPoint(400, 110), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 110))
    assert color_at(canvas, 400, 110) == color
    assert color_at(canvas, 400 - 321, 110) == color


def test_visible_changed_is_emitted(qtbot, canvas):
    emitted = []
    canvas.visible_changed.connect(lambda *rect: emitted.append(rect))
    canvas.show_image(ramp())
    start_upscale(canvas, ramp(), ramp())
    assert emitted[-1] == (0, 0, 120, 160)
    canvas.zoom_to(8)
    _top, left, height, width = emitted[-1]
    assert (height, width) == (38, 40)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert emitted[-1][1] == left + 5
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert emitted[-1][1] == left + 55


def test_hovering_emits_the_pixel(canvas):
    canvas.show_image(ramp())
    start_upscale(canvas, ramp(), ramp())
    finish_pane(canvas, "bicubic")
    hovered = []
    canvas.hovered.connect(lambda x, y: hovered.append((x, y)))
    move_pointer(canvas, QPoint(101, 101), Qt.MouseButton.NoButton)
    assert hovered[-1] == (50, 35)
    assert canvas.pixel_values(50, 35) == {"bicubic": (50, 35, 0)}


def test_the_progress_line_disappears_when_upscaling_stops(canvas, monkeypatch):
    canvas.show_image(flat(RED, 40, 53))
    start_upscale(canvas, flat(GREEN), flat(BLUE))
    canvas.mark_tile_done("model", 0, 0, 60, 80)
    canvas.set_upscaling(True)
    assert color_at(canvas, 325, 0) == QColor(theme.current().accent).getRgb()[:3]
    updated = []
    monkeypatch.setattr(canvas, "update", lambda: updated.append(True))
    canvas.set_upscaling(False)
    assert updated
    assert color_at(canvas, 325, 0) != QColor(theme.current().accent).getRgb()[:3]


def test_an_incomplete_pane_is_labeled_after_a_stop_and_after_a_second(canvas, monkeypatch):
    labels = []
    monkeypatch.setattr(
        canvas_module.overlays, "paint_incomplete", lambda _painter, _at, progress, **_side: labels.append(progress)
    )

    def painted() -> list[float]:
        labels.clear()
        canvas.grab()
        return list(labels)

    now = 100.0
    monkeypatch.setattr(canvas_module, "monotonic", lambda: now)
    canvas.show_image(flat(RED))
    canvas.set_upscaling(True)
    start_upscale(canvas, flat(RED), flat(GREEN))
    finish_pane(canvas, "bicubic")
    canvas.mark_tile_done("model", 0, 0, 60, 160)
    assert painted() == []
    now = 101.5
    assert painted() == [0.5], "only the pane of the model"
    now = 102.0
    canvas.set_upscaling(False)
    assert painted() == [0.5]
    assert color_at(canvas, 325, 0) == QColor(theme.current().warning).getRgb()[:3]
    canvas.set_view_layout(canvas.view_layout.with_view("difference"))
    assert painted() == [0.5]
    finish_pane(canvas, "model")
    assert painted() == []


def test_the_pixel_grid_ends_at_the_edges_of_the_image(canvas):
    canvas.show_image(flat(RED, 4, 4))
    canvas.zoom_to(canvas.viewport.max_zoom)
    background = QColor(theme.current().canvas).getRgb()[:3]
    shot = canvas.grab().toImage()
    left = canvas.viewport.image_top_left_xy[0]
    above = {QColor(shot.pixel(x, 70)).getRgb()[:3] for x in range(left - 2, left + 131)}
    assert above == {background}
    inside = {QColor(shot.pixel(x, 150)).getRgb()[:3] for x in range(left, left + 128)}
    assert len(inside) > 1, "the grid is painted on the image"


@pytest.mark.parametrize(("height", "width"), [(3000, 1), (1, 3000)])
def test_an_image_of_one_pixel_in_width_or_height_is_visible(canvas, height, width):
    pixels = flat(RED, height, width)
    canvas.show_image(pixels)
    assert RED in colors(canvas)
    panes = {"bicubic": flat(GREEN, height, width), "model": flat(BLUE, height, width)}
    canvas.show_panes(panes, None, flat(RED, height, width))
    for pane in ("bicubic", "model"):
        canvas.mark_tile_done(pane, 0, 0, height // 2 or 1, width // 2 or 1)
    assert {GREEN, BLUE} <= colors(canvas), "also while tiles are missing"
    finish_pane(canvas, "bicubic", height, width)
    finish_pane(canvas, "model", height, width)
    assert {GREEN, BLUE} <= colors(canvas)
    assert RED not in colors(canvas)


def colors(canvas) -> set[tuple[int, ...]]:
    """Return all colors of the painted canvas."""
    shot = canvas.grab().toImage()
    return {QColor(shot.pixel(x, y)).getRgb()[:3] for y in range(300) for x in range(641)}

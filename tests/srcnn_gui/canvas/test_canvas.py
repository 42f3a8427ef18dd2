"""The panes: what is painted, and how mouse, wheel and keys move both."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QNativeGestureEvent, QPointingDevice
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture

from tests.srcnn_gui.canvas.canvases import BLUE, GREEN, RED, begin, color_at, fill, flat, move, ramp, wheel


def test_picture_shows_in_both_panes_before_any_tile(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    assert color_at(canvas, 160, 150) == RED
    assert color_at(canvas, 480, 150) == RED


def test_srcnn_pane_shows_bicubic_until_its_tile_comes(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    begin(canvas, flat(GREEN), flat(BLUE))
    assert color_at(canvas, 480, 150) == RED
    fill(canvas, "bicubic")
    assert color_at(canvas, 160, 150) == GREEN
    assert color_at(canvas, 480, 150) == GREEN
    canvas.tile_done("srcnn", 0, 0, 120, 80)
    assert color_at(canvas, 400, 150) == BLUE
    assert color_at(canvas, 560, 150) == GREEN
    canvas.tile_done("srcnn", 0, 80, 120, 80)
    assert color_at(canvas, 560, 150) == BLUE


def test_zoomed_out_a_tiles_edge_shows_no_black(canvas):
    gray = flat((200, 200, 200), 1000, 1300)
    canvas.show_picture(gray)
    panes = {"bicubic": np.zeros_like(gray), "srcnn": np.zeros_like(gray)}
    begin(canvas, *panes.values())
    panes["srcnn"][:333, :411] = 200  # a tile whose edges are on no coarse pixel's edge
    canvas.tile_done("srcnn", 0, 0, 333, 411)
    shot = canvas.grab().toImage()
    column = 321 + 40
    seen = {QColor(shot.pixel(column, y)).red() for y in range(40, 260)}
    assert seen == {200}


def test_zoomed_in_a_tiles_edge_shows_no_black(canvas):
    gray = flat((200, 200, 200), 120, 160)
    canvas.show_picture(gray)
    panes = {"bicubic": np.zeros_like(gray), "srcnn": np.zeros_like(gray)}
    begin(canvas, *panes.values())
    panes["srcnn"][:60, :80] = 200  # a corner of it in the middle of the pane
    canvas.tile_done("srcnn", 0, 0, 60, 80)
    canvas.set_grid(False)
    canvas.zoom_to(32)
    shot = canvas.grab().toImage()
    assert {QColor(shot.pixel(column, 140)).red() for column in range(321, 641)} == {200}


def test_old_result_stays_until_new_tiles_replace_it(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    begin(canvas, flat(GREEN), flat(BLUE))
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    begin(canvas, flat(RED, 240, 320), flat(RED, 240, 320))
    assert color_at(canvas, 160, 150) == GREEN
    assert color_at(canvas, 480, 150) == BLUE
    fill(canvas, "srcnn", 240, 320)
    assert color_at(canvas, 480, 150) == RED


def test_another_picture_never_shows_the_old_tiles(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    begin(canvas, flat(GREEN), flat(BLUE))
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    canvas.show_picture(flat((90, 90, 90), 40, 53))
    begin(canvas, flat(GREEN), flat(BLUE))
    assert color_at(canvas, 160, 150) == (90, 90, 90)
    assert color_at(canvas, 480, 150) == (90, 90, 90)


def test_wheel_zooms_at_the_pointer_in_both_panes_alike(canvas):
    canvas.show_picture(ramp())
    begin(canvas, ramp(), ramp())
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    canvas.set_smooth(False)
    at = QPoint(100, 100)
    before = color_at(canvas, at.x(), at.y())
    wheel(canvas, at, 480)
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


@pytest.mark.parametrize("made", [trackpad, touch_screen])
def test_two_fingers_zoom_where_they_are(canvas, made):
    canvas.show_picture(ramp())
    begin(canvas, ramp(), ramp())
    at = QPointF(421, 100)  # in the right pane
    held = canvas.viewport.to_picture(*canvas.in_pane(at))
    before = canvas.zoom
    QApplication.sendEvent(canvas, made(canvas, at))
    assert canvas.zoom == pytest.approx(1.5 * before)
    assert canvas.viewport.to_picture(*canvas.in_pane(at)) == pytest.approx(held, abs=1)


def test_dragging_either_pane_moves_both(qtbot, canvas):
    canvas.show_picture(ramp())
    begin(canvas, ramp(), ramp())
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    canvas.set_smooth(False)
    canvas.set_grid(False)
    canvas.zoom_to(8)
    held = color_at(canvas, 480, 150)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(480, 150))
    move(canvas, QPoint(400, 110), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 110))
    assert color_at(canvas, 400, 110) == held
    assert color_at(canvas, 400 - 321, 110) == held


def test_visible_part_is_told_when_it_changes(qtbot, canvas):
    told = []
    canvas.visible_changed.connect(lambda *rect: told.append(rect))
    canvas.show_picture(ramp())
    begin(canvas, ramp(), ramp())
    assert told[-1] == (0, 0, 120, 160)
    canvas.zoom_to(8)
    _top, left, height, width = told[-1]
    assert (height, width) == (38, 40)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert told[-1][1] == left + 5
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert told[-1][1] == left + 55


def test_pointer_names_the_pixel_and_its_values(canvas):
    canvas.show_picture(ramp())
    begin(canvas, ramp(), ramp())
    fill(canvas, "bicubic")
    hovered = []
    canvas.hovered.connect(lambda x, y: hovered.append((x, y)))
    move(canvas, QPoint(101, 101), Qt.MouseButton.NoButton)
    assert hovered[-1] == (50, 35)
    assert canvas.values(50, 35) == {"bicubic": (50, 35, 0)}

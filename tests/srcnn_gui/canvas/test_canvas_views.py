"""View modes, contents of the panes, pixel grid, pixel values, selection, and color management."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QColorSpace

from srcnn_gui.canvas import overlays
from srcnn_gui.canvas.canvas import moved_region
from srcnn_gui.canvas.difference import colorize
from srcnn_gui.canvas.view_layout import CONTENTS, ViewLayout
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
)
from tests.srcnn_gui.widgets import activate


@pytest.fixture
def filled(canvas):
    """Return a canvas with complete contents: bicubic green, model blue, ground truth red."""
    canvas.show_image(flat((90, 90, 90), 40, 53))
    start_upscale(canvas, flat(GREEN), flat(BLUE), flat(RED))
    finish_pane(canvas, "bicubic")
    finish_pane(canvas, "model")
    return canvas


def test_the_split_view_shows_one_content_on_each_side_of_the_divider(qtbot, filled):
    filled.set_view_layout(ViewLayout("split"))
    assert color_at(filled, 300, 250) == GREEN
    assert color_at(filled, 340, 250) == BLUE
    qtbot.mousePress(filled, Qt.MouseButton.LeftButton, pos=QPoint(320, 150))
    move_pointer(filled, QPoint(500, 150), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(filled, Qt.MouseButton.LeftButton, pos=QPoint(500, 150))
    assert color_at(filled, 480, 250) == GREEN
    qtbot.keyClick(filled, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert filled.divider == pytest.approx(500 / 641 - 0.02)


def test_holding_space_swaps_the_contents(qtbot, filled):
    filled.set_view_layout(ViewLayout("flip"))
    assert color_at(filled, 320, 250) == GREEN
    assert filled.chips.left.text() == "Bicubic"
    assert not filled.chips.right.isVisible()
    qtbot.keyPress(filled, Qt.Key.Key_Space)
    assert color_at(filled, 320, 250) == BLUE
    assert filled.chips.left.text() == "Model"
    filled.set_model_title("Standard")
    assert filled.chips.left.text() == "Standard"
    qtbot.keyRelease(filled, Qt.Key.Key_Space)
    assert color_at(filled, 320, 250) == GREEN


@pytest.mark.parametrize(("left", "color"), [("ground_truth", RED), ("model", BLUE), ("original", BLUE)])
def test_any_content_can_be_shown_in_a_pane(filled, left, color):
    filled.set_view_layout(ViewLayout("side", left, "bicubic", CONTENTS))
    assert color_at(filled, 160, 150) == color
    assert color_at(filled, 480, 150) == GREEN


def test_the_menu_of_a_chip_emits_the_content(filled):
    emitted = []
    filled.content_chosen.connect(lambda *chosen: emitted.append(chosen))
    filled.set_view_layout(ViewLayout("side", contents=CONTENTS))
    filled.chips.right.menu().actions()[2].trigger()
    assert emitted == [("right", "ground_truth")]


def test_the_difference_is_dark_where_the_panes_are_equal(qtbot, canvas):
    gray, brighter = flat((100, 100, 100)), flat((100, 100, 100))
    brighter[:, 80:] = 140  # 34 levels of luma and more: the bright end
    canvas.show_image(flat(RED, 40, 53))
    start_upscale(canvas, gray, brighter)
    finish_pane(canvas, "bicubic")
    finish_pane(canvas, "model")
    canvas.set_view_layout(ViewLayout("difference"))
    dark, bright = (tuple(colorize(np.full((1, 1), share, np.float32))[0, 0]) for share in (0, 1))
    qtbot.waitUntil(lambda: color_at(canvas, 250, 150) == dark, timeout=5000)
    assert color_at(canvas, 400, 150) == bright


def test_the_original_is_shown_with_square_pixels(canvas):
    canvas.show_image(ramp())
    start_upscale(canvas, ramp(), ramp())
    canvas.set_view_layout(ViewLayout("side", "original", "model"))
    canvas.set_grid(False)
    canvas.zoom_to(4)
    x = 160 - 160 % 12 + 2  # an original pixel is 12 wide at this zoom
    row = [color_at(canvas, column, 150) for column in range(x, x + 24)]
    assert len(set(row)) <= 3


def test_the_grid_is_shown_from_zoom_8(filled):
    filled.zoom_to(7.9)
    assert {color_at(filled, x, 154) for x in range(100, 140)} == {GREEN}
    filled.zoom_to(8)
    lines = [x for x in range(100, 140) if color_at(filled, x, 154) != GREEN]
    assert len(lines) == 5
    filled.set_grid(False)
    assert {color_at(filled, x, 154) for x in range(100, 140)} == {GREEN}


def test_pixel_values_are_shown_in_large_pixels(filled):
    filled.zoom_to(32)
    shot = filled.grab().toImage()
    colors = {shot.pixel(x, y) for x in range(100, 132) for y in range(140, 172)}
    assert len(colors) > 4, "figures, antialiased, over a flat color"


def test_a_selection_is_emitted_in_image_pixels_and_escape_clears_it(qtbot, filled):
    emitted = []
    filled.selected.connect(emitted.append)
    filled.set_selecting(True)
    qtbot.mousePress(filled, Qt.MouseButton.LeftButton, pos=QPoint(341, 70))
    move_pointer(filled, QPoint(441, 130), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(filled, Qt.MouseButton.LeftButton, pos=QPoint(441, 130))
    assert emitted == [(20, 10, 30, 50)]
    assert filled.zoom == 2, "drawing does not move the image"
    qtbot.keyClick(filled, Qt.Key.Key_Escape)
    assert emitted[-1] is None


def test_a_region_is_selected_with_the_keyboard(qtbot, filled):
    """At a zoom of 2, an arrow key moves the region by 5 image px."""
    activate(qtbot, filled.window())
    emitted = []
    filled.selected.connect(emitted.append)
    filled.set_selecting(True)
    assert filled.hasFocus()
    qtbot.keyClick(filled, Qt.Key.Key_Right)  # shows a region in the center of the image of 160 x 120 px
    qtbot.keyClick(filled, Qt.Key.Key_Right)
    qtbot.keyClick(filled, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert not emitted, "the region is not selected before Enter"
    qtbot.keyClick(filled, Qt.Key.Key_Return)
    assert emitted == [(30, 45, 65, 80)]
    assert filled.zoom == 2
    filled.pan(0, 0)
    qtbot.keyClick(filled, Qt.Key.Key_Return)
    assert emitted == [(30, 45, 65, 80)], "after Enter, the arrow keys pan again"


def test_escape_discards_a_region_that_is_not_selected_yet(qtbot, filled):
    emitted, modes = [], []
    filled.selected.connect(emitted.append)
    filled.selecting_changed.connect(modes.append)
    filled.set_selecting(True)
    qtbot.keyClick(filled, Qt.Key.Key_Left)
    qtbot.keyClick(filled, Qt.Key.Key_Escape)
    assert (emitted, modes, filled.selection) == ([], [True, False], None)


def test_a_click_without_dragging_does_not_end_the_selection_mode(qtbot, filled):
    filled.set_selecting(True)
    qtbot.mouseClick(filled, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert filled.can_clear_selection


@pytest.mark.parametrize(
    ("dx", "dy", "resize", "region"),
    [
        (-50, 5, False, (15, 0, 20, 30)),
        (500, 500, False, (100, 130, 20, 30)),
        (-500, -500, True, (10, 20, 1, 1)),
        (500, 5, True, (10, 20, 25, 140)),
    ],
)
def test_a_region_stays_inside_the_image(dx, dy, resize, region):
    assert moved_region((10, 20, 20, 30), dx, dy, height=120, width=160, resize=resize) == region


def test_the_flip_view_tells_how_to_see_the_other_image(qtbot, filled, monkeypatch):
    hints = []
    monkeypatch.setattr(overlays, "paint_hint", lambda _painter, _anchor, text: hints.append(text))
    filled.set_model_title("SRCNN")
    filled.set_view_layout(ViewLayout("flip"))
    filled.grab()
    filled.set_swapped(True)
    filled.grab()
    assert hints[0] == "Hold Space to show SRCNN"
    assert hints[-1] == "Release Space to show Bicubic"
    filled.set_view_layout(ViewLayout("side"))
    hints.clear()
    filled.grab()
    assert not hints


@pytest.mark.parametrize(("initial_zoom", "zoom"), [(0, 2), (1, 1), (4, 4)])
def test_new_images_are_shown_with_the_initial_zoom(filled, initial_zoom, zoom):
    """An image of 160 x 120 px fits into a pane of 320 px at a zoom of 2."""
    filled.initial_zoom = initial_zoom
    filled.show_image(flat((90, 90, 90), 40, 53))
    start_upscale(filled, flat(GREEN), flat(BLUE))
    assert filled.zoom == zoom
    filled.zoom_to(3)
    start_upscale(filled, flat(GREEN), flat(BLUE))
    assert filled.zoom == 3, "the same image keeps its zoom"


def test_a_wide_gamut_image_is_converted_to_srgb(canvas):
    """Display P3 green is outside sRGB, and a muted green has different values in sRGB."""
    p3 = QColorSpace(QColorSpace.NamedColorSpace.DisplayP3)
    canvas.show_image(flat((100, 150, 100)), bytes(p3.iccProfile().data()))
    expected = p3.transformationToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb)).map(QColor(100, 150, 100))
    color = color_at(canvas, 160, 150)
    assert color != (100, 150, 100)
    expected_rgb = (expected.red(), expected.green(), expected.blue())
    assert max(abs(a - b) for a, b in zip(color, expected_rgb, strict=True)) <= 1


def test_16_bit_images_are_shown_in_8_bits(canvas):
    canvas.show_image(np.full((40, 53, 1), 40000, np.uint16))
    assert color_at(canvas, 160, 150) == (156, 156, 156)

"""The four views, what stands in a pane, grid and values, a drawn part, and the colours of the screen."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QColorSpace

from srcnn_gui.canvas.difference import scale
from srcnn_gui.canvas.view_layout import CONTENTS, Look
from tests.srcnn_gui.canvas.canvases import BLUE, GREEN, RED, begin, color_at, fill, flat, move, ramp


@pytest.fixture
def filled(canvas):
    """Bicubic green, SRCNN blue, the truth red, all complete."""
    canvas.show_picture(flat((90, 90, 90), 40, 53))
    begin(canvas, flat(GREEN), flat(BLUE), flat(RED))
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    return canvas


def test_a_split_shows_one_picture_left_of_the_line_and_the_other_right_of_it(qtbot, filled):
    filled.show_look(Look("split"))
    assert color_at(filled, 300, 250) == GREEN
    assert color_at(filled, 340, 250) == BLUE
    qtbot.mousePress(filled, Qt.MouseButton.LeftButton, pos=QPoint(320, 150))
    move(filled, QPoint(500, 150), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(filled, Qt.MouseButton.LeftButton, pos=QPoint(500, 150))
    assert color_at(filled, 480, 250) == GREEN
    qtbot.keyClick(filled, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert filled.divider == pytest.approx(500 / 641 - 0.02)


def test_holding_space_flips_and_letting_go_flips_back(qtbot, filled):
    filled.show_look(Look("flip"))
    assert color_at(filled, 320, 250) == GREEN
    assert filled.chips.left.text() == "Bicubic"
    assert not filled.chips.right.isVisible()
    qtbot.keyPress(filled, Qt.Key.Key_Space)
    assert color_at(filled, 320, 250) == BLUE
    assert filled.chips.left.text() == "SRCNN"
    qtbot.keyRelease(filled, Qt.Key.Key_Space)
    assert color_at(filled, 320, 250) == GREEN


@pytest.mark.parametrize(("left", "color"), [("truth", RED), ("srcnn", BLUE), ("original", BLUE)])
def test_any_content_can_stand_in_a_pane(filled, left, color):
    filled.show_look(Look("side", left, "bicubic", CONTENTS))
    assert color_at(filled, 160, 150) == color
    assert color_at(filled, 480, 150) == GREEN


def test_a_chip_asks_for_another_content(filled):
    asked = []
    filled.content_chosen.connect(lambda *chosen: asked.append(chosen))
    filled.show_look(Look("side", contents=CONTENTS))
    filled.chips.right.menu().actions()[2].trigger()
    assert asked == [("right", "truth")]


def test_the_difference_is_false_colour_and_equal_panes_are_its_dark_end(qtbot, canvas):
    gray, brighter = flat((100, 100, 100)), flat((100, 100, 100))
    brighter[:, 80:] = 140  # 34 levels of luma and more: the bright end
    canvas.show_picture(flat(RED, 40, 53))
    begin(canvas, gray, brighter)
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    canvas.show_look(Look("difference"))
    dark, bright = (tuple(scale(np.full((1, 1), share, np.float32))[0, 0]) for share in (0, 1))
    qtbot.waitUntil(lambda: color_at(canvas, 250, 150) == dark, timeout=5000)
    assert color_at(canvas, 400, 150) == bright


def test_the_original_is_shown_in_squares(canvas):
    canvas.show_picture(ramp())
    begin(canvas, ramp(), ramp())
    canvas.show_look(Look("side", "original", "srcnn"))
    canvas.set_grid(False)
    canvas.zoom_to(4)
    x = 160 - 160 % 12 + 2  # an original pixel is 12 wide at this zoom
    row = [color_at(canvas, column, 150) for column in range(x, x + 24)]
    assert len(set(row)) <= 3


def test_lines_between_pixels_from_eight_times_on(filled):
    filled.zoom_to(7.9)
    assert {color_at(filled, x, 154) for x in range(100, 140)} == {GREEN}
    filled.zoom_to(8)
    lines = [x for x in range(100, 140) if color_at(filled, x, 154) != GREEN]
    assert len(lines) == 5
    filled.set_grid(False)
    assert {color_at(filled, x, 154) for x in range(100, 140)} == {GREEN}


def test_values_are_written_in_pixels_that_have_room(filled):
    filled.zoom_to(32)
    shot = filled.grab().toImage()
    seen = {shot.pixel(x, y) for x in range(100, 132) for y in range(140, 172)}
    assert len(seen) > 4, "figures, antialiased, over a flat colour"


def test_a_drawn_part_is_told_in_picture_pixels_and_escape_lets_it_go(qtbot, filled):
    told = []
    filled.selected.connect(told.append)
    filled.set_selecting(True)
    qtbot.mousePress(filled, Qt.MouseButton.LeftButton, pos=QPoint(341, 70))
    move(filled, QPoint(441, 130), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(filled, Qt.MouseButton.LeftButton, pos=QPoint(441, 130))
    assert told == [(20, 10, 30, 50)]
    assert filled.zoom == 2, "drawing does not move the picture"
    qtbot.keyClick(filled, Qt.Key.Key_Escape)
    assert told[-1] is None


def test_a_wide_gamut_picture_is_shown_in_the_screens_colours(canvas):
    """Display P3's green is outside sRGB; half of it is a colour of sRGB with other figures."""
    p3 = QColorSpace(QColorSpace.NamedColorSpace.DisplayP3)
    canvas.show_picture(flat((100, 150, 100)), bytes(p3.iccProfile().data()))
    expected = p3.transformationToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb)).map(QColor(100, 150, 100))
    shown = color_at(canvas, 160, 150)
    assert shown != (100, 150, 100)
    wanted = (expected.red(), expected.green(), expected.blue())
    assert max(abs(a - b) for a, b in zip(shown, wanted, strict=True)) <= 1


def test_sixteen_bits_are_shown_in_eight(canvas):
    canvas.show_picture(np.full((40, 53, 1), 40000, np.uint16))
    assert color_at(canvas, 160, 150) == (156, 156, 156)

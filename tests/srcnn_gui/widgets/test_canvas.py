"""The panes: what is painted, and how mouse, wheel and keys move both."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from srcnn_gui.widgets.canvas import Canvas

RED, GREEN, BLUE = (250, 10, 10), (10, 250, 10), (10, 10, 250)


def flat(color: tuple[int, int, int], height: int = 120, width: int = 160) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


@pytest.fixture
def canvas(qtbot):
    made = Canvas()
    qtbot.addWidget(made)
    made.resize(641, 300)  # two panes of 320
    made.show()
    qtbot.waitExposed(made)
    return made


def color_at(canvas: Canvas, x: int, y: int) -> tuple[int, int, int]:
    color = QColor(canvas.grab().toImage().pixel(x, y))
    return color.red(), color.green(), color.blue()


def fill(canvas: Canvas, pane: str, height: int = 120, width: int = 160) -> None:
    canvas.tile_done(pane, 0, 0, height, width)


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


def test_picture_shows_in_both_panes_before_any_tile(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    assert color_at(canvas, 160, 150) == RED
    assert color_at(canvas, 480, 150) == RED


def test_srcnn_pane_shows_bicubic_until_its_tile_comes(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    canvas.show_panes({"bicubic": flat(GREEN), "srcnn": flat(BLUE)})
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
    canvas.show_panes(panes)
    panes["srcnn"][:333, :411] = 200  # a tile whose edges are on no coarse pixel's edge
    canvas.tile_done("srcnn", 0, 0, 333, 411)
    shot = canvas.grab().toImage()
    column = 321 + 40
    seen = {QColor(shot.pixel(column, y)).red() for y in range(40, 260)}
    assert seen == {200}


def test_old_result_stays_until_new_tiles_replace_it(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    canvas.show_panes({"bicubic": flat(GREEN), "srcnn": flat(BLUE)})
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    canvas.show_panes({"bicubic": flat(RED, 240, 320), "srcnn": flat(RED, 240, 320)})
    assert color_at(canvas, 160, 150) == GREEN
    assert color_at(canvas, 480, 150) == BLUE
    fill(canvas, "srcnn", 240, 320)
    assert color_at(canvas, 480, 150) == RED


def test_another_picture_never_shows_the_old_tiles(canvas):
    canvas.show_picture(flat(RED, 40, 53))
    canvas.show_panes({"bicubic": flat(GREEN), "srcnn": flat(BLUE)})
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    canvas.show_picture(flat((90, 90, 90), 40, 53))
    canvas.show_panes({"bicubic": flat(GREEN), "srcnn": flat(BLUE)})
    assert color_at(canvas, 160, 150) == (90, 90, 90)
    assert color_at(canvas, 480, 150) == (90, 90, 90)


def ramp() -> np.ndarray:
    """Every column and row a value of its own."""
    rows, columns = np.mgrid[:120, :160]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=2).astype(np.uint8)


def test_wheel_zooms_at_the_pointer_in_both_panes_alike(canvas):
    canvas.show_picture(ramp())
    canvas.show_panes({"bicubic": ramp(), "srcnn": ramp()})
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


def test_dragging_either_pane_moves_both(qtbot, canvas):
    canvas.show_picture(ramp())
    canvas.show_panes({"bicubic": ramp(), "srcnn": ramp()})
    fill(canvas, "bicubic")
    fill(canvas, "srcnn")
    canvas.set_smooth(False)
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
    canvas.show_panes({"bicubic": ramp(), "srcnn": ramp()})
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
    canvas.show_panes({"bicubic": ramp(), "srcnn": ramp()})
    fill(canvas, "bicubic")
    hovered = []
    canvas.hovered.connect(lambda x, y: hovered.append((x, y)))
    move(canvas, QPoint(101, 101), Qt.MouseButton.NoButton)
    assert hovered[-1] == (50, 35)
    assert canvas.values(50, 35) == {"bicubic": (50, 35, 0)}

"""Checkerboard behind transparent images in the panes, the overview and the filmstrip."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from srcnn_gui.canvas.view_layout import CONTENTS, ViewLayout
from srcnn_gui.pages.compare.filmstrip import Filmstrip
from srcnn_gui.pages.compare.state import ImageEntry
from srcnn_gui.ui import theme
from tests.srcnn_gui.canvas.canvases import BLUE, GREEN, RED, color_at, finish_pane, flat, start_upscale


@pytest.fixture(params=[Qt.ColorScheme.Light, Qt.ColorScheme.Dark], ids=["light", "dark"])
def tokens(qapp, request):
    yield theme.apply(QApplication.instance(), request.param)
    theme.apply(QApplication.instance())


def row(canvas, columns: range) -> set[tuple[int, int, int]]:
    """Return the colors along a line of the canvas."""
    shot = canvas.grab().toImage()
    return {QColor(shot.pixel(x, 150)).getRgb()[:3] for x in columns}


def squares(tokens: theme.Tokens) -> set[tuple[int, int, int]]:
    return {QColor(color).getRgb()[:3] for color in (tokens.surface, tokens.border)}


def left_half(height: int, width: int) -> np.ndarray:
    alpha = np.full((height, width), 255, np.uint8)
    alpha[:, : width // 2] = 0
    return alpha


@pytest.mark.parametrize("left", CONTENTS)
def test_every_pane_shows_a_checkerboard_behind_transparency(canvas, tokens, left):
    canvas.show_image(flat((90, 90, 90), 40, 53), None, left_half(40, 53))
    assert row(canvas, range(4, 100)) == squares(tokens)
    start_upscale(canvas, flat(GREEN), flat(BLUE), flat(RED))
    finish_pane(canvas, "bicubic")
    finish_pane(canvas, "model")
    own = left_half(120, 160)
    canvas.contents.set_alphas({"bicubic": own, "model": own, "ground_truth": own, "original": left_half(40, 53)})
    canvas.set_view_layout(ViewLayout("side", left, "bicubic" if left != "bicubic" else "model", CONTENTS))
    assert row(canvas, range(4, 100)) == squares(tokens)
    assert row(canvas, range(330, 420)) == squares(tokens)
    assert color_at(canvas, 200, 150) in (GREEN, BLUE, RED)


def test_half_transparent_pixels_blend_with_the_checkerboard(canvas, tokens):
    canvas.show_image(flat((200, 0, 0), 40, 53), None, np.full((40, 53), 128, np.uint8))
    expected = {tuple(round((200 * (n == 0) + c) / 2) for n, c in enumerate(color)) for color in squares(tokens)}
    colors = row(canvas, range(10, 60))
    assert len(colors) == 2
    for color in colors:
        assert min(max(abs(a - b) for a, b in zip(color, one, strict=True)) for one in expected) <= 2


def test_an_opaque_image_shows_no_checkerboard(canvas, tokens):
    canvas.show_image(flat(RED, 40, 53), None, left_half(40, 53))
    canvas.show_image(flat(RED, 40, 53))
    assert row(canvas, range(4, 100)) == {RED}


def test_the_filmstrip_shows_a_checkerboard(qtbot, tokens):
    strip = Filmstrip()
    qtbot.addWidget(strip)
    strip.display((ImageEntry(0, "a.png"),), 0)
    strip.resize(300, 74)
    strip.show()
    qtbot.waitExposed(strip)
    strip.show_thumbnail(0, np.zeros((50, 70, 4), np.uint8))
    shot = strip.grab().toImage()
    colors = {QColor(shot.pixel(x, 37)).getRgb()[:3] for x in range(30, 70)}
    assert colors == squares(tokens)

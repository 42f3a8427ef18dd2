"""Geometry of zoom and pan."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from srcnn_gui.canvas.viewport import Viewport

sizes = st.integers(1, 5000)
panes = st.integers(50, 2000)


def test_zoom_to_fit_shows_the_whole_image():
    view = Viewport(3000, 2000).with_pane_size(600, 500)
    assert view.zoom == pytest.approx(0.2)
    assert view.visible == (0, 0, 2000, 3000)


@given(sizes, sizes, panes, panes, st.floats(0.01, 40), st.floats(0, 1), st.floats(0, 1))
def test_the_point_under_the_pointer_stays(width, height, pane_width, pane_height, zoom, across, down):
    view = Viewport(width, height).with_pane_size(pane_width, pane_height).zoomed(8.0)
    at = (across * pane_width, down * pane_height)
    before = view.to_image(*at)
    after = view.zoomed(zoom, at)
    fills = view.zoom * width > pane_width and view.zoom * height > pane_height
    assume(fills and zoom >= view.zoom)  # zooming in never runs into the edge of the image
    assert after.to_image(*at) == pytest.approx(before, abs=2 / min(after.zoom, view.zoom))


@given(sizes, sizes, panes, panes, st.floats(0.01, 40), st.floats(-9000, 9000), st.floats(-9000, 9000))
def test_visible_region_is_inside_the_image_and_not_empty(width, height, pane_width, pane_height, zoom, dx, dy):
    view = Viewport(width, height).with_pane_size(pane_width, pane_height).zoomed(zoom).panned(dx, dy)
    top, left, rows, columns = view.visible
    assert top >= 0
    assert left >= 0
    assert rows >= 1
    assert columns >= 1
    assert top + rows <= height
    assert left + columns <= width


def test_zoom_is_limited():
    view = Viewport(1000, 1000).with_pane_size(500, 500)
    assert view.zoomed(1000).zoom == 32
    assert Viewport(1000, 1000).with_pane_size(500, 500, 2.0).zoomed(1000).zoom == 64, (
        "as large to the eye on a dense screen"
    )
    assert view.zoomed(0.0001).zoom == view.fit_zoom
    small = Viewport(10, 10).with_pane_size(500, 500)
    assert small.zoomed(0.001).zoom == 1.0, "a small image can be seen at its own size"


def test_another_image_size_keeps_the_visible_part():
    view = Viewport(300, 200).with_pane_size(400, 400).zoomed(8).centered(200, 150)
    twice = view.with_image_size(600, 400)
    assert twice.zoom == 4
    assert (twice.x / 600, twice.y / 400) == pytest.approx((view.x / 300, view.y / 200))


def test_zooming_in_and_out_uses_the_zoom_steps():
    view = Viewport(1000, 1000).with_pane_size(500, 500)
    assert view.zoom == 0.5
    assert view.stepped(1).zoom == 0.75
    assert view.stepped(1).stepped(1).zoom == 1.0
    assert view.stepped(1).stepped(-1).zoom == 0.5


def test_at_1_to_1_pixels_are_aligned():
    view = Viewport(301, 203).with_pane_size(100, 101).zoomed(1).panned(0.3, 0.7)
    left, top = view.image_top_left_xy
    assert isinstance(left, int)
    assert isinstance(top, int)

"""Rectangles, tile plans and the tile queue."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.imaging.tiles import Rect, TileQueue, plan_tiles

sizes = st.integers(1, 300)


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, st.integers(1, 320))
def test_plan_covers_every_pixel_once(height, width, tile):
    covered = np.zeros((height, width), np.uint8)
    for rect in plan_tiles(height, width, max(tile, 8)):
        assert rect.bottom <= height
        assert rect.right <= width
        covered[rect.slices] += 1
    assert (covered == 1).all()


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, st.integers(8, 320))
def test_plan_is_even_and_minimal(height, width, tile):
    plan = plan_tiles(height, width, tile)
    for lengths in ([rect.height for rect in plan], [rect.width for rect in plan]):
        assert max(lengths) <= tile
        assert max(lengths) - min(lengths) <= 1
    assert len(plan) == -(-height // tile) * -(-width // tile)


def test_plan_avoids_narrow_tiles():
    assert [rect.width for rect in plan_tiles(100, 1200, 1024)] == [600, 600]


def test_plan_is_in_reading_order():
    plan = plan_tiles(50, 70, 20)
    assert plan == sorted(plan, key=lambda rect: (rect.top, rect.left))


def test_single_pixel_is_one_tile():
    assert plan_tiles(1, 1, 192) == [Rect(0, 0, 1, 1)]


def drain_queue(queue: TileQueue) -> list:
    """Remove all items from a queue, and return them in order."""
    order = []
    while len(queue):
        order.append(queue.pop())
    return order


def tiles_of_both_panes(height: int, width: int, tile: int) -> list:
    return [(pane, rect) for pane in ("first", "second") for rect in plan_tiles(height, width, tile)]


def test_order_is_kept_without_a_viewport():
    work = tiles_of_both_panes(100, 100, 30)
    assert drain_queue(TileQueue(work)) == work


def test_tiles_in_the_viewport_come_first_and_each_once():
    work = tiles_of_both_panes(100, 100, 10)
    visible = Rect(42, 61, 20, 15)
    queue = TileQueue(work)
    queue.set_viewport(visible)
    order = drain_queue(queue)
    assert sorted(order) == sorted(work)
    on_screen = [item for item in work if item[1].intersect(visible).area]
    assert order[: len(on_screen)] == on_screen


def test_viewport_may_change_between_tiles():
    queue = TileQueue(tiles_of_both_panes(100, 100, 10))
    queue.set_viewport(Rect(0, 0, 30, 30))
    first = [queue.pop()]
    queue.set_viewport(Rect(80, 80, 20, 20))
    rest = drain_queue(queue)
    assert first[0][1] == Rect(0, 0, 10, 10)
    assert {rect for _, rect in rest[:8]} == {Rect(t, c, 10, 10) for t in (80, 90) for c in (80, 90)}
    assert len(rest) == 199


def test_retile_keeps_finished_tiles_and_the_viewport():
    queue = TileQueue(tiles_of_both_panes(40, 40, 20))
    queue.set_viewport(Rect(20, 20, 20, 20))
    done = queue.pop()
    smaller = queue.retile(10)
    order = drain_queue(smaller)
    assert len(order) == 7 * 4
    assert all(not (pane == done[0] and rect.intersect(done[1]).area) for pane, rect in order)
    assert order[0] == ("second", Rect(20, 20, 10, 10))


def test_an_added_tile_is_returned_and_retiled():
    queue = TileQueue(tiles_of_both_panes(40, 40, 20))
    popped = [queue.pop(), queue.pop()]
    queue = queue.extended(popped)
    assert len(queue) == 8
    queue.set_viewport(popped[1][1])
    assert queue.pop()[1] == popped[1][1]
    assert len(queue.retile(10)) == 7 * 4


def test_rect_edges_area_and_slices_match_its_position():
    rect = Rect(2, 3, 4, 5)
    assert (rect.bottom, rect.right, rect.area) == (6, 8, 20)
    assert np.arange(100).reshape(10, 10)[rect.slices].tolist()[0] == [23, 24, 25, 26, 27]


def test_rect_expand_adds_or_removes_a_margin():
    rect = Rect(5, 5, 4, 6)
    assert rect.expand(3) == Rect(2, 2, 10, 12)
    assert rect.expand(-1) == Rect(6, 6, 2, 4)
    assert rect.expand(-9).area == 0


def test_rect_intersect_returns_the_common_area():
    assert Rect(-2, -2, 10, 10).intersect(Rect(0, 0, 5, 20)) == Rect(0, 0, 5, 8)
    assert Rect(0, 0, 5, 5).intersect(Rect(5, 0, 5, 5)).area == 0


def test_rect_relative_to_subtracts_the_origin():
    assert Rect(7, 9, 2, 2).relative_to(Rect(5, 5, 10, 10)) == Rect(2, 4, 2, 2)

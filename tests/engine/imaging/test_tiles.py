"""Rectangles, and the plan that cuts a picture into even tiles."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.imaging.tiles import Rect, TileQueue, plan_tiles

sizes = st.integers(1, 300)


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, st.integers(1, 320))
def test_a_plan_covers_every_pixel_once(height, width, tile):
    covered = np.zeros((height, width), np.uint8)
    for rect in plan_tiles(height, width, max(tile, 8)):
        assert rect.bottom <= height
        assert rect.right <= width
        covered[rect.slices] += 1
    assert (covered == 1).all()


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, st.integers(8, 320))
def test_a_plan_is_even_and_has_as_few_tiles_as_can_be(height, width, tile):
    plan = plan_tiles(height, width, tile)
    for lengths in ([rect.height for rect in plan], [rect.width for rect in plan]):
        assert max(lengths) <= tile
        assert max(lengths) - min(lengths) <= 1
    assert len(plan) == -(-height // tile) * -(-width // tile)


def test_1200_is_never_1024_and_a_sliver():
    assert [rect.width for rect in plan_tiles(100, 1200, 1024)] == [600, 600]


def test_a_plan_is_in_reading_order():
    plan = plan_tiles(50, 70, 20)
    assert plan == sorted(plan, key=lambda rect: (rect.top, rect.left))


def test_a_single_pixel_is_a_tile():
    assert plan_tiles(1, 1, 192) == [Rect(0, 0, 1, 1)]


def emptied(queue: TileQueue) -> list:
    """Everything in a queue, in the order it is given out."""
    order = []
    while len(queue):
        order.append(queue.take())
    return order


def both_panes(height: int, width: int, tile: int) -> list:
    return [(pane, rect) for pane in ("first", "second") for rect in plan_tiles(height, width, tile)]


def test_without_a_screen_the_order_is_the_one_given():
    work = both_panes(100, 100, 30)
    assert emptied(TileQueue(work)) == work


def test_tiles_on_screen_come_first_and_each_once():
    work = both_panes(100, 100, 10)
    visible = Rect(42, 61, 20, 15)
    queue = TileQueue(work)
    queue.see(visible)
    order = emptied(queue)
    assert sorted(order) == sorted(work)
    on_screen = [item for item in work if item[1].clipped(visible).area]
    assert order[: len(on_screen)] == on_screen


def test_the_screen_may_move_between_two_tiles():
    queue = TileQueue(both_panes(100, 100, 10))
    queue.see(Rect(0, 0, 30, 30))
    first = [queue.take()]
    queue.see(Rect(80, 80, 20, 20))
    rest = emptied(queue)
    assert first[0][1] == Rect(0, 0, 10, 10)
    assert {rect for _, rect in rest[:8]} == {Rect(t, c, 10, 10) for t in (80, 90) for c in (80, 90)}
    assert len(rest) == 199


def test_cutting_keeps_what_is_done_and_the_screen():
    queue = TileQueue(both_panes(40, 40, 20))
    queue.see(Rect(20, 20, 20, 20))
    done = queue.take()
    smaller = queue.cut(10)
    order = emptied(smaller)
    assert len(order) == 7 * 4
    assert all(not (pane == done[0] and rect.clipped(done[1]).area) for pane, rect in order)
    assert order[0] == ("second", Rect(20, 20, 10, 10))


def test_a_tile_that_was_put_back_is_given_out_again_and_cut():
    queue = TileQueue(both_panes(40, 40, 20))
    taken = [queue.take(), queue.take()]
    queue = queue.put_back(taken)
    assert len(queue) == 8
    queue.see(taken[1][1])
    assert queue.take()[1] == taken[1][1]
    assert len(queue.cut(10)) == 7 * 4


def test_a_rectangle_knows_its_edges():
    rect = Rect(2, 3, 4, 5)
    assert (rect.bottom, rect.right, rect.area) == (6, 8, 20)
    assert np.arange(100).reshape(10, 10)[rect.slices].tolist()[0] == [23, 24, 25, 26, 27]


def test_growing_and_shrinking():
    rect = Rect(5, 5, 4, 6)
    assert rect.grown(3) == Rect(2, 2, 10, 12)
    assert rect.grown(-1) == Rect(6, 6, 2, 4)
    assert rect.grown(-9).area == 0


def test_clipping_gives_the_common_part():
    assert Rect(-2, -2, 10, 10).clipped(Rect(0, 0, 5, 20)) == Rect(0, 0, 5, 8)
    assert Rect(0, 0, 5, 5).clipped(Rect(5, 0, 5, 5)).area == 0


def test_within_moves_to_the_others_corner():
    assert Rect(7, 9, 2, 2).within(Rect(5, 5, 10, 10)) == Rect(2, 4, 2, 2)

"""Transparency: colour under it where it is needed and no further, and smooth edges."""

import numpy as np
import pytest

from engine.imaging import alpha
from engine.imaging.color import quantise
from engine.imaging.resample import imresize


def bled_by_hand(pixels, opacity, reach):
    """Every hidden pixel looks for the nearest visible one."""
    made = pixels.copy()
    seen = np.argwhere(opacity > 0)
    for row, column in np.argwhere(opacity == 0):
        apart = np.hypot(*(seen - (row, column)).T)
        if apart.min() <= reach:
            made[row, column] = pixels[tuple(seen[apart.argmin()])]
    return made


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_hidden_pixels_take_the_nearest_visible_colour(dtype, channels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 200, (30, 40, channels)).astype(dtype)
    opacity = np.zeros((30, 40), dtype)
    opacity[10:18, 12:25] = 100
    opacity[25, 5] = 1
    ours, theirs = alpha.bled(pixels, opacity, 6), bled_by_hand(pixels, opacity, 6)
    same = (ours == theirs).all(axis=2)
    assert same.mean() > 0.97  # two may be equally near
    assert (ours[opacity > 0] == pixels[opacity > 0]).all()


def test_nothing_changes_beyond_the_reach():
    pixels = np.full((1, 60, 3), 9, np.uint8)
    pixels[0, 0] = 200
    opacity = np.zeros((1, 60), np.uint8)
    opacity[0, 0] = 255
    made = alpha.bled(pixels, opacity, 7)[0, :, 0]
    assert (made[:8] == 200).all()
    assert (made[8:] == 9).all()


@pytest.mark.parametrize("opacity", [None, 0, 1, 255])
def test_where_there_is_no_edge_nothing_is_done(opacity):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 9, 3), np.uint8)
    plane = None if opacity is None else np.full((9, 9), opacity, np.uint8)
    assert alpha.bled(pixels, plane, 8) is pixels


def test_a_single_pixel_can_be_hidden():
    assert alpha.bled(np.full((1, 1, 3), 5, np.uint8), np.zeros((1, 1), np.uint8), 8).shape == (1, 1, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(1, 1), (3, 700), (530, 20)])
def test_transparency_is_matlabs_bicubic_in_windows(size, dtype):
    plane = (np.random.default_rng(2).random(size) * np.iinfo(dtype).max).astype(dtype)
    made = np.empty((size[0] * 2, size[1] * 3), dtype)
    done = list(alpha.enlarge_into(made, plane, size))
    expected = quantise(imresize(plane / np.iinfo(dtype).max, made.shape), dtype)
    apart = np.abs(made.astype(np.int64) - expected)
    assert apart.max() <= (1 if dtype == np.uint8 else 3)
    assert done[-1][0] == done[-1][1] == len(done)


def test_opaque_stays_opaque_and_hidden_stays_hidden():
    plane = np.zeros((40, 40), np.uint8)
    plane[:, 20:] = 255
    made = np.empty((120, 120), np.uint8)
    list(alpha.enlarge_into(made, plane, plane.shape))
    assert (made[:, :50] == 0).all()
    assert (made[:, 70:] == 255).all()
    assert len(np.unique(made[60, 54:66])) > 3, "the edge is smooth"


@pytest.mark.parametrize(("margin", "times", "reach"), [(6, 3, 6), (8, 2, 8), (8, 4, 6), (6, 2.5, 7)])
def test_the_reach_is_what_a_visible_pixel_may_look_at(margin, times, reach):
    assert alpha.reach_px(margin, times) == reach

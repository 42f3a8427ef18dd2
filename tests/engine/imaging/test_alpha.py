"""Color bleeding into transparent pixels, and upscaling of alpha channels."""

import numpy as np
import pytest

from engine.imaging import alpha
from engine.imaging.color import quantize
from engine.imaging.resample import imresize


def reference_bleed(pixels, opacity, reach):
    """Return the result of `bleed_colors`, computed by a search over all visible pixels."""
    result = pixels.copy()
    visible = np.argwhere(opacity > 0)
    for row, column in np.argwhere(opacity == 0):
        distances = np.hypot(*(visible - (row, column)).T)
        if distances.min() <= reach:
            result[row, column] = pixels[tuple(visible[distances.argmin()])]
    return result


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_hidden_pixels_get_the_nearest_visible_color(dtype, channels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 200, (30, 40, channels)).astype(dtype)
    opacity = np.zeros((30, 40), dtype)
    opacity[10:18, 12:25] = 100
    opacity[25, 5] = 1
    ours, theirs = alpha.bleed_colors(pixels, opacity, 6), reference_bleed(pixels, opacity, 6)
    same = (ours == theirs).all(axis=2)
    assert same.mean() > 0.97  # two may be equally near
    assert (ours[opacity > 0] == pixels[opacity > 0]).all()


def test_pixels_beyond_the_radius_are_unchanged():
    pixels = np.full((1, 60, 3), 9, np.uint8)
    pixels[0, 0] = 200
    opacity = np.zeros((1, 60), np.uint8)
    opacity[0, 0] = 255
    result = alpha.bleed_colors(pixels, opacity, 7)[0, :, 0]
    assert (result[:8] == 200).all()
    assert (result[8:] == 9).all()


@pytest.mark.parametrize("opacity", [None, 0, 1, 255])
def test_images_without_an_edge_are_returned_unchanged(opacity):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 9, 3), np.uint8)
    plane = None if opacity is None else np.full((9, 9), opacity, np.uint8)
    assert alpha.bleed_colors(pixels, plane, 8) is pixels


def test_image_of_one_hidden_pixel_keeps_its_shape():
    assert alpha.bleed_colors(np.full((1, 1, 3), 5, np.uint8), np.zeros((1, 1), np.uint8), 8).shape == (1, 1, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(1, 1), (3, 700), (530, 20)])
def test_alpha_is_upscaled_by_matlab_bicubic_in_windows(size, dtype):
    plane = (np.random.default_rng(2).random(size) * np.iinfo(dtype).max).astype(dtype)
    result = np.empty((size[0] * 2, size[1] * 3), dtype)
    done = list(alpha.upscale_alpha(result, plane, size))
    expected = quantize(imresize(plane / np.iinfo(dtype).max, result.shape), dtype)
    difference = np.abs(result.astype(np.int64) - expected)
    assert difference.max() <= (1 if dtype == np.uint8 else 3)
    assert done[-1][0] == done[-1][1] == len(done)


def test_opaque_and_hidden_pixels_stay_opaque_and_hidden():
    plane = np.zeros((40, 40), np.uint8)
    plane[:, 20:] = 255
    result = np.empty((120, 120), np.uint8)
    list(alpha.upscale_alpha(result, plane, plane.shape))
    assert (result[:, :50] == 0).all()
    assert (result[:, 70:] == 255).all()
    assert len(np.unique(result[60, 54:66])) > 3, "the edge is smooth"


@pytest.mark.parametrize(("margin", "scale_factor", "reach"), [(6, 3, 6), (8, 2, 8), (8, 4, 6), (6, 2.5, 7)])
def test_bleed_radius_covers_halo_and_bicubic_support(margin, scale_factor, reach):
    assert alpha.bleed_radius_px(margin, scale_factor) == reach

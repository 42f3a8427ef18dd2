"""Unsharp mask."""

import numpy as np
import pytest
from skimage.filters import unsharp_mask

from engine.imaging.sharpening import radius_px, sharpen


@pytest.mark.parametrize(("scale_factor", "sigma_px"), [(1, 0.7), (2, 1), (3, 1.5), (4, 2)])
def test_result_equals_scikit_image(scale_factor, sigma_px, texture):
    plane = texture(40, 50, 1)[:, :, 0].astype(np.float32) / 255
    expected = unsharp_mask(plane, radius=sigma_px, amount=0.6, preserve_range=True)
    inner = (slice(8, -8), slice(8, -8))  # scikit-image reflects the edges and blurs with a wider kernel
    sharpened = sharpen(plane[None], scale_factor, 60)[0]
    assert np.abs(sharpened - expected)[inner].max() < 0.005
    assert np.abs(sharpened - plane)[inner].max() > 0.05


def test_zero_sharpness_changes_nothing(texture):
    plane = texture(9, 11, 1).transpose(2, 0, 1).astype(np.float32) / 255
    assert np.array_equal(sharpen(plane, 2, 0), plane)


def test_flat_plane_stays_flat():
    assert np.allclose(sharpen(np.full((1, 20, 20), 0.25, np.float32), 3, 100), 0.25, atol=1e-6)


@pytest.mark.parametrize("scale_factor", [1, 2.5, 8])
def test_a_pixel_affects_its_neighbors_up_to_the_radius(scale_factor):
    plane = np.zeros((1, 81, 81), np.float32)
    plane[0, 40, 40] = 1
    changed = np.flatnonzero(sharpen(plane, scale_factor, 100)[0, 40])
    assert (40 - changed.min(), changed.max() - 40) == (radius_px(scale_factor),) * 2

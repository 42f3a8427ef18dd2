"""PSNR and SSIM compared with scikit-image, and region scores compared with scores of cropped images.

The reference scores come from `skimage.metrics.peak_signal_noise_ratio(..., data_range=255)` and
`structural_similarity(..., gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255)`, which is
Wang's SSIM to 5 decimals. scikit-image's defaults, a flat 7 x 7 window and sample covariance, give different scores.
"""

import inspect
from math import inf

import numpy as np
import pytest
from skimage.data import camera
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from engine.imaging import metrics
from engine.imaging.metrics import Score, ScoreMaps
from engine.imaging.tiles import Rect, plan_tiles


def noisy_pair(height=70, width=90, sigma=12.0, seed=0):
    """Return a crop of a photograph with and without noise, (height, width) uint8 each."""
    ground_truth = np.ascontiguousarray(camera()[100 : 100 + height, 180 : 180 + width])
    noise = np.random.default_rng(seed).normal(0, sigma, ground_truth.shape)
    return np.clip(ground_truth + noise, 0, 255).astype(np.uint8), ground_truth


def filled_maps(image, ground_truth, border_px=0, tile=16, seed=0):
    """Return maps filled tile by tile in random order."""
    maps = ScoreMaps(ground_truth, border_px)
    tiles = plan_tiles(*ground_truth.shape, tile)
    for index in np.random.default_rng(seed).permutation(len(tiles)):
        maps.update(tiles[index], image[tiles[index].slices])
    return maps


def direct_score(image, ground_truth, region):
    """Return the score of a region, computed from cropped images."""
    one, other = image[region.slices], ground_truth[region.slices]
    return Score(metrics.psnr(one, other, data_range=255), metrics.ssim(one, other, data_range=255))


def assert_scores_equal(one, other):
    assert one is not None
    assert one.psnr_db == pytest.approx(other.psnr_db, abs=1e-9)
    assert one.ssim == pytest.approx(other.ssim, abs=1e-6)  # the maps keep float32


@pytest.mark.parametrize("sigma", [0.6, 5.0, 30.0, 120.0])
def test_psnr_and_ssim_equal_scikit_image(sigma):
    image, ground_truth = noisy_pair(sigma=sigma)
    recipe = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    assert metrics.ssim(image, ground_truth, data_range=255) == pytest.approx(
        structural_similarity(ground_truth, image, **recipe), abs=5e-6
    )
    assert metrics.psnr(image, ground_truth, data_range=255) == pytest.approx(
        peak_signal_noise_ratio(ground_truth, image, data_range=255), abs=5e-6
    )


def test_ssim_map_is_smaller_by_the_window():
    image, ground_truth = noisy_pair(20, 30)
    assert metrics.ssim_map(image, ground_truth, data_range=255).shape == (10, 20)


def test_ssim_of_the_smallest_image_is_between_0_and_1():
    image, ground_truth = noisy_pair(11, 11)
    assert 0 < metrics.ssim(image, ground_truth, data_range=255) < 1


def test_identical_images_have_infinite_psnr():
    _, ground_truth = noisy_pair()
    assert metrics.psnr(ground_truth, ground_truth, data_range=255) == inf
    assert metrics.ssim(ground_truth, ground_truth, data_range=255) == 1.0
    assert filled_maps(ground_truth, ground_truth).score() == Score(inf, 1.0)


def test_psnr_of_a_known_error_equals_the_formula():
    ground_truth = np.full((4, 4), 100, np.uint8)
    assert metrics.psnr(ground_truth + 5, ground_truth, data_range=255) == pytest.approx(20 * np.log10(255 / 5))
    assert metrics.psnr_from_mse(1.0, data_range=1.0) == 0


def test_scores_do_not_depend_on_the_unit_of_the_levels():
    image, ground_truth = noisy_pair()
    same = metrics.psnr(image / 255, ground_truth / 255, data_range=1.0)
    assert same == pytest.approx(metrics.psnr(image, ground_truth, data_range=255))
    wide = (image.astype(np.uint16) * 257, ground_truth.astype(np.uint16) * 257)
    assert metrics.ssim(*wide, data_range=65535) == pytest.approx(metrics.ssim(image, ground_truth, data_range=255))


@pytest.mark.parametrize("function", [metrics.psnr, metrics.ssim, metrics.ssim_map, metrics.psnr_from_mse])
def test_data_range_is_a_required_keyword(function):
    parameter = inspect.signature(function).parameters["data_range"]
    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    assert parameter.default is inspect.Parameter.empty


@pytest.mark.parametrize("tile", [7, 16, 37, 200])
@pytest.mark.parametrize("seed", [0, 1])
def test_maps_filled_by_tiles_equal_the_whole(tile, seed):
    image, ground_truth = noisy_pair()
    whole = Rect(0, 0, *ground_truth.shape)
    score = filled_maps(image, ground_truth, tile=tile, seed=seed).score()
    assert_scores_equal(score, direct_score(image, ground_truth, whole))


@pytest.mark.parametrize("border_px", [2, 3, 4])
def test_border_is_not_scored(border_px):
    image, ground_truth = noisy_pair()
    image[:border_px], image[:, -border_px:] = 0, 255
    shaved = Rect(0, 0, *ground_truth.shape).expand(-border_px)
    assert_scores_equal(filled_maps(image, ground_truth, border_px).score(), direct_score(image, ground_truth, shaved))


@pytest.mark.parametrize(
    "region", [Rect(0, 0, 70, 90), Rect(20, 30, 25, 14), Rect(5, 70, 11, 11), Rect(58, 0, 12, 90)]
)
def test_region_score_equals_the_score_of_its_pixels(region):
    image, ground_truth = noisy_pair()
    assert_scores_equal(filled_maps(image, ground_truth).score(region), direct_score(image, ground_truth, region))


def test_region_is_limited_to_the_scored_area():
    image, ground_truth = noisy_pair()
    maps = filled_maps(image, ground_truth, border_px=3)
    counted = direct_score(image, ground_truth, Rect(3, 3, 27, 37))
    assert_scores_equal(maps.score(Rect(-10, -10, 40, 50)), counted)


@pytest.mark.parametrize(
    "region", [Rect(20, 20, 10, 40), Rect(20, 20, 40, 10), Rect(0, 0, 13, 40), Rect(99, 0, 20, 20)]
)
def test_region_under_11_pixels_has_no_score(region):
    image, ground_truth = noisy_pair()
    assert filled_maps(image, ground_truth, border_px=3).score(region) is None


def test_image_under_11_pixels_has_no_score():
    image, ground_truth = noisy_pair(16, 40)
    assert filled_maps(image, ground_truth, border_px=3).score() is None
    assert filled_maps(image[:4], ground_truth[:4], border_px=3).score() is None


def test_only_finished_regions_have_a_score():
    image, ground_truth = noisy_pair(40, 60)
    maps = ScoreMaps(ground_truth, 0)
    assert maps.score() is None
    left = Rect(0, 0, 40, 30)
    maps.update(left, image[left.slices])
    assert maps.score() is None
    assert maps.score(Rect(0, 10, 40, 21)) is None
    assert_scores_equal(maps.score(left), direct_score(image, ground_truth, left))


def test_tile_can_be_updated_again():
    image, ground_truth = noisy_pair()
    maps = filled_maps(ground_truth, ground_truth)
    tile = Rect(10, 20, 30, 17)
    maps.update(tile, image[tile.slices])
    mixed = ground_truth.copy()
    mixed[tile.slices] = image[tile.slices]
    assert_scores_equal(maps.score(), direct_score(mixed, ground_truth, Rect(0, 0, *ground_truth.shape)))


def test_the_largest_error_does_not_overflow():
    ground_truth = np.zeros((20, 20), np.uint8)
    maps = filled_maps(ground_truth + 255, ground_truth)
    assert maps.score().psnr_db == pytest.approx(0)

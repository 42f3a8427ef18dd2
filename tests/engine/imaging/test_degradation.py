"""Degradations of training images: effects, order, reproducibility, and storage as JSON."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image as PillowImage

from engine.errors import EngineError
from engine.imaging.degradation import Blur, Degradation, GaussianNoise, Jpeg, PoissonNoise, compress_jpeg
from engine.imaging.resample import imresize

ALL_DEGRADATIONS = "blur:0.5-1.5,noise:1-5@0.5,poisson:2@0.25,jpeg:60-84@0.3"


def photograph(height=96, width=80, channels=3, seed=0):
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (height // 8, width // 8, channels)).astype(np.float64)
    return np.clip(imresize(coarse, (height, width)), 0, 255).round().astype(np.uint8)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_text_and_json_round_trip():
    parsed = Degradation.parse(ALL_DEGRADATIONS)
    assert parsed.operations == (
        Blur((0.5, 1.5)),
        GaussianNoise((1, 5), 0.5),
        PoissonNoise((2, 2), 0.25),
        Jpeg((60, 84), 0.3),
    )
    assert Degradation.parse(str(parsed)) == parsed
    assert Degradation.from_list(json.loads(json.dumps(parsed.to_list()))) == parsed
    assert not Degradation.parse("")


@pytest.mark.parametrize(
    "text", ["jpeg", "jpeg:", "jpeg:0", "jpeg:101", "jpeg:80-60", "sharpen:1", "noise:-1", "jpeg:75@2", "blur:99"]
)
def test_invalid_text_raises(text):
    with pytest.raises(EngineError):
        Degradation.parse(text)


def test_same_seed_gives_same_result():
    pixels, degradation = photograph(), Degradation.parse(ALL_DEGRADATIONS)
    first, second = (degradation.apply(pixels, 2, rng(3)) for _each in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, degradation.apply(pixels, 2, rng(4)))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_jpeg_equals_pillow_after_downscaling(channels, scale):
    pixels = photograph(96, 96, channels)
    small = pixels if scale == 1 else imresize(pixels / 255, (96 // scale, 96 // scale)) * 255
    small = np.clip(np.floor(small + 0.5), 0, 255).astype(np.uint8)
    buffer = BytesIO()
    PillowImage.fromarray(small[:, :, 0] if channels == 1 else small).save(buffer, "JPEG", quality=75)
    expected = np.asarray(PillowImage.open(buffer)).reshape(small.shape)
    result = Degradation.parse("jpeg:75").apply(pixels, scale, rng())
    # The sums of the interpolation differ in float32, so that a pixel can be rounded to the next level.
    assert np.abs(result.astype(int) - expected).mean() < 0.05


def test_probability_selects_jpeg_subsampling():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2, 0] = 255
    full, half = (compress_jpeg(stripes, 95, subsampling) for subsampling in ("4:4:4", "4:2:0"))
    assert np.abs(full.astype(int) - stripes).mean() < np.abs(half.astype(int) - stripes).mean() / 2
    np.testing.assert_array_equal(Degradation((Jpeg((95, 95), 1.0),)).apply(stripes, 1, rng()), full)
    np.testing.assert_array_equal(Degradation((Jpeg((95, 95), 0.0),)).apply(stripes, 1, rng()), half)


def test_all_qualities_of_range_occur():
    pixels = photograph(64, 64)
    expected = {compress_jpeg(pixels, quality).tobytes() for quality in (60, 61, 62)}
    results = {Degradation.parse("jpeg:60-62").apply(pixels, 1, rng(seed)).tobytes() for seed in range(40)}
    assert results == expected


def test_gaussian_noise_has_its_standard_deviation():
    flat = np.full((200, 200, 3), 128, np.uint8)
    noisy = Degradation.parse("noise:6").apply(flat, 1, rng()).astype(float)
    assert noisy.std() == pytest.approx(6, rel=0.02)
    assert noisy.mean() == pytest.approx(128, abs=0.1)
    assert abs(np.corrcoef(noisy[..., 0].ravel(), noisy[..., 1].ravel())[0, 1]) < 0.02, "independent in each channel"


def test_poisson_noise_grows_with_brightness():
    levels = np.zeros((200, 200, 1), np.uint8)
    levels[:, :100], levels[:, 100:] = 20, 180
    noisy = Degradation.parse("poisson:8").apply(levels, 1, rng()).astype(float)
    dark, bright = noisy[:, :100].std(), noisy[:, 100:].std()
    assert bright == pytest.approx(8 * (180 / 255) ** 0.5, rel=0.05)
    assert bright / dark == pytest.approx(3, rel=0.05)


def test_noise_is_added_with_its_probability():
    flat, degradation = np.full((16, 16, 1), 128, np.uint8), Degradation.parse("noise:9@0.25")
    noisy = sum(bool(degradation.apply(flat, 1, rng(seed)).std()) for seed in range(400))
    assert 70 <= noisy <= 130


def test_blur_comes_before_downscaling():
    edge = np.zeros((64, 64, 1), np.uint8)
    edge[:, 32:] = 255
    sharp, blurred = (Degradation.parse(text).apply(edge, 2, rng()) for text in ("noise:0", "blur:3"))
    row = blurred[16, :, 0].astype(float) / 255
    # A step, blurred with sigma 3 at full size, has a sigma of 1.5 after downscaling by 2.
    assert np.sqrt(np.sum(np.diff(row) * (np.arange(31) - 15) ** 2)) == pytest.approx(1.5, rel=0.1)
    assert np.diff(sharp[16, :, 0].astype(float)).max() > np.diff(blurred[16, :, 0].astype(float)).max()


def test_input_is_unchanged():
    pixels = photograph()
    before = pixels.copy()
    Degradation.parse(ALL_DEGRADATIONS).apply(pixels, 2, rng())
    np.testing.assert_array_equal(pixels, before)

"""Detection of former JPEG compression, noise and drawings in generated and sample images."""

from io import BytesIO

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from engine.imaging import artifact_detection
from srcnn_gui.runtime import resources

SAMPLES = ("astronaut.png", "cat.png", "coffee.png")


def photo(name):
    """Return a sample photograph without artifacts: it is reduced, so that its own compression is gone."""
    return np.asarray(PIL.Image.open(resources.sample_path(name)).convert("RGB").reduce(2))


def compressed(pixels, quality, **options):
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, **options)
    return np.asarray(PIL.Image.open(buffer).convert("RGB"))


def with_noise(pixels, sigma):
    noisy = pixels + np.random.default_rng(0).normal(0, sigma, pixels.shape)
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def drawing():
    image = PIL.Image.new("RGB", (240, 160), "white")
    draw = PIL.ImageDraw.Draw(image)
    draw.ellipse((20, 20, 120, 130), fill=(200, 40, 40), outline="black", width=3)
    draw.rectangle((130, 40, 220, 120), fill=(40, 90, 200), outline="black", width=3)
    draw.text((30, 140), "A drawing with some text", fill="black")
    return np.asarray(image)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("quality", [30, 50, 75])
@pytest.mark.parametrize("crop", [(0, 0), (3, 5)])
def test_former_jpeg_is_found_also_in_a_crop(name, quality, crop):
    pixels = compressed(photo(name), quality)[crop[0] :, crop[1] :]
    assert artifact_detection.estimate_former_quality(pixels) == pytest.approx(quality, abs=3)


@pytest.mark.parametrize("name", SAMPLES)
def test_photograph_without_artifacts_has_none(name):
    assert artifact_detection.estimate_former_quality(photo(name)) is None
    assert artifact_detection.estimate_noise(photo(name)) < 2
    assert not artifact_detection.is_drawing(photo(name))


@pytest.mark.parametrize("options", [{"qtables": [[12] * 64, [20] * 64]}, {"subsampling": "4:4:4"}])
def test_other_tables_and_subsampling_are_found(options):
    quality = -1 if "qtables" in options else 60
    assert 55 <= artifact_detection.estimate_former_quality(compressed(photo("cat.png"), quality, **options)) <= 65


def test_former_jpeg_is_found_after_a_change_of_contrast():
    changed = np.clip(compressed(photo("cat.png"), 50) * 0.9 + 10, 0, 255).round().astype(np.uint8)
    assert artifact_detection.estimate_former_quality(changed) == pytest.approx(55, abs=5)


def test_gray_and_16_bit_images_give_the_same_result():
    gray = compressed(photo("cat.png"), 50)[:, :, 1:2]
    for measure in (
        artifact_detection.estimate_former_quality,
        artifact_detection.estimate_noise,
        artifact_detection.is_drawing,
    ):
        assert measure(gray) == measure(gray.astype(np.uint16) * 257)
    assert artifact_detection.estimate_former_quality(gray) is not None


@pytest.mark.parametrize("sigma", [3, 6, 12])
def test_noise_is_measured_in_flat_regions(sigma):
    rows, columns = np.mgrid[:128, :160]
    shading = 90 + rows / 16 + columns / 16
    shading[:, ::64] += 60  # edges are no noise
    flat = np.repeat(shading[:, :, None], 3, axis=2)
    luma_sigma = sigma * np.sqrt(0.299**2 + 0.587**2 + 0.114**2)
    assert artifact_detection.estimate_noise(with_noise(flat, sigma)) == pytest.approx(luma_sigma, rel=0.12)
    assert artifact_detection.estimate_noise(np.round(flat).astype(np.uint8)) < 0.5


def test_texture_is_not_noise():
    rows, columns = np.mgrid[:128, :128]
    texture = 128 + 40 * np.sin(rows * 1.3) * np.sin(columns * 1.1)
    assert artifact_detection.estimate_noise(np.repeat(texture[:, :, None], 3, axis=2).astype(np.uint8)) == 0


@pytest.mark.parametrize("quality", [None, 95, 85])
def test_drawing_is_recognized(quality):
    pixels = drawing() if quality is None else compressed(drawing(), quality)
    assert artifact_detection.is_drawing(pixels)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (8, 8), (20, 20)])
def test_small_images_have_no_measurable_artifacts(size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert artifact_detection.estimate_former_quality(pixels) is None
    assert artifact_detection.estimate_noise(pixels) == 0
    assert not artifact_detection.is_drawing(pixels)


def test_large_images_are_sampled():
    """An image of 100 megapixels takes the same windows as a smaller one, spread over all of it."""
    tile = compressed(photo("cat.png")[:144, :224], 50)
    pixels = np.tile(tile, (20, 20, 1))
    assert artifact_detection.estimate_former_quality(pixels) == pytest.approx(50, abs=3)

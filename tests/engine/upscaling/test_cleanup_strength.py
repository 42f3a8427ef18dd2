"""Strength of photo models, from 0 (the clean model, or the input at x1) to 100 (the photo model)."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from engine.errors import InvalidSetting
from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.upscaling.job import upscale
from engine.upscaling.request import UpscaleRequest


@pytest.fixture
def compressed():
    """Return an image with blocks and edges, compressed as a JPEG of quality 50."""
    rows, columns = np.mgrid[:48, :64]
    levels = 127 + 90 * np.sin(rows / 5) * np.cos(columns / 7) + 30 * (columns > 40)
    pixels = np.repeat(np.clip(levels, 0, 255)[:, :, None], 3, axis=2).astype(np.uint8)
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "JPEG", quality=50)
    return Image(np.asarray(PIL.Image.open(buffer)))


@pytest.fixture
def result(compressed, drive):
    """Return a function that upscales the compressed image with float32 precision."""

    def run(name, strength=100, **options):
        request = UpscaleRequest(
            catalog.find(name), "cpu", compare=False, precision="float32", strength=strength, **options
        )
        return drive(upscale(compressed, request))[1].image.pixels.astype(int)

    return run


@pytest.mark.parametrize("scale", [2, 4])
def test_strength_zero_is_the_clean_model(result, scale):
    photo = f"photo-medium-s-x{scale}"
    assert np.array_equal(result(photo, 0), result(f"compact-s-x{scale}"))
    assert not np.array_equal(result(photo, 0), result(photo, 100))


def test_at_x1_the_result_is_blended_with_the_input(result, compressed):
    full = result("photo-strong-s-x1")
    assert np.abs(result("photo-strong-s-x1", 0) - compressed.pixels).max() <= 1
    half = result("photo-strong-s-x1", 50)
    assert np.abs(half - (full + compressed.pixels) / 2).max() <= 1.5
    assert np.abs(full - compressed.pixels).max() > 4


def test_a_strength_in_between_changes_the_image_gradually(result):
    clean, photo = result("photo-medium-s-x2", 0), result("photo-medium-s-x2", 100)
    distances = [np.abs(result("photo-medium-s-x2", strength) - photo).mean() for strength in (25, 50, 75)]
    assert np.abs(clean - photo).mean() > distances[0] > distances[1] > distances[2] > 0


def test_other_models_ignore_the_strength(result):
    for name in ("compact-s-x2", "fsrcnn-x2", "srcnn-9-1-5-x2"):
        assert np.array_equal(result(name, 0), result(name, 100))


def test_each_built_in_photo_model_has_a_clean_counterpart_except_at_x1():
    models = [model for model in catalog.list_models() if catalog.is_photo_model(model)]
    assert len(models) == 9
    for model in models:
        clean = catalog.clean_counterpart(model)
        assert (clean is None) == (model.info.scale == 1)
        assert clean is None or clean.name == f"compact-s-x{model.info.scale}"


@pytest.mark.parametrize("strength", [-1, 101])
def test_an_invalid_strength_is_an_error(strength, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        UpscaleRequest(catalog.find("compact-s-x2"), strength=strength)
    plain_sentence(refused.value)

"""Seamless textures: the result equals the center of the upscaled texture, repeated 3 x 3."""

import numpy as np
import pytest

from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.upscaling.job import upscale
from engine.upscaling.request import Target, UpscaleRequest

MODELS = ("compact-s-x2", "photo-medium-s-x1", "fsrcnn-x3", "srcnn-9-5-5-x3", "srcnn-9-1-5-x2")


def texture(height, width, channels=3):
    """Return smooth noise that tiles without a seam: (height, width, channels)."""
    rng = np.random.default_rng(0)
    spectrum = np.fft.fft2(rng.standard_normal((height, width, channels)), axes=(0, 1))
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    smooth = np.fft.ifft2(spectrum * np.exp(-40 * (rows**2 + columns**2))[:, :, None], axes=(0, 1)).real
    return np.clip(127 + 90 * smooth / smooth.std() / 2, 0, 255).astype(np.uint8)


@pytest.fixture
def result(drive):
    """Return a function that upscales an image with float32 precision."""

    def run(image, name, **options):
        request = UpscaleRequest(catalog.find(name), "cpu", precision="float32", **options)
        return drive(upscale(image, request))[1]

    return run


def repeated(image):
    alpha = None if image.alpha is None else np.tile(image.alpha, (3, 3))
    return Image(np.tile(image.pixels, (3, 3, 1)), alpha)


def center(pixels):
    height, width = (side // 3 for side in pixels.shape[:2])
    return pixels[height : 2 * height, width : 2 * width]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_equals_the_center_of_a_repeated_texture(result, name, channels):
    image = Image(texture(37, 29, channels))
    one, nine = result(image, name, seamless=True), result(repeated(image), name)
    for seamless, whole in ((one.image, nine.image), (one.bicubic, nine.bicubic)):
        difference = np.abs(seamless.pixels.astype(int) - center(whole.pixels))
        assert difference.max() <= 1  # where float32 rounding decides between two levels
        assert difference.mean() < 0.001


@pytest.mark.parametrize("target", [Target(width=70), Target(factor=1.5), Target(height=99), Target(factor=5.0)])
def test_other_sizes_are_seamless_too(result, target):
    image = Image(texture(36, 28))
    height, width = target.size(36, 28)
    tripled = Target(width=3 * width) if target.width else Target(height=3 * height)
    one = result(image, "compact-s-x2", seamless=True, target=target, exact=True)
    nine = result(repeated(image), "compact-s-x2", target=tripled, exact=True)
    assert nine.image.pixels.shape[:2] == (3 * height, 3 * width)
    difference = np.abs(one.image.pixels.astype(int) - center(nine.image.pixels))
    assert difference.max() <= 1


def test_seamless_works_with_alpha_16_bits_tiles_and_self_ensemble(result):
    alpha = texture(30, 24, 1)[:, :, 0].astype(np.uint16) * 257
    image = Image(texture(30, 24).astype(np.uint16) * 257, alpha)
    nine = result(repeated(image), "compact-s-x2", self_ensemble=True)
    for tile in (None, 16):
        one = result(image, "compact-s-x2", seamless=True, self_ensemble=True, tile=tile)
        assert np.array_equal(one.image.alpha, center(nine.image.alpha))
        assert np.abs(one.image.pixels.astype(int) - center(nine.image.pixels)).max() <= 1


def test_a_tiny_texture_is_repeated_as_often_as_needed(result):
    image = Image(texture(3, 2))
    one = result(image, "compact-s-x2", seamless=True)
    many = result(Image(np.tile(image.pixels, (15, 25, 1))), "compact-s-x2")
    assert np.array_equal(one.image.pixels, many.image.pixels[42:48, 48:52])


@pytest.mark.parametrize("name", MODELS)
def test_the_step_across_the_seam_is_not_larger_than_inside(result, name):
    image = Image(texture(64, 64))

    def steps(seamless):
        pixels = result(image, name, seamless=seamless).image.pixels.astype(float)
        inside = np.abs(np.diff(pixels, axis=1)).mean()
        return np.abs(pixels[:, 0] - pixels[:, -1]).mean(), inside

    seam, inside = steps(True)
    assert seam < 1.15 * inside
    assert steps(False)[0] > seam


def test_simulations_can_be_seamless(result):
    one = result(Image(texture(48, 64)), "srcnn-9-1-5-x2", seamless=True, simulate=True)
    assert one.image.pixels.shape == (48, 64, 3)
    assert one.scores["model"].psnr_db > 20

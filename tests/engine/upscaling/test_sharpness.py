"""Sharpness of the result: an unsharp mask on the Y channel."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import InvalidSetting
from engine.imaging import color
from engine.imaging.codecs.image_files import Image
from engine.imaging.sharpening import sharpen
from engine.imaging.tiles import Rect, plan_tiles
from engine.inference.torch_backend import TorchBackend
from engine.models import catalog
from engine.upscaling.job import render_tile, upscale
from engine.upscaling.low_res import LowResImage
from engine.upscaling.request import Target, UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def request_with():
    def make(sharpness, **options):
        return UpscaleRequest(catalog.find("compact-s-x2"), "cpu", precision="float32", sharpness=sharpness, **options)

    return make


@pytest.mark.parametrize("channels", [1, 3], ids=["gray", "rgb"])
@pytest.mark.parametrize("arch", ["9-3-5", "compact-8-2-y", "compact-8-2"])
@pytest.mark.parametrize("size", [(46, 62), (50, 70)], ids=["own size", "other size"])
def test_tiled_result_equals_whole_result(arch, channels, size, texture, tiny_network, same_image):
    network = TorchBackend(tiny_network(arch=arch, scale=2), torch.device("cpu"))
    small = LowResImage(texture(23, 31, channels))
    whole, luma = render_tile(small, 2, Rect(0, 0, *size), network, size, 80)
    assert not np.array_equal(whole, render_tile(small, 2, Rect(0, 0, *size), network, size)[0])
    for tile in plan_tiles(*size, 16):
        pixels, tile_luma = render_tile(small, 2, tile, network, size, 80)
        same_image(pixels, whole[tile.slices])
        same_image(tile_luma, luma[tile.slices])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_luma_is_sharpened_and_colors_stay(request_with, drive, dtype):
    rows, columns = np.mgrid[:40, :48]
    wave = 0.5 + 0.15 * np.sin(rows / 2) * np.cos(columns / 3)
    full = np.iinfo(dtype).max
    image = Image((np.stack([wave, wave * 0.8, wave * 0.6], axis=2) * full).astype(dtype))
    plain = drive(upscale(image, request_with(0)))[1].image.pixels
    sharp = drive(upscale(image, request_with(70)))[1].image.pixels
    before, after = color.rgb_to_ycbcr(plain), color.rgb_to_ycbcr(sharp)
    expected = sharpen(before[:1], 2, 70)
    assert np.abs(after[:1] - expected).max() < 1.5 / 255
    assert np.abs(after[1:] - before[1:]).max() < 1.5 / 255
    assert after[0].std() > 1.02 * before[0].std()


def test_bicubic_pane_is_not_sharpened(request_with, drive, texture):
    image = Image(texture(24, 32, 3))
    plain, sharp = (drive(upscale(image, request_with(sharpness)))[1].bicubic for sharpness in (0, 100))
    assert np.array_equal(plain.pixels, sharp.pixels)


def test_scores_are_computed_on_the_sharpened_result(request_with, drive, texture):
    image = Image(texture(48, 64, 3))
    plain, sharp = (
        drive(upscale(image, replace(request_with(sharpness), simulate=True)))[1].scores for sharpness in (0, 100)
    )
    assert plain["bicubic"] == sharp["bicubic"]
    assert plain["model"].psnr_db != sharp["model"].psnr_db


def test_black_and_white_stay_in_a_gray_image(request_with, drive):
    pixels = np.zeros((32, 32, 1), np.uint8)
    pixels[:, 16:] = 255
    result = drive(upscale(Image(pixels), request_with(100, target=Target(3.0))))[1].image.pixels
    assert (result[:, :20] == 0).all()
    assert (result[:, -20:] == 255).all()


@pytest.mark.parametrize("sharpness", [-1, 101])
def test_an_invalid_sharpness_is_an_error(request_with, sharpness, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        request_with(sharpness)
    plain_sentence(refused.value, str(sharpness))

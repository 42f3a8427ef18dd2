"""Tiled results equal whole results, except for float rounding.

The tile size changes the order of additions in matrix products and convolutions, which changes results by about 1e-7
of full scale. This can change the rounding to integers. At most max(1, n / 2,000) of n samples may differ by
one level.
"""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.imaging.codecs.image_files import Image
from engine.imaging.tiles import Rect, plan_tiles
from engine.inference.torch_backend import TorchBackend
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.models.weights import load_network
from engine.upscaling.job import downscale_ground_truth, render_tile, upscale
from engine.upscaling.low_res import LowResImage, crop_to_multiple
from engine.upscaling.request import UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = [(1, 1), (1, 7), (13, 17), (64, 64), (65, 65), (127, 127), (300, 211)]  # of the image before upscaling
TILES = [16, 37, 64, 128]  # px of the result


def render_tiles(small, scale, tile_px, network):
    """Return a pane and its Y channel, rendered tile by tile."""
    network = TorchBackend(network, torch.device("cpu")) if isinstance(network, Network) else network
    height, width = (side * scale for side in small.size)
    channels = small.content.shape[0] if small.content.dtype == np.float32 else small.content.shape[2]
    pixels, luma = np.zeros((height, width, channels), np.uint8), np.zeros((height, width), np.uint8)
    for tile in plan_tiles(height, width, tile_px):
        pixels[tile.slices], luma[tile.slices] = render_tile(small, scale, tile, network)
    return pixels, luma


def assert_tiled_is_whole(small, scale, tile_px, network, same_image):
    whole = render_tiles(small, scale, 8192, network)
    tiled = render_tiles(small, scale, tile_px, network)
    for one, other in zip(tiled, whole, strict=True):
        same_image(one, other)


@pytest.mark.parametrize("tile_px", TILES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("channels", [1, 3], ids=["gray", "rgb"])
def test_tiled_result_equals_whole_result(channels, size, tile_px, texture, tiny_network, same_image):
    small = LowResImage(texture(*size, channels))
    assert_tiled_is_whole(small, 2, tile_px, tiny_network(arch="9-5-5"), same_image)


@pytest.mark.parametrize("tile_px", [16, 37])
@pytest.mark.parametrize("scale", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3], ids=["gray", "rgb"])
@pytest.mark.parametrize("arch", ["9-3-5", "fsrcnn-8-4-2", "compact-8-2-y", "compact-8-2"])
def test_tiled_result_equals_whole_result_for_each_architecture(
    arch, channels, scale, tile_px, texture, tiny_network, same_image
):
    network = tiny_network(arch=arch, scale=scale)
    network = TorchBackend(network, torch.device("cpu"))
    for size in ((1, 7), (13, 17), (41, 30)):
        small = LowResImage(texture(*size, channels))
        whole = render_tiles(small, scale, 8192, network)
        assert whole[0].shape == (size[0] * scale, size[1] * scale, channels)
        for one, other in zip(render_tiles(small, scale, tile_px, network), whole, strict=True):
            same_image(one, other)


@pytest.mark.parametrize("tile_px", TILES)
def test_tiled_bicubic_equals_whole_bicubic(tile_px, texture, same_image):
    for size in SIZES[:-1]:
        assert_tiled_is_whole(LowResImage(texture(*size)), 3, tile_px, None, same_image)


# the fixture sets one thread for all examples of a test
HYPOTHESIS_SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=25, **HYPOTHESIS_SETTINGS)
@given(
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    tile_px=st.integers(9, 128),
    scale=st.sampled_from([2, 3, 4]),
    channels=st.sampled_from([1, 3]),
    arch=st.sampled_from(["9-1-5", "9-5-5", "1-1-1", "3-1-3"]),
)
def test_any_image_size_and_tile_size(size, tile_px, scale, channels, arch, texture, tiny_network, same_image):
    small = LowResImage(texture(*size, channels, seed=size[0]))
    assert_tiled_is_whole(small, scale, tile_px, tiny_network(arch=arch, scale=scale), same_image)


@settings(max_examples=10, **HYPOTHESIS_SETTINGS)
@given(size=st.tuples(st.integers(12, 150), st.integers(12, 150)), tile_px=st.sampled_from(TILES))
def test_tiled_simulation_equals_whole_simulation(size, tile_px, texture, tiny_network, same_image, drive):
    _, small = drive(downscale_ground_truth(crop_to_multiple(texture(*size), 3), 3))
    assert_tiled_is_whole(small, 3, tile_px, tiny_network(arch="9-3-5", scale=3), same_image)


@pytest.mark.parametrize("tile_px", [37, 128])
def test_job_result_equals_tiles(tile_px, texture, tiny_model, tiny_network, drive):
    image = Image(texture(65, 40))
    _, result = drive(upscale(image, UpscaleRequest(tiny_model(arch="9-1-5"), "cpu", tile=tile_px)))
    network = TorchBackend(tiny_network(arch="9-1-5"), torch.device("cpu"))
    pixels, _ = render_tiles(LowResImage(image.pixels), 2, tile_px, network)
    np.testing.assert_array_equal(result.image.pixels, pixels)


def test_tiled_self_ensemble_equals_whole(texture, tiny_model, drive, same_image):
    image, model = Image(texture(65, 40)), tiny_model(arch="9-1-5")

    def result(**changes):
        return drive(upscale(image, UpscaleRequest(model, "cpu", **changes)))[1].image.pixels

    whole = result(self_ensemble=True, tile=8192)
    same_image(result(self_ensemble=True, tile=37), whole)
    assert not np.array_equal(whole, result(tile=8192))


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5"])
def test_tiled_result_equals_whole_result_with_official_weights(arch, texture, reference_folder, same_image):
    name = {"9-1-5": "9-1-5(91 images)", "9-5-5": "9-5-5(ImageNet)"}[arch]
    network = load_network(reference_folder / "official_weights" / name / "x3.mat")
    assert_tiled_is_whole(LowResImage(texture(65, 52)), 3, 64, network, same_image)


def test_flat_image_has_no_seams_or_dark_border():
    network = Network(
        ModelInfo(Srcnn(9, 1, 5, 1, 1), 3)
    ).eval()  # averages, so that zeros beyond the border are detected
    for layer in (network.conv1, network.conv2, network.conv3):
        layer.weight.data.fill_(1 / layer.weight[0, 0].numel())
        layer.bias.data.zero_()
    small = LowResImage(np.full((20, 20, 3), 77, np.uint8))
    assert (render_tiles(small, 3, 16, network)[0] == 77).all()


def test_tile_of_one_pixel_equals_the_pixel_of_the_result(texture, tiny_network, same_image):
    small, network = LowResImage(texture(9, 9)), TorchBackend(tiny_network(arch="9-1-5", scale=3), torch.device("cpu"))
    whole, _ = render_tile(small, 3, Rect(0, 0, 27, 27), network)
    for row, column in ((0, 0), (26, 26), (13, 5)):
        pixel, _ = render_tile(small, 3, Rect(row, column, 1, 1), network)
        same_image(pixel[0, 0], whole[row, column])

"""Compact compared with SRVGGNetCompact, implemented with layers of torch.nn."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from engine.errors import InvalidSetting
from engine.models import weights
from engine.models.architectures.compact import Compact
from engine.models.info import ModelInfo
from engine.models.network import Network


class PlainCompact(nn.Module):
    """Convolutions with PReLU, a pixel shuffle, and the input upscaled with nearest neighbor."""

    def __init__(self, features, convs, channels, scale):
        super().__init__()
        body = [nn.Conv2d(channels, features, 3, padding=1), nn.PReLU(features)]
        for _layer in range(convs):
            body += [nn.Conv2d(features, features, 3, padding=1), nn.PReLU(features)]
        self.body = nn.Sequential(*body, nn.Conv2d(features, channels * scale**2, 3, padding=1))
        self.upsampler = nn.PixelShuffle(scale)
        self.scale = scale

    def forward(self, image):
        base = functional.interpolate(image, scale_factor=self.scale, mode="nearest")
        return self.upsampler(self.body(image)) + base


def randomized(network, std=0.2):
    """Return the network with random parameters, so that no term vanishes."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * std)
    return network


def shapes_of(network):
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def test_parameter_counts_equal_those_of_published_models():
    """realesr-general-x4v3 and realesr-animevideov3 have 64 features, RGB and x4.

    The counts are computed by hand.
    """
    first, body, last = 27 * 64 + 64 + 64, 9 * 64 * 64 + 64 + 64, 9 * 64 * 48 + 48
    assert ModelInfo(Compact(64, 32), 4).parameter_count == first + 32 * body + last == 1_213_296
    assert ModelInfo(Compact(64, 16), 4).parameter_count == first + 16 * body + last == 621_424


@pytest.mark.parametrize("scale", range(1, 9))
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("convs", [0, 2])
def test_result_equals_torch_modules(convs, channels, scale):
    plain = randomized(PlainCompact(6, convs, channels, scale))
    network = Network(ModelInfo(Compact(6, convs, channels), scale))
    network.load_state_dict(plain.state_dict())
    halo_px = network.info.halo_px
    assert halo_px == convs + 2
    image = torch.rand(2, channels, 13, 16, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = plain(image)
        torch.testing.assert_close(network(image, padded=True), expected, rtol=1e-4, atol=1e-4)
        inside = expected[..., halo_px * scale : -halo_px * scale, halo_px * scale : -halo_px * scale]
        torch.testing.assert_close(network(image), inside, rtol=1e-4, atol=1e-4)


@given(
    features=st.integers(1, 1024), convs=st.integers(0, 128), channels=st.sampled_from([1, 3]), scale=st.integers(1, 8)
)
def test_detect_reads_sizes_and_scale(features, convs, channels, scale):
    shapes = {"body.0.weight": (features, channels, 3, 3), "body.0.bias": (features,)}
    for index in range(1, convs + 1):
        shapes[f"body.{2 * index}.weight"] = (features, features, 3, 3)
    for index in range(convs + 1):
        shapes[f"body.{2 * index + 1}.weight"] = (features,)
    shapes[f"body.{2 * convs + 2}.weight"] = (channels * scale**2, features, 3, 3)
    assert Compact.detect(shapes) == (Compact(features, convs, channels), scale)


def test_detect_ignores_other_state_dicts():
    shapes = shapes_of(PlainCompact(6, 1, 3, 2))
    assert Compact.detect(shapes) == (Compact(6, 1, 3), 2)
    assert Compact.detect(shapes | {"body.4.weight": (13, 6, 3, 3)}) is None
    assert Compact.detect(shapes | {"body.0.weight": (6, 4, 3, 3)}) is None
    assert Compact.detect(shapes | {"body.0.weight": (6, 3, 5, 5)}) is None
    assert Compact.detect(shapes | {"body.5.weight": (12, 6, 3, 3)}) is None
    assert Compact.detect({name: shape for name, shape in shapes.items() if name != "body.0.weight"}) is None


@pytest.mark.parametrize("wrapper", ["params", "params_ema"])
def test_file_in_layout_of_realesr_general_x4v3_loads(wrapper, tmp_path):
    plain = randomized(PlainCompact(64, 32, 3, 4), std=0.05)
    path = tmp_path / "realesr-general-v3.pth"  # a name without the scale factor
    torch.save({wrapper: plain.state_dict()}, path)
    network = weights.load_network(path)
    assert network.info == ModelInfo(Compact(64, 32, 3), 4)
    image = torch.rand(1, 3, 6, 9, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        result = network(image, padded=True)
        assert result.shape == (1, 3, 24, 36)
        torch.testing.assert_close(result, plain(image), rtol=1e-3, atol=1e-3)


def test_moving_averages_take_precedence(tmp_path):
    plain, averaged = (PlainCompact(4, 1, 3, 2) for _each in range(2))
    torch.save({"params": plain.state_dict(), "params_ema": averaged.state_dict()}, tmp_path / "both.pth")
    loaded = weights.load_network(tmp_path / "both.pth").state_dict()
    assert torch.equal(loaded["body.0.weight"], averaged.state_dict()["body.0.weight"])


@pytest.mark.parametrize("label", ["compact-24-7", "compact-24-7-y", "compact-1024-128", "compact-1-0-y"])
def test_label_round_trips(label):
    assert Compact.parse(label).label == label


def test_names_of_built_in_sizes_are_labels():
    assert Compact.parse("compact-s") == Compact(24, 7, 1)
    assert Compact.parse("compact-m") == Compact(48, 11, 1)
    assert Compact.parse("compact-l") is None


@pytest.mark.parametrize("sizes", [(0, 7, 3), (1025, 7, 3), (24, -1, 3), (24, 129, 3), (24, 7, 2)])
def test_sizes_out_of_range_raise(sizes):
    with pytest.raises(InvalidSetting):
        Compact(*sizes)

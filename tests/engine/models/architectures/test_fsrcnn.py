"""FSRCNN compared with the paper, and with layers of torch.nn."""

import pytest
import torch
from torch import nn

from engine.errors import InvalidSetting
from engine.models import registry
from engine.models.architectures.fsrcnn import Fsrcnn
from engine.models.formats import external
from engine.models.info import ModelInfo
from engine.models.network import Network


class PlainFsrcnn(nn.Module):
    """Section 3.2 of the paper with layers of torch.nn, which pad with zeros."""

    def __init__(self, d, s, m, scale):
        super().__init__()
        self.first_part = nn.Sequential(nn.Conv2d(1, d, 5, padding=2), nn.PReLU(d))
        middle = [nn.Conv2d(d, s, 1), nn.PReLU(s)]
        for _layer in range(m):
            middle += [nn.Conv2d(s, s, 3, padding=1), nn.PReLU(s)]
        self.mid_part = nn.Sequential(*middle, nn.Conv2d(s, d, 1), nn.PReLU(d))
        transposed = nn.ConvTranspose2d(d, 1, 9, stride=scale, padding=4, output_padding=scale - 1)
        self.last_part = transposed if scale > 1 else nn.Conv2d(d, 1, 9, padding=4)

    def forward(self, luma):
        return self.last_part(self.mid_part(self.first_part(luma)))


def randomized(network):
    """Return the network with random parameters, so that no term vanishes."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return network


def shapes_of(network):
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize(("arch", "count"), [("fsrcnn-56-12-4", 12_464), ("fsrcnn-32-5-1", 3_937)])
def test_parameter_count_follows_paper(arch, count):
    """Dong et al. 2016, tables 1 to 3, count the weights without the biases and the PReLU slopes."""
    assert sum(layer.multiplications for layer in registry.parse(arch, 3).layers) == count


def test_biases_and_slopes_are_parameters_too():
    """Each layer has a bias and a slope for each channel, except for the last layer, which has one bias."""
    channels = 56 + 12 + 4 * 12 + 56
    assert registry.parse("fsrcnn-56-12-4", 3).parameter_count == 12_464 + 2 * channels + 1


@pytest.mark.parametrize("sizes", [(56, 12, 4), (8, 3, 0), (5, 7, 2)])
@pytest.mark.parametrize("scale", [1, 2, 3, 8])
def test_layers_have_names_and_shapes_of_torch_modules(sizes, scale):
    info = ModelInfo(Fsrcnn(*sizes), scale)
    plain = PlainFsrcnn(*sizes, scale)
    assert shapes_of(Network(info)) == shapes_of(plain)
    assert info.parameter_count == sum(parameter.numel() for parameter in plain.parameters())


@pytest.mark.parametrize("scale", range(1, 9))
@pytest.mark.parametrize("sizes", [(8, 3, 0), (6, 4, 2)])
def test_result_equals_torch_modules(sizes, scale):
    plain = randomized(PlainFsrcnn(*sizes, scale))
    network = Network(ModelInfo(Fsrcnn(*sizes), scale))
    network.load_state_dict(plain.state_dict())
    halo_px = network.info.halo_px
    luma = torch.rand(2, 1, 24, 27, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = plain(luma)
        torch.testing.assert_close(network(luma, padded=True), expected, rtol=1e-4, atol=1e-4)
        inside = expected[..., halo_px * scale : -halo_px * scale, halo_px * scale : -halo_px * scale]
        torch.testing.assert_close(network(luma), inside, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("scale", "halo_px"), [(1, 2 + 4 + 4), (2, 2 + 4 + 2), (3, 2 + 4 + 2), (4, 2 + 4 + 1)])
def test_halo_adds_up_layers(scale, halo_px):
    """The 5x5 layer needs 2 px, four 3x3 layers 4 px, the deconvolution 4 px divided by the scale."""
    assert registry.parse("fsrcnn", scale).halo_px == halo_px


@pytest.mark.parametrize("scale", range(1, 9))
@pytest.mark.parametrize("sizes", [(56, 12, 4), (2, 1, 0), (31, 40, 9)])
def test_detect_reads_sizes_but_only_scale_1(sizes, scale):
    expected = Fsrcnn(*sizes), 1 if scale == 1 else None
    assert Fsrcnn.detect(shapes_of(Network(ModelInfo(Fsrcnn(*sizes), scale)))) == expected
    assert Fsrcnn.detect(shapes_of(PlainFsrcnn(*sizes, scale))) == expected


@pytest.mark.parametrize("scale", range(1, 9))
def test_state_dict_round_trips(scale):
    network = randomized(Network(ModelInfo(Fsrcnn(5, 3, 1), scale)))
    again = external.from_state_dict("a.pth", external.to_state_dict(network), scale)
    assert again.info == network.info
    assert torch.equal(again.last_part.weight, network.last_part.weight)


def test_detect_ignores_other_state_dicts():
    shapes = shapes_of(PlainFsrcnn(8, 3, 1, 2))
    assert Fsrcnn.detect(shapes | {"last_part.weight": (8, 3, 9, 9)}) is None
    assert Fsrcnn.detect(shapes | {"last_part.weight": (9, 1, 9, 9)}) is None
    assert Fsrcnn.detect(shapes | {"last_part.weight": (1, 9, 9, 9)}) is None
    assert Fsrcnn.detect(shapes | {"mid_part.0.weight": (3,)}) is None
    assert Fsrcnn.detect({name: shape for name, shape in shapes.items() if "first_part" not in name}) is None


def test_label_round_trips():
    assert Fsrcnn.parse("fsrcnn") == Fsrcnn(56, 12, 4)
    assert Fsrcnn.parse(Fsrcnn(32, 5, 1).label) == Fsrcnn(32, 5, 1)
    assert Fsrcnn.parse("fsrcnn-32-5") is None


@pytest.mark.parametrize("sizes", [(0, 12, 4), (1025, 12, 4), (56, 0, 4), (56, 12, -1), (56, 12, 65)])
def test_sizes_out_of_range_raise(sizes):
    with pytest.raises(InvalidSetting):
        Fsrcnn(*sizes)

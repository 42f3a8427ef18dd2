"""Initial weights: Gaussian noise as in the paper, or weights that nearly reproduce the input."""

import pytest
import torch
from torch.nn import functional

from engine.models import registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.training.initial_weights import initialize_as_in_paper, initialize_near_bicubic


def center_crop(batch, halo_px):
    return batch[..., halo_px:-halo_px, halo_px:-halo_px]


def initialized(arch, scale=3, seed=0, init_gain=1.0):
    network = Network(registry.parse(arch, scale))
    initialize_near_bicubic(network, torch.Generator().manual_seed(seed), init_gain)
    return network


@pytest.mark.parametrize("arch", ["9-1-5", "9-3-5", "9-5-5"])
def test_untrained_network_nearly_reproduces_input(arch):
    network = Network(registry.parse(arch, 3))
    initialize_near_bicubic(network, torch.Generator().manual_seed(0))
    luma = torch.rand(4, 1, 33, 33)
    with torch.no_grad():
        apart = network(luma) - center_crop(luma, network.info.halo_px)
    assert apart.pow(2).mean().sqrt() < 0.25


def test_channel_0_reproduces_input():
    network = Network(registry.parse("9-5-5", 3))
    initialize_near_bicubic(network, torch.Generator().manual_seed(0))
    luma = torch.rand(2, 1, 33, 33)
    with torch.no_grad():
        network.conv3.weight[:, 1:] = 0
        torch.testing.assert_close(network(luma), center_crop(luma, 8), rtol=0, atol=0)


def test_other_filters_of_last_layer_start_small():
    network = Network(registry.parse("9-1-5", 3))
    initialize_near_bicubic(network, torch.Generator().manual_seed(0))
    others = network.conv3.weight.detach()[0, 1:]
    he_normal = (2 / (32 * 5 * 5)) ** 0.5
    assert float(others.std()) == pytest.approx(0.05 * he_normal, rel=0.2)


def test_initial_weights_depend_on_seed():
    def weights(seed):
        network = Network(registry.parse("9-1-5", 3))
        initialize_near_bicubic(network, torch.Generator().manual_seed(seed))
        return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_init_gain_scales_first_layer_but_not_delta():
    usual, small = (Network(ModelInfo(Srcnn(9, 1, 5), 3)) for _each in range(2))
    initialize_near_bicubic(usual, torch.Generator().manual_seed(0))
    initialize_near_bicubic(small, torch.Generator().manual_seed(0), 0.1)
    assert torch.allclose(small.conv1.weight[1:], 0.1 * usual.conv1.weight[1:])
    assert torch.equal(small.conv1.weight[0], usual.conv1.weight[0])
    assert torch.equal(small.conv2.weight, usual.conv2.weight)


@pytest.mark.parametrize("arch", ["9-1-5", "9-5-5", "fsrcnn", "compact-64-4"])
def test_weights_of_paper_are_small_gaussian_noise(arch):
    """Dong et al. 2015, section 3.3: mean 0, standard deviation 0.001, biases 0."""
    network = Network(registry.parse(arch, 3))
    initialize_as_in_paper(network, torch.Generator().manual_seed(0))
    values = torch.cat([layer.weight.detach().flatten() for layer in network.convolutions])
    assert float(values.std()) == pytest.approx(0.001, rel=0.03)
    assert abs(float(values.mean())) < 1e-4
    assert all(float(layer.weight.detach().std()) == pytest.approx(0.001, rel=0.2) for layer in network.convolutions)
    assert not any(layer.bias.detach().any() for layer in network.convolutions)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_fsrcnn_passes_bicubic_result_through(scale):
    """With its first channel only, an FSRCNN interpolates its input, so that a ramp stays a ramp."""
    network = initialized("fsrcnn-8-4-2", scale)
    halo_px = network.info.halo_px
    ramp = torch.arange(12 + 2 * halo_px, dtype=torch.float32).expand(1, 1, 12 + 2 * halo_px, -1) / 50
    with torch.no_grad():
        others = network.last_part.weight if scale > 1 else network.last_part.weight.transpose(0, 1)
        others[1:] = 0
        result = network(ramp)[0, 0]
    positions = (torch.arange(12 * scale) + 0.5) / scale - 0.5 + halo_px
    torch.testing.assert_close(result, (positions / 50).expand_as(result), rtol=0, atol=2e-3)


@pytest.mark.parametrize("arch", ["compact-24-7", "compact-24-7-y"])
def test_compact_starts_near_upscaled_input(arch):
    network = initialized(arch, 2)
    image = torch.rand(2, network.info.channels, 16, 16)
    with torch.no_grad():
        apart = network(image, padded=True) - functional.interpolate(image, scale_factor=2, mode="nearest")
    assert 0 < apart.pow(2).mean().sqrt() < 0.25


@pytest.mark.parametrize("arch", ["fsrcnn", "compact-24-7"])
def test_init_gain_scales_first_layer_of_any_architecture(arch):
    usual, small = initialized(arch), initialized(arch, init_gain=0.1)
    first = 1 if arch == "fsrcnn" else 0  # channel 0 of an FSRCNN passes the input through
    torch.testing.assert_close(small.convolutions[0].weight[first:], 0.1 * usual.convolutions[0].weight[first:])
    for one, other in zip(small.convolutions[1:], usual.convolutions[1:], strict=True):
        assert torch.equal(one.weight, other.weight)


@pytest.mark.parametrize("arch", ["fsrcnn", "compact-24-7"])
def test_variance_is_kept_through_layers(arch):
    """He et al. 2015, eq. 15: the variance of a filter before a PReLU of slope a is 2 / ((1 + a^2) n)."""
    network = initialized(arch)
    for layer, module in list(zip(network.info.layers, network.convolutions, strict=True))[1:-1]:
        others = module.weight.detach()[1:, 1:]
        expected = (2 / ((1 + 0.25**2) * layer.in_channels * layer.size**2)) ** 0.5
        assert float(others.std()) == pytest.approx(expected, rel=0.25)
        assert not module.bias.detach().any()

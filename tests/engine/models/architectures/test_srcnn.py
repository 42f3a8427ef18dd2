"""The network compared with equations 1 to 3 of the paper, implemented with SciPy."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from engine.models import registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.training.initial_weights import initialize_near_bicubic


def by_the_paper(network, luma):
    """Compute F1 = max(0, W1 * Y + B1), F2 = max(0, W2 * F1 + B2), F = W3 * F2 + B3 in float64."""
    maps = luma[None].astype(np.float64)
    layers = (network.conv1, network.conv2, network.conv3)
    for layer in layers:
        filters, biases = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
        maps = np.stack([correlate(maps, part, "valid")[0] + bias for part, bias in zip(filters, biases, strict=True)])
        if layer is not layers[-1]:
            maps = np.maximum(maps, 0)
    return maps[0]


def center_crop(batch, halo_px):
    return batch[..., halo_px:-halo_px, halo_px:-halo_px]


@pytest.mark.parametrize(("arch", "halo_px"), [("9-1-5", 6), ("9-3-5", 7), ("9-5-5", 8), ("5-1-3", 3)])
def test_output_is_smaller_by_halo(arch, halo_px):
    network = Network(registry.parse(arch, 3))
    assert network.info.halo_px == halo_px
    assert network(torch.rand(2, 1, 33, 40)).shape == (2, 1, 33 - 2 * halo_px, 40 - 2 * halo_px)


def test_layer_shapes_follow_paper():
    network = Network(registry.parse("9-5-5", 3))
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == {
        "conv1.weight": (64, 1, 9, 9),
        "conv1.bias": (64,),
        "conv2.weight": (32, 64, 5, 5),
        "conv2.bias": (32,),
        "conv3.weight": (1, 32, 5, 5),
        "conv3.bias": (1,),
    }
    assert sum(parameter.numel() for parameter in network.parameters()) == network.info.parameter_count


@pytest.mark.parametrize("arch", ["9-1-5", "5-3-3"])
def test_forward_equals_equations_of_paper(arch, tiny_network):
    network = tiny_network(arch=arch)
    luma = np.random.default_rng(0).random((30, 26)).astype(np.float32)
    with torch.no_grad():
        result = network(torch.from_numpy(luma)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(result, by_the_paper(network, luma), rtol=0, atol=1e-5)


def test_last_layer_is_neither_rectified_nor_clipped(tiny_network):
    network = tiny_network()
    with torch.no_grad():
        network.conv3.bias.fill_(-5)
        assert network(torch.rand(1, 1, 33, 33)).max() < 0


def test_forward_does_not_change_input(tiny_network):
    luma = torch.randn(1, 1, 33, 33)
    before = luma.clone()
    tiny_network()(luma)
    assert torch.equal(luma, before)


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

"""The network against equations 1 to 3 of the paper, written out with SciPy."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from engine.models.architectures.srcnn import SRCNN, initialise
from engine.models.catalog import ModelSpec


def by_the_paper(network, luma):
    """F1 = max(0, W1 * Y + B1), F2 = max(0, W2 * F1 + B2), F = W3 * F2 + B3, in float64."""
    maps = luma[None].astype(np.float64)
    layers = (network.conv1, network.conv2, network.conv3)
    for layer in layers:
        filters, biases = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
        maps = np.stack([correlate(maps, part, "valid")[0] + bias for part, bias in zip(filters, biases, strict=True)])
        if layer is not layers[-1]:
            maps = np.maximum(maps, 0)
    return maps[0]


def centre_crop(batch, margin_px):
    return batch[..., margin_px:-margin_px, margin_px:-margin_px]


@pytest.mark.parametrize(("arch", "margin_px"), [("9-1-5", 6), ("9-3-5", 7), ("9-5-5", 8), ("5-1-3", 3)])
def test_valid_convolutions_take_the_margin_from_every_side(arch, margin_px):
    network = SRCNN(ModelSpec.parse(arch, 3))
    assert network.spec.margin_px == margin_px
    assert network(torch.rand(2, 1, 33, 40)).shape == (2, 1, 33 - 2 * margin_px, 40 - 2 * margin_px)


def test_layers_have_the_papers_shapes():
    network = SRCNN(ModelSpec.parse("9-5-5", 3))
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == {
        "conv1.weight": (64, 1, 9, 9),
        "conv1.bias": (64,),
        "conv2.weight": (32, 64, 5, 5),
        "conv2.bias": (32,),
        "conv3.weight": (1, 32, 5, 5),
        "conv3.bias": (1,),
    }
    assert sum(parameter.numel() for parameter in network.parameters()) == network.spec.weight_count


@pytest.mark.parametrize("arch", ["9-1-5", "5-3-3"])
def test_forward_is_the_papers_three_equations(arch, tiny_network):
    network = tiny_network(arch=arch)
    luma = np.random.default_rng(0).random((30, 26)).astype(np.float32)
    with torch.no_grad():
        result = network(torch.from_numpy(luma)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(result, by_the_paper(network, luma), rtol=0, atol=1e-5)


def test_the_last_layer_is_neither_rectified_nor_clipped(tiny_network):
    network = tiny_network()
    with torch.no_grad():
        network.conv3.bias.fill_(-5)
        assert network(torch.rand(1, 1, 33, 33)).max() < 0


def test_forward_leaves_its_input_alone(tiny_network):
    luma = torch.randn(1, 1, 33, 33)
    before = luma.clone()
    tiny_network()(luma)
    assert torch.equal(luma, before)


@pytest.mark.parametrize("arch", ["9-1-5", "9-3-5", "9-5-5"])
def test_an_untrained_network_is_close_to_what_it_is_fed(arch):
    network = SRCNN(ModelSpec.parse(arch, 3))
    initialise(network, torch.Generator().manual_seed(0))
    luma = torch.rand(4, 1, 33, 33)
    with torch.no_grad():
        apart = network(luma) - centre_crop(luma, network.spec.margin_px)
    assert apart.pow(2).mean().sqrt() < 0.25


def test_channel_0_passes_the_input_through_exactly():
    network = SRCNN(ModelSpec.parse("9-5-5", 3))
    initialise(network, torch.Generator().manual_seed(0))
    luma = torch.rand(2, 1, 33, 33)
    with torch.no_grad():
        network.conv3.weight[:, 1:] = 0
        torch.testing.assert_close(network(luma), centre_crop(luma, 8), rtol=0, atol=0)


def test_the_other_filters_of_the_last_layer_start_small_and_not_dead():
    network = SRCNN(ModelSpec.parse("9-1-5", 3))
    initialise(network, torch.Generator().manual_seed(0))
    others = network.conv3.weight.detach()[0, 1:]
    he_normal = (2 / (32 * 5 * 5)) ** 0.5
    assert float(others.std()) == pytest.approx(0.05 * he_normal, rel=0.2)


def test_initial_weights_follow_the_seed():
    def weights(seed):
        network = SRCNN(ModelSpec.parse("9-1-5", 3))
        initialise(network, torch.Generator().manual_seed(seed))
        return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_the_first_filters_can_start_small_and_the_delta_stays():
    usual, small = (SRCNN(ModelSpec(9, 1, 5, 3)) for _each in range(2))
    initialise(usual, torch.Generator().manual_seed(0))
    initialise(small, torch.Generator().manual_seed(0), 0.1)
    assert torch.allclose(small.conv1.weight[1:], 0.1 * usual.conv1.weight[1:])
    assert torch.equal(small.conv1.weight[0], usual.conv1.weight[0])
    assert torch.equal(small.conv2.weight, usual.conv2.weight)

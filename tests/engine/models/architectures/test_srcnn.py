"""SRCNN compared with equations 1 to 3 of the paper, implemented with SciPy."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from engine.errors import InvalidSetting
from engine.models import registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network


def by_the_paper(network, luma):
    """Return F in float64, with F1 = max(0, W1 * Y + B1), F2 = max(0, W2 * F1 + B2), F = W3 * F2 + B3."""
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


@pytest.mark.parametrize(("arch", "count"), [("9-1-5", 8_032), ("9-3-5", 24_416), ("9-5-5", 57_184)])
def test_parameter_count_follows_paper(arch, count):
    """Section 4.3.3 of Dong et al. 2015 counts the weights without the biases."""
    info = registry.parse(arch, 3)
    biases = 64 + 32 + 1
    assert sum(layer.multiplications for layer in info.layers) == info.multiplications_per_pixel == count
    assert info.parameter_count == count + biases


LAYER_NAMES = [("conv1", "conv2", "conv3"), ("features.0", "map.0", "reconstruction"), ("0", "2", "4")]


def shapes_of(names, channels=1):
    """Return the shapes of a 9-3-5 with 20 and 10 filters."""
    filters = ((20, channels, 9, 9), (10, 20, 3, 3), (channels, 10, 5, 5))
    weights = {f"{name}.weight": shape for name, shape in zip(names, filters, strict=True)}
    return weights | {f"{name}.bias": shape[:1] for name, shape in zip(names, filters, strict=True)}


@pytest.mark.parametrize("names", LAYER_NAMES)
def test_detect_reads_sizes_but_not_scale(names):
    assert Srcnn.detect(shapes_of(names)) == (Srcnn(9, 3, 5, 20, 10), None)


@pytest.mark.parametrize("names", LAYER_NAMES)
def test_normalize_returns_names_of_network(names):
    expected = Network(ModelInfo(Srcnn(9, 3, 5, 20, 10), 2)).state_dict().keys()
    assert {Srcnn(9, 3, 5).normalize(name) for name in shapes_of(names)} == set(expected)


def test_detect_ignores_other_state_dicts():
    shapes = shapes_of(LAYER_NAMES[0])
    assert Srcnn.detect(shapes_of(LAYER_NAMES[0], channels=3)) is None
    assert Srcnn.detect(shapes | {"conv2.weight": (10, 20, 3, 5)}) is None
    assert Srcnn.detect(shapes | {"conv2.weight": (10, 20)}) is None
    assert Srcnn.detect({name: shape for name, shape in shapes.items() if name != "conv3.weight"}) is None


@pytest.mark.parametrize("sizes", [(8, 1, 5), (9, 0, 5), (9, 1, 33), (9, 1, 5, 0), (9, 1, 5, 64, 1025)])
def test_sizes_out_of_range_raise(sizes):
    with pytest.raises(InvalidSetting):
        Srcnn(*sizes)

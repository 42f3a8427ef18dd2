"""The PyTorch modules of all architectures."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.models import registry
from engine.models.network import Network, as_subpixel_filters, deconvolution_cuts

ARCHITECTURES = ["9-3-5", "fsrcnn-8-4-2", "compact-8-2", "compact-8-2-y"]


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_result_covers_window_without_halo(arch, scale):
    network = Network(registry.parse(arch, scale))
    info = network.info
    window = torch.rand(2, info.channels, 7 + 2 * info.halo_px, 5 + 2 * info.halo_px)
    shape = (2, info.channels, 7 * info.upsampling, 5 * info.upsampling)
    assert network(window).shape == shape
    assert network(window[..., :7, :5], padded=True).shape == shape


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_pixels_outside_of_halo_do_not_change_result(arch, tiny_network):
    """The first input row is in the halo of the first result row, but not in the halo of the next rows."""
    network = tiny_network(arch=arch, scale=2).double()
    halo_px, upsampling = network.info.halo_px, network.info.upsampling
    window = torch.rand(1, network.info.channels, 3 + 2 * halo_px, 3 + 2 * halo_px, dtype=torch.float64)
    changed = window.clone()
    changed[..., 0, :] += 1
    with torch.no_grad():
        before, after = (network(each) for each in (window, changed))
    assert torch.equal(before[..., upsampling:, :], after[..., upsampling:, :])
    assert not torch.equal(before[..., :upsampling, :], after[..., :upsampling, :])


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_convolutions_are_in_order_of_layers(arch):
    network = Network(registry.parse(arch, 2))
    for module, layer in zip(network.convolutions, network.info.layers, strict=True):
        assert module is network.get_submodule(layer.name)
        assert module.kernel_size == (layer.size, layer.size)
        assert isinstance(module, nn.ConvTranspose2d) == (layer.upsampling > 1)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_inner_layers_use_inner_dtype(arch, tiny_network):
    network = tiny_network(arch=arch)
    halo_px = network.info.halo_px
    window = torch.rand(1, network.info.channels, 6 + 2 * halo_px, 6 + 2 * halo_px)
    with torch.no_grad():
        exact, reduced = network(window), network(window, torch.bfloat16)
    assert not torch.equal(exact, reduced)
    torch.testing.assert_close(reduced, exact, rtol=0, atol=0.05, check_dtype=False)


@pytest.mark.parametrize("size", [1, 3, 5, 9])
@pytest.mark.parametrize("stride", range(1, 9))
def test_subpixel_filters_equal_transposed_convolution(size, stride):
    generator = torch.Generator().manual_seed(size)
    weight = torch.randn(3, 1, size, size, generator=generator, dtype=torch.float64)
    features = torch.randn(2, 3, 6, 5, generator=generator, dtype=torch.float64)
    filters = as_subpixel_filters(weight, stride)
    side = filters.shape[-1]
    assert filters.shape == (stride**2, 3, side, side)
    ours = functional.pixel_shuffle(functional.conv2d(features, filters, padding=side // 2), stride)
    full = functional.conv_transpose2d(features, weight, stride=stride)
    full = functional.pad(full, (0, stride, 0, stride))  # a filter smaller than the stride leaves the end empty
    start = size // 2
    torch.testing.assert_close(ours, full[..., start : start + 6 * stride, start : start + 5 * stride])


@pytest.mark.parametrize("stride", [2, 3, 8])
@pytest.mark.parametrize("margin", [1, 2, 5])
def test_deconvolution_crops_to_the_pixels_of_the_inner_input(stride, margin):
    """The filter has a single tap at its center, so an input pixel becomes the first of its block."""
    line = torch.arange(1.0, 6 + 2 * margin)
    weight = torch.zeros(1, 1, 9)
    weight[..., 4] = 1
    full = functional.conv_transpose1d(line[None, None], weight, stride=stride)[0, 0]
    before, after = deconvolution_cuts(9, stride, margin)
    result = full[before : len(full) - after]
    assert len(result) == 5 * stride
    assert torch.equal(result[::stride], line[margin:-margin])

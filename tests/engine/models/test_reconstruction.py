"""The fast convolution of the last layer equals conv2d."""

import pytest
import torch
from torch.nn import functional

from engine.models.reconstruction import reconstruct


def random_layer(n=2, channels=5, height=9, width=11, side=3, dtype=torch.float64):
    generator = torch.Generator().manual_seed(height * width + side)
    shapes = ((n, channels, height, width), (1, channels, side, side), (1,))
    return [torch.randn(shape, generator=generator, dtype=dtype).requires_grad_() for shape in shapes]


@pytest.mark.parametrize(("height", "width", "side"), [(9, 11, 3), (25, 25, 5), (5, 5, 5), (7, 5, 5), (4, 6, 1)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_output_and_gradients_equal_conv2d(height, width, side, layout):
    features, weight, bias = random_layer(height=height, width=width, side=side)
    features = features.detach().to(memory_format=layout).requires_grad_()
    ours, torchs = reconstruct(features, weight, bias), functional.conv2d(features, weight, bias)
    assert ours.shape == torchs.shape
    torch.testing.assert_close(ours, torchs)
    asked = torch.linspace(-1, 1, torchs.numel(), dtype=torch.float64).view(torchs.shape)
    for mine, theirs in zip(
        torch.autograd.grad(ours, (features, weight, bias), asked),
        torch.autograd.grad(torchs, (features, weight, bias), asked),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


def test_gradients_equal_finite_differences():
    torch.autograd.gradcheck(reconstruct, random_layer(n=1, channels=2, height=5, width=4))


def test_bias_is_optional():
    features, weight, _ = random_layer(dtype=torch.float32)
    torch.testing.assert_close(reconstruct(features, weight, None), functional.conv2d(features, weight))

"""Fast convolution with one output channel on a CPU, for the last layer of a network.

A normal convolution with one output channel makes poor use of the vector units of a CPU. Instead, this module
multiplies each pixel by all f * f filter taps in one large matrix product, and then shifts and adds the f * f planes
of products. This is two to three times as fast (benchmarks/training.py).
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def reconstruct(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Compute a convolution with one output channel, without padding.

    Parameters
    ----------
    features : (N, C, H, W)
    weight : (1, C, F, F)
    bias : (1,), or None for no bias

    Returns
    -------
    Tensor of shape (N, 1, H - F + 1, W - F + 1)
    """
    if features.device.type == "cpu":
        summed: Tensor = _SingleChannelConv.apply(features, weight)  # type: ignore[no-untyped-call]
        return summed if bias is None else summed + bias
    return functional.conv2d(features, weight, bias)


def add_shifted(tap_products: Tensor) -> Tensor:
    """Shift the products of each filter tap to their output pixels, and add them.

    The sum is computed in place: `tap_products` is modified, and the result is a view of it.

    Parameters
    ----------
    tap_products : (F * F, N, H, W)
        Products of the input pixels and each filter tap.

    Returns
    -------
    Tensor of shape (N, H - F + 1, W - F + 1)
    """
    tap_count, n, height, width = tap_products.shape
    side = math.isqrt(tap_count)
    lines = tap_products.view(tap_count, -1)
    length = lines.shape[1] - (side - 1) * (width + 1)
    total = lines[0, :length]
    for tap in range(1, tap_count):
        row, column = divmod(tap, side)
        total += lines[tap, row * width + column :][:length]
    shape = (n, height - side + 1, width - side + 1)
    return total.as_strided(shape, (height * width, width, 1))


class _SingleChannelConv(torch.autograd.Function):
    """Differentiable convolution with one output channel, without bias and padding."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor) -> Tensor:
        n, channels, height, width = features.shape
        pixels = features.permute(0, 2, 3, 1).reshape(-1, channels)  # (N * H * W, C); a view for channels-last tensors
        ctx.save_for_backward(pixels, weight)
        ctx.features_shape = features.shape
        tap_products = torch.mm(weight.reshape(channels, -1).t(), pixels.t())
        return add_shifted(tap_products.view(-1, n, height, width))[:, None]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        pixels, weight = ctx.saved_tensors
        n, channels, height, width = ctx.features_shape
        side = weight.shape[-1]
        # Each pixel contributes to a window of outputs around it, which is mirrored with respect to the filter.
        padded = functional.pad(gradients[0][:, 0], [side - 1] * 4)
        output_windows = padded.unfold(1, side, 1).unfold(2, side, 1).reshape(-1, side * side)  # (N * H * W, F * F)
        mirrored = weight.reshape(channels, -1).flip(1)
        features_gradient = torch.mm(output_windows, mirrored.t()).view(n, height, width, channels).permute(0, 3, 1, 2)
        weight_gradient = torch.mm(pixels.t(), output_windows).flip(1).view_as(weight)
        return features_gradient, weight_gradient

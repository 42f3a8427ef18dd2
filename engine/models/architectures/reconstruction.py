"""The last layer's convolution, arranged for a CPU.

A convolution to a single map leaves a CPU's vector units nearly idle. Here every pixel is first multiplied with all
f * f filter taps, which is one large matrix product, and then the f * f planes of products are shifted and added: the
same sums in another order, two to three times as fast (benchmarks/training.py).
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def reconstruct(features: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """What conv2d gives: (N, C, H, W) features, (1, C, F, F) weight, (1,) bias -> (N, 1, H - F + 1, W - F + 1)."""
    if features.device.type == "cpu":
        summed: Tensor = _ByTaps.apply(features, weight)  # type: ignore[no-untyped-call]
        return summed if bias is None else summed + bias
    return functional.conv2d(features, weight, bias)


def add_shifted(products: Tensor) -> Tensor:
    """Add up a plane of products for each filter tap, (F F, N, H, W) -> a view (N, H - F + 1, W - F + 1) of them.

    The taps' places are offsets into the pixels as one line, so that every addition runs over one long row.
    """
    taps, n, height, width = products.shape
    side = math.isqrt(taps)
    lines = products.view(taps, -1)
    length = lines.shape[1] - (side - 1) * (width + 1)
    total = lines[0, :length]
    for tap in range(1, taps):
        down, across = divmod(tap, side)
        total += lines[tap, down * width + across :][:length]
    shape = (n, height - side + 1, width - side + 1)
    return total.as_strided(shape, (height * width, width, 1))


class _ByTaps(torch.autograd.Function):
    """The convolution of `reconstruct` without its bias."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor) -> Tensor:
        n, channels, height, width = features.shape
        pixels = features.permute(0, 2, 3, 1).reshape(-1, channels)  # (N H W, C); a view if channels come last
        ctx.save_for_backward(pixels, weight)
        ctx.features_shape = features.shape
        products = torch.mm(weight.reshape(channels, -1).t(), pixels.t())
        return add_shifted(products.view(-1, n, height, width))[:, None]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        pixels, weight = ctx.saved_tensors
        n, channels, height, width = ctx.features_shape
        side = weight.shape[-1]
        # What a pixel's products went into: the window of outputs around it, mirrored against the filter.
        padded = functional.pad(gradients[0][:, 0], [side - 1] * 4)
        heard = padded.unfold(1, side, 1).unfold(2, side, 1).reshape(-1, side * side)  # (N H W, F F)
        mirrored = weight.reshape(channels, -1).flip(1)
        of_features = torch.mm(heard, mirrored.t()).view(n, height, width, channels).permute(0, 3, 1, 2)
        of_weight = torch.mm(pixels.t(), heard).flip(1).view_as(weight)
        return of_features, of_weight

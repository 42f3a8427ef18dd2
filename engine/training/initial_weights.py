"""Initialization of the weights of a network before training."""

import numpy as np
import torch
from torch import Tensor, nn

from engine.imaging.resample import Resize
from engine.imaging.tiles import Rect
from engine.models.info import Convolution
from engine.models.network import Network

_PRELU_SLOPE = 0.25  # the initial slope of nn.PReLU


def initialize_as_in_paper(network: Network, generator: torch.Generator) -> None:
    """Initialize the filters with Gaussian noise (standard deviation 0.001), and the biases with zeros.

    References
    ----------
    Dong et al. 2015, section 3.3.
    """
    for layer in network.convolutions:
        nn.init.normal_(layer.weight, std=0.001, generator=generator)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def initialize_near_bicubic(network: Network, generator: torch.Generator, init_gain: float = 1.0) -> None:
    """Initialize a network so that its output is close to its upscaled input.

    If the network adds the result of its last layer to its upscaled input (see `Architecture.base`), all filters are
    He-normal, and the filters of the last layer are scaled by 0.1. Otherwise, channel 0 of each layer passes the input
    on, and a last layer that upscales does so with bicubic interpolation. All other filters are He-normal, and those
    of the last layer are scaled by 0.05.

    Parameters
    ----------
    network : the network. Its weights are replaced
    generator : source of randomness
    init_gain : factor for the He-normal filters of the first layer
    """
    layers = network.convolutions
    with torch.no_grad():
        for description, layer in zip(network.info.layers, layers, strict=True):
            _initialize_he_normal(description, layer, generator)
        if network.info.architecture.skip_connection:
            layers[-1].weight.mul_(0.1)
            layers[0].weight.mul_(init_gain)
            return
        layers[-1].weight.mul_(0.05)
        layers[0].weight.mul_(init_gain)
        for layer in layers:
            center = layer.weight.shape[2] // 2
            if isinstance(layer, nn.ConvTranspose2d):
                layer.weight[0, 0] = _bicubic_kernel(layer.kernel_size[0], layer.stride[0])
                continue
            if layer is not layers[-1]:
                layer.weight[0] = 0  # channel 0 depends only on the input; the last layer sums all channels
            if layer is not layers[0]:
                layer.weight[:, 0] = 0
            layer.weight[0, 0, center, center] = 1


def _initialize_he_normal(
    description: Convolution, layer: nn.Conv2d | nn.ConvTranspose2d, generator: torch.Generator
) -> None:
    """Initialize the filters of a layer from the He-normal distribution, and its biases with zero."""
    weight = layer.weight.transpose(0, 1) if description.upsampling > 1 else layer.weight
    if description.activation == "prelu":
        nn.init.kaiming_normal_(weight, a=_PRELU_SLOPE, generator=generator)
    else:
        nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def _bicubic_kernel(size: int, stride: int) -> Tensor:
    """Return a filter for a transposed convolution that approximates bicubic interpolation.

    The filter is the impulse response of the interpolation, cropped to `size` x `size`. The taps of each phase are
    normalized to a sum of 1.
    """
    side = size // stride + 3
    impulse = np.zeros((side, side))
    impulse[side // 2, side // 2] = 1
    resize = Resize((side, side), (side * stride, side * stride))
    response = resize.apply(impulse[None], Rect(0, 0, side * stride, side * stride))[0]
    start = side // 2 * stride - size // 2
    window = response[side // 2 * stride + stride // 2, start : start + size]
    taps = torch.from_numpy(np.array(window, np.float32))
    for phase in range(stride):
        part = taps[(phase + size // 2) % stride :: stride]
        part /= part.sum()
    return taps[:, None] * taps[None]

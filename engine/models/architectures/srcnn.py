"""SRCNN: three convolutions that sharpen the Y channel of a bicubic result."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.architectures.reconstruction import reconstruct
from engine.models.catalog import ModelSpec


class SRCNN(nn.Module):
    """Patch extraction, non-linear mapping and reconstruction (Dong et al. 2015, eq. 1-3, arXiv:1501.00092).

    Convolutions are not padded. The input includes a halo of `spec.halo_px` on every side: neighboring pixels inside
    an image, and replicated edge pixels at its border.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.conv1 = nn.Conv2d(1, spec.n1, spec.f1)
        self.conv2 = nn.Conv2d(spec.n1, spec.n2, spec.f2)
        self.conv3 = nn.Conv2d(spec.n2, 1, spec.f3)

    def forward(self, luma: Tensor, inner_dtype: torch.dtype = torch.float32) -> Tensor:
        """Run the network: (N, 1, H + 2 halo, W + 2 halo) float in [0, 1] -> (N, 1, H, W), not clipped.

        The non-linear mapping, 90% of the work of a 9-5-5, is computed in `inner_dtype`.
        """
        features = torch.relu_(self.conv1(luma))  # (N, n1, ...) F1: patch extraction
        weight, bias = (parameter.to(inner_dtype) for parameter in self.conv2.parameters())
        features = torch.relu_(functional.conv2d(features.to(inner_dtype), weight, bias)).to(
            luma.dtype
        )  # (N, n2, ...) F2
        return reconstruct(features, self.conv3.weight, self.conv3.bias)  # F3: reconstruction


def initialize_as_in_paper(network: SRCNN, generator: torch.Generator) -> None:
    """Initialize Gaussian filters of standard deviation 0.001 and zero biases (Dong et al. 2015, section 3.3)."""
    for layer in (network.conv1, network.conv2, network.conv3):
        nn.init.normal_(layer.weight, std=0.001, generator=generator)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def initialize_near_bicubic(network: SRCNN, generator: torch.Generator, init_gain: float = 1.0) -> None:
    """Initialize He-normal filters, with a centered delta in channel 0 of every layer.

    The delta passes the input through, so that the untrained network nearly reproduces its input, the bicubic result.
    The other filters of the last layer are scaled by 0.05.

    Parameters
    ----------
    init_gain : factor for the other filters of the first layer
    """
    layers = (network.conv1, network.conv2, network.conv3)
    with torch.no_grad():
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        network.conv3.weight.mul_(0.05)
        network.conv1.weight.mul_(init_gain)
        for layer in layers:
            if layer is not network.conv3:
                layer.weight[0] = 0  # channel 0 depends only on the input; the last layer sums all channels
            if layer is not network.conv1:
                layer.weight[:, 0] = 0
            center = layer.weight.shape[2] // 2
            layer.weight[0, 0, center, center] = 1

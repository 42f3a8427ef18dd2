"""SRCNN: three convolutions that sharpen the Y channel of a bicubic result."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.architectures.reconstruction import reconstruct
from engine.models.catalog import ModelSpec


class SRCNN(nn.Module):
    """The SRCNN network: patch extraction, non-linear mapping and reconstruction.

    The convolutions are not padded. The input includes a halo of `spec.halo_px` pixels on every side. Inside an image,
    the halo consists of the neighboring pixels. At the border of an image, it consists of replicated edge pixels.

    References
    ----------
    Dong et al. 2015, eq. 1-3, arXiv:1501.00092.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.conv1 = nn.Conv2d(1, spec.n1, spec.f1)
        self.conv2 = nn.Conv2d(spec.n1, spec.n2, spec.f2)
        self.conv3 = nn.Conv2d(spec.n2, 1, spec.f3)

    def forward(self, luma: Tensor, inner_dtype: torch.dtype = torch.float32) -> Tensor:
        """Return the sharpened Y channel, which is not clipped to [0, 1].

        Parameters
        ----------
        luma : (N, 1, H + 2 * halo, W + 2 * halo)
            Y channel of the bicubic result, in [0, 1], with a halo.
        inner_dtype : dtype for computing the non-linear mapping, which is 90% of the work of a 9-5-5 model

        Returns
        -------
        Tensor of shape (N, 1, H, W)
        """
        features = torch.relu_(self.conv1(luma))  # (N, n1, ...) F1: patch extraction
        weight, bias = (parameter.to(inner_dtype) for parameter in self.conv2.parameters())
        features = torch.relu_(functional.conv2d(features.to(inner_dtype), weight, bias)).to(
            luma.dtype
        )  # (N, n2, ...) F2
        return reconstruct(features, self.conv3.weight, self.conv3.bias)  # F3: reconstruction


def initialize_as_in_paper(network: SRCNN, generator: torch.Generator) -> None:
    """Initialize the filters with Gaussian noise (standard deviation 0.001), and the biases with zeros.

    References
    ----------
    Dong et al. 2015, section 3.3.
    """
    for layer in (network.conv1, network.conv2, network.conv3):
        nn.init.normal_(layer.weight, std=0.001, generator=generator)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def initialize_near_bicubic(network: SRCNN, generator: torch.Generator, init_gain: float = 1.0) -> None:
    """Initialize the network so that its output is close to its input, the bicubic result.

    Channel 0 of every layer is a centered delta, which passes the input through. The other filters are He-normal.
    Those of the last layer are scaled by 0.05.

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

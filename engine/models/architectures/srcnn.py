"""SRCNN: three convolutions from a bicubic enlargement's luma to a sharper one."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.architectures.reconstruction import reconstruct
from engine.models.catalog import ModelSpec


class SRCNN(nn.Module):
    """Patch extraction, non-linear mapping, reconstruction (Dong et al. 2015, eq. 1-3, arXiv:1501.00092).

    Convolutions are 'valid': whoever calls provides the margin, `spec.margin_px` on every side, from real
    neighbours inside a picture and by edge replication at its border.
    """

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.conv1 = nn.Conv2d(1, spec.n1, spec.f1)
        self.conv2 = nn.Conv2d(spec.n1, spec.n2, spec.f2)
        self.conv3 = nn.Conv2d(spec.n2, 1, spec.f3)

    def forward(self, luma: Tensor, inner: torch.dtype = torch.float32) -> Tensor:
        """(N, 1, H + 2 margin, W + 2 margin) float in [0, 1] -> (N, 1, H, W), about [0, 1], not clipped.

        The non-linear mapping, nine tenths of a 9-5-5's work, is computed in the type `inner`.
        """
        features = torch.relu_(self.conv1(luma))  # (N, n1, ...) F1: patch extraction
        weight, bias = (parameter.to(inner) for parameter in self.conv2.parameters())
        features = torch.relu_(functional.conv2d(features.to(inner), weight, bias)).to(luma.dtype)  # (N, n2, ...) F2
        return reconstruct(features, self.conv3.weight, self.conv3.bias)  # F3: reconstruction


def initialise_as_paper(network: SRCNN, generator: torch.Generator) -> None:
    """Gaussian filters of standard deviation 0.001 and zero biases (Dong et al. 2015, section 3.3)."""
    for layer in (network.conv1, network.conv2, network.conv3):
        nn.init.normal_(layer.weight, std=0.001, generator=generator)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def initialise(network: SRCNN, generator: torch.Generator, first_filters: float = 1.0) -> None:
    """Start close to bicubic: He-normal filters, but channel 0 of every layer is a centred delta.

    A delta passes the input through, so the untrained network already gives nearly what it is fed and training only
    has to learn the difference. The other filters of the last layer are scaled by 0.05 to keep it so.
    """
    layers = (network.conv1, network.conv2, network.conv3)
    with torch.no_grad():
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        network.conv3.weight.mul_(0.05)
        network.conv1.weight.mul_(first_filters)
        for layer in layers:
            if layer is not network.conv3:
                layer.weight[0] = 0  # channel 0 hears nothing but the input; the last layer's one channel hears all
            if layer is not network.conv1:
                layer.weight[:, 0] = 0
            centre = layer.weight.shape[2] // 2
            layer.weight[0, 0, centre, centre] = 1

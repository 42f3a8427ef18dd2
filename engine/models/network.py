"""PyTorch module for all architectures, and functions for transposed convolutions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.info import Convolution, ModelInfo
from engine.models.reconstruction import reconstruct


class Network(nn.Module):
    """PyTorch module that is built from the layers of an architecture.

    The keys of the state dict are the names of the layers, followed by ".weight" or ".bias".
    """

    def __init__(self, info: ModelInfo) -> None:
        super().__init__()
        self.info = info
        for layer in info.layers:
            build = nn.Conv2d if layer.upsampling == 1 else nn.ConvTranspose2d
            self._add(layer.name, build(layer.in_channels, layer.out_channels, layer.size, layer.upsampling))
            if layer.activation == "prelu":
                self._add(layer.activation_name, nn.PReLU(layer.out_channels))

    @property
    def convolutions(self) -> list[nn.Conv2d | nn.ConvTranspose2d]:
        """Convolution modules in the order of the layers."""
        return [self.get_submodule(layer.name) for layer in self.info.layers]  # type: ignore[misc]

    def forward(self, window: Tensor, inner_dtype: torch.dtype = torch.float32, *, padded: bool = False) -> Tensor:
        """Upscale a batch of windows.

        Parameters
        ----------
        window : (N, C, H + 2 * halo, W + 2 * halo)
            Input pixels in [0, 1], with a halo of `info.halo_px` pixels on each side. If `padded` is true, the shape
            is (N, C, H, W).
        inner_dtype : dtype of the computation in all layers except the first and the last
        padded : whether the input of each layer is padded with zeros, so that no halo is needed

        Returns
        -------
        Tensor of shape (N, C, H * info.upsampling, W * info.upsampling), not clipped to [0, 1]
        """
        features = window
        layers = self.info.layers
        for index, layer in enumerate(layers):
            dtype = inner_dtype if 0 < index < len(layers) - 1 else window.dtype
            features = self._run_layer(layer, features.to(dtype), padded=padded)
        upsampling = self.info.upsampling
        if features.shape[1] != self.info.channels:
            features = functional.pixel_shuffle(features, upsampling)
        if self.info.architecture.skip_connection == "nearest":
            halo = 0 if padded else self.info.halo_px
            center = window[..., halo : window.shape[-2] - halo, halo : window.shape[-1] - halo]
            features = features + functional.interpolate(center, scale_factor=upsampling, mode="nearest")
        return features

    def _run_layer(self, layer: Convolution, features: Tensor, *, padded: bool) -> Tensor:
        """Apply one convolution and its activation."""
        module = self.get_submodule(layer.name)
        weight, bias = (parameter.to(features.dtype) for parameter in module.parameters())
        if layer.upsampling > 1:
            weight, bias = as_subpixel_filters(weight, layer.upsampling), bias.repeat(layer.upsampling**2)
        padding = layer.halo_px if padded else 0
        if weight.shape[0] == 1 and not padded:
            features = reconstruct(features, weight, bias)
        else:
            features = functional.conv2d(features, weight, bias, padding=padding)
        if layer.activation == "relu":
            return torch.relu_(features)
        if layer.activation == "prelu":
            slopes = self.get_parameter(f"{layer.activation_name}.weight")
            return functional.prelu(features, slopes.to(features.dtype))
        return features

    def _add(self, name: str, module: nn.Module) -> None:
        """Add a submodule. Dots in the name create nested modules."""
        *parents, last = name.split(".")
        parent: nn.Module = self
        for part in parents:
            if part not in dict(parent.named_children()):
                parent.add_module(part, nn.Module())
            parent = parent.get_submodule(part)
        parent.add_module(last, module)


def as_subpixel_filters(weight: Tensor, stride: int) -> Tensor:
    r"""Convert the filters of a transposed convolution to those of a convolution with pixel shuffle.

    An output pixel :math:`o = s\,i_0 + r` of a transposed convolution with stride :math:`s` and padding :math:`p` is
    the sum over the input pixels :math:`i` of :math:`w_{o + p - s\,i}\,x_i`. For each of the :math:`s^2` phases
    :math:`r`, this is a convolution with every s-th tap (Shi et al. 2016, arXiv:1609.07009).

    Parameters
    ----------
    weight : (C, 1, F, F)
        Filters of a transposed convolution with padding F // 2.
    stride : stride of the transposed convolution

    Returns
    -------
    Tensor of shape (stride ** 2, C, S, S), where S is 2 * ceil(F // 2 / stride) + 1
    """
    size, pad = weight.shape[-1], weight.shape[-1] // 2
    reach = -(-pad // stride)
    offsets = torch.arange(-reach, reach + 1, device=weight.device)
    phases = torch.arange(stride, device=weight.device)
    taps = phases[:, None] + pad - stride * offsets[None]  # (stride, S); taps outside of the filter are zero
    padded = functional.pad(weight[:, 0], (1, 1, 1, 1))  # (C, F + 2, F + 2)
    index = (taps.clamp(-1, size) + 1).flatten()
    picked = padded[:, index][:, :, index]  # (C, stride * S, stride * S)
    channels, side = weight.shape[0], 2 * reach + 1
    picked = picked.view(channels, stride, side, stride, side).permute(1, 3, 0, 2, 4)
    return picked.reshape(stride**2, channels, side, side)


def deconvolution_cuts(size: int, stride: int, margin: int) -> tuple[int, int]:
    """Return the numbers of output pixels that a transposed convolution must crop on each side.

    Parameters
    ----------
    size : side of the filter in px, an odd number; the filter is centered on the input pixel
    stride : stride of the transposed convolution
    margin : width of the border of input pixels, on each side, that have no pixels in the output

    Returns
    -------
    before, after : numbers of output pixels to remove at the top and left, and at the bottom and right
    """
    before = size // 2 + stride * margin
    return before, (2 * margin - 1) * stride + size - before

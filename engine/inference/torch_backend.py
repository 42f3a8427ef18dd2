"""PyTorch backend: runs a trained network on one device.

On a CPU, convolution libraries are slow for layers with one input or output channel, such as the first and the last
layer of an SRCNN. `TorchBackend` therefore computes each layer of an SRCNN with the operations that are fastest in
benchmarks/inference.py. See `workers` for how tiles are processed in parallel.
"""

import copy
from itertools import pairwise
from math import ceil

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.inference.self_ensemble import run_ensemble
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.models.reconstruction import add_shifted

# Side of a tile in px of the model's input by device type. It does not depend on free memory, so that results are
# reproducible. On a CPU, smaller tiles lose time to their halos and to contention for the GIL (benchmarks/tiles.py).
TILE_PX = {"cpu": 384, "cuda": 1024, "mps": 512}
# Area of a strip on a CPU, in px of the input. The features of most networks should fit the cache. An SRCNN with a 3x3
# or 5x5 layer 2 is limited by arithmetic, so larger strips with fewer halos are faster.
_STRIP_AREA_PX, _LARGE_STRIP_AREA_PX = 40_000, 100_000


class InvalidOutput(ArithmeticError):
    """Raised if the result of a model in reduced precision is invalid: NaN, infinite, or black."""


def tile_px(device: torch.device, info: ModelInfo) -> int:
    """Return the default side of a tile for a device and a model, in px of the model's result."""
    return TILE_PX[device.type] * info.upsampling


class TorchBackend:
    """A trained network on one device: an `Upscaler` for windows of an image.

    Parameters
    ----------
    network : the network. It is copied, so that later changes of its weights have no effect
    device : the device to run on
    dtype : torch.float32, torch.float16 or torch.bfloat16. On a CPU, only the inner layers use a reduced precision,
        because they take most of the time
    self_ensemble : average the results of all eight flips and rotations (Timofte et al. 2016, arXiv:1511.02228)
    """

    def __init__(
        self,
        network: Network,
        device: torch.device,
        *,
        dtype: torch.dtype = torch.float32,
        self_ensemble: bool = False,
    ) -> None:
        self.info, self.device, self.dtype = network.info, device, dtype
        self._ensemble = self_ensemble
        self._network = copy.deepcopy(network).requires_grad_(False)
        self._network.to(device, torch.float32 if device.type == "cpu" else dtype)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
        is_srcnn = isinstance(self.info.architecture, Srcnn)
        self._srcnn = _SrcnnOnCpu(self._network, dtype) if is_srcnn and device.type == "cpu" else None

    def __call__(self, window: NDArray[np.floating]) -> NDArray[np.float32]:
        """Upscale a window of an image. See `Upscaler`.

        Parameters
        ----------
        window : array of shape (C, H + 2 * halo, W + 2 * halo)
            Input of the model in [0, 1], with a halo.

        Returns
        -------
        float32 array of shape (C, H * upsampling, W * upsampling), not clipped to [0, 1]

        Raises
        ------
        InvalidOutput
            In reduced precision, the result has NaN or infinite values, or is black although the window is not.
        """
        if not self._ensemble:
            return self._run_once(window)
        return run_ensemble(self._run_once, window)

    @torch.inference_mode()
    def _run_once(self, window: NDArray[np.floating]) -> NDArray[np.float32]:
        batch = torch.from_numpy(np.ascontiguousarray(window, np.float32))[None]
        run = self._run_in_strips if self.device.type == "cpu" else self._run_on_gpu
        result: NDArray[np.float32] = run(batch)[0].numpy()
        if self.dtype != torch.float32:
            check_output(result, window)
        return result

    def _run_on_gpu(self, window: Tensor) -> Tensor:
        """Run the network on a GPU, and copy the result to the CPU."""
        if self.device.type == "cuda":
            window = window.pin_memory()  # for an asynchronous copy
        on_device = window.to(self.device, non_blocking=True).to(self.dtype)
        result: Tensor = self._network(on_device, self.dtype)
        return result.float().cpu()

    def _run_in_strips(self, window: Tensor) -> Tensor:
        """Run the network on horizontal strips, one after the other, to limit the memory for feature maps.

        The input has the shape (1, C, H + 2 * halo, W + 2 * halo). The result has the shape (1, C, H * upsampling,
        W * upsampling).
        """
        border = 2 * self.info.halo_px
        height, width = (side - border for side in window.shape[2:])
        has_large_filters = self._srcnn is not None and not self._srcnn.has_pointwise_layer
        area = _LARGE_STRIP_AREA_PX if has_large_filters else _STRIP_AREA_PX
        max_rows = max(1, area // (width + border))
        if height <= max_rows:
            return self._run_on_cpu(window)
        tops = [height * index // ceil(height / max_rows) for index in range(ceil(height / max_rows) + 1)]
        strips = [self._run_on_cpu(window[:, :, top : bottom + border]) for top, bottom in pairwise(tops)]
        return torch.cat(strips, dim=2)

    def _run_on_cpu(self, window: Tensor) -> Tensor:
        # Convolutions in the channels-first memory format take a third longer.
        window = window.contiguous(memory_format=torch.channels_last)
        result: Tensor = self._srcnn(window) if self._srcnn else self._network(window, self.dtype)
        return result


class _SrcnnOnCpu:
    """An SRCNN whose three layers are computed with the operations that are fastest on a CPU."""

    def __init__(self, network: Network, dtype: torch.dtype) -> None:
        self._dtype = dtype
        self._weights = [
            (layer.weight.to(kind).contiguous(memory_format=torch.channels_last), layer.bias.to(kind))  # type: ignore[union-attr]
            for layer, kind in zip(network.convolutions, (torch.float32, dtype, torch.float32), strict=True)
        ]
        self._taps = self._weights[2][0][0].flatten(1).t().contiguous()  # (f3 * f3, n2)
        self.has_pointwise_layer = self._weights[1][0].shape[-1] == 1

    def __call__(self, luma: Tensor) -> Tensor:
        """Run the model on a window of shape (1, 1, H + 2 * halo, W + 2 * halo), with channels last.

        The result has the shape (1, 1, H, W).
        """
        (weight1, bias1), (weight2, bias2), (_, bias3) = self._weights
        features = torch.relu_(functional.conv2d(luma, weight1, bias1)).to(self._dtype)
        if self.has_pointwise_layer:
            # A 1x1 convolution is one matrix product. Instead of relu(x + b), only max(x, -b) = relu(x + b) - b is
            # computed, which saves one pass. The last layer is linear, so the missing b is a constant in its bias.
            height, width = features.shape[2:]
            rows = torch.mm(_rows(features), weight2.flatten(1).t()).float()
            torch.maximum(rows, -bias2.float(), out=rows)
            bias3 = bias3 + (self._taps @ bias2.float()).sum()
        else:
            # This convolution is 90% of the work, and runs at 85% to 95% of the processor's peak rate.
            features = torch.relu_(functional.conv2d(features, weight2, bias2)).float()
            height, width = features.shape[2:]
            rows = _rows(features)
        # A convolution with one output channel cannot use vector units. See `add_shifted`.
        products = torch.mm(self._taps, rows.t()).view(-1, 1, height, width)
        return (add_shifted(products) + bias3)[None]


def _rows(features: Tensor) -> Tensor:
    """Return a channels-last tensor of shape (1, C, H, W) as an (H * W, C) matrix, without a copy."""
    return features[0].permute(1, 2, 0).flatten(0, 1)


def check_output(result: NDArray[np.float32], window: NDArray[np.floating]) -> None:
    """Raise InvalidOutput if the result has NaN or infinite values, or is black for other input."""
    if not np.isfinite(result).all():
        raise InvalidOutput
    if result.max() < 1 / 255 and window.mean() > 16 / 255:  # black is 16 in BT.601
        raise InvalidOutput

"""PyTorch backend: runs a trained network as fast as possible on one device.

On a CPU, convolution libraries are slow for layers with one input or output channel, such as the first and the last
layer of an SRCNN. `TorchBackend` therefore computes each layer in a suitable form (`_run_on_cpu`, measured by
benchmarks/inference.py). Several threads process tiles in parallel, and each tile is computed by a single thread (see
`workers`).
"""

from itertools import pairwise
from math import ceil

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.models.architectures.reconstruction import add_shifted
from engine.models.architectures.srcnn import SRCNN

# Side of a tile in px by device type. It does not depend on free memory, so that results are reproducible. On a CPU,
# smaller tiles lose time to their halos and to contention for the GIL (benchmarks/tiles.py).
TILE_PX = {"cpu": 384, "cuda": 1024, "mps": 512}
# Area of a strip on a CPU. A 1x1 layer 2 is limited by memory, so its features should fit the cache. A 3x3 or 5x5
# layer 2 is limited by arithmetic, so larger strips with fewer halos are faster.
_STRIP_AREA_PX, _LARGE_STRIP_AREA_PX = 40_000, 100_000


class InvalidOutput(ArithmeticError):
    """Raised when a network computed in reduced precision gives an invalid result."""


class TorchBackend:
    """A trained network on one device, callable on windows of the Y channel.

    Parameters
    ----------
    network : the network, whose weights are copied
    device : the device to run on
    dtype : torch.float32 or a reduced precision. A CPU uses the reduced precision only for layer 2, which is most of
        the work
    self_ensemble : average the results of all eight flips and rotations (Timofte et al. 2016, arXiv:1511.02228)
    """

    def __init__(
        self,
        network: SRCNN,
        device: torch.device,
        *,
        dtype: torch.dtype = torch.float32,
        self_ensemble: bool = False,
    ) -> None:
        self.spec, self.device, self.dtype = network.spec, device, dtype
        self._ensemble = self_ensemble
        cpu = device.type == "cpu"
        outer, inner = (torch.float32 if cpu else dtype), dtype
        with torch.no_grad():
            weights = [
                (layer.weight.to(device, kind, copy=True), layer.bias.to(device, kind, copy=True))  # type: ignore[union-attr]
                for layer, kind in ((network.conv1, outer), (network.conv2, inner), (network.conv3, outer))
            ]
            self._weights = [(weight.to(memory_format=torch.channels_last), bias) for weight, bias in weights]
            self._taps = weights[2][0][0].flatten(1).t().contiguous()  # (f3 * f3, n2)

    def __call__(self, luma: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the result for a window of the Y channel, not clipped to [0, 1].

        Parameters
        ----------
        luma : (H + 2 * halo, W + 2 * halo)
            Window of the bicubic result, in [0, 1], with a halo.

        Returns
        -------
        float32 array of shape (H, W)

        Raises
        ------
        InvalidOutput
            A reduced precision gave NaN or infinite values, or a black result for a window that is not black.
        """
        if not self._ensemble:
            return self._run_once(luma)
        results = [
            mirror(np.rot90(self._run_once(np.rot90(mirror(luma), turns)), -turns))
            for mirror in (np.asarray, np.transpose)  # each is its own inverse
            for turns in range(4)
        ]
        return np.asarray(np.mean(results, axis=0), np.float32)

    @torch.inference_mode()
    def _run_once(self, luma: NDArray[np.floating]) -> NDArray[np.float32]:
        batch = torch.from_numpy(np.ascontiguousarray(luma, np.float32))[None, None]
        result: NDArray[np.float32] = (self._run_in_strips if self.device.type == "cpu" else self._run_on_gpu)(
            batch
        ).numpy()
        if self.dtype != torch.float32:
            _check_output(result, luma)
        return result

    def _run_on_gpu(self, luma: Tensor) -> Tensor:
        """Run plain convolutions on a GPU, and copy the result to the CPU.

        The input has the shape (1, 1, H + 2 * halo, W + 2 * halo), and the result has the shape (H, W).
        """
        if self.device.type == "cuda":
            luma = luma.pin_memory()  # for an asynchronous copy
        features = luma.to(self.device, non_blocking=True).to(self.dtype)
        for weight, bias in self._weights[:2]:
            features = torch.relu_(functional.conv2d(features, weight, bias))
        return functional.conv2d(features, *self._weights[2])[0, 0].float().cpu()

    def _run_in_strips(self, luma: Tensor) -> Tensor:
        """Run the network on one strip of rows after the other, which limits the memory for features.

        The input has the shape (1, 1, H + 2 * halo, W + 2 * halo), and the result has the shape (H, W).
        """
        border = 2 * self.spec.halo_px
        height, width = (side - border for side in luma.shape[2:])
        max_rows = max(1, (_STRIP_AREA_PX if self.spec.f2 == 1 else _LARGE_STRIP_AREA_PX) // (width + border))
        if height <= max_rows:
            return self._run_on_cpu(luma)
        tops = [height * index // ceil(height / max_rows) for index in range(ceil(height / max_rows) + 1)]
        return torch.cat([self._run_on_cpu(luma[:, :, top : bottom + border]) for top, bottom in pairwise(tops)])

    def _run_on_cpu(self, luma: Tensor) -> Tensor:
        """Run each layer in the form that is fastest on a CPU.

        The input has the shape (1, 1, H + 2 * halo, W + 2 * halo), and the result has the shape (H, W).
        """
        (weight1, bias1), (weight2, bias2), (_, bias3) = self._weights
        # Layers 1 and 2 take a third longer with channels first.
        luma = luma.contiguous(memory_format=torch.channels_last)
        features = torch.relu_(functional.conv2d(luma, weight1, bias1)).to(self.dtype)
        if self.spec.f2 == 1:
            # A 1x1 convolution is one matrix product. relu(x + b) = max(x, -b) + b saves a pass for the bias: the last
            # layer turns the constant b into a constant, which is added to its own bias.
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
        return add_shifted(products)[0] + bias3


def _rows(features: Tensor) -> Tensor:
    """Return a channels-last tensor (1, C, H, W) as a matrix (H * W, C) that shares its memory."""
    return features[0].permute(1, 2, 0).flatten(0, 1)


def _check_output(result: NDArray[np.float32], luma: NDArray[np.floating]) -> None:
    """Raise InvalidOutput if a value is not finite, or if the result is black but the input is not."""
    if not np.isfinite(result).all():
        raise InvalidOutput
    if result.max() < 1 / 255 and luma.mean() > 16 / 255:  # black is 16 in BT.601
        raise InvalidOutput

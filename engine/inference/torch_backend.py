"""A trained network arranged to run fast on one device: the same sums of the same weights, in another order.

On a CPU a convolution library is at its worst with one channel in or out, which is what SRCNN's outer layers have, so
`Inference` chooses a form for each layer (`_on_cpu`; benchmarks/inference.py measures it). Several threads run tiles
side by side, each with a single thread inside (`workers`).
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

# Side of a tile in px by device kind. Never from free memory, so that a run repeats byte for byte. On a CPU smaller
# ones spend their time on margins and on handing Python's lock to and fro (benchmarks/tiles.py).
TILE_PX = {"cpu": 384, "cuda": 1024, "mps": 512}
# Of a window at once on a CPU: while layer 2 is a product of single pixels its features should stay in the cache;
# with 3 x 3 or 5 x 5 of them it is all arithmetic, and fewer margins count for more.
_STRIP_PX, _WIDE_STRIP_PX = 40_000, 100_000


class PrecisionTooLow(ArithmeticError):
    """A reduced precision gave what is no picture."""


class Inference:
    """A network ready to run on windows of luma.

    Parameters
    ----------
    network : left as it is; its weights are copied
    device : where to run
    dtype : torch.float32, or a reduced precision; on a CPU that is for layer 2 alone, which is nearly all of a 9-5-5
    ensemble : average over all eight flips and quarter turns: better, and eight times slower (the geometric
        self-ensemble of Timofte et al. 2016, arXiv:1511.02228)
    """

    def __init__(
        self,
        network: SRCNN,
        device: torch.device,
        *,
        dtype: torch.dtype = torch.float32,
        ensemble: bool = False,
    ) -> None:
        self.spec, self.device, self.dtype = network.spec, device, dtype
        self._ensemble = ensemble
        cpu = device.type == "cpu"
        outer, inner = (torch.float32 if cpu else dtype), dtype
        with torch.no_grad():
            weights = [
                (layer.weight.to(device, kind, copy=True), layer.bias.to(device, kind, copy=True))  # type: ignore[union-attr]
                for layer, kind in ((network.conv1, outer), (network.conv2, inner), (network.conv3, outer))
            ]
            self._weights = [(weight.to(memory_format=torch.channels_last), bias) for weight, bias in weights]
            self._taps = weights[2][0][0].flatten(1).t().contiguous()  # (f3 f3, n2)

    def __call__(self, luma: NDArray[np.floating]) -> NDArray[np.float32]:
        """Run on a window: (H + 2 margin, W + 2 margin) in [0, 1] -> (H, W) float32, not clipped.

        Raises
        ------
        PrecisionTooLow
            If a reduced precision gave a value that is no number, or black where there is a picture.
        """
        if not self._ensemble:
            return self._once(luma)
        results = [
            mirror(np.rot90(self._once(np.rot90(mirror(luma), turns)), -turns))
            for mirror in (np.asarray, np.transpose)  # either is its own inverse
            for turns in range(4)
        ]
        return np.asarray(np.mean(results, axis=0), np.float32)

    @torch.inference_mode()
    def _once(self, luma: NDArray[np.floating]) -> NDArray[np.float32]:
        batch = torch.from_numpy(np.ascontiguousarray(luma, np.float32))[None, None]
        result: NDArray[np.float32] = (self._in_strips if self.device.type == "cpu" else self._on_gpu)(batch).numpy()
        if self.dtype != torch.float32:
            _refuse_nonsense(result, luma)
        return result

    def _on_gpu(self, luma: Tensor) -> Tensor:
        """The layers as they are: (1, 1, H + 2 margin, W + 2 margin) -> (H, W) on the CPU."""
        if self.device.type == "cuda":
            luma = luma.pin_memory()  # so that the copy need not be waited for
        features = luma.to(self.device, non_blocking=True).to(self.dtype)
        for weight, bias in self._weights[:2]:
            features = torch.relu_(functional.conv2d(features, weight, bias))
        return functional.conv2d(features, *self._weights[2])[0, 0].float().cpu()

    def _in_strips(self, luma: Tensor) -> Tensor:
        """Run in strips of some rows, so that the buffers of the features are the same however large the window."""
        reach = 2 * self.spec.margin_px
        height, width = (side - reach for side in luma.shape[2:])
        most = max(1, (_STRIP_PX if self.spec.f2 == 1 else _WIDE_STRIP_PX) // (width + reach))
        if height <= most:
            return self._on_cpu(luma)
        tops = [height * index // ceil(height / most) for index in range(ceil(height / most) + 1)]
        return torch.cat([self._on_cpu(luma[:, :, top : bottom + reach]) for top, bottom in pairwise(tops)])

    def _on_cpu(self, luma: Tensor) -> Tensor:
        """Each layer in the form that is fastest there: (1, 1, H + 2 margin, W + 2 margin) -> (H, W)."""
        (weight1, bias1), (weight2, bias2), (_, bias3) = self._weights
        # Channels last: as planes, layers 1 and 2 take a third longer.
        luma = luma.contiguous(memory_format=torch.channels_last)
        features = torch.relu_(functional.conv2d(luma, weight1, bias1)).to(self.dtype)
        if self.spec.f2 == 1:
            # A 1x1 convolution is one matrix product, 2 n1 n2 operations a pixel. Its bias would be a pass of its own,
            # but relu(x + b) = max(x, -b) + b, and what the last layer makes of the constant b is a constant too.
            height, width = features.shape[2:]
            rows = torch.mm(_rows(features), weight2.flatten(1).t()).float()
            torch.maximum(rows, -bias2.float(), out=rows)
            bias3 = bias3 + (self._taps @ bias2.float()).sum()
        else:
            # 2 n1 n2 f2 f2 operations a pixel, nine tenths of all, at 85-95 % of what the processor can do.
            features = torch.relu_(functional.conv2d(features, weight2, bias2)).float()
            height, width = features.shape[2:]
            rows = _rows(features)
        # As one map comes out, a convolution would leave the vector units idle: f3 f3 products a pixel, then added up.
        products = torch.mm(self._taps, rows.t()).view(-1, 1, height, width)
        return add_shifted(products)[0] + bias3


def _rows(features: Tensor) -> Tensor:
    """(1, C, H, W), channels last, as a matrix (H W, C) of the same memory."""
    return features[0].permute(1, 2, 0).flatten(0, 1)


def _refuse_nonsense(result: NDArray[np.float32], luma: NDArray[np.floating]) -> None:
    """Raise PrecisionTooLow for values that are no numbers, and for black out of what was not."""
    if not np.isfinite(result).all():
        raise PrecisionTooLow
    if result.max() < 1 / 255 and luma.mean() > 16 / 255:  # BT.601's own black is at 16
        raise PrecisionTooLow

"""Running a trained network on one window of luma, and how large that window is."""

import numpy as np
import torch
from numpy.typing import NDArray

from engine.network.srcnn import SRCNN

# Side of a tile in px by device kind. Never from free memory, so that a run repeats byte for byte. On a CPU buffers
# must be so small that the allocator recycles them: at 128 px it does not, and page faults make it far slower.
TILE_PX = {"cpu": 96, "cuda": 1024, "mps": 512}


def prepare(network: SRCNN, device: torch.device) -> SRCNN:
    """Put a network on a device in the layout that runs fastest there, ready for `apply`."""
    network.to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    network.eval()
    return network


def apply_ensemble(network: SRCNN, luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run the network on all eight flips and quarter turns of a window, and average: `apply`, better, 8 times slower.

    The geometric self-ensemble of Timofte et al. 2016 (arXiv:1511.02228).
    """
    results = [
        mirror(np.rot90(apply(network, np.rot90(mirror(luma), turns)), -turns))
        for mirror in (np.asarray, np.transpose)  # either is its own inverse
        for turns in range(4)
    ]
    return np.asarray(np.mean(results, axis=0), np.float32)


@torch.inference_mode()
def apply(network: SRCNN, luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run the network: (H + 2 margin, W + 2 margin) float32 in [0, 1] -> (H, W) float32, not clipped."""
    device = next(network.parameters()).device
    batch = torch.from_numpy(np.ascontiguousarray(luma, np.float32))[None, None].to(device)
    result: NDArray[np.float32] = network(batch)[0, 0].float().cpu().numpy()
    return result

"""Self-ensemble: the average of the results for all eight flips and rotations of a window."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


def run_ensemble(
    run_once: Callable[[NDArray[np.floating]], NDArray[np.float32]], window: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return the mean result for all eight flips and rotations of a window of shape (C, H, W).

    References
    ----------
    Timofte, Rothe, Van Gool, Seven ways to improve example-based single image super resolution (CVPR 2016).
    """
    results = [
        mirror(np.rot90(run_once(np.rot90(mirror(window), turns, axes=(1, 2))), -turns, axes=(1, 2)))
        for mirror in (np.asarray, _transpose)  # each is its own inverse
        for turns in range(4)
    ]
    return np.asarray(np.mean(results, axis=0), np.float32)


def _transpose(window: NDArray[np.floating]) -> NDArray[np.floating]:
    """Exchange the rows and columns of an array of shape (C, H, W)."""
    return window.transpose(0, 2, 1)

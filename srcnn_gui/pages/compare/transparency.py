"""Alpha channels of the images in the panes. Does not use Qt."""

from typing import Any

import cv2
import numpy as np

from engine.imaging.color import Pixels
from engine.imaging.image import Image
from engine.upscaling.events import Started

Alphas = dict[str, Pixels]  # alpha channel (H, W), uint8 or uint16, of each pane image; an image without one is opaque


def initial_alphas(image: Image, ground_truth: Image | None, started: Started) -> Alphas:
    """Return the alpha channels of the panes when upscaling starts.

    The bicubic and SRCNN panes use the alpha channel of the input until the alpha channel of the result is computed.
    """
    alphas: Alphas = {}
    if image.alpha is not None:
        source = image.alpha
        if started.ground_truth is not None and ground_truth is None:  # simulation
            alphas["ground_truth"] = source[: started.ground_truth.shape[0], : started.ground_truth.shape[1]]
            height, width = started.low_res.shape[:2]
            source = np.asarray(
                cv2.resize(alphas["ground_truth"], (width, height), interpolation=cv2.INTER_AREA), source.dtype
            )
        alphas |= {"bicubic": source, "model": source, "original": source}
    if ground_truth is not None and ground_truth.alpha is not None and started.ground_truth is not None:
        alphas["ground_truth"] = ground_truth.alpha[: started.ground_truth.shape[0], : started.ground_truth.shape[1]]
    return alphas


def with_result_alpha(alphas: Alphas, result: Any) -> Alphas:
    """Return the alpha channels with the alpha of the result in the bicubic and model panes.

    If the result is opaque, return them unchanged.
    """
    alpha = result.image.alpha
    return alphas if alpha is None else alphas | {"bicubic": alpha, "model": alpha}

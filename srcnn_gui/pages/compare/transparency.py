"""Which transparency belongs to what can stand in a pane. No Qt."""

from typing import Any

import cv2
import numpy as np

from engine.imaging.color import Pixels
from engine.imaging.image import Picture
from engine.upscaling.events import Started

Transparency = dict[str, Pixels]  # by Content: (h, w) uint8 or uint16; what is missing is opaque


def begun(picture: Picture, truth: Picture | None, started: Started) -> Transparency:
    """What is known when an enlargement begins: enlarged transparency comes last, until then it is the source's."""
    made: Transparency = {}
    if picture.alpha is not None:
        source = picture.alpha
        if started.truth is not None and truth is None:  # the picture is its own ground truth
            made["truth"] = source[: started.truth.shape[0], : started.truth.shape[1]]
            height, width = started.original.shape[:2]
            source = np.asarray(cv2.resize(made["truth"], (width, height), interpolation=cv2.INTER_AREA), source.dtype)
        made |= {"bicubic": source, "srcnn": source, "original": source}
    if truth is not None and truth.alpha is not None and started.truth is not None:
        made["truth"] = truth.alpha[: started.truth.shape[0], : started.truth.shape[1]]
    return made


def done(known: Transparency, result: Any) -> Transparency:
    """With the enlarged transparency of a finished enlargement."""
    alpha = result.picture.alpha
    return known if alpha is None else known | {"bicubic": alpha, "srcnn": alpha}

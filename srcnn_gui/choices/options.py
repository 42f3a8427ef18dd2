"""The options that several pages offer: scales, precisions, formats, and models."""

from dataclasses import dataclass

from engine.models import catalog
from engine.upscaling.request import MOST_SIDE, MOST_TIMES, PRECISIONS

SAVED_AS = ("png", "jpg", "tif", "webp", "avif", "bmp", "gif")  # by the names of the engine's SaveOptions
LOSSY = ("jpg", "webp", "avif")
SCALES, TRAINED_SCALES = catalog.SCALES, catalog.TRAINED_SCALES
ARITHMETICS = PRECISIONS
LARGEST_FACTOR, LARGEST_PX = MOST_TIMES, MOST_SIDE


@dataclass(frozen=True)
class ModelChoice:
    """A line of the model menu and its card: (label, value) rows."""

    key: str
    name: str
    title: str
    card: tuple[tuple[str, str], ...]

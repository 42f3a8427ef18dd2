"""Options that several pages share: scale factors, precisions, file formats, models."""

from dataclasses import dataclass

from engine.models import catalog
from engine.upscaling import request

SAVE_FORMATS = ("png", "jpg", "tif", "webp", "avif", "bmp", "gif")  # by the names of the engine's SaveOptions
LOSSY_FORMATS = ("jpg", "webp", "avif")
SCALES, TRAINED_SCALES = catalog.SCALES, catalog.TRAINED_SCALES
PRECISIONS = request.PRECISIONS
MAX_SCALE_FACTOR, MAX_SIDE = request.MAX_SCALE_FACTOR, request.MAX_SIDE_PX


@dataclass(frozen=True)
class ModelChoice:
    """A model in the model menu, with the (label, value) rows of its card."""

    key: str
    name: str
    title: str
    card: tuple[tuple[str, str], ...]

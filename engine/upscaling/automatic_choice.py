"""Automatic choice of a model for the compression of an image.

The models for clean images sharpen the blocks of a JPEG file. For these files, there are photo models: light for a
quality from 85 to 97, medium from 60 to 84, and strong below 60. Other files keep the default model.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine.models import catalog
from engine.models.catalog import Model
from engine.upscaling.request import Target, UpscaleRequest

# Strength and the lowest quality that it is for. From CLEAN_QUALITY, the default model is used.
STRENGTHS = (("light", 85), ("medium", 60), ("strong", 1))
CLEAN_QUALITY = 98


def photo_family(jpeg_quality: int | None) -> str:
    """Return the family of the photo models for a JPEG quality, or "" if the default model is better."""
    if jpeg_quality is None or jpeg_quality >= CLEAN_QUALITY:
        return ""
    strength = next(name for name, least in STRENGTHS if jpeg_quality >= least)
    return f"photo-{strength}-s"


def choose(models: Sequence[Model], scale_factor: float, jpeg_quality: int | None) -> Model | None:
    """Return the photo model for a scale factor and a JPEG quality, or None if the default model is used.

    If no photo model is trained for the scale factor, it is the one for the next larger scale factor.
    """
    family = photo_family(jpeg_quality)
    fitting = [
        model
        for model in models
        if model.family == family and catalog.is_built_in(model) and model.info.scale >= scale_factor - 1e-9
    ]
    return min(fitting, key=lambda model: model.info.scale, default=None)


def candidates(models: Sequence[Model]) -> tuple[Model, ...]:
    """Return the photo models that an automatic choice can select."""
    families = {f"photo-{strength}-s" for strength, _least in STRENGTHS}
    return tuple(model for model in models if model.family in families and catalog.is_built_in(model))


def resolve(request: UpscaleRequest, height: int, width: int, jpeg_quality: int | None) -> UpscaleRequest:
    """Return a request with the model for an image. If the choice isn't automatic, the request is unchanged."""
    if not request.automatic:
        return request
    scale_factor = request.scale_factor(height, width)
    model = choose(catalog.list_models(), scale_factor, jpeg_quality)
    if model is None:
        return replace(request, automatic=False)
    target = request.target or (None if model.info.scale == scale_factor else Target(scale_factor))
    return replace(request, model=model, target=target, exact=True, automatic=False)

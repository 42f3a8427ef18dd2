"""Automatic choice of a model that depends on the JPEG quality of an image.

Models for clean images make the block artifacts of a JPEG file more visible, and photo models remove them. The photo
models are "light" for a quality from 85 to 97, "medium" from 60 to 84, and "strong" below 60. For other files, the
default model is used.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine.models import catalog
from engine.models.catalog import Model
from engine.upscaling.request import Target, UpscaleRequest

# Strengths of photo models, each with the lowest JPEG quality for which it is used.
STRENGTHS = (("light", 85), ("medium", 60), ("strong", 1))
CLEAN_QUALITY = 98  # lowest JPEG quality for which the default model is used


def photo_family(jpeg_quality: int | None) -> str:
    """Return the photo model family for a JPEG quality, or "" for the default model."""
    if jpeg_quality is None or jpeg_quality >= CLEAN_QUALITY:
        return ""
    strength = next(name for name, least in STRENGTHS if jpeg_quality >= least)
    return f"photo-{strength}-s"


def choose(models: Sequence[Model], scale_factor: float, jpeg_quality: int | None) -> Model | None:
    """Return the photo model for a scale factor and a JPEG quality, or None if the default model is used.

    If there is no photo model for the scale factor, use the one for the next larger scale factor, or
    else for the largest one.
    """
    family = photo_family(jpeg_quality)
    members = [model for model in candidates(models) if model.family == family]
    members.sort(key=lambda model: model.info.scale)
    return catalog.first_for_scale(members, scale_factor) if members else None


def candidates(models: Sequence[Model]) -> tuple[Model, ...]:
    """Return the built-in photo models, from which the automatic choice selects."""
    families = {f"photo-{strength}-s" for strength, _least in STRENGTHS}
    return tuple(model for model in models if model.family in families and catalog.is_built_in(model))


def resolve(request: UpscaleRequest, height: int, width: int, jpeg_quality: int | None) -> UpscaleRequest:
    """Return the request with the model that is chosen for an image.

    The request is returned unchanged if its model is not chosen automatically, if the image does not need a photo
    model, or in a simulation, whose input is not compressed.
    """
    if not request.automatic or request.simulate or not photo_family(jpeg_quality):
        return request
    scale_factor = request.scale_factor(height, width)
    model = choose(catalog.list_models(), scale_factor, jpeg_quality)
    if model is None:
        return request
    target = request.target or (None if model.info.scale == scale_factor else Target(scale_factor))
    return replace(request, model=model, target=target, exact=True)

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

    If no photo model is trained for the scale factor, it is the one for the next larger scale factor, or the largest.
    """
    family = photo_family(jpeg_quality)
    members = [model for model in candidates(models) if model.family == family]
    members.sort(key=lambda model: model.info.scale)
    return catalog.first_for_scale(members, scale_factor) if members else None


def candidates(models: Sequence[Model]) -> tuple[Model, ...]:
    """Return the photo models that an automatic choice can select."""
    families = {f"photo-{strength}-s" for strength, _least in STRENGTHS}
    return tuple(model for model in models if model.family in families and catalog.is_built_in(model))


def resolve(request: UpscaleRequest, height: int, width: int, jpeg_quality: int | None) -> UpscaleRequest:
    """Return a request with the model for an image.

    The request is unchanged if its model isn't chosen automatically, or in a simulation, whose input isn't compressed.
    """
    if not request.automatic or request.simulate or not photo_family(jpeg_quality):
        return request
    scale_factor = request.scale_factor(height, width)
    model = choose(catalog.list_models(), scale_factor, jpeg_quality)
    if model is None:
        return request
    target = request.target or (None if model.info.scale == scale_factor else Target(scale_factor))
    return replace(request, model=model, target=target, exact=True)

"""Automatic choice of a model that depends on the JPEG quality of an image.

Models for clean images make the block artifacts of a JPEG file more visible, and photo models remove them. The photo
models are "light" for a quality from 85 to 97, "medium" from 60 to 84, and "strong" below 60. For other files, the
default model is used. Drawings keep it for a quality from 85 too.

For other artifacts and for noise, a photo model is only suggested, because they are measured in the pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.errors import N_, LazyMessage, lazy_format
from engine.imaging import artifact_detection
from engine.imaging.image import Image
from engine.models import catalog
from engine.models.catalog import Model
from engine.upscaling.request import Target, UpscaleRequest

# Strengths of photo models, each with the lowest JPEG quality for which it is used.
STRENGTHS = (("light", 85), ("medium", 60), ("strong", 1))
CLEAN_QUALITY = 98  # lowest JPEG quality for which the default model is used
DRAWING_QUALITY = 85  # lowest JPEG quality for which drawings are upscaled with the default model

# Noise of the luma channel in 8-bit levels for which each strength is suggested. It is 2/3 of the noise of R, G and B.
# On photographs that no model was trained on, this strength had the best PSNR.
_NOISE = (("strong", 6.0), ("medium", 3.3), ("light", 2.2))
_MAX_NOISE = 12.0  # the models were not trained on more noise, and most of such images have a fine texture instead
_SIMILAR_QUALITY = 5  # a JPEG file of this much higher quality was compressed before at a lower quality


@dataclass(frozen=True)
class Artifacts:
    """Measured properties of an image, on which the choice of a photo model depends.

    Attributes
    ----------
    jpeg_quality : estimated quality of a JPEG file; None for other files
    former_quality : quality of a JPEG compression that is found in the pixels, or None
    noise : standard deviation of the noise of the luma channel, in 8-bit levels
    is_drawing : whether the image is a drawing or screenshot
    """

    jpeg_quality: int | None = None
    former_quality: int | None = None
    noise: float = 0.0
    is_drawing: bool = False


@dataclass(frozen=True)
class Suggestion:
    """Suggestion to use a photo model.

    Attributes
    ----------
    family : the suggested photo model family, such as "photo-light-s"
    former_quality : quality of the JPEG compression that is found in the pixels; None if noise is the reason
    """

    family: str
    former_quality: int | None = None

    @property
    def reason(self) -> LazyMessage:
        """Translatable sentence that states why the photo model is suggested."""
        if self.former_quality is None:
            return lazy_format(N_("The image contains visible noise."))
        message = N_("The image was probably a JPEG of about quality {quality} before.")
        return lazy_format(message, quality=self.former_quality)


def measure(image: Image) -> Artifacts:
    """Measure the artifacts of an image. This takes the same time for all large images."""
    return Artifacts(
        image.jpeg_quality,
        artifact_detection.estimate_former_quality(image.pixels),
        artifact_detection.estimate_noise(image.pixels),
        artifact_detection.is_drawing(image.pixels),
    )


def suggest(measured: Artifacts) -> Suggestion | None:
    """Return the photo model family that suits an image better than the automatic choice, or None."""
    automatic = photo_family(measured.jpeg_quality, is_drawing=measured.is_drawing)
    former_quality = measured.former_quality
    limit = CLEAN_QUALITY if measured.jpeg_quality is None else measured.jpeg_quality - _SIMILAR_QUALITY
    if former_quality is not None and former_quality < limit:
        family = photo_family(former_quality, is_drawing=measured.is_drawing)
        if _order(family) > _order(automatic):
            return Suggestion(family, former_quality)
    if not measured.is_drawing and measured.noise <= _MAX_NOISE:
        family = next((f"photo-{name}-s" for name, least in _NOISE if measured.noise >= least), "")
        if _order(family) > _order(automatic):
            return Suggestion(family)
    return None


def photo_family(jpeg_quality: int | None, *, is_drawing: bool = False) -> str:
    """Return the photo model family for a JPEG quality, or "" for the default model."""
    if jpeg_quality is None or jpeg_quality >= (DRAWING_QUALITY if is_drawing else CLEAN_QUALITY):
        return ""
    strength = next(name for name, least in STRENGTHS if jpeg_quality >= least)
    return f"photo-{strength}-s"


def family_for(image: Image) -> str:
    """Return the photo model family that is used automatically for an image, or "" for the default model."""
    quality = image.jpeg_quality
    can_depend = quality is not None and DRAWING_QUALITY <= quality < CLEAN_QUALITY
    return photo_family(quality, is_drawing=can_depend and artifact_detection.is_drawing(image.pixels))


def choose(models: Sequence[Model], scale_factor: float, family: str) -> Model | None:
    """Return the model of a photo model family for a scale factor, or None if there is none.

    If there is no photo model for the scale factor, use the one for the next larger scale factor, or
    else for the largest one.
    """
    members = [model for model in candidates(models) if model.family == family]
    members.sort(key=lambda model: model.info.scale)
    return catalog.first_for_scale(members, scale_factor) if members else None


def candidates(models: Sequence[Model]) -> tuple[Model, ...]:
    """Return the built-in photo models, from which the automatic choice selects."""
    families = {f"photo-{strength}-s" for strength, _least in STRENGTHS}
    return tuple(model for model in models if model.family in families and catalog.is_built_in(model))


def resolve(request: UpscaleRequest, image: Image) -> UpscaleRequest:
    """Return the request with the model that is chosen for an image.

    The request is returned unchanged if its model is not chosen automatically, if the image does not need a photo
    model, or in a simulation, whose input is not compressed.
    """
    if not request.automatic or request.simulate or not (family := family_for(image)):
        return request
    scale_factor = request.scale_factor(image.height, image.width)
    model = choose(catalog.list_models(), scale_factor, family)
    if model is None:
        return request
    target = request.target or (None if model.info.scale == scale_factor else Target(scale_factor))
    return replace(request, model=model, target=target, exact=True)


def _order(family: str) -> int:
    """Return the position of a photo model family, sorted by strength. The family "" comes first."""
    return ["", *(f"photo-{name}-s" for name, _least in STRENGTHS)].index(family)

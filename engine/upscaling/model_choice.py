"""Which model and which size the user means."""

from engine.models.catalog import SCALES, TRAINED_SCALES, Model
from engine.models.weights import resolve
from engine.upscaling.request import Target


def target_of(scale: float | None, width: int | None = None, height: int | None = None) -> Target | None:
    """Return the target size, or None if a model of that scale makes it; raise BadRequest for two sizes."""
    if width is None and height is None and (scale is None or scale in SCALES):
        return None
    return Target(scale, width, height)


def model_of(name: str | None, scale: float | None, target: Target | None) -> tuple[Model, bool]:
    """Return the model that a name means, and whether the name means this model alone and not its architecture.

    Raises
    ------
    ModelUnknown, ArchitectureForOtherScale, NoModelForScale, ModelForOtherScale, WeightsUnusable
    """
    if target is None:
        model = resolve(name, None if scale is None else int(scale))
    else:
        whole = scale is not None and scale == int(scale) and int(scale) in TRAINED_SCALES
        model = resolve(name, None, assumed=int(scale) if scale is not None and whole else None)
    return model, name not in (None, model.spec.arch)

"""Selection of the model and the target size from command-line options or function arguments."""

from dataclasses import replace

from engine.errors import N_, check
from engine.models import info
from engine.models.catalog import SCALES, Model
from engine.models.weights import resolve
from engine.upscaling.request import Target

AUTO = "auto"  # name that stands for the automatic choice


def is_automatic(name: str | None) -> bool:
    """Return whether the name is None or "auto", so that each image's JPEG quality selects the model."""
    return name in (None, AUTO)


def choose_target(
    scale: float | None,
    width: int | None = None,
    height: int | None = None,
    longest: int | None = None,
    dpi: int | None = None,
) -> Target | None:
    """Return the target size, or None if a model for this scale factor produces the result directly.

    Raises
    ------
    InvalidSetting
        More than one of `scale`, `width`, `height` and `longest` is given, a value is out of range, or `dpi` is given
        without a size.
    """
    check(
        dpi is None or (scale, width, height, longest) != (None, None, None, None),
        N_("A print resolution needs a size. Also choose a scale factor, a width, a height, or a longest side."),
    )
    if (width, height, longest, dpi) == (None, None, None, None) and (scale is None or scale in SCALES):
        return None
    return Target(scale, width, height, longest, dpi=dpi)


def limit_megapixels(target: Target | None, model: Model, max_megapixels: float | None) -> Target | None:
    """Return a target size with a limit on the number of megapixels.

    Parameters
    ----------
    target : the target size, or None for the scale factor of the model
    max_megapixels : the limit, or None for no limit

    Raises
    ------
    InvalidSetting
        The limit is out of range.
    """
    if max_megapixels is None:
        return target
    return replace(target or Target(float(model.info.scale)), max_megapixels=max_megapixels)


def choose_model(
    name: str | None, scale: float | None, target: Target | None, *, simulate: bool = False
) -> tuple[Model, bool]:
    """Return the model for a name, and whether exactly this model must be used.

    The second item is false if the name is None, "auto" or an architecture. In this case, a model of the same
    architecture for a different scale factor can be used.

    Parameters
    ----------
    name : name or file of a model, architecture, "auto", or None
    scale : the scale factor, or None for the scale factor of the model
    target : the target size, or None
    simulate : without a name, select the default model for simulations, which is the SRCNN of the paper

    Raises
    ------
    ModelUnknown, ArchitectureScaleMismatch, NoModelForScale, ModelScaleMismatch, WeightsUnusable
    """
    name = None if name == AUTO else name
    if target is None:
        model = resolve(name, None if scale is None else int(scale), simulate=simulate)
    else:
        is_integer = scale is not None and scale == int(scale) and int(scale) in info.SCALES
        default_scale = int(scale) if scale is not None and is_integer else None
        model = resolve(name, None, default_scale=default_scale, simulate=simulate)
    is_family = name == model.family and name != model.name
    return model, not (is_family or name in (None, model.info.label))

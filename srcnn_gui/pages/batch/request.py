"""The Batch page's choices, and the request that they make."""

from dataclasses import replace
from pathlib import Path

from engine.batch.request import BatchRequest
from engine.errors import BadRequest
from engine.models.catalog import SCALES, Model
from engine.upscaling.request import PRECISIONS, Target, UpscaleRequest
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.pages.batch.state import Choices


def usable(chosen: Choices, menu: ModelMenu) -> Choices:
    """What was remembered, without what there is not, or not any more."""
    try:
        target = chosen.target
    except BadRequest:
        target = None
    if target is None:
        chosen = replace(chosen, factor=0.0, width=0, height=0)
    precision = chosen.precision if chosen.precision in PRECISIONS else "auto"
    scale = chosen.scale if menu.has_model_for(chosen.scale) else (menu.scales or (3,))[0]
    return replace(chosen, precision=precision, scale=scale)


def with_model(chosen: Choices, menu: ModelMenu) -> Choices:
    """The choices with another model: one of the person's own brings its scale."""
    scale = menu.own_scale(chosen.model)
    if scale is None or scale == chosen.scale:
        return chosen
    return replace(chosen, scale=scale, factor=0.0, width=0, height=0)


def sized(chosen: Choices, target: Target) -> Choices:
    """The choices with a target size; a factor that is a scale of its own is that scale."""
    if target.factor in SCALES:
        return replace(chosen, scale=int(target.factor or 0), factor=0.0, width=0, height=0)
    return replace(chosen, factor=target.factor or 0.0, width=target.width or 0, height=target.height or 0)


def request(
    sources: tuple[Path, ...], output: Path | None, model: Model | None, chosen: Choices
) -> BatchRequest | None:
    """What a start would ask for; None while something is missing or wrong."""
    if model is None or output is None or not sources:
        return None
    how = (chosen.ensemble, chosen.precision, chosen.target)
    single = UpscaleRequest(model, chosen.device, False, False, None, *how)
    patterns = (_patterns(chosen.include), _patterns(chosen.exclude))
    rest = (chosen.recursive, *patterns, chosen.template, chosen.collision, chosen.ending, chosen.metadata)
    try:
        return BatchRequest(sources, output, single, *rest)
    except BadRequest:  # what is wrong with a template stands under its field
        return None


def _patterns(typed: str) -> tuple[str, ...]:
    return tuple(pattern for part in typed.split(",") if (pattern := part.strip()))

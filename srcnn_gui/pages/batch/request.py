"""Validation of the settings of the Batch page, and their conversion to a batch request."""

from dataclasses import replace
from pathlib import Path

from engine.batch.request import BatchRequest
from engine.errors import BadRequest
from engine.models.catalog import SCALES, Model
from engine.upscaling.request import PRECISIONS, Target, UpscaleRequest
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.pages.batch.state import Choices


def valid_choices(chosen: Choices, menu: ModelMenu) -> Choices:
    """Return saved settings in which invalid or unavailable values are replaced by defaults."""
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
    """Return `chosen` with the scale factor of the selected model.

    If the model is from the model library and its scale factor differs, the target size is reset, too. Built-in models
    do not change the settings.
    """
    scale = menu.library_scale(chosen.model)
    if scale is None or scale == chosen.scale:
        return chosen
    return replace(chosen, scale=scale, factor=0.0, width=0, height=0)


def with_target(chosen: Choices, target: Target) -> Choices:
    """Return the settings with a target size. A scale factor in SCALES sets `scale` instead."""
    if target.factor in SCALES:
        return replace(chosen, scale=int(target.factor or 0), factor=0.0, width=0, height=0)
    return replace(chosen, factor=target.factor or 0.0, width=target.width or 0, height=target.height or 0)


def request(
    sources: tuple[Path, ...], output: Path | None, model: Model | None, chosen: Choices
) -> BatchRequest | None:
    """Return the batch request, or None if an input, output or model is missing or a setting is invalid."""
    if model is None or output is None or not sources:
        return None
    options = (chosen.self_ensemble, chosen.precision, chosen.target)
    single = UpscaleRequest(model, chosen.device, False, False, None, *options)
    patterns = (_patterns(chosen.include), _patterns(chosen.exclude))
    rest = (chosen.recursive, *patterns, chosen.template, chosen.collision, chosen.ending, chosen.metadata)
    try:
        return BatchRequest(sources, output, single, *rest)
    except BadRequest:  # the template field already shows the error
        return None


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(pattern for part in text.split(",") if (pattern := part.strip()))

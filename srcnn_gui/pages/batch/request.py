"""Validation of the settings of the Batch page, and their conversion to a batch request."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engine.batch.request import BatchRequest
from engine.errors import InvalidSetting
from engine.imaging.codecs.formats import OutputOptions
from engine.models.catalog import SCALES, Model
from engine.upscaling.request import PRECISIONS, Target, UpscaleRequest
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.pages.batch.state import BatchSettings

_COLORS = {"white": (255, 255, 255), "black": (0, 0, 0)}


def replace_invalid_settings(settings: BatchSettings, menu: ModelMenu) -> BatchSettings:
    """Return saved settings with invalid and unavailable values replaced with defaults."""
    try:
        target = settings.target
    except InvalidSetting:
        target = None
    if target is None:
        settings = replace(settings, factor=0.0, width=0, height=0, longest=0, dpi=0)
    precision = settings.precision if settings.precision in PRECISIONS else "auto"
    scale = settings.scale if menu.has_model_for(settings.scale) else (menu.scales or (3,))[0]
    return replace(
        settings,
        precision=precision,
        scale=scale,
        strength=min(max(settings.strength, 0), 100),
        sharpness=min(max(settings.sharpness, 0), 100),
        quality=min(max(settings.quality, 0), 100),
        bits=settings.bits if settings.bits in (8, 16) else 0,
        background=settings.background if settings.background in _COLORS else "",
    )


def with_scale_of_model(settings: BatchSettings, menu: ModelMenu) -> BatchSettings:
    """Return the settings with the scale factor of the selected model and without a target size.

    The settings are returned unchanged if they contain this scale factor or if the model is built-in.
    """
    scale = menu.library_scale(settings.model)
    if scale is None or scale == settings.scale:
        return settings
    return replace(settings, scale=scale, factor=0.0, width=0, height=0, longest=0, dpi=0)


def with_target(settings: BatchSettings, target: Target) -> BatchSettings:
    """Return the settings with a target size. If it is a scale factor in `SCALES`, only set `scale`."""
    if target.factor in SCALES:
        return replace(settings, scale=int(target.factor or 0), factor=0.0, width=0, height=0, longest=0, dpi=0)
    return replace(
        settings,
        factor=target.factor or 0.0,
        width=target.width or 0,
        height=target.height or 0,
        longest=target.longest or 0,
        dpi=target.dpi or 0,
    )


def build_request(
    sources: tuple[Path, ...], output: Path | None, model: Model | None, settings: BatchSettings
) -> BatchRequest | None:
    """Return the batch request, or None if an input, output or model is missing or a setting is invalid."""
    if model is None or output is None or not sources:
        return None
    options = (settings.self_ensemble, settings.precision, settings.target)
    automatic = not settings.model
    single = UpscaleRequest(
        model,
        settings.device,
        False,
        False,
        None,
        *options,
        automatic=automatic,
        strength=settings.strength,
        sharpness=settings.sharpness,
        seamless=settings.seamless,
    )
    patterns = (_patterns(settings.include), _patterns(settings.exclude))
    rest = (
        settings.recursive,
        *patterns,
        settings.template,
        settings.if_exists,
    )
    try:
        return BatchRequest(sources, output, single, *rest, _save_options(settings))
    except InvalidSetting:  # the template field already shows the error
        return None


def settings_for_remedy(changes: Mapping[str, object]) -> dict[str, object]:
    """Return the changes of `BatchSettings` that correspond to changes of `OutputOptions` in a `Remedy`."""
    converted: dict[str, object] = {}
    if "background" in changes:
        converted["background"] = "white"
    if "bits" in changes:
        converted["bits"] = changes["bits"]
    if "strip" in changes:
        converted["metadata"] = not changes["strip"]
    return converted


def _save_options(settings: BatchSettings) -> OutputOptions:
    return OutputOptions(
        settings.extension.removeprefix(".") or None,
        settings.quality or None,
        settings.bits or None,
        strip=not settings.metadata,
        background=_COLORS.get(settings.background),
        keep_time=settings.keep_time,
    )


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(pattern for part in text.split(",") if (pattern := part.strip()))

"""Conversion of the state of the Compare page to an upscale request and to settings. Does not use Qt."""

from typing import Any

from engine.models.catalog import Model
from engine.upscaling.request import UpscaleRequest
from srcnn_gui.choices.options import AUTOMATIC
from srcnn_gui.pages.compare.state import CompareSettings, State


def build_request(state: State, model: Model) -> UpscaleRequest:
    """Return an upscale request with the settings in the state."""
    return UpscaleRequest(
        model,
        state.device,
        simulate=state.simulated,
        self_ensemble=state.self_ensemble,
        precision=state.precision,
        target=state.target,
        automatic=state.model is not None and state.model.key == AUTOMATIC,
        strength=state.strength,
        sharpness=state.sharpness,
        seamless=state.seamless,
    )


def collect_settings(state: State) -> CompareSettings:
    """Return the settings to save for the next session."""
    model = state.model.stored_name if state.model else ""
    computing = (state.device, state.self_ensemble, state.precision)
    options = state.output_options
    file_format: Any = options.format or ""  # `OutputOptions` checks that it is a format
    shown = (state.initial_zoom, state.shows_file_names)
    return CompareSettings(
        state.scale, model, *computing, state.view_layout.view, file_format, options.quality or 0, *shown
    )

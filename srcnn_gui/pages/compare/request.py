"""From what a person chose to what is asked of the engine, and to what is remembered. No Qt."""

from engine.models.catalog import Model
from engine.upscaling.request import UpscaleRequest
from srcnn_gui.pages.compare.state import Choices, State


def request(state: State, model: Model) -> UpscaleRequest:
    """Everything chosen, as it is now; a device that is not here is left to the engine."""
    device = state.device if state.device in [kind for kind, _title in state.devices] else "auto"
    return UpscaleRequest(
        model,
        device,
        reference=state.simulated,
        ensemble=state.ensemble,
        precision=state.precision,
        target=state.target,
    )


def choices(state: State) -> Choices:
    """What is remembered for the next start."""
    model = state.model.name if state.model else ""
    computing = (state.device, state.ensemble, state.precision)
    return Choices(state.scale, model, *computing, state.look.view)

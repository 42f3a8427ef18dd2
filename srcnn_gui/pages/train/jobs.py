"""Background jobs of the Train page. Modules that need PyTorch are imported when a job starts."""

from collections.abc import Generator
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from engine.models.catalog import Model
from engine.training.events import Snapshot, StepDone
from engine.training.request import TrainRequest
from srcnn_gui.runtime import sleep_inhibitor
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.inference import device
    from engine.models import library
    from engine.models.formats import external
    from engine.training import dataset_summary, runs
    from engine.training.runs import Run
else:
    device = deferred_module("engine.inference.device")
    external = deferred_module("engine.models.formats.external")
    library = deferred_module("engine.models.library")
    runs = deferred_module("engine.training.runs")
    dataset_summary = deferred_module("engine.training.dataset_summary")

_RATE_LIMIT_S, _MIN_GAP_S = 0.1, 0.01


def import_model(path: Path, scale: int) -> Generator[None, None, Model]:
    """Import a weights file into the model library and return the model.

    `scale` is the scale factor of the model if neither the file nor its name contains the scale factor.
    """
    yield
    return library.import_model(path, external.parse_scale(path.stem) or scale)


def summarize_training_set(request: TrainRequest) -> Generator[Any, None, Any]:
    """Return the number of patches in the training set, and samples, as in `dataset_summary.summarize`."""
    _lower_priority()
    return (yield from dataset_summary.summarize(request))


def train(run: "Run") -> Generator[Any, None, Model]:
    """Start or resume a run, and prevent the computer from sleeping until it has ended."""
    _lower_priority()
    with sleep_inhibitor.prevent_sleep(f"SRCNN Studio: {run.name}"):
        return (yield from throttle_events(runs.train(run)))


def throttle_events(job: Generator[Any, Any, Model]) -> Generator[Any, Any, Model]:
    """Forward the events of a training run, but limit the rate of `StepDone` and `Snapshot`.

    A GPU runs thousands of steps per second, and their events would flood the event queue of the window. The latest
    snapshot and all events of other types are always forwarded, but 10 ms apart.
    """
    sent_at: dict[type, float] = {}
    pending: Snapshot | None = None
    hint: Any = None
    try:
        while True:
            event = job.send(hint)
            kind = type(event)
            if kind is StepDone and pending is not None and _is_due(sent_at.get(Snapshot, 0.0)):
                event, kind = pending, Snapshot
            if kind in (StepDone, Snapshot) and not _is_due(sent_at.get(kind, 0.0)):
                pending = event if kind is Snapshot else pending
                continue
            sleep(max(0.0, min(_MIN_GAP_S, max(sent_at.values(), default=0.0) + _MIN_GAP_S - monotonic())))
            sent_at[kind], pending = monotonic(), None if kind is Snapshot else pending
            hint = yield event
    except StopIteration as stop:
        if pending is not None:
            yield pending
        result: Model = stop.value
        return result
    finally:
        job.close()


def _is_due(sent_at: float) -> bool:
    return monotonic() - sent_at >= _RATE_LIMIT_S


def _lower_priority() -> None:
    """Lower the priority of the current thread, so that the window and other programs stay responsive."""
    device.lower_thread_priority()

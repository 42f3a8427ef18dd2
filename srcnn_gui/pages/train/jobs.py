"""The Train page's jobs; like those of `jobs`, they import the torch half inside their functions."""

from collections.abc import Generator
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from engine.models.catalog import Model
from engine.training.events import Looked, Stepped
from engine.training.request import TrainRequest
from srcnn_gui.runtime import sleep_inhibitor
from srcnn_gui.runtime.deferred import deferred_module

if TYPE_CHECKING:
    from engine.inference import device
    from engine.models import library
    from engine.models.formats import foreign
    from engine.training import runs
    from engine.training import survey as surveying
    from engine.training.runs import Run
else:
    device = deferred_module("engine.inference.device")
    foreign = deferred_module("engine.models.formats.foreign")
    library = deferred_module("engine.models.library")
    runs = deferred_module("engine.training.runs")
    surveying = deferred_module("engine.training.survey")

_TELL_EVERY_S, _BREATH_S = 0.1, 0.01


def bring_model(path: Path, scale: int) -> Generator[None, None, Model]:
    """Import a model to train on from; `scale` is meant where neither the file nor its name says one."""
    yield
    return library.import_model(path, foreign.scale_in(path.stem) or scale)


def survey(request: TrainRequest) -> Generator[Any, None, Any]:
    """Say what a training would learn from; see `engine.training.survey`."""
    _step_back()
    return (yield from surveying.run(request))


def go_on(run: "Run") -> Generator[Any, None, Model]:
    """Train, from the beginning or from where the run was stopped; meanwhile the system does not go to sleep."""
    _step_back()
    with sleep_inhibitor.kept(f"SRCNN Studio: {run.name}"):
        return (yield from thinned(runs.follow(run)))


def thinned(job: Generator[Any, Any, Model]) -> Generator[Any, Any, Model]:
    """Follow a training, but tell of its steps and looks only as often as a window can show them.

    On a GPU steps come by the thousand a second: the window would never see the end of its queue. The newest look is
    told in the end, and so is everything else, but never faster than every few ms.
    """
    told_at: dict[type, float] = {}
    held_back: Looked | None = None
    hint: Any = None
    try:
        while True:
            event = job.send(hint)
            kind = type(event)
            if kind is Stepped and held_back is not None and _is_due(told_at.get(Looked, 0.0)):
                event, kind = held_back, Looked
            if kind in (Stepped, Looked) and not _is_due(told_at.get(kind, 0.0)):
                held_back = event if kind is Looked else held_back
                continue
            sleep(max(0.0, min(_BREATH_S, max(told_at.values(), default=0.0) + _BREATH_S - monotonic())))
            told_at[kind], held_back = monotonic(), None if kind is Looked else held_back
            hint = yield event
    except StopIteration as stop:
        if held_back is not None:
            yield held_back
        result: Model = stop.value
        return result
    finally:
        job.close()


def _is_due(told_at: float) -> bool:
    return monotonic() - told_at >= _TELL_EVERY_S


def _step_back() -> None:
    """Long work goes on at the lowest rank, so that the window and everything else answers at once."""
    device.step_back()

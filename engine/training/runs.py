"""Trainings on this machine: each with what it was asked, the curves it showed, and what it left.

A run is up to three files of one name in `paths.runs()`: NAME.run, lines of JSON that tell its story; while it is
not over, also NAME.safetensors with its best model and NAME.checkpoint. Then the model is copied among the user's own
(`paths.models()`), read back there, and noted in NAME.run; only after that are the other two files deleted. Whatever
fails, and wherever the process is killed, the model is in one of the two folders and the run says in which.
"""

import json
import os
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import (
    EngineError,
    ModelNotSaved,
    ModelUnwritable,
    NothingToResume,
    RunsUnreadable,
    WeightsUnusable,
)
from engine.models import catalog
from engine.models.catalog import Model, ModelSpec
from engine.models.library import folder_to_write, free_name
from engine.models.weights import load_network
from engine.system import json_text
from engine.system import paths as folders
from engine.system.files import reason_of, write_atomically, write_durably
from engine.training import checkpoints
from engine.training import job as train
from engine.training.events import Aim, Finish, Resumed, Step, Validated
from engine.training.request import Recipe, TrainRequest

_SUFFIX = ".run"


@dataclass(frozen=True)
class Run:
    """A training: what was asked, what it showed, how it ended.

    Attributes
    ----------
    name : its own, and its model's
    path : of its story
    request : what was asked
    losses : pairs of step and mean loss
    curve : pairs of step and held-out PSNR, dB
    bicubic_psnr_db : of the same held-out pictures; None before they were measured
    steps : how many it would be in all; None before that is known
    model : the name under which its model was kept; empty if it was not, or not yet
    """

    name: str
    path: Path
    request: TrainRequest
    losses: tuple[tuple[int, float], ...] = ()
    curve: tuple[tuple[int, float], ...] = ()
    bicubic_psnr_db: float | None = None
    steps: int | None = None
    model: str = ""

    @property
    def is_unfinished(self) -> bool:
        """Whether it left something that was learned and that is not among the user's models yet."""
        has_model = self.step > 0 and self.request.output.is_file()
        return not self.model and (has_model or catalog.checkpoint_path(self.request.output).is_file())

    @property
    def is_trained(self) -> bool:
        """Whether its last step was taken and measured: only its model is left to be saved."""
        return bool(self.curve) and self.curve[-1][0] == self.steps

    @property
    def can_resume(self) -> bool:
        """Whether steps are left that can be taken from a checkpoint."""
        return not self.model and not self.is_trained and catalog.checkpoint_path(self.request.output).is_file()

    @property
    def is_at_work(self) -> bool:
        """Whether this or another window trains it now."""
        return checkpoints.is_at_work(self.request.output)

    @property
    def step(self) -> int:
        """How far it came, as far as its story says."""
        return max((step for step, _ in (*self.losses, *self.curve)), default=0)


def begin(name: str, request: TrainRequest) -> Run:
    """Make a new run; its best model is kept in the runs' folder. Raises ModelUnwritable."""
    folder = folders.runs()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free, number = free_name(name), 1
        while _is_taken(folder / f"{free}{_SUFFIX}"):
            number += 1
            free = free_name(f"{name} {number}")
        path = folder / f"{free}{_SUFFIX}"
        request = replace(request, output=folder / f"{free}.safetensors")
        write_atomically(path, _line({"asked": _asked(request)}))
    except OSError as error:
        raise ModelUnwritable(name=name, reason=reason_of(error)) from error
    return Run(free, path, request)


def _is_taken(path: Path) -> bool:
    """Whether anything of a run is there under this name, even if its story is not."""
    model = path.with_suffix(".safetensors")
    return path.exists() or model.exists() or catalog.checkpoint_path(model).exists()


def follow(run: Run) -> Generator[train.Event, Aim | Finish | None, Model]:
    """Train, writing the story down, and keep the model at the end; a run with a checkpoint goes on from it.

    Closed, it can be gone on with. Yields and raises what `train.run` does; one that ended in another window meanwhile
    is not trained anew, and of one that was discarded there NothingToResume is raised. If the last step was taken
    before, only the model is saved.
    """
    told, request = read(run.path), run.request
    if told is None:
        raise NothingToResume(name=run.path.name, folder=run.path.parent)
    if told.model:
        return _kept(told)
    if told.is_trained and request.output.is_file():
        return keep(run)
    if told.can_resume:
        request = replace(request, resume=True, minutes=None, steps=None, epochs=None)
    elif told.step == 0:
        request = replace(request, overwrite=True)  # the first weights of a run that was killed before its first step
    job = train.run(request, lambda: _keep(run))
    aim = None
    try:
        while True:
            event = job.send(aim)
            if isinstance(event, Resumed):
                _forget_after(run, event.step)
            elif said := _said(event):
                _append(run.path, said)
            aim = yield event
    except StopIteration as stop:
        trained: train.Trained = stop.value
        return trained.model
    finally:
        job.close()


def keep(run: Run) -> Model:
    """Save the best model among the user's own, under the run's name; the run is over then.

    Raises
    ------
    TrainingRunning, WeightsUnusable
    ModelNotSaved
        The model is still in `run.request.output`, and this function can be called again.
    ModelUnwritable
        The model is saved, but that could not be noted; another call finds it there.
    """
    with checkpoints.alone(run.request.output):
        return _keep(run)


def _keep(run: Run) -> Model:
    told = read(run.path)
    if told is not None and told.model:  # it ended just before it could be stopped
        return _kept(told)
    best = run.request.output
    load_network(best)  # nothing is saved, and nothing deleted, that cannot be used
    try:
        content = best.read_bytes()
        kept = _saved_before(run.name, content) or _save(run.name, content)
    except (OSError, ModelUnwritable, WeightsUnusable) as error:
        reason = reason_of(error) if isinstance(error, OSError) else error.facts["reason"]
        raise ModelNotSaved(folder=folders.models(), path=best, reason=reason) from error
    _append(run.path, {"kept": kept.name})
    with suppress(OSError):  # what stays is not lost, and goes with the run
        _remove_work(run)
    return kept


def _saved_before(name: str, content: bytes) -> Model | None:
    """The user's model with this content, if an earlier attempt came as far as that."""
    for path in sorted(folders.models().glob("*.safetensors")):
        if path.stem.startswith(name) and path.read_bytes() == content:
            return catalog.read_model(path)
    return None


def _save(name: str, content: bytes) -> Model:
    """Write the content as one of the user's models, and read it back."""
    target = folder_to_write() / f"{free_name(name)}.safetensors"
    write_durably(target, content)
    load_network(target)
    return catalog.read_model(target)


def _kept(run: Run) -> Model:
    return catalog.read_model(folders.models() / f"{run.model}.safetensors")


def discard(run: Run) -> None:
    """Delete all that a run left, but for a model that was kept; raises TrainingRunning, ModelUnwritable."""
    try:
        with checkpoints.alone(run.request.output):
            _remove_work(run)
            run.path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=run.path.name, reason=reason_of(error)) from error


def catalogue() -> list[Run]:
    """Every run whose story can be read, the newest first; raises RunsUnreadable."""
    folder = folders.runs()
    try:
        paths = [folder / name for name in os.listdir(folder) if name.endswith(_SUFFIX)]  # noqa: PTH208 - it raises
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunsUnreadable(folder=folder, reason=reason_of(error)) from error
    paths.sort(key=_changed_at, reverse=True)
    return [run for path in paths if (run := read(path)) is not None]


def _changed_at(path: Path) -> float:
    """When a file was changed last; 0 for one that is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def read(path: Path) -> Run | None:
    """Read a run's story; None if it is none. A last line that was cut short by a kill is left out."""
    try:
        lines = list(_lines(path))
        run = Run(path.stem, path, _request(path, lines[0]["asked"]))
        losses = [(int(line["step"]), float(line["loss"])) for line in lines if "loss" in line]
        measured = [line for line in lines if "psnr_db" in line]
        return replace(
            run,
            losses=tuple(losses),
            curve=tuple((int(line["step"]), float(line["psnr_db"])) for line in measured),
            bicubic_psnr_db=float(measured[-1]["bicubic_psnr_db"]) if measured else None,
            steps=next((int(line["steps"]) for line in reversed(lines) if line.get("steps")), None),
            model=next((str(line["kept"]) for line in reversed(lines) if "kept" in line), ""),
        )
    except (OSError, EngineError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def _said(event: train.Event) -> dict[str, Any] | None:
    """What of an event belongs into the story."""
    if isinstance(event, Step):
        return {"step": event.step, "loss": event.loss, "steps": event.steps}
    if isinstance(event, Validated):
        return {"step": event.step, "psnr_db": event.psnr_db, "bicubic_psnr_db": event.bicubic_psnr_db}
    return None


def _forget_after(run: Run, step: int) -> None:
    """The run goes on from a checkpoint: what it told after that it will tell again. Raises ModelUnwritable."""
    try:
        kept = [_line(told) for told in _lines(run.path) if told.get("step", 0) <= step]
        write_atomically(run.path, b"".join(kept))
    except OSError as error:
        raise ModelUnwritable(name=run.path.name, reason=reason_of(error)) from error


def _append(path: Path, told: dict[str, Any]) -> None:
    try:
        with path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a line that was cut short must not take this one with it
                    file.write(b"\n")
            file.write(_line(told))
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=reason_of(error)) from error


def _line(told: dict[str, Any]) -> bytes:
    return json_text.dumps(told).encode() + b"\n"


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        try:
            told = json.loads(line)
        except ValueError:  # cut short
            continue
        if isinstance(told, dict):
            yield told


def _remove_work(run: Run) -> None:
    run.request.output.unlink(missing_ok=True)
    catalog.checkpoint_path(run.request.output).unlink(missing_ok=True)


def _asked(request: TrainRequest) -> dict[str, Any]:
    """A request as JSON; the model it starts from is needed no more once there is a checkpoint."""
    asked = asdict(replace(request, warm_start=None))
    del asked["overwrite"]
    stored = {"source": str(request.source.resolve()), "output": None, "recipe": request.recipe.to_dict()}
    return asked | stored


def _request(path: Path, asked: dict[str, Any]) -> TrainRequest:
    """Read `_asked` back; raises what a nonsensical one provokes."""
    told = {
        "source": Path(asked["source"]),
        "output": path.with_suffix(".safetensors"),
        "spec": ModelSpec(**asked["spec"]),
        "recipe": Recipe.from_dict(asked["recipe"]),
    }
    return TrainRequest(**asked | told)

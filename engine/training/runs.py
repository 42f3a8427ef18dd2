"""Training runs on this computer: their settings, curves, checkpoints and models.

A run has up to three files in `paths.runs_folder()`. NAME.run is the log of the run, in JSON Lines. Until the run is
finished, NAME.safetensors contains the best model, and NAME.checkpoint contains the checkpoint. When the run is
finished, the model is copied to the library (`paths.models_folder()`), read back, and recorded in the log, before the
other two files are deleted. If an error occurs or the process is killed, no model is lost.
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
from engine.models import catalog, library, registry
from engine.models.catalog import Model
from engine.models.library import create_library, unique_name
from engine.models.weights import load_network
from engine.system import json_text
from engine.system import paths as folders
from engine.system.files import os_error_reason, write_atomically, write_durably
from engine.training import checkpoint_file, job
from engine.training.events import PreviewRegion, Resumed, StopRequest, TrainingStats, Validated
from engine.training.request import Recipe, TrainRequest

_SUFFIX = ".run"

# Field names in requests of earlier versions, and the current names.
_FORMER_NAMES = {"held_out": "validation_size", "watched": "emit_snapshots"}


@dataclass(frozen=True)
class Run:
    """A training run.

    Attributes
    ----------
    name : name of the run and of its model
    path : path of the log, NAME.run
    request : settings of the training
    losses : pairs of step and mean training loss
    curve : pairs of step and validation PSNR in dB
    bicubic_psnr_db : validation PSNR of bicubic interpolation in dB, or None before the first validation
    test_curve : pairs of step and PSNR on the test set in dB. Empty without a test set
    steps : number of steps of the run, or None while it is unknown
    model : name of the model in the library, or "" if the model is not saved there yet
    """

    name: str
    path: Path
    request: TrainRequest
    losses: tuple[tuple[int, float], ...] = ()
    curve: tuple[tuple[int, float], ...] = ()
    bicubic_psnr_db: float | None = None
    test_curve: tuple[tuple[int, float], ...] = ()
    steps: int | None = None
    model: str = ""

    @property
    def is_unfinished(self) -> bool:
        """Whether the run has a trained model or a checkpoint, but no model in the library."""
        has_model = self.step > 0 and self.request.output.is_file()
        return not self.model and (has_model or catalog.checkpoint_path(self.request.output).is_file())

    @property
    def is_trained(self) -> bool:
        """Whether the last step is done and validated. The model may not be in the library yet."""
        return bool(self.curve) and self.curve[-1][0] == self.steps

    @property
    def can_resume(self) -> bool:
        """Whether the run has remaining steps and a checkpoint to resume from."""
        return not self.model and not self.is_trained and catalog.checkpoint_path(self.request.output).is_file()

    @property
    def is_running(self) -> bool:
        """Whether this run is being trained, in any window or program."""
        return checkpoint_file.is_running(self.request.output)

    @property
    def step(self) -> int:
        """The last step in the log, or 0 if the log contains no step."""
        return max((step for step, _ in (*self.losses, *self.curve)), default=0)


def create(name: str, request: TrainRequest) -> Run:
    """Create a run and its log. If a run or a model has this name, a number is appended to the name.

    `request.output` is replaced with a path in `paths.runs_folder()`.

    Raises
    ------
    ModelUnwritable
    """
    folder = folders.runs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unused, number = unique_name(name), 1
        while _is_taken(folder / f"{unused}{_SUFFIX}"):
            number += 1
            unused = unique_name(f"{name} {number}")
        path = folder / f"{unused}{_SUFFIX}"
        request = replace(request, output=folder / f"{unused}.safetensors")
        write_atomically(path, _line({"asked": _to_json(request)}))
    except OSError as error:
        raise ModelUnwritable(name=name, reason=os_error_reason(error)) from error
    return Run(unused, path, request)


def _is_taken(path: Path) -> bool:
    """Return whether a log with this path, or a model or a checkpoint of the same run, exists."""
    model = path.with_suffix(".safetensors")
    return path.exists() or model.exists() or catalog.checkpoint_path(model).exists()


def train(run: Run) -> Generator[job.Event, PreviewRegion | StopRequest | None, Model]:
    """Start a run, or resume it from its checkpoint, and save its model to the library.

    The log is updated during the training. If you close the generator, the run can be resumed later. If the last step
    is already done, the model is saved without further training. If the run is already finished, for example in
    another window, its model is returned.

    Yields
    ------
    The events of `engine.training.job.run`. You can send a PreviewRegion or a StopRequest.

    Returns
    -------
    The model in the library.

    Raises
    ------
    NothingToResume
        The log is missing or unreadable, for example because the run was deleted in another window.
    Errors of `engine.training.job.run` and `save_to_library`
    """
    current, request = read(run.path), run.request
    if current is None:
        raise NothingToResume(name=run.path.name, folder=run.path.parent)
    if current.model:
        return _saved_model(current)
    if current.is_trained and request.output.is_file():
        return save_to_library(run)
    if current.can_resume:
        request = replace(request, resume=True, minutes=None, steps=None, epochs=None)
    elif current.step == 0:
        request = replace(request, overwrite=True)  # the run may have been killed at step 0
    training = job.run(request, lambda: _save_to_library(run))
    hint = None
    try:
        while True:
            event = training.send(hint)
            if isinstance(event, Resumed):
                _truncate_after(run, event.step)
            elif record := _to_record(event):
                _append(run.path, record)
            hint = yield event
    except StopIteration as stop:
        result: job.TrainResult = stop.value
        return result.model
    finally:
        training.close()


def save_to_library(run: Run) -> Model:
    """Finish a run: save its best model to the library, and delete the checkpoint.

    Raises
    ------
    TrainingRunning, WeightsUnusable
    ModelNotSaved
        The model could not be saved. It is still in `run.request.output`, and you can call this function again.
    ModelUnwritable
        The model is saved, but the log could not be written. You can call this function again. It does not save the
        model twice.
    """
    with checkpoint_file.exclusive_lock(run.request.output):
        return _save_to_library(run)


def _save_to_library(run: Run) -> Model:
    current = read(run.path)
    if current is not None and current.model:  # another window has saved it
        return _saved_model(current)
    best = run.request.output
    load_network(best)  # raises an error for a damaged model, before anything is deleted
    try:
        content = best.read_bytes()
        model = _find_saved(run.name, content) or _write_to_library(run.name, content)
    except (OSError, ModelUnwritable, WeightsUnusable) as error:
        reason = os_error_reason(error) if isinstance(error, OSError) else error.facts["reason"]
        raise ModelNotSaved(folder=folders.models_folder(), path=best, reason=reason) from error
    _append(run.path, {"kept": model.name})
    with suppress(OSError):  # leftover files are deleted together with the run
        _remove_work(run)
    return model


def _find_saved(name: str, content: bytes) -> Model | None:
    """Return the model in the library with this file content, or None if there is none.

    If saving was interrupted, the model can already be in the library. Its name starts with `name`.
    """
    for path in sorted(folders.models_folder().glob("*.safetensors")):
        if path.stem.startswith(name) and path.read_bytes() == content:
            return catalog.read_model(path)
    return None


def _write_to_library(name: str, content: bytes) -> Model:
    """Write a model file with this content to the library, and read it to verify it."""
    target = create_library() / f"{unique_name(name)}.safetensors"
    write_durably(target, content)
    load_network(target)
    return catalog.read_model(target)


def _saved_model(run: Run) -> Model:
    return catalog.read_model(folders.models_folder() / f"{run.model}.safetensors")


def rename_model(model: Model, name: str) -> Model:
    """Rename a model in the library, together with its run, and return the renamed model.

    If another run already has this name, the run of the model is not renamed.

    Raises
    ------
    The errors of `library.rename_model`
    """
    renamed = library.rename_model(model, name)
    with suppress(EngineError, OSError):  # the model itself is renamed, so an error for its run is ignored
        for run in list_runs():
            if run.model == model.name:
                _append(run.path, {"kept": renamed.name})
                path = run.path.with_name(f"{renamed.name}{_SUFFIX}")
                if not _is_taken(path):
                    os.replace(run.path, path)
    return renamed


def delete(run: Run) -> None:
    """Delete the files of a run. Its model in the library is kept.

    Raises
    ------
    TrainingRunning, ModelUnwritable
    """
    try:
        with checkpoint_file.exclusive_lock(run.request.output):
            _remove_work(run)
            run.path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=run.path.name, reason=os_error_reason(error)) from error


def list_runs() -> list[Run]:
    """Return all readable runs in `paths.runs_folder()`, most recently modified first.

    Raises
    ------
    RunsUnreadable
    """
    folder = folders.runs_folder()
    try:
        paths = [folder / name for name in os.listdir(folder) if name.endswith(_SUFFIX)]  # noqa: PTH208 - it raises
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunsUnreadable(folder=folder, reason=os_error_reason(error)) from error
    paths.sort(key=_modified_at, reverse=True)
    return [run for path in paths if (run := read(path)) is not None]


def _modified_at(path: Path) -> float:
    """Return the modification time of a file in seconds since the epoch, or 0 if it is inaccessible."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def read(path: Path) -> Run | None:
    """Read a run from its log. Return None if the log is unreadable.

    An incomplete last line is ignored.
    """
    try:
        lines = list(_lines(path))
        run = Run(path.stem, path, _from_json(path, lines[0]["asked"]))
        losses = [(int(line["step"]), float(line["loss"])) for line in lines if "loss" in line]
        measured = [line for line in lines if "psnr_db" in line]
        return replace(
            run,
            losses=tuple(losses),
            curve=tuple((int(line["step"]), float(line["psnr_db"])) for line in measured),
            bicubic_psnr_db=float(measured[-1]["bicubic_psnr_db"]) if measured else None,
            test_curve=tuple(
                (int(line["step"]), float(line["test_psnr_db"])) for line in measured if "test_psnr_db" in line
            ),
            steps=next((int(line["steps"]) for line in reversed(lines) if line.get("steps")), None),
            model=next((str(line["kept"]) for line in reversed(lines) if "kept" in line), ""),
        )
    except (OSError, EngineError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def _to_record(event: job.Event) -> dict[str, Any] | None:
    """Return the record of an event for the log, or None if events of this type are not logged."""
    if isinstance(event, TrainingStats):
        return {"step": event.step, "loss": event.loss, "steps": event.steps}
    if isinstance(event, Validated):
        record = {"step": event.step, "psnr_db": event.psnr_db, "bicubic_psnr_db": event.bicubic_psnr_db}
        return record if event.test_psnr_db is None else record | {"test_psnr_db": event.test_psnr_db}
    return None


def _truncate_after(run: Run, step: int) -> None:
    """Remove the records after `step` from the log, because the run resumes from this step.

    Raises
    ------
    ModelUnwritable
    """
    try:
        records = [_line(record) for record in _lines(run.path) if record.get("step", 0) <= step]
        write_atomically(run.path, b"".join(records))
    except OSError as error:
        raise ModelUnwritable(name=run.path.name, reason=os_error_reason(error)) from error


def _append(path: Path, record: dict[str, Any]) -> None:
    try:
        with path.open("ab+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # start a new line after an incomplete one
                    file.write(b"\n")
            file.write(_line(record))
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=os_error_reason(error)) from error


def _line(record: dict[str, Any]) -> bytes:
    return json_text.dumps(record).encode() + b"\n"


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:  # an incomplete line
            continue
        if isinstance(record, dict):
            yield record


def _remove_work(run: Run) -> None:
    run.request.output.unlink(missing_ok=True)
    catalog.checkpoint_path(run.request.output).unlink(missing_ok=True)


def _to_json(request: TrainRequest) -> dict[str, Any]:
    """Return a request as a JSON-compatible dict.

    The warm start is omitted, because a run is resumed with the weights in its checkpoint.
    """
    values = asdict(replace(request, warm_start=None))
    del values["overwrite"], values["info"]
    stored = {
        "source": str(request.source.resolve()),
        "test_set": str(request.test_set.resolve()) if request.test_set else None,
        "output": None,
        "spec": registry.to_dict(request.info),
        "recipe": request.recipe.to_dict(),
    }
    return values | stored


def _from_json(path: Path, stored: dict[str, Any]) -> TrainRequest:
    """Return the request from the result of `_to_json`, which an earlier version may have written.

    Damaged values raise exceptions of several types.
    """
    values = {_FORMER_NAMES.get(name, name): value for name, value in stored.items()}
    info = registry.from_dict(values.pop("spec"))
    values |= {
        "source": Path(values["source"]),
        "test_set": Path(values["test_set"]) if values.get("test_set") else None,
        "output": path.with_suffix(".safetensors"),
        "info": info,
        "recipe": Recipe.from_dict(values["recipe"]),
    }
    return TrainRequest(**values)

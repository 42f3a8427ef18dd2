"""Validation of the model during a run, and saving of its best model and its checkpoint."""

import math
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from engine.errors import (
    N_,
    CheckpointUnusable,
    EngineError,
    InvalidSetting,
    NothingToResume,
    RecipeUnreadable,
    TrainingSuspended,
    WeightsDiverged,
    lazy_format,
)
from engine.inference.process_group import ProcessGroup
from engine.inference.torch_backend import TorchBackend
from engine.models import catalog, registry
from engine.models.catalog import Model, read_model
from engine.models.network import Network
from engine.models.weights import load_network, save_model
from engine.training import checkpoint_file, config_file, schedule
from engine.training.events import PreviewRegion, Snapshot, Validated
from engine.training.pace import Pace
from engine.training.preview import Preview
from engine.training.request import Recipe, TrainRequest
from engine.training.trainer import Trainer
from engine.training.training_set import TrainingSet


class Checkpointer:
    """Validation of a run: saves the best model and a checkpoint, and restores the run from it.

    Weights with NaN or infinite values are never saved.

    Attributes
    ----------
    steps : number of steps of the run, or None while it is unknown
    minutes : requested length of the run in minutes, or None if it is given in steps or epochs
    curve : pairs of step and validation PSNR in dB
    validations_since_best : number of validations after that of the best model
    """

    def __init__(
        self, request: TrainRequest, data: TrainingSet, trainer: Trainer, group: ProcessGroup, pace: Pace
    ) -> None:
        self._request, self._data, self._trainer, self._group = request, data, trainer, group
        self._pace = pace
        self._checkpoint = catalog.checkpoint_path(request.output)
        self.steps: int | None = None
        self.minutes = request.minutes
        self._warm_start = request.warm_start.name if request.warm_start else None
        self.curve: list[tuple[int, float]] = []
        self._best_psnr_db = -math.inf
        self.validations_since_best = 0
        self._saved_step = 0
        self._region: PreviewRegion | None = None
        has_preview = request.emit_snapshots and data.preview_images
        self._preview = self._build_preview(data.preview_images[0]) if has_preview else None

    def remove_checkpoint(self) -> None:
        """Delete a checkpoint of an earlier run with the same output path.

        Raises
        ------
        ModelUnwritable
        """
        if self._group.is_main_process:
            checkpoint_file.remove(self._checkpoint)

    def validate(self) -> Validated:
        """Validate the EMA weights, and save a checkpoint. If the PSNR is the best so far, save the model.

        Every process validates, but only the main process writes files.

        Raises
        ------
        WeightsDiverged, ModelUnwritable
        """
        with self._pace.measure_validation():
            return self._validate()

    def _validate(self) -> Validated:
        self._check_finite()
        step, validation_set = self._trainer.step, self._data.validation_set
        backend = TorchBackend(self._trainer.ema_network, self._trainer.device)
        psnr_db, test_set = validation_set.psnr_db(backend), self._data.test_set
        test_psnr_db = None if test_set is None else test_set.psnr_db(backend)
        self.curve.append((step, round(psnr_db, 4)))
        is_best = psnr_db > self._best_psnr_db
        self.validations_since_best = 0 if is_best else self.validations_since_best + 1
        if is_best:
            self._best_psnr_db = psnr_db
        if is_best and self._group.is_main_process:
            save_model(
                self._request.output, self._trainer.ema_network, self._model_card(self.steps or step, test_psnr_db)
            )
        self.save()
        test_bicubic_psnr_db = None if test_set is None else test_set.bicubic_psnr_db
        return Validated(step, psnr_db, validation_set.bicubic_psnr_db, is_best, test_psnr_db, test_bicubic_psnr_db)

    def save(self) -> None:
        """Save a checkpoint of the current step. At step 0, or if this step is already saved, do nothing.

        Only the main process writes files.

        Raises
        ------
        WeightsDiverged, ModelUnwritable
        """
        step = self._trainer.step
        if step != self._saved_step and self._group.is_main_process:
            self._check_finite()
            checkpoint_file.save(self._checkpoint, self._checkpoint_state())
            self._saved_step = step

    def suspend(self) -> TrainingSuspended:
        """Save a checkpoint, and return the exception that the caller must raise to end the job."""
        self.save()
        return TrainingSuspended(step=self._trainer.step, path=self._checkpoint)

    @property
    def is_validated(self) -> bool:
        """Whether the current step has been validated."""
        return bool(self.curve) and self.curve[-1][0] == self._trainer.step

    def _check_finite(self) -> None:
        if not self._trainer.is_finite:
            raise WeightsDiverged(step=self._trainer.step)

    def handle_preview_request(self, request: object) -> Generator[Snapshot, None, None]:
        """Handle a PreviewRegion request: move the preview to its region, and yield a snapshot.

        All other requests are ignored.
        """
        if not isinstance(request, PreviewRegion) or request == self._region or not self._request.emit_snapshots:
            return
        self._region = request
        path = next((path for path in self._data.preview_images if path.name == request.image), None)
        if path is None:
            return
        try:
            self._preview = self._build_preview(path, request.center)
        except EngineError:  # the file was deleted during the run: keep the preview
            return
        yield from self.take_snapshot()

    def take_snapshot(self) -> Generator[Snapshot, None, None]:
        """Yield a snapshot of the EMA weights, if snapshots were requested."""
        if self._request.emit_snapshots:
            yield self._snapshot(self._trainer.ema_network, self._trainer.step)

    def take_best_snapshot(self) -> Generator[Snapshot, None, None]:
        """Yield a snapshot of the best model of a finished run, unless it is the model of the last step.

        Raises
        ------
        WeightsUnusable
        """
        if self._request.emit_snapshots:
            step = int(read_model(self._request.output).record["step"])
            if step != self._trainer.step:
                yield self._snapshot(load_network(self._request.output).to(self._trainer.device), step)

    def _snapshot(self, network: Network, step: int) -> Snapshot:
        preview = None if self._preview is None else self._preview.render(TorchBackend(network, self._trainer.device))
        filters = network.convolutions[0].weight.detach().mean(dim=1).float().cpu().numpy().copy()
        return Snapshot(step, filters, preview)

    def _build_preview(self, path: Path, center: tuple[float, float] | None = None) -> Preview:
        return Preview(path, self._request.info, center)

    def restore_checkpoint(self, steps_per_epoch: int) -> None:
        """Restore the trainer, the validation curve and the length of the run from the checkpoint.

        Parameters
        ----------
        steps_per_epoch : number of steps per epoch, to compare the requested length with the length in the checkpoint

        Raises
        ------
        NothingToResume, CheckpointUnusable
        """
        name = self._checkpoint.name
        check_resumable(self._request.output)
        state = checkpoint_file.load(self._checkpoint)
        self._check_settings(state, steps_per_epoch)
        try:
            if state["learner"].get("schedule", schedule.LEGACY_SCHEDULE) not in schedule.SCHEDULES:
                raise CheckpointUnusable(
                    name=name,
                    reason=N_("The checkpoint was written by a newer version of the program. Update the program."),
                )
            self._trainer.load_state_dict(state["learner"])
            self._best_psnr_db = float(state["best_psnr_db"])
            self.curve = [(int(step), float(psnr_db)) for step, psnr_db in state["curve"]]
            self.validations_since_best = int(state.get("validations_since_best", 0))
            self._saved_step = self._trainer.step
            self.steps, self.minutes = state["steps"], state.get("minutes")
            self._warm_start = state.get("warm_start")
            keeps_steps = "seconds" not in state and self.steps is not None  # a checkpoint of an earlier version
            self._pace.resume(
                self._trainer.step, float(state.get("seconds", 0)), None if keeps_steps else self.minutes
            )
        except (KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
            raise CheckpointUnusable(name=name, reason=checkpoint_file.DAMAGED_REASON) from error

    def finish(self, publish: Callable[[], Model] | None) -> tuple[Model, float, float]:
        """Verify or publish the best model, and delete the checkpoint.

        Parameters
        ----------
        publish : function that moves the model to its destination and returns it. If None, the model stays in the
            output path, and is read to verify it

        Returns
        -------
        model : the best model
        psnr_db, bicubic_psnr_db : validation PSNR of the model and of bicubic interpolation, in dB

        Raises
        ------
        WeightsUnusable, and the errors of `publish`
        """
        output = self._request.output
        if publish is not None:
            model = publish()
        else:
            model = read_model(output)
            load_network(output)
        if self._group.is_main_process:
            with suppress(OSError):  # a leftover checkpoint is harmless
                self._checkpoint.unlink(missing_ok=True)
        return model, self._best_psnr_db, self._data.validation_set.bicubic_psnr_db

    def _checkpoint_state(self) -> dict[str, Any]:
        """Return the content of a checkpoint, which `restore_checkpoint` reads.

        The keys are part of the file format.
        """
        return {
            "made_with": self._fingerprint(),
            "learner": self._trainer.state_dict(),
            "steps": self.steps,
            "minutes": self.minutes,
            "seconds": self._pace.seconds,
            "validation_size": self._request.validation_size,
            "warm_start": self._warm_start,
            "best_psnr_db": self._best_psnr_db,
            "validations_since_best": self.validations_since_best,
            "curve": self.curve,
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
        }

    def _check_settings(self, state: dict[str, Any], steps_per_epoch: int) -> None:
        """Raise CheckpointUnusable if the run in a checkpoint has different data or settings than this run.

        The error lists the different settings with their values in the checkpoint.
        """
        name, made_with, now = self._checkpoint.name, state.get("made_with"), self._fingerprint()
        try:
            recipe = Recipe.from_dict(made_with["recipe"]).to_dict()  # type: ignore[index]  # a damaged file may lack it
            before: dict[str, Any] = {**made_with, "recipe": recipe}  # type: ignore[dict-item]
            settings = _differences(_flatten(before), _flatten(now))
        except RecipeUnreadable as error:
            raise CheckpointUnusable(name=name, reason=error.facts["reason"]) from error
        except (KeyError, TypeError, ValueError, InvalidSetting) as error:
            raise CheckpointUnusable(name=name, reason=checkpoint_file.DAMAGED_REASON) from error
        settings += self._changed_options(state, steps_per_epoch, has_same_data=before == now)
        if settings:
            reason = lazy_format(
                N_("The run was started with {settings}. Use the same settings, or start a new run."),
                settings=", ".join(settings),
            )
            raise CheckpointUnusable(name=name, reason=reason)
        if before != now:
            raise CheckpointUnusable(
                name=name,
                reason=N_("The run was started with different training data. Use the same data, or start a new run."),
            )

    def _changed_options(self, state: dict[str, Any], steps_per_epoch: int, *, has_same_data: bool) -> list[str]:
        """Return the length, warm start and validation size of a checkpoint where this request differs.

        The items have the format "steps=1000". Options that the request omits are not compared.
        """
        request, minutes = self._request, state.get("minutes")
        length = {"steps": state.get("steps")} if minutes is None else {"minutes": minutes}
        steps = request.steps or (request.epochs * steps_per_epoch if request.epochs else None)
        has_length = steps is not None or request.minutes is not None
        options = _differences(length, {"minutes": request.minutes, "steps": steps}) if has_length else []
        if request.warm_start is not None and "warm_start" in state:
            options += _differences({"warm_start": state["warm_start"]}, {"warm_start": request.warm_start.name})
        if not has_same_data and "validation_size" in state:
            sizes = (state["validation_size"], request.validation_size)
            options += _differences(*({"validation": "default" if size is None else size} for size in sizes))
        return options

    def _fingerprint(self) -> dict[str, Any]:
        """Return the settings and the hashes of the data, which must not change when a run is resumed.

        The keys are part of the file format.
        """
        request, data = self._request, self._data
        hashes = {"data_sha256": data.sha256, "held_out_sha256": data.validation_sha256}
        spec, recipe = registry.to_dict(request.info), request.recipe.to_dict()
        return {"spec": spec, "recipe": recipe, "seed": request.seed} | hashes

    def _model_card(self, steps: int, test_psnr_db: float | None) -> dict[str, object]:
        """Return the model card, including the training set, the recipe and the validation PSNR.

        The keys are part of the file format.
        """
        request, data = self._request, self._data
        test_set = request.test_set
        return {
            **({} if test_set is None else {"test_set": test_set.resolve().name, "test_psnr_db": test_psnr_db}),
            "trained_on": data.trained_on,
            "data_sha256": data.sha256,
            "held_out": data.validation_source,
            "held_out_psnr_db": round(self._best_psnr_db, 4),
            "held_out_bicubic_psnr_db": round(data.validation_set.bicubic_psnr_db, 4),
            config_file.CARD_KEY: self._config(steps),
            "recipe": request.recipe.to_dict(),
            "warm_start": self._warm_start,
            "seed": request.seed,
            "step": self._trainer.step,
            "steps": steps,
            "curve": [list(point) for point in self.curve],
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
            "processes": self._group.size,
        }

    def _config(self, steps: int) -> dict[str, object]:
        """Return the configuration of the run, with names instead of paths, which are private."""
        table = config_file.to_table(self._request) | {"source": self._data.trained_on["name"]}
        replaced = (*config_file.LENGTHS, "warm_start", "test_set", "device")
        length = {"steps": steps} if self.minutes is None else {"minutes": self.minutes}
        warm_start = {"warm_start": self._warm_start} if self._warm_start else {}
        return {name: value for name, value in table.items() if name not in replaced} | length | warm_start


def check_resumable(output: Path) -> None:
    """Check that a run has a checkpoint and a model.

    Parameters
    ----------
    output : path of the model

    Raises
    ------
    NothingToResume
        There is no checkpoint.
    CheckpointUnusable
        There is a checkpoint, but no model.
    """
    checkpoint = catalog.checkpoint_path(output)
    if not checkpoint.is_file():
        raise NothingToResume(name=checkpoint.name, folder=checkpoint.absolute().parent)
    if not output.is_file():
        raise CheckpointUnusable(
            name=checkpoint.name,
            reason=N_(
                "The model that belongs to this checkpoint is no longer in the same folder. Restore the model or "
                "start a new run."
            ),
        )


def _flatten(fingerprint: dict[str, Any]) -> dict[str, Any]:
    """Return the settings in a fingerprint as a flat dict, named as on the command line."""
    info = registry.from_dict(fingerprint["spec"])
    filters = {name: number for name, number in fingerprint["spec"].items() if name in ("n1", "n2")}
    return {"arch": info.label, "scale": info.scale, **filters, "seed": fingerprint["seed"], **fingerprint["recipe"]}


def _differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the settings whose values differ in `now`, with their values in `before`, as "seed=0"."""
    return [f"{name}={before[name]}" for name in before if name in now and now[name] != before[name]]

"""What a training has to keep: its best model, its checkpoint, and the curve it was chosen by."""

import math
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from engine.errors import (
    CheckpointUnusable,
    EngineError,
    RecipeUnreadable,
    TrainingSuspended,
    WeightsDiverged,
    mark,
)
from engine.inference.process_group import World
from engine.inference.torch_backend import Inference
from engine.models import catalog
from engine.models.catalog import Model, read_model
from engine.models.weights import load_network, save_model
from engine.training import checkpoints, schedule
from engine.training.events import Aim, Looked, Validated
from engine.training.preview import Preview
from engine.training.request import Recipe, TrainRequest
from engine.training.trainer import Learner
from engine.training.training_set import TrainingSet


class Keeper:
    """Measures a run, keeps its best model and its checkpoint, and brings it back from there.

    Neither file is ever replaced by one with weights that are not finite.

    Attributes
    ----------
    steps : number of steps of the run, or None while it is unknown
    minutes : the length that was asked for, if it is given in minutes
    curve : pairs of step and held-out PSNR, dB
    """

    def __init__(self, request: TrainRequest, data: TrainingSet, learner: Learner, world: World) -> None:
        self._request, self._data, self._learner, self._world = request, data, learner, world
        self._checkpoint = catalog.checkpoint_path(request.output)
        self.steps: int | None = None
        self.minutes = request.minutes
        self.curve: list[tuple[int, float]] = []
        self._best_db = -math.inf
        self._saved_at = 0  # step
        self._aim: Aim | None = None
        self._preview = self._preview_of(data.to_show[0]) if request.watched and data.to_show else None

    def start_over(self) -> None:
        """Remove the checkpoint of another run of this name: it would not belong to the model written next.

        Raises
        ------
        ModelUnwritable
        """
        if self._world.leads:
            checkpoints.remove(self._checkpoint)

    def validate(self) -> Validated:
        """Measure the average on what is held out; keep it if it is the best so far. Every process measures.

        Raises
        ------
        WeightsDiverged, ModelUnwritable
        """
        self._require_finite()
        step, held_out = self._learner.step, self._data.held_out
        score_db = held_out.psnr_db(Inference(self._learner.average, self._learner.device))
        self.curve.append((step, round(score_db, 4)))
        better = score_db > self._best_db
        if better:
            self._best_db = score_db
        if better and self._world.leads:
            save_model(self._request.output, self._learner.average, self._record(self.steps or step))
        self.save()
        return Validated(step, score_db, held_out.bicubic_psnr_db, better)

    def save(self) -> None:
        """Write the checkpoint of the current step, unless it is there; the first process does, for all.

        There is none of step 0.

        Raises
        ------
        WeightsDiverged, ModelUnwritable
        """
        step = self._learner.step
        if step != self._saved_at and self._world.leads:
            self._require_finite()
            checkpoints.save(self._checkpoint, self._state())
            self._saved_at = step

    def suspended(self) -> TrainingSuspended:
        """Write the checkpoint, and return what to raise for a run that stops here to be resumed later."""
        self.save()
        return TrainingSuspended(step=self._learner.step, path=self._checkpoint)

    @property
    def was_validated(self) -> bool:
        """Whether the current step was measured."""
        return bool(self.curve) and self.curve[-1][0] == self._learner.step

    def _require_finite(self) -> None:
        if not self._learner.is_finite:
            raise WeightsDiverged(step=self._learner.step)

    def look_at(self, aim: object) -> Generator[Looked, None, None]:
        """Show another part of the held-out pictures from now on, if that is asked for and something new."""
        if not isinstance(aim, Aim) or aim == self._aim or not self._request.watched:
            return
        self._aim = aim
        path = next((path for path in self._data.to_show if path.name == aim.picture), None)
        if path is None:
            return
        try:
            self._preview = self._preview_of(path, aim.centre)
        except EngineError:  # it was there when the run began; what is shown stays
            return
        yield from self.look()

    def look(self) -> Generator[Looked, None, None]:
        """What the network looks like now, for those who watch: its average, which is what is kept."""
        if self._request.watched:
            network = self._learner.average
            run = Inference(network, self._learner.device)
            part = None if self._preview is None else self._preview.of(run)
            yield Looked(self._learner.step, network.conv1.weight.detach()[:, 0].float().cpu().numpy().copy(), part)

    def _preview_of(self, path: Path, centre: tuple[float, float] | None = None) -> Preview:
        return Preview(path, self._request.spec, centre)

    def go_on(self) -> None:
        """Bring the learner, the curve and the length of the run back from the checkpoint.

        Raises
        ------
        NothingToResume, CheckpointUnusable
        """
        name = self._checkpoint.name
        if not self._request.output.is_file():
            raise CheckpointUnusable(name=name, reason=mark("the model it belongs to is not beside it any more."))
        state = checkpoints.load(self._checkpoint)
        try:
            fits = self._fits(state.get("made_with"))
        except RecipeUnreadable as error:
            raise CheckpointUnusable(name=name, reason=error.facts["reason"]) from error
        if not fits:
            reason = mark("it was made with other pictures or settings; use the same ones, or start anew.")
            raise CheckpointUnusable(name=name, reason=reason)
        try:
            if state["learner"].get("schedule", schedule.UNNAMED) not in schedule.SCHEDULES:
                raise CheckpointUnusable(name=name, reason=mark("it was made by a newer version of this program."))
            self._learner.restore(state["learner"])
            self._best_db = float(state["best_psnr_db"])
            self.curve = [(int(step), float(psnr_db)) for step, psnr_db in state["curve"]]
            self._saved_at = self._learner.step
            self.steps, self.minutes = state["steps"], state.get("minutes")
        except (KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
            raise CheckpointUnusable(name=name, reason=mark("it is damaged, or not a checkpoint.")) from error

    def finish(self, deliver: Callable[[], Model] | None) -> tuple[Model, float, float]:
        """Return the best model and the PSNR of it and of bicubic, dB; the checkpoint goes last.

        The model is read back from the disk, or put where it belongs by `deliver`, while there still is a checkpoint.

        Raises
        ------
        WeightsUnusable, and what `deliver` raises
        """
        output = self._request.output
        if deliver is not None:
            model = deliver()
        else:
            model = read_model(output)
            load_network(output)
        if self._world.leads:
            with suppress(OSError):  # a checkpoint that stays is only in the way
                self._checkpoint.unlink(missing_ok=True)
        return model, self._best_db, self._data.held_out.bicubic_psnr_db

    def _state(self) -> dict[str, Any]:
        """A checkpoint: what `go_on` needs, with what the run was made from."""
        return {
            "made_with": self._made_with(),
            "learner": self._learner.state(),
            "steps": self.steps,
            "minutes": self.minutes,
            "best_psnr_db": self._best_db,
            "curve": self.curve,
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
        }

    def _fits(self, made_with: object) -> bool:
        """Whether that is what this run is made with; raises RecipeUnreadable."""
        if not isinstance(made_with, dict):
            return False
        recipe = Recipe.from_dict(made_with.get("recipe"))
        return made_with | {"recipe": recipe.to_dict()} == self._made_with()

    def _made_with(self) -> dict[str, Any]:
        """What must be the same for a run to go on as if it had not stopped."""
        request, data = self._request, self._data
        content = {"data_sha256": data.sha256, "held_out_sha256": data.held_out_sha256}
        return {"spec": asdict(request.spec), "recipe": request.recipe.to_dict(), "seed": request.seed} | content

    def _record(self, steps: int) -> dict[str, object]:
        """The model card: what was learned from, how, and how well it does on pictures it never saw."""
        request, data = self._request, self._data
        return {
            "trained_on": data.trained_on,
            "data_sha256": data.sha256,
            "held_out": data.kept_apart,
            "held_out_psnr_db": round(self._best_db, 4),
            "held_out_bicubic_psnr_db": round(data.held_out.bicubic_psnr_db, 4),
            "recipe": request.recipe.to_dict(),
            "warm_start": request.warm_start.name if request.warm_start else None,
            "seed": request.seed,
            "step": self._learner.step,
            "steps": steps,
            "curve": [list(point) for point in self.curve],
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
            "processes": self._world.size,
        }

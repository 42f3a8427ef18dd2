"""Fit an SRCNN to pictures: cut the patch set, minimise the squared error, keep the weights that do best held out.

The standard recipe (measured, not the paper's SGD, which takes days): Adam with warm-up and cosine decay on the mean
squared error of valid convolutions, every batch in all eight orientations, and a moving average of the weights.
Stopped or killed, a run goes on from its checkpoint with the same weights as if nothing had happened.
"""

import math
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from engine.datasets.preview import Preview
from engine.datasets.training_set import TrainingSet, gather
from engine.errors import BadRequest, CheckpointUnusable, ModelUnwritable, TrainingDiverged, mark
from engine.events import (
    DeviceFellBack,
    FileFailed,
    Gathering,
    Looked,
    PatchesBuilt,
    PicturePart,
    Resumed,
    Step,
    Stepped,
    Validated,
)
from engine.models import Model, read_model
from engine.network import checkpoints, distributed
from engine.network import device as devices
from engine.network.batches import Batches
from engine.network.distributed import World
from engine.network.inference import Inference
from engine.network.learner import Learner
from engine.network.srcnn import SRCNN, initialise, initialise_as_paper
from engine.network.stopwatch import Stopwatch
from engine.network.weights import load_network, save_model
from engine.requests import Recipe, TrainRequest

Event = DeviceFellBack | FileFailed | Gathering | PatchesBuilt | Resumed | Stepped | Step | Validated | Looked

REPORT_EVERY = 50  # steps
VALIDATE_EVERY = 500  # steps; a checkpoint is written with each
_EARLY = (100, 200, 300, 400)  # the steps measured besides, while the curve is steep
_TIMED = (10, 50)  # the steps over which minutes are turned into a step count


@dataclass(frozen=True)
class Trained:
    """The best model, as saved, and the held-out PSNR (dB) it was chosen by."""

    model: Model
    psnr_db: float
    bicubic_psnr_db: float
    steps: int
    seconds: float


def run(request: TrainRequest) -> Generator[Event, None, Trained]:
    """Train, keeping the best model in ``request.output`` from the first moment on.

    Closed between two events it loses nothing; killed, the steps since its last checkpoint, at most VALIDATE_EVERY.
    A pause, which is where the next event is not asked for, counts in no figure. Under torchrun every process runs
    this; each takes its part of every batch, and the first one writes.

    Yields
    ------
    Gathering, FileFailed for every picture that cannot be used, PatchesBuilt, Resumed if it goes on from a checkpoint,
    then Stepped after every step, and Step, Validated and, if the request is watched, Looked as they come.

    Raises
    ------
    NoPictures, WeightsUnusable, DeviceUnknown, ModelUnwritable, TrainingDiverged, NothingToResume, CheckpointUnusable,
    TrainingPeerLost
    """
    if not request.output.resolve().parent.is_dir():
        raise ModelUnwritable(name=request.output.name, reason=mark("its folder does not exist."))
    here = distributed.world()
    devices.use_all_threads(here.local_size)
    device, fell_back = devices.choose(request.device, here.local_rank, here.local_size)
    if fell_back:
        yield DeviceFellBack(request.device, devices.title(device))
    with distributed.joined(device) as world:
        return (yield from _fit(request, device, world))


def _fit(request: TrainRequest, device: torch.device, world: World) -> Generator[Event, None, Trained]:
    """Minimise the squared error over the patch set."""
    watch = Stopwatch()
    data, recipe = (yield from gather(request)), request.recipe
    batches = _batches(data, request, device, world)
    learner = Learner(_new_network(request), recipe, device, world, typical_mse=data.patch_set.bicubic_mse)
    keeper = _Keeper(request, data, learner, world)
    steps = request.epochs * batches.in_epoch if request.epochs else request.steps
    if request.resume:
        steps = keeper.go_on()
        yield Resumed(learner.step, steps, tuple(keeper.curve))
    else:  # the start is the first best: whoever stops at any time has a model
        yield keeper.validate(steps)
    yield from keeper.look()

    losses: list[Tensor] = []
    timed, since = 0.0, watch.seconds()
    try:
        while steps is None or learner.step < steps:
            losses.append(learner.learn(*batches.of_step(learner.step), batches.size, steps))
            step = learner.step
            with watch.halted():  # a pause is here
                yield Stepped(step, steps)
            if steps is None and step in _TIMED:
                timed = watch.seconds() - timed
                if step == _TIMED[1]:
                    steps = world.agree(_steps_for(request, timed / (_TIMED[1] - _TIMED[0]), step), device)
            if step % REPORT_EVERY == 0 or step == steps:
                yield _report(learner, steps or step, losses, batches.size, watch.seconds() - since)
                yield from keeper.look()
                losses, since = [], watch.seconds()
            if step % VALIDATE_EVERY == 0 or step in _EARLY or step == steps:
                yield keeper.validate(steps)
                since = watch.seconds()
    except GeneratorExit:
        keeper.save(steps)
        raise
    world.wait(device)  # the first process has written
    return keeper.finish(watch.seconds())


class _Keeper:
    """Measures a run, keeps its best model and its checkpoint, and brings it back from there."""

    def __init__(self, request: TrainRequest, data: TrainingSet, learner: Learner, world: World) -> None:
        self._request, self._data, self._learner, self._world = request, data, learner, world
        self._checkpoint = checkpoints.path_for(request.output)
        self.curve: list[tuple[int, float]] = []  # step, held-out PSNR in dB
        self._best_db = -math.inf
        self._saved_at = 0  # step
        self._preview = Preview(data.to_show, request.spec) if request.watched and data.to_show else None

    def validate(self, steps: int | None) -> Validated:
        """Measure the average on what is held out; keep it if it is the best so far. Every process measures."""
        step, held_out = self._learner.step, self._data.held_out
        score_db = held_out.psnr_db(Inference(self._learner.average, self._learner.device))
        self.curve.append((step, round(score_db, 4)))
        better = score_db > self._best_db
        if better:
            self._best_db = score_db
        if better and self._world.leads:
            save_model(self._request.output, self._learner.average, self._record(steps or step))
        self.save(steps)
        return Validated(step, score_db, held_out.bicubic_psnr_db, better)

    def save(self, steps: int | None) -> None:
        """Write the checkpoint of the present step, if it is not there; the first process does, for all.

        There is none of the start, nor before it is known how long the run will be.
        """
        step = self._learner.step
        if step != self._saved_at and steps is not None and self._world.leads:
            checkpoints.save(self._checkpoint, self._state(steps))
            self._saved_at = step

    def look(self) -> Generator[Looked, None, None]:
        """What the network looks like now, for those who watch: its average, which is what is kept."""
        if not self._request.watched:
            return
        network, part = self._learner.average, None
        if self._preview is not None:
            now, psnr_db = self._preview.of(Inference(network, self._learner.device))
            shown = self._preview
            part = PicturePart(shown.name, shown.bicubic, now, shown.truth, shown.bicubic_psnr_db, psnr_db)
        yield Looked(self._learner.step, network.conv1.weight.detach()[:, 0].float().cpu().numpy().copy(), part)

    def go_on(self) -> int | None:
        """Bring the learner back from its checkpoint; returns the run's length in steps, if it was known."""
        name = self._checkpoint.name
        if not self._request.output.is_file():
            raise CheckpointUnusable(name=name, reason=mark("the model it belongs to is not beside it any more."))
        state = checkpoints.load(self._checkpoint)
        if not self._fits(state.get("made_with")):
            reason = mark("it was made with other pictures or settings; use the same ones, or start anew.")
            raise CheckpointUnusable(name=name, reason=reason)
        try:
            self._learner.restore(state["learner"])
            self._best_db = float(state["best_psnr_db"])
            self.curve = [(int(step), float(psnr_db)) for step, psnr_db in state["curve"]]
            self._saved_at = self._learner.step
            steps: int | None = state["steps"]
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointUnusable(name=name, reason=mark("it is damaged, or not a checkpoint.")) from error
        return steps

    def finish(self, seconds: float) -> Trained:
        """The run is over: its checkpoint is not needed any more."""
        if self._world.leads:
            self._checkpoint.unlink(missing_ok=True)
        bicubic_db = self._data.held_out.bicubic_psnr_db
        return Trained(read_model(self._request.output), self._best_db, bicubic_db, self._learner.step, seconds)

    def _state(self, steps: int | None) -> dict[str, Any]:
        """A checkpoint: what `go_on` needs, with what the run was made from."""
        return {
            "made_with": self._made_with(),
            "learner": self._learner.state(),
            "steps": steps,
            "best_psnr_db": self._best_db,
            "curve": self.curve,
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
        }

    def _fits(self, made_with: object) -> bool:
        """Whether that is what this run is made with; what a recipe could not yet say then was as it is by itself."""
        if not isinstance(made_with, dict) or not isinstance(made_with.get("recipe"), dict):
            return False
        unsaid = asdict(Recipe()) | {"rescales": []}
        return made_with | {"recipe": unsaid | made_with["recipe"]} == self._made_with()

    def _made_with(self) -> dict[str, Any]:
        """What must be the same for a run to go on as if it had not stopped."""
        request, data = self._request, self._data
        recipe = asdict(request.recipe) | {"rescales": list(request.recipe.rescales)}
        content = {"data_sha256": data.sha256, "held_out_sha256": data.held_out_sha256}
        return {"spec": asdict(request.spec), "recipe": recipe, "seed": request.seed} | content

    def _record(self, steps: int) -> dict[str, object]:
        """The model card: what was learned from, how, and how well it does on pictures it never saw."""
        request, data = self._request, self._data
        return {
            "trained_on": data.contents,
            "data_sha256": data.sha256,
            "held_out": list(data.held_out_names),
            "held_out_psnr_db": round(self._best_db, 4),
            "held_out_bicubic_psnr_db": round(data.held_out.bicubic_psnr_db, 4),
            "recipe": request.recipe.in_words,
            "warm_start": request.warm_start.name if request.warm_start else None,
            "seed": request.seed,
            "step": self._learner.step,
            "steps": steps,
            "curve": [list(point) for point in self.curve],
            "torch": str(torch.__version__),
            "threads": torch.get_num_threads(),
            "processes": self._world.size,
        }


def _batches(data: TrainingSet, request: TrainRequest, device: torch.device, world: World) -> Batches:
    """The patches in the order that the seed gives; raises BadRequest if a batch has none for some process."""
    batches = Batches(
        data.patch_set.inputs,
        data.patch_set.labels,
        size=request.recipe.batch,
        seed=request.seed,
        orientations=request.recipe.orientations,
        device=device,
        world=world,
    )
    if batches.size < world.size:
        reason = mark("at least one patch for each of the {processes} processes")
        raise BadRequest(
            setting=mark("The batch size"), value=batches.size, allowed=reason.format(processes=world.size)
        )
    return batches


def _new_network(request: TrainRequest) -> SRCNN:
    """Start from another model's weights, near bicubic, or as the paper does."""
    network = SRCNN(request.spec)
    generator = torch.Generator().manual_seed(request.seed)
    if request.warm_start is not None:
        network.load_state_dict(load_network(request.warm_start.path, request.spec.scale).state_dict())
    elif request.recipe.optimiser == "sgd":
        initialise_as_paper(network, generator)
    else:
        initialise(network, generator, request.recipe.first_filters)
    return network


def _steps_for(request: TrainRequest, seconds_per_step: float, step: int) -> int:
    """How many steps fit into the minutes asked for, at the speed of the first ones; at least one more."""
    return max(step + 1, int((request.minutes or 0) * 60 / seconds_per_step))


def _report(learner: Learner, steps: int, losses: list[Tensor], batch: int, seconds: float) -> Step:
    """The state of the run; raises TrainingDiverged if the loss is no number any more."""
    loss = float(torch.stack(losses).mean())
    if not math.isfinite(loss):
        raise TrainingDiverged(loss=loss, step=learner.step)
    per_s = len(losses) / seconds
    left_s = (steps - learner.step) / per_s
    return Step(learner.step, steps, loss, learner.learning_rate(steps), per_s * batch, left_s)

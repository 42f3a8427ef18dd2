"""Fit an SRCNN to pictures: cut the patch set, minimise the squared error, keep the weights that do best held out.

The standard recipe (measured, not the paper's SGD, which takes days): Adam with warm-up and cosine decay on the mean
squared error of valid convolutions, every batch in all eight orientations, and a moving average of the weights.
Stopped or killed, a run goes on from its checkpoint with the same weights as if nothing had happened.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.events import FileFailed
from engine.errors import BadRequest, ModelUnwritable, TrainingDiverged, TrainingExists, fill, mark
from engine.inference import device as devices
from engine.inference import process_group
from engine.inference.process_group import World
from engine.models import catalog
from engine.models.architectures.srcnn import SRCNN, initialise, initialise_as_paper
from engine.models.catalog import Model
from engine.models.weights import load_network
from engine.system.files import refuse_existing
from engine.training import checkpoints
from engine.training.checkpointing import Keeper
from engine.training.events import (
    Aim,
    Finish,
    Gathering,
    Looked,
    PatchesBuilt,
    Resumed,
    Step,
    Stepped,
    Suspend,
    Validated,
)
from engine.training.patch_loader import Batches
from engine.training.request import TrainRequest
from engine.training.stopwatch import Stopwatch
from engine.training.trainer import Learner
from engine.training.training_set import TrainingSet, gather
from engine.upscaling.events import DeviceFellBack

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


def run(
    request: TrainRequest, deliver: Callable[[], Model] | None = None
) -> Generator[Event, Aim | Finish | Suspend | None, Trained]:
    """Train, keeping the best model in ``request.output`` from the first moment on.

    Closed between two events it loses nothing; killed, the steps since its last checkpoint, at most VALIDATE_EVERY.
    A pause, which is where the next event is not asked for, counts in no figure. Under torchrun every process runs
    this; each takes its part of every batch, and the first one writes. Sent an Aim, it shows itself there from then
    on, if the request is watched; sent a Finish, it ends with the step in work; sent a Suspend after a step, it writes
    a checkpoint and raises TrainingSuspended, unless that step was the last.

    The checkpoint is deleted when the model was read back at its destination, and not before. `deliver`, if given, is
    called then: it puts the best model where it belongs and returns it.

    Yields
    ------
    Gathering, FileFailed for every picture that cannot be used, PatchesBuilt, Resumed if it goes on from a checkpoint,
    then Stepped after every step, and Step, Validated and, if the request is watched, Looked as they come.

    Raises
    ------
    FileExists, NoPictures, WeightsUnusable, DeviceUnknown, ModelUnwritable, TrainingDiverged, TrainingSuspended,
    NothingToResume, CheckpointUnusable, TrainingRunning, TrainingPeerLost; what `deliver` raises
    """
    if not request.output.resolve().parent.is_dir():
        raise ModelUnwritable(name=request.output.name, reason=mark("its folder does not exist."))
    here = process_group.world()
    if here.leads and not checkpoints.is_at_work(request.output):
        _refuse_to_overwrite(request)
    devices.use_all_threads(here.local_size)
    device, fell_back = devices.choose(request.device, here.local_rank, here.local_size)
    if fell_back:
        yield DeviceFellBack(request.device, devices.title(device))
    with process_group.joined(device) as world, checkpoints.alone(request.output, leads=world.leads):
        if world.leads:
            _refuse_to_overwrite(request)  # what may have appeared before the lock was taken
        return (yield from _fit(request, device, world, deliver))


def _refuse_to_overwrite(request: TrainRequest) -> None:
    """Raise FileExists if a model or a checkpoint would be replaced that this run has nothing to do with."""
    if request.resume or request.overwrite:
        return
    checkpoint = catalog.checkpoint_path(request.output)
    if request.output.exists() and checkpoint.exists():
        raise TrainingExists(name=request.output.name)
    for path in (request.output, checkpoint):
        refuse_existing(path)


def _fit(
    request: TrainRequest, device: torch.device, world: World, deliver: Callable[[], Model] | None
) -> Generator[Event, Aim | Finish | Suspend | None, Trained]:
    """Minimise the squared error over the patch set."""
    watch = Stopwatch()
    data = yield from gather(request)
    batches = _batches(data, request, device, world)
    learner = Learner(_new_network(request), request.recipe, device, world, typical_mse=data.patch_set.bicubic_mse)
    keeper = Keeper(request, data, learner, world)
    yield from _begin(request, batches, learner, keeper)
    try:
        yield from _learn(batches, learner, keeper, watch, world)
    except GeneratorExit:
        keeper.save()
        raise
    world.wait(device)  # the first process has written
    model, best_db, bicubic_db = keeper.finish(deliver)
    return Trained(model, best_db, bicubic_db, learner.step, watch.seconds())


def _begin(
    request: TrainRequest, batches: Batches, learner: Learner, keeper: Keeper
) -> Generator[Event, Aim | Finish | Suspend | None, None]:
    """Come to the first step: that of a new run, or the one after the checkpoint."""
    if request.resume:
        keeper.go_on()
        yield Resumed(learner.step, keeper.steps, tuple(keeper.curve))
        if _is_due(learner.step, keeper.steps) and not keeper.was_validated:  # it was stopped just before
            yield keeper.validate()
    else:  # the start is the first best: whoever stops at any time has a model
        keeper.steps = request.epochs * batches.in_epoch if request.epochs else request.steps
        keeper.start_over()
        yield keeper.validate()
    yield from keeper.look()


def _learn(
    batches: Batches, learner: Learner, keeper: Keeper, watch: Stopwatch, world: World
) -> Generator[Event, Aim | Finish | Suspend | None, None]:
    """Take the steps that are left, and report, measure and show what comes of them."""
    losses: list[Tensor] = []
    since, pace = watch.seconds(), _Pace(watch, learner.step)
    while keeper.steps is None or learner.step < keeper.steps:
        losses.append(learner.learn(*batches.of_step(learner.step), batches.size, keeper.steps))
        step = learner.step
        with watch.halted():  # a pause is here
            hint = yield Stepped(step, keeper.steps)
        if isinstance(hint, Finish):
            keeper.steps = step
        if world.any(isinstance(hint, Suspend), learner.device) and step != keeper.steps:
            raise keeper.suspended()
        yield from keeper.look_at(hint)
        if keeper.steps is None and (seconds := pace.measured(step)) is not None:
            keeper.steps = world.agree(_steps_for(keeper.minutes or 0, seconds, step), learner.device)
        if step % REPORT_EVERY == 0 or step == keeper.steps:
            yield _report(learner, keeper.steps or step, losses, batches.size, watch.seconds() - since)
            yield from keeper.look()
            losses, since = [], watch.seconds()
        if _is_due(step, keeper.steps):
            yield keeper.validate()
            since = watch.seconds()


def _is_due(step: int, steps: int | None) -> bool:
    """Whether the model is measured after this step."""
    return step % VALIDATE_EVERY == 0 or step in _EARLY or step == steps


class _Pace:
    """How long a step takes, measured over the steps _TIMED after the first."""

    def __init__(self, watch: Stopwatch, first: int) -> None:
        self._watch, self._first = watch, first
        self._since = 0.0

    def measured(self, step: int) -> float | None:
        """Seconds for a step, once they are known."""
        if step - self._first == _TIMED[0]:
            self._since = self._watch.seconds()
        if step - self._first == _TIMED[1]:
            return (self._watch.seconds() - self._since) / (_TIMED[1] - _TIMED[0])
        return None


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
        allowed = fill(mark("at least one patch for each of the {processes} processes"), processes=world.size)
        raise BadRequest(setting=mark("The batch size"), value=batches.size, allowed=allowed)
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


def _steps_for(minutes: float, seconds_per_step: float, step: int) -> int:
    """How many steps fit into the minutes asked for, at the speed of the first ones; at least one more."""
    return max(step + 1, int(minutes * 60 / seconds_per_step))


def _report(learner: Learner, steps: int, losses: list[Tensor], batch: int, seconds: float) -> Step:
    """The state of the run; raises TrainingDiverged if the loss is no number any more."""
    loss = float(torch.stack(losses).mean())
    if not math.isfinite(loss):
        raise TrainingDiverged(loss=loss, step=learner.step)
    per_s = len(losses) / seconds
    left_s = (steps - learner.step) / per_s
    return Step(learner.step, steps, loss, learner.learning_rate(steps), per_s * batch, left_s)

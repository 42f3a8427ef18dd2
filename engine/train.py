"""Fit an SRCNN to pictures: cut the patch set, minimise the squared error, keep the weights that do best held out.

The standard recipe (measured, not the paper's SGD, which takes days): Adam with warm-up and cosine decay on the mean
squared error of valid convolutions, every batch in all eight orientations, and a moving average of the weights.
Stopped or killed, a run goes on from its checkpoint with the same weights as if nothing had happened.
"""

import math
from collections.abc import Generator
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from engine.datasets import patches
from engine.datasets.held_out import HeldOut
from engine.datasets.patches import PatchSet, TrainingPicture
from engine.datasets.sources import pictures_in
from engine.errors import CheckpointUnusable, ModelUnwritable, TrainingDiverged, mark
from engine.events import DeviceFellBack, FileFailed, PatchesBuilt, Resumed, Step, Stepped, Validated
from engine.models import Model, read_model
from engine.network import checkpoints, inference
from engine.network import device as devices
from engine.network.batches import Batches
from engine.network.learner import Learner
from engine.network.srcnn import SRCNN, initialise, initialise_as_paper
from engine.network.weights import load_network, save_model
from engine.requests import TrainRequest

Event = DeviceFellBack | FileFailed | PatchesBuilt | Resumed | Stepped | Step | Validated

REPORT_EVERY = 100  # steps
VALIDATE_EVERY = 1000  # steps, a multiple of REPORT_EVERY; a checkpoint is written with each
_TIMED = (20, 60)  # the steps over which minutes are turned into a step count


@dataclass(frozen=True)
class Trained:
    """The best model, as saved, and the held-out PSNR (dB) it was chosen by."""

    model: Model
    psnr_db: float
    bicubic_psnr_db: float
    steps: int
    seconds: float


@dataclass(frozen=True)
class Data:
    """What a run learns from and is measured on."""

    patch_set: PatchSet
    held_out: HeldOut
    pictures: int
    held_out_names: tuple[str, ...]
    sha256: str  # of the pixels learned from
    held_out_sha256: str


def run(request: TrainRequest) -> Generator[Event, None, Trained]:
    """Train, keeping the best model in ``request.output`` from the first moment on.

    Closed, a run loses the steps since its last checkpoint, at most VALIDATE_EVERY.

    Yields
    ------
    FileFailed for every picture that cannot be used, PatchesBuilt, Resumed if it goes on from a checkpoint, then
    Stepped after every step, and Step and Validated as they come.

    Raises
    ------
    NoPictures, WeightsUnusable, DeviceUnknown, ModelUnwritable, TrainingDiverged, NothingToResume, CheckpointUnusable
    """
    began = perf_counter()
    if not request.output.resolve().parent.is_dir():
        raise ModelUnwritable(name=request.output.name, reason=mark("its folder does not exist."))
    devices.use_all_threads()
    device, fell_back = devices.choose(request.device)
    if fell_back:
        yield DeviceFellBack(request.device, devices.title(device))

    data = yield from _prepare(request)
    recipe, patch_set = request.recipe, data.patch_set
    batches = Batches(
        patch_set.inputs,
        patch_set.labels,
        size=recipe.batch,
        seed=request.seed,
        orientations=recipe.orientations,
        device=device,
    )
    learner = Learner(_new_network(request), recipe, device)
    if request.resume:
        steps, best_db, model = _go_on(request, data, learner)
        yield Resumed(learner.step, steps)
    else:  # the start is the first best: whoever stops at any time has a model
        steps, best_db = request.steps, data.held_out.psnr_db(partial(inference.apply, learner.average))
        model = save_model(request.output, learner.average, _record(request, data, 0, steps or 0, best_db))
        yield Validated(0, best_db, data.held_out.bicubic_psnr_db, best=True)

    losses: list[Tensor] = []
    timed, since = 0.0, perf_counter()
    while steps is None or learner.step < steps:
        losses.append(learner.learn(*batches.of_step(learner.step), steps))
        step = learner.step
        yield Stepped(step, steps)
        if steps is None and step in _TIMED:
            timed = perf_counter() - timed
            if step == _TIMED[1]:
                steps = _steps_for(request, timed / (_TIMED[1] - _TIMED[0]), step)
        if step % REPORT_EVERY == 0 or step == steps:
            yield _report(learner, steps or step, losses, perf_counter() - since)
            losses, since = [], perf_counter()
        if step % VALIDATE_EVERY == 0 or step == steps:
            score_db = data.held_out.psnr_db(partial(inference.apply, learner.average))
            better = score_db > best_db
            if better:
                best_db = score_db
                record = _record(request, data, step, steps or step, score_db)
                model = save_model(request.output, learner.average, record)
            checkpoints.save(checkpoints.path_for(request.output), _state(request, data, learner, steps, best_db))
            yield Validated(step, score_db, data.held_out.bicubic_psnr_db, better)
            since = perf_counter()
    checkpoints.path_for(request.output).unlink(missing_ok=True)
    return Trained(model, best_db, data.held_out.bicubic_psnr_db, learner.step, perf_counter() - began)


def _prepare(request: TrainRequest) -> Generator[FileFailed | PatchesBuilt, None, Data]:
    """Read the pictures, keep some apart, cut the rest into patches."""
    usable: list[TrainingPicture] = []
    for read in patches.read_training_pictures(pictures_in(request.folder), request.spec.scale):
        if isinstance(read, FileFailed):
            yield read
        else:
            usable.append(read)
    train, kept_apart = patches.split_held_out(usable, request.held_out, request.seed)
    patch_set = patches.build(train, request.spec, request.recipe.rescales)
    yield PatchesBuilt(len(train), len(patch_set), len(kept_apart))
    return Data(
        patch_set,
        HeldOut(kept_apart, request.spec),
        len(train),
        tuple(picture.path.name for picture in kept_apart),
        _content(train),
        _content(kept_apart),
    )


def _content(pictures: list[TrainingPicture]) -> str:
    """A hash of a set of pictures, whatever their names and order."""
    return sha256("".join(sorted(picture.content for picture in pictures)).encode()).hexdigest()


def _new_network(request: TrainRequest) -> SRCNN:
    """Start from another model's weights, near bicubic, or as the paper does."""
    network = SRCNN(request.spec)
    generator = torch.Generator().manual_seed(request.seed)
    if request.warm_start is not None:
        network.load_state_dict(load_network(request.warm_start.path, request.spec.scale).state_dict())
    elif request.recipe.optimiser == "sgd":
        initialise_as_paper(network, generator)
    else:
        initialise(network, generator)
    return network


def _go_on(request: TrainRequest, data: Data, learner: Learner) -> tuple[int | None, float, Model]:
    """Bring a run back from its checkpoint: its length, and its best model so far."""
    path = checkpoints.path_for(request.output)
    if not request.output.is_file():
        raise CheckpointUnusable(name=path.name, reason=mark("the model it belongs to is not beside it any more."))
    state = checkpoints.load(path)
    if state.get("made_with") != _made_with(request, data):
        reason = mark("it was made with other pictures or settings; use the same ones, or start anew.")
        raise CheckpointUnusable(name=path.name, reason=reason)
    try:
        learner.restore(state["learner"])
        steps, best_db = state["steps"], float(state["best_psnr_db"])
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise CheckpointUnusable(name=path.name, reason=mark("it is damaged, or not a checkpoint.")) from error
    return steps, best_db, read_model(request.output)


def _state(request: TrainRequest, data: Data, learner: Learner, steps: int | None, best_db: float) -> dict[str, Any]:
    """A checkpoint: what `_go_on` needs, with what the run was made from."""
    return {
        "made_with": _made_with(request, data),
        "learner": learner.state(),
        "steps": steps,
        "best_psnr_db": best_db,
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
    }


def _made_with(request: TrainRequest, data: Data) -> dict[str, Any]:
    """What must be the same for a run to go on as if it had not stopped."""
    recipe = asdict(request.recipe) | {"rescales": list(request.recipe.rescales)}
    content = {"data_sha256": data.sha256, "held_out_sha256": data.held_out_sha256}
    return {"spec": asdict(request.spec), "recipe": recipe, "seed": request.seed} | content


def _steps_for(request: TrainRequest, seconds_per_step: float, step: int) -> int:
    """How many steps fit into the minutes asked for, at the speed of the first ones; at least one more."""
    return max(step + 1, int((request.minutes or 0) * 60 / seconds_per_step))


def _report(learner: Learner, steps: int, losses: list[Tensor], seconds: float) -> Step:
    """The state of the run; raises TrainingDiverged if the loss is no number any more."""
    loss = float(torch.stack(losses).mean())
    if not math.isfinite(loss):
        raise TrainingDiverged(loss=loss, step=learner.step)
    per_s = len(losses) / seconds
    left_s = (steps - learner.step) / per_s
    return Step(learner.step, steps, loss, learner.learning_rate(steps), per_s * learner.recipe.batch, left_s)


def _record(request: TrainRequest, data: Data, step: int, steps: int, psnr_db: float) -> dict[str, object]:
    """The model card: what was learned from, how, and how well it does on pictures it never saw."""
    return {
        "trained_on": f"{request.folder.resolve().name}, {data.pictures} pictures",
        "data_sha256": data.sha256,
        "held_out": list(data.held_out_names),
        "held_out_psnr_db": round(psnr_db, 4),
        "held_out_bicubic_psnr_db": round(data.held_out.bicubic_psnr_db, 4),
        "recipe": request.recipe.in_words,
        "warm_start": request.warm_start.name if request.warm_start else None,
        "seed": request.seed,
        "step": step,
        "steps": steps,
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
    }

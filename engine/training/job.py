"""Training job: cuts patches, trains a model, and saves the weights with the best validation PSNR.

The default recipe is Adam, a learning rate with warmup and cosine decay, a weighted mean squared error, flips and
rotations as augmentation, and EMA weights. The paper's recipe, which uses SGD, takes days. If a run is stopped or
killed, it can be resumed from its checkpoint, with weights that are bit-identical to those of an uninterrupted run.
"""

import math
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.datasets.events import FileFailed
from engine.errors import N_, ModelUnwritable, TrainingDiverged, TrainingExists, check
from engine.inference import device as devices
from engine.inference import process_group, vulkan
from engine.inference.process_group import ProcessGroup
from engine.models import catalog
from engine.models.catalog import Model
from engine.models.network import Network
from engine.models.weights import load_network
from engine.system.files import check_not_existing
from engine.training import checkpoint_file
from engine.training.checkpointing import Checkpointer, check_resumable
from engine.training.crops import CropLoader, CropSet
from engine.training.events import (
    PatchesBuilt,
    PreparingPatches,
    PreviewRegion,
    Resumed,
    Snapshot,
    StepDone,
    StoppedEarly,
    StopRequest,
    SuspendRequest,
    TrainingStats,
    Validated,
)
from engine.training.initial_weights import initialize_as_in_paper, initialize_near_bicubic
from engine.training.pace import Pace
from engine.training.patch_loader import PatchLoader
from engine.training.request import TrainRequest
from engine.training.stopwatch import Stopwatch
from engine.training.trainer import Trainer
from engine.training.training_set import TrainingSet, load
from engine.upscaling.events import DeviceFallback, TrainingDeviceFallback

Event = (
    DeviceFallback
    | FileFailed
    | PreparingPatches
    | PatchesBuilt
    | Resumed
    | StepDone
    | TrainingStats
    | Validated
    | StoppedEarly
    | Snapshot
)

REPORT_EVERY = 50  # steps between two TrainingStats events
VALIDATE_EVERY = 500  # steps between two validations, which also write a checkpoint
_EARLY = (100, 200, 300, 400)  # steps with additional validations, while the PSNR rises quickly


@dataclass(frozen=True)
class TrainResult:
    """Result of a training job.

    Attributes
    ----------
    model : the best model of the run, which is saved in a file
    best_step : step of the best model. 0 if training did not improve the initial weights
    psnr_db, bicubic_psnr_db : validation PSNR of the model and of bicubic interpolation, in dB
    steps : number of steps of the run
    seconds : duration of the job
    """

    model: Model
    best_step: int
    psnr_db: float
    bicubic_psnr_db: float
    steps: int
    seconds: float


def run(
    request: TrainRequest, publish: Callable[[], Model] | None = None
) -> Generator[Event, PreviewRegion | StopRequest | SuspendRequest | None, TrainResult]:
    """Train a model. `request.output` always contains the best model so far.

    If you close the generator, a checkpoint is saved first. If the process is killed, the steps since the last
    checkpoint are lost, at most VALIDATE_EVERY steps. To pause the run, don't advance the generator after a StepDone
    event. This time is excluded from the statistics. With torchrun, each process must call this function, and trains
    on its shard of each batch. Only the main process writes files.

    To move the preview, send a PreviewRegion. To finish the run after the current step, send a StopRequest. To suspend
    the run, send a SuspendRequest: the job saves a checkpoint and raises TrainingSuspended. If the current step is the
    last one, the run finishes instead.

    Parameters
    ----------
    request : settings of the training
    publish : function that moves the best model to its destination and returns it. The checkpoint is deleted after the
        function has returned. By default, the model stays in `request.output`

    Yields
    ------
    DeviceFallback if the requested device is unavailable. PreparingPatches, and FileFailed for each unusable image.
    Then PatchesBuilt, and Resumed if the run is resumed. Then StepDone after each step, TrainingStats after every
    REPORT_EVERY steps, Validated, and Snapshot if `request.emit_snapshots` is true. StoppedEarly if the model has not
    improved in `request.patience` validations.

    Raises
    ------
    FileExists, NoImages, WeightsUnusable, DeviceUnknown, ModelUnwritable, TrainingDiverged, TrainingSuspended,
    NothingToResume, CheckpointUnusable, TrainingRunning, TrainingPeerLost, and the errors of `publish`
    """
    if not request.output.resolve().parent.is_dir():
        raise ModelUnwritable(
            name=request.output.name, reason=N_("The folder doesn't exist. Create it or choose another folder.")
        )
    if request.resume:
        check_resumable(request.output)  # before the images are read, which takes long
    environment = process_group.from_environment()
    if environment.is_main_process and not checkpoint_file.is_running(request.output):
        _refuse_to_overwrite(request)
    devices.set_thread_count(environment.local_size)
    device, fell_back = devices.select(
        request.device, environment.local_rank, environment.local_size, for_training=True
    )
    if fell_back:
        event_type = TrainingDeviceFallback if vulkan.is_device_name(request.device) else DeviceFallback
        yield event_type(request.device, devices.display_name(device))
    with (
        process_group.connect(device) as group,
        checkpoint_file.exclusive_lock(request.output, is_main_process=group.is_main_process),
    ):
        if group.is_main_process:
            _refuse_to_overwrite(request)  # check again, because files may have been created since the first check
        return (yield from _fit(request, device, group, publish))


def _refuse_to_overwrite(request: TrainRequest) -> None:
    """Raise FileExists or TrainingExists if the run would overwrite files without permission."""
    if request.resume or request.overwrite:
        return
    checkpoint = catalog.checkpoint_path(request.output)
    if request.output.exists() and checkpoint.exists():
        raise TrainingExists(name=request.output.name)
    for path in (request.output, checkpoint):
        check_not_existing(path)


def _fit(
    request: TrainRequest, device: torch.device, group: ProcessGroup, publish: Callable[[], Model] | None
) -> Generator[Event, PreviewRegion | StopRequest | SuspendRequest | None, TrainResult]:
    """Load the training set, train the model, and return the result of the job."""
    stopwatch = Stopwatch()
    data = yield from load(request)
    loader = _build_loader(data, request, device, group)
    network, mean_bicubic_mse = _build_network(request), data.patch_set.bicubic_mse
    trainer = Trainer(network, request.recipe, device, group, mean_bicubic_mse)
    pace = Pace(stopwatch, VALIDATE_EVERY, request.minutes)
    checkpointer = Checkpointer(request, data, trainer, group, pace)
    yield from _start(request, loader, trainer, checkpointer)
    try:
        yield from _train(loader, trainer, checkpointer, stopwatch, pace, group, request.patience)
    except GeneratorExit:
        checkpointer.save()
        raise
    group.barrier(device)  # wait until the main process has saved the model
    yield from checkpointer.take_best_snapshot()
    model, psnr_db, bicubic_psnr_db = checkpointer.finish(publish)
    best_step = int(model.record["step"])
    return TrainResult(model, best_step, psnr_db, bicubic_psnr_db, trainer.step, stopwatch.seconds())


def _start(
    request: TrainRequest, loader: PatchLoader | CropLoader, trainer: Trainer, checkpointer: Checkpointer
) -> Generator[Event, PreviewRegion | StopRequest | SuspendRequest | None, None]:
    """Prepare a new run at step 0, or restore a run from its checkpoint."""
    if request.resume:
        checkpointer.restore_checkpoint(loader.steps_per_epoch)
        yield Resumed(trainer.step, checkpointer.steps, tuple(checkpointer.curve))
        # The run may have stopped between a step and its validation.
        if _is_validation_step(trainer.step, checkpointer.steps) and not checkpointer.is_validated:
            yield checkpointer.validate()
    else:  # validate at step 0, so that the run always has a best model
        checkpointer.steps = request.epochs * loader.steps_per_epoch if request.epochs else request.steps
        checkpointer.remove_checkpoint()
        yield checkpointer.validate()
    yield from checkpointer.take_snapshot()


def _train(
    loader: PatchLoader | CropLoader,
    trainer: Trainer,
    checkpointer: Checkpointer,
    stopwatch: Stopwatch,
    pace: Pace,
    group: ProcessGroup,
    patience: int | None,
) -> Generator[Event, PreviewRegion | StopRequest | SuspendRequest | None, None]:
    """Run the remaining training steps, and yield the events of training, validation and snapshots."""
    losses: deque[Tensor] = deque(maxlen=REPORT_EVERY)
    since, reported = stopwatch.seconds(), trainer.step
    while checkpointer.steps is None or trainer.step < checkpointer.steps:
        if patience is not None and checkpointer.is_validated:
            has_stalled = checkpointer.validations_since_best >= patience
            if group.any_process(has_stalled, trainer.device):
                yield StoppedEarly(trainer.step, checkpointer.validations_since_best)
                return
        losses.append(trainer.train_step(*loader.batch_at(trainer.step), loader.batch_size, checkpointer.steps))
        step = trainer.step
        with stopwatch.paused():  # the caller may pause here
            request = yield StepDone(step, checkpointer.steps)
        if isinstance(request, StopRequest):
            checkpointer.steps = step
        if group.any_process(isinstance(request, SuspendRequest), trainer.device) and step != checkpointer.steps:
            raise checkpointer.suspend()
        yield from checkpointer.handle_preview_request(request)
        steps = pace.step_done(step, checkpointer.steps)
        if checkpointer.minutes is not None:
            checkpointer.steps = group.broadcast(steps or 0, trainer.device) or None
        if step % REPORT_EVERY == 0 or step == checkpointer.steps:
            patches_per_s = (step - reported) * loader.batch_size / (stopwatch.seconds() - since)
            yield _build_stats(trainer, checkpointer.steps, losses, patches_per_s, pace)
            yield from checkpointer.take_snapshot()
            since, reported = stopwatch.seconds(), step
        if _is_validation_step(step, checkpointer.steps):
            yield checkpointer.validate()
            since = stopwatch.seconds()


def _is_validation_step(step: int, steps: int | None) -> bool:
    """Return whether the model must be validated after a step."""
    return step % VALIDATE_EVERY == 0 or step in _EARLY or step == steps


def _build_loader(
    data: TrainingSet, request: TrainRequest, device: torch.device, group: ProcessGroup
) -> PatchLoader | CropLoader:
    """Return a loader of batches of patches or crops.

    Raises
    ------
    InvalidSetting
        The batch size is smaller than the number of processes.
    """
    recipe, seed = request.recipe, request.seed
    loader: PatchLoader | CropLoader
    if isinstance(data.patch_set, CropSet):
        loader = CropLoader(data.patch_set, recipe, seed=seed, device=device, group=group)
    else:
        loader = PatchLoader(
            data.patch_set.inputs,
            data.patch_set.labels,
            batch_size=recipe.batch_size,
            seed=seed,
            orientations=recipe.orientations,
            device=device,
            group=group,
        )
    check(
        loader.batch_size >= group.size,
        N_(
            "The batch size is {size}, but there are {processes} processes. Choose a batch size of at least "
            "{processes}."
        ),
        size=loader.batch_size,
        processes=group.size,
    )
    return loader


def _build_network(request: TrainRequest) -> Network:
    """Return a network with initial weights, or with the weights of the warm-start model.

    If the warm-start model has a different scale factor, a last layer that upscales gets initial weights.
    """
    network = Network(request.info)
    generator = torch.Generator().manual_seed(request.seed)
    if request.recipe.optimizer == "sgd":
        initialize_as_in_paper(network, generator)
    else:
        initialize_near_bicubic(network, generator, request.recipe.init_gain)
    if request.warm_start is not None:
        weights = load_network(request.warm_start.path, request.warm_start.info.scale).state_dict()
        if request.info.has_low_res_input and request.warm_start.info.scale != request.info.scale:
            last = request.info.layers[-1].name
            weights = {name: tensor for name, tensor in weights.items() if not name.startswith(f"{last}.")}
        network.load_state_dict(weights, strict=False)
    return network


def _build_stats(
    trainer: Trainer, steps: int | None, losses: Iterable[Tensor], patches_per_s: float, pace: Pace
) -> TrainingStats:
    """Return the training statistics.

    Raises
    ------
    TrainingDiverged
        The loss is not finite.
    """
    loss = float(torch.stack(tuple(losses)).mean())
    if not math.isfinite(loss):
        raise TrainingDiverged(loss=loss, step=trainer.step)
    seconds_left = pace.seconds_left(trainer.step, steps)
    rate = trainer.learning_rate(steps)
    return TrainingStats(trainer.step, steps or trainer.step, loss, rate, patches_per_s, seconds_left)

"""Fit an SRCNN to pictures: cut the patch set, minimise the squared error, keep the weights that do best held out.

The recipe (measured, not the paper's SGD, which takes days): Adam with warm-up and cosine decay on the mean squared
error of valid convolutions, every batch in all eight orientations, and an exponential moving average of the weights,
which is what is validated and kept.
"""

import copy
import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.datasets import patches
from engine.datasets.patches import TrainingPicture
from engine.datasets.sources import pictures_in
from engine.errors import ModelUnwritable, TrainingDiverged, mark
from engine.events import DeviceFellBack, FileFailed, PatchesBuilt, Step, Validated
from engine.imaging import color, metrics
from engine.models import Model
from engine.network import device as devices
from engine.network import inference
from engine.network.srcnn import SRCNN, initialise
from engine.network.weights import load_network, save_model
from engine.requests import TrainRequest

Event = DeviceFellBack | FileFailed | PatchesBuilt | Step | Validated

WARM_UP = 200  # steps until the learning rate is at its peak
AVERAGE = 0.998  # weight of the past in the moving average: about the last 500 steps
BETAS = (0.9, 0.99)  # a shorter memory of the squares than Adam's 0.999 follows the cosine better
REPORT_EVERY = 100  # steps
VALIDATE_EVERY = 1000  # steps
_TIMED = (20, 60)  # the steps over which minutes are turned into a step count


@dataclass(frozen=True)
class Trained:
    """The best model, as saved, and the held-out PSNR (dB) it was chosen by."""

    model: Model
    psnr_db: float
    bicubic_psnr_db: float
    steps: int
    seconds: float


class HeldOut:
    """Pictures kept from training, ready to be scored under the official protocol."""

    def __init__(self, held_out: list[TrainingPicture], scale: int, margin_px: int) -> None:
        self._scale = scale
        self._pairs, bicubic = [], []
        for picture in held_out:
            height, width = (side - side % scale for side in picture.luma.shape)
            truth = picture.luma[:height, :width]
            blurred = patches.degrade(truth.astype(np.float64) / 255, scale).astype(np.float32)
            self._pairs.append((np.pad(blurred, margin_px, mode="edge"), truth))
            bicubic.append(self._psnr(blurred, truth))
        self.bicubic_psnr_db = self._mean(bicubic)

    def psnr_db(self, network: SRCNN) -> float:
        """Mean PSNR of the pictures, dB."""
        return self._mean([self._psnr(inference.apply(network, plane), truth) for plane, truth in self._pairs])

    def _psnr(self, luma: NDArray[np.float32], truth: NDArray[np.uint8]) -> float:
        inner = (slice(self._scale, -self._scale),) * 2
        return metrics.psnr(color.quantise(luma)[inner], truth[inner], data_range=255)

    @staticmethod
    def _mean(figures: list[float]) -> float:
        return math.fsum(figures) / len(figures)


def run(request: TrainRequest) -> Generator[Event, None, Trained]:
    """Train, keeping the best model in ``request.output`` at every moment: closing the job loses nothing.

    Yields
    ------
    FileFailed for every picture that cannot be used, PatchesBuilt, then Step and Validated as they come.

    Raises
    ------
    NoPictures, WeightsUnusable, DeviceUnknown, ModelUnwritable, TrainingDiverged
    """
    began = perf_counter()
    if not request.output.resolve().parent.is_dir():
        raise ModelUnwritable(name=request.output.name, reason=mark("its folder does not exist."))
    devices.use_all_threads()
    device, fell_back = devices.choose(request.device)
    if fell_back:
        yield DeviceFellBack(request.device, devices.title(device))

    usable: list[TrainingPicture] = []
    for read in patches.read_training_pictures(pictures_in(request.folder), request.spec.scale):
        if isinstance(read, FileFailed):
            yield read
        else:
            usable.append(read)
    train, kept_apart = patches.split_held_out(usable, request.held_out, request.seed)
    held_out = HeldOut(kept_apart, request.spec.scale, request.spec.margin_px)
    patch_set = patches.build(train, request.spec)
    yield PatchesBuilt(len(train), len(patch_set), len(kept_apart))

    network = inference.prepare(_new_network(request), device).train()
    average = copy.deepcopy(network).requires_grad_(False)
    optimiser = torch.optim.Adam(network.parameters(), lr=request.learning_rate, betas=BETAS, fused=True)
    batches = _batches(patch_set, request, device)
    steps, best_db, losses = request.steps, -math.inf, []
    model: Model | None = None
    step, timed, since = 0, 0.0, perf_counter()
    while steps is None or step < steps:
        losses.append(_descend(network, optimiser, next(batches), _learning_rate(request, step, steps)))
        step += 1
        _follow(average, network, step)
        if steps is None and step in _TIMED:
            timed = perf_counter() - timed
            if step == _TIMED[1]:
                steps = _steps_for(request, timed / (_TIMED[1] - _TIMED[0]), step)
        if step % REPORT_EVERY == 0 or step == steps:
            rate = len(losses) / (perf_counter() - since)
            yield _report(request, step, steps or step, losses, rate, _learning_rate(request, step, steps))
            losses, since = [], perf_counter()
        if step % VALIDATE_EVERY == 0 or step == steps:
            score_db = held_out.psnr_db(average)
            better = score_db > best_db
            if better:
                best_db = score_db
                record = _record(request, usable, kept_apart, step, steps or step, score_db, held_out.bicubic_psnr_db)
                model = save_model(request.output, average, record)
            yield Validated(step, score_db, held_out.bicubic_psnr_db, better)
            since = perf_counter()
    if model is None:
        raise TrainingDiverged(loss="nan", step=step)
    return Trained(model, best_db, held_out.bicubic_psnr_db, step, perf_counter() - began)


def _new_network(request: TrainRequest) -> SRCNN:
    """Start from another model's weights, or from the near-bicubic initialisation."""
    network = SRCNN(request.spec)
    if request.warm_start is None:
        initialise(network, torch.Generator().manual_seed(request.seed))
    else:
        network.load_state_dict(load_network(request.warm_start.path, request.spec.scale).state_dict())
    return network


def _batches(
    patch_set: patches.PatchSet, request: TrainRequest, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled batches for ever: inputs (N, 1, 33, 33) and labels (N, 1, 33 - 2 margin, same)."""
    inputs, labels = torch.from_numpy(patch_set.inputs), torch.from_numpy(patch_set.labels)
    generator = torch.Generator().manual_seed(request.seed)
    size = min(request.batch, len(patch_set))
    while True:
        for chosen in torch.split(torch.randperm(len(patch_set), generator=generator), size):
            if len(chosen) == size:
                yield _all_orientations(inputs[chosen]).to(device), _all_orientations(labels[chosen]).to(device)


def _all_orientations(squares: Tensor) -> Tensor:
    """Turn an eighth of a batch (N, 1, S, S) into each of the eight flips and quarter turns."""
    turned = []
    for index, part in enumerate(squares.chunk(8)):
        part = part.transpose(2, 3) if index & 1 else part
        flips = [axis for axis, bit in ((2, 2), (3, 4)) if index & bit]
        turned.append(part.flip(flips) if flips else part)
    return torch.cat(turned).contiguous(memory_format=torch.channels_last)


def _descend(
    network: SRCNN, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, Tensor], learning_rate: float
) -> Tensor:
    """One step of gradient descent on the mean squared error; returns it, detached."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate
    inputs, labels = batch
    optimiser.zero_grad()
    loss = functional.mse_loss(network(inputs), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.detach()


def _learning_rate(request: TrainRequest, step: int, steps: int | None) -> float:
    """Linear warm-up, then half a cosine down to zero at `steps` (still unknown during the warm-up)."""
    if step < WARM_UP or steps is None:
        return request.learning_rate * min(1.0, (step + 1) / WARM_UP)
    return request.learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, step: int) -> None:
    """Move the average towards the weights; early on faster, so that it does not remember the start."""
    keep = min(AVERAGE, step / (step + 10))
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - keep)


def _steps_for(request: TrainRequest, seconds_per_step: float, step: int) -> int:
    """How many steps fit into the minutes asked for, at the speed of the first ones; at least one more."""
    return max(step + 1, int((request.minutes or 0) * 60 / seconds_per_step))


def _report(
    request: TrainRequest, step: int, steps: int, losses: list[Tensor], steps_per_s: float, learning_rate: float
) -> Step:
    """The state of the run; raises TrainingDiverged if the loss is no number any more."""
    loss = float(torch.stack(losses).mean())
    if not math.isfinite(loss):
        raise TrainingDiverged(loss=loss, step=step)
    return Step(step, steps, loss, learning_rate, steps_per_s * request.batch, (steps - step) / steps_per_s)


def _record(
    request: TrainRequest,
    usable: list[TrainingPicture],
    kept_apart: list[TrainingPicture],
    step: int,
    steps: int,
    psnr_db: float,
    bicubic_psnr_db: float,
) -> dict[str, object]:
    """The model card: what was learned from, how, and how well it does on pictures it never saw."""
    return {
        "trained_on": f"{request.folder.resolve().name}, {len(usable) - len(kept_apart)} pictures",
        "data_sha256": sha256("".join(sorted(picture.content for picture in usable)).encode()).hexdigest(),
        "held_out": [picture.path.name for picture in kept_apart],
        "held_out_psnr_db": round(psnr_db, 4),
        "held_out_bicubic_psnr_db": round(bicubic_psnr_db, 4),
        "recipe": f"Adam {request.learning_rate:g}, cosine, batch {request.batch}, average {AVERAGE}",
        "warm_start": request.warm_start.name if request.warm_start else None,
        "seed": request.seed,
        "step": step,
        "steps": steps,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }

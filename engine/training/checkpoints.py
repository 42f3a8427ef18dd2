"""A training run on disk, to go on from after whatever stopped it. Reading one cannot run code."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from engine.errors import CheckpointUnusable, ModelUnwritable, NothingToResume, TrainingRunning, mark
from engine.models import catalog
from engine.system import locks
from engine.system.files import fitting_name, reason_of, remove_leftovers, write_durably

_MOST_BYTES = 256 << 20


@contextmanager
def alone(model: Path, *, leads: bool = True) -> Iterator[None]:
    """Keep others away from a run inside: two that write one model would spoil it.

    Of several processes of one training only the one that `leads` asks.

    Raises
    ------
    TrainingRunning
        If another window or program is at work on it.
    ModelUnwritable
    """
    if not leads:
        yield
        return
    try:
        lock = locks.Lock(_lock_for(model))
    except OSError as error:
        raise ModelUnwritable(name=model.name, reason=reason_of(error)) from error
    try:
        if not lock.is_mine:
            raise TrainingRunning(name=model.stem)
        remove_leftovers((model, catalog.checkpoint_path(model)))  # of a process that was killed while it wrote
        yield
    finally:
        lock.release()


def is_at_work(model: Path) -> bool:
    """Whether some window or program trains this model now."""
    return locks.is_held(_lock_for(model))


def _lock_for(model: Path) -> Path:
    """A hidden name of our own: it is removed afterwards, and NAME.lock may be another program's."""
    return model.with_name(fitting_name(f".srcnn-{model.stem}", ".lock"))


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a run's state atomically: tensors, numbers, strings and containers of them; raises ModelUnwritable."""
    buffer = BytesIO()
    torch.save(state, buffer)
    try:
        write_durably(path, buffer.getvalue())
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=reason_of(error)) from error


def remove(path: Path) -> None:
    """Remove a run's state, if there is one; raises ModelUnwritable."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=reason_of(error)) from error


def load(path: Path) -> dict[str, Any]:
    """Read a run's state; raises NothingToResume or CheckpointUnusable."""
    if not path.is_file():
        raise NothingToResume(name=path.name, folder=path.parent)
    if path.stat().st_size > _MOST_BYTES:
        raise CheckpointUnusable(name=path.name, reason=mark("it is larger than any SRCNN's."))
    try:
        state = torch.load(BytesIO(path.read_bytes()), map_location="cpu", weights_only=True)
    except Exception as error:  # torch fails with RuntimeError, UnpicklingError, IndexError, AssertionError ...
        raise CheckpointUnusable(name=path.name, reason=mark("it is damaged, or not a checkpoint.")) from error
    if not isinstance(state, dict):
        raise CheckpointUnusable(name=path.name, reason=mark("it is damaged, or not a checkpoint."))
    return state

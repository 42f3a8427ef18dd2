"""Checkpoint files, and the lock of a run. Reading a checkpoint never executes code from the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from engine.errors import N_, CheckpointUnusable, ModelUnwritable, NothingToResume, TrainingRunning
from engine.models import catalog
from engine.system import locks
from engine.system.files import os_error_reason, remove_temporary_files, truncate_name, write_durably

_MAX_BYTES = 256 << 20
DAMAGED_REASON = N_("The checkpoint is damaged. Start a new run.")


@contextmanager
def exclusive_lock(model: Path, *, is_main_process: bool = True) -> Iterator[None]:
    """Context manager that holds the lock of a model file, so that no other run writes the same file.

    In a process group, only the main process acquires the lock.

    Raises
    ------
    TrainingRunning
        Another window or program holds the lock.
    ModelUnwritable
    """
    if not is_main_process:
        yield
        return
    try:
        lock = locks.Lock(_lock_path(model))
    except OSError as error:
        raise ModelUnwritable(name=model.name, reason=os_error_reason(error)) from error
    try:
        if not lock.is_acquired:
            raise TrainingRunning(name=model.stem)
        remove_temporary_files((model, catalog.checkpoint_path(model)))  # left by a process that was killed
        yield
    finally:
        lock.release()


def is_running(model: Path) -> bool:
    """Return whether a run in any window or program currently writes this model file."""
    return locks.is_locked(_lock_path(model))


def _lock_path(model: Path) -> Path:
    """Return the path of the lock file.

    The prefix prevents conflicts with the lock files of other programs.
    """
    return model.with_name(truncate_name(f".srcnn-{model.stem}", ".lock"))


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint atomically.

    `state` may contain tensors, numbers, strings, and dicts and lists of them.

    Raises
    ------
    ModelUnwritable
    """
    buffer = BytesIO()
    torch.save(state, buffer)
    try:
        write_durably(path, buffer.getvalue())
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=os_error_reason(error)) from error


def remove(path: Path) -> None:
    """Remove a checkpoint if it exists.

    Raises
    ------
    ModelUnwritable
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelUnwritable(name=path.name, reason=os_error_reason(error)) from error


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint, with all tensors on the CPU.

    Raises
    ------
    NothingToResume
        The file does not exist.
    CheckpointUnusable
        The file is too large or damaged.
    """
    if not path.is_file():
        raise NothingToResume(name=path.name, folder=path.parent)
    if path.stat().st_size > _MAX_BYTES:
        raise CheckpointUnusable(
            name=path.name, reason=N_("The file is too large to be a checkpoint. Start a new run.")
        )
    try:
        state = torch.load(BytesIO(path.read_bytes()), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises RuntimeError, UnpicklingError, IndexError, AssertionError and others
        raise CheckpointUnusable(name=path.name, reason=DAMAGED_REASON) from error
    if not isinstance(state, dict):
        raise CheckpointUnusable(name=path.name, reason=DAMAGED_REASON)
    return state

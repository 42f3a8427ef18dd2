"""A training run on disk, to go on from after whatever stopped it. Reading one cannot run code."""

from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from engine.errors import CheckpointUnusable, ModelUnwritable, NothingToResume, mark
from engine.files import reason_of, write_atomically

_MOST_BYTES = 256 << 20


def path_for(model: Path) -> Path:
    """Where the checkpoint of a run lies: beside the model it makes."""
    return model.with_suffix(".checkpoint")


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a run's state atomically: tensors, numbers, strings and containers of them; raises ModelUnwritable."""
    buffer = BytesIO()
    torch.save(state, buffer)
    try:
        write_atomically(path, buffer.getvalue())
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

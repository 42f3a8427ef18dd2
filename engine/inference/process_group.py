"""Several processes that do one job together; `torchrun` starts them.

Of a training, every process does the same from the same seed; only their parts of a batch differ. The gradients are
added up over all of them before each step, so their weights stay equal, and the first process writes for all. Of a
batch of pictures, each has its share.
"""

import os
import signal
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn, TypeVar

import torch
import torch.distributed
from torch import Tensor

from engine.errors import BatchPeerLost, EngineError, TrainingPeerLost

PATIENCE = timedelta(minutes=10)  # for another process to come to the same point
Said = TypeVar("Said")


@dataclass(frozen=True)
class World:
    """One of `size` processes: its number `rank`, and the same among the `local_size` on this machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def place(self) -> tuple[int, int]:
        """The number among those on this machine, and how many they are: who has a GPU of its own."""
        return self.local_rank, self.local_size

    @property
    def leads(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def part(self, batch: Tensor) -> Tensor:
        """The part of a batch (N, ...) that this process works on, about N / size."""
        return torch.tensor_split(batch, self.size)[self.rank]

    def add_up(self, tensors: list[Tensor]) -> None:
        """Replace every tensor by its sum over all processes; raises TrainingPeerLost."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])  # one message instead of one a tensor
        with _peers_there():
            torch.distributed.all_reduce(flat)
        for tensor, total in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view(tensor.shape))

    def agree(self, number: int, device: torch.device) -> int:
        """What the first process says; raises TrainingPeerLost."""
        if self.size == 1:
            return number
        said = torch.tensor([number], device=device)
        with _peers_there():
            torch.distributed.broadcast(said, src=0)
        return int(said)

    def any(self, wanted: bool, device: torch.device) -> bool:
        """Whether it is true in any process; raises TrainingPeerLost."""
        if self.size == 1:
            return wanted
        said = torch.tensor([int(wanted)], device=device)
        with _peers_there():
            torch.distributed.all_reduce(said)
        return bool(said)

    def has_share(self, path: str) -> bool:
        """Whether a picture of a batch is this process's to do; every one is exactly one's."""
        return zlib.crc32(os.fsencode(path)) % self.size == self.rank

    def tell(self, said: Said) -> Said:
        """What the first process says, whatever the others do; raises BatchPeerLost."""
        if self.size == 1:
            return said
        words = [said]
        with _peers_there(BatchPeerLost):
            torch.distributed.broadcast_object_list(words, src=0)
        return words[0]

    def gather(self, said: Said) -> list[Said]:
        """What every process says, in their order; only the first hears it. Raises BatchPeerLost."""
        if self.size == 1:
            return [said]
        heard: list[Any] | None = [None] * self.size if self.leads else None
        with _peers_there(BatchPeerLost):
            torch.distributed.gather_object(said, heard, dst=0)
        return heard or []

    def wait(self, device: torch.device) -> None:
        """Until every process is here; raises TrainingPeerLost."""
        self.agree(0, device)


ALONE = World()


def world() -> World:
    """Where this process stands, as torchrun has put it into the environment; alone without torchrun."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    if not all(os.environ.get(name, "").isdecimal() for name in names):
        return ALONE
    return World(*(int(os.environ[name]) for name in names))


@contextmanager
def joined(
    device: torch.device, lost: type[EngineError] = TrainingPeerLost, patience: timedelta = PATIENCE
) -> Iterator[World]:
    """Meet the other processes, and leave them in the end; nothing to do for one that is alone.

    `lost` is raised when another has gone, or did not come to the same point within `patience`.
    """
    here = world()
    if here.size == 1:
        yield here
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    before = signal.signal(signal.SIGTERM, partial(_told_to_stop, lost))
    try:
        with _peers_there(lost):
            torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=patience)
        yield here
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        signal.signal(signal.SIGTERM, before)


def _told_to_stop(lost: type[EngineError], _number: int, _frame: object) -> NoReturn:
    """What torchrun does to the other processes when one is gone."""
    raise lost


@contextmanager
def _peers_there(lost: type[EngineError] = TrainingPeerLost) -> Generator[None]:
    """Turn what the backends raise when another process is gone into a sentence."""
    try:
        yield
    except (RuntimeError, ValueError) as error:  # gloo, nccl, the store and the environment each have their own
        raise lost from error

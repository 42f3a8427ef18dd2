"""Process groups that `torchrun` starts for one job.

A training is data parallel: each process computes the gradients of its shard of every batch, `all_reduce` sums them,
and the weights stay equal. Only the main process writes files. A batch of images is divided by file.
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

TIMEOUT = timedelta(minutes=10)  # for collective operations
T = TypeVar("T")


@dataclass(frozen=True)
class ProcessGroup:
    """The rank of this process among `size` processes, and its rank among the `local_size` on this machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def local_position(self) -> tuple[int, int]:
        """The local rank and the local size."""
        return self.local_rank, self.local_size

    @property
    def is_main_process(self) -> bool:
        """Whether this is the process of rank 0, which writes the files."""
        return self.rank == 0

    def shard(self, batch: Tensor) -> Tensor:
        """Return this process's part of a batch (N, ...), about N / size items."""
        return torch.tensor_split(batch, self.size)[self.rank]

    def all_reduce(self, tensors: list[Tensor]) -> None:
        """Replace each tensor by its sum over all processes; raise TrainingPeerLost."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])  # one message for all tensors
        with _raise_if_peer_lost():
            torch.distributed.all_reduce(flat)
        for tensor, total in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view(tensor.shape))

    def broadcast(self, number: int, device: torch.device) -> int:
        """Return the number of the main process; raise TrainingPeerLost."""
        if self.size == 1:
            return number
        value = torch.tensor([number], device=device)
        with _raise_if_peer_lost():
            torch.distributed.broadcast(value, src=0)
        return int(value)

    def any_process(self, condition: bool, device: torch.device) -> bool:
        """Return whether a condition is true in any process; raise TrainingPeerLost."""
        if self.size == 1:
            return condition
        value = torch.tensor([int(condition)], device=device)
        with _raise_if_peer_lost():
            torch.distributed.all_reduce(value)
        return bool(value)

    def owns(self, path: str) -> bool:
        """Return whether a file of a batch belongs to this process. Each file belongs to exactly one."""
        return zlib.crc32(os.fsencode(path)) % self.size == self.rank

    def broadcast_object(self, value: T) -> T:
        """Return the object of the main process; raise BatchPeerLost."""
        if self.size == 1:
            return value
        values = [value]
        with _raise_if_peer_lost(BatchPeerLost):
            torch.distributed.broadcast_object_list(values, src=0)
        return values[0]

    def gather(self, value: T) -> list[T]:
        """Return the objects of all processes by rank in the main process, and [] elsewhere; raise BatchPeerLost."""
        if self.size == 1:
            return [value]
        gathered: list[Any] | None = [None] * self.size if self.is_main_process else None
        with _raise_if_peer_lost(BatchPeerLost):
            torch.distributed.gather_object(value, gathered, dst=0)
        return gathered or []

    def barrier(self, device: torch.device) -> None:
        """Wait until all processes have called this method; raise TrainingPeerLost."""
        self.broadcast(0, device)


SINGLE_PROCESS = ProcessGroup()


def from_environment() -> ProcessGroup:
    """Return the process group that torchrun has set in the environment, or SINGLE_PROCESS."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    if not all(os.environ.get(name, "").isdecimal() for name in names):
        return SINGLE_PROCESS
    return ProcessGroup(*(int(os.environ[name]) for name in names))


@contextmanager
def connect(
    device: torch.device, error_type: type[EngineError] = TrainingPeerLost, timeout: timedelta = TIMEOUT
) -> Iterator[ProcessGroup]:
    """Initialize torch.distributed, and shut it down on exit. A single process needs neither.

    Parameters
    ----------
    error_type : raised if another process ends or does not respond within `timeout`
    """
    group = from_environment()
    if group.size == 1:
        yield group
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    previous_handler = signal.signal(signal.SIGTERM, partial(_on_terminate, error_type))
    try:
        with _raise_if_peer_lost(error_type):
            torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=timeout)
        yield group
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        signal.signal(signal.SIGTERM, previous_handler)


def _on_terminate(error_type: type[EngineError], _number: int, _frame: object) -> NoReturn:
    """Handle SIGTERM, which torchrun sends when another process has ended."""
    raise error_type


@contextmanager
def _raise_if_peer_lost(error_type: type[EngineError] = TrainingPeerLost) -> Generator[None]:
    """Replace the errors that backends raise when another process has ended."""
    try:
        yield
    except (RuntimeError, ValueError) as error:  # the types of gloo, nccl, the store and the environment
        raise error_type from error

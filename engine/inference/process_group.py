"""Process groups: communication between the processes that `torchrun` starts for one job.

Training is data parallel. Each process computes the gradients of its shard of every batch, and `all_reduce` sums them,
so that the weights stay equal in all processes. Only the main process writes files. In a batch job, the image files
are divided among the processes.
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

TIMEOUT = timedelta(minutes=10)  # default timeout of a collective operation
T = TypeVar("T")


@dataclass(frozen=True)
class ProcessGroup:
    """Rank of this process among the processes of a job, and communication with the others.

    Attributes
    ----------
    rank, size : rank of this process, and number of processes
    local_rank, local_size : rank of this process on this machine, and number of processes on this machine
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def local_rank_and_size(self) -> tuple[int, int]:
        """(local_rank, local_size), for the arguments of `device.select`."""
        return self.local_rank, self.local_size

    @property
    def is_main_process(self) -> bool:
        """Whether this is the process with rank 0, which writes the files."""
        return self.rank == 0

    def shard(self, batch: Tensor) -> Tensor:
        """Return this process's shard of a batch.

        The batch is split along its first dimension into shards of almost equal size, one for each process.
        """
        return torch.tensor_split(batch, self.size)[self.rank]

    def all_reduce(self, tensors: list[Tensor]) -> None:
        """Replace each tensor, in place, with its sum over all processes.

        Raises
        ------
        TrainingPeerLost
        """
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])  # one message for all tensors
        with _raise_if_peer_lost():
            torch.distributed.all_reduce(flat)
        for tensor, total in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view(tensor.shape))

    def broadcast(self, number: int, device: torch.device) -> int:
        """Send an integer from the main process to all processes, and return it.

        The argument is ignored in the other processes.

        Raises
        ------
        TrainingPeerLost
        """
        if self.size == 1:
            return number
        value = torch.tensor([number], device=device)
        with _raise_if_peer_lost():
            torch.distributed.broadcast(value, src=0)
        return int(value)

    def any_process(self, condition: bool, device: torch.device) -> bool:
        """Return whether `condition` is true in at least one process.

        Raises
        ------
        TrainingPeerLost
        """
        if self.size == 1:
            return condition
        value = torch.tensor([int(condition)], device=device)
        with _raise_if_peer_lost():
            torch.distributed.all_reduce(value)
        return bool(value)

    def owns(self, path: str) -> bool:
        """Return whether a file of a batch is assigned to this process. Each file is assigned to one process."""
        return zlib.crc32(os.fsencode(path)) % self.size == self.rank

    def broadcast_object(self, value: T) -> T:
        """Send an object from the main process to all processes, and return it.

        The argument is ignored in the other processes. The object must support pickling.

        Raises
        ------
        BatchPeerLost
        """
        if self.size == 1:
            return value
        values = [value]
        with _raise_if_peer_lost(BatchPeerLost):
            torch.distributed.broadcast_object_list(values, src=0)
        return values[0]

    def gather(self, value: T) -> list[T]:
        """Send an object from each process to the main process. The objects must support pickling.

        Returns
        -------
        In the main process, a list of the objects of all processes, sorted by rank. In the other processes, an empty
        list.

        Raises
        ------
        BatchPeerLost
        """
        if self.size == 1:
            return [value]
        gathered: list[Any] | None = [None] * self.size if self.is_main_process else None
        with _raise_if_peer_lost(BatchPeerLost):
            torch.distributed.gather_object(value, gathered, dst=0)
        return gathered or []

    def barrier(self, device: torch.device) -> None:
        """Wait until all processes have called this method.

        Raises
        ------
        TrainingPeerLost
        """
        self.broadcast(0, device)


SINGLE_PROCESS = ProcessGroup()


def from_environment() -> ProcessGroup:
    """Return the process group from the environment variables that torchrun sets.

    SINGLE_PROCESS if they are not set.
    """
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    if not all(os.environ.get(name, "").isdecimal() for name in names):
        return SINGLE_PROCESS
    return ProcessGroup(*(int(os.environ[name]) for name in names))


@contextmanager
def connect(
    device: torch.device, error_type: type[EngineError] = TrainingPeerLost, timeout: timedelta = TIMEOUT
) -> Iterator[ProcessGroup]:
    """Context manager that connects the processes of a job through torch.distributed.

    The connection is closed on exit. For a single process, no connection is opened.

    Parameters
    ----------
    device : device of this process, which selects the backend: NCCL for CUDA, otherwise Gloo
    error_type : exception to raise if another process exits or does not respond within `timeout`
    timeout : timeout of each collective operation

    Yields
    ------
    The process group.
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
    """Handle SIGTERM, which torchrun sends if another process has exited, by raising an exception."""
    raise error_type


@contextmanager
def _raise_if_peer_lost(error_type: type[EngineError] = TrainingPeerLost) -> Generator[None]:
    """Context manager that raises `error_type` if torch.distributed raises an exception.

    This happens if another process has exited or does not respond.
    """
    try:
        yield
    except (RuntimeError, ValueError) as error:  # the types of gloo, nccl, the store and the environment
        raise error_type from error

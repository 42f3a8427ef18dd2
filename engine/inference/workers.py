"""Threads that render tiles side by side."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from types import TracebackType
from typing import Generic, TypeVar

import torch
from threadpoolctl import threadpool_limits

from engine.inference import device as devices
from engine.inference import process_group

Key = TypeVar("Key")
Result = TypeVar("Result")


class _ThreadLimit:
    """Limits BLAS and new torch threads of this process to one thread while at least one pool is in use.

    Both settings belong to the whole process. If each pool saved and restored them by itself, one that starts while
    another is in use would save the limit and restore it last, for the rest of the process.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._blas: threadpool_limits | None = None
        self._torch_threads = 1

    def acquire(self) -> None:
        """Set the limit for the first user, and count the others."""
        with self._lock:
            if self._users == 0:
                self._torch_threads = torch.get_num_threads()
                self._blas = threadpool_limits(1, user_api="blas")
            self._users += 1

    def release(self) -> None:
        """Restore both settings when the last user leaves."""
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._blas is not None:
                self._blas.restore_original_limits()
                self._blas = None
                torch.set_num_threads(self._torch_threads)  # the pool's threads set what new threads start with


_LIMIT = _ThreadLimit()


class Workers(Generic[Key, Result]):
    """As many threads as there are cores for this process, each computing with one thread of its own; two for a GPU.

    A convolution shared by all cores waits for the slowest of them at every layer, and its large buffers come from
    the system anew each time; tiles side by side do neither. With a GPU one thread prepares a tile while the other's
    is computed. Results come in the order in which they were begun.
    """

    def __init__(self, device: torch.device) -> None:
        processes = process_group.world().local_size  # under torchrun they share the cores
        self.count = max(1, devices.cores() // processes) if device.type == "cpu" else 2
        alone: Callable[[], None] | None = _compute_alone if device.type == "cpu" else None
        self._pool = ThreadPoolExecutor(self.count, "tile", initializer=alone)
        self._begun: deque[tuple[Key, Future[Result]]] = deque()

    def __len__(self) -> int:
        """How much work was begun whose results were not taken yet."""
        return len(self._begun)

    @property
    def has_room(self) -> bool:
        """Whether to begin another: each thread works on one, and one more lies ready."""
        return len(self._begun) <= self.count

    def begin(self, key: Key, work: Callable[[], Result]) -> None:
        """Have a thread do this."""
        self._begun.append((key, self._pool.submit(work)))

    def next(self) -> tuple[Key, Result]:
        """Wait for the work begun first: its key and its result, or what it raised."""
        key, future = self._begun.popleft()
        return key, future.result()

    def __enter__(self) -> "Workers[Key, Result]":
        _LIMIT.acquire()  # NumPy's own threads would compete with these for the cores
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Drop what was not begun, and wait for what was."""
        try:
            self._pool.shutdown(wait=True, cancel_futures=True)
        finally:
            _LIMIT.release()


def _compute_alone() -> None:
    torch.set_num_threads(1)

"""Thread pool that renders tiles in parallel."""

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
    """Limit of BLAS to one thread while at least one pool is in use.

    When the last pool is closed, the number of BLAS threads is restored, and also the number of PyTorch threads, which
    the threads of a pool change.

    These settings apply to the whole process, so all pools share one instance. If each pool saved and restored them,
    two overlapping pools would leave the limit in place, because the second pool would save the limit as the original
    value.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._blas: threadpool_limits | None = None
        self._torch_threads = 1

    def acquire(self) -> None:
        """Register a pool. For the first pool, set the limit."""
        with self._lock:
            if self._users == 0:
                self._torch_threads = torch.get_num_threads()
                self._blas = threadpool_limits(1, user_api="blas")
            self._users += 1

    def release(self) -> None:
        """Unregister a pool. After the last pool, restore the previous settings."""
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._blas is not None:
                self._blas.restore_original_limits()
                self._blas = None
                torch.set_num_threads(
                    self._torch_threads
                )  # the pool's threads have changed the default of new threads


_LIMIT = _ThreadLimit()


class WorkerPool(Generic[Key, Result]):
    """Thread pool that returns results in the order in which the tasks were submitted.

    On a CPU, the pool has one thread for each core, and each tile is computed by a single thread. This is faster than
    computing each convolution on all cores, because the cores would then wait for the slowest one after every layer.
    On a GPU, the pool has two threads, so that one prepares a tile while the GPU computes another.

    Parameters
    ----------
    device : device that the tasks run on

    Attributes
    ----------
    thread_count : number of threads
    """

    def __init__(self, device: torch.device) -> None:
        processes = process_group.from_environment().local_size  # the processes of torchrun share the cores
        self.thread_count = max(1, devices.thread_count() // processes) if device.type == "cpu" else 2
        initializer: Callable[[], None] | None = _use_one_thread if device.type == "cpu" else None
        self._pool = ThreadPoolExecutor(self.thread_count, "tile", initializer=initializer)
        self._pending: deque[tuple[Key, Future[Result]]] = deque()

    def __len__(self) -> int:
        """Return the number of submitted tasks whose results have not been returned by `next_result`."""
        return len(self._pending)

    @property
    def can_submit(self) -> bool:
        """Whether at most `thread_count` tasks are pending, so that another one should be submitted."""
        return len(self._pending) <= self.thread_count

    def submit(self, key: Key, work: Callable[[], Result]) -> None:
        """Submit a function to run in the pool. `next_result` returns its result together with `key`."""
        self._pending.append((key, self._pool.submit(work)))

    def next_result(self) -> tuple[Key, Result]:
        """Wait for the oldest pending task, and return its key and result.

        If it has failed, raise its exception.
        """
        key, future = self._pending.popleft()
        return key, future.result()

    def __enter__(self) -> "WorkerPool[Key, Result]":
        _LIMIT.acquire()  # the threads of NumPy would compete for the cores
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Cancel the waiting tasks, and wait until the running tasks are done."""
        try:
            self._pool.shutdown(wait=True, cancel_futures=True)
        finally:
            _LIMIT.release()


def _use_one_thread() -> None:
    torch.set_num_threads(1)

"""A process that runs ncnn for this program. If it crashes or hangs, the program continues."""

import atexit
import json
import math
import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import N_, LazyMessage, Message, lazy_format
from engine.inference import ncnn_worker
from engine.system import memory

CPU = ncnn_worker.CPU
ARGUMENT = "--ncnn-worker"  # starts the process instead of the program, in the packaged program
LIST_LIMIT_S = 30.0
TIME_LIMIT_S = 120.0  # for loading a model, when drivers compile shaders, and for one tile
_END_LIMIT_S = 5.0
_MAX_MODELS = 4  # loaded at the same time
_MIN_MEMORY = 1 << 30  # limit in bytes that drivers need even if less memory is free


class WorkerFailed(Exception):
    """Raised when the process crashed, did not respond in time, or could not run a model.

    Attributes
    ----------
    reason : a sentence that states what happened
    """

    def __init__(self, reason: Message | LazyMessage) -> None:
        super().__init__(str(reason))
        self.reason = reason


class WorkerProcess:
    """A process that runs ncnn. The first call starts it.

    The methods can be called by several threads. After a failure, the process is ended, and each
    further call raises WorkerFailed with the same reason.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._replies: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader: threading.Thread | None = None
        self._memory: SharedMemory | None = None
        self._models: dict[str, list[list[str]]] = {}  # the names of the inputs and outputs by key, oldest first
        self.failure: WorkerFailed | None = None

    def list_gpus(self) -> dict[str, Any]:
        """Return the Vulkan GPUs and the version of ncnn, see `ncnn_worker`.

        Raises
        ------
        WorkerFailed
        """
        with self._lock:
            return self._call({"do": "gpus"}, LIST_LIMIT_S)

    def load(
        self, key: str, param: bytes, weights: bytes, *, gpu: int = CPU, half: bool = False, threads: int = 1
    ) -> tuple[list[str], list[str]]:
        """Load a model, unless it is already loaded.

        Parameters
        ----------
        key : a name that identifies the contents and the options
        param, weights : contents of the .param file and the .bin file
        half : store weights and features in float16

        Returns
        -------
        Names of the inputs, and names of the outputs.

        Raises
        ------
        WorkerFailed, MemoryError
        """
        with self._lock:
            if key not in self._models:
                if len(self._models) >= _MAX_MODELS:
                    oldest = next(iter(self._models))
                    del self._models[oldest]
                    self._call({"do": "unload", "model": oldest}, TIME_LIMIT_S)
                self._models[key] = self._load_files(
                    param, weights, {"do": "load", "model": key, "gpu": gpu, "half": half, "threads": threads}
                )
            inputs, outputs = self._models[key]
            return inputs, outputs

    def is_loaded(self, key: str) -> bool:
        """Return whether a model is loaded. Loading other models can unload it."""
        return key in self._models

    def run(
        self, key: str, blobs: tuple[str, str], window: NDArray[np.float32], shape: tuple[int, int, int]
    ) -> NDArray[np.float32]:
        """Run a model.

        Parameters
        ----------
        key : a model that is loaded
        blobs : names of its input and its output
        window : input of shape (C, H, W)
        shape : expected shape of the result

        Returns
        -------
        The result, whose shape may differ from `shape`.

        Raises
        ------
        WorkerFailed, MemoryError
        """
        request = {"do": "run", "model": key, "input": blobs[0], "output": blobs[1], "shape": window.shape}
        with self._lock:
            actual = self._run(request, window, shape)
            if _bytes(actual) > max(_bytes(shape), window.nbytes):  # the result did not fit
                actual = self._run(request, window, actual)
            return np.ndarray(actual, np.float32, self._shared_memory(_bytes(actual)).buf).copy()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()
            if self._memory is not None:
                self._memory.close()
                self._memory.unlink()
                self._memory = None

    def _load_files(self, param: bytes, weights: bytes, message: dict[str, Any]) -> list[list[str]]:
        """Load a model from temporary files, because ncnn reads weights from files only."""
        with tempfile.TemporaryDirectory(prefix="srcnn-", ignore_cleanup_errors=True) as folder:
            files = {"param": Path(folder, "model.param"), "weights": Path(folder, "model.bin")}
            files["param"].write_bytes(param)
            files["weights"].write_bytes(weights)
            reply = self._call(message | {name: str(path) for name, path in files.items()}, TIME_LIMIT_S)
        return [reply["inputs"], reply["outputs"]]

    def _run(
        self, request: dict[str, Any], window: NDArray[np.float32], shape: tuple[int, int, int]
    ) -> tuple[int, int, int]:
        """Run a model, and return the actual shape of the result.

        The result is written to shared memory that is large enough for `shape`.
        """
        block = self._shared_memory(max(window.nbytes, _bytes(shape)))
        np.ndarray(window.shape, np.float32, block.buf)[:] = window
        channels, height, width = self._call(request | {"memory": block.name}, TIME_LIMIT_S)["shape"]
        return int(channels), int(height), int(width)

    def _shared_memory(self, size: int) -> SharedMemory:
        """Return shared memory of at least `size` bytes."""
        if self._memory is None or self._memory.size < size:
            if self._memory is not None:
                self._memory.close()
                self._memory.unlink()
                self._memory = None
            self._memory = SharedMemory(create=True, size=size)
        return self._memory

    def _call(self, message: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """Send a message, and return the reply."""
        if self.failure is not None:
            raise self.failure
        if self._process is None:
            self._process, self._replies = _start(), queue.SimpleQueue()
            assert self._process.stdout is not None
            arguments = (self._process.stdout, self._replies)
            self._reader = threading.Thread(target=_read_replies, args=arguments, name="ncnn replies", daemon=True)
            self._reader.start()
            free = memory.available_memory()
            if free is not None:
                self._exchange(self._process, {"do": "limit", "bytes": max(free, _MIN_MEMORY)}, LIST_LIMIT_S)
        reply = self._exchange(self._process, message, limit_s)
        if reply.get("error") == "memory":
            raise MemoryError
        if "error" in reply:
            detail = str(reply.get("detail", ""))[:200]
            raise self.fail(lazy_format(N_("ncnn failed with this error: {detail}."), detail=detail))
        return reply

    def _exchange(self, process: "subprocess.Popen[str]", message: dict[str, Any], limit_s: float) -> dict[str, Any]:
        """Send a message, and wait for the reply. If there is none, end the process."""
        assert process.stdin is not None
        has_expired = False
        try:
            print(json.dumps(message), file=process.stdin, flush=True)
            reply = json.loads(self._replies.get(timeout=limit_s))
            if isinstance(reply, dict):
                return reply
        except queue.Empty:
            has_expired = True
        except (OSError, ValueError):  # the process has ended, or its reply is damaged
            pass
        self._end(kill=has_expired)
        raise self.fail(_describe(process.returncode, limit_s if has_expired else None))

    def fail(self, reason: Message | LazyMessage) -> WorkerFailed:
        """Return the error for a failure, which each further call raises."""
        self.failure = WorkerFailed(reason)
        return self.failure

    def _end(self, *, kill: bool = False) -> None:
        """End the process. One that a driver blocks in the kernel can't be killed, so it is left behind."""
        process, self._process = self._process, None
        self._models.clear()
        if process is None:
            return
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()  # asks the process to end
        try:
            process.wait(0 if kill else _END_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END_LIMIT_S)
        if self._reader is not None:
            self._reader.join(_END_LIMIT_S)


def _read_replies(stream: IO[str], replies: "queue.SimpleQueue[str]") -> None:
    """Read lines until the process has ended. Then add an empty text.

    This has its own thread, because a read has no time limit, and a process that can't be killed never closes its end.
    """
    with suppress(OSError, ValueError), stream:
        for line in stream:
            replies.put(line)
    replies.put("")


def _describe(code: int, limit_s: float | None) -> LazyMessage:
    """Return why a process failed. `limit_s` is the time limit if it has expired."""
    if limit_s is not None:
        return lazy_format(N_("ncnn didn't respond within {seconds} seconds."), seconds=f"{limit_s:g}")
    return lazy_format(N_("The ncnn process ended unexpectedly (code {code})."), code=code)


def _bytes(shape: tuple[int, int, int]) -> int:
    """Return the size of a float32 array."""
    return 4 * math.prod(shape)


def _start() -> "subprocess.Popen[str]":
    """Start the process.

    Raises
    ------
    WorkerFailed
    """
    if getattr(sys, "frozen", False):
        command = [sys.executable, ARGUMENT]
    else:
        root = Path(__file__).resolve().parents[2]
        program = f"import sys; sys.path.insert(0, {str(root)!r}); from engine.inference import ncnn_worker as worker"
        command = [sys.executable, "-P", "-c", f"{program}; worker.main()"]
    # Ctrl-C is for the program only, which ends the process itself.
    own_group: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    try:
        return subprocess.Popen(  # noqa: S603 - this program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=os.environ | {"OMP_WAIT_POLICY": "passive"},
            **own_group,
        )
    except OSError as error:
        raise WorkerFailed(lazy_format(N_("The ncnn process can't be started ({detail})."), detail=error)) from error


_processes: dict[int, WorkerProcess] = {}
_processes_lock = threading.Lock()


def for_gpu(gpu: int = CPU) -> WorkerProcess:
    """Return the process for a GPU, or for ncnn on the CPU.

    A process on the CPU that has failed is replaced, because the model may be the reason. A GPU that has failed is not
    used again, because its driver would probably fail for each image.
    """
    with _processes_lock:
        process = _processes.get(gpu)
        if process is None or (process.failure is not None and gpu == CPU):
            if process is not None:
                process.close()
            process = _processes[gpu] = WorkerProcess()
        return process


def close_cpu_process() -> None:
    """End the process for ncnn on the CPU, which is needed only to check a model."""
    with _processes_lock:
        process = _processes.pop(CPU, None)
    if process is not None:
        process.close()


def close_all() -> None:
    """End all processes, and forget failures."""
    with _processes_lock:
        for process in _processes.values():
            process.close()
        _processes.clear()


atexit.register(close_all)

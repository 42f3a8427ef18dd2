"""The process that runs ncnn, so that a crash of a graphics driver cannot end the program.

`worker_process` starts it, and sends one JSON object per line to its standard input. Each reply is one line on its
standard output. Messages are JSON instead of pickles, so that a reply can't execute code in the program. Pixels are
exchanged through shared memory. The process ends when its standard input is closed.
"""

import json
import os
import sys
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from typing import IO, Any

import numpy as np

if sys.platform != "win32":
    import resource

Message = dict[str, Any]
CPU = -1  # instead of the index of a GPU
_OUT_OF_MEMORY = -100  # a code of ncnn
_INTEGRATED, _SOFTWARE = 1, 3  # types of GPUs in ncnn


def main() -> None:
    """Answer messages until the standard input is closed."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        os.dup2(2, 1)  # drivers print to the standard output
        _answer_all(sys.stdin, replies)
    os._exit(0)  # drivers can crash while they are unloaded


def _answer_all(messages: IO[str], replies: IO[str]) -> None:
    worker = _Worker()
    for line in messages:
        try:
            reply = worker.answer(json.loads(line))
        except MemoryError:
            reply = {"error": "memory"}
        except Exception as error:  # sent to the program, which decides what to do
            reply = {"error": "failed", "detail": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


class _Worker:
    """The models that are loaded, and the shared memory that is open."""

    def __init__(self) -> None:
        self._models: dict[str, Any] = {}
        self._memory: SharedMemory | None = None

    def answer(self, message: Message) -> Message:
        """Return the reply to a message."""
        answers = {"limit": _limit_memory, "gpus": _list_gpus, "load": self._load, "unload": self._unload}
        return (answers | {"run": self._run})[message["do"]](message)

    def _load(self, message: Message) -> Message:
        """Load a model from its two files, and return the names of its inputs and outputs."""
        import ncnn  # noqa: PLC0415 - imported after memory is limited

        net = ncnn.Net()
        options, gpu, half = net.opt, message["gpu"], message["half"]
        options.use_vulkan_compute = gpu != CPU
        options.num_threads = message["threads"]
        options.use_fp16_packed = options.use_fp16_storage = half
        options.use_fp16_arithmetic = options.use_bf16_storage = False
        options.use_bf16_packed = False
        if gpu != CPU:
            net.set_vulkan_device(gpu)
        if code := net.load_param(message["param"]) or net.load_model(message["weights"]):
            return _error(code)
        self._models[message["model"]] = net
        return {"inputs": list(net.input_names()), "outputs": list(net.output_names())}

    def _unload(self, message: Message) -> Message:
        del self._models[message["model"]]
        return {}

    def _run(self, message: Message) -> Message:
        """Run a model on the array at the start of the shared memory, and replace it with the result."""
        import ncnn  # noqa: PLC0415

        memory = self._open(message["memory"])
        shape = tuple(message["shape"])
        source = np.ndarray(shape, np.float32, memory.buf).copy()
        extractor = self._models[message["model"]].create_extractor()
        # A Mat does not keep its array alive.
        code = extractor.input(message["input"], ncnn.Mat(source).clone())
        if code:
            return _error(code)
        code, mat = extractor.extract(message["output"])
        if code:
            return _error(code)
        result = np.array(mat, np.float32)
        if result.ndim != 3:
            return {"error": "failed", "detail": f"a result with {result.ndim} dimensions"}
        if result.nbytes <= memory.size:
            np.ndarray(result.shape, np.float32, memory.buf)[:] = result
        return {"shape": result.shape}

    def _open(self, name: str) -> SharedMemory:
        """Return the shared memory with a name. Only one is open at a time."""
        if self._memory is None or self._memory.name != name:
            if self._memory is not None:
                self._memory.close()
            self._memory = _attach(name)
        return self._memory


def _attach(name: str) -> SharedMemory:
    """Open shared memory that the program has created and will delete.

    Before Python 3.13, opening it registers it for deletion at the end of this process (python/cpython#82300).
    """
    register = resource_tracker.register
    resource_tracker.register = lambda name, rtype: None
    try:
        return SharedMemory(name)
    finally:
        resource_tracker.register = register


def _limit_memory(message: Message) -> Message:
    """Limit the memory of this process, if the system supports it.

    RLIMIT_DATA is used instead of RLIMIT_AS, because drivers reserve large ranges of addresses.
    """
    if sys.platform != "win32":
        with suppress(ValueError, OSError):
            _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
            limit = message["bytes"] if hard == resource.RLIM_INFINITY else min(message["bytes"], hard)
            resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    return {}


def _list_gpus(_message: Message) -> Message:
    """Return the Vulkan GPUs in the order of their indexes."""
    import ncnn  # noqa: PLC0415

    gpus = []
    for index in range(ncnn.get_gpu_count()):
        info = ncnn.get_gpu_info(index)
        gpus.append(
            {
                "name": info.device_name(),
                "is_software": info.type() == _SOFTWARE,
                "is_integrated": info.type() == _INTEGRATED,
                "driver": info.driver_version(),
                "memory_mb": ncnn.get_gpu_device(index).get_heap_budget(),
            }
        )
    return {"gpus": gpus, "ncnn": ncnn.__version__}


def _error(code: int) -> Message:
    return {"error": "memory"} if code == _OUT_OF_MEMORY else {"error": "failed", "detail": f"ncnn error {code}"}

"""Selection of the device and the precision, the number of threads, and device memory."""

import os
import sys
import threading

import cv2
import torch

from engine.errors import N_, DeviceUnknown, LazyMessage, Message, check, lazy_format
from engine.inference import vulkan
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.system import memory, preferences

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_NICENESS = 15  # 19 is the lowest priority
_thread_limit = 0  # of this process; 0 for the limit in the preferences
DEVICE_TYPES = ("cuda", "mps", "cpu")  # of PyTorch, fastest first


def available() -> list[str]:
    """Return the names of the available devices, fastest first. Software drivers of Vulkan are last."""
    gpus = vulkan.list_gpus()
    hardware, software = (
        [f"{vulkan.TYPE}:{gpu.index}" for gpu in gpus if gpu.is_software == is_software]
        for is_software in (False, True)
    )
    *accelerators, cpu = _torch_types()
    return [*accelerators, *hardware, cpu, *software]


def stable_name(name: str) -> str:
    """Return the name to store for one of the available devices. See `vulkan.stable_name`."""
    gpu = vulkan.find(name) if vulkan.is_device_name(name) else None
    return name if gpu is None else vulkan.stable_name(gpu)


def _torch_types() -> list[str]:
    """Return the types of the devices that PyTorch can use, fastest first. The last one is always "cpu"."""
    usable = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind in DEVICE_TYPES if usable[kind]]


def select(
    name: str, local_rank: int = 0, local_size: int = 1, *, for_training: bool = False
) -> tuple[torch.device, bool]:
    """Select a device by name. If it is unavailable, the CPU is used instead.

    If several processes run on this machine, each of them uses a different CUDA GPU. If there are fewer GPUs than
    processes, all processes use the CPU. MPS is not used, because it does not support communication between processes.

    Parameters
    ----------
    name : "cpu", "cuda", "mps", a name of a Vulkan GPU (see `vulkan.find`), or "auto" for the fastest device of
        PyTorch
    local_rank, local_size : rank of this process on this machine, and number of processes on this machine
    for_training : whether the device must be able to train, which those of Vulkan are not

    Returns
    -------
    device : torch.device
    is_fallback : whether the CPU replaces the requested device, which is unavailable

    Raises
    ------
    DeviceUnknown
        `name` is none of these names.
    """
    if vulkan.is_device_name(name):
        gpu = None if for_training or local_size > 1 else vulkan.find(name)
        return (torch.device("cpu"), True) if gpu is None else (torch.device(vulkan.TYPE, gpu.index), False)
    if name != "auto" and name not in DEVICE_TYPES:
        raise DeviceUnknown(name=name)
    usable = _torch_types()
    if local_size > 1:
        has_enough_devices = {"cuda": local_size <= torch.cuda.device_count(), "mps": False, "cpu": True}
        usable = [kind for kind in usable if has_enough_devices[kind]]
    kind = usable[0] if name == "auto" else name if name in usable else "cpu"
    if kind == "cuda":
        torch.backends.cudnn.allow_tf32 = False  # TF32 would reduce the precision of float32
    device = torch.device(kind, local_rank) if kind == "cuda" and local_size > 1 else torch.device(kind)
    return device, name not in ("auto", kind)


def explain_fallback(name: str) -> Message | LazyMessage | None:
    """Return a sentence that states what a Vulkan device needs, or None if nothing is missing."""
    return vulkan.explain_missing() if vulkan.is_device_name(name) else None


def select_dtype(precision: str, device: torch.device, info: ModelInfo, *, exact: bool = False) -> torch.dtype:
    """Return the dtype for running a model on a device.

    Parameters
    ----------
    precision : "float32", "float16" or "bfloat16", or "auto" for a reduced precision if it is faster on the device and
        lowers the PSNR on Set5 by less than 0.03 dB, and float32 otherwise
    device : device that the model runs on
    info : architecture and scale factor of the model
    exact : use float32 for "auto"

    Notes
    -----
    "auto" depends on the hardware, not on measured times, so that results are reproducible. float16 lowers the PSNR by
    at most 0.005 dB. bfloat16 lowers it by 0.08 dB at x2, and is faster on a CPU only with AMX (docs/decisions/0003).
    """
    if precision != "auto":
        return DTYPES[precision]
    if exact:
        return torch.float32
    if device.type == "cuda":
        return torch.float16 if torch.cuda.get_device_capability(device) >= (7, 0) else torch.float32
    if device.type == "mps":
        return torch.float16
    sizes = info.architecture
    is_faster = isinstance(sizes, Srcnn) and sizes.f2 > 1 and info.scale > 2 and torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if is_faster else torch.float32


def display_name(device: torch.device) -> str:
    """Return the name of a device for display, such as "CPU, 2 threads" or the name of the GPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    if device.type == vulkan.TYPE:
        gpu = vulkan.gpu_of(device)
        message = N_("{gpu} (Vulkan, software)") if gpu.is_software else N_("{gpu} (Vulkan)")
        return lazy_format(message, gpu=gpu.name)
    return (
        N_("CPU, 1 thread") if thread_count() == 1 else lazy_format(N_("CPU, {count} threads"), count=thread_count())
    )


def thread_count() -> int:
    """Return the number of CPU threads to use: one for each core, or fewer if there is a limit.

    The limit is set by `limit_threads`, or else by the preferences.
    """
    core_count = memory.cpu_count()
    return min(_thread_limit or preferences.load().threads or core_count, core_count)


def limit_threads(count: int) -> None:
    """Limit the number of CPU threads of this process, regardless of the preferences.

    Raises
    ------
    InvalidSetting
    """
    global _thread_limit  # noqa: PLW0603 - a setting of the process
    check(
        1 <= count <= preferences.MAX_THREADS,
        N_("The number of threads is {value}. Choose a value from 1 to {limit}."),
        value=count,
        limit=preferences.MAX_THREADS,
    )
    _thread_limit = count
    cv2.setNumThreads(thread_count())
    set_thread_count()


def set_thread_count(local_size: int = 1) -> None:
    """Set the number of threads that PyTorch uses in this process.

    `thread_count` threads are divided evenly among the processes on this machine. If the calling thread was limited to
    one PyTorch thread before, as in a `WorkerPool`, the limit is removed, because PyTorch stores it for each thread.

    Parameters
    ----------
    local_size : number of processes on this machine
    """
    torch.set_num_threads(max(1, thread_count() // local_size))


def lower_thread_priority() -> None:
    """Lower the priority of the calling thread and of the threads that it starts.

    This function has an effect only on Linux, where each thread has its own niceness, which new threads inherit. On
    other systems, the niceness applies to the whole process.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception means that the device is out of memory.

    PyTorch raises OutOfMemoryError on CUDA, but a RuntimeError on MPS and on the CPU.
    """
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    message = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in message or "can't allocate memory" in message)


def empty_cache(device: torch.device) -> None:
    """Free the GPU memory that PyTorch has cached but does not use. On the CPU, this does nothing."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()

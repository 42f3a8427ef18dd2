"""Which device computes, and what to do when it cannot."""

import os
import sys
import threading

import torch

from engine.errors import DeviceUnknown, fill, mark
from engine.models.catalog import ModelSpec
from engine.system import memory, preferences

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_NICE = 15  # of 19
KINDS = ("cuda", "mps", "cpu")  # best first


def available() -> list[str]:
    """The kinds of device that can be used here, best first; always ends with "cpu"."""
    usable = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind in KINDS if usable[kind]]


def choose(name: str, number: int = 0, processes: int = 1) -> tuple[torch.device, bool]:
    """The device for a name ("auto", "cpu", "cuda", "mps"), and whether it is a fallback from the one asked for.

    Of several `processes` on this machine the one with this `number` gets a GPU of its own, if there are as many; what
    they exchange, MPS cannot.

    Raises
    ------
    DeviceUnknown
        If the name is none of these. A known device that is not there falls back to the CPU instead.
    """
    if name != "auto" and name not in KINDS:
        raise DeviceUnknown(name=name)
    usable = available()
    if processes > 1:
        enough = {"cuda": processes <= torch.cuda.device_count(), "mps": False, "cpu": True}
        usable = [kind for kind in usable if enough[kind]]
    kind = usable[0] if name == "auto" else name if name in usable else "cpu"
    if kind == "cuda":
        torch.backends.cudnn.allow_tf32 = False  # float32 is float32: who wants less precision asks for it
    device = torch.device(kind, number) if kind == "cuda" and processes > 1 else torch.device(kind)
    return device, name not in ("auto", kind)


def choose_dtype(precision: str, device: torch.device, spec: ModelSpec, *, exact: bool = False) -> torch.dtype:
    """The type for a precision; "auto" is reduced only where the device is faster with it and Set5 loses < 0.03 dB.

    Where it has to be `exact`, "auto" is float32.

    Decided by what the hardware is, not by timing it, so that a run repeats byte for byte. float16 loses 0.005 dB at
    most. bfloat16 loses 0.08 dB at x2 and more than it gains in a 1x1 layer; a CPU gains by it only with matrix tiles
    (AMX), while with AVX-512's instructions for it alone it was slower (docs/decisions/0003).
    """
    if precision != "auto":
        return DTYPES[precision]
    if exact:
        return torch.float32
    if device.type == "cuda":
        return torch.float16 if torch.cuda.get_device_capability(device) >= (7, 0) else torch.float32
    if device.type == "mps":
        return torch.float16
    gains = spec.f2 > 1 and spec.scale > 2 and torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if gains else torch.float32


def title(device: torch.device) -> str:
    """What to call a device before a person: "CPU, 2 threads" or the GPU's own name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    return mark("CPU, 1 thread") if cores() == 1 else fill(mark("CPU, {count} threads"), count=cores())


def cores() -> int:
    """How many of the CPU's cores this process may use: those there are, or as many as a person chose."""
    there = memory.cores()
    return min(preferences.load().threads or there, there)


def use_all_threads(processes: int = 1) -> None:
    """Give this thread's operators every core, or this process's share of them.

    A one-thread setting made elsewhere would last otherwise.
    """
    torch.set_num_threads(max(1, cores() // processes))


def step_back() -> None:
    """Let this thread, and those that its operators start, wait for whoever else wants the processor.

    Linux counts niceness by thread, and a thread that is started inherits it. Elsewhere nothing is done, since there
    it would be the whole program.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the device's memory ran out (MPS and the CPU raise a plain RuntimeError)."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in said or "can't allocate memory" in said)


def release(device: torch.device) -> None:
    """Give cached memory back to the device."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()

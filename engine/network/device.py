"""Which device computes, and what to do when it cannot."""

import os

import torch

from engine.errors import DeviceUnknown

KINDS = ("cuda", "mps", "cpu")  # best first


def available() -> list[str]:
    """The kinds of device that can be used here, best first; always ends with "cpu"."""
    usable = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind in KINDS if usable[kind]]


def choose(name: str, number: int = 0) -> tuple[torch.device, bool]:
    """The device for a name ("auto", "cpu", "cuda", "mps"), and whether it is a fallback from the one asked for.

    `number` picks one of several CUDA devices.

    Raises
    ------
    DeviceUnknown
        If the name is none of these. A known device that is not there falls back to the CPU instead.
    """
    if name != "auto" and name not in KINDS:
        raise DeviceUnknown(name=name)
    usable = available()
    kind = usable[0] if name == "auto" else name if name in usable else "cpu"
    device = torch.device(kind, number) if kind == "cuda" and number else torch.device(kind)
    return device, name not in ("auto", kind)


def title(device: torch.device) -> str:
    """What to call a device before a person: "CPU, 2 threads" or the GPU's own name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {torch.get_num_threads()} threads"


def use_all_threads(processes: int = 1) -> None:
    """Give this thread's operators every core, or this process's share of them.

    A one-thread setting made elsewhere would last otherwise.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(max(1, cores // processes))


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

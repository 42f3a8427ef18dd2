"""Vulkan GPUs: their list, their tile sizes, and the choice between a GPU and the CPU.

ncnn runs on the GPUs of all vendors through Vulkan. Software drivers, which compute on the CPU, are listed too, but
they are never chosen automatically.
"""

import ctypes
import functools
import hashlib
import importlib.util
import json
import logging
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.errors import N_, LazyMessage, Message, lazy_format
from engine.inference.worker_process import WorkerFailed, WorkerProcess, for_gpu
from engine.models.info import ModelInfo
from engine.system import paths
from engine.system.files import write_atomically

TYPE = "vulkan"  # also the type of the torch.device
# Side of a tile in px of the model's input by the least memory of the GPU in MB, as in other programs with ncnn.
_TILE_PX = ((1900, 512), (550, 256), (0, 128))
_LOADERS = {"linux": "libvulkan.so.1", "darwin": "libvulkan.dylib", "win32": "vulkan-1.dll"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gpu:
    """A GPU that Vulkan lists.

    Attributes
    ----------
    index : index in ncnn's list
    driver : identifies the version of the driver and of ncnn
    memory_mb : memory that the program can use
    """

    index: int
    name: str
    is_software: bool
    is_integrated: bool
    driver: str
    memory_mb: int


def list_gpus() -> tuple[Gpu, ...]:
    """Return the Vulkan GPUs, best first: dedicated, integrated, and last software drivers.

    The list is empty if there are none. `explain_missing` returns the reason.
    """
    return _find_gpus()[0]


def explain_missing() -> Message | LazyMessage | None:
    """Return a sentence that states why there is no Vulkan GPU, and what to do. None if there is one."""
    return _find_gpus()[1]


@functools.cache
def _find_gpus() -> tuple[tuple[Gpu, ...], Message | LazyMessage | None]:
    """Return the Vulkan GPUs, or the reason why there are none.

    The list is read once, in a process of its own.
    """
    if not is_ncnn_installed():
        return (), N_("Vulkan needs the Python package ncnn. Install it with “pip install ncnn”.")
    if not _is_loader_installed():
        message = N_("The Vulkan library {library} is missing. Install the driver of your GPU and a Vulkan loader.")
        return (), lazy_format(message, library=_loader())
    process = WorkerProcess()
    try:
        reply = process.list_gpus()
        gpus = [_read(index, item, str(reply["ncnn"])) for index, item in enumerate(reply["gpus"])]
    except WorkerFailed as failure:
        _log.warning("Vulkan GPUs cannot be listed: %s", failure)
        message = N_("The Vulkan drivers can't be loaded. {reason} Update the driver of your GPU.")
        return (), lazy_format(message, reason=failure.reason)
    except (MemoryError, KeyError, TypeError, ValueError) as error:
        _log.warning("Vulkan GPUs cannot be listed: %r", error)
        return (), N_("The Vulkan drivers sent an invalid list of GPUs. Update the driver of your GPU.")
    finally:
        process.close()
    if not gpus:
        return (), N_("No Vulkan driver found a GPU. Install the driver of your GPU.")
    return tuple(sorted(gpus, key=lambda gpu: (gpu.is_software, gpu.is_integrated, gpu.index))), None


def forget_gpus() -> None:
    """Read the list of GPUs again when it is needed next."""
    _find_gpus.cache_clear()


def _read(index: int, item: dict[str, Any], ncnn_version: str) -> Gpu:
    driver = f"{item['driver']}, ncnn {ncnn_version}"
    return Gpu(
        index,
        str(item["name"]),
        bool(item["is_software"]),
        bool(item["is_integrated"]),
        driver,
        int(item["memory_mb"]),
    )


def is_ncnn_installed() -> bool:
    """Return whether the package ncnn is installed. It is not imported in this process."""
    return importlib.util.find_spec("ncnn") is not None


def _loader() -> str:
    """Return the file name of the Vulkan library of the system, which finds the drivers."""
    return _LOADERS.get(sys.platform, "libvulkan.so.1")


def _is_loader_installed() -> bool:
    """Return whether the Vulkan library can be loaded. Loading it loads no driver."""
    try:
        ctypes.CDLL(_loader())
    except OSError:
        return False
    return True


def find(name: str) -> Gpu | None:
    """Return the GPU for a device name, or None if there is none.

    Parameters
    ----------
    name : "vulkan" for the best GPU, "vulkan:1" for the GPU with an index in ncnn's list, or "vulkan:" and the name of
        a GPU
    """
    _type, _, wanted = name.partition(":")
    return next((gpu for gpu in list_gpus() if wanted in ("", str(gpu.index), gpu.name)), None)


def stable_name(gpu: Gpu) -> str:
    """Return a device name that never identifies another GPU after GPUs or drivers were added or removed.

    GPUs with the same name can be identified only by their index.
    """
    is_unique = [other.name for other in list_gpus()].count(gpu.name) == 1
    return f"{TYPE}:{gpu.name if is_unique and gpu.name else gpu.index}"


def gpu_of(device: torch.device) -> Gpu:
    """Return the GPU of a device of the type "vulkan"."""
    return next(gpu for gpu in list_gpus() if gpu.index == (device.index or 0))


def is_device_name(name: str) -> bool:
    """Return whether a name is one of those that `find` accepts, with or without such a GPU."""
    return re.fullmatch(r"vulkan(:.+)?", name) is not None


def has_failed(device: torch.device) -> bool:
    """Return whether a GPU has failed since the start of the program. It is then not used again."""
    return for_gpu(gpu_of(device).index).failure is not None


def automatic_candidate() -> torch.device | None:
    """Return the GPU that an automatic choice may use, or None if there is none."""
    if sys.platform == "linux" and not _has_gpu_file():
        return None  # saves the time to load the drivers
    for gpu in list_gpus():
        device = torch.device(TYPE, gpu.index)
        if not gpu.is_software and not has_failed(device):
            return device
    return None


def _has_gpu_file() -> bool:
    """Return whether Linux has a device file of a GPU."""
    patterns = ("dri/renderD*", "nvidia[0-9]*", "dxg", "kgsl-3d0", "mali0")
    return any(next(Path("/dev").glob(pattern), None) for pattern in patterns)


def tile_px(device: torch.device, info: ModelInfo) -> int:
    """Return the side of a tile in px of the model's input. It depends on the total memory of the GPU."""
    memory_mb = gpu_of(device).memory_mb
    return next(side for least_mb, side in _TILE_PX if memory_mb >= least_mb)


# -- measurements -----------------------------------------------------------------------------------------------------


def stored_measurement(key: str, name: str) -> float | None:
    """Return a measurement of an earlier run, or None if there is none."""
    value = _read_measurements().get(key, {}).get(name)
    return float(value) if isinstance(value, int | float) else None


def store_measurement(key: str, name: str, value: float) -> None:
    """Store a measurement for later runs. If the file can't be written, it is measured again."""
    measurements = _read_measurements()
    measurements[key] = measurements.get(key, {}) | {name: value}
    with suppress(OSError):
        _measurements_path().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_measurements_path(), json.dumps(measurements, indent=1).encode())


def forget_measurements() -> None:
    """Delete all measurements, so that they are repeated."""
    with suppress(OSError):
        _measurements_path().unlink(missing_ok=True)


def measurement_key(gpu: Gpu, content: bytes) -> str:
    """Return the key of the measurements of a model on a GPU with its present driver."""
    model = hashlib.sha256(content).hexdigest()[:16]
    return f"{gpu.name}, {gpu.driver}, model {model}"


def _measurements_path() -> Path:
    return paths.state_folder() / "devices.json"


def _read_measurements() -> dict[str, dict[str, float]]:
    try:
        stored = json.loads(_measurements_path().read_text(encoding="utf-8"))
        return {key: dict(values) for key, values in stored.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}

"""The backend of a model on a device, and the choice of the device and the precision by measurements."""

from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from engine.inference import device as devices
from engine.inference import half_precision, torch_backend, vulkan
from engine.inference.ncnn_backend import NcnnBackend, NcnnModel, convert
from engine.inference.torch_backend import InvalidOutput, TorchBackend
from engine.inference.worker_process import WorkerFailed, for_gpu
from engine.inference.workers import WorkerPool
from engine.models.info import ModelInfo
from engine.models.network import Network

Backend = TorchBackend | NcnnBackend
CPU = torch.device("cpu")
_TIMED_SIDE_PX = 256  # of the windows for a measurement of speed


class ModelRunner:
    """A network and the device that runs it. If the device fails, the CPU takes over.

    Attributes
    ----------
    device : the device in use
    """

    def __init__(
        self, network: Network, device: torch.device, *, precision: str = "auto", self_ensemble: bool = False
    ) -> None:
        self.network, self.device = network, device
        self._precision, self._self_ensemble = precision, self_ensemble

    @property
    def info(self) -> ModelInfo:
        return self.network.info

    @property
    def tile_px(self) -> int:
        """Side of a tile in px of the model's result."""
        if self.device.type == vulkan.TYPE:
            return vulkan.tile_px(self.device, self.info) * self.info.upsampling
        return torch_backend.tile_px(self.device, self.info)

    def check_device(self) -> None:
        """Raise WorkerFailed if the device has failed since the start of the program."""
        if self.device.type == vulkan.TYPE and (failure := for_gpu(vulkan.gpu_of(self.device).index).failure):
            raise failure

    def choose_device(self) -> None:
        """Use a Vulkan GPU instead of the CPU if it is faster. The measurement is stored for later runs.

        Raises
        ------
        WorkerFailed
            The GPU failed. The CPU is used.
        """
        candidate = vulkan.automatic_candidate() if self.device == CPU else None
        if candidate is None:
            return
        model, gpu = convert(self.network), vulkan.gpu_of(candidate)
        key = vulkan.measurement_key(gpu, model.content)
        name = f"speed relative to {devices.thread_count()} CPU threads"
        ratio = vulkan.stored_measurement(key, name)
        if ratio is None:
            on_cpu = _seconds_per_tile(TorchBackend(self.network, CPU), CPU)
            self.device = candidate  # the device that fails if an exception is raised
            try:
                ratio = on_cpu / _seconds_per_tile(NcnnBackend(model, gpu.index), candidate)
            except MemoryError:
                ratio = 0.0
            except WorkerFailed:
                vulkan.store_measurement(key, name, 0.0)  # later runs would wait for the same failure
                raise
            vulkan.store_measurement(key, name, ratio)
        self.device = candidate if ratio > 1 else CPU

    def create_backend(self, *, exact: bool) -> Backend:
        """Return the backend.

        Parameters
        ----------
        exact : whether the precision "auto" is float32

        Raises
        ------
        WorkerFailed
            The GPU failed while its precision was measured.
        """
        if self.device.type != vulkan.TYPE:
            dtype = devices.select_dtype(self._precision, self.device, self.info, exact=exact)
            return TorchBackend(self.network, self.device, dtype=dtype, self_ensemble=self._self_ensemble)
        model, gpu = convert(self.network), vulkan.gpu_of(self.device)
        half = self._precision == "float16"
        if self._precision == "auto" and not exact:
            half = not gpu.is_software and _is_half_accurate(model, gpu)  # which would not be faster with it
        return NcnnBackend(model, gpu.index, half=half, self_ensemble=self._self_ensemble)

    def create_float32_backend(self) -> Backend:
        """Return the backend in float32, which is used after a reduced precision has failed."""
        self._precision = "float32"
        return self.create_backend(exact=True)

    def use_cpu(self) -> torch.device:
        """Use the CPU instead of the device. Return the device that is replaced."""
        failed, self.device = self.device, CPU
        return failed


def _is_half_accurate(model: NcnnModel, gpu: vulkan.Gpu) -> bool:
    """Return whether float16 changes photographs by less than half a level of 255 on a GPU.

    The error is measured on the GPU, because drivers round in different ways. It is stored for later runs.
    """
    key = vulkan.measurement_key(gpu, model.content)
    error = vulkan.stored_measurement(key, "error of float16 on photographs")
    if error is None:
        exact, half = (NcnnBackend(model, gpu.index, half=half) for half in (False, True))
        try:
            error = half_precision.error_levels(exact, half, model.info)
        except (InvalidOutput, MemoryError):
            error = 255.0
        vulkan.store_measurement(key, "error of float16 on photographs", error)
    return error < half_precision.MAX_ERROR_LEVELS


def _seconds_per_tile(backend: Backend, device: torch.device) -> float:
    """Return the mean duration of a tile if all threads of the device are in use."""
    window = _test_window(backend.info, _TIMED_SIDE_PX)
    with WorkerPool[int, NDArray[np.float32]](device) as workers:

        def seconds_per_round() -> float:
            start_time = perf_counter()
            for index in range(workers.thread_count):
                workers.submit(index, lambda: backend(window))
            while len(workers):
                workers.next_result()
            return perf_counter() - start_time

        seconds_per_round()  # loads the model
        return seconds_per_round() / workers.thread_count


def _test_window(info: ModelInfo, side_px: int) -> NDArray[np.float32]:
    """Return a window of noise in the form of a model's input."""
    side = side_px + 2 * info.halo_px
    return np.random.default_rng(0).random((info.channels, side, side), np.float32)

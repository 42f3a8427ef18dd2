"""ncnn backend: runs a model on a GPU through Vulkan, or on the CPU, in a process of its own."""

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import N_
from engine.inference import worker_process
from engine.inference.self_ensemble import run_ensemble
from engine.inference.torch_backend import InvalidOutput, check_output
from engine.inference.worker_process import CPU
from engine.models.formats import ncnn_file
from engine.models.info import ModelInfo
from engine.models.network import Network


@dataclass(frozen=True)
class NcnnModel:
    """A model for ncnn.

    Attributes
    ----------
    param, weights : contents of the .param file and the .bin file
    """

    info: ModelInfo
    param: bytes
    weights: bytes

    @property
    def content(self) -> bytes:
        """The contents of both files."""
        return self.param + self.weights


def convert(network: Network) -> NcnnModel:
    """Convert a network to a model for ncnn, in memory."""
    return NcnnModel(network.info, *ncnn_file.to_ncnn(network))


class NcnnBackend:
    """A model in ncnn: an `Upscaler` for windows of an image.

    Parameters
    ----------
    gpu : index of the Vulkan GPU, or CPU
    half : store weights and features in float16. All sums are computed in float32
    threads : number of threads on the CPU
    self_ensemble : average the results of all eight flips and rotations
    """

    def __init__(
        self, model: NcnnModel, gpu: int = CPU, *, half: bool = False, threads: int = 1, self_ensemble: bool = False
    ) -> None:
        self.info = model.info
        self.dtype = torch.float16 if half else torch.float32
        self._model, self._gpu, self._half, self._threads = model, gpu, half, threads
        self._ensemble = self_ensemble
        self._key = f"{hashlib.sha256(model.content).hexdigest()} {half} {threads}"

    def __call__(self, window: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the result for a window of an image, not clipped to [0, 1]. See `Upscaler`.

        Raises
        ------
        InvalidOutput
            The result with float16 is NaN, infinite, or black for a window that is not black.
        WorkerFailed
            The process crashed or did not respond, or the result with float32 is invalid.
        MemoryError
            The memory of the device is not sufficient.
        """
        return run_ensemble(self._run_once, window) if self._ensemble else self._run_once(window)

    def _run_once(self, window: NDArray[np.floating]) -> NDArray[np.float32]:
        info = self.info
        source = np.ascontiguousarray(window, np.float32)
        height, width = (side * info.upsampling for side in source.shape[1:])
        process = worker_process.for_gpu(self._gpu)
        blobs = process.load(
            self._key,
            self._model.param,
            self._model.weights,
            gpu=self._gpu,
            half=self._half,
            threads=self._threads,
        )
        result = process.run(self._key, (blobs[0][0], blobs[1][0]), source, (info.channels, height, width))
        if result.shape != (info.channels, height, width):
            raise process.fail(N_("The result has an unexpected size."))
        # The model pads its input, so the pixels that depend on the padding are cut off.
        border = info.halo_px * info.upsampling
        inner = np.ascontiguousarray(result[:, border : height - border, border : width - border])
        try:
            check_output(inner, window)
        except InvalidOutput:
            if self._half:
                raise
            raise process.fail(N_("The result is black or contains invalid values.")) from None
        return inner

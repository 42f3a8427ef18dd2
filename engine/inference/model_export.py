"""Export of models to other programs. An ncnn model is run before it is written."""

import logging
from pathlib import Path

import numpy as np
import torch

from engine.errors import N_, LazyMessage, ModelUnwritable, lazy_format
from engine.inference import vulkan
from engine.inference.half_precision import photo_windows
from engine.inference.ncnn_backend import NcnnBackend, NcnnModel
from engine.inference.torch_backend import TorchBackend
from engine.inference.worker_process import WorkerFailed, close_cpu_process
from engine.models import library
from engine.models.catalog import Model
from engine.models.formats import ncnn_file
from engine.models.network import Network

_MAX_ERROR_LEVELS = 0.5
_WINDOW_PX = 96  # side of the part of a photograph
_log = logging.getLogger(__name__)


def export_model(model: Model, path: Path, *, overwrite: bool = False) -> Path:
    """Export a model to a file, and return the path of the file. See `library.export_model`.

    A model for ncnn is written only if ncnn gives the result of PyTorch.

    Raises
    ------
    InvalidSetting, FileExists, ExtraMissing, WeightsUnusable
        See `library.export_model`.
    ModelUnwritable
        The file can't be written, or ncnn gives another result.
    """

    def check(network: Network, contents: tuple[bytes, ...]) -> None:
        if path.suffix.lower() == ncnn_file.SUFFIX and (reason := _find_ncnn_error(network, *contents)):
            raise ModelUnwritable(name=path.name, reason=reason)

    return library.export_model(model, path, overwrite=overwrite, verify=check)


def _find_ncnn_error(network: Network, param: bytes, weights: bytes) -> LazyMessage | None:
    """Return a sentence that states why a model fails in ncnn, or None if it works."""
    if not vulkan.is_ncnn_installed():
        _log.warning("The package ncnn is not installed, so an exported model was not checked.")
        return None
    window = next(photo_windows(network.info, side_px=_WINDOW_PX))
    try:
        result = NcnnBackend(NcnnModel(network.info, param, weights))(window)
    except WorkerFailed as failure:
        close_cpu_process()
        message = N_("The exported model doesn't work. {reason} Choose another format and report this error.")
        return lazy_format(message, reason=failure.reason)
    close_cpu_process()
    error = float(np.abs(result - TorchBackend(network, torch.device("cpu"))(window)).max()) * 255
    if error < _MAX_ERROR_LEVELS:
        return None
    message = N_(
        "The result of the exported model differs from that of the model by up to {error} of 255 levels. Choose "
        "another format, and report this error."
    )
    return lazy_format(message, error=f"{error:.1f}")

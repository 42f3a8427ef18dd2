"""Error of float16 storage on photographs, for the table in docs/devices.md.

python -m benchmarks.half_precision [NAME ...] [--data FOLDER] [--device vulkan]

By default, PyTorch computes what a GPU computes: weights and the results of all layers are rounded to float16, and
sums are in float32. With --device, the first number is that of PyTorch and the second that of a Vulkan GPU, both for a
small window.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.inference import half_precision, vulkan
from engine.inference.half_precision import MAX_ERROR_LEVELS
from engine.inference.ncnn_backend import NcnnBackend, convert
from engine.models import catalog
from engine.models.network import Network, as_subpixel_filters
from engine.models.reconstruction import reconstruct
from engine.models.weights import load_network

_WINDOW_PX = 96  # side of the window for a GPU, in px of the photograph


def main() -> None:
    """Print a row for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="names of built-in models; by default, all")
    parser.add_argument("--data", type=Path, help="a folder of other photographs, such as Set5")
    parser.add_argument("--device", help="a Vulkan GPU, such as vulkan:0")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.names or [model.name for model in catalog.list_models() if catalog.is_built_in(model)]:
        network = load_network(catalog.find(name).path)
        print(f"| {name} |", *_cells(network, options.data, options.device), flush=True)


def _cells(network: Network, data: Path | None, device: str | None) -> list[str]:
    info = network.info
    runs = [partial(run, network, half=half) for half in (False, True)]
    if device is not None:
        gpu = vulkan.find(device)
        assert gpu is not None, vulkan.list_gpus()
        model = convert(network)
        window = next(half_precision.photo_windows(info, data, _WINDOW_PX))
        on_gpu = [NcnnBackend(model, gpu.index, half=half) for half in (False, True)]
        errors = [np.abs(exact(window) - half(window)).max() * 255 for exact, half in (runs, on_gpu)]
        return [f"{error:.3f} |" for error in errors]
    error = half_precision.error_levels(*runs, info)
    others = [] if data is None else [half_precision.error_levels(*runs, info, data)]
    return [
        *(f"{value:.2f} |" for value in (error, *others)),
        f"{'float16' if error < MAX_ERROR_LEVELS else 'float32'} |",
    ]


@torch.inference_mode()
def run(network: Network, window: NDArray[np.float32], *, half: bool) -> NDArray[np.float32]:
    """Return the result of a network. With `half`, all stored values are rounded to float16."""

    def store(values: Tensor) -> Tensor:
        return values.half().float() if half else values

    info = network.info
    source = features = store(torch.from_numpy(np.ascontiguousarray(window))[None])
    for layer in info.layers:
        weight, bias = network.get_submodule(layer.name).parameters()
        weight = store(weight)
        if layer.upsampling > 1:
            weight, bias = as_subpixel_filters(weight, layer.upsampling), bias.repeat(layer.upsampling**2)
        convolve = reconstruct if weight.shape[0] == 1 else functional.conv2d
        features = store(convolve(features, weight, bias))
        if layer.activation == "relu":
            features = torch.relu(features)
        elif layer.activation == "prelu":
            features = store(functional.prelu(features, network.get_parameter(f"{layer.activation_name}.weight")))
    if features.shape[1] != info.channels:
        features = functional.pixel_shuffle(features, info.upsampling)
    if info.architecture.skip_connection == "nearest":
        halo = info.halo_px
        center = source[..., halo : source.shape[-2] - halo, halo : source.shape[-1] - halo]
        features = store(features + functional.interpolate(center, scale_factor=info.upsampling, mode="nearest"))
    result: NDArray[np.float32] = features[0].numpy()
    return result


if __name__ == "__main__":
    main()

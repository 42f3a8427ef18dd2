"""Speed of inference compared with other runtimes and with the peak rate of the CPU.

    pip install -c constraints.txt -e '.[bench]'
    python benchmarks/inference.py [--models compact-s-x2 fsrcnn-x2] [--megapixels 0.9216 2.0736] [--json]

The candidates run the same weights on the same image: plain PyTorch (also with glibc configured to reuse freed
memory), ONNX Runtime, OpenVINO (float32 and bfloat16), ncnn in float32, and this program in float32, bfloat16 and the
precision "auto". Runtimes that are not installed are skipped. The candidates take turns for several rounds, and the
fastest round of each is reported. This program processes tiles on a thread pool, as in upscaling. The other runtimes
load the files that this program exports. All results are compared with the results of plain PyTorch.

The other runtimes process a whole image at once, and are skipped if it does not fit into the free memory. At 24
megapixels, they need over 24 GB.

The peak rate is measured with a 3x3 convolution from 64 to 64 channels, which uses the CPU well. The ratio of the peak
rates in bfloat16 and float32 is the upper limit of the gain from reduced precision.
"""

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from engine.imaging.tiles import Rect, plan_tiles
from engine.inference import device as devices
from engine.inference import torch_backend
from engine.inference.torch_backend import TorchBackend
from engine.inference.workers import WorkerPool
from engine.models import catalog
from engine.models.formats import ncnn_file, onnx_file
from engine.models.info import ModelInfo
from engine.models.network import Network, deconvolution_cuts
from engine.models.weights import load_network
from engine.system import process_setup

KEEP_FREED_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": "67108864",
}
Pixels = NDArray[np.float32]  # (C, H, W)
Run = Callable[[Pixels], Pixels]


class PlainNetwork(nn.Module):
    """Network that consists of standard torch.nn layers, for an input with a halo."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.info = info = network.info
        self.body = nn.Sequential()
        for layer in info.layers:
            module = network.get_submodule(layer.name)
            if layer.upsampling > 1:
                module.stride = (layer.upsampling,) * 2
            self.body.append(module)
            if layer.activation == "relu":
                self.body.append(nn.ReLU())
            elif layer.activation == "prelu":
                self.body.append(network.get_submodule(layer.activation_name))

    def forward(self, window: Tensor) -> Tensor:
        """Upscale a batch of windows of shape (N, C, H + 2 * halo, W + 2 * halo)."""
        features, last, halo = self.body(window), self.info.layers[-1], self.info.halo_px
        if last.upsampling > 1:
            before, after = deconvolution_cuts(last.size, last.upsampling, last.halo_px)
            features = features[..., before:-after, before:-after]
        if last.out_channels != self.info.channels:
            features = functional.pixel_shuffle(features, self.info.upsampling)
        if self.info.architecture.skip_connection == "nearest":
            center = window[..., halo:-halo, halo:-halo]
            features = features + functional.interpolate(center, scale_factor=self.info.upsampling)
        return features


def plain_pytorch(network: Network) -> Run:
    """Return a function that upscales a whole image, which includes a halo, with plain PyTorch."""
    module = PlainNetwork(network)

    @torch.inference_mode()
    def run(window: Pixels) -> Pixels:
        result: Pixels = module(torch.from_numpy(window)[None])[0].numpy()
        return result

    return run


def with_halo(image: Pixels, halo: int) -> Pixels:
    """Add a halo of replicated edge pixels to an image of shape (C, H, W)."""
    return np.pad(image, ((0, 0), (halo, halo), (halo, halo)), mode="edge")


def plain_in_bands(network: Network, image: Pixels) -> Pixels:
    """Upscale an image with plain PyTorch in bands of rows, which takes little memory."""
    halo, run = network.info.halo_px, plain_pytorch(network)
    window, rows = with_halo(image, halo), image.shape[1]
    bands = [run(window[:, top : min(top + 128, rows) + 2 * halo]) for top in range(0, rows, 128)]
    return np.concatenate(bands, axis=1)


def whole_frame_fits(info: ModelInfo, image: Pixels) -> bool:
    """Return whether four feature maps of the widest layer fit into the free memory, for a whole image."""
    pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 4 * max(layer.out_channels for layer in info.layers) * image[0].nbytes < pages


def this_program(network: Network, dtype: torch.dtype) -> Run:
    """Return a function that upscales an image with this program's PyTorch backend, in tiles."""
    cpu = torch.device("cpu")
    backend = TorchBackend(network, cpu, dtype=dtype)
    halo, upsampling = network.info.halo_px, network.info.upsampling

    def render(window: Pixels, tile: Rect, into: Pixels) -> None:
        part = Rect(tile.top, tile.left, tile.height + 2 * halo, tile.width + 2 * halo)
        target = Rect(*(upsampling * side for side in (tile.top, tile.left, tile.height, tile.width)))
        into[:, *target.slices] = backend(window[:, *part.slices])

    def run(image: Pixels) -> Pixels:
        channels, height, width = image.shape
        window = with_halo(image, halo)
        result = np.empty((channels, height * upsampling, width * upsampling), np.float32)
        tiles = plan_tiles(height, width, torch_backend.TILE_PX["cpu"])
        with WorkerPool[Rect, None](cpu) as workers:
            while tiles or len(workers):
                while tiles and workers.can_submit:
                    tile = tiles.pop()
                    workers.submit(tile, partial(render, window, tile, result))
                workers.next_result()
        return result

    return run


def onnxruntime(path: Path) -> Run:
    """Return a function that upscales an image with ONNX Runtime on all cores."""
    import onnxruntime as runtime  # noqa: PLC0415 - an extra

    options = runtime.SessionOptions()
    options.intra_op_num_threads = devices.thread_count()
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda image: session.run(None, {name: image[None]})[0][0]


def openvino(path: Path, precision: str) -> Run:
    """Return a function that upscales an image with OpenVINO on all cores."""
    import openvino as vino  # noqa: PLC0415 - an extra

    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    request = vino.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda image: next(iter(request.infer({0: image[None]}).values()))[0].copy()


def ncnn(path: Path) -> Run:
    """Return a function that upscales an image with ncnn in float32 on all cores."""
    import ncnn as runtime  # noqa: PLC0415 - an extra

    net = runtime.Net()
    net.opt.num_threads = devices.thread_count()
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    assert net.load_param(str(path)) == net.load_model(str(path.with_suffix(ncnn_file.WEIGHTS_SUFFIX))) == 0

    def run(image: Pixels) -> Pixels:
        extractor = net.create_extractor()
        extractor.input("data", runtime.Mat(image))
        result = np.array(extractor.extract("output")[1])
        return result.reshape(-1, *result.shape[-2:])

    return run


def other_runtimes(network: Network, folder: Path) -> dict[str, Run]:
    """Export a network, and return an upscaling function for each installed runtime, by title."""
    runs: dict[str, Run] = {}
    installed = {name for name in ("onnx", "onnxruntime", "openvino", "ncnn") if importlib.util.find_spec(name)}
    if "onnx" in installed:
        (folder / "network.onnx").write_bytes(onnx_file.to_onnx(network))
        if "onnxruntime" in installed:
            runs["ONNX Runtime"] = onnxruntime(folder / "network.onnx")
        if "openvino" in installed:
            runs["OpenVINO float32"] = openvino(folder / "network.onnx", "f32")
            runs["OpenVINO bfloat16"] = openvino(folder / "network.onnx", "bf16")
    if "ncnn" in installed:
        for suffix, content in zip((".param", ".bin"), ncnn_file.to_ncnn(network), strict=True):
            (folder / f"network{suffix}").write_bytes(content)
        runs["ncnn"] = ncnn(folder / "network.param")
    return runs


def time_run(run: Run, image: Pixels) -> float:
    """Return the time that a candidate takes to upscale an image, in seconds."""
    start_time = perf_counter()
    run(image)
    return perf_counter() - start_time


def measure_peak_gflops(dtype: torch.dtype = torch.float32) -> float:
    """Return the peak rate of the CPU in GFLOP/s.

    It is the fastest of several runs of a convolution that uses the CPU well.
    """
    torch.set_num_threads(devices.thread_count())
    features = torch.rand(1, 64, 270, 480).to(dtype).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(64, 64, 3, 3).to(dtype).contiguous(memory_format=torch.channels_last)
    best = 0.0
    with torch.inference_mode():
        for _round in range(8):
            start_time = perf_counter()
            functional.conv2d(features, weight, padding=1)
            best = max(best, 2 * 270 * 480 * 64 * 64 * 9 / (perf_counter() - start_time) / 1e9)
    return best


def plain_in_subprocess(model: str, megapixels: float, rounds: int, settings: dict[str, str]) -> float:
    """Return the time of plain PyTorch in seconds, measured with different environment variables.

    A separate process is needed because this one has configured glibc to reuse freed memory.
    """
    args = [sys.executable, __file__, "--only-plain", model, str(megapixels), str(rounds)]
    return float(subprocess.run(args, env=os.environ | settings, capture_output=True, text=True, check=True).stdout)


def make_image(megapixels: float, channels: int) -> Pixels:
    """Return a synthetic 16:9 image with blocks and noise, such as 1280 x 720 px for 0.9216 megapixels."""
    width = round((megapixels * 1e6 * 16 / 9) ** 0.5)
    height = round(megapixels * 1e6 / width)
    rng = np.random.default_rng(0)
    blocks = rng.random((channels, height // 16 + 1, width // 16 + 1), np.float32).repeat(16, 1).repeat(16, 2)
    pixels = blocks[:, :height, :width] * 0.8
    return np.ascontiguousarray(pixels + 0.2 * rng.random(pixels.shape, np.float32))


def measure(model: str, megapixels: float, rounds: int) -> list[dict[str, float | str]]:
    """Return a dict of measured values for each candidate."""
    network = load_network(catalog.find(model).path)
    info = network.info
    image = make_image(megapixels, info.channels)
    pixels = image[0].size * info.upsampling**2
    operations = 2 * pixels * info.multiplications_per_pixel
    auto = devices.select_dtype("auto", torch.device("cpu"), info)
    fits = whole_frame_fits(info, image)
    with tempfile.TemporaryDirectory() as folder:
        runs = {
            "ours float32": this_program(network, torch.float32),
            "ours bfloat16": this_program(network, torch.bfloat16),
        }
        if fits:
            runs |= other_runtimes(network, Path(folder))
        if auto != torch.float32:
            runs[f"ours auto ({str(auto).removeprefix('torch.')})"] = this_program(network, auto)
        torch.set_num_threads(devices.thread_count())
        expected = plain_in_bands(network, image)
        diff = {name: float(np.abs(run(image) - expected).max()) for name, run in runs.items()}
        times: dict[str, float] = dict.fromkeys(runs, float("inf"))
        for _round in range(rounds):
            for name, run in runs.items():
                torch.set_num_threads(devices.thread_count())
                times[name] = min(times[name], time_run(run, image))
    if fits:
        times["plain PyTorch"] = plain_in_subprocess(model, megapixels, rounds, {})
        times["plain PyTorch, memory kept"] = plain_in_subprocess(model, megapixels, rounds, KEEP_FREED_MEMORY)
    for name, difference in diff.items():
        tolerance = 0.1 if "16" in name else 1e-4
        assert difference < tolerance, f"{name} differs by {difference:.2g}"
    return [
        {
            "model": model,
            "input": f"{image.shape[2]}x{image.shape[1]}",
            "candidate": name,
            "seconds": round(took, 4),
            "result_megapixels_per_s": round(pixels / 1e6 / took, 2),
            "gflop_per_s": round(operations / took / 1e9, 1),
            "largest_difference": diff.get(name, 0.0),
        }
        for name, took in times.items()
    ]


def main() -> None:
    """Measure and print the results."""
    process_setup.configure_process()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", nargs="+", default=["srcnn-9-1-5-x3", "srcnn-9-5-5-x3", "compact-s-x2", "fsrcnn-x2"]
    )
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.9216], help="of the model's input")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only-plain", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only_plain:
        network = load_network(catalog.find(args.only_plain[0]).path)
        image = with_halo(make_image(float(args.only_plain[1]), network.info.channels), network.info.halo_px)
        run = plain_pytorch(network)
        torch.set_num_threads(devices.thread_count())
        print(min(time_run(run, image) for _round in range(int(args.only_plain[2]) + 1)))
        return
    peak, peak_bf16, rows = measure_peak_gflops(), measure_peak_gflops(torch.bfloat16), []
    for model in args.models:
        for size in args.megapixels:
            rows += measure(model, size, args.rounds)
            peak, peak_bf16 = max(peak, measure_peak_gflops()), max(peak_bf16, measure_peak_gflops(torch.bfloat16))
    for row in rows:
        row["share_of_ceiling"] = round(float(row["gflop_per_s"]) / peak, 3)
    machine = f"{platform.machine()}, {devices.thread_count()} cores, torch {torch.__version__}"
    if args.json:
        peaks = {"float32": round(peak, 1), "bfloat16": round(peak_bf16, 1)}
        print(json.dumps({"machine": machine, "ceiling_gflop_per_s": peaks, "rows": rows}, indent=2))
        return
    print(f"{machine}; ceiling {peak:.0f} GFLOP/s in float32, {peak_bf16:.0f} in bfloat16")
    for row in rows:
        print(
            f"{row['model']:<15} {row['input']:>9}  {row['candidate']:<28} {row['seconds']:8.3f} s "
            f"{row['result_megapixels_per_s']:7.2f} MP/s {row['gflop_per_s']:7.1f} GFLOP/s "
            f"{row['share_of_ceiling']:6.1%}  differs {row['largest_difference']:.1e}"
        )


if __name__ == "__main__":
    main()

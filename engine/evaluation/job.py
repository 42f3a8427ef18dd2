"""Score a model on a set of pictures, as the papers' tables do: the mean of the pictures' own figures.

A color image is scored on its BT.601 luma, a gray image on its levels as they are, 0 to 255. The papers score Set14's
bridge the same way.
"""

from collections.abc import Generator
from math import ceil, fsum
from pathlib import Path

from engine.datasets.events import FileFailed
from engine.datasets.folders import pictures_in
from engine.errors import EngineError, PictureTooSmall
from engine.evaluation.events import Evaluation, PictureScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Picture
from engine.imaging.metrics import SSIM_WINDOW, Score
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.models.official import network_of
from engine.upscaling.events import DeviceFellBack
from engine.upscaling.job import Event, enlarge
from engine.upscaling.request import UpscaleRequest


def run(request: EvaluateRequest) -> Generator[PictureScored | FileFailed | Event, Rect | None, Evaluation]:
    """Reduce every picture of a folder, enlarge it with the model and with bicubic, and score both.

    Yields
    ------
    PictureScored for every picture, FileFailed for one that cannot be used, and between them what enlargements say.

    Raises
    ------
    NoPictures, WeightsUnusable, DeviceUnknown, and the first picture's own error if not one could be used
    """
    files = pictures_in(request.folder)
    model = request.model
    images: list[PictureScored] = []
    failed: list[FileFailed] = []
    device, fell_back = devices.choose(request.device)
    if fell_back:  # said once, not for every picture
        yield DeviceFellBack(request.device, devices.title(device))
    asked = UpscaleRequest(
        model, device.type, reference=True, tile=request.tile, ensemble=request.ensemble, precision=request.precision
    )
    scale = model.spec.scale
    least = ceil((SSIM_WINDOW + 2 * scale) / scale) * scale  # cropped to a multiple and shaved, one window is left
    for path in files:
        try:
            picture = _read(path, least)
        except EngineError as error:
            failed.append(FileFailed(path, error))
            yield failed[-1]
            continue
        result = yield from enlarge(picture, asked, only_scores=True)
        scored = PictureScored(
            path.name, result.scores["bicubic"], result.scores["srcnn"], len(images) + 1, len(files)
        )
        images.append(scored)
        yield scored
    if not images:
        raise failed[0].error
    return _table(request, tuple(images), tuple(failed))


def _table(request: EvaluateRequest, images: tuple[PictureScored, ...], failed: tuple[FileFailed, ...]) -> Evaluation:
    """All scores of a set and their means."""
    folder, model = request.folder.resolve(), request.model
    return Evaluation(
        folder.name,
        model.spec.scale,
        model.name,
        images,
        _mean([image.bicubic for image in images]),
        _mean([image.model for image in images]),
        failed,
        model.spec.arch,
        network_of(model),
        request.ensemble,
        folder,
        model.path,
    )


def _read(path: Path, least: int) -> Picture:
    """Read a ground truth; raises PictureTooSmall if a side is under `least` px."""
    picture = image_files.read(path)
    if min(picture.height, picture.width) < least:
        raise PictureTooSmall(name=path.name, width=picture.width, height=picture.height, least=least)
    return picture


def _mean(scores: list[Score]) -> Score:
    """The mean PSNR and SSIM; infinite if one picture is perfect."""
    return Score(fsum(s.psnr_db for s in scores) / len(scores), fsum(s.ssim for s in scores) / len(scores))

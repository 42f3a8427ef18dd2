"""Score a model on a set of pictures, as the papers' tables do: the mean of the pictures' own figures."""

from collections.abc import Generator
from dataclasses import dataclass
from math import ceil, fsum
from typing import Any

from engine.datasets.sources import pictures_in
from engine.errors import PictureTooSmall
from engine.events import DeviceFellBack, PictureScored
from engine.imaging import pictures
from engine.imaging.metrics import SSIM_WINDOW, Score
from engine.requests import EvaluateRequest, UpscaleRequest
from engine.upscale import Enlarged, Event, enlarge


@dataclass(frozen=True)
class Evaluation:
    """The table of one set: every picture's scores and their means."""

    set_name: str
    scale: int
    model: str
    images: tuple[PictureScored, ...]
    mean_bicubic: Score
    mean_model: Score


def run(request: EvaluateRequest) -> Generator[PictureScored | DeviceFellBack, None, Evaluation]:
    """Reduce every picture of a folder, enlarge it with the model and with bicubic, and score both.

    Raises
    ------
    NoPictures, PictureUnreadable, PictureTooLarge, PictureTooSmall, WeightsUnusable, DeviceUnknown
    """
    files = pictures_in(request.folder)
    model = request.model
    images: list[PictureScored] = []
    asked = UpscaleRequest(model, request.device, reference=True, tile=request.tile)
    scale = model.spec.scale
    least = ceil((SSIM_WINDOW + 2 * scale) / scale) * scale  # cropped to a multiple and shaved, one window is left
    for path in files:
        picture = pictures.read(path)
        if min(picture.height, picture.width) < least:
            raise PictureTooSmall(name=path.name, width=picture.width, height=picture.height, least=least)
        result = yield from _quietly(enlarge(picture, asked), first=not images)
        scored = PictureScored(
            path.name, result.scores["bicubic"], result.scores["srcnn"], len(images) + 1, len(files)
        )
        images.append(scored)
        yield scored
    return Evaluation(
        request.folder.resolve().name,
        model.spec.scale,
        model.name,
        tuple(images),
        _mean([image.bicubic for image in images]),
        _mean([image.model for image in images]),
    )


def _quietly(job: Generator[Event, Any, Enlarged], *, first: bool) -> Generator[DeviceFellBack, None, Enlarged]:
    """Drive an enlargement, passing on only that the device fell back, and that only once."""
    while True:
        try:
            event = next(job)
        except StopIteration as stop:
            result: Enlarged = stop.value
            return result
        if first and isinstance(event, DeviceFellBack):
            yield event


def _mean(scores: list[Score]) -> Score:
    """The mean PSNR and SSIM; infinite if one picture is perfect."""
    return Score(fsum(s.psnr_db for s in scores) / len(scores), fsum(s.ssim for s in scores) / len(scores))

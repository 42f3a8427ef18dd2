"""Estimate of the disk space that a batch needs, before it starts.

The estimate is low: a batch is refused only if its results are very unlikely to fit. The free space is checked again
before each result is written.
"""

from collections import defaultdict
from pathlib import Path

from engine.batch import sources
from engine.batch.listing import read_image_size
from engine.batch.planning import BatchItem, Plan
from engine.batch.request import BatchRequest
from engine.errors import DiskTooSmall, ImageUnreadable, InvalidSetting
from engine.system import memory
from engine.upscaling.request import Target

_LOSSY = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".avif", ".heic", ".heif"))
_UNCOMPRESSED = frozenset((".bmp", ".dib", ".ppm", ".pgm", ".pnm", ".tga", ".sgi", ".rgb"))
# Smallest likely ratio of the bytes per pixel of a result to those of its source, for a source with lossless, lossy
# and no compression. Measured with five photos and textures at x2, and reduced by about 40%. For lossy sources, it is
# reduced further, because their quality may be very high.
_RATIOS = {
    ".png": (0.5, 0.8, 0.1),
    ".tif": (0.5, 0.9, 0.1),
    ".webp": (0.25, 0.4, 0.05),
    ".jxl": (0.25, 0.4, 0.05),
    ".bmp": (0.8, 1.5, 0.8),
    ".gif": (0.1, 0.15, 0.03),
    ".jpg": (0.13, 0.2, 0.035),
    ".avif": (0.06, 0.08, 0.02),
}
_SAME_AS = {".tiff": ".tif", ".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".dib": ".bmp"}
_LOW_QUALITY_RATIO = 0.1  # size at a low quality, relative to the default quality


def estimate(plan: Plan, request: BatchRequest) -> int:
    """Return the disk space in bytes that the queued images of a plan need at least.

    An archive needs the space twice for a short time, because its results are packed before they are deleted.
    """
    total = 0
    by_archive: defaultdict[Path, int] = defaultdict(int)
    for item in plan.items:
        if item.state == "queued":
            needed = _result_bytes(item, request)
            total += needed
            if item.entry is not None:
                by_archive[item.entry.result] += needed
    return total + max(by_archive.values(), default=0)


def free_space(output: Path) -> int | None:
    """Return the free space in bytes for an output folder, which need not exist, or None if unknown."""
    folder = output.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return memory.free_disk_space(folder)


def check_space(plan: Plan, request: BatchRequest) -> None:
    """Raise DiskTooSmall if the results of a plan cannot fit on the disk."""
    free = free_space(request.output)
    if free is None or (needed := estimate(plan, request)) <= free:
        return
    told = {"needed": f"{memory.megabytes(needed):,}", "free": f"{free // 1_000_000:,}"}
    raise DiskTooSmall(folder=request.output, **told)


def _result_bytes(item: BatchItem, request: BatchRequest) -> int:
    """Return the size in bytes that the result of an image has at least."""
    source, result = item.file.source.suffix.lower(), item.output.suffix.lower()
    column = 1 if source in _LOSSY else 2 if source in _UNCOMPRESSED else 0
    ratio = _RATIOS.get(_SAME_AS.get(result, result), (0.0, 0.0, 0.0))[column]
    if request.save.quality is not None or request.save.lossless is False:
        ratio *= _LOW_QUALITY_RATIO
    return int(item.file.size * ratio * _scale_factor(item, request) ** 2)


def _scale_factor(item: BatchItem, request: BatchRequest) -> float:
    """Return the scale factor of an image, or 1 if it is unknown."""
    target = request.upscale.target or Target(float(request.upscale.model.info.scale))
    if target.is_fixed_factor:
        return target.factor or 1
    try:
        size = read_image_size(sources.open_source(item))
        return 1 if size is None else target.scale_factor(size[1], size[0])
    except (InvalidSetting, ImageUnreadable):  # reported when the image is processed
        return 1

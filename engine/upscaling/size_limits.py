"""Limits on the size of a result. They are checked before the work starts."""

from engine.errors import N_, NotEnoughMemory, OutputTooLarge
from engine.imaging.image import Image
from engine.system import memory

MAX_BYTES = 2**31 - 1  # size of the pixels of all frames; file formats and libraries do not support more
_SPARE_BYTES = 256_000_000  # memory reserved for tiles; jobs that need up to twice as much always start


def check_output_size(images: tuple[Image, ...], factors: tuple[float, ...], panes: int) -> None:
    """Raise an error if the upscaled images exceed the limits of file formats or the free memory.

    Parameters
    ----------
    images : all frames or pages
    factors : the scale factor of each frame or page
    panes : number of results of the first frame or page. It is 2 if bicubic interpolation is also used, otherwise 1

    Raises
    ------
    OutputTooLarge
        The pixels of all results exceed MAX_BYTES.
    NotEnoughMemory
        The pixels of all results need more memory than is free.
    """
    total = 0
    for image, factor in zip(images, factors, strict=True):
        height, width = round(image.height * factor), round(image.width * factor)
        total += height * width * image.bytes_per_px
        if total > MAX_BYTES:
            limit = f"{MAX_BYTES / image.bytes_per_px / len(images) / 1e6:.3g}"
            raise OutputTooLarge(scale=f"{factor:g}", width=width, height=height, limit=limit)
    height, width = (round(side * factors[0]) for side in (images[0].height, images[0].width))
    needed = _SPARE_BYTES + total + (panes - 1) * height * width * images[0].bytes_per_px
    free = memory.available_memory()
    if free is not None and needed > max(2 * _SPARE_BYTES, free):
        told = {"needed": memory.megabytes(needed), "free": memory.megabytes(free)}
        raise NotEnoughMemory(name=N_("The result"), width=width, height=height, **told)

"""Whether an enlargement can be held at all, asked before anything is computed for it."""

from engine.errors import NotEnoughMemory, OutputTooLarge, mark
from engine.imaging.image import Picture
from engine.system import memory

MOST_BYTES = 2**31 - 1  # of an enlargement's pixels, all frames together: formats and libraries stop there
_SPARE_BYTES = 256_000_000  # of memory, for tiles in work; what stays under that may always try


def refuse_outsize(pictures: tuple[Picture, ...], factors: tuple[float, ...], panes: int) -> None:
    """Refuse pictures that, each enlarged by its factor, are too much.

    `panes` is how often the first one is held: with bicubic beside it, twice.

    Raises
    ------
    OutputTooLarge
        For more than 2^31 bytes of pixels.
    NotEnoughMemory
        For more than is free.
    """
    total = 0
    for picture, factor in zip(pictures, factors, strict=True):
        height, width = round(picture.height * factor), round(picture.width * factor)
        total += height * width * picture.bytes_per_px
        if total > MOST_BYTES:
            limit = f"{MOST_BYTES / picture.bytes_per_px / len(pictures) / 1e6:.3g}"
            raise OutputTooLarge(scale=f"{factor:g}", width=width, height=height, limit=limit)
    height, width = (round(side * factors[0]) for side in (pictures[0].height, pictures[0].width))
    needed = _SPARE_BYTES + total + (panes - 1) * height * width * pictures[0].bytes_per_px
    free = memory.free_memory()
    if free is not None and needed > max(2 * _SPARE_BYTES, free):
        told = {"needed": memory.megabytes(needed), "free": memory.megabytes(free)}
        raise NotEnoughMemory(name=mark("The enlargement"), width=width, height=height, **told)

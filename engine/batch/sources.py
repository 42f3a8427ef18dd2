"""Read the images of a batch, which are files or parts of an archive."""

from io import BytesIO
from pathlib import Path

from engine.batch import archives
from engine.batch.planning import BatchItem
from engine.imaging.codecs import image_files
from engine.imaging.image import Image


def open_source(item: BatchItem) -> Path | BytesIO:
    """Return the path of an image, or its content if it is in an archive.

    Raises
    ------
    ImageUnreadable
        The archive is damaged, or exceeds a limit.
    """
    if item.entry is None:
        return item.file.source
    return BytesIO(archives.read_file(item.file.root, item.entry.index))


def read_image(item: BatchItem) -> Image:
    """Read an image of a batch.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    """
    source = open_source(item)
    if isinstance(source, Path):
        return image_files.read(source)
    return image_files.decode(source.getvalue(), item.file.source.name)

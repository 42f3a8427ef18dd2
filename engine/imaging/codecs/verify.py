"""Opening again what was written: success is only said of a file that opens as the picture it should be."""

from pathlib import Path

import tifffile

from engine.errors import PictureUnwritable, mark
from engine.imaging.codecs import opening
from engine.imaging.image import Picture


def confirm(written: Path, picture: Picture, name: str) -> None:
    """Raise PictureUnwritable for a file on the disk that is damaged, or not the picture's size."""
    try:
        size, complete = _tiff(written) if _is_tiff(written) else _other(written)
    except Exception as error:
        raise PictureUnwritable(name=name, reason=mark("what was written could not be read back.")) from error
    if size != (picture.width, picture.height):
        raise PictureUnwritable(name=name, reason=mark("what was written came back at another size."))
    if not complete:
        raise PictureUnwritable(name=name, reason=mark("what was written could not be read back."))


def _is_tiff(written: Path) -> bool:
    with written.open("rb") as file:
        return file.read(2) in (b"II", b"MM")


def _tiff(written: Path) -> tuple[tuple[int, int], bool]:
    """(width, height), and whether every strip of every page can be decoded, one after the other."""
    with tifffile.TiffFile(written) as file:
        pages = [page.aspage() for page in file.pages]
        strips = [strip is not None for page in pages for strip, *_ in page.segments(maxworkers=1)]
        return (pages[0].imagewidth, pages[0].imagelength), all(strips)


def _other(written: Path) -> tuple[tuple[int, int], bool]:
    """(width, height), and whether the last rows can be decoded too; in formats that decode from the top, all.

    A PNG's checksums say so without decoding: a large picture need not fit into memory once more. Of a JPEG all is
    read, but an eighth of the pixels made, which takes half the time.
    """
    with opening.opened(written) as again:
        size = again.size
        try:
            if again.format == "PNG":
                again.verify()
            else:
                again.draft(None, (1, 1))
                again.load()
        except (OSError, SyntaxError, ValueError):
            return size, False
        return size, True

"""Verification of image files that were just written."""

from pathlib import Path

import imagecodecs
import tifffile

from engine.errors import ImageUnwritable
from engine.imaging.codecs import jxl_container, opening, png_reading, reasons
from engine.imaging.image import Image

_SIGNATURE_BYTES = 12


def verify_file(written: Path, image: Image, file_name: str) -> None:
    """Raise ImageUnwritable if a written file is damaged, or if its size in pixels differs from `image`.

    Parameters
    ----------
    written : path of the temporary file to verify
    image : image that the file should contain
    file_name : name of the final file, for the error message
    """
    try:
        size, complete = _check(written)
    except Exception as error:
        raise ImageUnwritable(name=file_name, reason=reasons.UNVERIFIED) from error
    if size != (image.width, image.height):
        raise ImageUnwritable(name=file_name, reason=reasons.UNVERIFIED)
    if not complete:
        raise ImageUnwritable(name=file_name, reason=reasons.UNVERIFIED)


def _check(written: Path) -> tuple[tuple[int, int], bool]:
    """Return the (width, height) of an image in pixels, and whether its file is complete."""
    with written.open("rb") as file:
        signature = file.read(_SIGNATURE_BYTES)
        file.seek(0)
        if signature.startswith(png_reading.SIGNATURE):  # decoding the pixels would take much memory
            return png_reading.verify(file), True
    if jxl_container.is_jxl(signature):
        height, width = imagecodecs.jpegxl_decode(written.read_bytes()).shape[:2]
        return (width, height), True
    return _check_tiff(written) if signature[:2] in (b"II", b"MM") else _check_other(written)


def _check_tiff(written: Path) -> tuple[tuple[int, int], bool]:
    """Return the (width, height) of a TIFF in pixels, and whether all strips of all pages can be decoded."""
    with tifffile.TiffFile(written) as file:
        pages = [page.aspage() for page in file.pages]
        strips = [strip is not None for page in pages for strip, *_ in page.segments(maxworkers=1)]
        return (pages[0].imagewidth, pages[0].imagelength), all(strips)


def _check_other(written: Path) -> tuple[tuple[int, int], bool]:
    """Return the (width, height) of an image in pixels, and whether its file is complete.

    For speed, JPEG files are decoded at one eighth of their size. All their data is still read.
    """
    with opening.open_image(written) as image:
        size = image.size
        try:
            image.draft(None, (1, 1))
            image.load()
        except (OSError, SyntaxError, ValueError):
            return size, False
        return size, True

"""Write TIFF files with lossless compression, 8 or 16 bits, alpha channel, pages and metadata."""

import struct
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
import PIL.Image
import tifffile
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from engine.imaging.codecs.formats import SaveOptions
from engine.imaging.codecs.tiff_reading import LAYOUT_TAGS
from engine.imaging.image import Image

_XMP, _EXIF, _GPS, _INTEROP = 700, 0x8769, 0x8825, 0xA005
_LEVEL = 1  # of libdeflate: files 2 to 5% larger than with level 6, in 2/3 of the time (16 bits: 1/5)
_BYTE, _ASCII, _LONG, _UNDEFINED = 1, 2, 4, 7
_PLACEHOLDER = 1  # added to tag numbers that tifffile refuses to write; `_append_directories` corrects them
_LARGE = 2**32 - 2**25  # bytes of pixels above which BigTIFF is used


def write(image: Image, file: BinaryIO, options: SaveOptions) -> None:
    """Write an image and its further pages as a TIFF file.

    The EXIF and GPS directories follow the pixels. Tags of the first page point to them.
    """
    exif = PIL.Image.Exif()
    if image.exif:
        exif.load(image.exif)
    directories = {tag: directory for tag in (_EXIF, _GPS) if (directory := exif.get_ifd(tag))}
    pages = (image, *image.frames)
    big = sum(page.pixels.nbytes + (0 if page.alpha is None else page.alpha.nbytes) for page in pages) > _LARGE
    with tifffile.TiffWriter(file, bigtiff=big, byteorder="<") as writer:
        for index, page in enumerate(pages):
            extra = [(_XMP, _BYTE, len(page.xmp), page.xmp, True)] if page.xmp else []
            if index == 0:
                extra += _plain_tags(exif) + [(tag + _PLACEHOLDER, _LONG, 1, 0, True) for tag in directories]
            _write_page(writer, page, extra)
    if directories:
        _append_directories(file, directories)


def _write_page(writer: tifffile.TiffWriter, page: Image, extra: list[Any]) -> None:
    pixels = page.pixels if page.alpha is None else np.dstack([page.pixels, page.alpha])
    samples = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    resolution = page.dpi or (1, 1)
    writer.write(
        np.ascontiguousarray(samples),
        photometric="minisblack" if page.is_gray else "rgb",
        planarconfig="contig" if samples.ndim == 3 else None,
        extrasamples=None if page.alpha is None else ["unassalpha"],
        compression="adobe_deflate",
        compressionargs={"level": _LEVEL},
        predictor=True,
        resolution=resolution,
        resolutionunit="inch" if page.dpi else "none",
        iccprofile=page.icc,
        extratags=extra,
        metadata=None,
        software=False,
        maxworkers=1,
    )


def _plain_tags(exif: PIL.Image.Exif) -> list[Any]:
    """Return the EXIF tags that belong into the first directory of a TIFF, such as camera and date.

    Each tag is a tuple as tifffile expects it in `extratags`.
    """
    directory = ImageFileDirectory_v2()
    tags: list[Any] = []
    for tag, value in exif.items():
        if tag in LAYOUT_TAGS or tag in (_EXIF, _GPS):
            continue
        with suppress(Exception):  # a value of the wrong type
            if isinstance(value, str):
                text = value.encode("utf-8") + b"\0"
                tags.append((tag, _ASCII, len(text), text, True))
            elif isinstance(value, bytes):
                tags.append((tag, _UNDEFINED, len(value), value, True))
            else:
                directory[tag] = value
                numbers = value if isinstance(value, tuple) else (value,)
                kind = directory.tagtype[tag]
                flat = [part for number in numbers for part in _number_parts(number, kind)]
                tags.append((tag, kind, len(numbers), tuple(flat) if len(flat) > 1 else flat[0], True))
    return tags


def _number_parts(number: Any, kind: int) -> tuple[Any, ...]:
    """Return a number as the tuple that tifffile expects: two integers for a rational, otherwise one."""
    return (int(number.numerator), int(number.denominator)) if kind in (5, 10) else (number,)


def _append_directories(file: BinaryIO, directories: dict[int, dict[int, Any]]) -> None:
    """Append directories to a TIFF file, and replace the placeholder tags by tags that point to them.

    Parameters
    ----------
    directories : for each tag of the first page, the directory that it points to
    """
    offsets = {}
    for tag, directory in directories.items():
        file.seek(0, 2)
        if file.tell() % 2:
            file.write(b"\0")
        offsets[tag] = file.tell()
        stored = ImageFileDirectory_v2(b"II*\0\0\0\0\0")
        for key, value in directory.items():
            with suppress(Exception):  # a value of the wrong type
                stored[key] = value
        file.write(stored.tobytes(offsets[tag]))
    file.flush()
    file.seek(0)
    with tifffile.TiffFile(file, mode="r+") as written:
        tags = {tag: written.pages[0].aspage().tags[tag + _PLACEHOLDER] for tag in offsets}
        value_at, kind = (12, "<Q") if written.is_bigtiff else (8, "<I")
    for tag, offset in offsets.items():
        file.seek(tags[tag].offset)
        file.write(struct.pack("<H", tag))
        file.seek(tags[tag].offset + value_at)
        file.write(struct.pack(kind, offset))
    file.seek(0, 2)

"""TIFF with 8 or 16 bits, transparency, pages and all metadata, losslessly compressed."""

import struct
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
import tifffile
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from engine.imaging.codecs.formats import SaveOptions
from engine.imaging.codecs.tiff_reading import LAYOUT
from engine.imaging.image import Picture

_XMP, _EXIF, _GPS, _INTEROP = 700, 0x8769, 0x8825, 0xA005
_LEVEL = 1  # of libdeflate: 2 to 5 % larger than its usual 6, in two thirds of the time, with 16 bits in a fifth
_BYTE, _ASCII, _LONG, _UNDEFINED = 1, 2, 4, 7
_WAITING = 1  # added to the number of a tag until it has its value: tifffile writes no tag of that number itself
_LARGE = 2**32 - 2**25  # bytes of pixels from which on a BigTIFF is needed


def write(picture: Picture, file: BinaryIO, options: SaveOptions) -> None:
    """Write a picture and its pages. EXIF's directories come behind the pixels, and are pointed to from page 1."""
    exif = Image.Exif()
    if picture.exif:
        exif.load(picture.exif)
    nested = {tag: directory for tag in (_EXIF, _GPS) if (directory := exif.get_ifd(tag))}
    pages = (picture, *picture.frames)
    big = sum(page.pixels.nbytes + (0 if page.alpha is None else page.alpha.nbytes) for page in pages) > _LARGE
    with tifffile.TiffWriter(file, bigtiff=big, byteorder="<") as writer:
        for index, page in enumerate(pages):
            extra = [(_XMP, _BYTE, len(page.xmp), page.xmp, True)] if page.xmp else []
            if index == 0:
                extra += _plain_tags(exif) + [(tag + _WAITING, _LONG, 1, 0, True) for tag in nested]
            _write_page(writer, page, extra)
    if nested:
        _append(file, nested)


def _write_page(writer: tifffile.TiffWriter, page: Picture, extra: list[Any]) -> None:
    pixels = page.pixels if page.alpha is None else np.dstack([page.pixels, page.alpha])
    samples = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    across = page.dpi or (1, 1)
    writer.write(
        np.ascontiguousarray(samples),
        photometric="minisblack" if page.is_gray else "rgb",
        planarconfig="contig" if samples.ndim == 3 else None,
        extrasamples=None if page.alpha is None else ["unassalpha"],
        compression="adobe_deflate",
        compressionargs={"level": _LEVEL},
        predictor=True,
        resolution=across,
        resolutionunit="inch" if page.dpi else "none",
        iccprofile=page.icc,
        extratags=extra,
        metadata=None,
        software=False,
        maxworkers=1,
    )


def _plain_tags(exif: Image.Exif) -> list[Any]:
    """The tags of EXIF's first directory that a TIFF has in its own: who made the picture, with what, when."""
    directory = ImageFileDirectory_v2()
    found: list[Any] = []
    for tag, value in exif.items():
        if tag in LAYOUT or tag in (_EXIF, _GPS):
            continue
        with suppress(Exception):  # a value that is not what its tag should hold
            if isinstance(value, str):
                text = value.encode("utf-8") + b"\0"
                found.append((tag, _ASCII, len(text), text, True))
            elif isinstance(value, bytes):
                found.append((tag, _UNDEFINED, len(value), value, True))
            else:
                directory[tag] = value
                numbers = value if isinstance(value, tuple) else (value,)
                kind = directory.tagtype[tag]
                flat = [part for number in numbers for part in _parts(number, kind)]
                found.append((tag, kind, len(numbers), tuple(flat) if len(flat) > 1 else flat[0], True))
    return found


def _parts(number: Any, kind: int) -> tuple[Any, ...]:
    """A number as tifffile takes it: a rational as two."""
    return (int(number.numerator), int(number.denominator)) if kind in (5, 10) else (number,)


def _append(file: BinaryIO, nested: dict[int, dict[int, Any]]) -> None:
    """Write directories at the end of a TIFF, and their places into the tags that wait for them."""
    places = {}
    for tag, directory in nested.items():
        file.seek(0, 2)
        if file.tell() % 2:
            file.write(b"\0")
        places[tag] = file.tell()
        stored = ImageFileDirectory_v2(b"II*\0\0\0\0\0")
        for key, value in directory.items():
            with suppress(Exception):  # a value that is not what its tag should hold
                stored[key] = value
        file.write(stored.tobytes(places[tag]))
    file.flush()
    file.seek(0)
    with tifffile.TiffFile(file, mode="r+") as written:
        tags = {tag: written.pages[0].aspage().tags[tag + _WAITING] for tag in places}
        value_at, kind = (12, "<Q") if written.is_bigtiff else (8, "<I")
    for tag, place in places.items():
        file.seek(tags[tag].offset)
        file.write(struct.pack("<H", tag))
        file.seek(tags[tag].offset + value_at)
        file.write(struct.pack(kind, place))
    file.seek(0, 2)

"""A picture as it is in its file: read, write, and everything that must survive in between."""

from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import PictureTooLarge, PictureUnreadable, PictureUnwritable, mark
from engine.files import reason_of, write_atomically
from engine.imaging.color import Pixels

MOST_MEGAPIXELS = 400  # a header that promises more is refused before memory is taken
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF"} | {
    ".webp": "WEBP"
}
_ORIENTATION = 0x0112  # the EXIF tag
# How a TIFF's pixels lie in its file: Pillow counts these tags as EXIF, but they are wrong for any other picture.
_TIFF_LAYOUT = frozenset(
    chain(range(254, 260), range(277, 280), range(282, 285), range(322, 326), range(512, 522), range(529, 533))
) | {262, 266, 273, 296, 317, 320, 330, 332, 338, 339, 347, 700, 34675}
_AS_GRAY, _AS_RGB = ("1", "L"), ("RGB", "P")
_OPTIONS: dict[str, dict[str, Any]] = {
    "PNG": {"compress_type": 3},  # zlib's run lengths only: faster than level 4 on filtered photographs, and smaller
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
    "TIFF": {"compression": "tiff_adobe_deflate"},
}

Image.MAX_IMAGE_PIXELS = None  # our own limit is checked on the header, with a sentence


@dataclass(frozen=True)
class Picture:
    """Decoded pixels and what came with them.

    Attributes
    ----------
    pixels : (H, W, 1) or (H, W, 3) uint8 or uint16
        Gray or RGB, upright.
    alpha : (H, W) of the same dtype, or None
    icc, exif, xmp : the file's own bytes, or None; the orientation tag of `exif` is already reset
    dpi : (horizontal, vertical) dots per inch, or None
    frames : further frames of an animation, each a Picture
    """

    pixels: Pixels
    alpha: Pixels | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    frames: tuple["Picture", ...] = field(default=())

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def is_gray(self) -> bool:
        return int(self.pixels.shape[2]) == 1

    @property
    def bits(self) -> int:
        """Bits per sample: 8 or 16."""
        return self.pixels.dtype.itemsize * 8

    def with_pixels(self, pixels: Pixels) -> "Picture":
        """The same picture with other pixels, its metadata kept."""
        return replace(self, pixels=pixels)


def read(path: Path) -> Picture:
    """Decode a picture file.

    8-bit gray and RGB PNG, JPEG, BMP, TIFF and WebP; a palette becomes RGB, 1 bit becomes gray, an EXIF orientation
    is applied. Anything that would lose something (transparency, 16 bits, CMYK, animation) is refused.

    Raises
    ------
    PictureUnreadable, PictureTooLarge
    """
    return decode(_bytes_of(path), path.name)


def decode(content: bytes, name: str) -> Picture:
    """`read` for the bytes of a file; `name` is what error messages call it."""
    try:
        with Image.open(BytesIO(content), formats=sorted(set(FORMATS.values()))) as image:
            _refuse_what_would_be_lost(image, name)
            image.load()
            return _picture_of(image, name)
    except (PictureUnreadable, PictureTooLarge):
        raise
    except UnidentifiedImageError as error:
        reason = mark("it is not a PNG, JPEG, BMP, TIFF or WebP picture.")
        raise PictureUnreadable(name=name, reason=reason) from error
    except Exception as error:  # codecs fail with anything: OSError, SyntaxError, struct.error, ValueError ...
        raise PictureUnreadable(name=name, reason=mark("the file is damaged or cut short.")) from error


def encode(picture: Picture, name: str, file: BinaryIO) -> None:
    """Encode into `file` in the format that a file's name asks for; raises PictureUnwritable for an unknown one.

    JPEG at quality 95 with full colour, WebP and TIFF lossless. ICC, EXIF and DPI are kept where the format can.
    """
    kind = _format_of(name)
    if picture.bits != 8:
        raise PictureUnwritable(name=name, reason=mark("pictures of more than 8 bits are not supported yet."))
    pixels = picture.pixels[:, :, 0] if picture.is_gray else picture.pixels
    kept = {"icc_profile": picture.icc, "exif": picture.exif, "dpi": picture.dpi}
    options = _OPTIONS.get(kind, {}) | {key: value for key, value in kept.items() if value}
    if kind == "TIFF" and picture.exif:
        del options["compression"]  # libtiff cannot write nested directories; Pillow's own writer can
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if kind != "TIFF":
        image.save(file, kind, **options)
        return
    buffer = BytesIO()  # libtiff would write past Python into the file, and would not say why it failed
    image.save(buffer, kind, **options)
    file.write(buffer.getbuffer())


def refuse_unwritable(path: Path) -> None:
    """Raise PictureUnwritable for a name that no picture can be written under, before any work is done for it."""
    _format_of(path.name)
    if _is_folder(path):
        raise PictureUnwritable(name=path.name, reason=mark("there is a folder of that name."))
    if not path.resolve().parent.is_dir():
        raise PictureUnwritable(name=path.name, reason=mark("its folder does not exist."))


def write(picture: Picture, path: Path) -> None:
    """Write a picture in the format its name asks for; it gets that name only once it was opened again.

    Raises
    ------
    PictureUnwritable
        With the reason; what was under that name before is untouched.
    """
    refuse_unwritable(path)
    try:  # straight into the file: in memory, a large picture would be there once more
        write_atomically(path, partial(encode, picture, path.name), lambda made: _confirm(made, picture, path.name))
    except (OSError, ValueError) as error:
        reason: str = mark("the format cannot hold a picture this size.")
        if isinstance(error, OSError) and error.errno:
            reason = reason_of(error)
        elif "EXIF" in str(error):
            reason = mark("its EXIF data is too long for the format.")
        raise PictureUnwritable(name=path.name, reason=reason) from error


def _format_of(name: str) -> str:
    """Pillow's name of the format that a file's ending asks for; raises PictureUnwritable for an unknown one."""
    kind = FORMATS.get(Path(name).suffix.lower())
    if kind is None:
        raise PictureUnwritable(name=name, reason=mark("end the name in .png, .jpg, .tif, .webp or .bmp."))
    return kind


def _is_folder(path: Path) -> bool:
    """Whether there is a folder of that name; raises PictureUnwritable for a name that no file could have."""
    try:
        return path.is_dir()
    except OSError as error:
        raise PictureUnwritable(name=path.name, reason=reason_of(error)) from error


def _bytes_of(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise PictureUnreadable(name=path.name, reason=mark("it is not a file."))
        return path.read_bytes()
    except OSError as error:
        raise PictureUnreadable(name=path.name, reason=reason_of(error)) from error


def _refuse_what_would_be_lost(image: Image.Image, name: str) -> None:
    """Raise for what the header alone shows to be too large or not kept faithfully yet."""
    if image.width * image.height > MOST_MEGAPIXELS * 1_000_000:
        raise PictureTooLarge(name=name, width=image.width, height=image.height, limit=MOST_MEGAPIXELS)
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # a phone's JPEG with a second view or depth map
        raise PictureUnreadable(name=name, reason=mark("pictures of several frames are not supported yet."))
    deep = any(
        ";16" in str(tile[3]) for tile in getattr(image, "tile", ())
    )  # Pillow would read 16-bit RGB as 8 bits and say nothing
    if deep or image.mode.startswith(("I", "F")):
        raise PictureUnreadable(name=name, reason=mark("pictures of more than 8 bits are not supported yet."))
    if image.mode not in (*_AS_GRAY, *_AS_RGB, "LA", "PA", "RGBA"):
        raise PictureUnreadable(name=name, reason=mark("its colours are neither gray nor RGB."))


def _picture_of(image: Image.Image, name: str) -> Picture:
    """Turn a loaded Pillow picture upright, into gray or RGB, with its metadata."""
    exif = image.getexif()
    icc, dpi = image.info.get("icc_profile"), image.info.get("dpi")
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        if upright.getchannel("A").getextrema() != (255, 255):
            raise PictureUnreadable(name=name, reason=mark("pictures with transparency are not supported yet."))
    gray = image.mode in (*_AS_GRAY, "LA")
    pixels: NDArray[np.uint8] = np.array(upright.convert("L" if gray else "RGB"))
    for tag in (_ORIENTATION, *_TIFF_LAYOUT):
        exif.pop(tag, None)
    return Picture(
        pixels=pixels.reshape(*pixels.shape[:2], -1),
        icc=icc or None,
        exif=exif.tobytes() if len(exif) else None,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi else None,
    )


def _confirm(written: Path, picture: Picture, name: str) -> None:
    """Open what lies on the disk: success is only said of a file that opens as a picture of the right size."""
    try:
        with Image.open(written) as again:
            size, complete = again.size, _is_whole(again)
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureUnwritable(name=name, reason=mark("what was written could not be read back.")) from error
    if size != (picture.width, picture.height):
        raise PictureUnwritable(name=name, reason=mark("what was written came back at another size."))
    if not complete:
        raise PictureUnwritable(name=name, reason=mark("what was written could not be read back."))


def _is_whole(image: Image.Image) -> bool:
    """Whether the last rows can be decoded too; in formats that decode from the top, that means all of it.

    A PNG's checksums say so without decoding: a large picture need not fit into memory once more.
    """
    try:
        image.verify() if image.format == "PNG" else image.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True

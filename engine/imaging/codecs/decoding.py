"""From the bytes of a file to a `Picture`: Pillow for 8 bits, `deep` for more, `tiff_reading` for TIFF."""

from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from engine.errors import EngineError, NotEnoughMemory, PictureTooLarge, PictureUnreadable, mark
from engine.imaging.codecs import high_bit_depth, metadata, opening, profiles
from engine.imaging.color import Pixels
from engine.imaging.image import Picture
from engine.system import memory

MOST_MEGAPIXELS = 400  # a header that promises more is refused before memory is taken
_ANIMATED = ("PNG", "GIF", "WEBP", "AVIF")  # of the others' several pictures the first is the picture
_GRAY, _COLOUR = ("1", "L", "LA", "La"), ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "YCbCr")
_SHORTEST_PNG = 1100  # times: deflate makes at most 1032 bytes of one
_XMP_TEXT = "XML:com.adobe.xmp"


def is_tiff(content: bytes) -> bool:
    """Whether a file's bytes begin as a TIFF's do, classic or BigTIFF."""
    return content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def decode(content: bytes, name: str) -> Picture:
    """Decode a file that is no TIFF; `name` is what error messages call it.

    Raises
    ------
    PictureUnreadable, PictureTooLarge, NotEnoughMemory
    """
    with opening.opened(BytesIO(content), opening.formats()) as image:
        count = getattr(image, "n_frames", 1) if image.format in _ANIMATED else 1
        _check_pixels(name, image.width, image.height, count)
        _refuse_hollow(image, content, name)
        check_size(name, image.width, image.height, count)
        if count > 1:
            return _animation(image, content, name)
        has_more = high_bit_depth.is_deep(image, content)  # after loading, Pillow has forgotten how the samples lay
        image.load()
        return _still(image, content, name, has_more)


def told(error: Exception, content: bytes, name: str) -> EngineError:
    """What an error of a codec means to a person."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, MemoryError):
        return PictureUnreadable(name=name, reason=mark("there is not enough memory for it."))
    if isinstance(error, UnidentifiedImageError) and not is_tiff(content):
        if opening.heif() is None and content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
            return PictureUnreadable(
                name=name, reason=mark('HEIC needs the extra "heif": install srcnn-studio[heif].')
            )
        return PictureUnreadable(name=name, reason=mark("it is not a picture of a known format."))
    return PictureUnreadable(name=name, reason=mark("the file is damaged or cut short."))


def check_size(name: str, width: int, height: int, count: int = 1, bytes_per_px: int = 4) -> None:
    """Refuse what a header alone shows to be too large.

    Raises
    ------
    PictureUnreadable, PictureTooLarge, NotEnoughMemory
    """
    _check_pixels(name, width, height, count)
    needed, free = 2 * width * height * count * bytes_per_px, memory.free_memory()
    if free is not None and needed > free + 64_000_000:  # small ones may always try
        raise NotEnoughMemory(
            name=name, width=width, height=height, needed=memory.megabytes(needed), free=memory.megabytes(free)
        )


def _check_pixels(name: str, width: int, height: int, count: int) -> None:
    """Refuse a header that promises nothing, or more pixels than are accepted."""
    if width < 1 or height < 1:
        raise PictureUnreadable(name=name, reason=mark("the file is damaged or cut short."))
    if width * height * count > MOST_MEGAPIXELS * 1_000_000:
        raise PictureTooLarge(name=name, width=width, height=height * count, limit=MOST_MEGAPIXELS)


def _refuse_hollow(image: Image.Image, content: bytes, name: str) -> None:
    """Refuse a PNG that cannot hold what its header promises, before memory is taken for it."""
    if image.format == "PNG" and image.width * image.height // 8 > _SHORTEST_PNG * len(content):
        raise PictureUnreadable(name=name, reason=mark("the file is damaged or cut short."))


def _still(image: Image.Image, content: bytes, name: str, has_more: bool) -> Picture:
    """One loaded picture with its metadata, upright; `has_more` than 8 bits a sample it may have."""
    kept = _metadata(image)
    if image.mode == "CMYK":
        rgb = profiles.cmyk_to_srgb(np.asarray(image), kept["icc"])
        return upright(Picture(rgb, **kept | {"icc": profiles.srgb()}), content_orientation(image))
    if _depth_of_heif(image) > 8:
        stored = opening.heif().open_heif(BytesIO(content), convert_hdr_to_8bit=False)
        pixels, alpha = split_alpha(np.asarray(stored))
    elif has_more:
        levels = high_bit_depth.as_unsigned(high_bit_depth.read(image, content, name), 16, name)
        pixels, alpha = split_alpha(levels)
    else:
        pixels, alpha = samples(image, name)
    return upright(Picture(pixels, alpha, **kept), content_orientation(image))


def samples(image: Image.Image, name: str) -> tuple[Pixels, Pixels | None]:
    """The samples of a loaded 8-bit picture: gray or RGB (H, W, 1|3), and its transparency if it has any."""
    if image.mode not in _GRAY + _COLOUR:
        raise PictureUnreadable(name=name, reason=mark("its colours are neither gray nor RGB."))
    if image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    gray = image.mode in _GRAY
    if image.has_transparency_data:
        return split_alpha(np.asarray(image.convert("LA" if gray else "RGBA")))
    return split_alpha(np.asarray(image.convert("L" if gray else "RGB")))


def split_alpha(levels: Pixels) -> tuple[Pixels, Pixels | None]:
    """Gray or RGB (H, W, 1|3), and (H, W) of a last channel of transparency unless all is opaque."""
    levels = levels.reshape(*levels.shape[:2], -1)
    channels = levels.shape[2]
    if channels in (1, 3):
        return np.ascontiguousarray(levels), None
    pixels, alpha = np.ascontiguousarray(levels[:, :, :-1]), np.ascontiguousarray(levels[:, :, -1])
    return pixels, None if alpha.min() == np.iinfo(alpha.dtype).max else alpha


def upright(picture: Picture, turned: int) -> Picture:
    """Turn pixels that lie as EXIF's orientation `turned` (1 to 8) says."""
    if turned == 1:
        return picture
    dpi = picture.dpi[::-1] if picture.dpi and turned >= 5 else picture.dpi
    alpha = None if picture.alpha is None else _turned(picture.alpha, turned)
    made = picture.with_pixels(_turned(picture.pixels, turned), alpha)
    return Picture(**{**made.__dict__, "dpi": dpi})


def content_orientation(image: Image.Image) -> int:
    """How an opened picture's pixels lie, by its metadata; a HEIC is turned by its own decoder."""
    exif, xmp = _raw(image)
    return 1 if image.format == "HEIF" else metadata.orientation(exif, xmp)


def _turned(pixels: Pixels, turned: int) -> Pixels:
    """Exif 2.32, table 6: transposed for 5 to 8, then mirrored."""
    if turned >= 5:
        pixels = pixels.swapaxes(0, 1)
    rows = -1 if turned in (3, 4, 7, 8) else 1
    columns = -1 if turned in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _raw(image: Image.Image) -> tuple[bytes | None, bytes | None]:
    """EXIF and XMP as they lie in a file."""
    exif = image.info.get("exif")
    if not exif and "Raw profile type exif" in image.info:  # ImageMagick's, in a PNG's text
        with suppress(ValueError, IndexError):
            exif = bytes.fromhex("".join(str(image.info["Raw profile type exif"]).split("\n")[3:]))
    xmp = image.info.get("xmp") or image.info.get(_XMP_TEXT)
    return exif or None, xmp.encode() if isinstance(xmp, str) else xmp or None


def _metadata(image: Image.Image) -> dict[str, Any]:
    """What is kept of a file beside its pixels, as fields of a Picture."""
    exif, xmp = _raw(image)
    text = getattr(image, "text", None) if image.format == "PNG" else None
    left_out = (_XMP_TEXT, "Raw profile type exif")
    return {
        "icc": image.info.get("icc_profile") or None,
        "exif": metadata.upright_exif(exif),
        "xmp": metadata.upright_xmp(xmp),
        "dpi": _dpi(image, exif),
        "text": tuple((key, value) for key, value in (text or {}).items() if key not in left_out),
    }


def _dpi(image: Image.Image, exif: bytes | None) -> tuple[float, float] | None:
    """Dots per inch, by the format's own field or else by EXIF."""
    dpi = image.info.get("dpi")
    if not dpi and exif and image.format in ("WEBP", "AVIF", "PNG", "HEIF"):
        with suppress(Exception):  # Pillow's reader of EXIF fails with anything, and there is nothing to lose here
            dpi = metadata.dpi(exif)
    if not dpi:
        return None
    across, down = (float(dots) for dots in dpi)
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def _depth_of_heif(image: Image.Image) -> int:
    return int(image.info.get("bit_depth", 8)) if image.format == "HEIF" else 8


def _animation(image: Image.Image, content: bytes, name: str) -> Picture:
    """Every frame as it is seen: what a file leaves standing from the frame before is in it already."""
    if high_bit_depth.is_deep(image, content):
        raise PictureUnreadable(name=name, reason=mark("animations of more than 8 bits are not supported."))
    first = 1 if image.info.get("default_image") else 0  # of an APNG, for programs that show no animation
    gray = image.mode in ("1", "L", "LA")
    shown: list[tuple[Pixels, Pixels, float]] = []
    for index in range(first, getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        rgba = np.asarray(image.convert("RGBA"))
        shown.append((rgba[:, :, :1] if gray else rgba[:, :, :3], rgba[:, :, 3], float(image.info.get("duration", 0))))
    image.seek(0)
    image.load()
    kept, turned = _metadata(image), content_orientation(image)
    opaque = all(alpha.min() == 255 for _, alpha, _ in shown)
    frames = [
        upright(
            Picture(np.ascontiguousarray(pixels), None if opaque else alpha.copy(), **kept, duration_ms=duration),
            turned,
        )
        for pixels, alpha, duration in shown
    ]
    whole = {**frames[0].__dict__, "frames": tuple(frames[1:]), "plays": _plays(image)}
    return Picture(**whole)


def _plays(image: Image.Image) -> int:
    """How often an animation plays, 0 for ever; a GIF counts the repeats after the first time."""
    loop = image.info.get("loop")
    if image.format == "GIF":
        return 1 if loop is None else int(loop) + bool(loop)
    return int(loop or 0)

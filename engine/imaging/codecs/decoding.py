"""Decode the bytes of a file to an `Image`: 8 bits by Pillow, more by `high_bit_depth`."""

from io import BytesIO

import numpy as np
import PIL.Image
from PIL import UnidentifiedImageError

from engine.errors import N_, EngineError, ImageTooLarge, ImageUnreadable, NotEnoughMemory
from engine.imaging.codecs import high_bit_depth, metadata, opening, profiles
from engine.imaging.color import Pixels
from engine.imaging.image import Image
from engine.system import memory

MAX_MEGAPIXELS = 400  # of a header; larger images are refused before any memory is allocated
_ANIMATED = ("PNG", "GIF", "WEBP", "AVIF")  # of other formats with several images, only the first is read
_GRAY, _COLOR = ("1", "L", "LA", "La"), ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "YCbCr")
_MAX_PNG_EXPANSION = 1100  # deflate expands one byte to at most 1032


def is_tiff(content: bytes) -> bool:
    """Return whether the bytes start like a TIFF or BigTIFF."""
    return content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def decode(content: bytes, name: str) -> Image:
    """Decode any format but TIFF. Error messages refer to the file as `name`.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    """
    with opening.open_image(BytesIO(content), opening.readable_formats()) as image:
        count = getattr(image, "n_frames", 1) if image.format in _ANIMATED else 1
        _check_pixels(name, image.width, image.height, count)
        _check_png_size(image, content, name)
        check_size(name, image.width, image.height, count)
        if count > 1:
            return _decode_animation(image, content, name)
        # Pillow drops the bit depth of the file when it loads the pixels.
        is_high_bit_depth = high_bit_depth.has_high_bit_depth(image, content)
        image.load()
        return _decode_still(image, content, name, is_high_bit_depth)


def to_engine_error(error: Exception, content: bytes, name: str) -> EngineError:
    """Convert an exception of a codec to an error of the engine."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, MemoryError):
        return ImageUnreadable(name=name, reason=N_("there is not enough memory for it."))
    if isinstance(error, UnidentifiedImageError) and not is_tiff(content):
        if opening.pillow_heif() is None and content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
            return ImageUnreadable(name=name, reason=N_('HEIC needs the extra "heif": install srcnn-studio[heif].'))
        return ImageUnreadable(name=name, reason=N_("it is not a picture of a known format."))
    return ImageUnreadable(name=name, reason=N_("the file is damaged or cut short."))


def check_size(name: str, width: int, height: int, count: int = 1, bytes_per_px: int = 4) -> None:
    """Raise an error if the size stated in a header is too large.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    """
    _check_pixels(name, width, height, count)
    needed, free = 2 * width * height * count * bytes_per_px, memory.free_memory()
    if free is not None and needed > free + 64_000_000:  # small images are always tried
        raise NotEnoughMemory(
            name=name, width=width, height=height, needed=memory.megabytes(needed), free=memory.megabytes(free)
        )


def _check_pixels(name: str, width: int, height: int, count: int) -> None:
    """Raise an error if a header states no pixels, or more than the limit."""
    if width < 1 or height < 1:
        raise ImageUnreadable(name=name, reason=N_("the file is damaged or cut short."))
    if width * height * count > MAX_MEGAPIXELS * 1_000_000:
        raise ImageTooLarge(name=name, width=width, height=height * count, limit=MAX_MEGAPIXELS)


def _check_png_size(image: PIL.Image.Image, content: bytes, name: str) -> None:
    """Raise an error for a PNG too short for the size in its header, before memory is allocated."""
    if image.format == "PNG" and image.width * image.height // 8 > _MAX_PNG_EXPANSION * len(content):
        raise ImageUnreadable(name=name, reason=N_("the file is damaged or cut short."))


def _decode_still(image: PIL.Image.Image, content: bytes, name: str, is_high_bit_depth: bool) -> Image:
    """Convert a loaded Pillow image to an upright Image; `is_high_bit_depth` if it has more than 8 bits."""
    fields = metadata.read_metadata(image)
    if image.mode == "CMYK":
        rgb = profiles.cmyk_to_srgb(np.asarray(image), fields["icc"])
        return apply_orientation(
            Image(rgb, **fields | {"icc": profiles.srgb_profile()}), metadata.image_orientation(image)
        )
    if _heif_bit_depth(image) > 8:
        heif = opening.pillow_heif().open_heif(BytesIO(content), convert_hdr_to_8bit=False)
        pixels, alpha = split_alpha(np.asarray(heif))
    elif is_high_bit_depth:
        levels = high_bit_depth.to_unsigned(high_bit_depth.read(image, content, name), 16, name)
        pixels, alpha = split_alpha(levels)
    else:
        pixels, alpha = extract_samples(image, name)
    return apply_orientation(Image(pixels, alpha, **fields), metadata.image_orientation(image))


def extract_samples(image: PIL.Image.Image, name: str) -> tuple[Pixels, Pixels | None]:
    """Return the gray or RGB samples (H, W, 1|3) of a loaded 8-bit image, and its alpha or None."""
    if image.mode not in _GRAY + _COLOR:
        raise ImageUnreadable(name=name, reason=N_("its colours are neither gray nor RGB."))
    if image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    gray = image.mode in _GRAY
    if image.has_transparency_data:
        return split_alpha(np.asarray(image.convert("LA" if gray else "RGBA")))
    return split_alpha(np.asarray(image.convert("L" if gray else "RGB")))


def split_alpha(levels: Pixels) -> tuple[Pixels, Pixels | None]:
    """Split off an alpha channel (H, W) if there is one; None if it is fully opaque."""
    levels = levels.reshape(*levels.shape[:2], -1)
    channels = levels.shape[2]
    if channels in (1, 3):
        return np.ascontiguousarray(levels), None
    pixels, alpha = np.ascontiguousarray(levels[:, :, :-1]), np.ascontiguousarray(levels[:, :, -1])
    return pixels, None if alpha.min() == np.iinfo(alpha.dtype).max else alpha


def apply_orientation(image: Image, orientation: int) -> Image:
    """Rotate and flip an image upright, by its EXIF orientation (1 to 8)."""
    if orientation == 1:
        return image
    dpi = image.dpi[::-1] if image.dpi and orientation >= 5 else image.dpi
    alpha = None if image.alpha is None else _reorient(image.alpha, orientation)
    oriented = image.with_pixels(_reorient(image.pixels, orientation), alpha)
    return Image(**{**oriented.__dict__, "dpi": dpi})


def _reorient(pixels: Pixels, orientation: int) -> Pixels:
    """Transpose for orientations 5 to 8, then flip (Exif 2.32, table 6)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _heif_bit_depth(image: PIL.Image.Image) -> int:
    return int(image.info.get("bit_depth", 8)) if image.format == "HEIF" else 8


def _decode_animation(image: PIL.Image.Image, content: bytes, name: str) -> Image:
    """Decode all frames of an animation, each composited over the frames before it."""
    if high_bit_depth.has_high_bit_depth(image, content):
        raise ImageUnreadable(name=name, reason=N_("animations of more than 8 bits are not supported."))
    start = 1 if image.info.get("default_image") else 0  # an APNG's default image is not a frame
    gray = image.mode in ("1", "L", "LA")
    frame_data: list[tuple[Pixels, Pixels, float]] = []
    for index in range(start, getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        rgba = np.asarray(image.convert("RGBA"))
        pixels = rgba[:, :, :1] if gray else rgba[:, :, :3]
        frame_data.append((pixels, rgba[:, :, 3], float(image.info.get("duration", 0))))
    image.seek(0)
    image.load()
    fields, orientation = metadata.read_metadata(image), metadata.image_orientation(image)
    opaque = all(alpha.min() == 255 for _, alpha, _ in frame_data)
    frames = [
        apply_orientation(
            Image(np.ascontiguousarray(pixels), None if opaque else alpha.copy(), **fields, duration_ms=duration),
            orientation,
        )
        for pixels, alpha, duration in frame_data
    ]
    merged = {**frames[0].__dict__, "frames": tuple(frames[1:]), "num_plays": _play_count(image)}
    return Image(**merged)


def _play_count(image: PIL.Image.Image) -> int:
    """Return how often an animation plays, 0 for endlessly. A GIF stores the number of repetitions."""
    loop = image.info.get("loop")
    if image.format == "GIF":
        return 1 if loop is None else int(loop) + bool(loop)
    return int(loop or 0)

"""Decode the bytes of an image file to an `Image`, in all formats except TIFF.

Pillow decodes images with 8 bits per sample, and `high_bit_depth` those with more.
"""

from io import BytesIO

import numpy as np
import PIL.Image
from PIL import UnidentifiedImageError

from engine.errors import N_, EngineError, ImageTooLarge, ImageUnreadable, NotEnoughMemory
from engine.imaging.codecs import high_bit_depth, metadata, opening, profiles
from engine.imaging.color import Pixels
from engine.imaging.image import Image
from engine.system import memory

MAX_MEGAPIXELS = 400  # width x height x frames; larger images are rejected before any memory is allocated
_ANIMATED = ("PNG", "GIF", "WEBP", "AVIF")  # in other formats, only the first image of a file is read
_GRAY, _COLOR = ("1", "L", "LA", "La"), ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "YCbCr")
_MAX_PNG_EXPANSION = 1100  # deflate expands one byte to at most 1032


def is_tiff(content: bytes) -> bool:
    """Return whether the bytes start with the signature of a TIFF or BigTIFF file."""
    return content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def decode(content: bytes, name: str) -> Image:
    """Decode an image file of any format except TIFF.

    Parameters
    ----------
    content : bytes of the file
    name : file name for error messages

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    OSError, SyntaxError, ValueError and others
        From the codecs, for damaged files. `to_engine_error` converts them.
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
    """Return the engine's error for an exception that a codec raised.

    Parameters
    ----------
    error : exception; an EngineError is returned unchanged
    content : bytes of the file, from which unsupported formats are recognized
    name : file name for the error message
    """
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
    """Raise an error if an image of the size in a file's header cannot be decoded.

    Parameters
    ----------
    name : file name for error messages
    width, height : size in pixels
    count : number of frames
    bytes_per_px : bytes per decoded pixel

    Raises
    ------
    ImageUnreadable
        If the image has no pixels.
    ImageTooLarge
        If all frames together exceed `MAX_MEGAPIXELS`.
    NotEnoughMemory
        If the free memory is less than about twice the size of the decoded image.
    """
    _check_pixels(name, width, height, count)
    needed, free = 2 * width * height * count * bytes_per_px, memory.free_memory()
    if free is not None and needed > free + 64_000_000:  # small images are always tried
        raise NotEnoughMemory(
            name=name, width=width, height=height, needed=memory.megabytes(needed), free=memory.megabytes(free)
        )


def _check_pixels(name: str, width: int, height: int, count: int) -> None:
    """Raise an error if an image has no pixels, or more than `MAX_MEGAPIXELS`."""
    if width < 1 or height < 1:
        raise ImageUnreadable(name=name, reason=N_("the file is damaged or cut short."))
    if width * height * count > MAX_MEGAPIXELS * 1_000_000:
        raise ImageTooLarge(name=name, width=width, height=height * count, limit=MAX_MEGAPIXELS)


def _check_png_size(image: PIL.Image.Image, content: bytes, name: str) -> None:
    """Raise ImageUnreadable if a PNG file is too short to contain an image of the size in its header.

    This check keeps a damaged file from allocating memory for pixels that it does not contain.
    """
    if image.format == "PNG" and image.width * image.height // 8 > _MAX_PNG_EXPANSION * len(content):
        raise ImageUnreadable(name=name, reason=N_("the file is damaged or cut short."))


def _decode_still(image: PIL.Image.Image, content: bytes, name: str, is_high_bit_depth: bool) -> Image:
    """Convert a loaded Pillow image to an upright Image.

    If `is_high_bit_depth` is True, the samples are decoded again from `content`, because Pillow has reduced them to
    8 bits.
    """
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
    """Return the samples and the alpha channel of a loaded 8-bit Pillow image.

    Returns
    -------
    pixels : (H, W, 1) or (H, W, 3) uint8
        Gray or RGB.
    alpha : (H, W) uint8, or None for an opaque image

    Raises
    ------
    ImageUnreadable
        If the colors are neither gray nor RGB.
    """
    if image.mode not in _GRAY + _COLOR:
        raise ImageUnreadable(name=name, reason=N_("its colours are neither gray nor RGB."))
    if image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    gray = image.mode in _GRAY
    if image.has_transparency_data:
        return split_alpha(np.asarray(image.convert("LA" if gray else "RGBA")))
    return split_alpha(np.asarray(image.convert("L" if gray else "RGB")))


def split_alpha(levels: Pixels) -> tuple[Pixels, Pixels | None]:
    """Separate the color channels from the alpha channel.

    Parameters
    ----------
    levels : (H, W) or (H, W, C)
        With 1 or 3 channels there is no alpha. Otherwise the last channel is alpha.

    Returns
    -------
    pixels : (H, W, 1) or (H, W, 3)
    alpha : (H, W), or None if there is no alpha channel or if it is fully opaque
    """
    levels = levels.reshape(*levels.shape[:2], -1)
    channels = levels.shape[2]
    if channels in (1, 3):
        return np.ascontiguousarray(levels), None
    pixels, alpha = np.ascontiguousarray(levels[:, :, :-1]), np.ascontiguousarray(levels[:, :, -1])
    return pixels, None if alpha.min() == np.iinfo(alpha.dtype).max else alpha


def apply_orientation(image: Image, orientation: int) -> Image:
    """Return an image rotated and flipped upright, according to its EXIF orientation (1 to 8)."""
    if orientation == 1:
        return image
    dpi = image.dpi[::-1] if image.dpi and orientation >= 5 else image.dpi
    alpha = None if image.alpha is None else _reorient(image.alpha, orientation)
    oriented = image.with_pixels(_reorient(image.pixels, orientation), alpha)
    return Image(**{**oriented.__dict__, "dpi": dpi})


def _reorient(pixels: Pixels, orientation: int) -> Pixels:
    """Rotate and flip an array upright: transpose for orientations 5 to 8, then flip.

    References
    ----------
    Exif 2.32, table 6.
    """
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(pixels[::rows, ::columns])


def _heif_bit_depth(image: PIL.Image.Image) -> int:
    return int(image.info.get("bit_depth", 8)) if image.format == "HEIF" else 8


def _decode_animation(image: PIL.Image.Image, content: bytes, name: str) -> Image:
    """Decode all frames of an animation. Each frame is composited over the previous ones."""
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
    """Return the number of times an animation plays; 0 means that it loops forever.

    A GIF stores the number of repetitions after the first playback instead.
    """
    loop = image.info.get("loop")
    if image.format == "GIF":
        return 1 if loop is None else int(loop) + bool(loop)
    return int(loop or 0)

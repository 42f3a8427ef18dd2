"""Decode the bytes of an image file to an `Image`, in all formats except TIFF.

Pillow decodes images with 8 bits per sample, and `high_bit_depth` decodes images with more. The frames of animated PNG
and GIF files are composed here, because Pillow's result is wrong for some combinations of disposal, blending and
palettes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import PIL.Image
from PIL import UnidentifiedImageError

from engine.errors import N_, EngineError, ImageTooLarge, ImageUnreadable, Message, NotEnoughMemory
from engine.imaging.codecs import (
    bmp_reading,
    camera_raw,
    gif_reading,
    high_bit_depth,
    jpeg_reading,
    jxl,
    jxl_container,
    metadata,
    netpbm_reading,
    opening,
    png_color,
    png_reading,
    profiles,
    reasons,
    sgi_reading,
)
from engine.imaging.codecs.compositing import Disposal, Patch, compose
from engine.imaging.color import Pixels
from engine.imaging.image import Image
from engine.system import memory

MAX_MEGAPIXELS = 400  # width x height x frames; larger images are rejected before any memory is allocated
_HIGH_BIT_DEPTH_ANIMATION = N_(
    "Animations with more than 8 bits per channel aren't supported. Convert the animation to 8 bits per channel."
)
_ANIMATED = ("WEBP", "AVIF")  # in other formats, only the first image of a file is read
_GRAY, _COLOR = ("1", "L", "LA", "La"), ("RGB", "RGBA", "RGBa", "RGBX", "P", "PA", "YCbCr")
_MAX_PNG_EXPANSION = 1100  # deflate expands one byte to at most 1032


def is_tiff(content: bytes) -> bool:
    """Return whether the bytes start with the signature of a TIFF or BigTIFF file."""
    return content[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def decode(content: bytes, file_name: str) -> Image:
    """Decode an image file of any format except TIFF.

    Parameters
    ----------
    content : bytes of the file
    file_name : file name for error messages

    Raises
    ------
    ImageUnreadable, ImageTooLarge, NotEnoughMemory
    OSError, SyntaxError, ValueError and others
        From the codecs, for damaged files. `to_engine_error` converts them.
    """
    for has_signature, decoder in _DECODERS:
        if has_signature(content):
            return decoder(content, file_name)
    decoded = _decode_bmp(content, file_name) or _decode_netpbm(content, file_name) or _decode_sgi(content, file_name)
    if decoded is not None:
        return decoded
    with opening.open_image(BytesIO(content), opening.READABLE_FORMATS) as image:
        count = getattr(image, "n_frames", 1) if image.format in _ANIMATED else 1
        check_size(file_name, image.width, image.height, count)
        if count > 1:
            return _decode_animation(image, content, file_name)
        return _decode_still(image, content, file_name)


def _decode_png(content: bytes, file_name: str) -> Image:
    """Decode a PNG file. `png_reading` reads the metadata, and Pillow decodes the pixels."""
    file = png_reading.parse(content, file_name)
    stored = png_reading.read_metadata(file)
    still = png_reading.extract_still_image(file)
    with opening.open_image(BytesIO(still), ["PNG"]) as image:
        image.info |= {"icc_profile": stored.icc, "exif": stored.exif, "dpi": stored.dpi}
        image.info |= dict(stored.texts)
        num_plays = png_reading.num_plays(file)
        frames = [] if num_plays is None else png_reading.read_frames(file)
        _check_pixels(file_name, image.width, image.height, max(1, len(frames)))
        _check_png_size(image, content, file_name)
        check_size(file_name, image.width, image.height, max(1, len(frames)))
        if not frames:
            decoded = _decode_still(image, still, file_name, stored.texts)
        elif image.mode.startswith("I"):
            raise ImageUnreadable(name=file_name, reason=_HIGH_BIT_DEPTH_ANIMATION)
        else:
            canvases = compose(map(_png_patch, range(len(frames)), frames), image.width, image.height)
            fields = metadata.read_metadata(image, stored.texts)
            durations = [frame.duration_ms for frame in frames]
            decoded = _join_frames(
                canvases,
                durations,
                is_gray=image.mode in _GRAY,
                orientation=metadata.read_image_orientation(image),
                **fields,
            )
            if len(frames) > 1:
                decoded = replace(decoded, num_plays=num_plays)
    space = png_color.read_color_space(file)
    frames_with_space = tuple(replace(frame, color_space=space) for frame in decoded.frames)
    decoded = replace(decoded, color_space=space, frames=frames_with_space)
    not_kept = (metadata.PIXEL_ASPECT_NOT_KEPT,) if png_reading.has_pixel_aspect(file) else ()
    return replace(decoded, warnings=(*decoded.warnings, *file.warnings), not_kept=(*decoded.not_kept, *not_kept))


def _png_patch(index: int, frame: png_reading.PngFrame) -> Patch:
    """Decode a frame of an animated PNG."""
    with opening.open_image(BytesIO(frame.content), ["PNG"]) as image:
        rgba = np.asarray(image.convert("RGBA"))
    disposal = {1: Disposal.CLEAR, 2: Disposal.RESTORE}.get(frame.dispose_op, Disposal.KEEP)
    if index == 0 and disposal is Disposal.RESTORE:  # there is nothing to restore
        disposal = Disposal.CLEAR
    return Patch(rgba, frame.left, frame.top, disposal, is_blended=frame.blend_op == 1)


def _decode_gif(content: bytes, file_name: str) -> Image:
    file = gif_reading.parse(content)
    _check_pixels(file_name, max(frame.width for frame in file.frames), max(frame.height for frame in file.frames), 1)
    check_size(file_name, file.width, file.height, len(file.frames))
    canvases = compose(gif_reading.patches(file), file.width, file.height)
    decoded = _join_frames(canvases, [frame.duration_ms for frame in file.frames], is_gray=file.is_gray)
    not_kept = () if file.aspect_ratio == 1 else (metadata.PIXEL_ASPECT_NOT_KEPT,)
    decoded = replace(decoded, comments=metadata.decode_comments(file.comments), not_kept=not_kept)
    return replace(decoded, num_plays=file.num_plays) if decoded.frames else decoded


def _decode_jpeg(content: bytes, file_name: str) -> Image:
    header = jpeg_reading.parse_header(content)
    if header is None or header.is_readable_by_pillow:
        decoded = _decode_8_bit_jpeg(content, file_name)
    else:
        decoded = _decode_other_jpeg(content, header, file_name)
    return replace(decoded, **metadata.read_jpeg_metadata(content))


def _decode_other_jpeg(content: bytes, header: jpeg_reading.JpegHeader, file_name: str) -> Image:
    """Decode a JPEG file that Pillow cannot decode."""
    check_size(file_name, header.width, header.height, bytes_per_px=len(header.component_ids) * 2)
    pixels = jpeg_reading.decode_samples(content, header, file_name)
    with opening.open_image(BytesIO(jpeg_reading.metadata_stub(content, header)), ["JPEG"]) as image:
        image.load()
        fields, orientation = metadata.read_metadata(image), metadata.read_image_orientation(image)
    if pixels.shape[2] == 4:
        pixels = profiles.replace_cmyk(pixels, fields)
    return apply_orientation(Image(pixels, **fields), orientation)


def _decode_8_bit_jpeg(content: bytes, file_name: str) -> Image:
    """Decode a JPEG file with Pillow. If only the end marker is missing, add a warning to the image."""
    warnings: tuple[Message, ...] = ()
    with opening.open_image(BytesIO(content), ["JPEG"]) as image:
        check_size(file_name, image.width, image.height)
        try:
            return _decode_still(image, content, file_name)
        except OSError:  # Pillow reports a missing end as "image file is truncated"
            with opening.lift_pixel_limit(image.width, image.height):
                content = jpeg_reading.append_end_marker(content, file_name)
            warnings = (N_("The end of the file is missing, but the image data is complete."),)
    with opening.open_image(BytesIO(content), ["JPEG"]) as image:
        decoded = _decode_still(image, content, file_name)
        return replace(decoded, warnings=(*decoded.warnings, *warnings))


def _decode_jxl(content: bytes, file_name: str) -> Image:
    """Decode a JPEG XL file. A file that was made from a JPEG is decoded like that JPEG."""
    file = jxl_container.parse(content)
    header = file.header
    if header.is_animation:
        reason = N_("Animated JPEG XL images aren't supported. Convert the file to an animated PNG or WebP.")
        raise ImageUnreadable(name=file_name, reason=reason)
    num_channels = 3 + len(header.extra_channels)
    check_size(file_name, header.width, header.height, bytes_per_px=num_channels * (1 if header.bits <= 8 else 2))
    jpeg = jxl.restore_jpeg(content) if file.is_recompressed_jpeg else None
    if jpeg is not None:
        return _decode_jpeg(jpeg, file_name)
    samples, fields = jxl.read(content, file, file_name)
    return Image(*split_alpha(samples), **fields)


def _decode_bmp(content: bytes, file_name: str) -> Image | None:
    """Decode a BMP file with bit masks; None for other files."""
    header = bmp_reading.parse_header(content)
    if header is None:
        return None
    check_size(file_name, header.width, header.height)
    pixels, alpha = split_alpha(bmp_reading.decode_samples(content, header))
    dpi = (header.px_per_meter[0] * 0.0254, header.px_per_meter[1] * 0.0254)
    return Image(pixels, alpha, dpi=dpi if min(dpi) > 0 else None)


def _decode_netpbm(content: bytes, file_name: str) -> Image | None:
    """Decode a PGM or PPM file with more than 8 bits per sample, or a PFM file; None for other files."""
    header = netpbm_reading.parse_header(content)
    if header is None:
        return None
    check_size(file_name, header.width, header.height, bytes_per_px=4 * header.channels)
    return Image(netpbm_reading.decode_samples(content, header, file_name))


def _decode_sgi(content: bytes, file_name: str) -> Image | None:
    """Decode an SGI file with 16 bits per sample; None for other files."""
    header = sgi_reading.parse_header(content)
    if header is None:
        return None
    check_size(file_name, header.width, header.height, bytes_per_px=2 * header.channels)
    if header.channels not in (1, 2, 3, 4):
        raise ImageUnreadable(name=file_name, reason=reasons.EXTRA_CHANNELS)
    return Image(*split_alpha(sgi_reading.decode_samples(content, header)))


def to_engine_error(error: Exception, content: bytes, file_name: str) -> EngineError:
    """Return the engine's error for an exception that a codec raised.

    Parameters
    ----------
    error : exception; an EngineError is returned unchanged
    content : bytes of the file, which are used to recognize unsupported formats
    file_name : file name for the error message
    """
    if isinstance(error, EngineError):
        return error
    if isinstance(error, MemoryError):
        return ImageUnreadable(name=file_name, reason=reasons.OUT_OF_MEMORY)
    if isinstance(error, UnidentifiedImageError) and not is_tiff(content):
        if camera_raw.has_raw_signature(content):
            return camera_raw.unsupported_error(file_name)
        reason = N_("The file isn't an image in a supported format. Use an image in PNG, JPEG, or TIFF format.")
        return ImageUnreadable(name=file_name, reason=reason)
    return ImageUnreadable(name=file_name, reason=reasons.DAMAGED)


def check_size(file_name: str, width: int, height: int, count: int = 1, bytes_per_px: int = 4) -> None:
    """Raise an error if an image is too large to be decoded, according to the size in the file's header.

    Parameters
    ----------
    file_name : file name for error messages
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
    _check_pixels(file_name, width, height, count)
    needed, free = 2 * width * height * count * bytes_per_px, memory.available_memory()
    if free is not None and needed > free + 64_000_000:  # small images are always tried
        raise NotEnoughMemory(
            name=file_name, width=width, height=height, needed=memory.megabytes(needed), free=memory.megabytes(free)
        )


def _check_pixels(file_name: str, width: int, height: int, count: int) -> None:
    """Raise an error if an image has no pixels or exceeds `MAX_MEGAPIXELS`."""
    if width < 1 or height < 1:
        raise ImageUnreadable(name=file_name, reason=reasons.DAMAGED)
    if width * height * count > MAX_MEGAPIXELS * 1_000_000:
        raise ImageTooLarge(name=file_name, width=width, height=height * count, limit=MAX_MEGAPIXELS)


def _check_png_size(image: PIL.Image.Image, content: bytes, file_name: str) -> None:
    """Raise ImageUnreadable if a PNG file is too short to contain an image of the size in its header.

    This check avoids allocating memory for pixels that a damaged file does not contain.
    """
    if image.format == "PNG" and image.width * image.height // 8 > _MAX_PNG_EXPANSION * len(content):
        raise ImageUnreadable(name=file_name, reason=reasons.DAMAGED)


def _decode_still(
    image: PIL.Image.Image, content: bytes, file_name: str, texts: tuple[tuple[str, str], ...] = ()
) -> Image:
    """Decode an image that Pillow has opened to an upright Image.

    Samples of more than 8 bits are decoded from `content`, because Pillow reduces them to 8 bits.
    """
    is_high_bit_depth = high_bit_depth.has_high_bit_depth(image, content)  # unknown after the image is loaded
    image.load()
    fields = metadata.read_metadata(image, texts)
    if image.mode == "CMYK":
        rgb = profiles.replace_cmyk(np.asarray(image), fields)
        return apply_orientation(Image(rgb, **fields), metadata.read_image_orientation(image))
    if _heif_bit_depth(image) > 8:
        heif = opening.heif_decoder().open_heif(BytesIO(content), convert_hdr_to_8bit=False)
        pixels, alpha = split_alpha(np.asarray(heif))
    elif is_high_bit_depth:
        levels = high_bit_depth.to_unsigned(high_bit_depth.read(image, content, file_name), 16, file_name)
        pixels, alpha = split_alpha(levels)
    else:
        pixels, alpha = extract_samples(image, file_name)
    return apply_orientation(Image(pixels, alpha, **fields), metadata.read_image_orientation(image))


def extract_samples(image: PIL.Image.Image, file_name: str) -> tuple[Pixels, Pixels | None]:
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
        raise ImageUnreadable(name=file_name, reason=reasons.UNSUPPORTED_COLORS)
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
    """Rotate and flip an array upright, according to an EXIF orientation (1 to 8).

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


def _decode_animation(image: PIL.Image.Image, content: bytes, file_name: str) -> Image:
    """Decode all frames of an animation that Pillow composes correctly."""
    if high_bit_depth.has_high_bit_depth(image, content):
        raise ImageUnreadable(name=file_name, reason=_HIGH_BIT_DEPTH_ANIMATION)
    canvases, durations = [], []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        canvases.append(np.asarray(image.convert("RGBA")))
        durations.append(float(image.info.get("duration", 0)))
    image.seek(0)
    image.load()
    fields = metadata.read_metadata(image)
    decoded = _join_frames(canvases, durations, orientation=metadata.read_image_orientation(image), **fields)
    return replace(decoded, num_plays=int(image.info.get("loop") or 0))


def _join_frames(
    canvases: Iterable[Pixels],
    durations: Sequence[float],
    *,
    is_gray: bool = False,
    orientation: int = 1,
    **fields: Any,
) -> Image:
    """Return composed frames as one upright Image.

    Parameters
    ----------
    canvases : (H, W, 4) uint8 for each frame
    durations : duration of each frame in milliseconds
    is_gray : whether all colors are gray
    orientation : EXIF orientation of the file
    fields : metadata of the file
    """
    levels = [(rgba[:, :, : 1 if is_gray else 3], rgba[:, :, 3]) for rgba in canvases]
    opaque = all(alpha.min() == 255 for _, alpha in levels)
    frames = [
        apply_orientation(Image(np.ascontiguousarray(pixels), None if opaque else alpha.copy(), **fields), orientation)
        for pixels, alpha in levels
    ]
    if len(frames) == 1:
        return frames[0]
    frames = [replace(frame, duration_ms=duration) for frame, duration in zip(frames, durations, strict=True)]
    return replace(frames[0], frames=tuple(frames[1:]))


_DECODERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes, str], Image]], ...] = (
    (png_reading.is_png, _decode_png),
    (gif_reading.is_gif, _decode_gif),
    (jpeg_reading.is_jpeg, _decode_jpeg),
    (jxl_container.is_jxl, _decode_jxl),
)

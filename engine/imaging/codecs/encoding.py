"""Encode an `Image` in a file format, with its metadata."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import SEEK_CUR, BytesIO
from typing import Any, BinaryIO

import numpy as np
import PIL.Image
from PIL.PngImagePlugin import PngInfo, iTXt

from engine.errors import N_, WouldLoseData, lazy_format
from engine.imaging.codecs import (
    exif,
    formats,
    jpeg_segments,
    jxl,
    metadata_transfer,
    nclx,
    opening,
    photoshop,
    png_color,
    png_writing,
    profiles,
    remedies,
    tiff_writing,
    xmp,
)
from engine.imaging.codecs.formats import Format, Frames, OutputOptions
from engine.imaging.color import Pixels, to_uint8
from engine.imaging.image import Image

_XMP_TEXT = "XML:com.adobe.xmp"
_Z_RLE = 3  # zlib strategy: on filtered photographs, faster than level 4 and with smaller files
_BAND_ROWS = 64  # rows that are composited in one operation
_GIF_TRAILER = b";"
_CMYK_NOT_KEPT = N_("The file contains CMYK colors. They were converted, so the result is RGB.")
_MAX_COLORS = 255  # per GIF frame, in addition to the transparent color


def encode(image: Image, file_name: str, file: BinaryIO, options: OutputOptions) -> None:
    """Encode an image and write the bytes to an open file.

    Parameters
    ----------
    file_name : file name, whose extension selects the format if `options` does not

    Raises
    ------
    ImageUnwritable
        If the format cannot store the image.
    OSError, ValueError
        From the codec.
    """
    check_storable(image, file_name, options)
    kind = formats.select_format(file_name, options)
    with opening.lift_pixel_limit(image.width, image.height):
        _WRITERS[kind.name](convert_for_format(image, file_name, options), file, options)


def check_storable(image: Image, file_name: str, options: OutputOptions, scale_factor: float = 1) -> Image:
    """Check that a format can store the upscaled result of an image, without upscaling it.

    Parameters
    ----------
    image : input, whose metadata and frames the result will have
    scale_factor : scale factor of the result

    Returns
    -------
    One-pixel image with the metadata of the converted result
        `not_kept` also names metadata that the format cannot store.

    Raises
    ------
    ImageUnwritable
        If the file extension is unknown or contradicts `options`.
    WouldLoseData
        If the format cannot store the samples, the size, the alpha channel, the frames or the metadata. The error has
        remedies.
    """
    stand_in = _one_pixel_copy(image)
    longest_px = round(max(image.height, image.width) * scale_factor)

    def convert(name: str, changed: OutputOptions) -> Image:
        formats.check_side(name, formats.select_format(name, changed), longest_px)
        return convert_for_format(stand_in, name, changed)

    try:
        return convert(file_name, options)
    except WouldLoseData as error:
        remedies.add_remedies(error, file_name, options, convert)
        raise


def _one_pixel_copy(image: Image) -> Image:
    """Return a one-pixel copy of an image with its metadata and at most two of its frames."""
    frames = tuple(_one_pixel_copy(frame) for frame in image.frames[:1])
    alpha = None if image.alpha is None else image.alpha[:1, :1]
    return replace(image.with_pixels(image.pixels[:1, :1], alpha), frames=frames)


def convert_for_format(image: Image, file_name: str, options: OutputOptions) -> Image:
    """Return a copy of an image whose bit depth, colors and metadata are converted for a file format.

    `not_kept` of the result also names metadata that the format cannot store.

    Raises
    ------
    ImageUnwritable
        If the file extension is unknown or contradicts `options`.
    WouldLoseData
        If the format cannot store the samples, the alpha channel, the frames or the metadata.
    """
    kind = formats.select_format(file_name, options)
    if options.strip:
        formats.check_convertible_to_srgb(file_name, image.color_space)
    converted = _convert_bit_depth(_strip_metadata(image) if options.strip else image, options.bits)
    if options.background is not None and not kind.supports_alpha:
        converted = _flatten(converted, options.background)
    is_16_bit, frames = converted.bits > 8, frames_kind(converted)
    formats.check_representable(
        file_name, kind, options, is_16_bit=is_16_bit, alpha=_has_alpha(converted), frames=frames
    )
    formats.check_color_space(file_name, kind, converted.color_space)
    formats.check_metadata(file_name, kind, {"exif": converted.exif, "xmp": converted.xmp, "dpi": converted.dpi})
    converted = metadata_transfer.transfer(_convert_colors(kind, converted), kind)
    is_cmyk = any(frame.is_cmyk for frame in (image, *image.frames))
    return replace(
        converted,
        not_kept=(*converted.not_kept, _CMYK_NOT_KEPT) if is_cmyk else converted.not_kept,
        exif=exif.update_size(converted.exif, converted.width, converted.height),
        xmp=xmp.update_size(converted.xmp, converted.width, converted.height),
    )


def frames_kind(image: Image) -> Frames | None:
    """Return "animation" or "pages" for an image with several frames; None for a single image."""
    if not image.frames:
        return None
    return "animation" if image.is_animation else "pages"


def _has_alpha(image: Image) -> bool:
    return any(frame.alpha is not None for frame in (image, *image.frames))


def _strip_metadata(image: Image) -> Image:
    """Return a copy without metadata, with the pixels converted to sRGB."""
    frames = tuple(_strip_metadata(frame) for frame in image.frames)
    srgb_image = _to_srgb(image)
    return replace(srgb_image, exif=None, xmp=None, dpi=None, text=(), comments=(), photoshop=None, frames=frames)


def _flatten(image: Image, background: tuple[int, int, int]) -> Image:
    """Composite an image and its frames over a background color.

    A gray image stays gray if the background is gray.
    """
    frames = tuple(_flatten(frame, background) for frame in image.frames)
    if image.alpha is None:
        return replace(image, frames=frames)
    top = np.iinfo(image.alpha.dtype).max
    color = np.array(background[:1] if image.is_gray and len(set(background)) == 1 else background) * (top / 255)
    flat = np.empty((image.height, image.width, max(image.pixels.shape[2], len(color))), image.pixels.dtype)
    for start in range(0, image.height, _BAND_ROWS):  # in bands, to save memory
        rows = slice(start, start + _BAND_ROWS)
        opacity = image.alpha[rows, :, None] / top
        flat[rows] = np.floor(image.pixels[rows] * opacity + color * (1 - opacity) + 0.5)
    return replace(image.with_pixels(flat), frames=frames)


def _convert_bit_depth(image: Image, bits: int | None) -> Image:
    """Convert an image and its frames to 8 or 16 bits per sample. If `bits` is None, keep the bit depth."""
    if bits is None:
        return image
    frames = tuple(_convert_bit_depth(frame, bits) for frame in image.frames)
    alpha = None if image.alpha is None else _convert_samples(image.alpha, bits)
    return replace(image.with_pixels(_convert_samples(image.pixels, bits), alpha), frames=frames)


def _convert_samples(levels: Pixels, bits: int) -> Pixels:
    """Convert samples to 8 or 16 bits. Values are rounded if the bit depth is reduced."""
    if levels.dtype.itemsize * 8 == bits:
        return levels
    if bits == 16:
        return levels.astype(np.uint16) * np.uint16(257)
    return to_uint8(levels)


def _convert_colors(kind: Format, image: Image) -> Image:
    """Return an image whose color description the format can store.

    The image is converted to sRGB if the format cannot store profiles, or if it stores gray images as RGB and the
    profile is a gray profile.
    """
    frames = tuple(_convert_colors(kind, frame) for frame in image.frames)
    described = _describe_colors(kind, image)
    icc = described.icc
    must_convert = icc is not None and (
        not kind.supports_profile or (not kind.supports_gray and profiles.is_gray_profile(icc))
    )
    return replace(_to_srgb(described) if must_convert else described, frames=frames)


def _describe_colors(kind: Format, image: Image) -> Image:
    """Replace the color space of an image with a profile if the format cannot store the color space."""
    icc = None if image.icc is None else profiles.validated(image.icc, is_gray=image.is_gray)
    space = image.color_space
    if space is None:
        return replace(image, icc=icc)
    if not formats.stores_color_space(kind, space):
        return replace(image, icc=profiles.profile_for_image(image), color_space=None)
    if kind.color_space == "any":
        return replace(image, icc=icc)
    lost = space.mastering_display is not None or space.light_level is not None
    sentence = N_("The HDR brightness metadata isn't kept, because {format} can't store it.")
    not_kept = (lazy_format(sentence, format=kind.title),) if lost else ()
    return replace(image, icc=None, not_kept=(*image.not_kept, *not_kept))  # a profile would take precedence


def _to_srgb(image: Image) -> Image:
    """Convert an image to sRGB and remove its color profile. An invalid profile is ignored."""
    icc = profiles.profile_for_image(image)
    srgb_image = replace(image, icc=None, color_space=None)
    if icc is None or icc == profiles.srgb_profile():
        return srgb_image
    converted = profiles.to_srgb(image.pixels, icc)
    if converted is None:
        return srgb_image
    return replace(srgb_image, pixels=converted, exif=exif.declare_srgb(image.exif), xmp=xmp.declare_srgb(image.xmp))


def _to_pil(image: Image) -> PIL.Image.Image:
    """Convert an 8-bit Image to a Pillow image in mode L, LA, RGB or RGBA, without its metadata."""
    if image.alpha is not None:
        return PIL.Image.fromarray(np.dstack([image.pixels, image.alpha]))
    pixels = image.pixels[:, :, 0] if image.is_gray else image.pixels
    return PIL.Image.fromarray(np.ascontiguousarray(pixels))


def _to_pil_frames(image: Image) -> list[PIL.Image.Image]:
    """Convert all frames to Pillow images. If one frame has an alpha channel, all of them get one."""
    frames = (image, *image.frames)
    if not _has_alpha(image):
        return [_to_pil(frame) for frame in frames]
    opaque = [np.full(frame.pixels.shape[:2], 255, np.uint8) for frame in frames]
    return [
        _to_pil(frame if frame.alpha is not None else frame.with_pixels(frame.pixels, alpha))
        for frame, alpha in zip(frames, opaque, strict=True)
    ]


def _animation_options(image: Image, images: list[PIL.Image.Image]) -> dict[str, Any]:
    """Return Pillow's save options for an animation; an empty dict for a still image.

    Parameters
    ----------
    image : image with the durations of its frames
    images : Pillow images of all frames
    """
    if not image.frames:
        return {}
    durations = [round(frame.duration_ms or 0) for frame in (image, *image.frames)]
    return {"save_all": True, "append_images": images[1:], "duration": durations}


def _metadata_options(image: Image, *fields: str) -> dict[str, Any]:
    """Return Pillow's save options for fields of an image, such as "exif". Empty fields are omitted."""
    names = {"icc": "icc_profile"}
    options = {names.get(field, field): getattr(image, field) for field in fields}
    return {name: value for name, value in options.items() if value}


def _png_text(image: Image) -> PngInfo:
    """Return the PNG text chunks for the XMP packet and the keyword-text pairs of an image."""
    info = PngInfo()
    if image.xmp:
        info.add_itxt(_XMP_TEXT, image.xmp.decode("utf-8", "replace"))
    for key, value in image.text:
        if isinstance(value, iTXt):
            info.add_itxt(key, value, value.lang or "", value.tkey or "")
        else:
            info.add_text(key, value)
    return info


def _write_png(image: Image, file: BinaryIO, options: OutputOptions) -> None:
    if image.frames:
        images = _to_pil_frames(image)
        animation = _animation_options(image, images) | {"loop": image.num_plays or 0, "blend": 0}
        metadata_options = _metadata_options(image, "icc", "exif", "dpi")
        encoded = BytesIO()
        images[0].save(encoded, "PNG", compress_type=_Z_RLE, pnginfo=_png_text(image), **metadata_options, **animation)
        color_chunks = png_color.chunks(image.color_space, has_profile=bool(image.icc))
        file.write(png_writing.insert_chunks(encoded.getvalue(), color_chunks))
        return
    samples = image.pixels if image.alpha is None else np.dstack([image.pixels, image.alpha])
    png_writing.write(samples, file, _png_chunks(image))


def _png_chunks(image: Image) -> list[png_writing.Chunk]:
    """Return the PNG chunks for the color space and the metadata of an image."""
    chunks = png_color.chunks(image.color_space, has_profile=bool(image.icc))
    if image.icc:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(image.icc)))
    if image.dpi:
        per_meter = [round(dots / 0.0254) for dots in image.dpi]
        chunks.append((b"pHYs", struct.pack(">IIB", *per_meter, 1)))
    if image.exif:
        chunks.append((b"eXIf", image.exif.removeprefix(b"Exif\0\0")))
    return chunks + [(kind, body) for kind, body, *_ in _png_text(image).chunks]


def _write_jpeg(image: Image, file: BinaryIO, options: OutputOptions) -> None:
    metadata_options = _metadata_options(image, "icc", "exif", "dpi") | {"extra": _jpeg_segments(image)}
    _to_pil(image).save(file, "JPEG", quality=options.quality or 95, subsampling=0, **metadata_options)


def _jpeg_segments(image: Image) -> bytes:
    """Return the JPEG segments for the XMP packet, the Photoshop resources and the comments of an image."""
    segments = [(jpeg_segments.APP1, body) for body in (xmp.jpeg_segments(image.xmp) if image.xmp else ())]
    segments += [(jpeg_segments.APP13, body) for body in photoshop.jpeg_segments(image.photoshop or b"")]
    packed = [jpeg_segments.pack(marker, body) for marker, body in segments]
    return b"".join([*packed, *map(jpeg_segments.pack_comment, image.comments)])


def _write_webp(image: Image, file: BinaryIO, options: OutputOptions) -> None:
    images = _to_pil_frames(image)
    animation = _animation_options(image, images)
    if animation:
        animation |= {"loop": image.num_plays or 0}
    metadata_options = _metadata_options(_move_dpi_to_exif(image), "icc", "exif", "xmp")
    compression = {"lossless": True, "exact": True} if options.is_lossless else {"quality": options.quality or 90}
    images[0].save(file, "WEBP", **compression, **metadata_options, **animation)


def _write_avif(image: Image, file: BinaryIO, options: OutputOptions) -> None:
    metadata_options = _metadata_options(_move_dpi_to_exif(image), "icc", "exif", "xmp")
    encoded = BytesIO()
    _to_pil(image).save(encoded, "AVIF", quality=options.quality or 90, subsampling="4:4:4", **metadata_options)
    content, space = encoded.getvalue(), image.color_space
    if space is not None and space.code_points is not None:
        content = nclx.set_code_points(content, space.code_points)
    file.write(content)


def _move_dpi_to_exif(image: Image) -> Image:
    """Return a copy with the resolution in EXIF, for formats that have no other field for it."""
    return replace(image, exif=exif.set_dpi(image.exif, image.dpi)) if image.dpi else image


def _write_jxl(image: Image, file: BinaryIO, options: OutputOptions) -> None:
    jxl.write(_move_dpi_to_exif(image), file, quality=None if options.is_lossless else options.quality or 90)


def _write_bmp(image: Image, file: BinaryIO, options: OutputOptions) -> None:
    _to_pil(image).save(file, "BMP", dpi=image.dpi or (0, 0))


def _write_gif(image: Image, file: BinaryIO, options: OutputOptions) -> None:
    """Write a GIF with up to 256 dithered colors per frame. Alpha values below 128 become transparent."""
    images = [_to_palette(frame) for frame in (image, *image.frames)]
    animation = _animation_options(image, images)
    if image.num_plays != 1 and animation:
        animation["loop"] = (image.num_plays or 1) - 1  # repetitions after the first playback; 0 loops forever
    transparency = {"transparency": 0} if _has_alpha(image) else {}
    images[0].save(file, "GIF", disposal=2 if transparency else 1, optimize=False, **transparency, **animation)
    file.seek(-len(_GIF_TRAILER), SEEK_CUR)
    for comment in image.comments:
        file.write(_gif_comment(comment))
    file.write(_GIF_TRAILER)


def _gif_comment(text: str) -> bytes:
    """Return a GIF comment extension as bytes."""
    body = text.encode("utf-8", "replace")
    blocks = [body[start : start + 255] for start in range(0, len(body), 255)]
    return b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def _to_palette(frame: Image) -> PIL.Image.Image:
    """Convert a frame to at most 256 colors. If the frame has an alpha channel, color 0 is transparent."""
    if frame.alpha is None and frame.is_gray:
        return _to_pil(frame)
    rgb = PIL.Image.fromarray(np.ascontiguousarray(np.broadcast_to(frame.pixels, (*frame.pixels.shape[:2], 3))))
    quantized = rgb.quantize(_MAX_COLORS, dither=PIL.Image.Dither.FLOYDSTEINBERG)
    if frame.alpha is None:
        return quantized
    indices = np.asarray(quantized) + np.uint8(1)
    indices[frame.alpha < 128] = 0
    converted = PIL.Image.fromarray(indices, "P")
    converted.putpalette([0, 0, 0, *(quantized.getpalette() or [])])
    return converted


_WRITERS: dict[str, Callable[[Image, BinaryIO, OutputOptions], None]] = {
    "PNG": _write_png,
    "JPEG": _write_jpeg,
    "TIFF": tiff_writing.write,
    "WEBP": _write_webp,
    "AVIF": _write_avif,
    "JXL": _write_jxl,
    "BMP": _write_bmp,
    "GIF": _write_gif,
}

"""From a `Picture` to the bytes of a file, with all that the format has a place for."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo, iTXt

from engine.imaging.codecs import formats, metadata, opening, png_writing, profiles, tiff_writing
from engine.imaging.codecs.formats import Format, Frames, SaveOptions
from engine.imaging.color import Pixels, in_8_bits
from engine.imaging.image import Picture

_XMP_TEXT = "XML:com.adobe.xmp"
_RUN_LENGTHS = 3  # zlib's strategy: faster than level 4 on filtered photographs, and smaller
_MOST_COLOURS = 255  # of a GIF's frame, beside the transparent one


def encode(picture: Picture, name: str, file: BinaryIO, options: SaveOptions) -> None:
    """Encode into `file`; what the format cannot hold was refused, or is by `prepared`.

    Raises
    ------
    PictureUnwritable, and OSError or ValueError as codecs give them
    """
    kind = formats.format_for(name, options)
    with opening.unlimited(picture.width, picture.height):
        _WRITERS[kind.name](prepared(picture, name, options), file, options)


def prepared(picture: Picture, name: str, options: SaveOptions) -> Picture:
    """The picture as it goes into the file: its bits, its colours for the format, its metadata at its size.

    Raises
    ------
    PictureUnwritable
        For what would be lost.
    """
    kind = formats.format_for(name, options)
    made = _of_bits(_stripped(picture) if options.strip else picture, options.bits)
    formats.refuse_loss(name, kind, options, deep=made.bits > 8, alpha=_has_alpha(made), frames=frames_of(made))
    kept = {"exif": made.exif, "xmp": made.xmp, "dpi": made.dpi}
    formats.refuse_lost_metadata(name, kind, kept)
    made = _with_colours_for(kind, made)
    return replace(
        made,
        exif=metadata.sized_exif(made.exif, made.width, made.height),
        xmp=metadata.sized_xmp(made.xmp, made.width, made.height),
    )


def frames_of(picture: Picture) -> Frames | None:
    """What the further frames of a picture are."""
    if not picture.frames:
        return None
    return "animation" if picture.is_animation else "pages"


def _has_alpha(picture: Picture) -> bool:
    return any(frame.alpha is not None for frame in (picture, *picture.frames))


def _stripped(picture: Picture) -> Picture:
    """Nothing but pixels, which mean sRGB where nothing is said."""
    frames = tuple(_stripped(frame) for frame in picture.frames)
    in_srgb = _in_srgb(picture)
    return replace(in_srgb, exif=None, xmp=None, dpi=None, text=(), frames=frames)


def _of_bits(picture: Picture, bits: int | None) -> Picture:
    """The picture and its frames in 8 or 16 bits."""
    if bits is None:
        return picture
    frames = tuple(_of_bits(frame, bits) for frame in picture.frames)
    alpha = None if picture.alpha is None else _converted(picture.alpha, bits)
    return replace(picture.with_pixels(_converted(picture.pixels, bits), alpha), frames=frames)


def _converted(levels: Pixels, bits: int) -> Pixels:
    """Samples of 8 bits stretched to 16, or of 16 rounded to 8."""
    if levels.dtype.itemsize * 8 == bits:
        return levels
    if bits == 16:
        return levels.astype(np.uint16) * np.uint16(257)
    return in_8_bits(levels)


def _with_colours_for(kind: Format, picture: Picture) -> Picture:
    """In sRGB for a format that has no place for a profile, or for a gray one since its pixels are never gray."""
    frames = tuple(_with_colours_for(kind, frame) for frame in picture.frames)
    icc = picture.icc
    unfit = icc is not None and (not kind.profile or (not kind.gray and profiles.is_gray_profile(icc)))
    return replace(_in_srgb(picture) if unfit else picture, frames=frames)


def _in_srgb(picture: Picture) -> Picture:
    """The picture converted to sRGB, without a profile; a profile that cannot be used meant nothing."""
    if picture.icc is None or picture.icc == profiles.srgb():
        return replace(picture, icc=None)
    converted = profiles.to_srgb(picture.pixels, picture.icc)
    return replace(picture, icc=None, pixels=picture.pixels if converted is None else converted)


def _image(picture: Picture) -> Image.Image:
    """As a Pillow picture of 8 bits: L, LA, RGB or RGBA."""
    if picture.alpha is not None:
        return Image.fromarray(np.dstack([picture.pixels, picture.alpha]))
    pixels = picture.pixels[:, :, 0] if picture.is_gray else picture.pixels
    return Image.fromarray(np.ascontiguousarray(pixels))


def _frames(picture: Picture) -> list[Image.Image]:
    """All frames, every one with transparency if one has it."""
    frames = (picture, *picture.frames)
    if not _has_alpha(picture):
        return [_image(frame) for frame in frames]
    opaque = [np.full(frame.pixels.shape[:2], 255, np.uint8) for frame in frames]
    return [
        _image(frame if frame.alpha is not None else frame.with_pixels(frame.pixels, alpha))
        for frame, alpha in zip(frames, opaque, strict=True)
    ]


def _moving(picture: Picture, images: list[Image.Image]) -> dict[str, Any]:
    """What Pillow must know to write an animation; nothing for a still picture."""
    if not picture.frames:
        return {}
    durations = [round(frame.duration_ms or 0) for frame in (picture, *picture.frames)]
    return {"save_all": True, "append_images": images[1:], "duration": durations}


def _kept(picture: Picture, *fields: str) -> dict[str, Any]:
    """Pillow's options for metadata that is there."""
    names = {"icc": "icc_profile"}
    found = {names.get(field, field): getattr(picture, field) for field in fields}
    return {name: value for name, value in found.items() if value}


def _png_info(picture: Picture) -> PngInfo:
    """XMP and texts as chunks of a PNG."""
    info = PngInfo()
    if picture.xmp:
        info.add_itxt(_XMP_TEXT, picture.xmp.decode("utf-8", "replace"))
    for key, value in picture.text:
        if isinstance(value, iTXt):
            info.add_itxt(key, value, value.lang or "", value.tkey or "")
        else:
            info.add_text(key, value)
    return info


def _write_png(picture: Picture, file: BinaryIO, options: SaveOptions) -> None:
    if picture.frames:
        images = _frames(picture)
        moving = _moving(picture, images) | {"loop": picture.plays or 0, "blend": 0}
        kept = _kept(picture, "icc", "exif", "dpi")
        images[0].save(file, "PNG", compress_type=_RUN_LENGTHS, pnginfo=_png_info(picture), **kept, **moving)
        return
    samples = picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])
    png_writing.write(samples, file, _png_chunks(picture))


def _png_chunks(picture: Picture) -> list[png_writing.Chunk]:
    """All that comes with a picture, as chunks of a PNG."""
    chunks = []
    if picture.icc:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(picture.icc)))
    if picture.dpi:
        per_metre = [round(dots / 0.0254) for dots in picture.dpi]
        chunks.append((b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if picture.exif:
        chunks.append((b"eXIf", picture.exif.removeprefix(b"Exif\0\0")))
    return chunks + [(kind, body) for kind, body, *_ in _png_info(picture).chunks]


def _write_jpeg(picture: Picture, file: BinaryIO, options: SaveOptions) -> None:
    kept = _kept(picture, "icc", "exif", "xmp", "dpi")
    _image(picture).save(file, "JPEG", quality=options.quality or 95, subsampling=0, **kept)


def _write_webp(picture: Picture, file: BinaryIO, options: SaveOptions) -> None:
    images = _frames(picture)
    moving = _moving(picture, images)
    if moving:
        moving |= {"loop": picture.plays or 0}
    kept = _kept(_dpi_in_exif(picture), "icc", "exif", "xmp")
    how = {"lossless": True, "exact": True} if options.exact else {"quality": options.quality or 90}
    images[0].save(file, "WEBP", **how, **kept, **moving)


def _write_avif(picture: Picture, file: BinaryIO, options: SaveOptions) -> None:
    kept = _kept(_dpi_in_exif(picture), "icc", "exif", "xmp")
    _image(picture).save(file, "AVIF", quality=options.quality or 90, subsampling="4:4:4", **kept)


def _dpi_in_exif(picture: Picture) -> Picture:
    """For formats whose only place for a resolution is EXIF."""
    return replace(picture, exif=metadata.exif_with_dpi(picture.exif, picture.dpi)) if picture.dpi else picture


def _write_bmp(picture: Picture, file: BinaryIO, options: SaveOptions) -> None:
    _image(picture).save(file, "BMP", dpi=picture.dpi or (0, 0))


def _write_gif(picture: Picture, file: BinaryIO, options: SaveOptions) -> None:
    """256 colours a frame, chosen for it and dithered; transparency is on or off, from one half on."""
    images = [_with_palette(frame) for frame in (picture, *picture.frames)]
    moving = _moving(picture, images)
    if picture.plays != 1 and moving:
        moving["loop"] = (picture.plays or 1) - 1  # repeats after the first time; 0 is for ever
    see_through = {"transparency": 0} if _has_alpha(picture) else {}
    images[0].save(file, "GIF", disposal=2 if see_through else 1, optimize=False, **see_through, **moving)


def _with_palette(frame: Picture) -> Image.Image:
    """A frame in at most 256 colours; colour 0 is the transparent one where there is one."""
    if frame.alpha is None and frame.is_gray:
        return _image(frame)
    rgb = Image.fromarray(np.ascontiguousarray(np.broadcast_to(frame.pixels, (*frame.pixels.shape[:2], 3))))
    colours = rgb.quantize(_MOST_COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
    if frame.alpha is None:
        return colours
    places = np.asarray(colours) + np.uint8(1)
    places[frame.alpha < 128] = 0
    made = Image.fromarray(places, "P")
    made.putpalette([0, 0, 0, *(colours.getpalette() or [])])
    return made


_WRITERS: dict[str, Callable[[Picture, BinaryIO, SaveOptions], None]] = {
    "PNG": _write_png,
    "JPEG": _write_jpeg,
    "TIFF": tiff_writing.write,
    "WEBP": _write_webp,
    "AVIF": _write_avif,
    "BMP": _write_bmp,
    "GIF": _write_gif,
}

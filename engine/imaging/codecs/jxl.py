"""Read and write JPEG XL files.

The package imagecodecs codes the pixels. The package pillow-jxl-plugin reads what imagecodecs does not read: the color
profile, and the original JPEG file of a JPEG XL file that was made from one.
"""

import importlib
import os
from typing import Any, BinaryIO

import imagecodecs
import numpy as np

from engine.errors import ImageUnreadable, Message
from engine.imaging.codecs import exif, high_bit_depth, jxl_container, metadata, profiles, reasons, xmp
from engine.imaging.codecs.jxl_container import JxlFile
from engine.imaging.color import Pixels
from engine.imaging.color_space import ColorSpace
from engine.imaging.image import Image

_LOSSLESS_EFFORT = 3  # effort 7, libjxl's default, takes 10 to 20 times as long for files that are a tenth smaller
_LOSSLESS_QUALITY = 100
_LIBJXL_SRGB_GRAY = "Gra_D65_Per_SRG", "Gra_D65_Rel_SRG"  # libjxl's descriptions of gray images in sRGB
_LEVEL_10_BITS = 12  # samples of more bits need codestream level 10


def restore_jpeg(content: bytes) -> bytes | None:
    """Return the JPEG file from which a JPEG XL file was made; None if it cannot be restored."""
    decoded = _decode_with_plugin(content)
    return bytes(decoded[2]) if decoded is not None and decoded[0] else None


def read(content: bytes, file: JxlFile, file_name: str) -> tuple[Pixels, dict[str, Any]]:
    """Decode a still JPEG XL image whose size was checked. The image is upright.

    Parameters
    ----------
    content : bytes of the file
    file : its header and metadata
    file_name : file name for error messages

    Returns
    -------
    samples : (H, W) or (H, W, C) uint8 or uint16
        Gray or RGB, with an alpha channel if the file has one.
    fields : other arguments of `engine.imaging.image.Image`

    Raises
    ------
    ImageUnreadable
        If there are channels other than gray, RGB and alpha, or floats outside 0 to 1.
    RuntimeError
        From the codec, for damaged files.
    """
    header = file.header
    if header.extra_channels not in ((), (jxl_container.ALPHA,)):
        raise ImageUnreadable(name=file_name, reason=reasons.EXTRA_CHANNELS)
    samples = imagecodecs.jpegxl_decode(content, numthreads=os.cpu_count())
    samples = high_bit_depth.to_unsigned(samples, header.bits, file_name)
    if header.is_premultiplied:
        samples = _unpremultiply(samples)
    return samples, _metadata_fields(file) | _color_fields(content)


def _unpremultiply(samples: Pixels) -> Pixels:
    """Divide colors by the alpha channel, which is the last one."""
    top = np.iinfo(samples.dtype).max
    alpha = samples[:, :, -1:].astype(np.float32)
    colors = np.minimum(np.round(samples[:, :, :-1] * (top / np.maximum(alpha, 1))), top)
    return np.dstack([colors.astype(samples.dtype), samples[:, :, -1:]])


def _metadata_fields(file: JxlFile) -> dict[str, Any]:
    packet, parts = xmp.without_part_references(file.xmp)
    if file.has_gain_map:
        parts |= {"gain map"}
    not_kept: list[Message] = list(metadata.not_kept_messages(parts))
    if file.has_credentials:
        not_kept.append(metadata.CREDENTIALS_NOT_KEPT)
    return {
        "exif": exif.reset_orientation(file.exif),
        "xmp": xmp.reset_orientation(packet),
        "dpi": metadata.plausible_dpi(exif.dpi(file.exif)),
        "not_kept": tuple(not_kept),
    }


def _color_fields(content: bytes) -> dict[str, Any]:
    """Return the color profile or color space as Image fields, or an empty dict for sRGB."""
    decoded = _decode_with_plugin(content)
    icc = bytes(decoded[3]) if decoded is not None else b""
    if not icc:
        return {}
    code_points = profiles.code_points(icc)
    if code_points is not None:
        space = ColorSpace(*code_points)
        return {} if space.is_srgb else {"color_space": space}
    return {} if profiles.description(icc) in _LIBJXL_SRGB_GRAY else {"icc": icc}


def _decode_with_plugin(content: bytes) -> tuple[Any, ...] | None:
    """Decode a file with pillow-jxl-plugin.

    Return whether the file was made from a JPEG, its info, its pixels or JPEG, its profile, and its boxes.

    The result is None if the decoder fails.
    """
    package: Any = importlib.import_module("pillow_jxl")  # adds a format to Pillow
    decoder = package.Decoder(num_threads=os.cpu_count() or 1)
    try:
        return tuple(decoder(content))
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":  # raised by Rust code
            return None
        raise


def write(image: Image, file: BinaryIO, *, quality: int | None) -> None:
    """Write an image in sRGB as a JPEG XL file.

    Parameters
    ----------
    quality : from 1 to 100; None and 100 select lossless compression
    """
    is_lossless = quality is None or quality >= _LOSSLESS_QUALITY
    samples = image.pixels if image.alpha is None else np.dstack([image.pixels, image.alpha])
    samples = np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    threads = os.cpu_count()
    if not is_lossless and image.bits > 8:  # the encoder expects linear light of samples of more than 8 bits
        samples = _to_linear(samples, has_alpha=image.alpha is not None)
    if quality is None or is_lossless:
        encoded = imagecodecs.jpegxl_encode(samples, lossless=True, effort=_LOSSLESS_EFFORT, numthreads=threads)
    else:
        encoded = imagecodecs.jpegxl_encode(samples, distance=_distance(quality), numthreads=threads)
    codestream = jxl_container.codestream_of(bytes(encoded))
    if image.bits > 8:
        codestream = jxl_container.declare_srgb(codestream)
    level = 10 if image.bits > _LEVEL_10_BITS else 5
    file.write(jxl_container.build(codestream, image.exif, image.xmp, level=level))


def _to_linear(samples: Pixels, *, has_alpha: bool) -> Pixels:
    """Convert 16-bit samples from sRGB to linear light. The alpha channel stays as it is."""
    levels = np.arange(65536) / 65535
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    linear = np.round(light * 65535).astype(np.uint16)[samples]
    if has_alpha:
        linear[:, :, -1] = samples[:, :, -1]
    return linear


def _distance(quality: int) -> float:
    """Return the Butteraugli distance for a quality below 100, as cjxl does.

    References
    ----------
    libjxl 0.11, JxlEncoderDistanceFromQuality.
    """
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality**2 - 23 / 20 * quality + 25

"""Read and write JPEG XL files.

The package imagecodecs codes the pixels. The package pylibjxl returns what imagecodecs does not: the color profile,
and the original JPEG file of a JPEG XL file that was made from one.
"""

import importlib
import os
from typing import Any, BinaryIO

import imagecodecs
import numpy as np

from engine.errors import N_, ImageUnreadable, Message
from engine.imaging.codecs import exif, high_bit_depth, jxl_container, metadata, profiles, reasons, xmp
from engine.imaging.codecs.jxl_container import JxlFile, JxlHeader
from engine.imaging.color import Pixels
from engine.imaging.image import Image

_LOSSLESS_EFFORT = 3  # effort 7, libjxl's default, takes 10 to 20 times as long for files that are a tenth smaller
_LOSSLESS_QUALITY = 100
_LEVEL_10_BITS = 12  # samples of more bits need codestream level 10


def restore_jpeg(content: bytes) -> bytes | None:
    """Return the JPEG file from which a JPEG XL file was made; None if it cannot be restored."""
    try:
        return bytes(_pylibjxl().jxl_to_jpeg(content))
    except RuntimeError:
        return None


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
        If there are channels other than gray, RGB and alpha, or floats outside 0 to 1, or if a lossy file has a
        color profile.
    RuntimeError
        From the codec, for damaged files.
    """
    header = file.header
    if header.extra_channels not in ((), (jxl_container.ALPHA,)):
        raise ImageUnreadable(name=file_name, reason=reasons.EXTRA_CHANNELS)
    if header.has_profile and header.is_xyb:  # the decoder returns linear light, with too few levels in 8 bits
        reason = N_("Lossy JPEG XL images with a color profile aren't supported. Convert the image to PNG.")
        raise ImageUnreadable(name=file_name, reason=reason)
    samples = imagecodecs.jpegxl_decode(content, numthreads=os.cpu_count())
    samples = high_bit_depth.to_unsigned(samples, header.bits, file_name)
    if header.is_premultiplied:
        samples = _unpremultiply(samples)
    return samples, _metadata_fields(file) | _color_fields(content, header)


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


def _color_fields(content: bytes, header: JxlHeader) -> dict[str, Any]:
    """Return the color profile or color space as Image fields, or an empty dict for sRGB."""
    space = header.color_space
    if space is not None:
        has_code_points = space.code_points is not None or space.transfer is None
        return {"color_space": space} if has_code_points else {"icc": profiles.from_color_space(space, is_gray=False)}
    if not header.has_profile:
        return {}
    try:
        _pixels, stored = _pylibjxl().decode(content, metadata=True)
    except RuntimeError:
        return {}
    return {"icc": bytes(stored["icc"])} if stored.get("icc") else {}


def _pylibjxl() -> Any:
    return importlib.import_module("pylibjxl")


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

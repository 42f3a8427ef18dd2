"""Read the metadata of images that Pillow has opened, and of JPEG files."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import PIL.Image

from engine.errors import N_, Message
from engine.imaging.codecs import exif, jpeg_segments, photoshop, xmp

_XMP_TEXT = "XML:com.adobe.xmp"
_EXIF_TEXT = "Raw profile type exif"  # ImageMagick stores the metadata of other formats in PNG text chunks
_PHOTOSHOP_TEXTS = ("Raw profile type iptc", "Raw profile type 8bim")
_PARTS: dict[xmp.ReferencedPart, Message] = {
    "gain map": N_("The HDR gain map isn't kept."),
    "video": N_("The video of the motion photo isn't kept."),
    "image": N_("Additional images in the file aren't kept."),
    "extension": N_("Part of the XMP metadata is missing from the file."),
}
CREDENTIALS_NOT_KEPT = N_("Content credentials aren't kept, because they are valid only for the unchanged image.")
PIXEL_ASPECT_NOT_KEPT = N_("The pixel aspect ratio isn't kept. The result has square pixels.")


def read_orientation(exif_block: bytes | None, xmp_packet: bytes | None) -> int:
    """Return the EXIF orientation, from 1 (upright) to 8. XMP is used only if EXIF has no orientation."""
    return exif.orientation(exif_block) or xmp.orientation(xmp_packet) or 1


def read_image_orientation(image: PIL.Image.Image) -> int:
    """Return the EXIF orientation of an opened image.

    It is always 1 for HEIC, because the decoder already rotates these images upright.
    """
    return 1 if image.format == "HEIF" else read_orientation(*_raw_metadata(image))


def _raw_metadata(image: PIL.Image.Image) -> tuple[bytes | None, bytes | None]:
    """Return the EXIF block and the XMP packet as stored in the file, with None for missing ones."""
    block = image.info.get("exif")
    if not block and _EXIF_TEXT in image.info:
        block = _raw_profile(str(image.info[_EXIF_TEXT]))
    packet = image.info.get("xmp") or image.info.get(_XMP_TEXT)
    return block or None, packet.encode() if isinstance(packet, str) else packet or None


def read_metadata(image: PIL.Image.Image, texts: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the metadata of an opened image as keyword arguments for `engine.imaging.image.Image`.

    The orientation in EXIF and XMP is reset to upright, so the caller must rotate the pixels.

    Parameters
    ----------
    texts : (keyword, text) of each PNG text chunk
    """
    block, packet = _raw_metadata(image)
    packet, parts = xmp.without_part_references(packet)
    resources = None
    kept = []
    for key, value in texts:
        if key in _PHOTOSHOP_TEXTS:
            resources = resources or photoshop.from_raw_profile(_raw_profile(value) or b"")
        elif key not in (_XMP_TEXT, _EXIF_TEXT):
            kept.append((key, value))
    return {
        "icc": image.info.get("icc_profile") or None,
        "exif": exif.reset_orientation(block),
        "xmp": xmp.reset_orientation(packet),
        "dpi": _dpi(image, block),
        "text": tuple(kept),
        "photoshop": resources,
        "not_kept": not_kept_messages(parts),
    }


def not_kept_messages(parts: Iterable[xmp.ReferencedPart]) -> tuple[Message, ...]:
    """Return a message for each part of a file that its XMP refers to but that is not kept."""
    return tuple(_PARTS[part] for part in sorted(parts))


def _raw_profile(text: str) -> bytes | None:
    """Decode a raw profile from a PNG text chunk, as written by ImageMagick; None if it is damaged."""
    with suppress(ValueError, IndexError):  # format: empty line, name, length, hexadecimal digits
        return bytes.fromhex("".join(text.split("\n")[3:])) or None
    return None


def read_jpeg_metadata(content: bytes) -> dict[str, Any]:
    """Return the metadata of a JPEG file that Pillow does not read.

    Returns
    -------
    Keyword arguments "xmp", "photoshop", "comments" and "not_kept" for `engine.imaging.image.Image`.
    """
    file = jpeg_segments.parse(content)
    extension = xmp.joined_extension(file.xmp or b"", file.extensions)
    merged = xmp.merge_extension(file.xmp, extension) if file.xmp and extension else None
    packet, parts = xmp.without_part_references(merged or file.xmp)
    if file.has_gain_map:
        parts |= {"gain map"}
    if file.num_images > 1 and "gain map" not in parts:  # the gain map is one of the images
        parts |= {"image"}
    sentences = list(not_kept_messages(parts))
    if file.has_content_credentials:
        sentences.append(CREDENTIALS_NOT_KEPT)
    if file.pixel_density:
        sentences.append(PIXEL_ASPECT_NOT_KEPT)
    if file.has_other_data:
        sentences.append(N_("Unrecognized data that a camera or another program added isn't kept."))
    return {
        "xmp": xmp.reset_orientation(packet),
        "photoshop": photoshop.without_thumbnails(file.resources) if file.resources else None,
        "comments": decode_comments(file.comments),
        "not_kept": tuple(sentences),
    }


def decode_comments(comments: Iterable[bytes]) -> tuple[str, ...]:
    """Decode comments as UTF-8, or as Latin-1 if they are not valid UTF-8. Empty comments are omitted."""
    texts = []
    for comment in comments:
        try:
            texts.append(comment.decode().rstrip("\0"))
        except UnicodeDecodeError:
            texts.append(comment.decode("latin-1").rstrip("\0"))
    return tuple(text for text in texts if text)


def _dpi(image: PIL.Image.Image, block: bytes | None) -> tuple[float, float] | None:
    """Return the (horizontal, vertical) dots per inch of an image; None if unknown or implausible.

    The resolution field of the format takes precedence over EXIF.
    """
    dpi = image.info.get("dpi")
    if not dpi and image.format in ("WEBP", "AVIF", "PNG", "HEIF"):
        dpi = exif.dpi(block)
    return plausible_dpi(dpi)


def plausible_dpi(dpi: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return a resolution in dots per inch; None if it is missing or implausible."""
    if not dpi:
        return None
    across, down = (float(dots) for dots in dpi)
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None

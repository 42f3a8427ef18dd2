"""Check before a batch which results cannot be saved, without upscaling the images."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from engine.batch import sources
from engine.batch.planning import BatchItem
from engine.batch.request import BatchRequest
from engine.errors import EngineError, ImageUnwritable, InvalidSetting
from engine.imaging.codecs import encoding, formats, opening
from engine.imaging.codecs.formats import OutputOptions

_MAX_DECODED_PX = 50_000_000  # larger images are not decoded for the check
_OPAQUE_MODES = ("1", "L", "RGB", "CMYK", "YCbCr")  # Pillow's modes without an alpha channel, with 8 bits


@dataclass(frozen=True)
class UnsavableItem:
    """An image whose result cannot be saved.

    Attributes
    ----------
    index : index of the image in the plan
    error : ImageUnwritable or InvalidSetting
    """

    index: int
    error: EngineError


def find_unsavable(
    request: BatchRequest, items: Sequence[BatchItem], max_decoded: int | None = None
) -> Generator[UnsavableItem | None, object, None]:
    """Check whether the result of each queued image can be saved in its size and format.

    Images that cannot be read are ignored. Their error is reported when they are processed.

    Parameters
    ----------
    items : all images of the plan
    max_decoded : number of images to decode, or None for no limit. The header of an image is often sufficient

    Yields
    ------
    For each queued image, UnsavableItem, or None if no problem was found.
    """
    decoded = 0
    for index, item in enumerate(items):
        if item.state != "queued":
            continue
        try:
            factor, needs_pixels = _read_header(request, item)
            if needs_pixels and (max_decoded is None or decoded < max_decoded):
                decoded += 1
                options = request.save_options(item.file.source)
                encoding.check_storable(sources.read_image(item), item.output.name, options, factor)
            yield None
        except (ImageUnwritable, InvalidSetting) as error:
            yield UnsavableItem(index, error)
        except Exception:  # codecs raise exceptions of any type; the error is reported when the image is read
            yield None


def _read_header(request: BatchRequest, item: BatchItem) -> tuple[float, bool]:
    """Return the scale factor of an image, and whether the check needs its pixels.

    Raises
    ------
    InvalidSetting
        The target size needs a scale factor that is not supported.
    ImageUnwritable
        The file extension of the result contradicts the format.
    OSError, SyntaxError, ValueError and others
        The file is not an image.
    """
    options = request.save_options(item.file.source)
    kind = formats.select_format(item.output.name, options)
    with opening.open_image(sources.open_source(item)) as image:
        width, height = image.size
        factor = request.upscale.scale_factor(height, width)
        if max(width, height) * factor > kind.max_side_px:
            return factor, True
        if width * height > _MAX_DECODED_PX:
            return factor, False
        is_same_format = image.format == kind.name and not _restricts(options)
        is_plain = image.mode in _OPAQUE_MODES and "transparency" not in image.info and image.format == "JPEG"
        return factor, not (is_same_format or (is_plain and not _restricts(options) and _stores_metadata(kind)))


def _restricts(options: OutputOptions) -> bool:
    """Return whether options can prevent an image from being saved in its own format."""
    return options.strip or options.bits is not None or bool(options.lossless)


def _stores_metadata(kind: formats.Format) -> bool:
    """Return whether a format can store the metadata of any JPEG file."""
    return {"exif", "xmp", "dpi"} <= kind.metadata and kind.max_exif_bytes >= formats.WRITABLE[".jpg"].max_exif_bytes

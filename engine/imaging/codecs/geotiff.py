"""Adapt the georeferencing tags of a GeoTIFF to a resized or cropped image.

The tags map pixel coordinates to map coordinates, so their values depend on the size and the origin of the image.

References
----------
OGC GeoTIFF Standard 1.1, sections 7.1 and 7.2.
"""

import struct
from contextlib import suppress

from engine.imaging.codecs import exif
from engine.imaging.codecs.exif import Tag

_PIXEL_SCALE, _TIE_POINTS, _TRANSFORMATION, _KEYS = 33_550, 33_922, 34_264, 34_735
_RASTER_TYPE_KEY, _PIXEL_IS_POINT = 1025, 2
_DOUBLE, _DOUBLE_BYTES = 12, 8


def scale_georeference(exif_block: bytes | None, scale_x: float, scale_y: float) -> bytes | None:
    """Return an EXIF block whose georeferencing tags are adapted to a resized image.

    Parameters
    ----------
    exif_block : EXIF block of the image before resizing, or None
    scale_x, scale_y : horizontal and vertical scale factors
    """
    if not exif_block or (scale_x, scale_y) == (1, 1):
        return exif_block
    with suppress(ValueError, struct.error):
        order, tags = exif.byte_order_and_tags(exif_block)
        # Integer coordinates denote either the center or the upper left corner of a pixel.
        center = 0.5 if _is_pixel_point(tags, order) else 0.0
        scaled = [made for tag in tags if (made := _scale_tag(tag, order, (scale_x, scale_y), center)) is not None]
        return exif.add_tags(exif_block, scaled) if scaled else exif_block
    return exif_block


def shift_georeference(exif_block: bytes | None, left: int, top: int) -> bytes | None:
    """Return an EXIF block whose georeferencing tags are adapted to a cropped image.

    Parameters
    ----------
    exif_block : EXIF block of the image before cropping, or None
    left, top : number of columns and rows that were removed at the left and at the top
    """
    if not exif_block or (left, top) == (0, 0):
        return exif_block
    with suppress(ValueError, struct.error):
        order, tags = exif.byte_order_and_tags(exif_block)
        shifted = [made for tag in tags if (made := _shift_tag(tag, order, (left, top))) is not None]
        return exif.add_tags(exif_block, shifted) if shifted else exif_block
    return exif_block


def _shift_tag(tag: Tag, order: str, offsets: tuple[int, int]) -> Tag | None:
    """Return a tag for a cropped image; None if the tag needs no change."""
    if tag.kind != _DOUBLE or len(tag.value) != _DOUBLE_BYTES * tag.count:
        return None
    values = list(struct.unpack(f"{order}{tag.count}d", tag.value))
    if tag.number == _TIE_POINTS and tag.count % 6 == 0:
        for at in range(0, tag.count, 6):
            values[at : at + 2] = [value - offset for value, offset in zip(values[at : at + 2], offsets, strict=True)]
    elif tag.number == _TRANSFORMATION and tag.count == 16:
        for row in range(0, 12, 4):
            values[row + 3] += sum(values[row + column] * offset for column, offset in enumerate(offsets))
    else:
        return None
    return Tag(tag.number, _DOUBLE, tag.count, struct.pack(f"{order}{tag.count}d", *values))


def _scale_tag(tag: Tag, order: str, factors: tuple[float, float], center: float) -> Tag | None:
    """Return a tag with scaled values; None if the tag needs no change."""
    if tag.kind != _DOUBLE or len(tag.value) != _DOUBLE_BYTES * tag.count:
        return None
    values = list(struct.unpack(f"{order}{tag.count}d", tag.value))
    if tag.number == _PIXEL_SCALE and tag.count >= 2:
        values[:2] = values[0] / factors[0], values[1] / factors[1]
    elif tag.number == _TIE_POINTS and tag.count % 6 == 0:
        for at in range(0, tag.count, 6):
            values[at : at + 2] = [
                (value + center) * factor - center for value, factor in zip(values[at : at + 2], factors, strict=True)
            ]
    elif tag.number == _TRANSFORMATION and tag.count == 16:
        for row in range(0, 12, 4):
            for column, factor in enumerate(factors):
                values[row + 3] += values[row + column] * (center / factor - center)
                values[row + column] /= factor
    else:
        return None
    return Tag(tag.number, _DOUBLE, tag.count, struct.pack(f"{order}{tag.count}d", *values))


def _is_pixel_point(tags: tuple[Tag, ...], order: str) -> bool:
    """Return whether integer coordinates denote pixel centers (GTRasterTypeGeoKey is RasterPixelIsPoint)."""
    for tag in tags:
        if tag.number == _KEYS and tag.kind == exif.SHORT:
            keys = struct.unpack(f"{order}{len(tag.value) // 2}H", tag.value)
            entries = zip(keys[4::4], keys[7::4], strict=False)
            return (_RASTER_TYPE_KEY, _PIXEL_IS_POINT) in entries
    return False

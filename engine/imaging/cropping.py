"""Cropping of decoded images, including their alpha channel, frames and georeference."""

from dataclasses import replace

import numpy as np

from engine.imaging.codecs import geotiff
from engine.imaging.image import Image
from engine.imaging.tiles import Rect


def crop(image: Image, region: Rect) -> Image:
    """Return a region of an image, with the metadata of the image.

    Frames of an animation are cropped, too. Pages after the first one are dropped, because the region belongs to the
    first page.

    Parameters
    ----------
    region : region in px, which must be inside the image and must not be empty
    """
    pixels = np.ascontiguousarray(image.pixels[region.slices])
    alpha = None if image.alpha is None else np.ascontiguousarray(image.alpha[region.slices])
    frames = tuple(crop(frame, region) for frame in image.frames) if image.is_animation else ()
    exif = geotiff.shift_georeference(image.exif, region.left, region.top)
    return replace(image.with_pixels(pixels, alpha), exif=exif, frames=frames)

"""Cropping of images: pixels, alpha channel, frames and metadata."""

import numpy as np

from engine.imaging.cropping import crop
from engine.imaging.image import Image
from engine.imaging.tiles import Rect

PIXELS = np.arange(10 * 20 * 3, dtype=np.uint8).reshape(10, 20, 3)
ALPHA = np.arange(10 * 20, dtype=np.uint8).reshape(10, 20)
REGION = Rect(2, 5, 4, 6)


def test_pixels_and_alpha_of_the_region_are_kept():
    cropped = crop(Image(PIXELS, ALPHA, jpeg_quality=80, dpi=(72.0, 72.0)), REGION)
    assert np.array_equal(cropped.pixels, PIXELS[2:6, 5:11])
    assert cropped.alpha is not None
    assert np.array_equal(cropped.alpha, ALPHA[2:6, 5:11])
    assert (cropped.jpeg_quality, cropped.dpi) == (80, (72.0, 72.0))


def test_frames_of_an_animation_are_cropped_and_pages_are_dropped():
    frame = Image(PIXELS + 1, duration_ms=40.0)
    animation = crop(Image(PIXELS, frames=(frame,), duration_ms=40.0), REGION)
    assert np.array_equal(animation.frames[0].pixels, PIXELS[2:6, 5:11] + 1)
    assert crop(Image(PIXELS, frames=(Image(PIXELS[:4, :4]),)), REGION).frames == ()

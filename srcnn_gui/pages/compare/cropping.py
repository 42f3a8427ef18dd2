"""Region of an image that is upscaled alone, and of its ground truth. Does not use Qt."""

from math import ceil, floor

from engine.imaging.cropping import crop
from engine.imaging.image import Image
from engine.imaging.tiles import Rect


def region_of_image(selection: Rect, image: Image, result_size: tuple[int, int], *, simulate: bool) -> Rect:
    """Return the smallest region of an image, in px of the image, that contains the selected region.

    Parameters
    ----------
    selection : selected region, in px of the result
    image : image that is upscaled
    result_size : (height, width) of the result, in px
    simulate : whether the image is the ground truth, which has the pixels of the result
    """
    down, across = (1.0, 1.0) if simulate else (result_size[0] / image.height, result_size[1] / image.width)
    top, left = floor(selection.top / down), floor(selection.left / across)
    bottom = min(max(ceil(selection.bottom / down), top + 1), image.height)
    right = min(max(ceil(selection.right / across), left + 1), image.width)
    return Rect(top, left, bottom - top, right - left)


def crop_ground_truth(ground_truth: Image | None, image: Image, region: Rect) -> Image | None:
    """Return the region of a ground truth file, or None if it has fractional pixels.

    Without a ground truth, None is returned, too.

    Parameters
    ----------
    ground_truth : decoded ground truth file, or None
    image : image that is upscaled
    region : region in px of `image`
    """
    if ground_truth is None:
        return None
    factor = round(ground_truth.width / image.width)
    scaled = Rect(region.top * factor, region.left * factor, region.height * factor, region.width * factor)
    exact = (ground_truth.height, ground_truth.width) == (image.height * factor, image.width * factor)
    return crop(ground_truth, scaled) if exact else None

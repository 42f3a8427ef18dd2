"""PNG files of our own making: other programs read them as they were meant, and they are small enough."""

from io import BytesIO

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from engine.imaging.codecs import png_writing

SHAPES = [(1, 1, 1), (1, 7, 3), (15, 5, 2), (16, 64, 4), (33, 3, 3), (130, 201, 3)]


def _file(samples, chunks=()):
    buffer = BytesIO()
    png_writing.write(samples, buffer, list(chunks))
    return buffer.getvalue()


@pytest.mark.parametrize("at_once", [0, 1 << 20], ids=["in parts", "at once"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", SHAPES)
def test_libpng_reads_back_every_sample(shape, dtype, at_once, monkeypatch):
    monkeypatch.setattr(png_writing, "_AT_ONCE", at_once)
    noise = np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)
    smooth = cv2.blur(noise, (9, 9)).reshape(shape)
    for samples in (noise, smooth):
        again = imagecodecs.png_decode(_file(samples))
        np.testing.assert_array_equal(again.reshape(shape), samples)


def test_every_neighbour_is_predicted_as_the_standard_says():
    """Paeth's predictor, written out as in section 9.4, for all combinations of a coarse grid and near ties."""
    values = np.array([0, 1, 2, 3, 64, 65, 127, 128, 129, 200, 254, 255])
    left, above, corner = (one.ravel().astype(np.int64) for one in np.meshgrid(values, values, values))
    guess = left + above - corner
    apart = [np.abs(guess - one) for one in (left, above, corner)]
    wanted = np.where(
        (apart[0] <= apart[1]) & (apart[0] <= apart[2]), left, np.where(apart[1] <= apart[2], above, corner)
    )
    found = png_writing._predicted(*(one.astype(np.uint8).reshape(1, -1) for one in (left, above, corner)))
    np.testing.assert_array_equal(found[0], wanted)


def test_a_photograph_is_at_most_a_tenth_larger_than_libpng_makes_it(texture):
    samples = cv2.resize(texture(200, 200), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    buffer = BytesIO()
    Image.fromarray(samples).save(buffer, "PNG")
    assert len(_file(samples)) < 1.1 * len(buffer.getvalue())


def test_chunks_come_before_the_pixels():
    made = _file(np.zeros((2, 2, 3), np.uint8), [(b"pHYs", bytes(9))])
    assert 0 < made.index(b"pHYs") < made.index(b"IDAT")
    with Image.open(BytesIO(made)) as image:
        image.verify()

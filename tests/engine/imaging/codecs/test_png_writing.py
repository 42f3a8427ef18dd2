"""The PNG encoder: other decoders can read its files, and the files are small."""

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


@pytest.mark.parametrize("max_one_shot_bytes", [0, 1 << 20], ids=["in parts", "at once"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", SHAPES)
def test_libpng_reads_back_every_sample(shape, dtype, max_one_shot_bytes, monkeypatch):
    monkeypatch.setattr(png_writing, "_MAX_ONE_SHOT_BYTES", max_one_shot_bytes)
    noise = np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)
    smooth = cv2.blur(noise, (9, 9)).reshape(shape)
    for samples in (noise, smooth):
        again = imagecodecs.png_decode(_file(samples))
        np.testing.assert_array_equal(again.reshape(shape), samples)


def test_paeth_predictor_follows_the_standard():
    """Compare with section 9.4 of the PNG standard, on a coarse grid of values and near ties."""
    values = np.array([0, 1, 2, 3, 64, 65, 127, 128, 129, 200, 254, 255])
    left, above, corner = (one.ravel().astype(np.int64) for one in np.meshgrid(values, values, values))
    guess = left + above - corner
    to_left, to_above, to_corner = (np.abs(guess - neighbor) for neighbor in (left, above, corner))
    above_or_corner = np.where(to_above <= to_corner, above, corner)
    expected = np.where((to_left <= to_above) & (to_left <= to_corner), left, above_or_corner)
    predicted = png_writing._paeth_predictor(*(one.astype(np.uint8).reshape(1, -1) for one in (left, above, corner)))
    np.testing.assert_array_equal(predicted[0], expected)


def test_photograph_is_at_most_10_percent_larger_than_with_libpng(texture):
    samples = cv2.resize(texture(200, 200), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    buffer = BytesIO()
    Image.fromarray(samples).save(buffer, "PNG")
    assert len(_file(samples)) < 1.1 * len(buffer.getvalue())


def test_chunks_come_before_the_pixels():
    result = _file(np.zeros((2, 2, 3), np.uint8), [(b"pHYs", bytes(9))])
    assert 0 < result.index(b"pHYs") < result.index(b"IDAT")
    with Image.open(BytesIO(result)) as image:
        image.verify()

"""Pillow's pixel limit is lifted for the files of the engine and restored afterwards."""

import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from engine.batch.listing import read_image_size
from engine.imaging import comparison
from engine.imaging.codecs import image_files, opening
from engine.imaging.codecs.image_files import Image
from engine.imaging.codecs.thumbnails import read_thumbnail
from tests import corpus

LOW_LIMIT = 200  # pixels, under every image here


@pytest.fixture(autouse=True)
def low_pixel_limit(monkeypatch):
    """Set a low pixel limit, as a host program may.

    Pillow warns above it, and raises an error above twice as much.
    """
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", LOW_LIMIT)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.gif", "a.tif", "a.avif"])
def test_image_over_the_host_limit_is_read_written_and_verified(name, tmp_path):
    image = Image(corpus.texture(3))
    image_files.write(image, tmp_path / name)
    assert image_files.read(tmp_path / name).pixels.shape == image.pixels.shape
    assert read_image_size(tmp_path / name) == (image.width, image.height)
    assert read_thumbnail(tmp_path / name, 20, 20).shape[2] == 3
    assert PIL.Image.MAX_IMAGE_PIXELS == LOW_LIMIT


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp"])
def test_animation_over_the_host_limit_is_read_written_and_verified(name, tmp_path):
    frames = corpus.images_by_mode()["animation"]
    image_files.write(frames, tmp_path / name)
    assert len(image_files.read(tmp_path / name).frames) == len(frames.frames)
    assert PIL.Image.MAX_IMAGE_PIXELS == LOW_LIMIT


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.apng"])
def test_animated_comparison_over_the_host_limit_is_written(name, tmp_path):
    other = corpus.texture(3)[::-1].copy()
    comparison.write([("one", corpus.texture(3)), ("other", other)], tmp_path / name)
    assert read_image_size(tmp_path / name) is not None
    assert PIL.Image.MAX_IMAGE_PIXELS == LOW_LIMIT


def test_icon_is_read(tmp_path):
    PIL.Image.fromarray(corpus.texture(3)).resize((64, 64)).save(tmp_path / "a.ico", sizes=[(64, 64)])
    assert image_files.read(tmp_path / "a.ico").width == 64


def test_damaged_file_restores_the_limit(tmp_path):
    for content in (b"", b"no image", corpus.encode_image(Image(corpus.texture(3)), "a.png")[:300]):
        with pytest.raises(image_files.ImageUnreadable):
            image_files.decode(content, "a.png")
        assert PIL.Image.MAX_IMAGE_PIXELS == LOW_LIMIT


def test_last_thread_restores_the_limit():
    content = corpus.encode_image(Image(corpus.texture(3)), "a.gif")
    together = threading.Barrier(8)

    def decode(_number):
        together.wait()
        return [image_files.decode(content, "a.gif").width for _ in range(50)]

    with ThreadPoolExecutor(8) as threads:
        widths = list(threads.map(decode, range(8)))
    assert {width for one in widths for width in one} == {corpus.WIDTH}
    assert PIL.Image.MAX_IMAGE_PIXELS == LOW_LIMIT


def test_closing_one_file_keeps_the_limit_lifted_for_another():
    """Two files exceed the limit, and the first is closed before the second is decoded."""
    buffer = BytesIO()
    PIL.Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(buffer, "GIF")
    with opening.open_image(BytesIO(buffer.getvalue())) as second:
        with opening.open_image(BytesIO(buffer.getvalue())) as first:
            first.load()
        second.load()
        assert PIL.Image.MAX_IMAGE_PIXELS is None
    assert PIL.Image.MAX_IMAGE_PIXELS == LOW_LIMIT


def test_small_image_is_decoded_under_the_host_limit():
    buffer = BytesIO()
    PIL.Image.new("L", (10, 10)).save(buffer, "PNG")
    with opening.open_image(BytesIO(buffer.getvalue())):
        assert PIL.Image.MAX_IMAGE_PIXELS == LOW_LIMIT


def test_host_without_a_limit_keeps_none(monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", None)
    image_files.decode(corpus.encode_image(Image(corpus.texture(3)), "a.png"), "a.png")
    assert PIL.Image.MAX_IMAGE_PIXELS is None

"""Pillow's limit on pixels is the host program's: it is lifted for what is read here, and put back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from benchmarks import corpus
from engine.batch.listing import size_of
from engine.imaging import comparison
from engine.imaging.codecs import image_files, opening
from engine.imaging.codecs.image_files import Picture
from engine.imaging.codecs.thumbnails import thumbnail

LOW = 200  # pixels, under every image here


@pytest.fixture(autouse=True)
def low_limit(monkeypatch):
    """A host that accepts small images only: Pillow warns over its limit, and refuses over twice that."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", LOW)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.gif", "a.tif", "a.avif"])
def test_an_image_over_the_hosts_limit_is_read_written_and_confirmed(name, tmp_path):
    picture = Picture(corpus.texture(3))
    image_files.write(picture, tmp_path / name)
    assert image_files.read(tmp_path / name).pixels.shape == picture.pixels.shape
    assert size_of(tmp_path / name) == (picture.width, picture.height)
    assert thumbnail(tmp_path / name, 20, 20).shape[2] == 3
    assert Image.MAX_IMAGE_PIXELS == LOW


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp"])
def test_so_are_all_frames_of_an_animation(name, tmp_path):
    frames = corpus.modes()["animation"]
    image_files.write(frames, tmp_path / name)
    assert len(image_files.read(tmp_path / name).frames) == len(frames.frames)
    assert Image.MAX_IMAGE_PIXELS == LOW


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.apng"])
def test_a_comparison_in_turn_is_written(name, tmp_path):
    other = corpus.texture(3)[::-1].copy()
    comparison.write([("one", corpus.texture(3)), ("other", other)], tmp_path / name)
    assert size_of(tmp_path / name) is not None
    assert Image.MAX_IMAGE_PIXELS == LOW


def test_an_icon_is_read(tmp_path):
    Image.fromarray(corpus.texture(3)).resize((64, 64)).save(tmp_path / "a.ico", sizes=[(64, 64)])
    assert image_files.read(tmp_path / "a.ico").width == 64


def test_a_file_that_is_damaged_leaves_the_limit_as_it_was(tmp_path):
    for content in (b"", b"no image", corpus.file_of(Picture(corpus.texture(3)), "a.png")[:300]):
        with pytest.raises(image_files.PictureUnreadable):
            image_files.decode(content, "a.png")
        assert Image.MAX_IMAGE_PIXELS == LOW


def test_several_threads_lift_it_and_the_last_puts_it_back():
    content = corpus.file_of(Picture(corpus.texture(3)), "a.gif")
    together = threading.Barrier(8)

    def decode(_number):
        together.wait()
        return [image_files.decode(content, "a.gif").width for _ in range(50)]

    with ThreadPoolExecutor(8) as threads:
        widths = list(threads.map(decode, range(8)))
    assert {width for one in widths for width in one} == {corpus.WIDTH}
    assert Image.MAX_IMAGE_PIXELS == LOW


def test_one_thread_that_is_done_does_not_stop_another():
    """Two files over the limit, the first closed while the second is still to be decoded."""
    buffer = BytesIO()
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(buffer, "GIF")
    with opening.opened(BytesIO(buffer.getvalue())) as second:
        with opening.opened(BytesIO(buffer.getvalue())) as first:
            first.load()
        second.load()
        assert Image.MAX_IMAGE_PIXELS is None
    assert Image.MAX_IMAGE_PIXELS == LOW


def test_a_small_image_is_decoded_under_the_hosts_limit():
    buffer = BytesIO()
    Image.new("L", (10, 10)).save(buffer, "PNG")
    with opening.opened(BytesIO(buffer.getvalue())):
        assert Image.MAX_IMAGE_PIXELS == LOW


def test_a_host_without_a_limit_keeps_none(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    image_files.decode(corpus.file_of(Picture(corpus.texture(3)), "a.png"), "a.png")
    assert Image.MAX_IMAGE_PIXELS is None

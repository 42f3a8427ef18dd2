"""Checks of size limits, memory and formats before upscaling, and round trips of all modes."""

from contextlib import nullcontext, suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ImageUnwritable, NoSpace, NotEnoughMemory, OutputTooLarge, WouldLoseData
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image, OutputOptions
from engine.system import memory
from engine.upscaling.job import upscale, upscale_file
from engine.upscaling.request import UpscaleRequest
from tests import corpus

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def request_for(tiny_model):
    def make(**options):
        return UpscaleRequest(tiny_model(arch="9-1-5", scale=2), "cpu", **{"compare": False} | options)

    return make


@pytest.fixture
def result_of(request_for, drive):
    return lambda image: drive(upscale(image, request_for()))[1].image


def badge(fill_color=(230, 40, 40), hidden=(0, 255, 0)):
    """Return a disc with a hard edge, whose transparent pixels have a different color, as in many files."""
    rows, columns = np.mgrid[:40, :40]
    disc = np.hypot(rows - 19.5, columns - 19.5) < 13
    pixels = np.where(disc[:, :, None], np.array(fill_color), np.array(hidden)).astype(np.uint8)
    return Image(pixels, (disc * 255).astype(np.uint8))


def animated(num_plays=3):
    frames = [
        replace(badge(fill_color), duration_ms=duration, num_plays=None)
        for fill_color, duration in (((230, 40, 40), 70.0), ((40, 40, 230), 110.0))
    ]
    return replace(badge((200, 200, 40)), frames=tuple(frames), duration_ms=40.0, num_plays=num_plays)


def flat_image(height, width, dtype=np.uint8, alpha=False):
    """Return an image of any size whose pixels share one value, so that it needs little memory."""
    pixels = np.broadcast_to(np.zeros((1, 1, 3), dtype), (height, width, 3))
    return Image(pixels, np.broadcast_to(np.zeros((1, 1), dtype), (height, width)) if alpha else None)


@pytest.mark.parametrize(
    ("image", "fits"),
    [
        (flat_image(13_300, 13_300), True),
        (flat_image(13_400, 13_400), False),
        (flat_image(9_400, 9_400, np.uint16), True),
        (flat_image(9_500, 9_500, np.uint16), False),
        (flat_image(11_500, 11_500, alpha=True), True),
        (flat_image(11_700, 11_700, alpha=True), False),
    ],
)
def test_result_over_2_gib_raises_before_upscaling(image, fits, request_for, monkeypatch, plain_sentence):
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    monkeypatch.setattr("engine.inference.device.select", lambda *_: pytest.fail("work began") if not fits else stop())

    def stop():
        raise StopIteration

    with pytest.raises(RuntimeError if fits else OutputTooLarge) as refused:
        next(upscale(image, request_for()))
    if not fits:
        plain_sentence(refused.value, str(2 * image.width), "megapixels")


def test_size_limit_includes_all_frames(request_for, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    still = flat_image(4000, 4000)
    with pytest.raises(OutputTooLarge):
        next(upscale(replace(still, frames=(still,) * 20), request_for()))


def test_insufficient_memory_raises_before_upscaling(request_for, monkeypatch, plain_sentence):
    monkeypatch.setattr(memory, "available_memory", lambda: 900_000_000)
    with pytest.raises(NotEnoughMemory) as refused:
        next(upscale(flat_image(8000, 8000), request_for()))
    plain_sentence(refused.value, "16000", "1024", "900")


def test_insufficient_disk_space_raises_before_upscaling(tmp_path, request_for, monkeypatch, plain_sentence, texture):
    image_files.write(Image(texture(300, 400)), tmp_path / "a.bmp")
    monkeypatch.setattr(memory, "free_disk_space", lambda _: 100_000)
    with pytest.raises(NoSpace) as refused:
        next(upscale_file(tmp_path / "a.bmp", tmp_path / "b.bmp", request_for()))
    plain_sentence(refused.value, "b.bmp", "MB")
    assert isinstance(refused.value, ImageUnwritable)


@pytest.mark.parametrize(
    ("image", "name", "save", "reason"),
    [
        (badge(), "b.jpg", OutputOptions(), "transparency"),
        (animated(), "b.tif", OutputOptions(), "animation"),
        (Image(np.zeros((4, 4, 3), np.uint16)), "b.webp", OutputOptions(), "16 bits"),
        (Image(np.zeros((4, 4, 3), np.uint8), exif=corpus.camera_exif()), "b.bmp", OutputOptions(), "EXIF"),
        (Image(np.zeros((4, 4, 3), np.uint8)), "b.jpg", OutputOptions(lossless=True), "lossy"),
    ],
)
def test_unsupported_content_raises_before_upscaling(image, name, save, reason, tmp_path, request_for, plain_sentence):
    source = tmp_path / ("a.png" if image.bits == 16 or not image.exif else "a.jpg")
    image_files.write(image, source)
    with pytest.raises(WouldLoseData) as refused:
        next(upscale_file(source, tmp_path / name, request_for(), save=save))
    plain_sentence(refused.value, name, reason)
    assert not (tmp_path / name).exists()


def test_webp_size_limit_raises_before_work(tmp_path, request_for):
    image_files.write(Image(np.zeros((1, 8200, 1), np.uint8)), tmp_path / "a.png")
    with pytest.raises(ImageUnwritable, match="size"):
        next(upscale_file(tmp_path / "a.png", tmp_path / "b.webp", request_for()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    channels=st.sampled_from([1, 3]),
    bits=st.sampled_from([8, 16]),
    see_through=st.booleans(),
    duration=st.sampled_from([None, 50.0]),
    frames=st.integers(0, 2),
    name=st.sampled_from(["a.png", "a.jpg", "a.tif", "a.webp", "a.avif", "a.jxl", "a.gif", "a.bmp"]),
)
def test_any_image_round_trips_through_file_or_raises(
    size, channels, bits, see_through, duration, frames, name, result_of
):
    rng, top, kind = np.random.default_rng(sum(size)), 2**bits - 1, np.dtype(f"u{bits // 8}")

    def one():
        opacity = rng.integers(0, top + 1, size).astype(kind) if see_through else None
        pixels = rng.integers(0, top + 1, (*size, channels)).astype(kind)
        return Image(pixels, opacity, duration_ms=duration if frames else None)

    image = replace(one(), frames=tuple(one() for _ in range(frames)), num_plays=0 if duration and frames else None)
    output = result_of(image)
    assert output.pixels.shape == (size[0] * 2, size[1] * 2, channels)
    assert output.pixels.dtype == kind
    refusals = (bits == 16, see_through, frames > 0)
    with suppress(WouldLoseData) if any(refusals) else nullcontext():
        again = image_files.decode(corpus.encode_image(output, name), name)
        assert_same(output, again, exact=name in ("a.png", "a.tif") and len(again.frames) == frames)


def assert_same(output, again, exact):
    """Assert that the image read from a file equals the written image, exactly if the format is lossless."""
    assert len(again.frames) <= len(output.frames)
    assert again.pixels.shape[:2] == output.pixels.shape[:2]
    if exact:
        for one, other in zip((output, *output.frames), (again, *again.frames), strict=True):
            np.testing.assert_array_equal(one.pixels, other.pixels)
            if other.alpha is not None:
                np.testing.assert_array_equal(one.alpha, other.alpha)
            else:
                assert one.alpha is None or one.alpha.min() == np.iinfo(one.alpha.dtype).max

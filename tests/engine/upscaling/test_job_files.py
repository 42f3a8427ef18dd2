"""Upscaling of alpha channels, 16 bits, frames, pages and color profiles."""

from dataclasses import replace
from itertools import pairwise

import imagecodecs
import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from engine.imaging import color
from engine.imaging.codecs import encoding, image_files
from engine.imaging.codecs.image_files import Image
from engine.imaging.resample import imresize
from engine.upscaling.events import FrameTileDone, ResamplingProgress, Started, TileDone
from engine.upscaling.job import upscale, upscale_file
from engine.upscaling.request import Target, UpscaleRequest
from tests import corpus

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def request_for(tiny_model):
    def make(**options):
        return UpscaleRequest(tiny_model(arch="9-1-5", scale=2), "cpu", **{"compare": False} | options)

    return make


@pytest.fixture
def result_of(request_for, drive):
    def run(image, **options):
        return drive(upscale(image, request_for(**options)))[1].image

    return run


def badge(fill_color=(230, 40, 40), hidden=(0, 255, 0)):
    """Return a disc with a hard edge, whose transparent pixels have a different color, as in many files."""
    rows, columns = np.mgrid[:40, :40]
    disc = np.hypot(rows - 19.5, columns - 19.5) < 13
    pixels = np.where(disc[:, :, None], np.array(fill_color), np.array(hidden)).astype(np.uint8)
    return Image(pixels, (disc * 255).astype(np.uint8))


def composite_over(image, level):
    """Composite an image over a gray level."""
    share = image.alpha[:, :, None] / np.iinfo(image.alpha.dtype).max
    return image.pixels * share + level * (1 - share)


@pytest.mark.parametrize("level", [0, 255])
def test_no_fringe_over_black_or_white(level, result_of):
    output = result_of(badge())
    composited = composite_over(output, level)
    alone = result_of(Image(np.full((40, 40, 3), (230, 40, 40), np.uint8))).pixels[0, 0]
    share = output.alpha[:, :, None] / 255
    assert np.abs(composited - (alone * share + level * (1 - share))).max() < 3


def test_without_bleeding_a_fringe_appears(result_of, monkeypatch):
    monkeypatch.setattr("engine.imaging.alpha.bleed_colors", lambda pixels, _alpha, _reach: pixels)
    greenest = (composite_over(result_of(badge()), 0)[:, :, 1] - 40).max()
    assert greenest > 30


@pytest.mark.parametrize("tile", [37, 64])
def test_tiling_does_not_change_images_with_alpha(tile, result_of, same_image):
    whole, tiled = result_of(badge(), tile=8192), result_of(badge(), tile=tile)
    same_image(tiled.pixels, whole.pixels)
    np.testing.assert_array_equal(tiled.alpha, whole.alpha)


def test_hidden_colors_do_not_affect_visible_pixels(result_of):
    one, other = (result_of(badge(hidden=hidden)) for hidden in ((0, 255, 0), (255, 0, 255)))
    seen = one.alpha > 0
    np.testing.assert_array_equal(one.pixels[seen], other.pixels[seen])


def test_alpha_has_the_size_of_the_result_in_simulations_too(result_of):
    assert result_of(badge(), target=Target(width=100)).alpha.shape == (100, 100)
    reduced = result_of(badge(), simulate=True)
    assert reduced.alpha.shape == reduced.pixels.shape[:2] == (40, 40)
    assert np.abs(reduced.alpha.astype(int) - badge().alpha).mean() < 12


def test_16_bit_ramp_keeps_levels_through_files(tmp_path, request_for, drive):
    ramp = np.linspace(0, 65535, 3 * 700).reshape(3, 700).astype(np.uint16)[:, :, None].repeat(3, axis=2)
    for name in ("ramp.png", "ramp.tif"):
        image_files.write(Image(ramp, ramp[:, :, 0]), tmp_path / name)
        drive(upscale_file(tmp_path / name, tmp_path / f"large {name}", request_for()))
        large = image_files.read(tmp_path / f"large {name}")
        assert large.pixels.dtype == large.alpha.dtype == np.uint16
        assert len(np.unique(large.pixels[:, :, 1])) > 1000
        assert len(np.unique(large.alpha)) > 1000


def animated(num_plays=3):
    frames = [
        replace(badge(fill_color), duration_ms=duration, num_plays=None)
        for fill_color, duration in (((230, 40, 40), 70.0), ((40, 40, 230), 110.0))
    ]
    return replace(badge((200, 200, 40)), frames=tuple(frames), duration_ms=40.0, num_plays=num_plays)


def test_frames_equal_separate_images(result_of):
    animation = animated()
    output = result_of(animation)
    assert (output.duration_ms, output.num_plays) == (40, 3)
    assert [frame.duration_ms for frame in output.frames] == [70, 110]
    for frame, source in zip((output, *output.frames), (animation, *animation.frames), strict=True):
        alone = result_of(replace(source, frames=()))
        np.testing.assert_array_equal(frame.pixels, alone.pixels)
        np.testing.assert_array_equal(frame.alpha, alone.alpha)


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
@pytest.mark.parametrize("plays", [0, 1, 5])
def test_animation_round_trips_through_file(name, plays, tmp_path, request_for, drive):
    image_files.write(animated(plays), tmp_path / name)
    drive(upscale_file(tmp_path / name, tmp_path / f"large {name}", request_for()))
    small, large = image_files.read(tmp_path / name), image_files.read(tmp_path / f"large {name}")
    assert small.num_plays == large.num_plays == plays
    assert [frame.duration_ms for frame in (large, *large.frames)] == [40, 70, 110]
    for one, other in zip((small, *small.frames), (large, *large.frames), strict=True):
        assert other.pixels.shape == (80, 80, 3)
        assert np.abs(other.pixels[40, 40].astype(int) - one.pixels[20, 20]).max() < 60  # untrained network
        assert (other.alpha[0, 0], other.alpha[40, 40]) == (0, 255)


def test_gif_disposal_is_applied():
    """Frame 2 covers a corner of frame 1, and is removed before frame 3."""
    frames = [PIL.Image.new("P", (8, 8), index) for index in (1, 2, 3)]
    for frame in frames:
        frame.putpalette([0, 0, 0, 250, 0, 0, 0, 250, 0, 0, 0, 250])
    frames[1].paste(0, (4, 0, 8, 8))
    frames[2].paste(0, (0, 0, 4, 8))
    content = corpus.encoded(
        frames[0], "GIF", save_all=True, append_images=frames[1:], transparency=0, disposal=[1, 3, 1], duration=100
    )
    read = image_files.decode(content, "a.gif")
    left, right = (0, 0), (0, 7)
    shown = [[tuple(frame.pixels[place]) for place in (left, right)] for frame in (read, *read.frames)]
    red, green, blue = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    assert shown == [[red, red], [green, red], [red, blue]]


def test_pages_of_any_size_and_mode_are_upscaled(tmp_path, request_for, drive, texture):
    pages = Image(texture(20, 30), frames=(Image(texture(9, 14, 1).astype(np.uint16) * 257), badge()))
    image_files.write(pages, tmp_path / "scan.tif")
    drive(upscale_file(tmp_path / "scan.tif", tmp_path / "large.tif", request_for()))
    output = image_files.read(tmp_path / "large.tif")
    assert [frame.pixels.shape for frame in (output, *output.frames)] == [(40, 60, 3), (18, 28, 1), (80, 80, 3)]
    assert [frame.bits for frame in (output, *output.frames)] == [8, 16, 8]
    assert output.frames[1].alpha is not None


def test_frames_have_separate_events_and_can_be_canceled(request_for):
    job = upscale(animated(), request_for(tile=64))
    events = list(job)
    kinds = [type(event) for event in events]
    assert kinds.count(Started) == 1
    last_tile = max(index for index, kind in enumerate(kinds) if kind is TileDone)
    further = [event for event in events[last_tile:] if isinstance(event, FrameTileDone)]
    assert {event.frame for event in further} == {2, 3}
    assert all(event.frames == 3 and event.done <= event.total for event in further)
    assert any(isinstance(event, ResamplingProgress) for event in events)
    job = upscale(animated(), request_for(tile=64))
    while not isinstance(next(job), FrameTileDone):
        pass
    job.close()
    assert list(job) == []


def test_simulation_uses_first_frame_only(result_of):
    assert result_of(animated(), simulate=True).frames == ()


def test_ground_truth_file_scores_first_frame_and_keeps_others(request_for, tmp_path, drive):
    image_files.write(animated(), tmp_path / "moving.gif")
    drive(upscale_file(tmp_path / "moving.gif", tmp_path / "plain.gif", request_for()))
    ground_truth = tmp_path / "truth.png"
    first = image_files.read(tmp_path / "plain.gif")
    image_files.write(replace(first, frames=(), alpha=None), ground_truth)
    scored = drive(upscale_file(tmp_path / "moving.gif", tmp_path / "scored.gif", request_for(), ground_truth))[1]
    assert scored.scores.keys() == {"bicubic", "model"}
    with PIL.Image.open(tmp_path / "scored.gif") as output, PIL.Image.open(tmp_path / "plain.gif") as plain:
        assert output.n_frames == plain.n_frames == 3


def lab(pixels, icc):
    """Return 8-bit RGB as CIE L*a*b* (D50), converted by Little CMS: (H, W, 3) float."""
    target = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return imagecodecs.cms_transform(
        pixels, icc, target, colorspace="rgb", outcolorspace="lab", outdtype=np.float32, flags=0x0100
    )


@pytest.mark.parametrize("profile", [corpus.display_p3, corpus.adobe_rgb])
@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.tif", "photo.webp"])
def test_wide_gamut_profile_and_colors_are_kept(profile, name, tmp_path, drive):
    from engine.models.weights import resolve

    rows, columns = np.mgrid[:60, :80] / 12
    planes = [np.sin(rows + shift) * np.cos(columns - shift) for shift in (0, 1.4, 2.6)]
    photo = color.quantize(0.5 + 0.42 * np.dstack(planes))
    icc = profile()
    image_files.write(Image(photo, icc=icc), tmp_path / name)
    request = UpscaleRequest(resolve(None, 2), "cpu", compare=False)
    drive(upscale_file(tmp_path / name, tmp_path / f"large {name}", request))
    output, source = image_files.read(tmp_path / f"large {name}"), image_files.read(tmp_path / name)
    assert output.icc == icc
    in_lab = np.asarray(imresize(lab(source.pixels, icc).astype(np.float64), factor=2))
    difference = np.linalg.norm(lab(output.pixels, icc) - in_lab, axis=2)
    assert difference.mean() < 1, "color-managed bicubic"
    as_srgb = np.linalg.norm(lab(output.pixels, imagecodecs.cms_profile("srgb")) - in_lab, axis=2)
    assert as_srgb.mean() > 2, "without its profile it would be another image"


def test_frames_are_distinguished_from_pages():
    assert encoding.frames_kind(animated()) == "animation"
    assert encoding.frames_kind(replace(badge(), frames=(badge(),))) == "pages"
    assert encoding.frames_kind(badge()) is None
    assert all(one.duration_ms != other.duration_ms for one, other in pairwise((animated(), *animated().frames)))

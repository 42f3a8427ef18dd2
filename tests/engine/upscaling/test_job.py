"""The upscale job: result, events, order of tiles, and simulation."""

import struct
from functools import partial

import numpy as np
import pytest

from engine.errors import ImageTooSmall
from engine.imaging import color, metrics
from engine.imaging.codecs import exif
from engine.imaging.codecs.image_files import Image
from engine.imaging.resample import imresize
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.upscaling import job as upscale_job
from engine.upscaling.events import Started, TileDone
from engine.upscaling.job import upscale
from engine.upscaling.request import UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def image(texture):
    return Image(texture(40, 52), icc=b"a profile", dpi=(72.0, 72.0))


@pytest.fixture
def request_for(tiny_model):
    def make(scale=2, **options):
        return UpscaleRequest(tiny_model(scale=scale), "cpu", **{"tile": 32} | options)

    return make


@pytest.fixture
def rendered_tiles(monkeypatch):
    """Return a list to which each rendered tile is added."""
    done, render = [], upscale_job.render_tile

    def counted(small, scale, tile, network, size, sharpness):
        done.append(tile)
        return render(small, scale, tile, network, size, sharpness)

    monkeypatch.setattr(upscale_job, "render_tile", counted)
    return done


def test_georeference_is_scaled(texture, request_for, drive):
    """On each page, the tag ModelPixelScale changes from 100 m to 50 m per pixel at x2."""
    stored = struct.pack("<3d", 100, 100, 0)
    tags = exif.pack_block([exif.Tag(33550, 12, 3, stored)], "<")
    image = Image(texture(20, 31), exif=tags, frames=(Image(texture(12, 10), exif=tags),))
    _, result = drive(upscale(image, request_for(2)))
    for made in (result.image, *result.image.frames):
        (tag,) = exif.byte_order_and_tags(made.exif)[1]
        assert struct.unpack("<3d", tag.value) == (50, 50, 0)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_result_has_expected_size_dtype_and_metadata(scale, channels, texture, request_for, drive):
    image = Image(texture(20, 31, channels), icc=b"a profile", dpi=(72.0, 72.0))
    _, result = drive(upscale(image, request_for(scale)))
    for output in (result.image, result.bicubic):
        assert output.pixels.shape == (20 * scale, 31 * scale, channels)
        assert output.pixels.dtype == np.uint8
        assert (output.icc, output.dpi) == (b"a profile", (72.0, 72.0))
    assert result.scores == {}
    assert result.seconds > 0


def test_bicubic_pane_equals_matlab(texture, request_for, drive):
    gray = texture(20, 31, 1)
    _, result = drive(upscale(Image(gray), request_for(3)))
    expected = color.quantize(imresize(gray[:, :, 0] / 255, (60, 93)))
    apart = np.abs(result.bicubic.pixels[:, :, 0].astype(np.int32) - expected)
    assert apart.max() <= 1
    assert np.count_nonzero(apart) <= 3


def test_model_upscales_luma_and_bicubic_upscales_chroma(image, request_for, drive):
    _, result = drive(upscale(image, request_for()))
    ours, plain = (color.rgb_to_ycbcr(output.pixels) for output in (result.image, result.bicubic))
    saturated = np.isin(result.image.pixels, (0, 255)).any(2) | np.isin(result.bicubic.pixels, (0, 255)).any(2)
    assert np.abs(ours[0] - plain[0]).mean() > 2 / 255
    assert np.abs(ours[1:] - plain[1:])[:, ~saturated].max() < 1.5 / 255


def test_16_bit_images_stay_16_bit(image, request_for, drive):
    deep = Image(image.pixels.astype(np.uint16) * 257)
    _, result = drive(upscale(deep, request_for()))
    _, coarse = drive(upscale(image, request_for()))
    assert result.image.pixels.dtype == np.uint16
    assert np.abs(result.image.pixels / 257 - coarse.image.pixels).max() < 0.51


def test_16_bit_ground_truth_and_panes_share_range(texture, request_for, drive):
    deep = Image(texture(40, 52).astype(np.uint16) * 257)
    events, result = drive(upscale(deep, request_for(simulate=True)))
    ground_truth = next(event for event in events if isinstance(event, Started)).ground_truth
    assert result.image.pixels.dtype == result.bicubic.pixels.dtype == ground_truth.dtype
    assert result.bicubic.pixels.mean() == pytest.approx(ground_truth.mean(), rel=0.1)


def test_without_comparison_there_is_one_pane(image, request_for, drive):
    events, result = drive(upscale(image, request_for(compare=False)))
    assert result.bicubic is None
    assert set(events[0].panes) == {"model"}
    _, both = drive(upscale(image, request_for()))
    np.testing.assert_array_equal(result.image.pixels, both.image.pixels)


def test_events_are_started_and_all_tiles(image, request_for, drive):
    events, result = drive(upscale(image, request_for()))
    started, tiles = events[0], events[1:]
    assert isinstance(started, Started)
    assert all(isinstance(event, TileDone) for event in tiles)
    assert (started.tile, started.ground_truth, started.score_maps) == (32, None, {})
    assert started.device.startswith("CPU")
    assert [event.done for event in tiles] == list(range(1, len(tiles) + 1))
    assert {event.total for event in tiles} == {len(tiles)}
    for pane, output in (("bicubic", result.bicubic), ("model", result.image)):
        covered = np.zeros(output.pixels.shape[:2], np.uint8)
        for event in tiles:
            covered[event.rect.slices] += event.pane == pane
        assert (covered == 1).all()


def test_panes_are_filled_while_job_runs(image, request_for):
    job = upscale(image, request_for())
    panes = next(job).panes
    assert not panes["bicubic"].any()
    tile = next(job)
    assert panes[tile.pane][tile.rect.slices].any()
    assert not panes["model"].any()
    job.close()


def test_at_most_one_tile_is_rendered_ahead(image, request_for, rendered_tiles, monkeypatch):
    monkeypatch.setattr(devices, "thread_count", lambda: 2)
    job = upscale(image, request_for())
    next(job)
    assert rendered_tiles == []
    for count in range(1, 6):
        next(job)
        assert count <= len(rendered_tiles) <= count + 2
    job.close()


def test_visible_tiles_are_rendered_first(image, request_for):
    visible = Rect(50, 70, 12, 20)
    job = upscale(image, request_for())
    next(job)
    events = [job.send(visible), *list(job)]
    near = [bool(event.rect.intersect(visible).area) for event in events]
    assert near == sorted(near, reverse=True)
    shown = events[: near.count(True)]
    assert [event.pane for event in shown] == sorted(event.pane for event in shown)
    assert {event.pane for event in shown} == {"bicubic", "model"}


def test_new_viewport_applies_after_submitted_tiles(image, request_for, monkeypatch):
    monkeypatch.setattr(devices, "thread_count", lambda: 1)
    job = upscale(image, request_for())
    next(job)
    assert job.send(Rect(0, 0, 4, 4)).rect == Rect(0, 0, 26, 26)
    assert job.send(Rect(76, 100, 4, 4)).rect.bottom < 80  # submitted before
    assert next(job).rect.bottom == 80
    job.close()


def test_hints_change_order_but_not_result(image, request_for, drive):
    events, plain = drive(upscale(image, request_for(simulate=True)))
    job, order, result = upscale(image, request_for(simulate=True)), [], None
    hints = [None, Rect(30, 40, 9, 9), Rect(0, 20, 5, 5), None, Rect(-50, 900, 3, 3), Rect(9, 9, 0, 0)]
    try:
        order.append(next(job))
        while True:
            order.append(job.send(hints[len(order) % len(hints)]))
    except StopIteration as stop:
        result = stop.value
    tiles_of = partial(filter, lambda event: isinstance(event, TileDone))
    assert [event.rect for event in tiles_of(order)] != [event.rect for event in tiles_of(events)]
    np.testing.assert_array_equal(result.image.pixels, plain.image.pixels)
    np.testing.assert_array_equal(result.bicubic.pixels, plain.bicubic.pixels)
    assert result.scores == plain.scores


def test_result_is_reproducible(image, request_for, drive):
    first, second = (drive(upscale(image, request_for(tile=None)))[1] for _ in range(2))
    assert first.image.pixels.tobytes() == second.image.pixels.tobytes()


def test_simulation_scores_against_cropped_ground_truth(texture, request_for, drive):
    image = Image(texture(64, 71))
    events, result = drive(upscale(image, request_for(3, simulate=True)))
    ground_truth = next(event for event in events if isinstance(event, Started)).ground_truth
    np.testing.assert_array_equal(ground_truth, image.pixels[:63, :69])
    assert result.image.pixels.shape == (63, 69, 3)
    inner = (slice(3, -3), slice(3, -3))
    levels = color.quantize(color.rgb_to_ycbcr(ground_truth)[0])[inner]
    for pane, output in (("bicubic", result.bicubic), ("model", result.image)):
        ours = color.quantize(color.rgb_to_ycbcr(output.pixels)[0])[inner]  # close, but converted from RGB
        assert result.scores[pane].psnr_db == pytest.approx(metrics.psnr(ours, levels, data_range=255), abs=0.05)
        assert result.scores[pane].ssim == pytest.approx(metrics.ssim(ours, levels, data_range=255), abs=0.001)
        started = next(event for event in events if isinstance(event, Started))
        assert started.score_maps[pane].score() == result.scores[pane]


def test_downscaled_ground_truth_is_not_rounded(texture, drive):
    _, small = drive(upscale_job.downscale_ground_truth(texture(30, 30, 1), 3))
    assert small.size == (10, 10)
    levels = small.content * 255
    assert np.abs(levels - np.round(levels)).max() > 0.3


def test_image_too_small_for_ssim_is_upscaled(texture, request_for, drive):
    _, result = drive(upscale(Image(texture(12, 40)), request_for(simulate=True)))
    assert result.scores == {}
    assert result.image.pixels.shape == (12, 40, 3)


def test_image_too_small_to_downscale_raises(texture, request_for, drive, plain_sentence):
    with pytest.raises(ImageTooSmall) as refused:
        drive(upscale(Image(texture(2, 40)), request_for(3, simulate=True)))
    plain_sentence(refused.value, "2", "40")

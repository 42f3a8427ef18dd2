"""One enlargement from start to end: what it gives and what it says on the way."""

from functools import partial

import numpy as np
import pytest

from engine.errors import PictureTooSmall
from engine.imaging import color, metrics
from engine.imaging.codecs.image_files import Picture
from engine.imaging.resample import imresize
from engine.imaging.tiles import Rect
from engine.inference import device as devices
from engine.upscaling import job as upscale
from engine.upscaling.events import Started, TileDone
from engine.upscaling.job import enlarge
from engine.upscaling.request import UpscaleRequest

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def picture(texture):
    return Picture(texture(40, 52), icc=b"a profile", dpi=(72.0, 72.0))


@pytest.fixture
def request_for(tiny_model):
    def make(scale=2, **options):
        return UpscaleRequest(tiny_model(scale=scale), "cpu", **{"tile": 32} | options)

    return make


@pytest.fixture
def renders(monkeypatch):
    """The tiles rendered so far."""
    done, render = [], upscale.render_tile

    def counted(small, scale, tile, network, size):
        done.append(tile)
        return render(small, scale, tile, network, size)

    monkeypatch.setattr(upscale, "render_tile", counted)
    return done


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_is_larger_by_the_scale_and_keeps_the_rest(scale, channels, texture, request_for, drive):
    picture = Picture(texture(20, 31, channels), icc=b"a profile", dpi=(72.0, 72.0))
    _, result = drive(enlarge(picture, request_for(scale)))
    for made in (result.picture, result.bicubic):
        assert made.pixels.shape == (20 * scale, 31 * scale, channels)
        assert made.pixels.dtype == np.uint8
        assert (made.icc, made.dpi) == (b"a profile", (72.0, 72.0))
    assert result.scores == {}
    assert result.seconds > 0


def test_the_bicubic_pane_is_matlabs(texture, request_for, drive):
    gray = texture(20, 31, 1)
    _, result = drive(enlarge(Picture(gray), request_for(3)))
    expected = color.quantise(imresize(gray[:, :, 0] / 255, (60, 93)))
    apart = np.abs(result.bicubic.pixels[:, :, 0].astype(np.int32) - expected)
    assert apart.max() <= 1
    assert np.count_nonzero(apart) <= 3


def test_the_network_works_on_luma_and_colour_is_bicubic(picture, request_for, drive):
    _, result = drive(enlarge(picture, request_for()))
    ours, plain = (color.split(made.pixels) for made in (result.picture, result.bicubic))
    saturated = np.isin(result.picture.pixels, (0, 255)).any(2) | np.isin(result.bicubic.pixels, (0, 255)).any(2)
    assert np.abs(ours[0] - plain[0]).mean() > 2 / 255
    assert np.abs(ours[1:] - plain[1:])[:, ~saturated].max() < 1.5 / 255


def test_16_bit_pictures_stay_16_bit(picture, request_for, drive):
    deep = Picture(picture.pixels.astype(np.uint16) * 257)
    _, result = drive(enlarge(deep, request_for()))
    _, coarse = drive(enlarge(picture, request_for()))
    assert result.picture.pixels.dtype == np.uint16
    assert np.abs(result.picture.pixels / 257 - coarse.picture.pixels).max() < 0.51


def test_a_16_bit_truth_and_its_panes_share_a_range(texture, request_for, drive):
    deep = Picture(texture(40, 52).astype(np.uint16) * 257)
    events, result = drive(enlarge(deep, request_for(reference=True)))
    truth = next(event for event in events if isinstance(event, Started)).truth
    assert result.picture.pixels.dtype == result.bicubic.pixels.dtype == truth.dtype
    assert result.bicubic.pixels.mean() == pytest.approx(truth.mean(), rel=0.1)


def test_without_comparison_there_is_one_pane(picture, request_for, drive):
    events, result = drive(enlarge(picture, request_for(compare=False)))
    assert result.bicubic is None
    assert set(events[0].panes) == {"srcnn"}
    _, both = drive(enlarge(picture, request_for()))
    np.testing.assert_array_equal(result.picture.pixels, both.picture.pixels)


def test_the_story_is_started_then_every_tile_of_every_pane(picture, request_for, drive):
    events, result = drive(enlarge(picture, request_for()))
    started, tiles = events[0], events[1:]
    assert isinstance(started, Started)
    assert all(isinstance(event, TileDone) for event in tiles)
    assert (started.tile, started.truth, started.scores) == (32, None, {})
    assert started.device.startswith("CPU")
    assert [event.done for event in tiles] == list(range(1, len(tiles) + 1))
    assert {event.total for event in tiles} == {len(tiles)}
    for pane, made in (("bicubic", result.bicubic), ("srcnn", result.picture)):
        covered = np.zeros(made.pixels.shape[:2], np.uint8)
        for event in tiles:
            covered[event.rect.slices] += event.pane == pane
        assert (covered == 1).all()


def test_panes_fill_up_while_the_job_runs(picture, request_for):
    job = enlarge(picture, request_for())
    panes = next(job).panes
    assert not panes["bicubic"].any()
    tile = next(job)
    assert panes[tile.pane][tile.rect.slices].any()
    assert not panes["srcnn"].any()
    job.close()


def test_no_more_is_rendered_than_a_tile_for_each_thread_and_one_ahead(picture, request_for, renders, monkeypatch):
    monkeypatch.setattr(devices, "cores", lambda: 2)
    job = enlarge(picture, request_for())
    next(job)
    assert renders == []
    for count in range(1, 6):
        next(job)
        assert count <= len(renders) <= count + 2
    job.close()


def test_what_is_visible_comes_first_in_both_panes(picture, request_for):
    visible = Rect(50, 70, 12, 20)
    job = enlarge(picture, request_for())
    next(job)
    events = [job.send(visible), *list(job)]
    near = [bool(event.rect.clipped(visible).area) for event in events]
    assert near == sorted(near, reverse=True)
    shown = events[: near.count(True)]
    assert [event.pane for event in shown] == sorted(event.pane for event in shown)
    assert {event.pane for event in shown} == {"bicubic", "srcnn"}


def test_a_new_hint_takes_effect_once_the_tiles_begun_are_done(picture, request_for, monkeypatch):
    monkeypatch.setattr(devices, "cores", lambda: 1)
    job = enlarge(picture, request_for())
    next(job)
    assert job.send(Rect(0, 0, 4, 4)).rect == Rect(0, 0, 26, 26)
    assert job.send(Rect(76, 100, 4, 4)).rect.bottom < 80  # begun before
    assert next(job).rect.bottom == 80
    job.close()


def test_hints_change_the_order_and_never_the_result(picture, request_for, drive):
    events, plain = drive(enlarge(picture, request_for(reference=True)))
    job, order, result = enlarge(picture, request_for(reference=True)), [], None
    hints = [None, Rect(30, 40, 9, 9), Rect(0, 20, 5, 5), None, Rect(-50, 900, 3, 3), Rect(9, 9, 0, 0)]
    try:
        order.append(next(job))
        while True:
            order.append(job.send(hints[len(order) % len(hints)]))
    except StopIteration as stop:
        result = stop.value
    tiles_of = partial(filter, lambda event: isinstance(event, TileDone))
    assert [event.rect for event in tiles_of(order)] != [event.rect for event in tiles_of(events)]
    np.testing.assert_array_equal(result.picture.pixels, plain.picture.pixels)
    np.testing.assert_array_equal(result.bicubic.pixels, plain.bicubic.pixels)
    assert result.scores == plain.scores


def test_a_run_repeats_byte_for_byte(picture, request_for, drive):
    first, second = (drive(enlarge(picture, request_for(tile=None)))[1] for _ in range(2))
    assert first.picture.pixels.tobytes() == second.picture.pixels.tobytes()


def test_reference_mode_scores_against_the_cropped_truth(texture, request_for, drive):
    picture = Picture(texture(64, 71))
    events, result = drive(enlarge(picture, request_for(3, reference=True)))
    truth = next(event for event in events if isinstance(event, Started)).truth
    np.testing.assert_array_equal(truth, picture.pixels[:63, :69])
    assert result.picture.pixels.shape == (63, 69, 3)
    inner = (slice(3, -3), slice(3, -3))
    levels = color.quantise(color.split(truth)[0])[inner]
    for pane, made in (("bicubic", result.bicubic), ("srcnn", result.picture)):
        ours = color.quantise(color.split(made.pixels)[0])[inner]  # from RGB: near, not equal
        assert result.scores[pane].psnr_db == pytest.approx(metrics.psnr(ours, levels, data_range=255), abs=0.05)
        assert result.scores[pane].ssim == pytest.approx(metrics.ssim(ours, levels, data_range=255), abs=0.001)
        started = next(event for event in events if isinstance(event, Started))
        assert started.scores[pane].score() == result.scores[pane]


def test_the_small_picture_of_reference_mode_is_not_rounded(texture, drive):
    _, small = drive(upscale.reduce_truth(texture(30, 30, 1), 3))
    assert small.size == (10, 10)
    levels = small.content * 255
    assert np.abs(levels - np.round(levels)).max() > 0.3


def test_too_small_for_a_score_is_no_failure_of_the_picture(texture, request_for, drive):
    _, result = drive(enlarge(Picture(texture(12, 40)), request_for(reference=True)))
    assert result.scores == {}
    assert result.picture.pixels.shape == (12, 40, 3)


def test_too_small_to_reduce_is_refused(texture, request_for, drive, plain_sentence):
    with pytest.raises(PictureTooSmall) as refused:
        drive(enlarge(Picture(texture(2, 40)), request_for(3, reference=True)))
    plain_sentence(refused.value, "2", "40")

"""Evaluation: scores of the official weights compared with reference scores, events, and errors."""

import json
from math import inf

import numpy as np
import pytest
import torch

from engine.datasets.events import FileFailed
from engine.errors import ImageUnreadable, InvalidSetting, NoImages
from engine.evaluation import job as evaluate
from engine.evaluation.events import ImageScored
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.imaging.metrics import Score
from engine.models.weights import resolve
from engine.upscaling.events import DeviceFallback

pytestmark = pytest.mark.usefixtures("one_thread")

REFERENCE_CASES = [("Set5", 2), ("Set5", 3), ("Set5", 4), pytest.param("Set14", 3, marks=pytest.mark.slow)]
MODELS = ("9-1-5(91 images)", "9-5-5(ImageNet)")


def scores_and_result(events, table):
    """Return the events with image scores, and the result, of an evaluation."""
    return [event for event in events if isinstance(event, ImageScored)], table


def assert_scores(found, expected, psnr_tolerance):
    psnr_db, ssim = expected
    assert found.psnr_db == pytest.approx(psnr_db, abs=psnr_tolerance)
    assert found.ssim == pytest.approx(ssim, abs=0.0005)


@pytest.fixture
def folder(texture, tmp_path):
    """Return a test set of three small images, one of them gray."""
    for number, (height, width, channels) in enumerate([(40, 33, 3), (36, 50, 1), (30, 30, 3)]):
        image_files.write(Image(texture(height, width, channels, number)), tmp_path / f"{number}.png")
    return tmp_path


@pytest.fixture
def request_for(tiny_model):
    def make(folder, **options):
        return EvaluateRequest(folder, tiny_model(scale=3), "cpu", **options)

    return make


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("set_name", "scale"), REFERENCE_CASES)
def test_official_weights_match_reference_scores(name, set_name, scale, reference_folder, drive):
    expected = json.loads((reference_folder / "reference_numbers.json").read_text())[set_name][f"x{scale}"]
    model = resolve(str(reference_folder / "official_weights" / name / f"x{scale}.mat"), scale)

    events, table = scores_and_result(*drive(evaluate.run(EvaluateRequest(reference_folder / set_name, model, "cpu"))))

    assert (table.set_name, table.scale, table.images) == (set_name, scale, tuple(events))
    assert {image.name for image in table.images} == set(expected[name]) - {"_mean"}
    for image in table.images:
        assert_scores(image.bicubic, expected["bicubic"][image.name], 0.01)
        assert_scores(image.model, expected[name][image.name], 0.01)
    assert_scores(table.mean_bicubic, expected["bicubic"]["_mean"], 0.005)
    assert_scores(table.mean_model, expected[name]["_mean"], 0.005)


def test_each_image_is_reported_when_done(folder, request_for, drive):
    events, table = scores_and_result(*drive(evaluate.run(request_for(folder))))
    assert all(isinstance(event, ImageScored) for event in events)
    assert [(event.name, event.done, event.total) for event in events] == [
        ("0.png", 1, 3),
        ("1.png", 2, 3),
        ("2.png", 3, 3),
    ]
    assert table.set_name == folder.name


def test_mean_scores_are_means_of_image_scores(folder, request_for, drive):
    events, table = scores_and_result(*drive(evaluate.run(request_for(folder))))
    for mean, scores in (
        (table.mean_bicubic, [event.bicubic for event in events]),
        (table.mean_model, [event.model for event in events]),
    ):
        assert mean.psnr_db == pytest.approx(np.mean([score.psnr_db for score in scores]))
        assert mean.ssim == pytest.approx(np.mean([score.ssim for score in scores]))


def test_tile_size_does_not_change_scores(folder, request_for, drive):
    _, whole = drive(evaluate.run(request_for(folder)))
    _, tiled = drive(evaluate.run(request_for(folder, tile=16)))
    assert tiled.mean_model.psnr_db == pytest.approx(whole.mean_model.psnr_db, abs=1e-3)
    assert tiled.mean_model.ssim == pytest.approx(whole.mean_model.ssim, abs=1e-5)


def test_infinite_psnr_makes_mean_infinite(folder, request_for, drive):
    image_files.write(Image(np.full((30, 30, 1), 128, np.uint8)), folder / "flat.png")
    events, table = scores_and_result(*drive(evaluate.run(request_for(folder))))
    assert events[-1].bicubic == Score(inf, pytest.approx(1.0))
    assert table.mean_bicubic.psnr_db == inf
    assert table.mean_bicubic.ssim < 1


def test_closing_between_images_stops(folder, request_for):
    job = evaluate.run(request_for(folder))
    next(job)
    job.close()
    assert list(job) == []


def test_device_fallback_is_reported_once(folder, request_for, drive, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    request = EvaluateRequest(folder, request_for(folder).model, "cuda")
    events, _ = drive(evaluate.run(request))
    assert isinstance(events[0], DeviceFallback)
    assert [type(event) for event in events].count(DeviceFallback) == 1


def test_unusable_images_are_reported_and_skipped(folder, request_for, drive, texture, plain_sentence):
    image_files.write(Image(texture(17, 40)), folder / "too small.png")
    (folder / "text.png").write_text("no image")
    events, table = drive(evaluate.run(request_for(folder)))
    failed = [event for event in events if isinstance(event, FileFailed)]
    assert table.failed == tuple(failed)
    assert [event.path.name for event in failed] == ["text.png", "too small.png"]
    assert len(table.images) == 3
    plain_sentence(failed[0].error, "text.png")
    plain_sentence(failed[1].error, "too small.png", "17", "40", "18")


def test_reported_minimum_size_is_usable(folder, request_for, drive, texture):
    image_files.write(Image(texture(18, 40)), folder / "9.png")  # without the border of 3 px, 12 px remain
    assert len(drive(evaluate.run(request_for(folder)))[1].images) == 4


def test_no_usable_image_raises(tmp_path, request_for, plain_sentence):
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(ImageUnreadable) as refused:
        list(evaluate.run(request_for(tmp_path)))
    plain_sentence(refused.value, "text.png")


def test_folder_without_images_raises(tmp_path, request_for):
    with pytest.raises(NoImages):
        next(evaluate.run(request_for(tmp_path)))


def test_invalid_tile_size_raises_before_first_image(folder, request_for):
    with pytest.raises(InvalidSetting):
        next(evaluate.run(request_for(folder, tile=0)))

"""Automatic choice of a photo model for JPEG files."""

from dataclasses import replace
from io import BytesIO

import PIL.Image
import pytest

from engine import run_job
from engine.batch import job as batch
from engine.batch.request import BatchRequest
from engine.imaging.codecs import image_files
from engine.models import catalog
from engine.upscaling import automatic_choice
from engine.upscaling.events import PhotoModelChosen, Started
from engine.upscaling.job import upscale
from engine.upscaling.request import Target, UpscaleRequest


def jpeg(pixels, quality, name="a.jpg"):
    buffer = BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return image_files.decode(buffer.getvalue(), name)


@pytest.mark.parametrize(
    ("quality", "family"),
    [
        (None, ""),
        (100, ""),
        (98, ""),
        (97, "photo-light-s"),
        (85, "photo-light-s"),
        (84, "photo-medium-s"),
        (60, "photo-medium-s"),
        (59, "photo-strong-s"),
        (1, "photo-strong-s"),
    ],
)
def test_quality_determines_family(quality, family):
    assert automatic_choice.photo_family(quality) == family


@pytest.fixture
def request_for_x2():
    return UpscaleRequest(catalog.default_model(2), "cpu", compare=False, automatic=True)


@pytest.mark.parametrize(
    ("quality", "model"), [(95, "photo-light-s-x2"), (74, "photo-medium-s-x2"), (40, "photo-strong-s-x2")]
)
def test_jpeg_is_upscaled_with_photo_model(quality, model, request_for_x2, texture, drive):
    image = jpeg(texture(24, 32), quality)
    events, result = drive(upscale(image, request_for_x2))
    assert events[0] == PhotoModelChosen(model, quality)
    assert str(quality) in str(events[0].message)
    assert next(event for event in events if isinstance(event, Started)).model == model
    exact = replace(request_for_x2, model=catalog.find(model), automatic=False)
    expected = drive(upscale(image, exact))[1]
    assert (result.image.pixels == expected.image.pixels).all()


def test_other_images_and_explicit_models_are_unchanged(request_for_x2, texture, drive):
    png = image_files.Image(texture(24, 32))
    for image, request in (
        (png, request_for_x2),
        (jpeg(texture(24, 32), 50), replace(request_for_x2, automatic=False)),
    ):
        events, _result = drive(upscale(image, request))
        assert next(event for event in events if isinstance(event, Started)).model == "compact-s-x2"
        assert not any(isinstance(event, PhotoModelChosen) for event in events)


def test_model_for_next_larger_scale_is_used_for_other_sizes():
    models = [model for model in catalog.list_models() if model.name == "photo-medium-s-x2"]
    larger = replace(models[0], name="photo-medium-s-x4", info=replace(models[0].info, scale=4))
    assert automatic_choice.choose([*models, larger], 1.5, 70) == models[0]
    assert automatic_choice.choose([*models, larger], 3, 70) == larger
    assert automatic_choice.choose([*models, larger], 6, 70) == larger
    assert automatic_choice.choose(models, 3, 70) == models[0]
    assert automatic_choice.choose([catalog.default_model(2)], 2, 70) is None


def test_result_has_requested_size(texture, drive):
    request = UpscaleRequest(catalog.default_model(2), "cpu", compare=False, target=Target(1.5), automatic=True)
    assert drive(upscale(jpeg(texture(24, 32), 70), request))[1].image.pixels.shape == (36, 48, 3)


def test_batch_chooses_for_each_file_and_resumes(texture, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    image_files.write(image_files.Image(texture(24, 32)), folder / "clean.png")
    PIL.Image.fromarray(texture(24, 32)).save(folder / "photo.jpg", quality=70)
    request = BatchRequest(
        (folder,),
        tmp_path / "out",
        UpscaleRequest(catalog.default_model(2), "cpu", compare=False, automatic=True),
        template="{name}_{model}",
        journal_folder=tmp_path / "journals",
    )
    events = []
    run_job(batch.run(request), events.append)
    assert PhotoModelChosen("photo-medium-s-x2", 70) in events
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clean_compact-s-x2.png",
        "photo_photo-medium-s-x2.jpg",
    ]
    result = run_job(batch.run(request), lambda _event: None)
    assert {outcome.state for outcome in result.outcomes} == {"skipped"}

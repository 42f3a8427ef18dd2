"""Automatic choice of a photo model for JPEG files."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from engine import run_job
from engine.batch import job as batch
from engine.batch.request import BatchRequest
from engine.imaging.codecs import image_files
from engine.imaging.image import Image
from engine.models import catalog
from engine.upscaling import automatic_choice
from engine.upscaling.automatic_choice import Artifacts, Suggestion
from engine.upscaling.events import PhotoModelChosen, PhotoModelSuggested, Started
from engine.upscaling.job import upscale, upscale_file
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
    family = "photo-medium-s"
    models = [model for model in catalog.list_models() if model.name == "photo-medium-s-x2"]
    larger = replace(models[0], name="photo-medium-s-x4", info=replace(models[0].info, scale=4))
    assert automatic_choice.choose([*models, larger], 1.5, family) == models[0]
    assert automatic_choice.choose([*models, larger], 3, family) == larger
    assert automatic_choice.choose([*models, larger], 6, family) == larger
    assert automatic_choice.choose(models, 3, family) == models[0]
    assert automatic_choice.choose([catalog.default_model(2)], 2, family) is None


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


@pytest.mark.parametrize(
    ("measured", "family", "former_quality"),
    [
        (Artifacts(), "", None),
        (Artifacts(former_quality=74), "photo-medium-s", 74),
        (Artifacts(former_quality=50, noise=3), "photo-strong-s", 50),
        (Artifacts(noise=2.1), "", None),
        (Artifacts(noise=2.5), "photo-light-s", None),
        (Artifacts(noise=4), "photo-medium-s", None),
        (Artifacts(noise=8), "photo-strong-s", None),
        (Artifacts(noise=30), "", None),  # a texture
        (Artifacts(former_quality=90, is_drawing=True), "", None),
        (Artifacts(former_quality=50, is_drawing=True), "photo-strong-s", 50),
        (Artifacts(noise=8, is_drawing=True), "", None),
        (Artifacts(jpeg_quality=85, former_quality=84), "", None),  # its own compression
        (Artifacts(jpeg_quality=95, former_quality=50), "photo-strong-s", 50),
        (Artifacts(jpeg_quality=50, noise=4), "", None),  # the strong model is used automatically
        (Artifacts(jpeg_quality=90, noise=4), "photo-medium-s", None),
    ],
)
def test_stronger_photo_model_is_suggested(measured, family, former_quality):
    suggestion = automatic_choice.suggest(measured)
    assert suggestion == (Suggestion(family, former_quality) if family else None)


@pytest.mark.parametrize(
    ("quality", "is_drawing", "family"),
    [(95, True, ""), (85, True, ""), (84, True, "photo-medium-s"), (95, False, "photo-light-s")],
)
def test_drawings_of_high_quality_keep_the_default_model(quality, is_drawing, family):
    assert automatic_choice.photo_family(quality, is_drawing=is_drawing) == family


@pytest.mark.parametrize(("quality", "model"), [(90, "compact-s-x2"), (50, "photo-strong-s-x2")])
def test_model_for_a_drawing(quality, model, request_for_x2, drive):
    pixels = np.full((64, 96, 3), 255, np.uint8)
    pixels[20:40, 30:60] = (200, 40, 40)
    events, _result = drive(upscale(jpeg(pixels, quality), request_for_x2))
    assert next(event for event in events if isinstance(event, Started)).model == model


def test_former_jpeg_is_suggested_only_on_request(request_for_x2, tmp_path, drive):
    photo = PIL.Image.open("resources/samples/cat.png").convert("RGB").reduce(2)
    former_jpeg = jpeg(np.asarray(photo), 50)
    image_files.write(Image(former_jpeg.pixels), tmp_path / "former.png")
    events, _result = drive(upscale_file(tmp_path / "former.png", None, request_for_x2, suggest=True))
    assert isinstance(events[0], PhotoModelSuggested)
    assert events[0].family == "photo-strong-s"
    assert "JPEG of about quality" in events[0].reason
    assert next(event for event in events if isinstance(event, Started)).model == "compact-s-x2"
    for request, suggest in ((request_for_x2, False), (replace(request_for_x2, automatic=False), True)):
        events, _result = drive(upscale_file(tmp_path / "former.png", None, request, suggest=suggest))
        assert not any(isinstance(event, PhotoModelSuggested) for event in events)

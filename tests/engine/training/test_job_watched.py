"""Snapshots of a run: filters, and a preview of a validation image."""

import numpy as np
import pytest
import torch

from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.training import job as train
from engine.training import patches
from engine.training.events import PatchesBuilt, PreviewRegion, Snapshot, StepDone, StopRequest, Validated
from engine.training.preview import HEIGHT, WIDTH, Preview
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)


@pytest.fixture
def request_for(training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "info": SPEC, "output": tmp_path / "own.safetensors", "device": "cpu"}
        usual |= {
            "steps": 30,
            "recipe": Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4),
            "validation_size": 2,
        }
        return TrainRequest(**usual | changes)

    return make


def of_kind(kind, events):
    return [event for event in events if isinstance(event, kind)]


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def test_snapshots_have_filters_and_preview(request_for, drive):
    events, _ = drive(train.run(request_for(emit_snapshots=True, steps=30)))
    seen = of_kind(Snapshot, events)
    assert [event.step for event in seen] == [0, 10, 20, 30]
    assert {event.filters.shape for event in seen} == {(8, 5, 5)}
    assert not np.array_equal(seen[0].filters, seen[-1].filters), "each is a copy"
    parts = [event.preview for event in seen]
    assert {part.name for part in parts} <= {path.name for path in request_for().source.iterdir()}
    assert parts[0].bicubic_psnr_db == parts[-1].bicubic_psnr_db
    assert parts[-1].psnr_db > parts[0].psnr_db
    assert parts[-1].upscaled.shape == parts[-1].ground_truth.shape == parts[-1].bicubic.shape
    assert of_kind(Snapshot, drive(train.run(request_for(steps=1, overwrite=True)))[0]) == []


def test_snapshots_do_not_change_weights(request_for, tmp_path, drive):
    for name, watched in (("seen", True), ("unseen", False)):
        drive(train.run(request_for(output=tmp_path / f"{name}.safetensors", emit_snapshots=watched, steps=25)))
    assert torch.equal(weights_in(tmp_path / "seen.safetensors"), weights_in(tmp_path / "unseen.safetensors"))


def test_preview_is_where_bicubic_is_worst(texture, tmp_path):
    pixels = np.full((200, 240, 3), 90, np.uint8)
    pixels[100:180, 130:225] = texture(80, 95)
    path = tmp_path / "corner.png"
    image_files.write(Image(pixels), path)
    part = Preview(path, SPEC).render(Identity())
    assert part.ground_truth.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(part.ground_truth.astype(int) - 90).mean() > 20
    np.testing.assert_array_equal(part.upscaled, part.bicubic)
    assert part.psnr_db == part.bicubic_psnr_db
    left, top, width, height = part.region
    shown = pixels[round(top * 200) :, round(left * 240) :][: round(height * 200), : round(width * 240)]
    assert np.abs(part.ground_truth.astype(int) - shown).max() <= 2, "that is where it says it is"


class Identity:
    """A model that returns its input."""

    info = SPEC

    def __call__(self, window):
        return window[:, 3:-3, 3:-3]


class BlackBelow30(Identity):
    """A model that returns luma 16 for inputs below 30."""

    def __call__(self, window):
        center = super().__call__(window)
        return np.where(center < 30 / 255, np.float32(16 / 255), center)


def test_small_gray_image_is_previewed_whole(texture, tmp_path):
    path = tmp_path / "small.png"
    image_files.write(Image(texture(35, 37, 1)), path)
    assert Preview(path, SPEC).render(Identity()).ground_truth.shape == (34, 36, 1)


def test_gray_preview_is_scored_on_gray_levels(texture, tmp_path):
    """A model that returns luma 16 for inputs below 30 displays black there; gray levels are scored."""
    pixels = np.zeros((78, 92, 1), np.uint8)
    pixels[:, 40:] = texture(78, 52, 1)
    image_files.write(Image(pixels), tmp_path / "gray.png")
    part = Preview(tmp_path / "gray.png", SPEC).render(BlackBelow30())
    assert (part.upscaled[:, :30] == 0).all()
    assert (part.bicubic[:, :30] == 0).all()
    bicubic = patches.degrade(pixels[:, :, 0] / 255, SPEC.scale)
    scored = np.where(bicubic < 30 / 255, 16 / 255, bicubic)
    for made, psnr_db in ((bicubic, part.bicubic_psnr_db), (scored, part.psnr_db)):
        expected = metrics.psnr(color.quantize(made), pixels[:, :, 0], data_range=255)
        assert psnr_db == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("center", [(0.1, 0.9), (0.5, 0.5), (0.73, 0.2), (2.0, -1.0)])
def test_preview_is_centered_on_requested_region(center, texture, tmp_path):
    path, pixels = tmp_path / "large.png", texture(900, 1000)
    image_files.write(Image(pixels), path)
    part = Preview(path, SPEC, center).render(Identity())
    left, top, width, height = part.region
    half = (width / 2, height / 2)
    wanted = [min(max(at, edge), 1 - edge) for at, edge in zip(center, half, strict=True)]
    assert (left + half[0], top + half[1]) == pytest.approx(wanted, abs=0.002)
    shown = pixels[round(top * 900) :, round(left * 1000) :][:HEIGHT, :WIDTH]
    assert np.abs(part.ground_truth.astype(int) - shown).max() <= 2


def test_preview_region_request_moves_preview(request_for, drive):
    job = train.run(request_for(emit_snapshots=True, steps=30))
    before = list(iter(lambda: next(job), StepDone(1, 30)))
    (built,), (first,) = of_kind(PatchesBuilt, before), of_kind(Snapshot, before)
    names = built.preview_images
    assert names[0].name == first.preview.name
    looked = job.send(PreviewRegion(names[1].name, (0.3, 0.4)))
    assert isinstance(looked, Snapshot)
    assert (looked.step, looked.preview.name) == (1, names[1].name)
    assert isinstance(job.send(PreviewRegion(names[1].name, (0.3, 0.4))), StepDone), "it is there already"
    assert isinstance(job.send(PreviewRegion("of another run.png", (0.3, 0.4))), StepDone)
    drive(job)


def rest_of(job, hint):
    """Return the events of a job after a request."""
    yield job.send(hint)
    return (yield from job)


def test_stop_request_validates_and_finishes(request_for, drive):
    request = request_for(steps=1000)
    job = train.run(request)
    event = next(job)
    while not (isinstance(event, StepDone) and event.step == 33):
        event = next(job)
    events, result = drive(rest_of(job, StopRequest()))
    assert result.steps == 33
    assert [event.step for event in of_kind(Validated, events)] == [33]
    assert of_kind(StepDone, events) == []
    assert not catalog.checkpoint_path(request.output).exists()

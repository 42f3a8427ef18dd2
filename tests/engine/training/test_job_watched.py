"""Snapshots of a training run: filters, and a preview of a validation image."""

import numpy as np
import pytest
import torch

from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.training import job as train
from engine.training.events import PatchesBuilt, PreviewRegion, Snapshot, StepDone, StopRequest, Validated
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


def test_last_snapshot_shows_the_best_model(request_for, drive):
    """The learning rate makes the model worse, so that the last step does not give the best model."""
    harmful = Recipe(batch_size=8, learning_rate=0.1, warmup_steps=0)
    events, trained = drive(train.run(request_for(emit_snapshots=True, steps=8, recipe=harmful)))
    last = of_kind(Snapshot, events)[-1]
    assert last.step == trained.best_step == 0
    assert last.preview.psnr_db == of_kind(Snapshot, events)[0].preview.psnr_db
    first = load_network(request_for().output).convolutions[0].weight.detach()
    assert np.array_equal(last.filters, first.mean(dim=1).numpy())


def test_snapshots_do_not_change_weights(request_for, tmp_path, drive):
    for name, watched in (("seen", True), ("unseen", False)):
        drive(train.run(request_for(output=tmp_path / f"{name}.safetensors", emit_snapshots=watched, steps=25)))
    assert torch.equal(weights_in(tmp_path / "seen.safetensors"), weights_in(tmp_path / "unseen.safetensors"))


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


def send_hint(job, hint):
    """Send a hint to a job, yield its remaining events, and return its result."""
    yield job.send(hint)
    return (yield from job)


def test_stop_request_validates_and_finishes(request_for, drive):
    request = request_for(steps=1000)
    job = train.run(request)
    event = next(job)
    while not (isinstance(event, StepDone) and event.step == 33):
        event = next(job)
    events, result = drive(send_hint(job, StopRequest()))
    assert result.steps == 33
    assert [event.step for event in of_kind(Validated, events)] == [33]
    assert of_kind(StepDone, events) == []
    assert not catalog.checkpoint_path(request.output).exists()

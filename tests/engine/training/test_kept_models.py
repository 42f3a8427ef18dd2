"""Files that a run must not replace: existing models, and good checkpoints after divergence."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import FileExists, TrainingDiverged, TrainingExists, TrainingRunning, WeightsDiverged
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.training import checkpoint_file, patches
from engine.training import job as train
from engine.training.events import StepDone, Validated
from engine.training.patches import PatchSet
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)
QUICK = Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4)


@pytest.fixture
def request_for(training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "info": SPEC, "output": tmp_path / "own.safetensors", "device": "cpu"}
        return TrainRequest(**usual | {"steps": 60, "recipe": QUICK, "validation_size": 2} | changes)

    return make


def close_after_step(step, request):
    job = train.run(request)
    next(event for event in job if isinstance(event, StepDone) and event.step == step)
    job.close()


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("given", ["own.safetensors", "own.checkpoint"])
def test_existing_file_is_refused_at_start(given, request_for, tmp_path, training_folder):
    (tmp_path / given).write_bytes(b"trained for an hour")
    for path in training_folder.iterdir():  # which the job would miss if it began to work
        path.unlink()
    with pytest.raises(FileExists, match=rf"{given} already exists\. Choose another name"):
        next(train.run(request_for()))
    assert contents(tmp_path) == {given: b"trained for an hour"}


def test_existing_checkpoint_is_reported(request_for):
    close_after_step(20, request_for())
    with pytest.raises(TrainingExists, match="can be resumed"):
        next(train.run(request_for()))


def test_running_training_is_not_reported_as_existing_file(request_for):
    job = train.run(request_for())
    next(event for event in job if isinstance(event, StepDone))
    with pytest.raises(TrainingRunning):
        next(train.run(request_for()))
    job.close()


def test_overwrite_starts_new_run(request_for, drive):
    close_after_step(20, request_for())
    _, trained = drive(train.run(request_for(overwrite=True, seed=3)))
    assert trained.model.record["seed"] == 3
    assert trained.model.record["curve"][0][0] == 0


def test_overwrite_removes_old_checkpoint(request_for):
    """A new run that is killed before its first checkpoint must not resume from the old one."""
    close_after_step(20, request_for())
    job = train.run(request_for(overwrite=True))
    next(event for event in job if isinstance(event, Validated))
    assert not catalog.checkpoint_path(request_for().output).exists()
    job.close()


@pytest.fixture
def one_nan_label(monkeypatch):
    """Set one of 16 labels to NaN. The batch size is 1, so one of the steps 1 to 16 uses this label."""

    def with_a_hole(*arguments):
        built = yield from build(*arguments)
        labels = built.labels.copy()
        labels[0] = np.nan
        return PatchSet(built.inputs, labels)

    build = patches.build_patch_set
    monkeypatch.setattr(patches, "build_patch_set", with_a_hole)
    monkeypatch.setattr(train, "VALIDATE_EVERY", 2)
    monkeypatch.setattr(train, "REPORT_EVERY", 20)


def is_finite(state):
    tensors = [*state["learner"]["network"].values(), *state["learner"]["average"].values()]
    return all(torch.isfinite(tensor).all() for tensor in tensors)


def test_diverged_run_keeps_last_good_files(request_for, one_nan_label, tmp_path):
    diverged = []
    for step in range(3, 17):
        request = request_for(recipe=replace(QUICK, batch_size=1), output=tmp_path / f"{step}.safetensors")
        try:
            close_after_step(step, request)
        except WeightsDiverged:
            diverged.append(step)
        state = checkpoint_file.load(catalog.checkpoint_path(request.output))
        assert is_finite(state)
        assert math.isfinite(catalog.read_model(request.output).record["held_out_psnr_db"])
        assert torch.isfinite(torch.cat([t.flatten() for t in load_network(request.output).parameters()])).all()
    assert diverged
    assert diverged[0] > 3, "there was a good checkpoint before"


def test_divergence_is_detected_at_validation(request_for, one_nan_label, drive):
    """The validation comes before the next report of the loss, at step 20."""
    request = request_for(recipe=replace(QUICK, batch_size=1))
    with pytest.raises(TrainingDiverged) as ended:
        drive(train.run(request))
    assert ended.value.facts["step"] <= 18
    assert "Try a lower learning rate." in str(ended.value)
    assert is_finite(checkpoint_file.load(catalog.checkpoint_path(request.output)))

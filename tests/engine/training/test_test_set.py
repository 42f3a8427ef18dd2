"""Scores of a test set during training, for reporting only."""

import pytest
import torch

from engine.errors import NoImages
from engine.evaluation import job as evaluation
from engine.evaluation.request import EvaluateRequest
from engine.imaging.codecs import image_files
from engine.imaging.image import Image
from engine.models import registry
from engine.models.weights import load_network
from engine.training import job as train
from engine.training import runs
from engine.training.events import Validated
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")


@pytest.fixture
def set5(texture, tmp_path):
    """Return a folder with two images, one of which is smaller than the patches of an FSRCNN."""
    path = tmp_path / "Set5"
    path.mkdir()
    for number, size in enumerate(((90, 120), (42, 60))):
        image_files.write(Image(texture(*size, 1, 50 + number)), path / f"{number}.png")
    return path


@pytest.fixture
def request_for(training_folder, tmp_path):
    def make(name="own", arch="5-1-3", **changes):
        usual = {"source": training_folder, "output": tmp_path / f"{name}.safetensors", "device": "cpu", "steps": 40}
        usual |= {"info": registry.parse(arch, 2), "validation_size": 2, "recipe": Recipe(batch_size=8, patch_size=22)}
        return TrainRequest(**usual | changes)

    return make


def validations(events):
    return [event for event in events if isinstance(event, Validated)]


@pytest.mark.parametrize("arch", ["5-1-3", "fsrcnn-8-4-1"])
def test_test_scores_are_those_of_the_evaluation(request_for, drive, set5, arch):
    events, trained = drive(train.run(request_for(arch=arch, test_set=set5)))
    best = next(event for event in validations(events) if event.step == trained.best_step)
    _events, expected = drive(evaluation.run(EvaluateRequest(set5, trained.model, "cpu")))
    assert best.test_psnr_db == pytest.approx(expected.mean_model.psnr_db, abs=0.01)
    assert best.test_bicubic_psnr_db == pytest.approx(expected.mean_bicubic.psnr_db, abs=0.01)
    record = trained.model.record
    assert (record["test_set"], record["test_psnr_db"]) == ("Set5", best.test_psnr_db)
    assert "test_set" not in record["config"]


def test_test_set_does_not_affect_training(request_for, drive, set5):
    with_test_set, _ = drive(train.run(request_for("with", test_set=set5)))
    without, trained = drive(train.run(request_for("without")))
    weights = [load_network(request_for(name).output).state_dict() for name in ("with", "without")]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    scores = [[event.psnr_db for event in validations(events)] for events in (with_test_set, without)]
    assert scores[0] == scores[1]
    assert [event.test_psnr_db for event in validations(without)] == [None] * 3
    assert "test_psnr_db" not in trained.model.record


def test_run_is_resumed_with_its_test_set(request_for, drive, set5, monkeypatch, tmp_path):
    for name in ("models", "runs"):
        monkeypatch.setattr(f"engine.system.paths.{name}_folder", lambda name=name: tmp_path / name)
    job = runs.train(runs.create("mine", request_for(test_set=set5)))
    next(event for event in job if isinstance(event, Validated) and event.step == 20)
    job.close()
    (run,) = runs.list_runs()
    assert run.request.test_set == set5
    events, _model = drive(runs.train(run))
    assert [event.test_psnr_db is None for event in validations(events)] == [False]


def test_folder_without_images_is_an_error(request_for, drive, tmp_path, plain_sentence):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoImages) as refused:
        drive(train.run(request_for(test_set=tmp_path / "empty")))
    plain_sentence(refused.value, "empty")

"""Runs that stop because the model does not improve."""

from dataclasses import replace

import pytest

from engine.errors import InvalidSetting
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.training import job as train
from engine.training.events import StepDone, StoppedEarly, Validated
from engine.training.request import Recipe, TrainRequest
from engine.training.validation import ValidationSet

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
PSNR_DB = (30.0, 31.0, 30.9, 30.8, 32.0, 31.9)  # of the validations at the steps 0, 20, 40, ...


@pytest.fixture
def request_for(training_folder, tmp_path, monkeypatch):
    values = iter(PSNR_DB)
    monkeypatch.setattr(ValidationSet, "psnr_db", lambda _self, _model: next(values))

    def make(patience, **changes):
        usual = {"source": training_folder, "output": tmp_path / "own.safetensors", "device": "cpu", "steps": 100}
        usual |= {"info": ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2), "recipe": Recipe(batch_size=8, warmup_steps=4)}
        return TrainRequest(**usual | {"validation_size": 2, "patience": patience} | changes)

    return make


def stops(events):
    return [event for event in events if isinstance(event, StoppedEarly)]


def test_run_stops_after_validations_without_a_better_model(request_for, drive):
    events, trained = drive(train.run(request_for(2)))
    assert stops(events) == [StoppedEarly(60, 2)]
    assert (trained.steps, trained.best_step, trained.psnr_db) == (60, 20, 31.0)
    assert not catalog.checkpoint_path(request_for(2).output).exists()


@pytest.mark.parametrize("patience", [None, 3])
def test_run_with_more_patience_uses_its_whole_length(request_for, drive, patience):
    events, trained = drive(train.run(request_for(patience)))
    assert stops(events) == []
    assert (trained.steps, trained.best_step) == (100, 80)


@pytest.mark.parametrize("stop_at", [50, 60])
def test_resumed_run_counts_earlier_validations(request_for, drive, stop_at):
    job = train.run(request_for(2))
    awaited = Validated if stop_at == 60 else StepDone
    next(event for event in job if isinstance(event, awaited) and event.step == stop_at)
    job.close()
    events, trained = drive(train.run(replace(request_for(2), resume=True)))
    assert stops(events) == [StoppedEarly(60, 2)]
    assert trained.steps == 60


def test_patience_of_zero_is_refused(request_for, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        request_for(0)
    plain_sentence(refused.value, "The patience is 0 validations.")

"""Runs on disk: their story is kept, goes on after a stop or a kill, and ends with a model among the person's own."""

from dataclasses import replace

import pytest
import torch

from engine.errors import ModelUnwritable, NoPictures, NothingToResume, RunsUnreadable, TrainingRunning
from engine.models import catalog
from engine.models.catalog import ModelSpec
from engine.models.weights import load_network
from engine.system import paths
from engine.training import request as train_request
from engine.training import runs
from engine.training.events import Step, Stepped, Validated
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelSpec(5, 1, 3, 2, n1=8, n2=4)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Empty folders for the person's models and runs, not made yet."""
    for name in ("models", "runs"):
        monkeypatch.setattr(paths, name, lambda name=name: tmp_path / "data" / name)
    return tmp_path / "data"


@pytest.fixture
def request_for(own, training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "spec": SPEC, "output": tmp_path / "unused.safetensors", "device": "cpu"}
        usual |= {"steps": 60, "recipe": Recipe(batch=8, learning_rate=5e-3, warm_up=4, rescales=(0.9,))}
        return TrainRequest(**usual | changes)

    return make


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def until(job, kind, step):
    """Follow a job until an event of a step."""
    return next(event for event in job if isinstance(event, kind) and event.step == step)


def test_a_run_whose_file_was_deleted_meanwhile_says_so(own, request_for, plain_sentence):
    run = runs.begin("cut", request_for())
    job = runs.follow(run)
    until(job, Stepped, 25)
    job.close()
    job = runs.follow(run)
    next(job)  # it has read its story, and gathers patches
    run.path.unlink()
    with pytest.raises(ModelUnwritable) as failed:
        list(job)
    plain_sentence(failed.value, "cut.run", "no such file")


def test_a_link_that_leads_nowhere_hides_no_other_run(own, request_for):
    run = runs.begin("here", request_for())
    (own / "runs" / "gone.run").symlink_to(own / "nothing")
    assert [found.name for found in runs.catalogue()] == [run.name]


def test_no_folder_of_runs_is_no_runs(own):
    assert runs.catalogue() == []


def test_a_folder_of_runs_that_cannot_be_listed_is_a_sentence(own, plain_sentence):
    own.mkdir()
    (own / "runs").write_text("a file")
    with pytest.raises(RunsUnreadable) as failed:
        runs.catalogue()
    plain_sentence(failed.value, "runs", "through a file")


def test_a_finished_run_leaves_its_story_and_a_model(own, request_for, drive):
    events, model = drive(runs.follow(runs.begin("Quick 22 Nov", request_for())))
    assert (model.name, model.path.parent) == ("Quick 22 Nov", own / "models")
    assert model in catalog.catalogue()
    assert sorted(path.name for path in (own / "runs").iterdir()) == ["Quick 22 Nov.run"]
    (run,) = runs.catalogue()
    assert (run.model, run.is_unfinished, run.step, run.steps) == ("Quick 22 Nov", False, 60, 60)
    assert run.losses == tuple((event.step, event.loss) for event in events if isinstance(event, Step))
    assert run.curve == tuple((event.step, event.psnr_db) for event in events if isinstance(event, Validated))
    assert replace(run.request, output=request_for().output) == request_for()


def test_a_stopped_run_goes_on_to_the_weights_of_an_uninterrupted_one(own, request_for, drive):
    whole = drive(runs.follow(runs.begin("whole", request_for())))[1]
    job = runs.follow(runs.begin("cut", request_for()))
    until(job, Stepped, 33)
    job.close()
    (cut,) = [run for run in runs.catalogue() if run.is_unfinished]
    assert (cut.name, cut.step) == ("cut", 30)
    kept = drive(runs.follow(cut))[1]
    assert torch.equal(weights_in(kept.path), weights_in(whole.path))
    stories = [runs.read(own / "runs" / f"{name}.run") for name in ("whole", "cut")]
    assert stories[0].curve == stories[1].curve
    assert [step for step, _ in stories[1].losses] == [10, 20, 30, 40, 50, 60]


def test_after_a_kill_what_was_told_since_the_checkpoint_is_told_again(own, request_for, drive):
    run = runs.begin("killed", request_for())
    job = runs.follow(run)
    until(job, Validated, 40)
    work = {path: path.read_bytes() for path in (own / "runs").iterdir() if path.suffix != ".run"}
    until(job, Step, 50)
    job.close()
    for path, content in work.items():
        path.write_bytes(content)  # as a kill would have left them
    with run.path.open("ab") as story:
        story.write(b'{"step": 51, "lo')
    drive(runs.follow(runs.read(run.path)))
    assert [step for step, _ in runs.read(run.path).losses] == [10, 20, 30, 40, 50, 60]
    assert [step for step, _ in runs.read(run.path).curve] == [0, 20, 40, 60]


def test_the_best_of_a_stopped_run_can_be_kept(own, request_for):
    run = runs.begin("half", request_for())
    job = runs.follow(run)
    until(job, Validated, 20)
    job.close()
    model = runs.keep(run)
    assert model.record["step"] in (0, 20)
    assert not runs.read(run.path).is_unfinished
    assert sorted(path.name for path in (own / "runs").iterdir()) == ["half.run"]


def test_a_run_is_trained_by_one_window_only(own, request_for, drive, plain_sentence):
    run = runs.begin("one", request_for())
    job = runs.follow(run)
    until(job, Validated, 20)
    assert runs.read(run.path).is_at_work
    for other in (lambda: drive(runs.follow(run)), lambda: runs.keep(run), lambda: runs.discard(run)):
        with pytest.raises(TrainingRunning) as refused:
            other()
        plain_sentence(refused.value, "one")
    _, model = drive(job)
    assert model.record["steps"] == 60
    assert not runs.read(run.path).is_at_work
    assert sorted(path.name for path in (own / "runs").iterdir()) == ["one.run"], "the lock is gone too"


def test_what_another_window_did_with_a_run_meanwhile_is_seen(own, request_for, drive):
    run = runs.begin("old", request_for())
    job = runs.follow(run)
    until(job, Validated, 20)
    job.close()
    kept = runs.keep(run)
    assert drive(runs.follow(run)) == ([], kept)
    runs.discard(run)
    with pytest.raises(NothingToResume):
        drive(runs.follow(run))


def test_a_discarded_run_leaves_nothing(own, request_for):
    run = runs.begin("none", request_for())
    job = runs.follow(run)
    until(job, Validated, 20)
    job.close()
    runs.discard(run)
    assert list((own / "runs").iterdir()) == []
    assert runs.catalogue() == []


def test_runs_of_one_name_are_numbered(own, request_for):
    names = [runs.begin("Quick", request_for()).name for _each in range(3)]
    assert len(set(names)) == 3
    assert names[0] == "Quick"
    assert {run.name for run in runs.catalogue()} == set(names)


def test_a_run_with_a_former_name_of_a_setting_is_read(own, request_for, monkeypatch):
    run = runs.begin("old", request_for())
    run.path.write_bytes(run.path.read_bytes().replace(b'"average"', b'"moving_average"'))
    assert runs.read(run.path) is None
    monkeypatch.setitem(train_request._FORMER_NAMES, "moving_average", "average")
    assert runs.read(run.path) == run


@pytest.mark.parametrize("content", [b"", b"text\n", b"[]\n", b'{"asked": {}}\n', b'{"asked": {"recipe": 3}}\n'])
def test_what_is_no_story_is_left_out(content, own):
    (own / "runs").mkdir(parents=True)
    (own / "runs" / "odd.run").write_bytes(content)
    assert runs.catalogue() == []


def test_without_a_runs_folder_there_are_none(own):
    assert runs.catalogue() == []


def test_a_run_that_could_not_begin_cannot_be_gone_on_with(own, request_for, drive):
    with pytest.raises(NoPictures):
        drive(runs.follow(runs.begin("gone", request_for(source=own / "nowhere"))))
    assert not runs.catalogue()[0].is_unfinished

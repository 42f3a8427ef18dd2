"""Training runs: their log files, and saving their models to the library."""

from dataclasses import replace

import pytest
import torch

from engine.errors import ModelUnwritable, NoImages, NothingToResume, RunsUnreadable, TrainingRunning
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.system import paths
from engine.training import runs
from engine.training.events import StepDone, TrainingStats, Validated
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)


# Former field names of requests and recipes by their present names.
FORMER_NAMES = {
    "validation_size": "held_out",
    "emit_snapshots": "watched",
    "optimizer": "optimiser",
    "batch_size": "batch",
    "warmup_steps": "warm_up",
    "ema_decay": "average",
    "all_phases": "phases",
    "quantized_share": "rounded",
    "grad_clip": "clip",
    "loss_weighting": "balance",
    "init_gain": "first_filters",
}


@pytest.fixture
def temporary_folders(tmp_path, monkeypatch):
    """Return empty folders for models and runs, which do not exist yet."""
    for name in ("models", "runs"):
        monkeypatch.setattr(paths, f"{name}_folder", lambda name=name: tmp_path / "data" / name)
    return tmp_path / "data"


@pytest.fixture
def request_for(temporary_folders, training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "info": SPEC, "output": tmp_path / "unused.safetensors", "device": "cpu"}
        usual |= {"steps": 60, "recipe": Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4, rescales=(0.9,))}
        return TrainRequest(**usual | changes)

    return make


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def run_until(job, kind, step):
    """Run a job until it emits an event of a kind for a step."""
    return next(event for event in job if isinstance(event, kind) and event.step == step)


def test_run_with_deleted_log_is_an_error(temporary_folders, request_for, plain_sentence):
    run = runs.create("cut", request_for())
    job = runs.train(run)
    run_until(job, StepDone, 25)
    job.close()
    job = runs.train(run)
    next(job)  # it has read its story, and gathers patches
    run.path.unlink()
    with pytest.raises(ModelUnwritable) as failed:
        list(job)
    plain_sentence(failed.value, "cut.run", "doesn't exist")


def test_broken_link_does_not_hide_other_runs(temporary_folders, request_for):
    run = runs.create("here", request_for())
    (temporary_folders / "runs" / "gone.run").symlink_to(temporary_folders / "nothing")
    assert [found.name for found in runs.list_runs()] == [run.name]


def test_file_in_place_of_runs_folder_gives_empty_list(temporary_folders):
    assert runs.list_runs() == []


def test_unreadable_runs_folder_is_an_error(temporary_folders, plain_sentence):
    temporary_folders.mkdir()
    (temporary_folders / "runs").write_text("a file")
    with pytest.raises(RunsUnreadable) as failed:
        runs.list_runs()
    plain_sentence(failed.value, "runs", "a file, not a folder")


def test_finished_run_leaves_log_and_model(temporary_folders, request_for, drive):
    events, model = drive(runs.train(runs.create("Quick 22 Nov", request_for())))
    assert (model.name, model.path.parent) == ("Quick 22 Nov", temporary_folders / "models")
    assert model in catalog.list_models()
    assert sorted(path.name for path in (temporary_folders / "runs").iterdir()) == ["Quick 22 Nov.run"]
    (run,) = runs.list_runs()
    assert (run.model, run.is_unfinished, run.step, run.steps) == ("Quick 22 Nov", False, 60, 60)
    assert run.losses == tuple((event.step, event.loss) for event in events if isinstance(event, TrainingStats))
    assert run.curve == tuple((event.step, event.psnr_db) for event in events if isinstance(event, Validated))
    assert replace(run.request, output=request_for().output) == request_for()


def test_stopped_run_resumes_to_same_weights(temporary_folders, request_for, drive):
    whole = drive(runs.train(runs.create("whole", request_for())))[1]
    job = runs.train(runs.create("cut", request_for()))
    run_until(job, StepDone, 33)
    job.close()
    (cut,) = [run for run in runs.list_runs() if run.is_unfinished]
    assert (cut.name, cut.step) == ("cut", 30)
    kept = drive(runs.train(cut))[1]
    assert torch.equal(weights_in(kept.path), weights_in(whole.path))
    stories = [runs.read(temporary_folders / "runs" / f"{name}.run") for name in ("whole", "cut")]
    assert stories[0].curve == stories[1].curve
    assert [step for step, _ in stories[1].losses] == [10, 20, 30, 40, 50, 60]


def test_records_after_checkpoint_are_rewritten(temporary_folders, request_for, drive):
    run = runs.create("killed", request_for())
    job = runs.train(run)
    run_until(job, Validated, 40)
    work = {path: path.read_bytes() for path in (temporary_folders / "runs").iterdir() if path.suffix != ".run"}
    run_until(job, TrainingStats, 50)
    job.close()
    for path, content in work.items():
        path.write_bytes(content)  # as a kill would have left them
    with run.path.open("ab") as story:
        story.write(b'{"step": 51, "lo')
    drive(runs.train(runs.read(run.path)))
    assert [step for step, _ in runs.read(run.path).losses] == [10, 20, 30, 40, 50, 60]
    assert [step for step, _ in runs.read(run.path).curve] == [0, 20, 40, 60]


def test_best_model_of_stopped_run_can_be_saved(temporary_folders, request_for):
    run = runs.create("half", request_for())
    job = runs.train(run)
    run_until(job, Validated, 20)
    job.close()
    model = runs.save_to_library(run)
    assert model.record["step"] in (0, 20)
    assert not runs.read(run.path).is_unfinished
    assert sorted(path.name for path in (temporary_folders / "runs").iterdir()) == ["half.run"]


def test_run_is_locked_while_training(temporary_folders, request_for, drive, plain_sentence):
    run = runs.create("one", request_for())
    job = runs.train(run)
    run_until(job, Validated, 20)
    assert runs.read(run.path).is_running
    for other in (lambda: drive(runs.train(run)), lambda: runs.save_to_library(run), lambda: runs.delete(run)):
        with pytest.raises(TrainingRunning) as refused:
            other()
        plain_sentence(refused.value, "one")
    _, model = drive(job)
    assert model.record["steps"] == 60
    assert not runs.read(run.path).is_running
    assert sorted(path.name for path in (temporary_folders / "runs").iterdir()) == ["one.run"], "the lock is gone too"


def test_changes_of_another_window_are_detected(temporary_folders, request_for, drive):
    run = runs.create("old", request_for())
    job = runs.train(run)
    run_until(job, Validated, 20)
    job.close()
    kept = runs.save_to_library(run)
    assert drive(runs.train(run)) == ([], kept)
    runs.delete(run)
    with pytest.raises(NothingToResume):
        drive(runs.train(run))


def test_deleted_run_leaves_no_files(temporary_folders, request_for):
    run = runs.create("none", request_for())
    job = runs.train(run)
    run_until(job, Validated, 20)
    job.close()
    runs.delete(run)
    assert list((temporary_folders / "runs").iterdir()) == []
    assert runs.list_runs() == []


def test_runs_of_one_name_are_numbered(temporary_folders, request_for):
    names = [runs.create("Quick", request_for()).name for _each in range(3)]
    assert len(set(names)) == 3
    assert names[0] == "Quick"
    assert {run.name for run in runs.list_runs()} == set(names)


def test_run_is_renamed_with_its_model(temporary_folders, request_for, drive):
    run = runs.create("Quick", request_for(steps=4))
    _, model = drive(runs.train(run))
    assert runs.rename_model(model, "mine").path == temporary_folders / "models" / "mine.safetensors"
    (renamed,) = runs.list_runs()
    assert (renamed.name, renamed.model, renamed.curve != ()) == ("mine", "mine", True)
    assert sorted(path.name for path in (temporary_folders / "runs").iterdir()) == ["mine.run"]


def test_run_keeps_its_name_if_another_run_has_the_new_one(temporary_folders, request_for, drive):
    _, model = drive(runs.train(runs.create("Quick", request_for(steps=4))))
    runs.create("mine", request_for(steps=4))
    runs.rename_model(model, "mine")
    assert {run.name: run.model for run in runs.list_runs()} == {"Quick": "mine", "mine": ""}


def test_run_with_former_field_names_is_read(temporary_folders, request_for):
    run = runs.create("old", request_for(validation_size=1, emit_snapshots=True))
    content = run.path.read_text(encoding="utf-8")
    for present, former in FORMER_NAMES.items():
        assert f'"{present}"' in content
        content = content.replace(f'"{present}"', f'"{former}"')
    run.path.write_text(content, encoding="utf-8")
    assert runs.read(run.path) == run


def test_run_with_an_unknown_field_is_unreadable(temporary_folders, request_for):
    run = runs.create("new", request_for())
    run.path.write_bytes(run.path.read_bytes().replace(b'"ema_decay"', b'"moving_average"'))
    assert runs.read(run.path) is None


@pytest.mark.parametrize("content", [b"", b"text\n", b"[]\n", b'{"asked": {}}\n', b'{"asked": {"recipe": 3}}\n'])
def test_invalid_logs_are_skipped(content, temporary_folders):
    (temporary_folders / "runs").mkdir(parents=True)
    (temporary_folders / "runs" / "odd.run").write_bytes(content)
    assert runs.list_runs() == []


def test_missing_runs_folder_gives_empty_list(temporary_folders):
    assert runs.list_runs() == []


def test_failed_start_leaves_nothing_to_resume(temporary_folders, request_for, drive):
    with pytest.raises(NoImages):
        drive(runs.train(runs.create("gone", request_for(source=temporary_folders / "nowhere"))))
    assert not runs.list_runs()[0].is_unfinished

"""A trained model is never lost if saving it fails: full disk, missing folder, killed process."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from engine.errors import ModelNotSaved, ModelUnwritable, WeightsUnusable
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.system import paths
from engine.training import runs
from engine.training.events import StepDone
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)


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
        usual |= {"steps": 40, "recipe": Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4)}
        return TrainRequest(**usual | changes)

    return make


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def put_a_file_in_place_of(folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file")


@contextmanager
def small_files_only():
    """Limit files to 500 bytes, so that writing fails as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def trained_but_not_saved(own, request_for, drive):
    """Return a run that has finished its last step, but whose model could not be saved."""
    put_a_file_in_place_of(own / "models")
    run = runs.create("Quick", request_for())
    with pytest.raises(ModelNotSaved):
        drive(runs.train(run))
    (own / "models").unlink()
    return run


def test_failed_save_can_be_repeated(temporary_folders, request_for, drive):
    put_a_file_in_place_of(temporary_folders / "models")
    run = runs.create("Quick", request_for())
    with pytest.raises(ModelNotSaved) as failed:
        drive(runs.train(run))
    message, trained = str(failed.value), run.request.output
    assert str(temporary_folders / "models") in message
    assert str(trained) in message
    assert "save the model again" in message
    expected = weights_in(trained)

    (waiting,) = runs.list_runs()
    assert (waiting.is_unfinished, waiting.is_trained, waiting.can_resume, waiting.step) == (True, True, False, 40)
    with pytest.raises(ModelNotSaved):
        runs.save_to_library(waiting)
    (temporary_folders / "models").unlink()
    kept = runs.save_to_library(waiting)
    assert (kept.name, kept.path.parent) == ("Quick", temporary_folders / "models")
    assert torch.equal(weights_in(kept.path), expected)
    assert sorted(path.name for path in (temporary_folders / "runs").iterdir()) == ["Quick.run"]


def test_resume_of_trained_run_only_saves_model(temporary_folders, request_for, drive, training_folder):
    run = trained_but_not_saved(temporary_folders, request_for, drive)
    for path in training_folder.iterdir():
        path.unlink()
    events, model = drive(runs.train(run))
    assert (events, model.record["steps"]) == ([], 40)


def test_full_disk_during_save_loses_nothing(temporary_folders, request_for, drive):
    run = trained_but_not_saved(temporary_folders, request_for, drive)
    with small_files_only(), pytest.raises(ModelNotSaved, match="too large"):
        runs.save_to_library(run)
    assert list((temporary_folders / "models").iterdir()) == []
    assert catalog.checkpoint_path(run.request.output).is_file()
    assert runs.read(run.path).is_unfinished
    assert runs.save_to_library(run).record["steps"] == 40


def test_model_is_saved_once_if_log_fails(temporary_folders, request_for, drive):
    """The log cannot be written, because its path is a folder. The next attempt finds the saved model."""
    run = trained_but_not_saved(temporary_folders, request_for, drive)
    story = run.path.read_bytes()
    run.path.unlink()
    run.path.mkdir()
    with pytest.raises(ModelUnwritable):
        runs.save_to_library(run)
    run.path.rmdir()
    run.path.write_bytes(story)
    assert runs.save_to_library(run).name == "Quick"
    assert [path.name for path in (temporary_folders / "models").iterdir()] == ["Quick.safetensors"]


def test_damaged_model_is_not_saved(temporary_folders, request_for, drive):
    run = trained_but_not_saved(temporary_folders, request_for, drive)
    content = run.request.output.read_bytes()
    run.request.output.write_bytes(content[:-100])
    with pytest.raises(WeightsUnusable):
        runs.save_to_library(run)
    assert catalog.checkpoint_path(run.request.output).is_file()
    assert not (temporary_folders / "models").exists()


def test_incomplete_line_does_not_damage_next(temporary_folders, request_for, drive):
    run = trained_but_not_saved(temporary_folders, request_for, drive)
    with run.path.open("ab") as story:
        story.write(b'{"step": 41, "lo')
    runs.save_to_library(run)
    assert runs.read(run.path).model == "Quick"


@pytest.mark.parametrize("left", ["Quick.run", "Quick.safetensors", "Quick.checkpoint"])
def test_new_run_avoids_names_of_existing_files(left, temporary_folders, request_for):
    (temporary_folders / "runs").mkdir(parents=True)
    (temporary_folders / "runs" / left).write_bytes(b"of an earlier run")
    assert runs.create("Quick", request_for()).name != "Quick"
    assert (temporary_folders / "runs" / left).read_bytes() == b"of an earlier run"


# Repeats the end of a run in forks of one process. The n-th fork kills itself before its n-th change to a file.
KILL_PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
import torch
from engine.system import paths
from engine.training import (runs, job)
from engine.inference import device

torch.set_num_threads(1)
device.set_thread_count = lambda *_: None
job.REPORT_EVERY, job.VALIDATE_EVERY = 10, 20
given, wanted = Path(sys.argv[1]), sys.argv[2]
changes = number = 0

def finish_run(data):
    paths.models_folder, paths.runs_folder = (lambda: data / "models"), (lambda: data / "runs")
    (run,) = runs.list_runs()
    runs.save_to_library(run) if wanted == "keep" else list(runs.train(run))

def kill_before_change(event, arguments):
    global changes
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in ("os.rename", "os.remove", "os.mkdir"):
        changes += 1
        if changes == number:
            os.kill(os.getpid(), signal.SIGKILL)

shutil.copytree(given, given.with_name("first"))
finish_run(given.with_name("first"))  # imports all that the forks need
while True:
    number += 1
    data = given.with_name(f"killed-{number}")
    shutil.copytree(given, data)
    child = os.fork()
    if child == 0:
        sys.addaudithook(kill_before_change)
        finish_run(data)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
print(number - 1)
"""


def folder_content(data):
    """Return the content of all files in the folders, except temporary files."""
    files = sorted(path for path in data.rglob("*") if path.is_file() and not path.name.startswith("."))
    return tuple((path.relative_to(data), path.read_bytes()) for path in files)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("what", ["follow", "keep"])
def test_kill_at_any_file_operation_loses_no_model(what, temporary_folders, request_for, drive, monkeypatch, tmp_path):
    whole = weights_in(drive(runs.train(runs.create("whole", request_for())))[1].path)
    shutil.rmtree(temporary_folders)
    if what == "keep":
        trained_but_not_saved(temporary_folders, request_for, drive)
    else:
        job = runs.train(runs.create("Quick", request_for()))
        next(event for event in job if isinstance(event, StepDone) and event.step == 38)
        job.close()
    ran = subprocess.run(
        [sys.executable, "-c", KILL_PROGRAM, str(temporary_folders), what],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    kills = int(ran.stdout)
    assert kills > 5
    left = {folder_content(tmp_path / f"killed-{number}"): number for number in range(1, kills + 1)}
    assert len(left) > 3
    for number in left.values():
        data = tmp_path / f"killed-{number}"
        for name in ("models", "runs"):
            monkeypatch.setattr(paths, f"{name}_folder", lambda name=name, data=data: data / name)
        (run,) = runs.list_runs()
        assert run.is_unfinished or run.model, f"kill {number}: the run is neither offered nor saved"
        _, model = drive(runs.train(run))
        assert torch.equal(weights_in(model.path), whole), f"kill {number}"
        assert [path.stem for path in (data / "models").glob("*.safetensors")] == ["Quick"], f"kill {number}"

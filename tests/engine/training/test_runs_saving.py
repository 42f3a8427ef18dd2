"""A finished model outlives every failure on its way into the user's models: a full disk, a missing folder, a kill."""

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
from engine.models.catalog import ModelSpec
from engine.models.weights import load_network
from engine.system import paths
from engine.training import runs
from engine.training.events import Stepped
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelSpec(5, 1, 3, 2, n1=8, n2=4)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Empty folders for the user's models and runs, not made yet."""
    for name in ("models", "runs"):
        monkeypatch.setattr(paths, name, lambda name=name: tmp_path / "data" / name)
    return tmp_path / "data"


@pytest.fixture
def request_for(own, training_folder, tmp_path):
    def make(**changes):
        usual = {"source": training_folder, "spec": SPEC, "output": tmp_path / "unused.safetensors", "device": "cpu"}
        usual |= {"steps": 40, "recipe": Recipe(batch=8, learning_rate=5e-3, warm_up=4)}
        return TrainRequest(**usual | changes)

    return make


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def put_a_file_in_place_of(folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file")


@contextmanager
def small_files_only():
    """Have the system refuse files of more than 500 bytes: a write fails in the middle, as on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def trained_but_not_saved(own, request_for, drive):
    """A run whose last step is done and whose model could not be saved."""
    put_a_file_in_place_of(own / "models")
    run = runs.begin("Quick", request_for())
    with pytest.raises(ModelNotSaved):
        drive(runs.follow(run))
    (own / "models").unlink()
    return run


def test_a_model_that_cannot_be_saved_stays_and_is_saved_later(own, request_for, drive):
    put_a_file_in_place_of(own / "models")
    run = runs.begin("Quick", request_for())
    with pytest.raises(ModelNotSaved) as failed:
        drive(runs.follow(run))
    said, trained = str(failed.value), run.request.output
    assert str(own / "models") in said
    assert str(trained) in said
    assert "save the model again" in said
    expected = weights_in(trained)

    (waiting,) = runs.catalogue()
    assert (waiting.is_unfinished, waiting.is_trained, waiting.can_resume, waiting.step) == (True, True, False, 40)
    with pytest.raises(ModelNotSaved):
        runs.keep(waiting)
    (own / "models").unlink()
    kept = runs.keep(waiting)
    assert (kept.name, kept.path.parent) == ("Quick", own / "models")
    assert torch.equal(weights_in(kept.path), expected)
    assert sorted(path.name for path in (own / "runs").iterdir()) == ["Quick.run"]


def test_resuming_a_trained_run_saves_its_model_without_its_images(own, request_for, drive, training_folder):
    run = trained_but_not_saved(own, request_for, drive)
    for path in training_folder.iterdir():
        path.unlink()
    events, model = drive(runs.follow(run))
    assert (events, model.record["steps"]) == ([], 40)


def test_a_disk_that_fills_up_while_the_model_is_saved_costs_nothing(own, request_for, drive):
    run = trained_but_not_saved(own, request_for, drive)
    with small_files_only(), pytest.raises(ModelNotSaved, match="too large"):
        runs.keep(run)
    assert list((own / "models").iterdir()) == []
    assert catalog.checkpoint_path(run.request.output).is_file()
    assert runs.read(run.path).is_unfinished
    assert runs.keep(run).record["steps"] == 40


def test_a_model_whose_run_could_not_be_updated_is_saved_once(own, request_for, drive):
    """The model arrives, but the run's file is a folder: the next attempt finds the model and finishes."""
    run = trained_but_not_saved(own, request_for, drive)
    story = run.path.read_bytes()
    run.path.unlink()
    run.path.mkdir()
    with pytest.raises(ModelUnwritable):
        runs.keep(run)
    run.path.rmdir()
    run.path.write_bytes(story)
    assert runs.keep(run).name == "Quick"
    assert [path.name for path in (own / "models").iterdir()] == ["Quick.safetensors"]


def test_a_damaged_model_is_not_saved_and_its_checkpoint_stays(own, request_for, drive):
    run = trained_but_not_saved(own, request_for, drive)
    content = run.request.output.read_bytes()
    run.request.output.write_bytes(content[:-100])
    with pytest.raises(WeightsUnusable):
        runs.keep(run)
    assert catalog.checkpoint_path(run.request.output).is_file()
    assert not (own / "models").exists()


def test_a_line_cut_short_does_not_swallow_the_next_one(own, request_for, drive):
    run = trained_but_not_saved(own, request_for, drive)
    with run.path.open("ab") as story:
        story.write(b'{"step": 41, "lo')
    runs.keep(run)
    assert runs.read(run.path).model == "Quick"


@pytest.mark.parametrize("left", ["Quick.run", "Quick.safetensors", "Quick.checkpoint"])
def test_a_new_run_takes_no_name_under_which_anything_was_left(left, own, request_for):
    (own / "runs").mkdir(parents=True)
    (own / "runs" / left).write_bytes(b"of an earlier run")
    assert runs.begin("Quick", request_for()).name != "Quick"
    assert (own / "runs" / left).read_bytes() == b"of an earlier run"


# Repeats the end of a run in forks of one process. The n-th fork kills itself before its n-th change to a file.
KILL_EVERYWHERE = """
import os, shutil, signal, sys
from pathlib import Path
import torch
from engine.system import paths
from engine.training import (runs, job)
from engine.inference import device

torch.set_num_threads(1)
device.use_all_threads = lambda *_: None
job.REPORT_EVERY, job.VALIDATE_EVERY = 10, 20
given, wanted = Path(sys.argv[1]), sys.argv[2]
changes = number = 0

def finish_run(data):
    paths.models, paths.runs = (lambda: data / "models"), (lambda: data / "runs")
    (run,) = runs.catalogue()
    runs.keep(run) if wanted == "keep" else list(runs.follow(run))

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


def state_of(data):
    """What lies in the folders, so that each state is looked at once; half-written files have no name yet."""
    files = sorted(path for path in data.rglob("*") if path.is_file() and not path.name.startswith("."))
    return tuple((path.relative_to(data), path.read_bytes()) for path in files)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("what", ["follow", "keep"])
def test_killed_before_any_change_to_a_file_no_model_is_lost(what, own, request_for, drive, monkeypatch, tmp_path):
    whole = weights_in(drive(runs.follow(runs.begin("whole", request_for())))[1].path)
    shutil.rmtree(own)
    if what == "keep":
        trained_but_not_saved(own, request_for, drive)
    else:
        job = runs.follow(runs.begin("Quick", request_for()))
        next(event for event in job if isinstance(event, Stepped) and event.step == 38)
        job.close()
    ran = subprocess.run(
        [sys.executable, "-c", KILL_EVERYWHERE, str(own), what],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    kills = int(ran.stdout)
    assert kills > 5
    left = {state_of(tmp_path / f"killed-{number}"): number for number in range(1, kills + 1)}
    assert len(left) > 3
    for number in left.values():
        data = tmp_path / f"killed-{number}"
        for name in ("models", "runs"):
            monkeypatch.setattr(paths, name, lambda name=name, data=data: data / name)
        (run,) = runs.catalogue()
        assert run.is_unfinished or run.model, f"kill {number}: the run is neither offered nor saved"
        _, model = drive(runs.follow(run))
        assert torch.equal(weights_in(model.path), whole), f"kill {number}"
        assert [path.stem for path in (data / "models").glob("*.safetensors")] == ["Quick"], f"kill {number}"

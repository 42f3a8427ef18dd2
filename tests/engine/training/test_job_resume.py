"""Stopped and killed runs resume with bit-identical results."""

import math
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import CheckpointUnusable, InvalidSetting, NothingToResume, TrainingSuspended
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.training import checkpoint_file
from engine.training import job as train
from engine.training.events import Resumed, StepDone, SuspendRequest, TrainingStats, Validated
from engine.training.request import Recipe, TrainRequest

pytestmark = pytest.mark.usefixtures("one_thread", "short_run")
SPEC = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)
# Former field names of recipes by their present names.
FORMER_NAMES = {
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
QUICK = Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4)


@pytest.fixture
def request_for(training_folder, tmp_path):
    def make(name="own", **changes):
        usual = {"source": training_folder, "info": SPEC, "output": tmp_path / f"{name}.safetensors", "device": "cpu"}
        return TrainRequest(**usual | {"steps": 100, "recipe": QUICK, "validation_size": 2} | changes)

    return make


def resumed(request: TrainRequest) -> TrainRequest:
    return replace(request, steps=None, resume=True)


def weights_in(path: Path) -> torch.Tensor:
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def curve(events) -> list[tuple]:
    """Return the values of all curve events of a run, without its speed."""
    steps = [(event.step, event.loss, event.learning_rate) for event in events if isinstance(event, TrainingStats)]
    return steps + [(event.step, event.psnr_db, event.is_best) for event in events if isinstance(event, Validated)]


RECIPES = {
    "quick": QUICK,
    "sgd": Recipe("sgd", 1e-3, batch_size=8, warmup_steps=0, ema_decay=0, orientations=False),
    "bfloat16": replace(QUICK, precision="bfloat16"),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("stop_at", [20, 60])
def test_resumed_run_is_bit_identical(request_for, drive, recipe, stop_at):
    whole, _ = drive(train.run(request_for("whole", recipe=recipe)))
    job = train.run(request_for("cut", recipe=recipe))
    before = []
    for event in job:
        before.append(event)
        if isinstance(event, Validated) and event.step == stop_at:
            break
    job.close()
    after, _ = drive(train.run(resumed(request_for("cut", recipe=recipe))))
    (went_on,) = [event for event in after if isinstance(event, Resumed)]
    assert (went_on.step, went_on.steps) == (stop_at, 100)
    shown = [(event.step, event.psnr_db) for event in before if isinstance(event, Validated)]
    assert [step for step, _ in went_on.curve] == [step for step, _ in shown]
    assert [psnr_db for _, psnr_db in went_on.curve] == pytest.approx([psnr_db for _, psnr_db in shown], abs=1e-4)
    assert sorted(curve(before + after)) == sorted(curve(whole))
    first, second = (weights_in(request_for(name).output) for name in ("whole", "cut"))
    assert torch.equal(first, second)
    assert not catalog.checkpoint_path(request_for("cut").output).exists(), "a finished run leaves no checkpoint"


@pytest.mark.parametrize("stop_at", [1, 33, 40, 100])
def test_closed_run_resumes_at_its_step(request_for, drive, stop_at):
    drive(train.run(request_for("whole")))
    job = train.run(request_for("cut"))
    next(event for event in job if isinstance(event, StepDone) and event.step == stop_at)
    job.close()
    after, _ = drive(train.run(resumed(request_for("cut"))))
    (went_on,) = [event for event in after if isinstance(event, Resumed)]
    assert went_on.step == stop_at
    assert torch.equal(*(weights_in(request_for(name).output) for name in ("whole", "cut")))


@pytest.mark.parametrize("stop_at", [1, 33, 40])
def test_suspended_run_resumes_at_its_step(request_for, drive, stop_at):
    drive(train.run(request_for("whole")))
    job = train.run(request_for("cut"))
    next(event for event in job if isinstance(event, StepDone) and event.step == stop_at)
    with pytest.raises(TrainingSuspended) as ended:
        job.send(SuspendRequest())
    assert ended.value.facts["step"] == stop_at
    assert checkpoint_file.load(catalog.checkpoint_path(request_for("cut").output))["learner"]["step"] == stop_at
    drive(train.run(resumed(request_for("cut"))))
    assert torch.equal(*(weights_in(request_for(name).output) for name in ("whole", "cut")))


def test_suspend_request_after_last_step_finishes_run(request_for, drive):
    job = train.run(request_for())
    next(event for event in job if isinstance(event, StepDone) and event.step == 100)
    assert isinstance(job.send(SuspendRequest()), TrainingStats)
    _, trained = drive(job)
    assert trained.steps == 100
    assert not catalog.checkpoint_path(request_for().output).exists()


def test_missed_validation_is_done_on_resume(request_for, drive):
    whole, _ = drive(train.run(request_for("whole")))
    job = train.run(request_for("cut"))
    before = []
    for event in job:
        before.append(event)
        if isinstance(event, StepDone) and event.step == 40:
            break
    job.close()
    after, _ = drive(train.run(resumed(request_for("cut"))))
    measured = [(event.step, event.psnr_db, event.is_best) for event in whole if isinstance(event, Validated)]
    assert [(e.step, e.psnr_db, e.is_best) for e in before + after if isinstance(e, Validated)] == measured


def test_resumed_run_keeps_requested_minutes(request_for, drive):
    job = train.run(request_for(steps=None, minutes=0.03))
    next(event for event in job if isinstance(event, StepDone) and event.step == 30)
    job.close()
    state = checkpoint_file.load(catalog.checkpoint_path(request_for().output))
    assert (state["learner"]["step"], state["minutes"]) == (30, 0.03)
    assert 0 < state["seconds"] < 1.8
    events, trained = drive(train.run(resumed(request_for())))
    (went_on,) = [event for event in events if isinstance(event, Resumed)]
    assert (went_on.step, went_on.steps) == (30, state["steps"])
    assert trained.steps > 30
    rates = [event.learning_rate for event in events if isinstance(event, TrainingStats)]
    assert rates[-1] == 0, "the schedule ends with the run"


def test_checkpoint_without_time_keeps_its_number_of_steps(request_for, drive):
    """Earlier versions did not store the elapsed time of a run."""
    job = train.run(request_for(steps=None, minutes=0.03))
    next(event for event in job if isinstance(event, StepDone) and event.steps is not None)
    job.close()
    path = catalog.checkpoint_path(request_for().output)
    state = checkpoint_file.load(path)
    del state["seconds"]
    checkpoint_file.save(path, state | {"steps": 90})
    _events, trained = drive(train.run(resumed(request_for())))
    assert trained.steps == 90


# Trains as `request_for()` does, and kills itself at step 50.
PROGRAM = """
import os, signal, sys
from pathlib import Path
import torch
from engine.inference import device
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.training import job
from engine.training.events import StepDone
from engine.training.request import Recipe, TrainRequest
device.set_thread_count = lambda *_: None
torch.set_num_threads(1)
job.REPORT_EVERY, job.VALIDATE_EVERY = 10, 20
request = TrainRequest(Path(sys.argv[1]), ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2), Path(sys.argv[2]), device="cpu",
                       recipe=Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4), validation_size=2, steps=100)
for event in job.run(request):
    if isinstance(event, StepDone) and event.step == 50:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killed_run_resumes_to_same_weights(request_for, drive, training_folder):
    """The last checkpoint before the kill was written at the validation of step 40."""
    whole, cut = request_for("whole"), request_for("cut")
    command = [sys.executable, "-c", PROGRAM, str(training_folder), str(cut.output)]
    killed = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    events, _ = drive(train.run(resumed(cut)))
    assert [(event.step, event.steps) for event in events if isinstance(event, Resumed)] == [(40, 100)]
    drive(train.run(whole))
    assert torch.equal(weights_in(whole.output), weights_in(cut.output))


def stopped(request: TrainRequest) -> Path:
    job = train.run(request)
    next(event for event in job if isinstance(event, Validated) and event.step)
    job.close()
    return catalog.checkpoint_path(request.output)


def test_other_validation_set_is_refused(request_for, drive):
    stopped(request_for())
    with pytest.raises(CheckpointUnusable, match=r"started with validation=2\. Use the same settings"):
        drive(train.run(resumed(request_for(validation_size=3))))


def test_checkpoint_without_model_is_an_error(request_for, drive, plain_sentence):
    path = stopped(request_for())
    request_for().output.unlink()
    with pytest.raises(CheckpointUnusable) as refused:
        drive(train.run(resumed(request_for())))
    plain_sentence(refused.value, path.name)


@pytest.mark.parametrize("has_model", [True, False])
def test_missing_checkpoint_is_an_error(request_for, plain_sentence, tmp_path, has_model):
    """The error is raised before images are read."""
    if has_model:
        request_for().output.write_bytes(b"")
    with pytest.raises(NothingToResume) as refused:
        next(train.run(resumed(request_for())))
    plain_sentence(refused.value, f"own.checkpoint isn't in {tmp_path}")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 4}, "seed=0"),
        ({"recipe": replace(QUICK, batch_size=4, ema_decay=0)}, "batch_size=8, ema_decay=0.998"),
        ({"info": ModelInfo(Srcnn(5, 1, 5, n1=8, n2=4), 2)}, "arch=5-1-3"),
        ({"info": ModelInfo(Srcnn(5, 1, 3, n1=8, n2=5), 2)}, "n2=4"),
        ({"steps": 50}, "steps=100"),
        ({"steps": None, "epochs": 1}, "steps=100"),
        ({"steps": None, "minutes": 1}, "steps=100"),
    ],
)
def test_other_settings_are_refused_and_named(request_for, drive, plain_sentence, changes, named):
    stopped(request_for())
    with pytest.raises(CheckpointUnusable) as refused:
        drive(train.run(replace(request_for(**changes), resume=True)))
    plain_sentence(refused.value, "own.checkpoint", f"started with {named}. Use")


def test_other_images_are_refused(request_for, drive, training_folder, texture):
    stopped(request_for())
    image_files.write(Image(texture(48, 50, 1, 99)), training_folder / "new.png")
    with pytest.raises(CheckpointUnusable):
        drive(train.run(resumed(request_for())))


def test_checkpoint_without_new_field_can_be_resumed(request_for, drive):
    path = stopped(request_for())
    state = checkpoint_file.load(path)
    del state["made_with"]["recipe"]["init_gain"]
    checkpoint_file.save(path, state)
    events, _ = drive(train.run(resumed(request_for())))
    assert any(isinstance(event, Resumed) for event in events)


def test_old_checkpoint_keeps_its_schedule(request_for, drive):
    """The expected rate is 5e-3 / 2 * (1 + cos(pi * step / 100)), counted from step 0."""
    path = stopped(request_for())
    state = checkpoint_file.load(path)
    del state["learner"]["schedule"]
    checkpoint_file.save(path, state)
    events, _ = drive(train.run(resumed(request_for())))
    rates = {event.step: event.learning_rate for event in events if isinstance(event, TrainingStats)}
    assert rates == pytest.approx(
        {step: 2.5e-3 * (1 + math.cos(math.pi * step / 100)) for step in range(30, 101, 10)}, abs=1e-12
    )


def test_resumed_run_stores_its_schedule(request_for):
    path = stopped(request_for())
    state = checkpoint_file.load(path)
    del state["learner"]["schedule"]
    checkpoint_file.save(path, state)
    job = train.run(resumed(request_for()))
    next(event for event in job if isinstance(event, StepDone))
    job.close()
    assert checkpoint_file.load(path)["learner"]["schedule"] == "cosine_from_step_0"


def test_unknown_schedule_is_refused(request_for, drive, plain_sentence):
    path = stopped(request_for())
    state = checkpoint_file.load(path)
    state["learner"]["schedule"] = "one cycle"
    checkpoint_file.save(path, state)
    with pytest.raises(CheckpointUnusable, match="newer version") as refused:
        drive(train.run(resumed(request_for())))
    plain_sentence(refused.value, "own.checkpoint")


def test_unknown_fields_of_checkpoint_are_listed(request_for, drive, plain_sentence):
    path = stopped(request_for())
    state = checkpoint_file.load(path)
    state["made_with"]["recipe"] |= {"lookahead": 5, "anneal": True}
    checkpoint_file.save(path, state)
    with pytest.raises(CheckpointUnusable) as refused:
        drive(train.run(resumed(request_for())))
    plain_sentence(refused.value, "own.checkpoint", "anneal, lookahead")


def test_checkpoint_with_former_field_names_can_be_resumed(request_for, drive):
    path = stopped(request_for())
    state = checkpoint_file.load(path)
    recipe = state["made_with"]["recipe"]
    for present, former in FORMER_NAMES.items():
        recipe[former] = recipe.pop(present)
    checkpoint_file.save(path, state)
    assert set(state["learner"]) == {"step", "schedule", "network", "average", "optimiser"}
    assert set(state["made_with"]) == {"spec", "recipe", "seed", "data_sha256", "held_out_sha256"}
    events, _ = drive(train.run(resumed(request_for())))
    assert any(isinstance(event, Resumed) for event in events)


class RunsCode:
    """A pickle that creates a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "code", "list"])
def test_damaged_or_malicious_checkpoint_is_an_error(request_for, drive, plain_sentence, tmp_path, damage):
    path = stopped(request_for())
    content = path.read_bytes()
    marker = tmp_path / "ran"
    if damage == "code":
        torch.save({"made_with": RunsCode(marker)}, path)
    elif damage == "list":
        torch.save([1, 2], path)
    else:
        path.write_bytes({"cut": content[: len(content) // 2], "text": b"hello there", "empty": b""}[damage])
    with pytest.raises(CheckpointUnusable) as refused:
        drive(train.run(resumed(request_for())))
    plain_sentence(refused.value, "own.checkpoint")
    assert not marker.exists()


def test_repeated_settings_are_accepted(request_for, drive):
    request = request_for()
    stopped(request)
    _events, trained = drive(train.run(replace(request, resume=True)))
    assert trained.steps == 100


def test_repeated_epochs_are_accepted(request_for, drive):
    request = request_for(steps=None, epochs=2)
    stopped(request)
    drive(train.run(replace(request, resume=True)))


def test_repeated_minutes_are_accepted_and_others_are_named(request_for, drive):
    request = request_for(steps=None, minutes=0.02)
    stopped(request)
    with pytest.raises(CheckpointUnusable, match=r"started with minutes=0\.02\. Use"):
        drive(train.run(replace(request, minutes=1, resume=True)))
    drive(train.run(replace(request, resume=True)))


def test_resumed_run_keeps_name_of_its_warm_start(request_for, drive):
    """The window does not store the warm start of a run, because the checkpoint replaces it."""
    _events, first = drive(train.run(request_for("first")))
    request = request_for(warm_start=first.model)
    stopped(request)
    _events, trained = drive(train.run(replace(resumed(request), warm_start=None)))
    assert trained.model.record["warm_start"] == "first"


def test_resume_accepts_at_most_one_length(request_for):
    with pytest.raises(InvalidSetting, match="exactly one"):
        replace(request_for(), minutes=1, resume=True)


def test_a_checkpoint_is_small(request_for):
    assert stopped(request_for()).stat().st_size < 60_000  # 8 filters; a 9-5-5 stays under a megabyte

"""`srcnn train`: termination signals, and output files that exist."""

import hashlib
import json
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from engine.cli import train as train_command
from engine.imaging.degradation import Degradation
from engine.models import catalog, registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.weights import load_network
from engine.training import checkpoint_file
from engine.training.command_formatting import format_command
from engine.training.events import PreparingPatches
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, TrainRequest
from engine.training.trainer import Trainer

ROOT = Path(__file__).parents[3]
STEPS = 400
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends signals to other processes")


@pytest.fixture(scope="module")
def patch_file(tmp_path_factory):
    """Write a patch file for a 1-1-1 model: 200 patches of waves, and labels with more contrast."""
    path = tmp_path_factory.mktemp("patches") / "train.h5"
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[:33, :33]
    periods = generator.uniform(2, 9, (200, 2, 1, 1))
    inputs = 0.5 + 0.2 * np.sin(rows / periods[:, 0]) + 0.2 * np.cos(columns / periods[:, 1])
    with h5py.File(path, "w") as file:
        file["data"] = inputs[:, None].astype(np.float32)
        file["label"] = np.clip(1.1 * inputs[:, None] - 0.05, 0, 1).astype(np.float32)
    return path


@pytest.fixture(scope="module", autouse=True)
def one_thread_in_subprocesses(tmp_path_factory):
    """Limit subprocesses to one thread, which is faster for such small batches."""
    folder = tmp_path_factory.mktemp("config")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(folder))
        (folder / "srcnn-studio").mkdir()
        (folder / "srcnn-studio" / "preferences.json").write_text('{"threads": 1}')
        yield


@pytest.fixture(autouse=True)
def one_thread_in_this_process(one_thread):
    """Limit commands in this process to one thread too."""


@pytest.fixture
def signal_at(monkeypatch):
    """Return a function that makes the training send a signal to its own process before a given step."""
    train_step = Trainer.train_step

    def arrange(step, number):
        def send_and_train(self, *arguments):
            if self.step == step:
                signal.raise_signal(number)
            return train_step(self, *arguments)

        monkeypatch.setattr(Trainer, "train_step", send_and_train)

    return arrange


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["SIGINT", "SIGTERM", "SIGHUP"])
def signal_number(request):
    """Yield the number of a termination signal. The command must replace and restore its handler."""

    def unexpected(number, _frame):
        pytest.fail(f"The command does not handle {signal.Signals(number).name}")

    before = signal.signal(request.param, unexpected)
    yield request.param
    restored = signal.signal(request.param, before)
    assert restored is unexpected


def arguments_for(patch_file, output, *more):
    usual = ("--output", output, "--arch", "1-1-1", "--batch-size", "8", "--device", "cpu")
    return ["train", *map(str, (patch_file, *usual, *more))]


def command(*arguments):
    return [sys.executable, "-m", "engine", *arguments_for(*arguments)]


def run(arguments):
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


@POSIX
def test_ctrl_c_writes_checkpoint_that_resumes(srcnn, patch_file, tmp_path):
    cut, whole = tmp_path / "cut.safetensors", tmp_path / "whole.safetensors"
    stderr = ""
    with subprocess.Popen(
        command(patch_file, cut, "--steps", STEPS, "--json"),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stderr:
            stderr += line
            if line.startswith("Step 100:"):
                break
        process.send_signal(signal.SIGINT)
        stdout, rest = process.communicate(timeout=60)
    stderr += rest
    assert process.returncode == 130, stderr
    assert "Stopping after the current step." in stderr
    step = checkpoint_file.load(catalog.checkpoint_path(cut))["learner"]["step"]
    assert f"Stopped after step {step}." in stderr
    assert json.loads(stdout)["step"] == step
    assert 100 < step < STEPS
    assert f"The best model so far is in {cut}" in stderr
    assert "Traceback" not in stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.checkpoint", "cut.safetensors"]

    hint = next(line for line in stderr.splitlines() if line.startswith("To resume: "))
    program, dash_m, engine, *rest = shlex.split(hint.removeprefix("To resume: "))
    assert (program, dash_m, engine, rest[0], rest[-1]) == ("python", "-m", "engine", "train", "--resume")
    status, _, stderr = srcnn(*rest)
    assert status == 0, stderr
    assert f"Resuming at step {step} of {STEPS}." in stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.safetensors"]
    assert srcnn(*arguments_for(patch_file, whole, "--steps", STEPS))[0] == 0
    assert torch.equal(weights_in(cut), weights_in(whole))


@POSIX
def test_each_termination_signal_stops_with_its_status(signal_number, signal_at, srcnn, patch_file, tmp_path):
    """By convention, the exit status after a signal is 128 plus the number of the signal."""
    output = tmp_path / "own.safetensors"
    signal_at(30, signal_number)
    status, stdout, stderr = srcnn(*arguments_for(patch_file, output, "--steps", 60))
    assert (status, stdout) == (128 + signal_number, ""), stderr
    assert "Stopped after step 31." in stderr
    assert checkpoint_file.load(catalog.checkpoint_path(output))["learner"]["step"] == 31


@POSIX
@pytest.mark.parametrize("signal_number", [signal.SIGINT], indirect=True)
def test_run_limited_by_minutes_resumes_after_early_stop(signal_number, signal_at, srcnn, patch_file, tmp_path):
    """The number of steps of such a run is known only after 50 steps."""
    output = tmp_path / "own.safetensors"
    signal_at(10, signal_number)
    status, _, stderr = srcnn(*arguments_for(patch_file, output, "--minutes", "0.05"))
    assert status == 130, stderr
    signal_at(None, signal_number)
    status, _, stderr = srcnn(*arguments_for(patch_file, output, "--resume"))
    assert status == 0, stderr
    assert not catalog.checkpoint_path(output).exists()


@POSIX
@pytest.mark.parametrize("signal_number", [signal.SIGINT], indirect=True)
def test_stop_while_reading_images_writes_nothing(signal_number, srcnn, tmp_path, training_folder, monkeypatch):
    def stop_at_first_image(event):
        if isinstance(event, PreparingPatches):
            signal.raise_signal(signal_number)

    monkeypatch.setattr(train_command, "print_warning", stop_at_first_image)
    output = tmp_path / "out" / "own.safetensors"
    output.parent.mkdir()
    status, _, stderr = srcnn("train", training_folder, "--steps", "9", "--output", output)
    assert status == 130, stderr
    assert "Stopped before the first step. Nothing was saved." in stderr
    assert list(output.parent.iterdir()) == []


@POSIX
def test_second_ctrl_c_exits_immediately(srcnn, patch_file, tmp_path):
    """The process sends itself both signals during an endless step."""
    output = tmp_path / "own.safetensors"
    ended = run([sys.executable, "-c", TWO_SIGNALS_PROGRAM, *arguments_for(patch_file, output, "--steps", 400)])
    assert ended.returncode == -signal.SIGINT
    assert "Press Ctrl-C again to stop immediately." in ended.stderr
    assert checkpoint_file.load(catalog.checkpoint_path(output))["learner"]["step"] == 200
    status, _, stderr = srcnn(*arguments_for(patch_file, output, "--resume"))
    assert status == 0, stderr


TWO_SIGNALS_PROGRAM = """
import os, signal, time
from engine.cli import main
from engine.training.trainer import Trainer

train_step = Trainer.train_step

def endless_after_250(self, *arguments):
    if self.step == 250:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
    return train_step(self, *arguments)

Trainer.train_step = endless_after_250
main()
"""


@POSIX
def test_nohup_is_respected(signal_at, srcnn, patch_file, tmp_path):
    """nohup starts a command with SIGHUP ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        signal_at(10, signal.SIGHUP)
        status, _, stderr = srcnn(*arguments_for(patch_file, tmp_path / "own.safetensors", "--steps", 20))
    finally:
        signal.signal(signal.SIGHUP, before)
    assert status == 0, stderr


def test_existing_model_is_refused(srcnn, patch_file, tmp_path):
    output = tmp_path / "m.safetensors"
    assert srcnn(*arguments_for(patch_file, output, "--steps", 20))[0] == 0
    before = hashlib.sha256(output.read_bytes()).hexdigest()

    refused = srcnn(*arguments_for(patch_file, output, "--steps", 1))
    assert refused == (1, "", "m.safetensors already exists. Choose another name or pass --overwrite.\n")
    assert hashlib.sha256(output.read_bytes()).hexdigest() == before

    assert srcnn(*arguments_for(patch_file, output, "--steps", 1, "--overwrite"))[0] == 0
    assert hashlib.sha256(output.read_bytes()).hexdigest() != before


def test_existing_checkpoint_is_refused(srcnn, tmp_path, patch_file):
    output = tmp_path / "m.safetensors"
    for path in (output, catalog.checkpoint_path(output)):
        path.write_bytes(b"of a stopped training")
    status, stdout, stderr = srcnn(*arguments_for(patch_file, output, "--steps", 1))
    assert (status, stdout) == (1, "")
    assert stderr.startswith("m.safetensors already exists, and its training can be resumed. Pass --resume")


def test_resume_with_overwrite_is_refused(srcnn, tmp_path, patch_file):
    status, _, stderr = srcnn(*arguments_for(patch_file, tmp_path / "m.safetensors", "--resume", "--overwrite"))
    assert status == 2
    assert "Use only one of --resume" in stderr


@pytest.mark.parametrize("name", ["own.safetensors", "own.pth", "own.pt", "own.mat", "own.param"])
def test_model_export_needs_overwrite(name, srcnn, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"something of value")
    status, stdout, stderr = srcnn("models", "export", "srcnn-9-1-5-x3", path)
    assert (status, stdout, stderr) == (1, "", f"{name} already exists. Choose another name or pass --overwrite.\n")
    assert path.read_bytes() == b"something of value"
    assert srcnn("models", "export", "srcnn-9-1-5-x3", path, "--overwrite")[0] == 0
    assert load_network(path, 3).info.label == "9-1-5"


def test_patch_export_needs_overwrite(srcnn, tmp_path, patch_file, training_folder):
    path = tmp_path / "train.h5"
    path.write_bytes(patch_file.read_bytes())
    before = path.read_bytes()
    status, stdout, stderr = srcnn("data", "export", training_folder, "--output", path)
    assert (status, stdout, stderr) == (1, "", "train.h5 already exists. Choose another name or pass --overwrite.\n")
    assert path.read_bytes() == before
    assert srcnn("data", "export", training_folder, "--output", path, "--overwrite")[0] == 0
    assert path.read_bytes() != before


def test_a_training_without_improvement_is_reported(srcnn, patch_file, tmp_path):
    arguments = arguments_for(patch_file, tmp_path / "own.safetensors", "--steps", 2, "--learning-rate", 0.5)
    status, stdout, stderr = srcnn(*arguments)
    assert status == 0, stderr
    assert "Training didn't improve the initial weights." in stdout
    status, stdout, stderr = srcnn(*arguments, "--overwrite", "--json")
    assert json.loads(stdout)["best_step"] == 0


def test_cost_of_architecture_is_printed(srcnn, patch_file, tmp_path):
    """A 1-1-1 has 64 + 64 * 32 + 32 multiplications, and 64 + 32 + 1 biases."""
    status, stdout, stderr = srcnn(*arguments_for(patch_file, tmp_path / "m.safetensors", "--steps", 1, "--json"))
    assert status == 0
    assert "Architecture 1-1-1 x3: 2,241 parameters, 2,144 multiplications per result pixel, " in stderr
    printed = json.loads(stdout)
    assert (printed["parameters"], printed["multiplications_per_pixel"]) == (2241, 2144)
    assert printed["seconds_per_megapixel"] > 0


CONFIG = """
source = "train.h5"
arch = "1-1-1"
scale = 2
epochs = 9
validation = 20
seed = 3
device = "cpu"
[recipe]
batch_size = 8
ema_decay = 0.9
"""


def test_options_override_configuration_file(srcnn, patch_file, tmp_path):
    config, output = patch_file.with_name("recipe.toml"), tmp_path / "m.safetensors"
    config.write_text(CONFIG)
    status, _, stderr = srcnn("train", "--config", config, "-o", output, "--steps", 5, "--ema-decay", 0)
    assert status == 0, stderr
    model = catalog.read_model(output)
    record = model.record
    assert (model.info.label, model.info.scale, record["steps"], record["seed"]) == ("1-1-1", 2, 5, 3)
    assert (record["held_out"], record["recipe"]["batch_size"], record["recipe"]["ema_decay"]) == (
        {"patches": 20},
        8,
        0,
    )

    again = tmp_path / "again.safetensors"
    status, _, stderr = srcnn("train", patch_file, "--config", output, "-o", again, "--scale", 3, "--device", "cpu")
    assert status == 0, stderr
    assert catalog.read_model(again).info.scale == 3
    assert torch.equal(weights_in(again), weights_in(output))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Specify SOURCE, --config, or --extend."),
        (["--extend", "a.safetensors", "--paper"], "Use --extend without"),
        (["starter", "--paper", "--config", "recipe.toml"], "Use only one of --paper and --config."),
    ],
)
def test_contradicting_sources_of_settings_are_refused(srcnn, tmp_path, arguments, message):
    status, _, stderr = srcnn("train", *arguments, "-o", tmp_path / "m.safetensors")
    assert status == 2
    assert message in stderr


def test_extended_run_starts_from_its_model(srcnn, patch_file, tmp_path):
    """The extended run is a run with the same settings and a warm start. A better model is never lost."""
    first, second, expected = (tmp_path / f"{name}.safetensors" for name in ("first", "second", "expected"))
    assert srcnn(*arguments_for(patch_file, first, "--steps", 20, "--seed", 3))[0] == 0
    status, _, stderr = srcnn("train", patch_file, "--extend", first, "-o", second, "--steps", 10, "--device", "cpu")
    assert status == 0, stderr
    assert srcnn(*arguments_for(patch_file, expected, "--steps", 10, "--seed", 3, "--warm-start", first))[0] == 0
    assert torch.equal(weights_in(second), weights_in(expected))
    before, after = (catalog.read_model(path).record["held_out_psnr_db"] for path in (first, second))
    assert after >= before

    status, _, stderr = srcnn(*arguments_for(patch_file, first, "--extend", first, "--steps", 10, "--overwrite"))
    assert status == 0, stderr
    assert torch.equal(weights_in(first), weights_in(expected))


@pytest.mark.parametrize(
    "changes",
    [
        {"minutes": 10, "recipe": STANDARD_RECIPE},
        {"steps": 500, "recipe": replace(STANDARD_RECIPE, rescales=(0.9, 0.6), init_gain=0.1, loss_weighting=0)},
        {
            "epochs": 3,
            "recipe": PAPER_RECIPE,
            "validation_size": 2,
            "patience": 4,
            "test_set": ROOT,
            "seed": 7,
            "device": "cpu",
        },
        {"minutes": 0.5, "recipe": replace(STANDARD_RECIPE, optimizer="adamw", all_phases=True)},
        {"minutes": 1, "recipe": replace(STANDARD_RECIPE, optimizer="adamw", weight_decay=0.01, precision="bfloat16")},
        {
            "minutes": 1,
            "info": registry.parse("fsrcnn", 4),
            "recipe": replace(STANDARD_RECIPE, loss="l1", patch_size=24, degradation=Degradation.parse("jpeg:60-84")),
            "warm_start": catalog.find("fsrcnn-x4"),
        },
    ],
)
def test_command_of_a_request_gives_the_same_request(srcnn, monkeypatch, training_folder, changes):
    requests = []

    def record(request):
        requests.append(request)
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.training.job.run", record)
    output = Path("mine.safetensors")
    request = TrainRequest(training_folder, **{"info": registry.parse("9-1-5", 3), "output": output} | changes)
    words = shlex.split(format_command(request))
    assert words[:2] == ["srcnn", "train"]
    assert srcnn(*words[1:])[0] == 130
    assert requests == [request]


@pytest.mark.parametrize(
    "changes",
    [
        {"info": ModelInfo(Srcnn(9, 1, 5, n1=16), 3)},
        {"recipe": replace(STANDARD_RECIPE, warmup_steps=7)},
    ],
)
def test_command_of_a_request_without_options_uses_a_configuration_file(changes):
    request = TrainRequest(
        **{"source": Path("images"), "info": registry.parse("9-1-5", 3), "output": Path("m.safetensors"), "steps": 9}
        | changes
    )
    assert format_command(request) == "srcnn train --config recipe.toml -o mine.safetensors"

"""`srcnn train` in subprocesses: signals, and existing files."""

import hashlib
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from engine.models import catalog
from engine.models.weights import load_network
from engine.training import checkpoint_file

ROOT = Path(__file__).parents[3]
STEPS = 400
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends signals to other processes")


@pytest.fixture(scope="module")
def patch_file(tmp_path_factory):
    """Write a patch file with 200 patches of waves, and slightly sharper labels, for a 1-1-1."""
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
def one_thread(tmp_path_factory):
    """Limit subprocesses to one thread, which is faster for such small steps."""
    folder = tmp_path_factory.mktemp("config")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(folder))
        (folder / "srcnn-studio").mkdir()
        (folder / "srcnn-studio" / "preferences.json").write_text('{"threads": 1}')
        yield


@pytest.fixture(scope="module")
def whole(patch_file, tmp_path_factory):
    """Return the weights after STEPS uninterrupted steps."""
    output = tmp_path_factory.mktemp("whole") / "whole.safetensors"
    ran = run(command(patch_file, output, "--steps", STEPS))
    assert ran.returncode == 0, ran.stderr
    return weights_in(output)


def command(patch_file, output, *more):
    usual = ("--output", output, "--arch", "1-1-1", "--batch-size", "8", "--device", "cpu")
    return [sys.executable, "-m", "engine", "train", *map(str, (patch_file, *usual, *more))]


def run(arguments):
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def weights_in(path):
    return torch.cat([tensor.flatten() for tensor in load_network(path).state_dict().values()])


def stopped(arguments, number, after="Step 100:"):
    """Start a training, and send a signal after a line. Return (exit status, stderr, stdout)."""
    output = ""
    with subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            output += line
            if line.startswith(after):
                break
        process.send_signal(number)
        out, rest = process.communicate(timeout=60)
    return process.returncode, output + rest, out


@POSIX
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_writes_checkpoint_that_resumes(number, status, patch_file, whole, tmp_path):
    cut = tmp_path / "cut.safetensors"
    ended, stderr, printed = stopped(command(patch_file, cut, "--steps", STEPS, "--json"), number)
    assert (ended, printed) == (status, ""), stderr
    assert "Stopping after the current step." in stderr
    step = checkpoint_file.load(catalog.checkpoint_path(cut))["learner"]["step"]
    assert f"Stopped after step {step}." in stderr
    assert step > 100
    assert f"The best model so far is in {cut}" in stderr
    assert "Traceback" not in stderr

    hint = next(line for line in stderr.splitlines() if line.startswith("To resume: "))
    program, _dash_m, _engine, *rest = shlex.split(hint.removeprefix("To resume: "))
    assert (program, rest[0], rest[-1]) == ("python", "train", "--resume")
    again = run([sys.executable, "-m", "engine", *rest])
    assert again.returncode == 0, again.stderr
    assert f"Resuming at step {step} of {STEPS}." in again.stderr
    assert torch.equal(weights_in(cut), whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.safetensors"]


@POSIX
def test_run_of_minutes_resumes_after_early_stop(patch_file, tmp_path):
    """The length of the run is known only after 50 steps."""
    output = tmp_path / "own.safetensors"
    ended, stderr, _ = stopped(command(patch_file, output, "--minutes", "0.05"), signal.SIGINT, after="Step 0:")
    assert ended == 130, stderr
    again = run(command(patch_file, output, "--resume"))
    assert again.returncode == 0, again.stderr
    assert not catalog.checkpoint_path(output).exists()


@POSIX
def test_stop_while_reading_images_writes_nothing(tmp_path):
    output = tmp_path / "own.safetensors"
    arguments = [sys.executable, "-c", READING, "train", "starter", "--steps", "9", "--output", str(output)]
    ended = run(arguments)
    assert ended.returncode == 130, ended.stderr
    assert "Stopped before the first step. Nothing was saved." in ended.stderr
    assert list(tmp_path.iterdir()) == []


# The command, sending itself Ctrl-C at the first image that it has read.
READING = """
import os, signal
from engine import cli
from engine.cli import train

def show(event):
    if type(event).__name__ == "PreparingPatches":
        os.kill(os.getpid(), signal.SIGINT)

train.warn = show
cli.main()
"""


@POSIX
def test_second_ctrl_c_exits_immediately(patch_file, tmp_path):
    """The process sends itself both signals during an endless step."""
    output = tmp_path / "own.safetensors"
    arguments = [sys.executable, "-c", TWICE, *command(patch_file, output, "--steps", 400)[3:]]
    ended = run(arguments)
    assert ended.returncode == -signal.SIGINT
    assert "Press Ctrl-C again to stop at once." in ended.stderr
    assert checkpoint_file.load(catalog.checkpoint_path(output))["learner"]["step"] == 200
    again = run(command(patch_file, output, "--resume"))
    assert again.returncode == 0, again.stderr


TWICE = """
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
def test_nohup_is_respected(patch_file, tmp_path):
    output = tmp_path / "own.safetensors"
    quoted = shlex.join(command(patch_file, output, "--steps", 300))
    ended, stderr, _ = stopped(["sh", "-c", f"trap '' HUP; exec {quoted}"], signal.SIGHUP)
    assert ended == 0, stderr


def test_existing_model_is_refused(patch_file, tmp_path):
    output = tmp_path / "m.safetensors"
    assert run(command(patch_file, output, "--steps", 20)).returncode == 0
    before = hashlib.sha256(output.read_bytes()).hexdigest()

    again = run(command(patch_file, output, "--steps", 1))
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == "m.safetensors already exists. Choose another name or pass --overwrite.\n"
    assert hashlib.sha256(output.read_bytes()).hexdigest() == before

    assert run(command(patch_file, output, "--steps", 1, "--overwrite")).returncode == 0
    assert hashlib.sha256(output.read_bytes()).hexdigest() != before


def test_existing_checkpoint_is_refused(srcnn, tmp_path, patch_file):
    output = tmp_path / "m.safetensors"
    for path in (output, catalog.checkpoint_path(output)):
        path.write_bytes(b"of a stopped training")
    status, out, stderr = srcnn(*command(patch_file, output, "--steps", 1)[3:])
    assert (status, out) == (1, "")
    assert stderr.startswith("m.safetensors already exists, and its training can be resumed. Pass --resume")


def test_resume_with_overwrite_is_refused(srcnn, tmp_path, patch_file):
    status, _, stderr = srcnn(*command(patch_file, tmp_path / "m.safetensors", "--resume", "--overwrite")[3:])
    assert status == 2
    assert "Use only one of --resume" in stderr


@pytest.mark.parametrize("name", ["own.safetensors", "own.pth", "own.pt", "own.mat"])
def test_model_export_needs_overwrite(name, srcnn, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"something of value")
    status, out, stderr = srcnn("models", "export", "srcnn-9-1-5-x3", path)
    assert (status, out, stderr) == (1, "", f"{name} already exists. Choose another name or pass --overwrite.\n")
    assert path.read_bytes() == b"something of value"
    assert srcnn("models", "export", "srcnn-9-1-5-x3", path, "--overwrite")[0] == 0
    assert load_network(path, 3).info.label == "9-1-5"


def test_patch_export_needs_overwrite(srcnn, tmp_path, patch_file):
    path = tmp_path / "train.h5"
    path.write_bytes(patch_file.read_bytes())
    before = path.read_bytes()
    status, out, stderr = srcnn("data", "export", "starter", "--output", path)
    assert (status, out, stderr) == (1, "", "train.h5 already exists. Choose another name or pass --overwrite.\n")
    assert path.read_bytes() == before
    assert srcnn("data", "export", "starter", "--output", path, "--overwrite")[0] == 0
    assert path.read_bytes() != before

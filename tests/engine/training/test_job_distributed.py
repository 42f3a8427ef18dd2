"""Training by several processes under torchrun."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest
import torch

from engine.models import catalog
from engine.models.catalog import read_model
from engine.models.weights import load_network
from engine.training import checkpoint_file

ROOT = Path(__file__).parents[3]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
# 50 steps of a small network, every loss printed by the first process.
PROGRAM = """
import os, sys
from pathlib import Path
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.training import job
from engine.training.request import (Recipe, TrainRequest)
job.REPORT_EVERY = 1
info = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)
request = TrainRequest(Path(sys.argv[1]), info, Path(sys.argv[2]), device="cpu", steps=50,
                       recipe=Recipe(batch_size=8, learning_rate=5e-3, warmup_steps=4), validation_size=2)
for event in job.run(request):
    if isinstance(event, job.TrainingStats) and os.environ.get("RANK", "0") == "0":
        print("loss", event.step, event.loss, flush=True)
os._exit(0)  # as the command line leaves (engine.cli)
"""


def losses(command: list[str], folder: Path, output: Path) -> list[float]:
    script = output.with_suffix(".py")
    script.write_text(PROGRAM)
    made = subprocess.run(
        [*command, script, folder, output],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return [float(value) for value in re.findall(r"^loss \d+ (\S+)$", made.stdout, re.MULTILINE)]


@pytest.mark.slow
def test_two_processes_take_same_steps_as_one(training_folder, tmp_path):
    single, together = tmp_path / "alone.safetensors", tmp_path / "together.safetensors"
    one = losses([sys.executable], training_folder, single)
    two = losses(TORCHRUN, training_folder, together)
    assert len(one) == len(two) == 50
    assert mean(one[-10:]) < 0.95 * mean(one[:10])
    assert two == pytest.approx(one, rel=1e-4)
    for ours, theirs in zip(load_network(single).parameters(), load_network(together).parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)  # 2% of one step of Adam at this rate
    assert (read_model(single).record["processes"], read_model(together).record["processes"]) == (1, 2)
    assert sorted(path.name for path in tmp_path.glob("*together*")) == ["together.py", "together.safetensors"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the processes are found through /proc")
def test_killed_process_ends_all_and_leaves_checkpoint(training_folder, tmp_path):
    """The checkpoint was written at the validation of step 200."""
    output = tmp_path / "own.safetensors"
    with start(training_folder, output, "--steps", "200000") as job:
        before = read_until(job, "Step 200:")
        os.kill(processes_of(job.pid)[-1], signal.SIGKILL)
        after = job.stderr.read()
        job.wait(timeout=60)
    assert "Step 200:" in before, before
    assert job.returncode != 0
    assert "Training stopped because one of its processes ended. Resume the training to continue." in after
    assert checkpoint_file.load(catalog.checkpoint_path(output))["learner"]["step"] >= 200


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals to other processes")
def test_ctrl_c_stops_all_processes_after_the_same_step_and_run_resumes(training_folder, tmp_path):
    output = tmp_path / "own.safetensors"
    with start(training_folder, output, "--steps", "200000") as job:
        stderr = read_until(job, "Step 200:")
        job.send_signal(signal.SIGINT)
        stderr += job.stderr.read()
        job.wait(timeout=60)
    assert "one of its processes ended" not in stderr, stderr
    step = checkpoint_file.load(catalog.checkpoint_path(output))["learner"]["step"]
    assert f"Stopped after step {step}." in stderr
    assert step > 200

    with start(training_folder, output, "--resume") as job:
        going_on = read_until(job, "Resuming at step").splitlines()[-1]
        job.terminate()
        job.stderr.read()
    assert going_on == f"Resuming at step {step} of 200000."


def start(folder: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    """Start a training run with two processes."""
    arguments = [folder, "--output", output, "--arch", "1-1-1", "--device", "cpu", "--batch-size", "8", *options]
    command = [*TORCHRUN, "-m", "engine", "train", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def read_until(job: subprocess.Popen[str], start_of_line: str) -> str:
    """Return the stderr of a process up to the first line that starts with `start_of_line`."""
    text = ""
    for line in job.stderr:
        text += line
        if line.startswith(start_of_line):
            break
    return text


def processes_of(parent: int) -> list[int]:
    """Return the process ids of the workers of torchrun, oldest first."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]

"""Training by several processes under torchrun."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from engine.inference.process_group import SINGLE_PROCESS, ProcessGroup, from_environment
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
    assert one[-1] < 0.9 * one[0]
    assert two == pytest.approx(one, rel=1e-4)
    for ours, theirs in zip(load_network(single).parameters(), load_network(together).parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)
    assert (read_model(single).record["processes"], read_model(together).record["processes"]) == (1, 2)
    assert sorted(path.name for path in tmp_path.glob("*together*")) == ["together.py", "together.safetensors"]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the processes are found through /proc")
def test_killed_process_ends_job_and_run_resumes(training_folder, tmp_path):
    output = tmp_path / "own.safetensors"
    train = [
        *TORCHRUN,
        "-m",
        "engine",
        "train",
        training_folder,
        "--output",
        output,
        "--arch",
        "1-1-1",
        "--device",
        "cpu",
    ]
    with subprocess.Popen(
        [*train, "--batch-size", "8", "--steps", "200000"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as job:
        said = ""
        for line in job.stderr:
            said += line
            if line.startswith("step 1000:"):
                break
        assert "step 1000:" in said, said
        killed = time.monotonic()
        os.kill(processes_of(job.pid)[-1], signal.SIGKILL)
        rest = job.stderr.read()
        job.wait(timeout=60)
    assert job.returncode != 0
    assert "Another process of this training has gone, or it was told to stop. Start it again with --resume." in rest
    assert time.monotonic() - killed < 60
    assert catalog.checkpoint_path(output).exists()

    with subprocess.Popen(
        [*train, "--batch-size", "8", "--resume"], stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as job:
        for line in job.stderr:
            if line.startswith("going on at step"):
                break
        else:
            pytest.fail("it did not go on")
        for line in job.stderr:
            if line.startswith("step "):
                break
        job.terminate()
        job.stderr.read()
    assert int(line.split()[1].rstrip(":")) >= 1500


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals to other processes")
def test_ctrl_c_stops_all_processes_after_the_same_step_and_resume_goes_on(training_folder, tmp_path):
    output = tmp_path / "own.safetensors"
    usual = ["-m", "engine", "train", training_folder, "--output", output, "--arch", "1-1-1", "--device", "cpu"]
    train = [*TORCHRUN, *usual, "--batch-size", "8"]
    with subprocess.Popen([*train, "--steps", "200000"], stderr=subprocess.PIPE, text=True, cwd=ROOT) as job:
        said = ""
        for line in job.stderr:
            said += line
            if line.startswith("step 200:"):
                break
        job.send_signal(signal.SIGINT)
        said += job.stderr.read()
        job.wait(timeout=60)
    assert "Another process of this training has gone" not in said, said
    step = checkpoint_file.load(catalog.checkpoint_path(output))["learner"]["step"]
    assert f"Stopped after step {step}." in said
    assert step > 200

    with subprocess.Popen([*train, "--resume"], stderr=subprocess.PIPE, text=True, cwd=ROOT) as job:
        going_on = next(line for line in job.stderr if line.startswith("going on at step"))
        job.terminate()
        job.stderr.read()
    assert going_on == f"going on at step {step} of 200000\n"


def processes_of(parent: int) -> list[int]:
    """Return the processes started by torchrun, oldest first."""
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_single_process_without_torchrun(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert from_environment() == SINGLE_PROCESS
    assert SINGLE_PROCESS.is_main_process
    batch = torch.arange(7)
    assert torch.equal(SINGLE_PROCESS.shard(batch), batch)


def test_torchrun_environment_is_read(monkeypatch):
    words = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"}
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    assert from_environment() == ProcessGroup(5, 8, 1, 4)
    assert not from_environment().is_main_process


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_shards_make_up_batch(size):
    batch = torch.arange(64).view(64, 1)
    parts = [ProcessGroup(rank, size).shard(batch) for rank in range(size)]
    assert torch.equal(torch.cat(parts), batch)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1

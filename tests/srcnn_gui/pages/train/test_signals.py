"""A window in its own process is terminated during training, and its run can be resumed."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.inference import device
from engine.models import catalog
from engine.system import paths
from engine.training import checkpoint_file, runs
from engine.training import job as train
from engine.training.events import StepDone
from tests.srcnn_gui.pages.train import fakes as training

ROOT = Path(__file__).parents[4]

# The window in a process, with folders of this test's own; it starts a training and prints its steps.
WINDOW_PROGRAM = """
import sys
from pathlib import Path
import torch
from PySide6.QtCore import QSettings
from engine.inference import device
from engine.system import paths, preferences
from engine.training import checkpointing, job as train
from srcnn_gui import app
from srcnn_gui.pages.train.state import TrainSettings
from srcnn_gui.runtime import settings_store as settings

home, images = Path(sys.argv[1]), sys.argv[2]
paths._home = lambda kind: home / kind
paths.models_folder, paths.runs_folder = (lambda: home / "models"), (lambda: home / "runs")
preferences.path = lambda: home / "preferences.json"
train.REPORT_EVERY, train.VALIDATE_EVERY = 10, 20
device.set_thread_count = lambda *_: torch.set_num_threads(1)
settings.save(
    QSettings("srcnn-studio", "SRCNN Studio"),
    "train",
    TrainSettings(source="folder", folder=images, arch="3-1-3", n1=4, n2=4, scale=2, batch_size=4, unit="steps",
            steps=100_000, preset="own", device="cpu"),
)
ready = app.Studio._on_engine_loaded

def start(studio, devices):
    ready(studio, devices)
    studio.train_page.rendered.connect(lambda state: print(state.progress.done, state.notice, flush=True))
    studio.train.start()

app.Studio._on_engine_loaded = start
app.Studio.show_startup_notices = lambda self, *, start_tour: None
sys.exit(app.main([]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals to other processes")
def test_the_run_of_a_terminated_window_resumes_at_its_last_step(tmp_path, monkeypatch):
    """Other signals are tested in tests/srcnn_gui/runtime/test_crash_handling.py."""
    images = training.make_images(tmp_path / "images")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    arguments = [sys.executable, "-c", WINDOW_PROGRAM, str(tmp_path / "home"), str(images)]
    with subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as window:
        output = ""
        try:
            for line in window.stdout:
                output += line
                if line.split(" ")[0].isdecimal() and int(line.split(" ")[0]) > 20:
                    break
            window.send_signal(signal.SIGTERM)
            output += window.communicate(timeout=60)[0]
        finally:
            window.kill()
    assert window.returncode == 0, output
    assert "Traceback" not in output

    monkeypatch.setattr(paths, "models_folder", lambda: tmp_path / "home" / "models")
    monkeypatch.setattr(paths, "runs_folder", lambda: tmp_path / "home" / "runs")
    (run,) = runs.list_runs()
    assert run.can_resume
    step = checkpoint_file.load(catalog.checkpoint_path(run.request.output))["learner"]["step"]
    assert step > 20
    with training.one_thread():
        monkeypatch.setattr(device, "set_thread_count", lambda *_: None)
        monkeypatch.setattr(train, "VALIDATE_EVERY", 20)
        resumed = weights_after(step + 30, replace(run.request, resume=True, steps=None))
        whole = weights_after(step + 30, replace(run.request, output=tmp_path / "whole.safetensors"))
    assert resumed.keys() == whole.keys()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def weights_after(step, request):
    """Return the weights of a run after a step, without the moving average that is used for saved models."""
    job = train.run(request)
    next(event for event in job if isinstance(event, StepDone) and event.step == step)
    job.close()
    return checkpoint_file.load(catalog.checkpoint_path(request.output))["learner"]["network"]

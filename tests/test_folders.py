"""Every function that takes a folder accepts the same files."""

import os
import sys

import numpy as np
import pytest
from PIL import Image

from engine.batch import job as batch
from engine.batch.request import BatchRequest
from engine.evaluation import job as evaluation
from engine.evaluation.request import EvaluateRequest
from engine.models import catalog
from engine.training import dataset_summary
from engine.training.events import PreparingPatches
from engine.training.request import TrainRequest
from engine.upscaling.request import UpscaleRequest
from srcnn_gui.pages.benchmark import jobs as benchmark_jobs
from srcnn_gui.pages.compare import jobs as compare_jobs

IMAGES = ["B.PNG", "a.jpg", "circle.png", "gone.png", "link.png"]
OTHER_FILES = [".hidden.png", "._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", "notes.txt", "png", "pipe.png"]


def drive(job):
    events = []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return events, stop.value


@pytest.fixture
def folder(tmp_path):
    """Create two images, a link to one, two broken links, and other files."""
    if sys.platform == "win32":
        pytest.skip("Windows has no pipes in folders, and links need a privilege")
    folder = tmp_path / "images"
    folder.mkdir()
    for seed, name in enumerate(("a.jpg", "B.PNG")):
        pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    (folder / "link.png").symlink_to(folder / "B.PNG")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "circle.png").symlink_to(folder / "circle.png")
    for name in OTHER_FILES[:-1]:
        (folder / name).write_bytes((folder / "B.PNG").read_bytes())
    os.mkfifo(folder / "pipe.png")
    for name in ("folder.png", "__MACOSX", ".git", "$RECYCLE.BIN"):
        (folder / name).mkdir()
    for name in ("__MACOSX", ".git", "$RECYCLE.BIN"):
        (folder / name / "inside.png").write_bytes((folder / "B.PNG").read_bytes())
    return folder


def test_all_functions_select_the_same_files_of_a_folder(folder, tmp_path):
    model = catalog.find("9-1-5", 3)

    opened = drive(compare_jobs.list_image_files([folder]))[1]
    plan = batch.plan(BatchRequest((folder,), tmp_path / "out", UpscaleRequest(model, "cpu")))
    (looked,) = drive(benchmark_jobs.read_folders([folder]))[0]
    _scored, table = drive(evaluation.run(EvaluateRequest(folder, model, "cpu")))
    read, _summary = drive(
        dataset_summary.summarize(TrainRequest(folder, model.info, tmp_path / "m.safetensors", steps=1))
    )

    assert sorted(path.name for path in opened) == IMAGES
    assert sorted(item.file.path for item in plan.items) == IMAGES
    assert sorted(looked[1]) == IMAGES
    assert sorted([image.name for image in table.images] + [failed.path.name for failed in table.failed]) == IMAGES
    assert next(event.total for event in read if isinstance(event, PreparingPatches)) == len(IMAGES)


def test_hidden_folder_is_searched_if_it_is_selected(folder):
    opened = drive(compare_jobs.list_image_files([folder / ".git"]))[1]
    assert [path.name for path in opened] == ["inside.png"]

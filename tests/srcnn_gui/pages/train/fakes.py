"""Fixtures for fast training: small images, a small model and temporary folders."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.inference import device
from engine.system import paths
from engine.training import job
from srcnn_gui.pages.train.state import FOLDER, TrainSettings


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one thread, because more threads are not faster for small convolutions."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_images(folder: Path, count: int = 6) -> Path:
    """Write images with texture into a new folder, and return the folder."""
    folder.mkdir()
    rows, columns = np.mgrid[:48, :50]
    for number in range(count):
        waves = 127 + 60 * np.sin(rows / (2.0 + number)) + 60 * np.sign(np.cos(columns / (3.0 + number)))
        pixels = np.repeat(waves[:, :, None], 3, axis=2).clip(0, 255).astype(np.uint8)
        image_files.write(Image(pixels), folder / f"{number}.png")
    return folder


def prepare(monkeypatch, tmp_path: Path) -> TrainSettings:
    """Use temporary folders and frequent events. Return settings for a small model."""
    for name in ("data", "models", "runs"):
        monkeypatch.setattr(paths, f"{name}_folder", lambda name=name: tmp_path / "user" / name)
    monkeypatch.setattr(job, "REPORT_EVERY", 10)
    monkeypatch.setattr(job, "VALIDATE_EVERY", 20)
    monkeypatch.setattr(device, "set_thread_count", lambda *_: None)
    monkeypatch.setattr(device, "thread_count", lambda: 1)
    monkeypatch.setattr(device, "lower_thread_priority", lambda: None)  # a test's thread lives on
    folder = make_images(tmp_path / "images")
    return TrainSettings(
        source=FOLDER,
        folder=str(folder),
        arch="3-1-3",
        n1=4,
        n2=4,
        scale=2,
        batch_size=4,
        minutes=0.005,
        preset="own",
    )

"""Fixtures for a fast benchmark: small images under the name of a published set, and small models."""

from pathlib import Path

import torch

from engine.datasets import download
from engine.models import catalog
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import Architecture, ModelInfo
from engine.models.network import Network
from engine.models.weights import save_model
from engine.system import paths
from engine.training.initial_weights import initialize_near_bicubic
from srcnn_gui.pages.benchmark.state import BICUBIC, FOLDER, BenchmarkSettings
from tests.srcnn_gui.pages.train import fakes


def make_model(name: str, scale: int, architecture: Architecture | None = None) -> Path:
    """Add a model to the library, by default a small one."""
    network = Network(ModelInfo(architecture or Srcnn(5, 1, 3, 4, 4), scale))
    initialize_near_bicubic(network, torch.Generator().manual_seed(scale))
    paths.models_folder().mkdir(parents=True, exist_ok=True)
    return save_model(paths.models_folder() / f"{name}.safetensors", network, {"trained_on": "a test"}).path


def prepare(monkeypatch, tmp_path: Path, *, shipped: bool = False) -> BenchmarkSettings:
    """Create a test set of two images, a model for x2 and a model for x3.

    Return settings that select them.
    """
    for name in ("data", "models", "runs"):
        monkeypatch.setattr(paths, f"{name}_folder", lambda name=name: tmp_path / "user" / name)
    if not shipped:
        monkeypatch.setattr(catalog, "built_in_directory", lambda: tmp_path / "none")
    keys = [str(make_model(f"small x{scale}", scale)) for scale in (2, 3)]
    folder = fakes.make_images(tmp_path / "holiday", count=2)
    return BenchmarkSettings(
        test_sets=FOLDER, folder=str(folder), scales="2\n3", models="\n".join([BICUBIC, *keys]), device="cpu"
    )


def replace_set5(monkeypatch, tmp_path: Path) -> Path:
    """Replace Set5 with five small images, so that the published scores are shown. Return the folder."""
    monkeypatch.setattr(download, "is_downloaded", lambda name, root=None: name == "set5")
    (tmp_path / "user" / "data").mkdir(parents=True, exist_ok=True)
    return fakes.make_images(tmp_path / "user" / "data" / "Set5", count=5)

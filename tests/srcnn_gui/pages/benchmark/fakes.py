"""What a test needs for a benchmark in moments: small pictures under a published set's name, small networks."""

from pathlib import Path

import torch

from engine.datasets import download
from engine.models import catalog
from engine.models.architectures.srcnn import SRCNN, initialise
from engine.models.catalog import ModelSpec
from engine.models.weights import save_model
from engine.system import paths
from srcnn_gui.pages.benchmark.state import BICUBIC, FOLDER, Choices
from tests.srcnn_gui.pages.train import fakes


def make_model(name: str, scale: int) -> Path:
    """A small network among a person's own."""
    network = SRCNN(ModelSpec(5, 1, 3, scale, 4, 4))
    initialise(network, torch.Generator().manual_seed(scale))
    paths.models().mkdir(parents=True, exist_ok=True)
    return save_model(paths.models() / f"{name}.safetensors", network, {"trained_on": "a test"}).path


def prepare(monkeypatch, tmp_path: Path, *, shipped: bool = False) -> Choices:
    """Folders of this test's own; a set of two pictures, and a model for x2 and one for x3."""
    for name in ("data", "models", "runs"):
        monkeypatch.setattr(paths, name, lambda name=name: tmp_path / "user" / name)
    if not shipped:
        monkeypatch.setattr(catalog, "shipped_models_folder", lambda: tmp_path / "none")
    keys = [str(make_model(f"small x{scale}", scale)) for scale in (2, 3)]
    folder = fakes.make_pictures(tmp_path / "holiday", count=2)
    return Choices(sets=FOLDER, folder=str(folder), scales="2\n3", models="\n".join([BICUBIC, *keys]), device="cpu")


def pretend_set5(monkeypatch, tmp_path: Path) -> Path:
    """Five small pictures that pass for Set5, so that the printed figures stand beside them."""
    monkeypatch.setattr(download, "is_there", lambda name, root=None: name == "set5")
    (tmp_path / "user" / "data").mkdir(parents=True, exist_ok=True)
    return fakes.make_pictures(tmp_path / "user" / "data" / "Set5", count=5)

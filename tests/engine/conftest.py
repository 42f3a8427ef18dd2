"""Shared engine fixtures: generated images, tiny networks, and a function that runs a job to its end."""

import hashlib
import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.batch.request import BatchRequest
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.inference import device as devices
from engine.models import registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network
from engine.models.weights import save_model
from engine.training import job as train
from engine.training.initial_weights import initialize_near_bicubic
from engine.upscaling.request import UpscaleRequest


def _texture(height, width, channels=3, seed=0):
    """Return an image of colored blocks with noise: (height, width, channels), uint8."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(30, 226, (height // 5 + 1, width // 7 + 1, channels)).astype(np.float64)
    pixels = blocks.repeat(5, axis=0).repeat(7, axis=1)[:height, :width]
    return np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)


def _drive(job):
    """Run a job to its end, and return its events and its result."""
    events = []
    while True:
        try:
            events.append(next(job))
        except StopIteration as stop:
            return events, stop.value


def _same_image(one, other):
    """Assert that two images are equal except for float rounding: few samples differ, each by one level."""
    assert one.shape == other.shape
    assert one.dtype == other.dtype
    apart = np.abs(one.astype(np.int32) - other.astype(np.int32))
    assert apart.max() <= 1
    few = 4  # in a small image one rounding may show in several places: one upscaled column is four equal ones
    assert np.count_nonzero(apart) <= max(few, apart.size / 2000)


def _plain_sentence(error, *words):
    """Assert that an error consists of whole sentences and contains `words`, such as the name of a file."""
    message = rest = str(error)
    for word in words:
        assert word in message
        rest = rest.replace(word, "X")
    assert message.endswith(".")
    assert not message.endswith("..")
    assert "\n" not in message
    for sentence in rest.split(". ")[1:]:
        assert not sentence[0].islower(), message


@pytest.fixture(scope="session")
def reference_folder(data_folder):
    """Return the data folder. Skip the test if the MATLAB results or the official weights are missing."""
    needed = ("imresize", "official_weights", "reference_numbers.json")
    missing = [name for name in needed if not (data_folder / name).exists()]
    if not missing:
        return data_folder
    reason = f"{data_folder} has no {', '.join(missing)}."
    if os.environ.get("SRCNN_REQUIRE_DATA") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def texture():
    return _texture


@pytest.fixture(scope="session")
def drive():
    return _drive


def _encoded(image, name):
    """Encode an image as the bytes of a file."""
    buffer = BytesIO()
    image_files.encode(image, name, buffer)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def encoded():
    return _encoded


@pytest.fixture(scope="session")
def same_image():
    return _same_image


@pytest.fixture(scope="session")
def plain_sentence():
    return _plain_sentence


@pytest.fixture
def one_thread(monkeypatch):
    """Use one thread. Small convolutions are slower with two threads on a busy machine."""
    before = torch.get_num_threads()
    monkeypatch.setattr(devices, "set_thread_count", lambda *_: None)
    monkeypatch.setattr(devices, "thread_count", lambda: 1)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def short_run(monkeypatch):
    """Shorten the intervals between statistics and validations for short training runs."""
    for name, steps in {"REPORT_EVERY": 10, "VALIDATE_EVERY": 20}.items():
        monkeypatch.setattr(train, name, steps)


@pytest.fixture
def training_folder(texture, tmp_path):
    """Return a folder with six images, each of which gives 4 patches."""
    path = tmp_path / "images"
    path.mkdir()
    for number in range(6):
        image_files.write(Image(texture(48, 50, 1, number)), path / f"{number}.png")
    return path


@pytest.fixture(scope="session")
def tiny_network():
    """Return a factory of networks that nearly reproduce their input, with noise added to all parameters."""

    def make(arch="5-3-5", scale=2, n1=6, n2=4, seed=0):
        info = registry.parse(arch, scale)
        if isinstance(info.architecture, Srcnn):
            info = ModelInfo(replace(info.architecture, n1=n1, n2=n2), scale)
        network = Network(info)
        generator = torch.Generator().manual_seed(seed)
        initialize_near_bicubic(network, generator)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter += 0.02 * torch.randn(parameter.shape, generator=generator)
        return network.eval()

    return make


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory, tiny_network):
    """Return a factory of saved models. The same arguments give the same file."""
    folder: Path = tmp_path_factory.mktemp("models")

    def make(**shape):
        name = hashlib.sha256(repr(sorted(shape.items())).encode()).hexdigest()[:12]
        return save_model(folder / f"{name}.safetensors", tiny_network(**shape), {"made_for": "a test"})

    return make


@pytest.fixture
def batch_request(tmp_path, tiny_model):
    """Return a factory of batch requests with the source folder `in` and the output folder `out`."""

    def make(**changes):
        single = UpscaleRequest(tiny_model(), device="cpu", tile=32)
        settings = {"sources": (tmp_path / "in",), "output": tmp_path / "out", "upscale": single}
        return BatchRequest(**(settings | {"journal_folder": tmp_path / "state"} | changes))

    return make


@pytest.fixture
def batch_source(tmp_path, texture):
    """Create a tree of four images, two damaged files and other files."""
    root = tmp_path / "in"
    for number, name in enumerate(("a.png", "b.jpg", "deep/c d.bmp", "deep/猫 é.webp")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        image_files.write(Image(texture(20 + number, 30, 1 if number else 3, number)), root / name)
    (root / "bad.png").write_bytes(b"no image")
    (root / "cut.png").write_bytes((root / "a.png").read_bytes()[:200])
    for junk in ("._a.png", "Thumbs.db", "notes.txt"):
        (root / junk).write_bytes(b"junk")
    return root

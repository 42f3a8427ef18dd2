"""Lookup of architectures by label and by tensor shapes, and their storage in model files."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import InvalidSetting
from engine.models import registry
from engine.models.architectures.compact import Compact
from engine.models.architectures.fsrcnn import Fsrcnn
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.models.network import Network

ROOT = Path(__file__).parents[3]
INFOS = [
    ModelInfo(Srcnn(9, 1, 5), 3),
    ModelInfo(Srcnn(7, 3, 3, 20, 10), 2),
    ModelInfo(Fsrcnn(8, 3, 0), 4),
    ModelInfo(Fsrcnn(), 1),
    ModelInfo(Compact(6, 0, 3), 1),
    ModelInfo(Compact(6, 3, 1), 8),
]


@pytest.mark.parametrize("info", INFOS, ids=str)
def test_detect_finds_architecture_of_network(info):
    shapes = {name: tuple(tensor.shape) for name, tensor in Network(info).state_dict().items()}
    shows_scale = isinstance(info.architecture, Compact) or info == ModelInfo(Fsrcnn(), 1)
    assert registry.detect(shapes) == (info.architecture, info.scale if shows_scale else None)


def test_detect_ignores_unknown_state_dict():
    assert registry.detect({}) is None
    assert registry.detect({"layer.weight": (3, 3, 3, 3), "layer.bias": (3,)}) is None


def test_detect_raises_for_sizes_out_of_range():
    with pytest.raises(InvalidSetting, match="compact-2000-0"):
        registry.detect({"body.0.weight": (2000, 3, 3, 3), "body.2.weight": (12, 2000, 3, 3)})


@pytest.mark.parametrize("info", INFOS, ids=str)
def test_detect_layers_ignores_names(info):
    layers = [replace(layer, name="", activation_name="") for layer in info.layers]
    scale = info.scale if info.has_low_res_input else None
    architecture = info.architecture
    assert registry.detect_layers(layers, info.upsampling, architecture.skip_connection) == (architecture, scale)


def test_detect_layers_compares_everything():
    info = ModelInfo(Fsrcnn(8, 3, 2), 3)
    assert registry.detect_layers(info.layers, 3, "") is not None
    assert registry.detect_layers(info.layers, 3, "nearest") is None
    assert registry.detect_layers(info.layers, 2, "") is None
    assert registry.detect_layers(info.layers[1:], 3, "") is None
    assert registry.detect_layers(info.layers[:2], 3, "") is None
    for index, layer in enumerate(info.layers):
        activation = "" if layer.activation else "relu"
        for change in ({"in_channels": 5}, {"out_channels": 5}, {"size": 7}, {"activation": activation}):
            layers = list(info.layers)
            layers[index] = replace(layer, **change)
            assert registry.detect_layers(layers, 3, "") is None


def test_detect_layers_accepts_relu_as_prelu_but_not_the_reverse():
    fsrcnn, srcnn = ModelInfo(Fsrcnn(8, 3, 2), 3), ModelInfo(Srcnn(9, 1, 5), 3)
    with_relu = [replace(layer, activation=layer.activation and "relu") for layer in fsrcnn.layers]
    assert registry.detect_layers(with_relu, 3, "") == (fsrcnn.architecture, 3)
    with_prelu = [replace(layer, activation=layer.activation and "prelu") for layer in srcnn.layers]
    assert registry.detect_layers(with_prelu, 1, "") is None


@pytest.mark.parametrize(
    ("label", "architecture"),
    [
        ("9-1-5", Srcnn(9, 1, 5)),
        ("fsrcnn", Fsrcnn(56, 12, 4)),
        ("fsrcnn-32-5-1", Fsrcnn(32, 5, 1)),
        ("compact-24-7", Compact(24, 7, 3)),
        ("compact-24-7-y", Compact(24, 7, 1)),
    ],
)
def test_parse_finds_architecture_of_label(label, architecture):
    assert registry.parse(label, 2) == ModelInfo(architecture, 2)


@pytest.mark.parametrize("label", ["", "9-1", "9-1-5-7", "fsrcnn-1", "compact", "vdsr", "9-1-5 "])
def test_unknown_label_raises(label):
    with pytest.raises(InvalidSetting, match=f"“{label}”"):
        registry.parse(label, 2)


def test_keys_are_unique():
    keys = [architecture.key for architecture in registry.ARCHITECTURES]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("info", INFOS, ids=str)
def test_dictionary_round_trips_through_json(info):
    assert registry.from_dict(json.loads(json.dumps(registry.to_dict(info)))) == info


def test_srcnn_is_stored_as_in_earlier_versions():
    stored = {"f1": 9, "f2": 1, "f3": 5, "scale": 3, "n1": 64, "n2": 32}
    assert registry.to_dict(ModelInfo(Srcnn(9, 1, 5), 3)) == stored


@pytest.mark.parametrize(
    ("stored", "error"),
    [
        ({"architecture": "vdsr", "scale": 2}, KeyError),
        ({"architecture": "fsrcnn", "d": 8, "s": 3, "m": 1}, KeyError),
        ({"architecture": "fsrcnn", "f1": 9, "scale": 2}, TypeError),
        ({"architecture": "compact", "features": "many", "scale": 2}, ValueError),
        ({"architecture": "compact", "scale": 9}, InvalidSetting),
    ],
    ids=str,
)
def test_invalid_dictionary_raises(stored, error):
    with pytest.raises(error):
        registry.from_dict(stored)


def test_parse_and_detect_do_not_import_torch():
    program = """
import sys
sys.modules["torch"] = None  # an import raises
from engine.models import registry
shapes = {"body.0.weight": (6, 3, 3, 3), "body.2.weight": (12, 6, 3, 3)}
print(registry.detect(shapes), registry.parse("fsrcnn", 3).label)
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "(Compact(features=6, convs=0, channels=3), 2) fsrcnn-56-12-4"

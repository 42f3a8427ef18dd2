"""Validation of requests."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from engine.errors import InvalidSetting
from engine.evaluation.request import EvaluateRequest
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo
from engine.training.request import ExportRequest, Recipe, TrainRequest
from engine.upscaling.request import UpscaleRequest

MODEL = Model("model", ModelInfo(Srcnn(9, 1, 5), 3), Path("model.safetensors"))


def train_request(**changes):
    usual = {"source": Path("T91"), "info": MODEL.info, "output": Path("own.safetensors"), "steps": 10}
    return TrainRequest(**usual | changes)


def other_model(scale=3, **changes):
    sizes = {"f1": 9, "f2": 1, "f3": 5} | changes
    return Model("other", ModelInfo(Srcnn(**sizes), scale), Path("other.safetensors"))


def test_scale_factor_is_that_of_model():
    assert UpscaleRequest(MODEL).scale_factor(10, 20) == 3


@pytest.mark.parametrize("tile", [0, -5, 8193])
def test_invalid_tile_size_raises(tile, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        UpscaleRequest(MODEL, tile=tile)
    plain_sentence(refused.value, "tile size", str(tile))


@pytest.mark.parametrize("tile", [0, -5, 8193])
def test_invalid_tile_size_raises_for_evaluation(tile, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        EvaluateRequest(Path("Set5"), MODEL, tile=tile)
    plain_sentence(refused.value, "tile size", str(tile))


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": None},
        {"minutes": 5.0},
        {"steps": 0},
        {"steps": -3},
        {"steps": None, "minutes": 0.0},
        {"steps": None, "minutes": -1.0},
        {"steps": None, "minutes": float("nan")},
        {"steps": None, "minutes": float("inf")},
        {"resume": True},
        {"validation_size": 0},
        {"seed": -1},
        {"seed": 2**32},
        {"steps": 10**13},
        {"steps": None, "epochs": 10**13},
        {"steps": None, "minutes": 1e308},
        {"output": Path("own.pth")},
        {"output": Path("own")},
        {"info": ModelInfo(Srcnn(31, 31, 31), 3)},
        {"warm_start": other_model(f2=5)},
        {"warm_start": other_model(n1=32)},
    ],
)
def test_invalid_train_request_raises(changes, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        train_request(**changes)
    plain_sentence(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": None, "minutes": 0.5},
        {"steps": None, "resume": True},
        {"warm_start": other_model()},
        {"warm_start": other_model(scale=2)},
        {"info": ModelInfo(Srcnn(9, 5, 5), 4)},
        {"seed": 2**32 - 1},
        {"info": ModelInfo(Srcnn(1, 1, 1), 2)},
    ],
)
def test_unusual_but_valid_train_request_does_not_raise(changes):
    train_request(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_size": 0},
        {"batch_size": 100_000},
        {"learning_rate": 0.0},
        {"learning_rate": 1.0},
        {"learning_rate": float("nan")},
        {"optimizer": "magic"},
        {"warmup_steps": -1},
        {"grad_clip": float("inf")},
        {"grad_clip": float("nan")},
        {"loss_weighting": float("nan")},
        {"loss_weighting": 1e-320},
        {"init_gain": float("nan")},
        {"weight_decay": float("nan"), "optimizer": "adamw"},
        {"quantized_share": float("nan")},
        {"rescales": (float("nan"),)},
        {"ema_decay": 1.0},
        {"rescales": (0.8, 1.5)},
        {"precision": "float16"},
    ],
)
def test_invalid_recipe_raises(changes, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        Recipe(**changes)
    plain_sentence(refused.value)


@pytest.mark.parametrize("request_", [UpscaleRequest(MODEL), EvaluateRequest(Path("Set5"), MODEL), train_request()])
def test_requests_are_frozen(request_):
    with pytest.raises(FrozenInstanceError):
        request_.device = "cuda"


@pytest.mark.parametrize("changes", [{"output": Path("x.hdf")}, {"info": ModelInfo(Srcnn(31, 1, 31), 3)}])
def test_invalid_export_request_raises(changes):
    with pytest.raises(InvalidSetting):
        ExportRequest(**{"folder": Path("T91"), "info": MODEL.info, "output": Path("train.h5")} | changes)


@pytest.mark.parametrize("recipe", [Recipe(rescales=(0.8,)), Recipe(all_phases=True), Recipe(quantized_share=0.5)])
def test_patch_file_with_patch_settings_raises(recipe):
    with pytest.raises(InvalidSetting, match=r"train\.h5"):
        train_request(source=Path("train.h5"), recipe=recipe)

"""What is refused before a job starts."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from engine.errors import BadRequest
from engine.evaluation.request import EvaluateRequest
from engine.models.catalog import Model, ModelSpec
from engine.training.request import ExportRequest, Recipe, TrainRequest
from engine.upscaling.request import UpscaleRequest

MODEL = Model("model", ModelSpec(9, 1, 5, 3), Path("model.safetensors"))


def train_request(**changes):
    usual = {"source": Path("T91"), "spec": MODEL.spec, "output": Path("own.safetensors"), "steps": 10}
    return TrainRequest(**usual | changes)


def other_model(**changes):
    shape = {"f1": 9, "f2": 1, "f3": 5, "scale": 3} | changes
    return Model("other", ModelSpec(**shape), Path("other.safetensors"))


def test_the_scale_of_an_enlargement_is_its_models():
    assert UpscaleRequest(MODEL).times(10, 20) == 3


@pytest.mark.parametrize("tile", [1, 32, 8192, None])
def test_any_sensible_tile_will_do(tile):
    assert UpscaleRequest(MODEL, tile=tile).tile == tile
    assert EvaluateRequest(Path("Set5"), MODEL, tile=tile).tile == tile


@pytest.mark.parametrize("tile", [0, -5, 8193])
def test_a_senseless_tile_is_refused(tile, plain_sentence):
    with pytest.raises(BadRequest) as refused:
        UpscaleRequest(MODEL, tile=tile)
    plain_sentence(refused.value, "tile size", str(tile))


@pytest.mark.parametrize("tile", [0, -5, 8193])
def test_a_senseless_tile_is_refused_for_a_set_too(tile, plain_sentence):
    with pytest.raises(BadRequest) as refused:
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
        {"held_out": 0},
        {"seed": -1},
        {"seed": 2**32},
        {"steps": 10**13},
        {"steps": None, "epochs": 10**13},
        {"steps": None, "minutes": 1e308},
        {"output": Path("own.pth")},
        {"output": Path("own")},
        {"spec": ModelSpec(31, 31, 31, 3)},
        {"warm_start": other_model(f2=5)},
        {"warm_start": other_model(n1=32)},
    ],
)
def test_a_senseless_training_is_refused(changes, plain_sentence):
    with pytest.raises(BadRequest) as refused:
        train_request(**changes)
    plain_sentence(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": None, "minutes": 0.5},
        {"steps": None, "resume": True},
        {"warm_start": other_model()},
        {"warm_start": other_model(scale=2)},
        {"spec": ModelSpec(9, 5, 5, 4)},
        {"seed": 2**32 - 1},
        {"spec": ModelSpec(1, 1, 1, 2)},
    ],
)
def test_a_sensible_training_is_accepted(changes):
    request = train_request(**changes)
    assert all(getattr(request, name) == value for name, value in changes.items())


@pytest.mark.parametrize(
    "changes",
    [
        {"batch": 0},
        {"batch": 100_000},
        {"learning_rate": 0.0},
        {"learning_rate": 1.0},
        {"learning_rate": float("nan")},
        {"optimiser": "magic"},
        {"warm_up": -1},
        {"clip": float("inf")},
        {"clip": float("nan")},
        {"balance": float("nan")},
        {"balance": 1e-320},
        {"first_filters": float("nan")},
        {"weight_decay": float("nan"), "optimiser": "adamw"},
        {"rounded": float("nan")},
        {"rescales": (float("nan"),)},
        {"average": 1.0},
        {"rescales": (0.8, 1.5)},
        {"precision": "float16"},
    ],
)
def test_a_senseless_recipe_is_refused(changes, plain_sentence):
    with pytest.raises(BadRequest) as refused:
        Recipe(**changes)
    plain_sentence(refused.value)


@pytest.mark.parametrize("request_", [UpscaleRequest(MODEL), EvaluateRequest(Path("Set5"), MODEL), train_request()])
def test_nobody_can_turn_a_knob_under_a_running_job(request_):
    with pytest.raises(FrozenInstanceError):
        request_.device = "cuda"


@pytest.mark.parametrize("changes", [{"output": Path("x.hdf")}, {"spec": ModelSpec(31, 1, 31, 3)}])
def test_an_export_that_could_not_be_read_back_is_refused(changes):
    with pytest.raises(BadRequest):
        ExportRequest(**{"folder": Path("T91"), "spec": MODEL.spec, "output": Path("train.h5")} | changes)


@pytest.mark.parametrize("recipe", [Recipe(rescales=(0.8,)), Recipe(phases=True), Recipe(rounded=0.5)])
def test_a_patch_file_cannot_be_cut_anew(recipe):
    with pytest.raises(BadRequest, match=r"train\.h5"):
        train_request(source=Path("train.h5"), recipe=recipe)

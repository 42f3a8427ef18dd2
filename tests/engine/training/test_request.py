"""Validation of requests to train, and recipes as JSON in model cards, run files and checkpoints."""

import json
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from engine.errors import InvalidSetting, RecipeUnreadable
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, ExportRequest, Recipe, TrainRequest

INFO = ModelInfo(Srcnn(9, 1, 5), 3)

RECIPES = [
    STANDARD_RECIPE,
    PAPER_RECIPE,
    Recipe(
        "adamw", weight_decay=0.05, rescales=(0.9, 0.8), all_phases=True, quantized_share=0.5, precision="bfloat16"
    ),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipe_json_round_trip(recipe):
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_missing_field_gets_its_default():
    assert Recipe.from_dict({"batch_size": 8}) == Recipe(batch_size=8)


def test_unknown_fields_are_listed(plain_sentence):
    with pytest.raises(RecipeUnreadable) as refused:
        Recipe.from_dict(Recipe().to_dict() | {"lookahead": 5, "anneal": True})
    plain_sentence(refused.value, "anneal, lookahead")


def test_former_field_names_are_read():
    stored = {
        "optimiser": "adamw",
        "learning_rate": 7e-4,
        "batch": 16,
        "warm_up": 100,
        "average": 0.9,
        "orientations": False,
        "rescales": [0.9],
        "phases": True,
        "rounded": 0.5,
        "weight_decay": 0.05,
        "clip": 0.01,
        "balance": 0.2,
        "first_filters": 0.1,
        "precision": "bfloat16",
    }
    assert Recipe.from_dict(stored) == Recipe(
        "adamw",
        learning_rate=7e-4,
        batch_size=16,
        warmup_steps=100,
        ema_decay=0.9,
        orientations=False,
        rescales=(0.9,),
        all_phases=True,
        quantized_share=0.5,
        weight_decay=0.05,
        grad_clip=0.01,
        loss_weighting=0.2,
        init_gain=0.1,
        precision="bfloat16",
    )


@pytest.mark.parametrize("stored", [None, "adam 0.001, batch 32", [1], {"batch_size": "many"}, {"rescales": 3}])
def test_invalid_recipe_is_an_error(stored, plain_sentence):
    with pytest.raises(RecipeUnreadable) as refused:
        Recipe.from_dict(stored)
    plain_sentence(refused.value)


def test_value_out_of_range_is_an_error():
    with pytest.raises(InvalidSetting, match="batch size"):
        Recipe.from_dict({"batch_size": 0})


def train_request(**changes):
    usual = {"source": Path("T91"), "info": INFO, "output": Path("own.safetensors"), "steps": 10}
    return TrainRequest(**usual | changes)


def other_model(scale=3, **changes):
    sizes = {"f1": 9, "f2": 1, "f3": 5} | changes
    return Model("other", ModelInfo(Srcnn(**sizes), scale), Path("other.safetensors"))


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


@pytest.mark.parametrize("changes", [{"output": Path("x.hdf")}, {"info": ModelInfo(Srcnn(31, 1, 31), 3)}])
def test_invalid_export_request_raises(changes):
    with pytest.raises(InvalidSetting):
        ExportRequest(**{"folder": Path("T91"), "info": INFO, "output": Path("train.h5")} | changes)


@pytest.mark.parametrize("recipe", [Recipe(rescales=(0.8,)), Recipe(all_phases=True), Recipe(quantized_share=0.5)])
def test_patch_file_with_patch_settings_raises(recipe):
    with pytest.raises(InvalidSetting, match=r"train\.h5"):
        train_request(source=Path("train.h5"), recipe=recipe)


def test_request_is_frozen():
    with pytest.raises(FrozenInstanceError):
        train_request().device = "cuda"

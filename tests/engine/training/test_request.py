"""Recipes as JSON, in model cards, run files and checkpoints."""

import json

import pytest

from engine.errors import InvalidSetting, RecipeUnreadable
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe

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

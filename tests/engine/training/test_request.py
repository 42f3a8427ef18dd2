"""Recipes as data: what a model card, a run's file and a checkpoint store of one."""

import json

import pytest

from engine.errors import BadRequest, RecipeUnreadable
from engine.training import request
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe

RECIPES = [
    STANDARD_RECIPE,
    PAPER_RECIPE,
    Recipe("adamw", weight_decay=0.05, rescales=(0.9, 0.8), phases=True, rounded=0.5, precision="bfloat16"),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_comes_back_from_json(recipe):
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_a_setting_that_was_not_stored_has_its_default():
    assert Recipe.from_dict({"batch": 8}) == Recipe(batch=8)


def test_settings_of_a_newer_version_are_named(plain_sentence):
    with pytest.raises(RecipeUnreadable) as refused:
        Recipe.from_dict(Recipe().to_dict() | {"lookahead": 5, "anneal": True})
    plain_sentence(refused.value, "anneal, lookahead")


def test_a_former_name_of_a_setting_is_read(monkeypatch):
    monkeypatch.setitem(request._FORMER_NAMES, "moving_average", "average")
    assert Recipe.from_dict({"moving_average": 0.9}) == Recipe(average=0.9)


@pytest.mark.parametrize("stored", [None, "adam 0.001, batch 32", [1], {"batch": "many"}, {"rescales": 3}])
def test_what_is_no_recipe_is_a_sentence(stored, plain_sentence):
    with pytest.raises(RecipeUnreadable) as refused:
        Recipe.from_dict(stored)
    plain_sentence(refused.value)


def test_a_value_out_of_range_is_refused():
    with pytest.raises(BadRequest, match="batch size"):
        Recipe.from_dict({"batch": 0})

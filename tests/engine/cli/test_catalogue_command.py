"""`srcnn catalogue`: what is published of a model's card."""

import shlex
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli import catalogue
from engine.errors import NoPictures
from engine.models import catalog
from engine.training import job
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe

RECIPES = {
    "standard": STANDARD_RECIPE,
    "paper": replace(PAPER_RECIPE, batch=64),
    "nothing on": Recipe(average=0),
    "everything on": Recipe(
        "adamw", 7e-4, 16, average=0.9995, rescales=(0.9, 0.8), phases=True, rounded=0.5, weight_decay=0.05,
        clip=0.01, balance=0.2, first_filters=0.1, precision="bfloat16",
    ),
}  # fmt: skip


def card_of(recipe):
    """A shipped model, as if it had been trained by a recipe."""
    shipped = catalog.default_for(3)
    stored = {"trained_on": {"name": "T91", "images": 86}, "recipe": recipe.to_dict(), "warm_start": None}
    return replace(shipped, record=shipped.record | stored)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_published_command_trains_by_the_recipe_of_the_card(recipe, srcnn, monkeypatch, tmp_path):
    asked = []

    def run(request):
        asked.append(request)
        raise NoPictures(folder="", reason="Not in this test.")
        yield

    monkeypatch.setattr(job, "run", run)
    (tmp_path / "t91").mkdir()
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(catalogue._command(card_of(recipe)))
    assert program == "srcnn"
    srcnn(*arguments)
    (request,) = asked
    assert request.recipe == recipe
    assert (request.source, request.held_out) == (Path("t91"), 5)


def test_a_recipe_is_a_table_of_the_published_catalogue():
    model = card_of(RECIPES["everything on"])
    facts = tomllib.loads(catalogue._toml([model]))[model.name]
    assert Recipe.from_dict(facts["recipe"]) == RECIPES["everything on"]
    assert facts["trained_on"] == {"name": "T91", "images": 86}
    assert facts["figures"] == model.record["figures"]


def test_the_page_describes_a_card_of_data():
    lines = catalogue._history(card_of(RECIPES["everything on"]))
    assert "Trained on T91, 86 images; held out: t2.bmp, t33.bmp, t45.bmp, t47.bmp, t56.bmp." in lines
    assert any("batch 16, average 0.9995, rescales 0.9 0.8, every phase" in line for line in lines)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_text_of_a_former_card_gives_the_same_command(recipe):
    model = card_of(recipe)
    former = replace(model, record=model.record | {"recipe": recipe.in_words, "trained_on": "T91, 86 pictures"})
    assert catalogue._command(former) == catalogue._command(model)

"""`srcnn catalogue`: the published form of model cards."""

import shlex
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli import catalogue
from engine.errors import NoImages
from engine.models import catalog
from engine.training import job
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe

RECIPES = {
    "standard": STANDARD_RECIPE,
    "paper": replace(PAPER_RECIPE, batch_size=64),
    "nothing on": Recipe(ema_decay=0),
    "everything on": Recipe(
        "adamw", 7e-4, 16, ema_decay=0.9995, rescales=(0.9, 0.8), all_phases=True, quantized_share=0.5,
        weight_decay=0.05, grad_clip=0.01, loss_weighting=0.2, init_gain=0.1, precision="bfloat16",
    ),
}  # fmt: skip


def card_of(recipe):
    """Return a built-in model with the card of a recipe."""
    shipped = catalog.default_model(3)
    stored = {"trained_on": {"name": "T91", "images": 86}, "recipe": recipe.to_dict(), "warm_start": None}
    return replace(shipped, record=shipped.record | stored)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_command_reproduces_recipe_of_card(recipe, srcnn, monkeypatch, tmp_path):
    commands = []

    def run(request):
        commands.append(request)
        raise NoImages(folder="", reason="Not in this test.")
        yield

    monkeypatch.setattr(job, "run", run)
    (tmp_path / "t91").mkdir()
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(catalogue._command(card_of(recipe)))
    assert program == "srcnn"
    srcnn(*arguments)
    (request,) = commands
    assert request.recipe == recipe
    assert (request.source, request.validation_size) == (Path("t91"), 5)


def test_recipe_is_a_toml_table():
    model = card_of(RECIPES["everything on"])
    entry = tomllib.loads(catalogue._toml([model]))[model.name]
    assert Recipe.from_dict(entry["recipe"]) == RECIPES["everything on"]
    assert entry["trained_on"] == {"name": "T91", "images": 86}
    assert entry["figures"] == model.record["figures"]


def test_history_describes_card():
    lines = catalogue._history(card_of(RECIPES["everything on"]))
    assert "Trained on T91, 86 images; held out: t2.bmp, t33.bmp, t45.bmp, t47.bmp, t56.bmp." in lines
    assert any("batch 16, average 0.9995, rescales 0.9 0.8, every phase" in line for line in lines)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_one_line_recipe_gives_same_command(recipe):
    model = card_of(recipe)
    former = replace(model, record=model.record | {"recipe": recipe.summary, "trained_on": "T91, 86 pictures"})
    assert catalogue._command(former) == catalogue._command(model)


def test_recipes_of_built_in_models_are_read():
    recipe = catalogue._recipe(catalog.find("9-1-5", 3).record)
    assert recipe == Recipe(learning_rate=7e-4, batch_size=32, ema_decay=0.998, loss_weighting=0.1)
    recipe = catalogue._recipe(catalog.find("9-5-5", 3).record)
    assert recipe == Recipe(
        learning_rate=1e-3,
        batch_size=32,
        ema_decay=0.9995,
        all_phases=True,
        loss_weighting=0.1,
        precision="bfloat16",
    )


def test_former_field_names_of_a_card_are_read():
    stored = {"optimiser": "adam", "batch": 16, "average": 0.99, "balance": 0.2, "first_filters": 0.5}
    assert catalogue._recipe({"recipe": stored}) == Recipe(
        batch_size=16, ema_decay=0.99, loss_weighting=0.2, init_gain=0.5
    )

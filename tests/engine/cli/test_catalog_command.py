"""`srcnn catalogue`: the published list of the built-in models."""

import shlex
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import NoImages
from engine.imaging.degradation import Degradation
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


def model_with_recipe(recipe):
    """Return a built-in model whose card contains a training recipe."""
    shipped = catalog.find("9-1-5", 3)
    stored = {"trained_on": {"name": "T91", "images": 86}, "recipe": recipe.to_dict(), "warm_start": None}
    return replace(shipped, record=shipped.record | stored)


@pytest.fixture
def catalog_of(srcnn, monkeypatch):
    """Return a function that runs `srcnn catalogue` for a single model and returns its output."""

    def publish(model, *options):
        with monkeypatch.context() as patch:
            patch.setattr(catalog, "list_models", lambda: [model])
            status, stdout, stderr = srcnn("catalogue", *options)
        assert status == 0, stderr
        return stdout

    return publish


@pytest.fixture
def reproduced(catalog_of, srcnn, monkeypatch, tmp_path):
    """Return a function that runs the command in a model's catalog entry and returns its request."""
    (tmp_path / "t91").mkdir()
    monkeypatch.chdir(tmp_path)

    def reproduce(model):
        requests = []

        def run(request):
            requests.append(request)
            raise NoImages(folder="", reason="Not in this test.")
            yield

        monkeypatch.setattr(job, "run", run)
        program, *arguments = shlex.split(catalog_of(model, "--markdown").splitlines()[-1])
        assert program == "srcnn"
        srcnn(*arguments)
        (request,) = requests
        return request

    return reproduce


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_command_reproduces_recipe_of_card(recipe, reproduced):
    request = reproduced(model_with_recipe(recipe))
    assert request.recipe == recipe
    assert (request.source, request.validation_size) == (Path("t91"), 5)


def test_recipe_is_a_toml_table(catalog_of):
    model = model_with_recipe(RECIPES["everything on"])
    facts = tomllib.loads(catalog_of(model))[model.name]
    assert Recipe.from_dict(facts["recipe"]) == RECIPES["everything on"]
    assert facts["trained_on"] == {"name": "T91", "images": 86}
    assert facts["figures"] == model.record["figures"]


def test_history_describes_card(catalog_of):
    page = catalog_of(model_with_recipe(RECIPES["everything on"]), "--markdown")
    assert "Training set: T91, 86 images. Validation set: t2.bmp, t33.bmp, t45.bmp, t47.bmp, t56.bmp." in page
    assert "AdamW, learning rate 0.0007, batch size 16, MSE loss, EMA decay 0.9995, quantized share 0.5" in page
    assert "copies of the images at 0.9, 0.8, patches at all offsets, middle layers in bfloat16." in page


def test_history_warns_if_earlier_training_used_validation_images(srcnn, monkeypatch):
    model = model_with_recipe(RECIPES["standard"])

    def descendant(name, start, *held_out):
        stored = {"warm_start": start, "held_out": list(held_out)}
        return replace(model, name=name, path=model.path.with_name(name), record=model.record | stored)

    models = [
        descendant("first", "first", "a.bmp", "b.bmp"),
        descendant("same", "first", "a.bmp", "b.bmp"),
        descendant("second", "first", "b.bmp", "c.bmp"),
        descendant("third", "second", "b.bmp", "c.bmp"),
    ]
    monkeypatch.setattr(catalog, "list_models", lambda: models)
    _status, page, _stderr = srcnn("catalogue", "--markdown")
    stated = {section.split()[0]: section for section in page.split("\n## ")}
    caveat = "Training before this run included 1 of the 2 validation images: the score is too high."
    assert [name for name in ("first", "same", "second", "third") if caveat in stated[name]] == ["second", "third"]


# Recipes as the cards of the first models store them.
ONE_LINE_RECIPES = {
    "standard": "adam 0.001, batch 32, average 0.998, balance 0.1",
    "paper": "sgd 0.0001, batch 64",
    "nothing on": "adam 0.001, batch 32",
    "everything on": "adamw 0.0007, batch 16, average 0.9995, rescales 0.9 0.8, every phase, rounded 0.5, decay 0.05, "
    "clip 0.01, balance 0.2, first filters from 0.1, layer 2 in bfloat16",
}


@pytest.mark.parametrize("name", RECIPES)
def test_one_line_recipe_gives_same_command(name, catalog_of):
    model = model_with_recipe(RECIPES[name])
    former = replace(model, record=model.record | {"recipe": ONE_LINE_RECIPES[name], "trained_on": "T91, 86 pictures"})
    commands = [catalog_of(each, "--markdown").splitlines()[-1] for each in (former, model)]
    assert commands[0] == commands[1]
    assert commands[0].startswith("    srcnn train t91 ")


def test_command_of_photo_model_has_its_degradation(reproduced):
    degradation = Degradation.parse("noise:0-5@0.3,jpeg:60-84@0.3")
    recipe = Recipe(loss="l1", degradation=degradation, patch_size=24)
    stored = {"trained_on": {"name": "T91", "images": 86}, "recipe": recipe.to_dict(), "warm_start": None}
    shipped = catalog.find("compact-s-x2")
    assert reproduced(replace(shipped, record=shipped.record | stored)).recipe == recipe


def test_recipes_of_built_in_models_are_read(reproduced):
    assert reproduced(catalog.find("9-1-5", 3)).recipe == Recipe(
        learning_rate=7e-4, batch_size=32, ema_decay=0.998, loss_weighting=0.1
    )
    assert reproduced(catalog.find("9-5-5", 3)).recipe == Recipe(
        learning_rate=1e-3,
        batch_size=32,
        ema_decay=0.9995,
        all_phases=True,
        loss_weighting=0.1,
        precision="bfloat16",
    )


def test_former_field_names_of_a_card_are_read(reproduced):
    stored = {"optimiser": "adam", "batch": 16, "average": 0.99, "balance": 0.2, "first_filters": 0.5}
    model = model_with_recipe(STANDARD_RECIPE)
    former = replace(model, record=model.record | {"recipe": stored})
    assert reproduced(former).recipe == Recipe(batch_size=16, ema_decay=0.99, loss_weighting=0.2, init_gain=0.5)

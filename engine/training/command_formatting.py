"""Formatting of a training request as an `srcnn train` command."""

import shlex
import subprocess
import sys
from typing import Any

from engine.models import registry
from engine.training import config_file
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe, TrainRequest

CONFIG_NAME = "recipe.toml"
# Fields of `Recipe` with an option on the command line. The option of the others is their name with hyphens.
_OPTIONS = {"degradation": "--degrade", "rescales": "--rescale"}
_WITHOUT_OPTION = ("optimizer", "warmup_steps", "orientations")  # the options --paper and --weight-decay set them


def format_command(request: TrainRequest, output: str = "mine.safetensors") -> str:
    """Return the shell command that trains with the settings of a request.

    If a setting has no option, the command reads the settings from the configuration file CONFIG_NAME, which the
    user must write first.

    Parameters
    ----------
    output : path of the model to train
    """
    options = _list_options(request)
    if options is None:
        words = ["srcnn", "train", "--config", CONFIG_NAME, "-o", output]
    else:
        words = ["srcnn", "train", config_file.to_table(request)["source"], "-o", output, *options]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _list_options(request: TrainRequest) -> list[str] | None:
    """Return the options that differ from the defaults, or None if there is no option for one of them."""
    table = config_file.to_table(request)
    if registry.parse(request.info.label, request.info.scale) != request.info:  # other numbers of filters
        return None
    default = {"arch": "9-1-5", "scale": 3, "minutes": 10, "seed": 0, "device": "auto"}
    names = config_file.SETTINGS - {"source", "filters", "recipe"}
    changed = {name: table[name] for name in table if name in names and table[name] != default.get(name)}
    options = [word for name, value in changed.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    recipe_options = _list_recipe_options(request.recipe)
    return None if recipe_options is None else options + recipe_options


def _list_recipe_options(recipe: Recipe) -> list[str] | None:
    """Return the options of a recipe that differ from its defaults, or None if one has no option."""
    is_paper = recipe.optimizer == "sgd"
    base = (PAPER_RECIPE if is_paper else STANDARD_RECIPE).to_dict()
    stored: dict[str, Any] = recipe.to_dict() | {"degradation": str(recipe.degradation)}
    options = ["--paper"] if is_paper else []
    for name, value in stored.items():
        if name == "optimizer" or value == (base | {"degradation": ""})[name]:
            continue
        if name in _WITHOUT_OPTION:
            return None
        option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
        if isinstance(value, bool):
            options.append(option)
        else:
            options += [word for item in (value if name == "rescales" else [value]) for word in (option, str(item))]
    if recipe.optimizer == "adamw" and not recipe.weight_decay:
        options += ["--weight-decay", "0"]
    return options

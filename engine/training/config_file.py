"""Configuration files: the settings of a training run as TOML, without the path of the model.

A file may contain only some settings. The table `recipe` has the fields of `Recipe`. Model cards store the same table.
"""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.datasets.download import FOLDERS, resolve_folder
from engine.datasets.folders import STARTER, starter_set_folder
from engine.errors import N_, ConfigUnreadable, ConfigUnwritable, Message, lazy_format
from engine.imaging.degradation import Degradation
from engine.models import catalog, registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo
from engine.system import paths
from engine.system.files import os_error_reason, write_atomically
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe, TrainRequest

CARD_KEY = "config"  # key of the table in a model card
LENGTHS = ("minutes", "steps", "epochs")
_DEFAULT_MINUTES = 10.0
_FLOATS = ("learning_rate", "ema_decay", "quantized_share", "weight_decay", "grad_clip", "loss_weighting", "init_gain")
# Values of the settings, which define their types and, for some settings, the default.
_EXAMPLES: dict[str, Any] = {
    "source": "t91",
    "arch": "9-1-5",
    "filters": [64, 32],
    "scale": 3,
    "minutes": _DEFAULT_MINUTES,
    "steps": 10_000,
    "epochs": 50,
    "validation": 5,
    "test_set": "set5",
    "patience": 10,
    "seed": 0,
    "warm_start": "srcnn-9-1-5-x3",
    "device": "auto",
    "recipe": {},
}
SETTINGS = frozenset(_EXAMPLES)  # names of all settings in a table


def to_table(request: TrainRequest) -> dict[str, Any]:
    """Return the settings of a request as a table. Settings that are None are omitted."""
    sizes = request.info.architecture
    table = {
        "source": _source_name(request.source),
        "arch": request.info.label,
        "filters": [sizes.n1, sizes.n2] if isinstance(sizes, Srcnn) else None,
        "scale": request.info.scale,
        **{unit: getattr(request, unit) for unit in LENGTHS},
        "validation": request.validation_size,
        "test_set": _source_name(request.test_set) if request.test_set else None,
        "patience": request.patience,
        "seed": request.seed,
        "warm_start": str(request.warm_start.path.resolve()) if request.warm_start else None,
        "device": request.device,
        "recipe": _recipe_table(request.recipe),
    }
    return {name: value for name, value in table.items() if value is not None}


def format_toml(table: dict[str, Any]) -> str:
    """Format a table as TOML.

    Python reads TOML, but can't write it, and one table needs no further library.
    """
    lines = ["# Train with this file: srcnn train --config recipe.toml -o mine.safetensors"]
    lines += [f"{name} = {_format_value(value)}" for name, value in table.items() if not isinstance(value, dict)]
    for name, values in table.items():
        if isinstance(values, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_format_value(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def write(path: Path, request: TrainRequest) -> Path:
    """Write the settings of a request to a TOML file, and return its path. An existing file is replaced.

    Raises
    ------
    ConfigUnwritable
    """
    try:
        write_atomically(path, format_toml(to_table(request)).encode())
    except OSError as error:
        raise ConfigUnwritable(name=path.name, reason=os_error_reason(error)) from error
    return path


def read(path: Path, output: Path, source: Path | None = None) -> TrainRequest:
    """Return a request with the settings in a TOML file, or in the card of a model file (.safetensors).

    Settings that the file lacks get the default values of `srcnn train`. Relative paths in the file belong to its
    folder.

    Parameters
    ----------
    path : path of the file
    output : path of the model to train
    source : training set, instead of the one in the file

    Raises
    ------
    ConfigUnreadable, WeightsUnusable
        The file is missing or damaged, or contains unknown settings or values of the wrong type.
    InvalidSetting
        A value is out of range.
    NotDownloaded, ModelUnknown
        The training set or the model for the warm start is missing.
    """
    table = _read_table(path)
    _check_types(path, table, _EXAMPLES)
    lengths = {unit: table[unit] for unit in LENGTHS if unit in table} or {"minutes": _DEFAULT_MINUTES}
    return TrainRequest(
        source=source or _find_source(path, table),
        info=_build_info(path, table),
        output=output,
        **lengths,
        recipe=_build_recipe(path, table.get("recipe", {})),
        validation_size=table.get("validation"),
        test_set=_find_folder(path, table["test_set"]) if "test_set" in table else None,
        patience=table.get("patience"),
        seed=table.get("seed", 0),
        warm_start=_find_model(path, table["warm_start"]) if "warm_start" in table else None,
        device=table.get("device", "auto"),
    )


def _read_table(path: Path) -> dict[str, Any]:
    """Return the table in a TOML file or in a model card."""
    if path.suffix.lower() == ".safetensors":
        table = catalog.read_model(path).record.get(CARD_KEY)
        if not isinstance(table, dict):
            reason = N_(
                "The model doesn't contain the settings of its training. Choose another model or a .toml file."
            )
            raise ConfigUnreadable(name=path.name, reason=reason)
        return table
    try:
        content = path.read_bytes()
        return tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigUnreadable(name=path.name, reason=os_error_reason(error)) from error
    except ValueError as error:  # no UTF-8, or no TOML
        message = N_("It isn't a TOML file ({error}). Correct the file or choose another one.")
        raise ConfigUnreadable(name=path.name, reason=lazy_format(message, error=str(error))) from error


def _check_types(path: Path, table: dict[str, Any], examples: dict[str, Any]) -> None:
    """Check that a table contains only known settings, with values of the same types as in `examples`."""
    for name, value in table.items():
        if name not in examples:
            message = N_("It has the unknown setting “{name}”. Use these settings: {known}.")
            raise _error(path, message, name=name, known=", ".join(examples))
        if not _has_type_of(value, examples[name]):
            message = N_("The setting “{name}” has the value {value}. Use a value such as {example}.")
            raise _error(path, message, name=name, value=_format_value(value), example=_format_value(examples[name]))


def _error(path: Path, message: Message, **facts: object) -> ConfigUnreadable:
    return ConfigUnreadable(name=path.name, reason=lazy_format(message, **facts))


def _has_type_of(value: object, example: object) -> bool:
    """Return whether a value can replace an example.

    An integer can replace a float, but not a truth value.
    """
    if isinstance(example, list):
        return isinstance(value, list) and all(_has_type_of(item, example[0]) for item in value)
    if isinstance(example, bool) or isinstance(value, bool):
        return isinstance(example, bool) and isinstance(value, bool)
    return isinstance(value, (int, float) if isinstance(example, float) else type(example))


def _build_info(path: Path, table: dict[str, Any]) -> ModelInfo:
    info = registry.parse(table.get("arch", _EXAMPLES["arch"]), table.get("scale", _EXAMPLES["scale"]))
    filters = table.get("filters")
    if filters is None:
        return info
    if not isinstance(info.architecture, Srcnn) or len(filters) != 2:
        reason = N_("“filters” must be two numbers and needs an architecture such as 9-1-5. Correct or remove it.")
        raise ConfigUnreadable(name=path.name, reason=reason)
    return ModelInfo(replace(info.architecture, n1=filters[0], n2=filters[1]), info.scale)


def _build_recipe(path: Path, stored: dict[str, Any]) -> Recipe:
    """Return a recipe.

    Fields that are missing are those of the paper for SGD, otherwise those of the standard.
    """
    base = PAPER_RECIPE if stored.get("optimizer") == "sgd" else STANDARD_RECIPE
    defaults = _recipe_table(base)
    _check_types(path, stored, defaults | {"rescales": [0.5]})
    values = defaults | stored
    degradation = Degradation.parse(values["degradation"]).to_list()
    return Recipe.from_dict(values | {"degradation": degradation})


def _recipe_table(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as a table, with the degradation as the text that `Degradation.parse` reads."""
    stored = {name: float(value) if name in _FLOATS else value for name, value in recipe.to_dict().items()}
    return stored | {"degradation": str(recipe.degradation)}


def _source_name(source: Path) -> str:
    """Return the name of a set for its folder, or an absolute path for all other sources."""
    absolute = source.resolve()
    folders = {paths.data_folder() / folder: name for name, folder in FOLDERS.items()} | {
        starter_set_folder(): STARTER
    }
    return next((name for folder, name in folders.items() if folder.resolve() == absolute), str(absolute))


def _find_source(path: Path, table: dict[str, Any]) -> Path:
    source = table.get("source", "")
    if not source:
        raise ConfigUnreadable(name=path.name, reason=N_("It names no training set. Add the setting “source”."))
    return _find_folder(path, source)


def _find_folder(path: Path, name: str) -> Path:
    """Return a folder or a patch file by its name in a configuration file with this path."""
    relative = path.parent / name
    return relative if relative.exists() else resolve_folder(Path(name))


def _find_model(path: Path, name: str) -> Model:
    from engine.models.weights import resolve  # noqa: PLC0415 - torch takes seconds to import

    relative = path.parent / name
    return resolve(str(relative) if relative.is_file() else name, None)


def _format_value(value: object) -> str:
    """Return a value as TOML. Strings and lists of numbers are written as in JSON."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007f")

"""Recipe presets of the Train page, and the conversion of its settings to a training request."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.datasets import download
from engine.datasets.folders import STARTER, starter_set_folder
from engine.errors import N_, ConfigUnreadable, lazy_format
from engine.imaging.degradation import Degradation
from engine.models import catalog, registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo
from engine.system import paths
from engine.training import config_file
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, Recipe, TrainRequest, is_patch_file
from srcnn_gui.choices import text
from srcnn_gui.pages.train.state import (
    CUSTOM,
    DEVICES,
    FOLDER,
    SCALES,
    SET5,
    T91,
    Preset,
    Source,
    TrainSettings,
    WarmStart,
)
from srcnn_gui.runtime.translations import _

PAPER_STEPS = 800_000_000 // PAPER_RECIPE.batch_size  # 8e8 patches (Dong et al. 2015, section 4.1)
_MODEL_SIZE_FIELDS = ("arch", "n1", "n2")
_SMALL_INIT_GAIN = 0.1  # with small initial weights, filters become visible within a minute
_RESCALES = (0.9, 0.8, 0.7, 0.6)
# The fields of `TrainSettings` that are also fields of `Recipe`.
_RECIPE_FIELDS = (
    "optimizer",
    "learning_rate",
    "batch_size",
    "loss",
    "precision",
    "warmup_steps",
    "ema_decay",
    "weight_decay",
    "grad_clip",
    "loss_weighting",
    "orientations",
    "all_phases",
    "quantized_share",
    "patch_size",
)
# The fields of `TrainSettings` that an optimizer requires.
_REQUIRED: dict[str, dict[str, Any]] = {
    "adam": {"weight_decay": 0.0},
    "adamw": {},
    "sgd": {"weight_decay": 0.0, "loss": "mse", "loss_weighting": 0.0},
}
# The fields of `TrainSettings` that each preset sets, on top of _DEFAULTS.
_PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"minutes": 5.0, "small_start": True},
    "better": {"minutes": 60.0},
    "paper": {
        "minutes": 0.0,
        "optimizer": "sgd",
        "batch_size": PAPER_RECIPE.batch_size,
        "learning_rate": PAPER_RECIPE.learning_rate,
        "warmup_steps": PAPER_RECIPE.warmup_steps,
        "ema_decay": PAPER_RECIPE.ema_decay,
        "loss_weighting": PAPER_RECIPE.loss_weighting,
        "orientations": PAPER_RECIPE.orientations,
    },
}
_DEFAULTS: dict[str, Any] = {
    **{name: getattr(STANDARD_RECIPE, name) for name in _RECIPE_FIELDS},
    "degradation": "",
    "unit": "minutes",
    "rescaled": False,
    "small_start": False,
    "validation_size": 0,
    "patience": 0,
    "seed": 0,
}


def list_presets() -> tuple[Preset, ...]:
    """Return the recipe presets with their texts in the current language."""
    return (
        Preset("quick", _("Quick"), _("5 minutes"), _("Uses small initial weights to show filters early")),
        Preset(
            "better",
            _("Better than the paper"),
            _("about 1 hour"),
            _("Exceeds the paper's 32.39 dB on Set5 ×3 if you train 9-1-5 on T91"),
        ),
        Preset(
            "paper",
            _("As in the paper"),
            _("SGD, 3 days on a GPU"),
            _("Follows the paper. You can stop at any time."),
        ),
    )


def apply_preset(settings: TrainSettings, key: str) -> TrainSettings:
    """Return `settings` with all settings of a preset. An unknown key changes nothing."""
    return replace(settings, **_DEFAULTS | _PRESETS[key], preset=key) if key in _PRESETS else settings


def change_settings(settings: TrainSettings, **changes: Any) -> TrainSettings:
    """Return `settings` with some settings changed.

    If the settings no longer match the preset, the preset becomes CUSTOM. If the optimizer changes, settings that it
    does not support are reset. If the architecture changes, `start_from` is
    cleared, because the selected model has a different architecture.
    """
    changed = replace(settings, **changes)
    if "optimizer" in changes:
        changed = replace(changed, **_REQUIRED.get(changed.optimizer, {}))
    if any(name in changes and changes[name] != getattr(settings, name) for name in _MODEL_SIZE_FIELDS):
        changed = replace(changed, start_from="")
    by_preset = replace(apply_preset(changed, settings.preset), device=changed.device)
    return changed if by_preset == changed else replace(changed, preset=CUSTOM)


def apply_warm_start(settings: TrainSettings, start: WarmStart | None) -> TrainSettings:
    """Return `settings` with `start` as the model for a warm start, and with its architecture.

    If `start` is None, training starts from random weights, and the architecture is not changed.
    """
    if start is None:
        return replace(settings, start_from="")
    sized = change_settings(settings, arch=start.arch, n1=start.n1, n2=start.n2)
    return replace(sized, start_from=start.key)


def build_warm_start(model: Model) -> WarmStart:
    """Return the menu entry for a warm start from `model`."""
    return WarmStart(
        str(model.path),
        f"{text.format_model_title(model)} ×{model.info.scale}",
        model.info.label,
        *filter_counts(model.info),
    )


def filter_counts(info: ModelInfo) -> tuple[int, int]:
    """Return the numbers of filters of the first two layers of an SRCNN, otherwise (64, 32)."""
    sizes = info.architecture
    return (sizes.n1, sizes.n2) if isinstance(sizes, Srcnn) else (64, 32)


def list_sources(settings: TrainSettings) -> tuple[Source, ...]:
    """Return the training sets in the menu, including the user's own folder if one was selected."""
    available = [
        Source(T91, _("T91 (91 images)"), download.is_downloaded(T91)),
        Source(STARTER, _("Starter set")),
    ]
    if settings.folder:
        available.append(Source(FOLDER, Path(settings.folder).name or settings.folder, Path(settings.folder).is_dir()))
    return tuple(available)


def describe_training_set(settings: TrainSettings) -> str:
    """Return a note on the selected training set, such as its license.

    For the user's own folder, return its path.
    """
    if settings.source == T91:
        size = sum(file.size for file in download.list_files(T91)) / 1e6
        return _("The paper's training set ({size} MB) has no stated license. Use it for private study only.").format(
            size=f"{size:.0f}"
        )
    if settings.source == STARTER:
        return _(
            "Seven free photos that are included with the program. "
            "They are suitable for a first try but too few to match the paper."
        )
    return settings.folder


def find_source_folder(settings: TrainSettings) -> Path:
    """Return the folder of the selected training set, which may not be downloaded yet."""
    if settings.source == T91:
        return paths.data_folder() / download.FOLDERS[T91]
    return starter_set_folder() if settings.source == STARTER else Path(settings.folder)


def find_test_set() -> Path | None:
    """Return the folder of Set5, which is scored during training for reporting only, or None."""
    return paths.data_folder() / download.FOLDERS[SET5] if download.is_downloaded(SET5) else None


def build_request(settings: TrainSettings) -> TrainRequest:
    """Return the engine's training request for the settings of the page.

    Raises
    ------
    InvalidSetting
        If a setting is not valid.
    WeightsUnusable
        If the model for the warm start cannot be read.
    """
    info = registry.parse(settings.arch, settings.scale)
    if isinstance(info.architecture, Srcnn):
        info = ModelInfo(replace(info.architecture, n1=settings.n1, n2=settings.n2), info.scale)
    return TrainRequest(
        source=find_source_folder(settings),
        info=info,
        output=Path("unnamed.safetensors"),  # placeholder, which the run replaces
        **_length(settings),
        recipe=Recipe(
            **{name: getattr(settings, name) for name in _RECIPE_FIELDS},
            rescales=_RESCALES if settings.rescaled else (),
            init_gain=_SMALL_INIT_GAIN if settings.small_start else 1.0,
            degradation=Degradation.parse(settings.degradation),
        ),
        validation_size=settings.validation_size or None,
        patience=settings.patience or None,
        seed=settings.seed,
        warm_start=catalog.read_model(Path(settings.start_from)) if settings.start_from else None,
        device=settings.device,
        emit_snapshots=True,
    )


def apply_config(settings: TrainSettings, request: TrainRequest, name: str) -> TrainSettings:
    """Return `settings` with those of a configuration file.

    Parameters
    ----------
    settings : settings of the page, whose mirror is kept
    request : request from the file
    name : name of the file, for the error message

    Raises
    ------
    ConfigUnreadable
        If the page does not support some of the settings.
    """
    table, recipe = config_file.to_table(request), request.recipe
    source = table["source"] if table["source"] in (T91, STARTER) else FOLDER
    unit = next(unit for unit in config_file.LENGTHS if unit in table)
    n1, n2 = filter_counts(request.info)
    start = request.warm_start
    imported = replace(
        settings,
        **{name: getattr(recipe, name) for name in _RECIPE_FIELDS},
        source=source,
        folder=table["source"] if source == FOLDER else settings.folder,
        arch=request.info.label,
        n1=n1,
        n2=n2,
        scale=request.info.scale if request.info.scale in SCALES else settings.scale,
        unit=unit,
        **{unit: table[unit]},
        rescaled=bool(recipe.rescales),
        small_start=recipe.init_gain < 1,
        degradation=str(recipe.degradation),
        validation_size=request.validation_size or 0,
        patience=request.patience or 0,
        seed=request.seed,
        device=request.device if request.device in DEVICES else settings.device,
        start_from=str(start.path) if start in catalog.list_models() else "",
    )
    before, shown = (_flatten(config_file.to_table(one)) for one in (request, build_request(imported)))
    unsupported = [key for key, value in before.items() if shown.get(key) != value]
    if is_patch_file(request.source):
        unsupported.append("source")
    if unsupported:
        message = N_("The window can't show these settings: {names}. Train on the command line instead.")
        raise ConfigUnreadable(name=name, reason=lazy_format(message, names=", ".join(unsupported)))
    presets = (replace(apply_preset(imported, key), device=imported.device) for key in _PRESETS)
    custom = replace(imported, preset=CUSTOM)
    return next((preset for preset in presets if replace(preset, preset=CUSTOM) == custom), custom)


def _flatten(table: dict[str, Any]) -> dict[str, Any]:
    """Return the settings and the fields of the recipe in one dict, without the test set."""
    return {**table, **table["recipe"], "recipe": None, "test_set": None}


def _length(settings: TrainSettings) -> dict[str, Any]:
    """Return the keyword argument of `TrainRequest` that sets the length of training."""
    if settings.unit != "minutes":
        return {settings.unit: getattr(settings, settings.unit)}
    return {"minutes": settings.minutes} if settings.minutes else {"steps": PAPER_STEPS}


def suggest_run_name(settings: TrainSettings) -> str:
    """Return a name for a new run that contains its architecture, scale factor, date and recipe.

    The recipe comes last, because a number that is added to a duplicate name would look like a part of the date.
    """
    title = next((preset.title for preset in list_presets() if preset.key == settings.preset), _("Custom recipe"))
    today = datetime.now().astimezone()
    months = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    template = _("{arch} x{scale}, {month} {day}, {title}")
    return template.format(
        arch=settings.arch, title=title, scale=settings.scale, day=today.day, month=months[today.month - 1]
    )

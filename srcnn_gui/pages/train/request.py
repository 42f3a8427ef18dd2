"""Recipe presets of the Train page, and the conversion of its settings to a training request."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.datasets import download
from engine.datasets.folders import STARTER, starter_set_folder
from engine.models import catalog, registry
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo
from engine.system import paths
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, TrainRequest
from srcnn_gui.choices import text
from srcnn_gui.pages.train.state import CUSTOM, FOLDER, T91, Preset, Source, TrainSettings, WarmStart
from srcnn_gui.runtime.translations import _

PAPER_STEPS = 800_000_000 // PAPER_RECIPE.batch_size  # 8e8 patches (Dong et al. 2015, section 4.1)
_MODEL_SIZE_FIELDS = ("arch", "n1", "n2")
_SMALL_INIT_GAIN = 0.1  # with small initial weights, filters become visible within a minute
_RESCALES = (0.9, 0.8, 0.7, 0.6)
# The fields of `TrainSettings` that each preset sets, on top of _DEFAULTS.
_PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"minutes": 5.0, "small_start": True},
    "better": {"minutes": 60.0},
    "paper": {
        "minutes": 0.0,
        "optimizer": "sgd",
        "batch_size": PAPER_RECIPE.batch_size,
        "learning_rate": PAPER_RECIPE.learning_rate,
    },
}
_DEFAULTS: dict[str, Any] = {
    "unit": "minutes",
    "optimizer": "adam",
    "batch_size": 32,
    "learning_rate": 0.001,
    "rescaled": False,
    "small_start": False,
    "validation_size": 0,
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
            _("Follows the paper; you can stop at any time"),
        ),
    )


def apply_preset(settings: TrainSettings, key: str) -> TrainSettings:
    """Return `settings` with all settings of a preset. An unknown key changes nothing."""
    return replace(settings, **_DEFAULTS | _PRESETS[key], preset=key) if key in _PRESETS else settings


def change_settings(settings: TrainSettings, **changes: Any) -> TrainSettings:
    """Return `settings` with some settings changed.

    If the settings no longer match the preset, the preset becomes CUSTOM. If the architecture changes, `start_from` is
    cleared, because the selected model has a different architecture.
    """
    changed = replace(settings, **changes)
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


def describe_source(settings: TrainSettings) -> str:
    """Describe the selected training set. The description of the user's own folder is its path."""
    if settings.source == T91:
        size = sum(file.size for file in download.list_files(T91)) / 1e6
        return _("The paper's training set ({size} MB). No license is stated. Use it for private study only.").format(
            size=f"{size:.0f}"
        )
    if settings.source == STARTER:
        return _("Seven free photos, included with the program. Good for a first try, but too few to match the paper.")
    return settings.folder


def find_source_folder(settings: TrainSettings) -> Path:
    """Return the folder of the selected training set, which may not be downloaded yet."""
    if settings.source == T91:
        return paths.data_folder() / download.FOLDERS[T91]
    return starter_set_folder() if settings.source == STARTER else Path(settings.folder)


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
    recipe = replace(STANDARD_RECIPE, batch_size=settings.batch_size, learning_rate=settings.learning_rate)
    if settings.optimizer == "sgd":
        recipe = replace(PAPER_RECIPE, batch_size=settings.batch_size, learning_rate=settings.learning_rate)
    return TrainRequest(
        source=find_source_folder(settings),
        info=info,
        output=Path("unnamed.safetensors"),  # placeholder, which the run replaces
        **_length(settings),
        recipe=replace(
            recipe,
            rescales=_RESCALES if settings.rescaled else (),
            init_gain=_SMALL_INIT_GAIN if settings.small_start else 1.0,
        ),
        validation_size=settings.validation_size or None,
        seed=settings.seed,
        warm_start=catalog.read_model(Path(settings.start_from)) if settings.start_from else None,
        device=settings.device,
        emit_snapshots=True,
    )


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
    template = _("{arch} x{scale}, {day} {month}, {title}")
    return template.format(
        arch=settings.arch, title=title, scale=settings.scale, day=today.day, month=months[today.month - 1]
    )

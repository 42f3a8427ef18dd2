"""Functions that apply the settings to the pages, at startup and after a change. Independent of Qt.

If a setting is empty, each page keeps the value that was last selected on it.
"""

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine.imaging.codecs.formats import FORMATS_BY_NAME
from engine.models import catalog
from engine.models.catalog import Model
from srcnn_gui.choices import text
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import ModelChoice
from srcnn_gui.pages.batch import state as batch_state
from srcnn_gui.pages.benchmark import state as benchmark_state
from srcnn_gui.pages.compare import state as compare_state
from srcnn_gui.pages.train import state as train_state
from srcnn_gui.shell.settings.state import Settings

if TYPE_CHECKING:
    from srcnn_gui.pages.batch.presenter import BatchPresenter as Batch
    from srcnn_gui.pages.benchmark.presenter import BenchmarkPresenter as Benchmark
    from srcnn_gui.pages.compare.presenter import Presenter as Compare
    from srcnn_gui.pages.train.presenter import TrainPresenter as Train

_COMPUTE_SETTINGS = ("scale", "model", "device", "precision")
PageSettings = TypeVar(
    "PageSettings",
    compare_state.CompareSettings,
    batch_state.BatchSettings,
    train_state.TrainSettings,
    benchmark_state.BenchmarkSettings,
)


def initial_page_settings(saved_settings: PageSettings, dialog_settings: Settings) -> PageSettings:
    """Return the initial settings of a page.

    Parameters
    ----------
    saved_settings : settings of the page when it was last used
    dialog_settings : settings of the Settings dialog, which override the saved ones unless they are empty
    """
    values = _explicit_settings(dialog_settings, *_COMPUTE_SETTINGS) | _output_settings(dialog_settings)
    if isinstance(saved_settings, compare_state.CompareSettings):
        values = (
            values | {"quality": saved_settings.quality} | _explicit_settings(dialog_settings, "format", "quality")
        )
    names = {field.name for field in fields(saved_settings)}
    if isinstance(saved_settings, train_state.TrainSettings):
        values = _without_vulkan(values)
    if "model" in names and (scale := ModelMenu().library_scale(dialog_settings.model)):
        values["scale"] = scale
    return replace(saved_settings, **{name: value for name, value in values.items() if name in names})


def apply_to_compare(page: "Compare", before: Settings, after: Settings) -> None:
    """Apply changed settings to the Compare page immediately."""
    changed = _changed_settings(before, after, *_COMPUTE_SETTINGS)
    if "scale" in changed:
        page.choose_scale(after.scale)
    if "model" in changed:
        if scale := ModelMenu().library_scale(after.model):
            page.choose_scale(scale)
        page.choose_model(_model_key(after.model, page.state.models))
    if "device" in changed:
        page.choose_device(after.device)
    if "precision" in changed:
        page.choose_precision(after.precision)
    for name in ("format", "quality"):
        if getattr(after, name) != getattr(before, name):
            page.choose_output_options(**{name: getattr(after, name) or None})
    apply_to_results(page, after)


def apply_to_results(page: "Compare", settings: Settings) -> None:
    """Apply the results folder and the metadata setting, which have no controls on the Compare page."""
    page.choose_output_options(strip=not settings.metadata)
    page.saving.results_folder = Path(settings.results_folder) if settings.results_folder else None


def apply_to_batch(page: "Batch", before: Settings, after: Settings) -> None:
    """Apply changed settings to the Batch page. During a batch, they are applied after it has ended."""
    changes = _changed_settings(before, after, *_COMPUTE_SETTINGS)
    if _output_settings(before) != _output_settings(after):
        changes |= _output_settings(after)
    names = {field.name for field in fields(page.state.settings)}
    if changes := {name: value for name, value in changes.items() if name in names}:
        page.apply_defaults(**changes)


def apply_to_train(page: "Train", before: Settings, after: Settings) -> None:
    """Apply changed settings to the Train page. During a run, they are applied after it has ended."""
    if changes := _changed_settings(before, after, "scale", "device"):
        page.dataset.apply_defaults(**_without_vulkan(changes))


def _without_vulkan(changes: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which "auto" replaces Vulkan, which can't be used for training."""
    is_vulkan = str(changes.get("device", "")).startswith("vulkan")
    return changes | {"device": "auto"} if is_vulkan else changes


def apply_to_benchmark(page: "Benchmark", before: Settings, after: Settings) -> None:
    """Apply changed settings to the Benchmark page. During a run, they are applied after it has ended."""
    if changes := _changed_settings(before, after, "device"):
        page.apply_defaults(**changes)


def list_model_options() -> tuple[tuple[str, str], ...]:
    """Return the (name, title) pairs of the models in the Settings dialog.

    The dialog lists one model for each built-in family, and all models of the model library.
    """
    models = catalog.list_models()
    built_in = {model.family: model.name for model in reversed(models) if catalog.is_built_in(model)}
    families = [(built_in[family], text.family_title(family)) for family in text.FAMILIES if family in built_in]
    library = [(model.name, f"{model.name} ×{model.info.scale}") for model in models if not catalog.is_built_in(model)]
    return (*families, *library)


def _output_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings of the Batch page for saving results.

    The file extension is included only if a format is selected, so that otherwise the page keeps its own.
    """
    extension = FORMATS_BY_NAME[settings.format].extensions[0] if settings.format else None
    return {"metadata": settings.metadata, "quality": settings.quality} | (
        {"extension": extension} if extension else {}
    )


def _explicit_settings(settings: Settings, *names: str) -> dict[str, Any]:
    """Return the settings among `names` that are not empty, by name."""
    return {name: value for name in names if (value := getattr(settings, name))}


def _changed_settings(before: Settings, after: Settings, *names: str) -> dict[str, Any]:
    """Return the settings among `names` that have changed and are not empty, by name."""
    return {name: value for name, value in _explicit_settings(after, *names).items() if value != getattr(before, name)}


def _model_key(name: str, offered: tuple[ModelChoice, ...]) -> str:
    """Return the menu key of the model `name`.

    If the menu does not contain this model, return the key of one of the same family, or "".
    """
    models: list[Model] = catalog.list_models()
    family = next((model.family for model in models if model.name == name), "")
    same = {str(model.path) for model in models if model.family == family}
    exact = [choice.key for choice in offered if choice.name == name]
    return next(iter(exact + [choice.key for choice in offered if choice.key in same]), "")

"""How the settings take effect on the pages: what each begins with, and what changes on it at once. No Qt.

A setting that says nothing leaves a page what it had last.
"""

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from engine.imaging.codecs.formats import FORMAT_NAMES
from engine.models import catalog
from engine.models.catalog import Model, shipped_models_folder
from srcnn_gui.choices.model_menu import ModelMenu
from srcnn_gui.choices.options import ModelChoice
from srcnn_gui.pages.batch import state as batch_state
from srcnn_gui.pages.benchmark import state as benchmark_state
from srcnn_gui.pages.compare import state as compare_state
from srcnn_gui.pages.train import state as train_state
from srcnn_gui.shell.settings.state import Settings

if TYPE_CHECKING:
    from srcnn_gui.pages.batch.presenter import Presenter as Batch
    from srcnn_gui.pages.benchmark.presenter import BenchmarkPresenter as Benchmark
    from srcnn_gui.pages.compare.presenter import Presenter as Compare
    from srcnn_gui.pages.train.presenter import TrainPresenter as Train

_SET = ("scale", "model", "device", "precision")
Page = TypeVar("Page", compare_state.Choices, batch_state.Choices, train_state.Choices, benchmark_state.Choices)


def begin(chosen: Page, settings: Settings) -> Page:
    """What a page begins with: what it had last, but for what is set of that which it can choose."""
    given = _given(settings, *_SET) | _written(settings)
    own = {field.name for field in fields(chosen)}
    if "model" in own and (scale := ModelMenu().own_scale(settings.model)):
        given["scale"] = scale
    return replace(chosen, **{name: value for name, value in given.items() if name in own})


def change_compare(page: "Compare", before: Settings, after: Settings) -> None:
    """Bring what was changed onto the Compare page; what it had else stays."""
    changed = _changed(before, after, *_SET)
    if "scale" in changed:
        page.choose_scale(after.scale)
    if "model" in changed:
        if scale := ModelMenu().own_scale(after.model):
            page.choose_scale(scale)
        page.choose_model(_key_of(after.model, page.state.models))
    if "device" in changed:
        page.choose_device(after.device)
    if "precision" in changed:
        page.choose_precision(after.precision)


def change_batch(page: "Batch", before: Settings, after: Settings) -> None:
    """Bring what was changed onto the Batch page; while it is at work it has its choices until it is done."""
    changes = _changed(before, after, *_SET)
    if _written(before) != _written(after):
        changes |= _written(after)
    own = {field.name for field in fields(page.state.choices)}
    if wanted := {name: value for name, value in changes.items() if name in own}:
        page.take(**wanted)


def change_train(page: "Train", before: Settings, after: Settings) -> None:
    """Bring what was changed onto the Train page; while it is at work, once that has ended."""
    if wanted := _changed(before, after, "scale", "device"):
        page.pictures.take(**wanted)


def change_benchmark(page: "Benchmark", before: Settings, after: Settings) -> None:
    """Bring what was changed onto the Benchmark page; while it is at work, once that has ended."""
    if wanted := _changed(before, after, "device"):
        page.take(**wanted)


def save_options(settings: Settings) -> dict[str, Any]:
    """How the Compare page writes a result unless told otherwise, by the names of the engine's SaveOptions."""
    return {
        "format": settings.format or None,
        "quality": settings.quality or None,
        "strip": not settings.metadata,
    }


def models_to_choose() -> tuple[tuple[str, str], ...]:
    """Names and titles: one for each architecture that comes with the program, and every one of the person's own."""
    shipped: dict[str, str] = {}
    own: list[tuple[str, str]] = []
    for model in catalog.catalogue():
        if model.path.parent == shipped_models_folder():
            shipped.setdefault(model.spec.arch, model.name)
        else:
            own.append((model.name, f"{model.name} ×{model.spec.scale}"))
    return (*((name, arch) for arch, name in shipped.items()), *own)


def _written(settings: Settings) -> dict[str, Any]:
    """How a batch writes; a format that is not given stays what the page had."""
    ending = FORMAT_NAMES[settings.format].endings[0] if settings.format else None
    return {"metadata": settings.metadata} | ({"ending": ending} if ending else {})


def _given(settings: Settings, *names: str) -> dict[str, Any]:
    """The settings of these that say something."""
    return {name: value for name in names if (value := getattr(settings, name))}


def _changed(before: Settings, after: Settings, *names: str) -> dict[str, Any]:
    """Those of these settings that were changed and say something."""
    return {name: value for name, value in _given(after, *names).items() if value != getattr(before, name)}


def _key_of(name: str, offered: tuple[ModelChoice, ...]) -> str:
    """The line of a menu for a model: itself, or the one of its architecture; empty if there is neither."""
    found: list[Model] = catalog.catalogue()
    arch = next((model.spec.arch for model in found if model.name == name), "")
    same = {str(model.path) for model in found if model.spec.arch == arch}
    exact = [choice.key for choice in offered if choice.name == name]
    return next(iter(exact + [choice.key for choice in offered if choice.key in same]), "")

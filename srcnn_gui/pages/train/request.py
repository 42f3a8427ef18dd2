"""From what is chosen on the Train page to a request, and the presets."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.datasets import download
from engine.datasets.folders import STARTER, starter_folder
from engine.models import catalog
from engine.models.catalog import Model, ModelSpec
from engine.system import paths
from engine.training.request import PAPER_RECIPE, STANDARD_RECIPE, TrainRequest
from srcnn_gui.choices import text
from srcnn_gui.pages.train.state import FOLDER, OWN, T91, Choices, Preset, Source, Start
from srcnn_gui.runtime.translations import _

PAPER_STEPS = 800_000_000 // PAPER_RECIPE.batch  # 8e8 patches went through the network (Dong et al. 2015, section 4.1)
_SIZES = ("arch", "n1", "n2")
_SMALL_START = 0.1  # of the usual size: what the filters learn outgrows the noise within a minute
_RESCALES = (0.9, 0.8, 0.7, 0.6)
# Everything that a preset decides.
_PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"minutes": 5.0, "small_start": True},
    "better": {"minutes": 60.0},
    "paper": {
        "minutes": 0.0,
        "optimiser": "sgd",
        "batch": PAPER_RECIPE.batch,
        "learning_rate": PAPER_RECIPE.learning_rate,
    },
}
_USUAL: dict[str, Any] = {
    "unit": "minutes",
    "optimiser": "adam",
    "batch": 32,
    "learning_rate": 0.001,
    "rescaled": False,
    "small_start": False,
    "held_out": 0,
    "seed": 0,
}


def presets() -> tuple[Preset, ...]:
    """The recipes offered, in the present language."""
    return (
        Preset("quick", _("Quick"), _("5 minutes"), _("The first filters start small, so that you see them form.")),
        Preset(
            "better",
            _("Better than the paper"),
            _("about 1 hour"),
            _("With 9-1-5 and the 91 images: above the 32.39 dB of the paper's own 9-1-5 (Set5 ×3)."),
        ),
        Preset(
            "paper",
            _("The paper's own"),
            _("SGD, 3 days on a GPU"),
            _("Faithful to the paper; stop it whenever you have seen enough."),
        ),
    )


def with_preset(choices: Choices, key: str) -> Choices:
    """The choices with everything that a preset decides."""
    return replace(choices, **_USUAL | _PRESETS[key], preset=key) if key in _PRESETS else choices


def with_changes(choices: Choices, **changes: Any) -> Choices:
    """The choices with some settings changed; what a preset decides makes them a person's own.

    Weights to start from make a network of their own size: with another, training starts from new ones.
    """
    changed = replace(choices, **changes)
    if any(name in changes and changes[name] != getattr(choices, name) for name in _SIZES):
        changed = replace(changed, start_from="")
    by_preset = replace(with_preset(changed, choices.preset), device=changed.device)
    return changed if by_preset == changed else replace(changed, preset=OWN)


def with_start(choices: Choices, start: Start | None) -> Choices:
    """The choices with weights to start from, whose network is then the one to train; None for new weights."""
    if start is None:
        return replace(choices, start_from="")
    sized = with_changes(choices, arch=start.arch, n1=start.n1, n2=start.n2)
    return replace(sized, start_from=start.key)


def start_of(model: Model) -> Start:
    """A model as weights to start from."""
    return Start(
        str(model.path), f"{text.title(model)} ×{model.spec.scale}", model.spec.arch, model.spec.n1, model.spec.n2
    )


def sources(choices: Choices) -> tuple[Source, ...]:
    """The pictures that can be chosen."""
    found = [
        Source(T91, _("91 images"), download.is_there(T91)),
        Source(STARTER, _("Starter set")),
    ]
    if choices.folder:
        found.append(Source(FOLDER, Path(choices.folder).name or choices.folder, Path(choices.folder).is_dir()))
    return tuple(found)


def source_note(choices: Choices) -> str:
    """What to know of the pictures chosen."""
    if choices.source == T91:
        size = sum(file.size for file in download.files_of(T91)) / 1e6
        return _(
            "The paper's pictures, {size} MB. No licence is stated for them: for your own study, not to pass on."
        ).format(size=f"{size:.0f}")
    if choices.source == STARTER:
        return _("Seven free photographs that come with the program: enough to see it work, not to beat the paper.")
    return choices.folder


def source_path(choices: Choices) -> Path:
    """Where the pictures chosen lie, or will."""
    if choices.source == T91:
        return paths.data() / download.FOLDERS[T91]
    return starter_folder() if choices.source == STARTER else Path(choices.folder)


def request(choices: Choices) -> TrainRequest:
    """What is chosen, as a request; raises BadRequest for what cannot be, WeightsUnusable for a start that is gone."""
    shape = ModelSpec.parse(choices.arch, choices.scale)
    recipe = replace(STANDARD_RECIPE, batch=choices.batch, learning_rate=choices.learning_rate)
    if choices.optimiser == "sgd":
        recipe = replace(PAPER_RECIPE, batch=choices.batch, learning_rate=choices.learning_rate)
    return TrainRequest(
        source=source_path(choices),
        spec=replace(shape, n1=choices.n1, n2=choices.n2),
        output=Path("unnamed.safetensors"),  # a run decides where its files lie
        **_length(choices),
        recipe=replace(
            recipe,
            rescales=_RESCALES if choices.rescaled else (),
            first_filters=_SMALL_START if choices.small_start else 1.0,
        ),
        held_out=choices.held_out or None,
        seed=choices.seed,
        warm_start=catalog.read_model(Path(choices.start_from)) if choices.start_from else None,
        device=choices.device,
        watched=True,
    )


def _length(choices: Choices) -> dict[str, Any]:
    """How long to train, as a request says it."""
    if choices.unit != "minutes":
        return {choices.unit: getattr(choices, choices.unit)}
    return {"minutes": choices.minutes} if choices.minutes else {"steps": PAPER_STEPS}


def name_for(choices: Choices) -> str:
    """What to call a run: its recipe, the factor and the day."""
    title = next((preset.title for preset in presets() if preset.key == choices.preset), _("Own recipe"))
    today = datetime.now().astimezone()
    months = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    named = _("{title} x{scale}, {day} {month}")
    return named.format(title=title, scale=choices.scale, day=today.day, month=months[today.month - 1])

"""From what is chosen on the Train page to a request, and the presets."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import folders
from engine.datasets import fetch
from engine.datasets.sources import STARTER, starter_folder
from engine.models import ModelSpec
from engine.requests import PAPER_RECIPE, STANDARD_RECIPE, TrainRequest
from srcnn_gui.messages import _
from srcnn_gui.presenters.train_state import FOLDER, OWN, T91, Choices, Preset, Source

PAPER_STEPS = 800_000_000 // PAPER_RECIPE.batch  # 8e8 patches went through the network (Dong et al. 2015, section 4.1)
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
            _("SGD, 3 days on its GPU"),
            _("Faithful to the paper; stop it whenever you have seen enough."),
        ),
    )


def with_preset(choices: Choices, key: str) -> Choices:
    """The choices with everything that a preset decides."""
    return replace(choices, **_USUAL | _PRESETS[key], preset=key) if key in _PRESETS else choices


def with_changes(choices: Choices, **changes: Any) -> Choices:
    """The choices with some settings changed; what a preset decides makes them a person's own."""
    changed = replace(choices, **changes)
    by_preset = replace(with_preset(changed, choices.preset), device=changed.device)
    return changed if by_preset == changed else replace(changed, preset=OWN)


def sources(choices: Choices) -> tuple[Source, ...]:
    """The pictures that can be chosen."""
    found = [
        Source(T91, _("91 images"), fetch.is_there(T91)),
        Source(STARTER, _("Starter set")),
    ]
    if choices.folder:
        found.append(Source(FOLDER, Path(choices.folder).name or choices.folder, Path(choices.folder).is_dir()))
    return tuple(found)


def source_note(choices: Choices) -> str:
    """What to know of the pictures chosen."""
    if choices.source == T91:
        size = sum(file.size for file in fetch.files_of(T91)) / 1e6
        return _(
            "The paper's pictures, {size} MB. No licence is stated for them: for your own study, not to pass on."
        ).format(size=f"{size:.0f}")
    if choices.source == STARTER:
        return _("Seven free photographs that come with the program: enough to see it work, not to beat the paper.")
    return choices.folder


def source_path(choices: Choices) -> Path:
    """Where the pictures chosen lie, or will."""
    if choices.source == T91:
        return folders.data() / fetch.FOLDERS[T91]
    return starter_folder() if choices.source == STARTER else Path(choices.folder)


def request(choices: Choices) -> TrainRequest:
    """What is chosen, as a request; raises BadRequest for what cannot be."""
    shape = ModelSpec.parse(choices.arch, choices.scale)
    recipe = replace(STANDARD_RECIPE, batch=choices.batch, learning_rate=choices.learning_rate)
    if choices.optimiser == "sgd":
        recipe = replace(PAPER_RECIPE, batch=choices.batch, learning_rate=choices.learning_rate)
    return TrainRequest(
        source=source_path(choices),
        spec=replace(shape, n1=choices.n1, n2=choices.n2),
        output=Path("unnamed.safetensors"),  # a run decides where its files lie
        minutes=choices.minutes or None,
        steps=None if choices.minutes else PAPER_STEPS,
        recipe=replace(
            recipe,
            rescales=_RESCALES if choices.rescaled else (),
            first_filters=_SMALL_START if choices.small_start else 1.0,
        ),
        held_out=choices.held_out or None,
        seed=choices.seed,
        device=choices.device,
        watched=True,
    )


def name_for(choices: Choices) -> str:
    """What to call a run: its recipe, the factor and the day."""
    title = next((preset.title for preset in presets() if preset.key == choices.preset), _("Own recipe"))
    today = datetime.now().astimezone()
    return f"{title} x{choices.scale}, {today.day} {today:%b}"

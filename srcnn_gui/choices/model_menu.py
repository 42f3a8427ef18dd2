"""Which models there are for a scale, and which of them is meant. No Qt, no torch."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import WeightsUnusable
from engine.models import catalog
from engine.models.catalog import SCALES, Model
from srcnn_gui.choices import text
from srcnn_gui.choices.options import ModelChoice


@dataclass
class ModelMenu:
    """The catalogue, and the model asked for last; at another scale it is the one of the same architecture."""

    wanted: str = ""  # name
    catalogue: list[Model] = field(default_factory=catalog.catalogue)

    def reload(self) -> None:
        """Look for models again: one was made, imported, renamed or deleted."""
        self.catalogue = catalog.catalogue()

    @property
    def scales(self) -> tuple[int, ...]:
        """The usual scales that have a model."""
        return tuple(scale for scale in SCALES if any(model.spec.scale == scale for model in self.catalogue))

    def has_model_for(self, scale: int) -> bool:
        """Whether there is a model for a scale, a usual one or not."""
        return any(model.spec.scale == scale for model in self.catalogue)

    def at(self, scale: int) -> tuple[tuple[ModelChoice, ...], ModelChoice | None]:
        """The scale's models, then those for scales that have no button, and the one to use."""
        fitting = [model for model in self.catalogue if model.spec.scale == scale]
        further = [model for model in self.catalogue if model.spec.scale not in (scale, *SCALES)]
        wanted = next((model for model in self.catalogue if model.name == self.wanted), None)
        same = [model for model in fitting if wanted and model.spec.arch == wanted.spec.arch]
        chosen = next(iter([model for model in fitting if model is wanted] + same + fitting), None)
        choices = tuple(text.choice(model) for model in (*fitting, *further))
        return choices, next((choice for choice in choices if chosen and choice.key == str(chosen.path)), None)

    def own_scale(self, name: str) -> int | None:
        """The scale of a model of the person's own, which is for that one alone; None for any other name."""
        found = next((model for model in self.catalogue if model.name == name), None)
        return None if found is None or catalog.is_shipped(found) else found.spec.scale

    @staticmethod
    def knows_scale(path: Path) -> bool:
        """Whether a model file says itself what scale it is for: those of this program do."""
        try:
            catalog.read_model(path)
        except WeightsUnusable:
            return False
        return True

    def model(self, choice: ModelChoice) -> Model:
        """The model behind a line of the menu."""
        return next(model for model in self.catalogue if str(model.path) == choice.key)

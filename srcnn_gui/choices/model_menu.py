"""List of the models for the menus, and the preferred model. Does not use Qt or PyTorch."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import WeightsUnusable
from engine.models import catalog
from engine.models.catalog import SCALES, Model
from engine.upscaling import automatic_choice
from srcnn_gui.choices import text
from srcnn_gui.choices.options import AUTOMATIC, ModelChoice


@dataclass
class ModelMenu:
    """Available models, and the name of the model that the user selected last.

    If that model is for another scale factor, a model with the same architecture is preferred.
    """

    preferred_model: str = ""  # name of the model that the user selected last
    models: list[Model] = field(default_factory=catalog.list_models)
    _default: Model | None = None  # model of the automatic choice for images that aren't compressed

    def reload(self) -> None:
        """Read the list of models again. Call this after a model was added, renamed or deleted."""
        self.models = catalog.list_models()

    @property
    def scales(self) -> tuple[int, ...]:
        """Standard scale factors for which there is a model."""
        return tuple(scale for scale in SCALES if any(model.info.scale == scale for model in self.models))

    def has_model_for(self, scale: int) -> bool:
        """Return whether there is a model for a scale factor."""
        return any(model.info.scale == scale for model in self.models)

    def choices_for(
        self, scale: int, *, simulate: bool = False, jpeg_quality: int | None = None
    ) -> tuple[tuple[ModelChoice, ...], ModelChoice | None]:
        """Return the menu entries for a scale factor, and the entry to select.

        Returns
        -------
        entries : the automatic choice, the models for the scale factor, and the models for non-standard scale factors
        selected : preferred model, or one of the same family or architecture, or the automatic choice; None if the
            scale factor has no model. In a simulation, the automatic choice is the model for the experiments of the
            paper. Otherwise, it depends on the quality of a JPEG file
        """
        matching = [model for model in self.models if model.info.scale == scale]
        matching.sort(key=_menu_position)
        others = [model for model in self.models if model.info.scale not in (scale, *SCALES)]
        preferred_model = next((model for model in self.models if model.name == self.preferred_model), None)
        chosen = None
        if preferred_model is not None:
            alike = [model for model in matching if model.family == preferred_model.family]
            alike += [model for model in matching if model.info.label == preferred_model.info.label]
            chosen = next(iter([model for model in matching if model is preferred_model] + alike), chosen)
        choices = [text.build_model_choice(model) for model in (*matching, *others)]
        default = catalog.pick_default(self.models, scale, simulate=simulate)
        if default is not None:
            quality = None if simulate else jpeg_quality
            automatic = automatic_choice.choose(self.models, scale, quality) or default
            choices.insert(0, text.build_automatic_choice(automatic, quality))
            self._default = default
        key = str(chosen.path) if chosen else AUTOMATIC
        return tuple(choices), next((choice for choice in choices if choice.key == key), None)

    def library_scale(self, name: str) -> int | None:
        """Return the scale factor of a model by name, or None if it is built-in or does not exist."""
        match = next((model for model in self.models if model.name == name), None)
        return None if match is None or catalog.is_built_in(match) else match.info.scale

    @staticmethod
    def file_has_scale(path: Path) -> bool:
        """Return whether a model file contains its scale factor. If not, the user must select one."""
        try:
            catalog.read_model(path)
        except WeightsUnusable:
            return False
        return True

    def find_model(self, choice: ModelChoice) -> Model:
        """Return the model of a menu entry. For the automatic choice, it is the default, which the job can replace."""
        if choice.key == AUTOMATIC and self._default is not None:
            return self._default
        return next(model for model in self.models if str(model.path) == choice.key)


def _menu_position(model: Model) -> int:
    """Return the position of a model's family in the menu. Other models come last."""
    is_known = catalog.is_built_in(model) and model.family in text.FAMILIES
    return list(text.FAMILIES).index(model.family) if is_known else len(text.FAMILIES)

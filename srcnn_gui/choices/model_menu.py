"""Entries of the model menu. Does not use Qt or PyTorch."""

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
    """Entries of the model menu, and the entry to select for each scale factor.

    Attributes
    ----------
    preferred_model : name of the model that the user selected last, or "" for the automatic choice
    models : all available models
    """

    preferred_model: str = ""  # name of the model that the user selected last
    models: list[Model] = field(default_factory=catalog.list_models)
    _default: Model | None = None  # model of the automatic choice for images that aren't compressed

    def reload(self) -> None:
        """Update the list of models. Call this after a model was added, renamed or deleted."""
        self.models = catalog.list_models()

    @property
    def scales(self) -> tuple[int, ...]:
        """Standard scale factors (2, 3, 4) for which a model is available."""
        return tuple(scale for scale in SCALES if any(model.info.scale == scale for model in self.models))

    def has_model_for(self, scale: int) -> bool:
        """Return whether a model is available for a scale factor."""
        return any(model.info.scale == scale for model in self.models)

    def choices_for(
        self, scale: int, *, simulate: bool = False, jpeg_quality: int | None = None, photo_family: str = ""
    ) -> tuple[tuple[ModelChoice, ...], ModelChoice | None]:
        """Return the menu entries for a scale factor, and the entry to select.

        Parameters
        ----------
        simulate : whether the input is simulated by downscaling a ground truth; the automatic choice is then the main
            model of the SRCNN paper
        jpeg_quality : estimated quality of the input, or None if the input is not a JPEG file
        photo_family : family of the photo model that is chosen automatically, or "" for the default model

        Returns
        -------
        entries : automatic choice, models for the scale factor, and models for non-standard scale factors
        selected : entry for the preferred model, or for a model of the same family or architecture, or the automatic
            choice; None if no model is available for the scale factor
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
            quality, family = (None, "") if simulate else (jpeg_quality, photo_family)
            automatic = automatic_choice.choose(self.models, scale, family) or default
            is_drawing = not family and bool(automatic_choice.photo_family(quality))
            choices.insert(0, text.build_automatic_choice(automatic, quality, is_drawing=is_drawing))
            self._default = default
        key = str(chosen.path) if chosen else AUTOMATIC
        return tuple(choices), next((choice for choice in choices if choice.key == key), None)

    def suggested_model(self, family: str, scale_factor: float) -> Model | None:
        """Return the built-in model of a photo model family for a scale factor, or None if there is none."""
        return automatic_choice.choose(self.models, scale_factor, family)

    def library_scale(self, name: str) -> int | None:
        """Return the scale factor of a user's model by name, or None if no user's model has this name."""
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
        """Return the model of a menu entry. For the automatic choice, this is the default model."""
        if choice.key == AUTOMATIC and self._default is not None:
            return self._default
        return next(model for model in self.models if str(model.path) == choice.key)


def _menu_position(model: Model) -> int:
    """Return the sort key of a model in the menu. Models that are not built-in come last."""
    is_known = catalog.is_built_in(model) and model.family in text.FAMILIES
    return list(text.FAMILIES).index(model.family) if is_known else len(text.FAMILIES)

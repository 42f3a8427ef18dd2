"""Values that the menus of several pages offer: scale factors, precisions, file formats, models."""

from dataclasses import dataclass

from engine.imaging.codecs.formats import FORMAT_NAMES
from engine.models import catalog, info
from engine.upscaling import request

SAVE_FORMATS = ("png", "jpg", "tif", "webp", "avif", "jxl", "bmp", "gif")  # values of OutputOptions.format
FORMAT_TITLES = {name: FORMAT_NAMES[name].title for name in SAVE_FORMATS}
LOSSY_FORMATS = ("jpg", "webp", "avif", "jxl")
SCALES, TRAINED_SCALES = catalog.SCALES, info.SCALES
PRECISIONS = request.PRECISIONS
SAMPLES = ("astronaut.png", "cat.png", "coffee.png")  # the sample images that the Compare page offers
MAX_SCALE_FACTOR, MAX_SIDE = request.MAX_SCALE_FACTOR, request.MAX_SIDE_PX


AUTOMATIC = "automatic"  # key of the entry that chooses the model for each image


@dataclass(frozen=True)
class ModelChoice:
    """Model in the model menu.

    Attributes
    ----------
    key : path of the model file, which uniquely identifies the model, or AUTOMATIC
    name : name of the model
    title : text of the menu entry
    card : (label, value) rows with the properties of the model
    model_title : title of the model in use. For an automatic choice, it differs from `title`
    has_strength : whether the model in use is a photo model, whose strength can be set
    training_samples : file names of the sample images on which the model was trained
    """

    key: str
    name: str
    title: str
    card: tuple[tuple[str, str], ...]
    model_title: str
    has_strength: bool = False
    training_samples: tuple[str, ...] = ()

    @property
    def stored_name(self) -> str:
        """Name of the model for the settings, which is "" for the automatic choice."""
        return "" if self.key == AUTOMATIC else self.name

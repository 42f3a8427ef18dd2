"""Options in the menus of several pages: scale factors, precisions, file formats and models."""

from dataclasses import dataclass

from engine.imaging.codecs.formats import FORMATS_BY_NAME
from engine.models import catalog, info
from engine.upscaling import request

SAVE_FORMATS = ("png", "jpg", "tif", "webp", "avif", "jxl", "bmp", "gif")  # values of OutputOptions.format
FORMAT_TITLES = {name: FORMATS_BY_NAME[name].title for name in SAVE_FORMATS}
LOSSY_FORMATS = ("jpg", "webp", "avif", "jxl")
SCALES, TRAINED_SCALES = catalog.SCALES, info.SCALES
PRECISIONS = request.PRECISIONS
SAMPLES = ("astronaut.png", "cat.png", "coffee.png")  # the sample images that the Compare page offers
# Devices that can be stored. That of a Vulkan GPU contains its name (`devices.find_devices`).
DEVICE_PATTERN = r"auto|cpu|cuda|mps|vulkan:.+"
MAX_SCALE_FACTOR, MAX_SIDE, MAX_DPI = request.MAX_SCALE_FACTOR, request.MAX_SIDE_PX, request.MAX_DPI


AUTOMATIC = "automatic"  # key of the menu entry for the automatic choice of a model


@dataclass(frozen=True)
class ModelChoice:
    """Entry of the model menu: a model, or the automatic choice.

    Attributes
    ----------
    key : path of the model file, which uniquely identifies the model, or AUTOMATIC
    name : name of the model in use
    title : text of the menu entry
    card : (label, value) rows with the properties of the model
    model_title : title of the model in use, which differs from `title` for the automatic choice
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
        """Name of the model to store in the settings, or "" for the automatic choice."""
        return "" if self.key == AUTOMATIC else self.name

"""State of the Settings dialog, and the protocol that its view implements."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.system.preferences import Preferences
from srcnn_gui.choices.options import DEVICE_PATTERN

Theme = Literal["system", "light", "dark"]
SYSTEM_LANGUAGE = "system"


@dataclass(frozen=True)
class Settings:
    """Settings of the window. Folders and the number of threads are in the engine's `Preferences`.

    Attributes
    ----------
    theme, language : name of a theme or code of a language, or "system" to follow the operating system
    notifications : whether a notification is sent when a long job ends while the window is in the background
    scale, model, device, precision : initial values of the pages, or 0 and "" for the values that were last used
    format : format of saved results as in the engine's `OutputOptions`, or "" for the format of the input
    quality : quality of lossy formats, or 0 for the default of each format
    metadata : whether EXIF data, the color profile, the resolution and text are copied to results
    results_folder : folder for results of the Compare page, or "" for the folder of each image
    """

    theme: Theme = "system"
    language: str = SYSTEM_LANGUAGE
    notifications: bool = True
    scale: Literal[0, 2, 3, 4] = 0
    model: str = ""
    device: str = field(default="", metadata={"pattern": f"|{DEVICE_PATTERN}"})
    precision: Literal["", "auto", "float32", "bfloat16", "float16"] = ""
    format: Literal["", "png", "jpg", "tif", "webp", "avif", "jxl", "bmp", "gif"] = ""
    quality: int = field(default=0, metadata={"range": (0, 100)})
    metadata: bool = True
    results_folder: str = ""


Items = tuple[tuple[object, str], ...]  # pairs of value and title for a combo box


@dataclass(frozen=True)
class Folder:
    """A folder in the Settings dialog. `is_custom` is true if it is not the default folder."""

    key: Literal["models", "data", "results"]
    path: str
    is_custom: bool


@dataclass(frozen=True)
class State:
    """All values that the Settings dialog shows.

    Attributes
    ----------
    languages, models, devices : items of the menus
    cores : number of CPU cores
    log : path of the log folder
    quality_matters : whether the selected format has a quality setting
    can_reset : whether a setting differs from its default
    notice : error message, or "" for none
    """

    settings: Settings = Settings()
    preferences: Preferences = Preferences()
    languages: Items = ()
    models: Items = ()
    devices: Items = ()
    cores: int = 1
    folders: tuple[Folder, ...] = ()
    log: str = ""
    quality_matters: bool = True
    can_reset: bool = False
    notice: str = ""


class View(Protocol):
    """Protocol of the view that `SettingsPresenter` updates."""

    def display(self, state: State) -> None: ...

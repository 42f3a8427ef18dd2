"""State of the Settings dialog, and the protocol of its view."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.system.preferences import Preferences

Theme = Literal["system", "light", "dark"]
SYSTEM_LANGUAGE = "system"


@dataclass(frozen=True)
class Settings:
    """The settings of the window. Folders and threads are in `Preferences` of the engine.

    Attributes
    ----------
    theme, language : "system", or a theme or language
    notifications : send a notification when a long job ends while the window is in the background
    scale, model, device, precision : initial choices of the pages; 0 and "" for the last choice. `model` is a name
    format : format of saved results as in the engine's `SaveOptions`; "" for the format of the input
    quality : quality of lossy formats; 0 for the default of each format
    metadata : keep EXIF, color profile, resolution and text
    """

    theme: Theme = "system"
    language: str = SYSTEM_LANGUAGE
    notifications: bool = True
    scale: Literal[0, 2, 3, 4] = 0
    model: str = ""
    device: Literal["", "auto", "cuda", "mps", "cpu"] = ""
    precision: Literal["", "auto", "float32", "bfloat16", "float16"] = ""
    format: Literal["", "png", "jpg", "tif", "webp", "avif", "bmp", "gif"] = ""
    quality: int = field(default=0, metadata={"range": (0, 100)})
    metadata: bool = True


Items = tuple[tuple[object, str], ...]  # values and titles of a combo box


@dataclass(frozen=True)
class Folder:
    """A folder in the list: its path, and whether it was changed from the default."""

    key: Literal["models", "data"]
    path: str
    chosen: bool


@dataclass(frozen=True)
class State:
    """Everything that the Settings dialog shows."""

    settings: Settings = Settings()
    preferences: Preferences = Preferences()
    languages: Items = ()
    models: Items = ()
    devices: Items = ()
    cores: int = 1
    folders: tuple[Folder, ...] = ()
    log: str = ""  # path of the log folder
    quality_matters: bool = True
    can_reset: bool = False
    notice: str = ""


class View(Protocol):
    """The view of the settings."""

    def display(self, state: State) -> None: ...

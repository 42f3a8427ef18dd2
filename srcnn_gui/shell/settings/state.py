"""What can be set once for all pages, as data, and what the settings' view must be able to do."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.system.preferences import Preferences

Theme = Literal["system", "light", "dark"]
SYSTEM_LANGUAGE = "system"


@dataclass(frozen=True)
class Settings:
    """What the window keeps of it; folders and threads are the engine's `Preferences`, for the command line too.

    Attributes
    ----------
    theme, language : "system", or one of one's own
    notifications : say through the system that long work has ended, when the window is not in front
    scale, model, device, precision : what the pages begin with; 0 and "" for what each had last. A model is named
    format : of a saved result, as the engine's SaveOptions call it; "" for that of its source
    quality : of formats that lose something; 0 for each format's own
    metadata : keep EXIF, profile, resolution and texts
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


Lines = tuple[tuple[object, str], ...]  # values and titles of a drop-down


@dataclass(frozen=True)
class Folder:
    """A folder of the list: where it is, and whether that was chosen."""

    key: Literal["models", "data"]
    path: str
    chosen: bool


@dataclass(frozen=True)
class State:
    """Everything the settings show."""

    settings: Settings = Settings()
    preferences: Preferences = Preferences()
    languages: Lines = ()
    models: Lines = ()
    devices: Lines = ()
    cores: int = 1
    folders: tuple[Folder, ...] = ()
    log: str = ""  # where it lies
    quality_matters: bool = True
    can_reset: bool = False
    notice: str = ""


class View(Protocol):
    """What the settings' view must be able to do."""

    def display(self, state: State) -> None: ...

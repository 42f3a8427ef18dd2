"""Preferences that the command line and the window share, in a JSON file.

Preferences of the window alone, such as theme and language, are stored by the window.
"""

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import platformdirs

from engine.system import files

APP = "srcnn-studio"
MAX_THREADS = 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preferences:
    """The preferences and their defaults.

    Attributes
    ----------
    models, data : the folders of the model library and of downloaded image sets; empty for the default folders
    threads : the largest number of CPU threads; 0 for all cores
    """

    models: str = ""
    data: str = ""
    threads: int = 0


def path() -> Path:
    """Return the path of the preferences file. It is created by the first `save`."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "preferences.json"


def load() -> Preferences:
    """Load the preferences. Unusable values are logged and replaced by their defaults."""
    try:
        stored = json.loads(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be used: %s", path(), error)
        return Preferences()
    if not isinstance(stored, dict):
        _log.warning("%s cannot be used: it holds no settings", path())
        return Preferences()
    return Preferences(**{field.name: _usable(field.name, stored, field.default) for field in fields(Preferences)})


def save(preferences: Preferences) -> None:
    """Save the preferences. Running programs use them the next time they load them.

    Raises
    ------
    OSError
    """
    path().parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(path(), json.dumps(asdict(preferences), indent=2).encode())


def _usable(name: str, stored: dict[str, Any], default: Any) -> Any:
    """Return a stored value, or its default if it is unusable."""
    value = stored.get(name, default)
    if isinstance(default, str):
        is_valid = isinstance(value, str) and (not value or Path(value).is_absolute())
    else:
        is_valid = type(value) is int and 0 <= value <= MAX_THREADS
    if not is_valid:
        _log.warning("%s: %s is %r, which is not usable; using the default", path(), name, value)
    return value if is_valid else default

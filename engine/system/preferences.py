"""Preferences that the command line and the window share, stored in a JSON file.

Preferences that affect only the window, such as theme and language, are stored elsewhere.
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
    """Preferences that the command line and the window share.

    Attributes
    ----------
    models : folder of the model library; empty for the default folder
    data : folder of the downloaded image sets; empty for the default folder
    threads : maximum number of CPU threads; 0 for one thread per core
    """

    models: str = ""
    data: str = ""
    threads: int = 0


def path() -> Path:
    """Return the path of the preferences file, which does not exist until `save` is called."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "preferences.json"


def load() -> Preferences:
    """Return the stored preferences. Invalid values are logged and replaced with their defaults."""
    try:
        stored = json.loads(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError) as error:
        _log.warning("The preferences file %s cannot be read: %s", path(), error)
        return Preferences()
    if not isinstance(stored, dict):
        _log.warning("The preferences file %s contains no preferences.", path())
        return Preferences()
    return Preferences(**{field.name: _usable(field.name, stored, field.default) for field in fields(Preferences)})


def save(preferences: Preferences) -> None:
    """Save the preferences. Other processes use the new values the next time they call `load`.

    Raises
    ------
    OSError
    """
    path().parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(path(), json.dumps(asdict(preferences), indent=2).encode())


def _usable(name: str, stored: dict[str, Any], default: Any) -> Any:
    """Return the stored value of a preference, or its default if the value is missing or invalid."""
    value = stored.get(name, default)
    if isinstance(default, str):
        is_valid = isinstance(value, str) and (not value or Path(value).is_absolute())
    else:
        is_valid = type(value) is int and 0 <= value <= MAX_THREADS
    if not is_valid:
        _log.warning("Invalid value in %s: %s=%r. Using the default.", path(), name, value)
    return value if is_valid else default

"""What a person chose for the command line and the window alike: a small file that both read when they need it.

What only the window needs (its theme, its language) is kept by the window.
"""

import json
import logging
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import platformdirs

from engine.system import files

APP = "srcnn-studio"
MOST_THREADS = 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preferences:
    """The choices; the defaults are the program's own.

    Attributes
    ----------
    models, data : the folders of a person's own models and of downloaded pictures; empty for the program's own
    threads : how many of the CPU's cores to compute with at most; 0 for all
    """

    models: str = ""
    data: str = ""
    threads: int = 0


def path() -> Path:
    """Where they are kept; there is no such file until something was chosen."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "preferences.json"


def load() -> Preferences:
    """What was chosen. What cannot be used becomes the default, and is logged."""
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


def save(chosen: Preferences) -> None:
    """Keep them, for every program that is started and those that run.

    Raises
    ------
    OSError
    """
    path().parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(path(), json.dumps(asdict(chosen), indent=2).encode())


def _usable(name: str, stored: dict[str, Any], default: Any) -> Any:
    """A value of the file, or its default."""
    value = stored.get(name, default)
    if isinstance(default, str):
        ok = isinstance(value, str) and (not value or Path(value).is_absolute())
    else:
        ok = type(value) is int and 0 <= value <= MOST_THREADS
    if not ok:
        _log.warning("%s: %s is %r, which is not usable; using the default", path(), name, value)
    return value if ok else default

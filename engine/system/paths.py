"""The program's folders on this machine: the command line and the window look into the same ones.

Two of them can be chosen (`engine.system.preferences`); the others are where the platform wants such things.
"""

from pathlib import Path
from typing import Literal

import platformdirs

from engine.system import preferences
from engine.system.preferences import APP


def data() -> Path:
    """Where downloaded picture sets lie, each in a folder of its name; it may not exist yet."""
    chosen = preferences.load().data
    return Path(chosen) if chosen else _home("data") / "data"


def models() -> Path:
    """Where a person's own models lie; it may not exist yet."""
    chosen = preferences.load().models
    return Path(chosen) if chosen else _home("data") / "models"


def batches() -> Path:
    """Where the journals of batches lie, one for each destination; it may not exist yet."""
    return _home("state") / "batches"


def runs() -> Path:
    """Where trainings keep their curves, and their work until they end; it may not exist yet."""
    return _home("data") / "runs"


def state() -> Path:
    """Where it is kept what is going on; it may not exist yet."""
    return _home("state")


def log() -> Path:
    """Where the log lies; it may not exist yet."""
    return _home("log")


def _home(kind: Literal["data", "state", "log"]) -> Path:
    """The platform's folder of this program for a kind of thing."""
    if kind == "data":
        return Path(platformdirs.user_data_dir(APP, appauthor=False))
    find = platformdirs.user_state_dir if kind == "state" else platformdirs.user_log_dir
    return Path(find(APP, appauthor=False))

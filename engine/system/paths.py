"""The program's folders, the same for the command line and the window. They may not exist yet.

Two of them can be set in `engine.system.preferences`; the others are the platform's default folders.
"""

from pathlib import Path
from typing import Literal

import platformdirs

from engine.system import preferences
from engine.system.preferences import APP


def data() -> Path:
    """Return the folder of downloaded image sets, one subfolder each."""
    folder = preferences.load().data
    return Path(folder) if folder else _home("data") / "data"


def models() -> Path:
    """Return the folder of the user's model library."""
    folder = preferences.load().models
    return Path(folder) if folder else _home("data") / "models"


def batches() -> Path:
    """Return the folder of batch journals, one for each output folder."""
    return _home("state") / "batches"


def runs() -> Path:
    """Return the folder of training runs, with their curves and checkpoints."""
    return _home("data") / "runs"


def state() -> Path:
    """Return the folder of the program's state."""
    return _home("state")


def log() -> Path:
    """Return the folder of the logs."""
    return _home("log")


def _home(kind: Literal["data", "state", "log"]) -> Path:
    """Return the platform's folder for this program and a kind of file."""
    if kind == "data":
        return Path(platformdirs.user_data_dir(APP, appauthor=False))
    find = platformdirs.user_state_dir if kind == "state" else platformdirs.user_log_dir
    return Path(find(APP, appauthor=False))

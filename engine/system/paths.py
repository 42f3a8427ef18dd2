"""Paths of the program's folders, which the command line and the window share.

The folders may not exist yet. The folders of the models and of the image sets can be changed in the preferences. The
other folders are always in the platform's default locations.
"""

from pathlib import Path
from typing import Literal

import platformdirs

from engine.system import preferences
from engine.system.preferences import APP


def data_folder() -> Path:
    """Return the folder of the downloaded image sets. Each set is a subfolder."""
    folder = preferences.load().data
    return Path(folder) if folder else _home("data") / "data"


def models_folder() -> Path:
    """Return the folder of the user's model library."""
    folder = preferences.load().models
    return Path(folder) if folder else _home("data") / "models"


def journals_folder() -> Path:
    """Return the folder of the batch journals. There is one journal for each output folder."""
    return _home("state") / "batches"


def runs_folder() -> Path:
    """Return the folder of the training runs. Each run contains training curves and a checkpoint."""
    return _home("data") / "runs"


def state_folder() -> Path:
    """Return the folder for the program's internal state, such as the journals of batches."""
    return _home("state")


def log_folder() -> Path:
    """Return the folder of the log files."""
    return _home("log")


def _home(kind: Literal["data", "state", "log"]) -> Path:
    """Return the platform's default folder for one kind of this program's files."""
    if kind == "data":
        return Path(platformdirs.user_data_dir(APP, appauthor=False))
    find = platformdirs.user_state_dir if kind == "state" else platformdirs.user_log_dir
    return Path(find(APP, appauthor=False))

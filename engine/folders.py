"""The program's own folders on this machine: the command line and the window look into the same ones."""

from pathlib import Path

import platformdirs

APP = "srcnn-studio"


def data() -> Path:
    """Where downloaded picture sets lie, each in a folder of its name; it may not exist yet."""
    return Path(platformdirs.user_data_dir(APP, appauthor=False)) / "data"


def models() -> Path:
    """Where a person's own models lie; it may not exist yet."""
    return Path(platformdirs.user_data_dir(APP, appauthor=False)) / "models"


def batches() -> Path:
    """Where the journals of batches lie, one for each destination; it may not exist yet."""
    return Path(platformdirs.user_state_dir(APP, appauthor=False)) / "batches"


def runs() -> Path:
    """Where trainings keep their curves, and their work until they end; it may not exist yet."""
    return Path(platformdirs.user_data_dir(APP, appauthor=False)) / "runs"

"""The SRCNN engine: everything the program does, without a window.

Each feature is a package with its job, a generator that yields events and returns its result:

- `engine.upscaling` upscales one image, `engine.batch` a folder of them.
- `engine.evaluation` scores models on test sets.
- `engine.training` trains a model and keeps its runs.

They build on `engine.inference` (devices, precision, workers), `engine.models` (what a model is),
`engine.datasets` (folders of images, downloads), `engine.imaging` (images as arrays, files, scores, tiles) and
`engine.system` (paths, atomic files, locks, log). A package owns its `request.py` (what can be asked) and its
`events.py` (what a job reports). `engine.errors` has every error, `engine.cli` the command line.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api import evaluate, list_models, load_model, read_image, run_job, train, upscale, write_image

__all__ = ["evaluate", "list_models", "load_model", "read_image", "run_job", "train", "upscale", "write_image"]

__version__ = "0.1.0"  # the one place: the wheel, the app and `--version` read it here


def __getattr__(name: str) -> Any:
    """Import a function of the public API when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(importlib.import_module("engine.api"), name)

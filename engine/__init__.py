"""Image upscaling with SRCNN, without a window: the public API, and the packages behind it.

Each feature is a package that contains a job. A job is a generator that yields events and returns a result:

- `engine.upscaling` upscales one image.
- `engine.batch` upscales folders of images.
- `engine.evaluation` scores models on test sets.
- `engine.training` trains models and manages runs.

These packages build on `engine.inference` (devices, precision, worker threads), `engine.models` (architectures and
weights), `engine.datasets` (folders of images, downloads), `engine.imaging` (codecs, color, resampling, metrics) and
`engine.system` (paths, atomic files, locks, log). In each feature, `request.py` defines the settings of the job, and
`events.py` defines its events. `engine.errors` defines all errors, and `engine.cli` is the command line.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api import evaluate, list_models, load_model, read_image, run_job, train, upscale, write_image

__all__ = ["evaluate", "list_models", "load_model", "read_image", "run_job", "train", "upscale", "write_image"]

__version__ = "0.1.0"  # read by the wheel, the app and `--version`


def __getattr__(name: str) -> Any:
    """Import a function of the public API on first use, so that `import engine` stays fast."""
    if name not in __all__:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(importlib.import_module("engine.api"), name)


def __dir__() -> list[str]:
    """Return all names of the package, including the public API, for completion in interactive shells."""
    return sorted({*globals(), *__all__})

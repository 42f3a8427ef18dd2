"""Deferred import of modules that are slow to import, such as those that need PyTorch.

The window must open before PyTorch and the codecs are loaded, so presenters refer to job functions without
importing the modules::

    if TYPE_CHECKING:
        from engine.upscaling import job as upscale_job
    else:
        upscale_job = deferred_module("engine.upscaling.job")

    lane.start(partial(upscale_job.upscale, image, request), ...)

The type checker sees the real functions. At run time, the module is imported on the thread of the lane, when the lane
starts the job.
"""

import importlib
from collections.abc import Callable, Generator
from typing import Any, ParamSpec, TypeVar

from srcnn_gui.runtime import torch_loading

P = ParamSpec("P")
R = TypeVar("R")


class _DeferredModule:
    """Proxy that imports a module when one of its functions is called."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, function: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with torch_loading.preload_torch():
                module = importlib.import_module(self._name)
            return getattr(module, function)(*args, **kwargs)

        call.__name__ = function
        return call


def deferred_module(name: str) -> Any:
    """Return a proxy for the module `name`. The module is imported when one of its functions is called."""
    return _DeferredModule(name)


def run_once(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Generator[None, None, R]:
    """Job that calls a function and returns its result, unless the job is canceled before the call."""
    yield
    return function(*args, **kwargs)

"""The devices of this machine that can run a model."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from srcnn_gui.runtime.deferred import deferred_module
from srcnn_gui.runtime.translations import said

if TYPE_CHECKING:
    from engine.inference import device
else:
    device = deferred_module("engine.inference.device")


def find_devices() -> Generator[None, None, tuple[tuple[str, str], ...]]:
    """Load torch and say what can compute here, best first: kinds and titles."""
    yield
    return tuple((kind, said(device.title(device.choose(kind)[0]))) for kind in device.available())

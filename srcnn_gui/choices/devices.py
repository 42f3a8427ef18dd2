"""Detection of the devices that can run a model."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from srcnn_gui.runtime.deferred import deferred_module
from srcnn_gui.runtime.translations import _, translate

if TYPE_CHECKING:
    from engine.inference import device
else:
    device = deferred_module("engine.inference.device")


def find_devices() -> Generator[None, None, tuple[tuple[str, str], ...]]:
    """Job that loads PyTorch and returns the available devices as (kind, title) pairs, fastest first."""
    yield
    return tuple((kind, translate(device.display_name(device.select(kind)[0]))) for kind in device.available())


def menu_items(devices: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the entries of a device menu. The first one is the automatic choice, if there are several devices."""
    if len(devices) > 1:
        return [("auto", _("Automatic")), *devices]
    return list(devices) or [("auto", "…")]

"""Detection of the devices that can run a model."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from engine.upscaling.events import DeviceFallback
from srcnn_gui.choices import text
from srcnn_gui.runtime.deferred import deferred_module
from srcnn_gui.runtime.translations import _, translate

if TYPE_CHECKING:
    from engine.inference import device
else:
    device = deferred_module("engine.inference.device")


def find_devices() -> Generator[None, None, tuple[tuple[str, str], ...]]:
    """Job that loads PyTorch and returns the available devices as (kind, title) pairs, fastest first.

    Kinds can be stored in settings: that of a Vulkan GPU contains its name, because indexes change.
    """
    yield
    return tuple(
        (device.stable_name(name), translate(device.display_name(device.select(name)[0])))
        for name in device.available()
    )


def explain_missing_gpus() -> str:
    """Return a sentence in English that states why there are no Vulkan GPUs, or "".

    Call it after `find_devices`.
    """
    return str(device.explain_fallback("vulkan") or "")


def replace_unavailable(kind: str, devices: tuple[tuple[str, str], ...]) -> tuple[str, dict[str, str]]:
    """Replace a device that is not available with the CPU.

    Returns
    -------
    kind : kind of the device to use
    changes : changes of a page's state: a notice if the device is replaced
    """
    titles = dict(devices)
    if kind == "auto" or kind in titles:
        return kind, {}
    return "cpu", {"notice": text.format_fallback_notice(DeviceFallback(kind, titles["cpu"]))}


def menu_items(devices: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the entries of a device menu.

    If there are several devices, the first entry is the automatic choice.
    """
    if len(devices) > 1:
        return [("auto", _("Automatic")), *devices]
    return list(devices) or [("auto", "…")]

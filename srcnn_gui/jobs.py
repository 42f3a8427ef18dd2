"""From what a person asks to a job: the only file of the window that imports the torch half, inside its functions.

So the window opens, lists models and shows a picture before torch is loaded, and it is loaded off the GUI thread.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Any

from engine.imaging import pictures
from engine.imaging.pictures import Picture
from engine.models import Model
from engine.requests import UpscaleRequest


def open_picture(path: Path) -> Generator[None, None, Picture]:
    """Decode a picture file."""
    yield
    return pictures.read(path)


def save_picture(picture: Picture, path: Path) -> Generator[None, None, Path]:
    """Write a picture in the format its name asks for; returns the path."""
    yield
    pictures.write(picture, path)
    return path


def enlarge(picture: Picture, request: UpscaleRequest) -> Generator[Any, Any, Any]:
    """Enlarge a decoded picture; see `engine.upscale.enlarge`."""
    from engine.upscale import enlarge as job

    return (yield from job(picture, request))


def find_device() -> Generator[None, None, str]:
    """Load torch and say what computes here."""
    yield
    from engine.network import device

    return device.title(device.choose("auto")[0])


def import_model(path: Path, scale: int | None = None) -> Generator[None, None, Model]:
    """Copy a model file into the person's own; see `engine.network.own_models.import_model`."""
    yield
    from engine.network.own_models import import_model as bring

    return bring(path, scale)

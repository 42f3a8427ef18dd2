"""Paths of the icons, style sheets, translations and sample images."""

from pathlib import Path

from engine.datasets.folders import starter_set_folder

_PACKAGE = Path(__file__).resolve().parents[1]


def resource_path(*parts: str) -> Path:
    """Return the path of a resource file, such as `resource_path("icons", "save.svg")`."""
    # In a wheel and in a bundle, the resources are inside the package. In a checkout, they are next to it.
    inside = _PACKAGE / "_resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def sample_path(name: str) -> Path:
    """Return the path of a sample image, such as "cat.png", from the starter training set."""
    return starter_set_folder() / name

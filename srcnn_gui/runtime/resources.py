"""Paths of icons, style sheets, translations and samples in a checkout, a wheel and a bundle."""

from pathlib import Path

from engine.datasets.folders import starter_folder

_PACKAGE = Path(__file__).resolve().parents[1]


def path(*parts: str) -> Path:
    """Return the path of a resource, such as path("icons", "save.svg")."""
    # resources/ is inside the package in a wheel and a bundle, and next to it in a checkout.
    inside = _PACKAGE / "_resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def sample(name: str) -> Path:
    """Return the path of a sample image, such as "cat.png", from the starter training set."""
    return starter_folder() / name

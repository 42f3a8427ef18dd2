"""Where icons, style, translations and samples lie: in a checkout, an installed wheel and a bundle."""

from pathlib import Path

from engine.datasets.folders import starter_folder

_PACKAGE = Path(__file__).resolve().parents[1]


def path(*parts: str) -> Path:
    """The path of a resource, such as path("icons", "save.svg")."""
    # The wheel and the bundle carry resources/ inside the package; a checkout has it beside the package.
    inside = _PACKAGE / "_resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def sample(name: str) -> Path:
    """The path of a sample picture, such as "cat.png"; the engine trains on them too, so it knows where they lie."""
    return starter_folder() / name

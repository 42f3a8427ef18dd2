"""A model card in words: what the window, `srcnn models` and docs/models.md show of a record that holds data."""

from collections.abc import Mapping
from typing import Any

from engine.datasets.folders import STARTER
from engine.errors import fill, mark, mark_plural


def training_set(record: Mapping[str, Any]) -> str:
    """Describe what a model was trained on: "T91, 86 images". Empty if its card does not say.

    The card stores {"name": "T91", "images": 86}, or of a patch file {"name": "train.h5", "patches": 21884}. Cards of
    earlier versions store a line of text, which is returned as it is.
    """
    stored = record.get("trained_on")
    if not isinstance(stored, dict):
        return str(stored or "")
    name = mark("Starter set") if stored.get("name") == STARTER else str(stored.get("name", ""))
    images, patches = stored.get("images"), stored.get("patches")
    if isinstance(images, int):
        message = mark_plural("{name}, {count} image", "{name}, {count} images", images)
        return fill(message, name=name, count=f"{images:,}")
    if isinstance(patches, int):
        message = mark_plural("{name}, {count} patch", "{name}, {count} patches", patches)
        return fill(message, name=name, count=f"{patches:,}")
    return name

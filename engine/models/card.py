"""Readable information from the model card, for the window, `srcnn models` and docs/models.md."""

import re
from collections.abc import Mapping
from typing import Any

from engine.datasets.folders import STARTER
from engine.errors import N_, N_plural, lazy_format

_FIRST_CARDS = re.compile(r"(.+), ([\d,]+) pictures?")


def is_training_image(record: Mapping[str, Any], sample: str) -> bool:
    """Return whether a model was trained on a sample photo of the starter set.

    Parameters
    ----------
    record : training record of the model
    sample : file name of the photo
    """
    trained_on, held_out = record.get("trained_on"), record.get("held_out")
    is_starter = isinstance(trained_on, dict) and trained_on.get("name") == STARTER
    return is_starter and isinstance(held_out, list) and sample not in held_out


def describe_training_set(record: Mapping[str, Any]) -> str:
    """Return the name and size of the training set of a model, such as "T91, 86 images", or "".

    Parameters
    ----------
    record : training record of the model. Its key "trained_on" contains the training set, such as {"name": "T91",
        "images": 86}, or {"name": "train.h5", "patches": 21884} for a patch file. In old models, it contains a string
        such as "T91, 86 pictures". Other strings are returned unchanged.
    """
    stored = record.get("trained_on")
    if not isinstance(stored, dict):
        match = _FIRST_CARDS.fullmatch(str(stored or ""))
        if match is None:
            return str(stored or "")
        stored = {"name": match[1], "images": int(match[2].replace(",", ""))}
    name = N_("Starter set") if stored.get("name") == STARTER else str(stored.get("name", ""))
    images, patches = stored.get("images"), stored.get("patches")
    if isinstance(images, int):
        message = N_plural("{name}, {count} image", "{name}, {count} images", images)
        return lazy_format(message, name=name, count=f"{images:,}")
    if isinstance(patches, int):
        message = N_plural("{name}, {count} patch", "{name}, {count} patches", patches)
        return lazy_format(message, name=name, count=f"{patches:,}")
    return name

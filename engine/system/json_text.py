"""JSON text that every reader takes: the standard has no infinity and no NaN, Python's `json` writes both."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any


def dumps(document: object, **options: Any) -> str:
    """Return `json.dumps` of a document in which numbers that are not finite are the strings "inf", "-inf", "nan".

    `float` reads each of them back.
    """
    return json.dumps(_plain(document), allow_nan=False, **options)


def _plain(value: object) -> object:
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value

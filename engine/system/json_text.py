"""Writing of standard-compliant JSON, which cannot contain infinity and NaN as numbers."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any


def dumps(document: object, **options: Any) -> str:
    """Convert a document to JSON. Infinity and NaN become the strings "inf", "-inf" and "nan".

    `float` converts these strings back to numbers. `options` are passed to `json.dumps`.
    """
    return json.dumps(_plain(document), allow_nan=False, **options)


def _plain(value: object) -> object:
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value

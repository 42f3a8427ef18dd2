"""Standard JSON. Python's `json` writes infinity and NaN, which the standard does not allow."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any


def dumps(document: object, **options: Any) -> str:
    """Return `json.dumps` of a document, with non-finite numbers as the strings "inf", "-inf" and "nan".

    `float` converts each of them back.
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

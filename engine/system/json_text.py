"""JSON without infinity and NaN, which Python's `json` writes although the standard forbids them."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any


def dumps(document: object, **options: Any) -> str:
    """Return a document as JSON, with infinity and NaN as the strings "inf", "-inf" and "nan".

    `float` converts these strings back to numbers. The options are those of `json.dumps`.
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

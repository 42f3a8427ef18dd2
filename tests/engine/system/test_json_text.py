"""JSON follows the standard (RFC 8259, section 6)."""

import json
from math import inf, isnan, nan

import pytest

from engine.system import json_text


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_non_finite_numbers_are_strings():
    text = json_text.dumps({"a": [1.5, inf, (-inf, nan)], "b": {"c": inf}, "d": "inf", "e": None})
    parsed = json.loads(text, parse_constant=refuse)
    assert parsed == {"a": [1.5, "inf", ["-inf", "nan"]], "b": {"c": "inf"}, "d": "inf", "e": None}
    assert float(parsed["a"][1]) == inf
    assert isnan(float(parsed["a"][2][1]))


def test_other_values_equal_json_dumps():
    document = {"name": "ü", "numbers": [0, -1, 2.5, True, 10**20]}
    assert json_text.dumps(document, indent=2) == json.dumps(document, indent=2)
    with pytest.raises(TypeError):
        json_text.dumps({1, 2})

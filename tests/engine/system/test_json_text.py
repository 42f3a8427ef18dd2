"""JSON without what the standard (RFC 8259, section 6) does not have."""

import json
from math import inf, isnan, nan

import pytest

from engine.system import json_text


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_numbers_that_are_not_finite_become_strings_that_float_reads():
    text = json_text.dumps({"a": [1.5, inf, (-inf, nan)], "b": {"c": inf}, "d": "inf", "e": None})
    told = json.loads(text, parse_constant=refuse)
    assert told == {"a": [1.5, "inf", ["-inf", "nan"]], "b": {"c": "inf"}, "d": "inf", "e": None}
    assert float(told["a"][1]) == inf
    assert isnan(float(told["a"][2][1]))


def test_everything_else_is_what_json_makes_of_it():
    document = {"name": "ü", "numbers": [0, -1, 2.5, True, 10**20]}
    assert json_text.dumps(document, indent=2) == json.dumps(document, indent=2)
    with pytest.raises(TypeError):
        json_text.dumps({1, 2})

"""Validation of requests to upscale."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidSetting
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo
from engine.upscaling.request import Target, UpscaleRequest

MODEL = Model("model", ModelInfo(Srcnn(9, 1, 5), 3), Path("model.safetensors"))


def test_scale_factor_defaults_to_the_scale_of_the_model():
    assert UpscaleRequest(MODEL).scale_factor(10, 20) == 3


@pytest.mark.parametrize("tile", [0, -5, 8193])
def test_invalid_tile_size_raises(tile, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        UpscaleRequest(MODEL, tile=tile)
    plain_sentence(refused.value, "tile size", str(tile))


def test_request_is_frozen():
    with pytest.raises(FrozenInstanceError):
        UpscaleRequest(MODEL).device = "cuda"


@pytest.mark.parametrize(
    ("size", "result"),
    [((20, 30), (67, 101)), ((30, 20), (101, 67)), ((30, 30), (101, 101)), ((100, 101), (100, 101))],
)
def test_longest_side_determines_the_size(size, result):
    assert Target(longest=101).size(*size) == result


def test_exactly_one_size_is_given(plain_sentence):
    for sizes in ({}, {"width": 5, "longest": 5}, {"factor": 2.0, "height": 7}, {"longest": 0}):
        with pytest.raises(InvalidSetting) as refused:
            Target(**sizes)
        plain_sentence(refused.value)


def test_target_in_px_is_reached_by_images_of_at_least_this_size():
    assert Target(longest=30).is_reached(10, 30)
    assert not Target(longest=31).is_reached(10, 30)
    assert Target(height=10).is_reached(10, 30)
    assert not Target(factor=1.0).is_reached(10, 30)


@given(
    height=st.integers(1, 4000),
    width=st.integers(1, 4000),
    megapixels=st.floats(0.01, 40),
    target=st.sampled_from([{"factor": 4}, {"factor": 1.5}, {"longest": 9000}, {"width": 5000}]),
)
def test_result_never_exceeds_the_megapixel_limit(height, width, megapixels, target):
    limited = Target(**target, max_megapixels=megapixels)
    if not limited.fits(height, width):
        return
    result_height, result_width = limited.size(height, width)
    assert result_height >= height
    assert result_width >= width
    assert result_height * result_width <= megapixels * 1e6 or limited.is_reached(height, width)
    unlimited = Target(**target)
    if unlimited.fits(height, width) and np.prod(unlimited.size(height, width)) <= megapixels * 1e6:
        assert limited.size(height, width) == unlimited.size(height, width)


def test_megapixel_limit_reduces_the_factor_and_keeps_the_aspect_ratio():
    assert Target(factor=4, max_megapixels=1).size(400, 900) == (666, 1500)
    assert Target(factor=4, max_megapixels=1).scale_factor(400, 900) == pytest.approx(5 / 3)
    assert Target(factor=4, max_megapixels=1).is_reached(1000, 1000)
    assert not Target(factor=4, max_megapixels=1).is_reached(1000, 999)
    with pytest.raises(InvalidSetting, match="exceeds the limit of 1 megapixels"):
        Target(factor=4, max_megapixels=1).scale_factor(1000, 1001)
    with pytest.raises(InvalidSetting, match=r"from 0\.01 to 4000"):
        Target(factor=4, max_megapixels=0)

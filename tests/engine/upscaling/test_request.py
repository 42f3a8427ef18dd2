"""Validation of requests to upscale."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from engine.errors import InvalidSetting
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo
from engine.upscaling.request import UpscaleRequest

MODEL = Model("model", ModelInfo(Srcnn(9, 1, 5), 3), Path("model.safetensors"))


def test_scale_factor_is_that_of_model():
    assert UpscaleRequest(MODEL).scale_factor(10, 20) == 3


@pytest.mark.parametrize("tile", [0, -5, 8193])
def test_invalid_tile_size_raises(tile, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        UpscaleRequest(MODEL, tile=tile)
    plain_sentence(refused.value, "tile size", str(tile))


def test_request_is_frozen():
    with pytest.raises(FrozenInstanceError):
        UpscaleRequest(MODEL).device = "cuda"

"""Validation of requests to evaluate."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from engine.errors import InvalidSetting
from engine.evaluation.request import EvaluateRequest
from engine.models.architectures.srcnn import Srcnn
from engine.models.catalog import Model
from engine.models.info import ModelInfo

MODEL = Model("model", ModelInfo(Srcnn(9, 1, 5), 3), Path("model.safetensors"))


@pytest.mark.parametrize("tile", [0, -5, 8193])
def test_invalid_tile_size_raises(tile, plain_sentence):
    with pytest.raises(InvalidSetting) as refused:
        EvaluateRequest(Path("Set5"), MODEL, tile=tile)
    plain_sentence(refused.value, "tile size", str(tile))


def test_request_is_frozen():
    with pytest.raises(FrozenInstanceError):
        EvaluateRequest(Path("Set5"), MODEL).device = "cuda"

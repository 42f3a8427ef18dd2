"""A factory of training images for the tests of patches and crops."""

from pathlib import Path

import pytest

from engine.training.patches import TrainingImage


@pytest.fixture
def training_image(texture):
    def make(height=80, width=61, seed=0, name=None):
        luma = texture(height, width, 1, seed)[:, :, 0]
        return TrainingImage(Path(name or f"{height}x{width}-{seed}.png"), luma)

    return make

"""Random crops for models whose input is the image before upscaling."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.imaging import color
from engine.imaging.degradation import Degradation
from engine.models import registry
from engine.training.crops import CropLoader, ImageDegrader, build_crop_set
from engine.training.request import Recipe

SIZE = 8
RECIPE = Recipe(batch_size=16, patch_size=SIZE, loss="l1", orientations=False)
DEGRADED = replace(RECIPE, degradation=Degradation.parse("noise:0-5@0.3,jpeg:60-84@0.3"))
CPU = torch.device("cpu")


@pytest.fixture
def images(training_image):
    images = [training_image(40, 60, 1), training_image(32, 36, 2), training_image(48, 30, 3)]
    return [replace(one, rgb=np.stack([one.luma] * 3)) for one in images]


def info(arch="compact-8-2-y", scale=2):
    return registry.parse(arch, scale)


def crop_positions(crop, planes, step=1):
    """Return the positions of a crop in planes of shape (C, H, W)."""
    windows = np.lib.stride_tricks.sliding_window_view(planes, crop.shape[1:], axis=(1, 2))[:, ::step, ::step]
    return list(zip(*np.nonzero((windows == crop[:, None, None]).all(axis=(0, 3, 4))), strict=True))


@pytest.mark.parametrize(("arch", "channels"), [("compact-8-2-y", 1), ("compact-8-2", 3)])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_labels_are_ground_truth_at_position_of_inputs(arch, channels, scale, images, drive):
    recipe = DEGRADED if scale == 1 else RECIPE
    crops = drive(build_crop_set(images, info(arch, scale), recipe, 0))[1]
    inputs, labels = crops.cut(np.random.default_rng(5), 40)
    assert inputs.shape == (40, channels, SIZE, SIZE)
    assert labels.shape == (40, channels, SIZE * scale, SIZE * scale)
    planes = [image.planes(channels) for image in images]
    if recipe.degradation and channels == 1:
        planes = [color.y_channel(image.rgb.transpose(1, 2, 0))[None] for image in images]
    for label in np.asarray(labels * 255).round().astype(np.uint8):
        assert any(crop_positions(label, one, scale) for one in planes)
    bicubic = crops.bicubic_mse
    assert 0 < bicubic < float((labels - labels.mean()).square().mean())


def test_all_positions_of_all_images_are_used(images, drive):
    crops = drive(build_crop_set(images[1:2], info(), RECIPE, 0))[1]
    height, width = (side // 2 - SIZE + 1 for side in images[1].luma.shape)
    labels = crops.cut(np.random.default_rng(0), 40 * height * width)[1]
    assert len({label.numpy().tobytes() for label in labels}) == height * width


def test_quantized_share_rounds_whole_crops(images, drive):
    crops = drive(build_crop_set(images, info(), RECIPE, 0))[1]

    def rounded(share):
        inputs = crops.cut(np.random.default_rng(3), 400, share)[0] * 255
        return float(((inputs - inputs.round()).abs() < 1e-3).all(dim=(1, 2, 3)).float().mean())

    assert rounded(0.0) < 0.05
    assert rounded(0.5) == pytest.approx(0.5, abs=0.1)
    assert rounded(1.0) == 1


def test_batch_depends_only_on_seed_and_step(images, drive):
    def batch(steps, seed=0):
        crops = drive(build_crop_set(images, info(), DEGRADED, seed))[1]
        loader = CropLoader(crops, DEGRADED, seed=seed, device=CPU)
        return [loader.batch_at(step)[0] for step in steps][-1]

    resumed = batch([2500])
    torch.testing.assert_close(batch([0, 999, 1000, 2000, 2500]), resumed, rtol=0, atol=0)
    assert not torch.equal(batch([2500], seed=1), resumed)
    assert not torch.equal(batch([1500]), resumed)


def test_round_rendered_in_advance_equals_round_rendered_on_demand(images, drive, monkeypatch):
    rendered = []
    degrade = ImageDegrader.degrade
    monkeypatch.setattr(
        ImageDegrader, "degrade", lambda self, seed, number: rendered.append(number) or degrade(self, seed, number)
    )
    prepared, direct = (drive(build_crop_set(images, info(), DEGRADED, 0))[1] for _ in range(2))
    for number in range(3):
        prepared.degrade_for_round(number)
    direct.degrade_for_round(2)
    for crops in (prepared, direct):
        crops._executor.shutdown()
    assert rendered.count(0) == rendered.count(1) == 1
    for ours, theirs in zip(*(crops.cut(np.random.default_rng(1), 50) for crops in (prepared, direct)), strict=True):
        assert torch.equal(ours, theirs)

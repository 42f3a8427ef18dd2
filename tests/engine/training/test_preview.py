"""The preview of a validation image: its region, its images and its scores."""

import numpy as np
import pytest

from engine.imaging import color, metrics
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image
from engine.models.architectures.srcnn import Srcnn
from engine.models.info import ModelInfo
from engine.training import patches
from engine.training.preview import HEIGHT, WIDTH, Preview

INFO = ModelInfo(Srcnn(5, 1, 3, n1=8, n2=4), 2)


class Identity:
    """A model that returns its input."""

    info = INFO

    def __call__(self, window):
        return window[:, 3:-3, 3:-3]


class BlackBelow30(Identity):
    """A model that returns Y = 16 (black) for inputs below 30."""

    def __call__(self, window):
        center = super().__call__(window)
        return np.where(center < 30 / 255, np.float32(16 / 255), center)


def test_preview_is_where_bicubic_is_worst(texture, tmp_path):
    pixels = np.full((200, 240, 3), 90, np.uint8)
    pixels[100:180, 130:225] = texture(80, 95)
    path = tmp_path / "corner.png"
    image_files.write(Image(pixels), path)
    part = Preview(path, INFO).render(Identity())
    assert part.ground_truth.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(part.ground_truth.astype(int) - 90).mean() > 20
    difference = np.abs(part.upscaled.astype(int) - part.bicubic)
    assert difference.max() <= 1, "the model gets the Y channel before rounding, and the bicubic result is rounded RGB"
    assert part.psnr_db == pytest.approx(part.bicubic_psnr_db, abs=0.01)
    left, top, width, height = part.region
    shown = pixels[round(top * 200) :, round(left * 240) :][: round(height * 200), : round(width * 240)]
    assert np.abs(part.ground_truth.astype(int) - shown).max() <= 2, "that is where it says it is"


def test_small_gray_image_is_previewed_whole(texture, tmp_path):
    path = tmp_path / "small.png"
    image_files.write(Image(texture(35, 37, 1)), path)
    assert Preview(path, INFO).render(Identity()).ground_truth.shape == (34, 36, 1)


def test_gray_preview_is_scored_on_gray_levels(texture, tmp_path):
    """BlackBelow30 displays black for inputs below 30, and the score is computed on gray levels."""
    pixels = np.zeros((78, 92, 1), np.uint8)
    pixels[:, 40:] = texture(78, 52, 1)
    image_files.write(Image(pixels), tmp_path / "gray.png")
    part = Preview(tmp_path / "gray.png", INFO).render(BlackBelow30())
    assert (part.upscaled[:, :30] == 0).all()
    assert (part.bicubic[:, :30] == 0).all()
    bicubic = patches.downscale_and_upscale(pixels[:, :, 0] / 255, INFO.scale)
    scored = np.where(bicubic < 30 / 255, 16 / 255, bicubic)
    for luma, psnr_db in ((bicubic, part.bicubic_psnr_db), (scored, part.psnr_db)):
        expected = metrics.psnr(color.quantize(luma), pixels[:, :, 0], data_range=255)
        assert psnr_db == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("center", [(0.1, 0.9), (0.5, 0.5), (0.73, 0.2), (2.0, -1.0)])
def test_preview_is_centered_on_requested_region(center, texture, tmp_path):
    path, pixels = tmp_path / "large.png", texture(450, 500)
    image_files.write(Image(pixels), path)
    part = Preview(path, INFO, center).render(Identity())
    left, top, width, height = part.region
    half = (width / 2, height / 2)
    wanted = [min(max(at, edge), 1 - edge) for at, edge in zip(center, half, strict=True)]
    assert (left + half[0], top + half[1]) == pytest.approx(wanted, abs=0.004)
    shown = pixels[round(top * 450) :, round(left * 500) :][:HEIGHT, :WIDTH]
    assert np.abs(part.ground_truth.astype(int) - shown).max() <= 2

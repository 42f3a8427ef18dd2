"""Suggested output options for images that a format cannot store. Each suggestion works."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import WouldLoseData
from engine.imaging.codecs import image_files
from engine.imaging.codecs.image_files import Image, OutputOptions
from engine.imaging.color_space import ColorSpace
from tests import corpus

DEEP_IMAGE = Image(np.full((4, 5, 3), 40_000, np.uint16))
TRANSPARENT = Image(corpus.texture(3), np.full(corpus.texture(3).shape[:2], 100, np.uint8))
HDR_IMAGE = replace(DEEP_IMAGE, color_space=ColorSpace(9, 16))
ANIMATION = replace(TRANSPARENT, frames=(replace(TRANSPARENT, duration_ms=50.0),), duration_ms=50.0, num_plays=0)
WIDE_IMAGE = Image(np.zeros((1, 16_384, 1), np.uint8))
REFUSED_CASES = {
    "16 bits in AVIF": (DEEP_IMAGE, "a.avif", OutputOptions(), {"bits": 8}),
    "HDR in AVIF": (HDR_IMAGE, "a.avif", OutputOptions(), {"bits": 8}),
    "HDR in TIFF": (HDR_IMAGE, "a.tif", OutputOptions(), {"format": "png"}),
    "alpha in JPEG": (TRANSPARENT, "a.jpg", OutputOptions(), {"background": (255, 255, 255)}),
    "16 bits and alpha in JPEG": (
        replace(DEEP_IMAGE, alpha=np.zeros((4, 5), np.uint16)),
        "a.jpg",
        OutputOptions(),
        {"bits": 8, "background": (255, 255, 255)},
    ),
    "animation in TIFF": (ANIMATION, "a.tif", OutputOptions(), {"format": "png"}),
    "metadata in BMP": (
        Image(corpus.texture(3), exif=corpus.camera_exif()),
        "a.bmp",
        OutputOptions(),
        {"strip": True},
    ),
    "lossless JPEG": (Image(corpus.texture(3)), "a.jpg", OutputOptions(lossless=True), {"lossless": False}),
    "metadata removed from HDR": (HDR_IMAGE, "a.png", OutputOptions(strip=True), {"strip": False}),
    "too large for WebP": (WIDE_IMAGE, "a.webp", OutputOptions(), {"format": "png"}),
}


def refusal(image, path, options):
    """Return the error that the format check before upscaling raises."""
    with pytest.raises(WouldLoseData) as refused:
        image_files.check_savable(image, path, options)
    return refused.value


@pytest.mark.parametrize("case", REFUSED_CASES)
def test_first_remedy_changes_least(case, tmp_path):
    image, name, options, changes = REFUSED_CASES[case]
    assert refusal(image, tmp_path / name, options).remedies[0].changes == changes


@pytest.mark.parametrize("case", REFUSED_CASES)
def test_every_remedy_can_be_followed(case, tmp_path):
    image, name, options, _changes = REFUSED_CASES[case]
    for remedy in refusal(image, tmp_path / name, options).remedies:
        path = tmp_path / Path(name).with_suffix(f".{remedy.changes.get('format', name[2:])}")
        image_files.write(image, path, replace(options, **remedy.changes))
        assert image_files.read(path).width == image.width


def test_advice_for_hdr_names_no_format_without_hdr(tmp_path):
    message = str(refusal(HDR_IMAGE, tmp_path / "a.avif", OutputOptions()))
    assert message.endswith("Choose 8 bits per channel. You can also choose another format: PNG.")


def test_advice_is_translated_without_spaces(tmp_path):
    error = refusal(DEEP_IMAGE, tmp_path / "a.avif", OutputOptions())
    catalog = {"Choose 8 bits per channel.": "请选择 8 位。", error.message: "{name}。"}
    translated = error.translated_message(lambda message: catalog.get(message, message))
    assert translated == "a.avif。请选择 8 位。You can also choose another format: PNG, TIFF."


def test_written_file_gets_the_same_advice(tmp_path):
    with pytest.raises(WouldLoseData, match=r"Choose another format: PNG, WebP\.$"):
        image_files.write(ANIMATION, tmp_path / "a.tif")

"""Thumbnails: size, orientation, modes and errors."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import ImageTooLarge, ImageUnreadable
from engine.imaging.codecs.thumbnails import read_thumbnail


def test_thumbnail_keeps_the_aspect_ratio(tmp_path: Path):
    path = tmp_path / "wide.png"
    Image.new("RGB", (400, 100), (200, 10, 30)).save(path)
    small = read_thumbnail(path, 70, 50)
    assert small.shape == (18, 70, 3)
    assert tuple(small[9, 35]) == (200, 10, 30)


def test_rotated_photograph_is_upright(tmp_path: Path):
    image = Image.new("RGB", (300, 200), (255, 255, 255))
    image.paste((255, 0, 0), (0, 0, 150, 200))
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned clockwise: left becomes top
    path = tmp_path / "turned.jpg"
    image.save(path, exif=exif)
    small = read_thumbnail(path, 70, 50)
    assert small.shape[0] > small.shape[1]
    assert small[5, 10, 1] < 40
    assert small[-5, 10, 1] > 200


@pytest.mark.parametrize(
    ("mode", "channels"), [("1", 3), ("L", 3), ("LA", 4), ("P", 3), ("RGBA", 4), ("CMYK", 3), ("I;16", 3)]
)
def test_every_mode_is_converted_to_rgb_and_keeps_its_alpha(tmp_path: Path, mode: str, channels: int):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, (30, 20)).save(path)
    small = read_thumbnail(path, 70, 50)
    assert small.shape == (20, 30, channels)
    assert not small[..., 3:].any()


def test_16_bits_are_scaled_and_not_clipped(tmp_path: Path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.full((20, 20), 32768, np.uint16)).save(path)
    assert read_thumbnail(path, 70, 50)[10, 10, 0] == 128


def test_unreadable_file_raises_an_engine_error(tmp_path: Path):
    path = tmp_path / "text.png"
    path.write_text("hello")
    with pytest.raises(ImageUnreadable, match=r"text\.png"):
        read_thumbnail(path, 70, 50)


def test_decompression_bomb_is_refused_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "large.png"
    Image.new("L", (2000, 1000)).save(path)
    monkeypatch.setattr("engine.imaging.codecs.thumbnails.MAX_MEGAPIXELS", 1)
    with pytest.raises(ImageTooLarge, match="2000"):
        read_thumbnail(path, 70, 50)

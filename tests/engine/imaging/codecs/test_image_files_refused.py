"""Refused files: each raises an engine error whose message names the file."""

import struct
import zlib
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from engine.errors import ImageTooLarge, ImageUnreadable
from engine.imaging.codecs import decoding, image_files
from engine.imaging.codecs.image_files import Image

NOISE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")


def encoded(image, kind, **options):
    """Return the file that Pillow writes for an image in the format `kind`."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width, height):
    """Return a PNG file of 67 bytes whose header states the given size."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


UNREADABLE = {
    "text.png": lambda: b"This is a letter, not an image.\n" * 40,
    "empty.jpg": lambda: b"",
    "float.tif": lambda: encoded(PIL.Image.fromarray(NOISE[:, :, 0].astype(np.float32)), "TIFF"),
    "lab.tif": lambda: encoded(PIL.Image.fromarray(NOISE).convert("LAB"), "TIFF"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unsupported_data_is_refused(name, tmp_path, plain_sentence):
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name]())
    with pytest.raises(ImageUnreadable) as refused:
        image_files.read(path)
    plain_sentence(refused.value, name, "can't be read")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("fraction", [0.02, 0.3, 0.6, 0.95])
def test_truncated_file_is_refused(kind, fraction, plain_sentence):
    content = encoded(PIL.Image.fromarray(NOISE), kind)
    with pytest.raises(ImageUnreadable) as refused:
        image_files.decode(content[: int(len(content) * fraction)], "half.png")
    plain_sentence(refused.value, "half.png")


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_file_is_decoded_or_raises_an_engine_error(kind, plain_sentence):
    content, rng = encoded(PIL.Image.fromarray(NOISE), kind), np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 400), 4):
            damaged[place] = rng.integers(0, 256)
        try:
            assert isinstance(image_files.decode(bytes(damaged), "damaged.png"), Image)
        except (ImageUnreadable, ImageTooLarge) as refused:
            plain_sentence(refused, "damaged.png")


def test_folder_with_an_image_extension_is_refused(tmp_path, plain_sentence):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageUnreadable, match="isn't a file") as refused:
        image_files.read(tmp_path / "folder.png")
    plain_sentence(refused.value, "folder.png")


@pytest.mark.parametrize("name", ["gone.png", "n" * 300 + ".png", "no folder/gone.png"])
def test_missing_file_is_refused(name, tmp_path, plain_sentence):
    path = tmp_path / name
    with pytest.raises(ImageUnreadable) as refused:
        image_files.read(path)
    plain_sentence(refused.value, path.name)


@pytest.mark.parametrize(("width", "height"), [(20_001, 20_000), (1_000_000, 401), (2**31 - 1, 2**31 - 1)])
def test_size_over_the_limit_is_refused_without_decoding(width, height, tmp_path, plain_sentence):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(width, height))
    with pytest.raises(ImageTooLarge) as refused:
        image_files.read(path)
    plain_sentence(refused.value, "bomb.png", str(width), str(height), "400 megapixels")


def test_size_at_the_limit_is_allowed(monkeypatch, texture, encoded):
    monkeypatch.setattr(decoding, "MAX_MEGAPIXELS", 0.0001)
    assert image_files.decode(encoded(Image(texture(10, 10)), "a.png"), "ten.png").width == 10
    with pytest.raises(ImageTooLarge):
        image_files.decode(encoded(Image(texture(10, 11)), "a.png"), "eleven.png")


def test_size_of_zero_is_refused(plain_sentence):
    with pytest.raises(ImageUnreadable) as refused:
        image_files.decode(png_header(0, 5), "nothing.png")
    plain_sentence(refused.value, "nothing.png")


@pytest.mark.parametrize("name", ["图像.png", "a {b} {0}.png", "100%s.png", "#1.png"])
def test_error_message_shows_any_name(name, plain_sentence):
    with pytest.raises(ImageUnreadable) as refused:
        image_files.decode(b"", name)
    plain_sentence(refused.value, name)


def test_empty_file_is_named_as_empty(tmp_path):
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageUnreadable, match=r"empty\.jpg can't be read\. The file is empty\."):
        image_files.read(tmp_path / "empty.jpg")

"""Files that are refused: each with a typed error and one sentence that names the file."""

import struct
import zlib
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from engine.errors import PictureTooLarge, PictureUnreadable
from engine.imaging import pictures
from engine.imaging.pictures import Picture

NOISE = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")


def encoded(image, kind, **options):
    """The bytes of a Pillow image."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def frames(kind):
    """Two different pictures in one file."""
    first, second = Image.fromarray(NOISE), Image.fromarray(NOISE[::-1].copy())
    return encoded(first, kind, save_all=True, append_images=[second])


def see_through(kind, mode="RGBA"):
    """A picture with a hole in it."""
    alpha = np.full(NOISE.shape[:2], 255, np.uint8)
    alpha[3, 4] = 254
    colour = NOISE if mode == "RGBA" else NOISE[:, :, :1]
    return encoded(Image.fromarray(np.dstack([colour, alpha]), mode), kind)


def see_through_palette():
    return encoded(Image.fromarray(NOISE).quantize(8), "PNG", transparency=0)


def deep(suffix, channels):
    """16 bits per sample."""
    samples = (NOISE.astype(np.uint16) * 257)[:, :, :channels]
    return cv2.imencode(suffix, samples)[1].tobytes()


def png_header(width, height):
    """A PNG of 67 bytes that promises any size."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


UNREADABLE = {
    "text.png": lambda: b"This is a letter, not a picture.\n" * 40,
    "empty.jpg": lambda: b"",
    "transparent.png": lambda: see_through("PNG"),
    "transparent.webp": lambda: see_through("WEBP"),
    "transparent.tif": lambda: see_through("TIFF"),
    "transparent gray.png": lambda: see_through("PNG", "LA"),
    "transparent palette.png": see_through_palette,
    "key colour.png": lambda: encoded(Image.fromarray(NOISE), "PNG", transparency=tuple(map(int, NOISE[0, 0]))),
    "16 bit gray.png": lambda: deep(".png", 1),
    "16 bit colour.png": lambda: deep(".png", 3),
    "16 bit gray.tif": lambda: deep(".tif", 1),
    "16 bit colour.tif": lambda: deep(".tif", 3),
    "float.tif": lambda: encoded(Image.fromarray(NOISE[:, :, 0].astype(np.float32)), "TIFF"),
    "cmyk.jpg": lambda: encoded(Image.fromarray(NOISE).convert("CMYK"), "JPEG"),
    "cmyk.tif": lambda: encoded(Image.fromarray(NOISE).convert("CMYK"), "TIFF"),
    "lab.tif": lambda: encoded(Image.fromarray(NOISE).convert("LAB"), "TIFF"),
    "animated.png": lambda: frames("PNG"),
    "animated.webp": lambda: frames("WEBP"),
    "pages.tif": lambda: frames("TIFF"),
    "a gif called.png": lambda: encoded(Image.fromarray(NOISE).quantize(), "GIF"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_kept_is_refused(name, tmp_path, plain_sentence):
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name]())
    with pytest.raises(PictureUnreadable) as refused:
        pictures.read(path)
    plain_sentence(refused.value, name, "could not be read")


@pytest.mark.parametrize("name", ["16 bit gray.png", "16 bit colour.png", "16 bit gray.tif", "16 bit colour.tif"])
def test_16_bits_are_called_so(name):
    with pytest.raises(PictureUnreadable, match="8 bits"):
        pictures.decode(UNREADABLE[name](), name)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_cut_short_is_refused(kind, share, plain_sentence):
    content = encoded(Image.fromarray(NOISE), kind)
    with pytest.raises(PictureUnreadable) as refused:
        pictures.decode(content[: int(len(content) * share)], "half.png")
    plain_sentence(refused.value, "half.png")


@pytest.mark.parametrize("kind", FORMATS)
def test_damage_gives_a_picture_or_a_sentence_and_never_anything_else(kind, plain_sentence):
    content, rng = encoded(Image.fromarray(NOISE), kind), np.random.default_rng(1)
    for _ in range(60):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 400), 4):
            damaged[place] = rng.integers(0, 256)
        try:
            assert isinstance(pictures.decode(bytes(damaged), "damaged.png"), Picture)
        except (PictureUnreadable, PictureTooLarge) as refused:
            plain_sentence(refused, "damaged.png")


def test_a_folder_called_like_a_picture_is_refused(tmp_path, plain_sentence):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureUnreadable, match="not a file") as refused:
        pictures.read(tmp_path / "folder.png")
    plain_sentence(refused.value, "folder.png")


@pytest.mark.parametrize("name", ["gone.png", "n" * 300 + ".png", "no folder/gone.png"])
def test_a_missing_file_is_refused(name, tmp_path, plain_sentence):
    path = tmp_path / name
    with pytest.raises(PictureUnreadable) as refused:
        pictures.read(path)
    plain_sentence(refused.value, path.name)


@pytest.mark.parametrize(("width", "height"), [(20_001, 20_000), (1_000_000, 401), (2**31 - 1, 2**31 - 1)])
def test_a_header_that_promises_too_much_is_refused_unopened(width, height, tmp_path, plain_sentence):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(width, height))
    with pytest.raises(PictureTooLarge) as refused:
        pictures.read(path)
    plain_sentence(refused.value, "bomb.png", str(width), str(height), "400 megapixels")


def test_the_limit_itself_is_allowed(monkeypatch, texture, encoded):
    monkeypatch.setattr(pictures, "MOST_MEGAPIXELS", 0.0001)
    assert pictures.decode(encoded(Picture(texture(10, 10)), "a.png"), "ten.png").width == 10
    with pytest.raises(PictureTooLarge):
        pictures.decode(encoded(Picture(texture(10, 11)), "a.png"), "eleven.png")


def test_a_size_of_zero_is_refused(plain_sentence):
    with pytest.raises(PictureUnreadable) as refused:
        pictures.decode(png_header(0, 5), "nothing.png")
    plain_sentence(refused.value, "nothing.png")


@pytest.mark.parametrize("name", ["图像.png", "a {b} {0}.png", "100%s.png", "#1.png"])
def test_any_name_can_be_said(name, plain_sentence):
    with pytest.raises(PictureUnreadable) as refused:
        pictures.decode(b"", name)
    plain_sentence(refused.value, name)

"""BMP files with bit masks, compared with Pillow if Pillow can read them, else with computed samples."""

import struct
from io import BytesIO

import numpy as np
import PIL.Image
import pytest

from engine.errors import ImageTooLarge, ImageUnreadable
from engine.imaging.codecs import image_files

HEIGHT, WIDTH = 7, 5


def bmp(words, masks, bits, header=40, compression=3, top_down=False):
    """Return a BMP file of (H, W) integers, in which `masks` select the bits of each channel."""
    rows = words if top_down else words[::-1]
    kind, size = ("<u2", 2) if bits == 16 else ("<u4", 4)
    padding = bytes(-words.shape[1] * size % 4)
    body = b"".join(row.astype(kind).tobytes() + padding for row in rows)
    height = -words.shape[0] if top_down else words.shape[0]
    info = struct.pack(
        "<IiiHHIIiiII", header, words.shape[1], height, 1, bits, compression, len(body), 11811, 5906, 0, 0
    )
    stored = struct.pack(f"<{len(masks)}I", *masks)
    info += stored if header == 40 else stored.ljust(header - 40, b"\0")
    return b"BM" + struct.pack("<IHHI", 14 + len(info) + len(body), 0, 0, 14 + len(info)) + info + body


def random_words(bits):
    return np.random.default_rng(bits).integers(0, 2**bits, (HEIGHT, WIDTH), np.uint32)


def read(content):
    return image_files.decode(content, "a.bmp")


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize(
    ("bits", "masks"),
    [
        (16, (0xF800, 0x07E0, 0x1F)),
        (16, (0x7C00, 0x03E0, 0x1F)),
        (32, (0xFF0000, 0xFF00, 0xFF)),
        (32, (0xFF, 0xFF00, 0xFF0000)),
    ],
)
def test_common_masks_give_the_same_samples_as_pillow(bits, masks, top_down):
    content = bmp(random_words(bits), masks, bits, top_down=top_down)
    if masks[0] == 0xFF:  # Pillow does not know this order
        expected = np.dstack([random_words(bits) >> shift & 255 for shift in (0, 8, 16)])
    else:
        with PIL.Image.open(BytesIO(content)) as image:
            expected = np.asarray(image.convert("RGB"))
    made = read(content)
    assert np.abs(made.pixels.astype(int) - expected).max() <= 1  # Pillow rounds 5 and 6 bits down
    assert made.dpi == pytest.approx((300, 150), abs=0.02)


@pytest.mark.parametrize("header", [40, 52, 56, 108, 124])
def test_channels_are_rounded_to_the_full_range(header):
    words = random_words(16)
    made = read(bmp(words, (0xF800, 0x07E0, 0x1F), 16, header))
    expected = [words >> 11 & 31, words >> 5 & 63, words & 31]
    wanted = [np.round(one * 255.0 / top) for one, top in zip(expected, (31, 63, 31), strict=True)]
    np.testing.assert_array_equal(made.pixels, np.dstack(wanted))
    assert made.alpha is None


def test_10_bits_become_16_bits():
    words = random_words(32)
    made = read(bmp(words, (0x3FF00000, 0xFFC00, 0x3FF), 32))
    expected = np.dstack([np.round((words >> shift & 1023) * (65535 / 1023)) for shift in (20, 10, 0)])
    assert made.pixels.dtype == np.uint16
    np.testing.assert_array_equal(made.pixels, expected)


@pytest.mark.parametrize(("header", "compression"), [(40, 6), (56, 3), (124, 3)])
@pytest.mark.parametrize(
    ("bits", "masks"), [(16, (0xF00, 0xF0, 0xF, 0xF000)), (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000))]
)
def test_alpha_mask_is_read(header, compression, bits, masks):
    words = random_words(bits)
    made = read(bmp(words, masks, bits, header, compression))
    alpha = words >> 12 & 15 if bits == 16 else words >> 24
    np.testing.assert_array_equal(made.alpha, alpha * (17 if bits == 16 else 1))


@pytest.mark.parametrize("masks", [(0, 0x07E0, 0x1F), (0xF801, 0x07E0, 0x1F), (0x1FFFF000, 0xF00, 0xFF)])
def test_invalid_masks_are_refused(masks, plain_sentence):
    with pytest.raises(ImageUnreadable) as error:
        read(bmp(random_words(32), masks, 32))
    plain_sentence(error.value, "a.bmp")


def test_huge_size_is_refused():
    content = bytearray(bmp(random_words(16), (0xF800, 0x07E0, 0x1F), 16))
    struct.pack_into("<ii", content, 18, 2**31 - 1, 2**31 - 1)
    with pytest.raises(ImageTooLarge):
        read(bytes(content))

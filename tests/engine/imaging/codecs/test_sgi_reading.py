"""16-bit SGI files, uncompressed and run-length encoded."""

import struct

import numpy as np
import PIL.Image
import pytest

from engine.errors import ImageUnreadable
from engine.imaging.codecs import image_files
from tests import corpus

HEIGHT, WIDTH = 9, 150


def samples(channels):
    noise = np.random.default_rng(channels).integers(0, 65536, (HEIGHT, WIDTH, channels), np.uint16)
    noise[:, 20:] = noise[:, 20:21]  # a long run
    noise[:, -10:] = 7
    return noise


def head(channels, storage, dimension=3):
    return struct.pack(">HBBHHHH", 474, storage, 2, dimension, WIDTH, HEIGHT, channels).ljust(512, b"\0")


def verbatim(levels):
    return head(levels.shape[2], 0) + levels[::-1].transpose(2, 0, 1).astype(">u2").tobytes()


def run_length(levels):
    """Return a run-length encoded file: literal runs of 20 samples, then repeated runs."""
    rows = []
    for row in levels[::-1].transpose(2, 0, 1).reshape(-1, WIDTH):
        packed = struct.pack(">H", 0x80 | 20) + row[:20].astype(">u2").tobytes()
        packed += struct.pack(">HHHH", 120, row[20], 10, row[-1]) + b"\0\0"
        rows.append(packed)
    first = 512 + 8 * len(rows)
    starts = [first + sum(map(len, rows[:index])) for index in range(len(rows))]
    sizes = [len(row) for row in rows]
    return head(levels.shape[2], 1) + np.array(starts + sizes, ">u4").tobytes() + b"".join(rows)


@pytest.mark.parametrize("encode", [verbatim, run_length])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bits_are_exact(channels, encode):
    levels = samples(channels)
    image = image_files.decode(encode(levels), "a.sgi")
    color = levels[:, :, : 1 if channels < 3 else 3]
    np.testing.assert_array_equal(image.pixels, color)
    if channels in (2, 4):
        np.testing.assert_array_equal(image.alpha, levels[:, :, -1])


def test_pillow_reads_the_same_rows_in_8_bits():
    """Pillow's file has the same order of rows and channels."""
    rgb = corpus.texture(3)
    image = image_files.decode(corpus.encoded(PIL.Image.fromarray(rgb), "SGI"), "a.sgi")
    np.testing.assert_array_equal(image.pixels, rgb)
    image = image_files.decode(corpus.encoded(PIL.Image.fromarray(rgb), "SGI", bpc=2), "a.sgi")
    np.testing.assert_array_equal(image.pixels >> 8, rgb)


@pytest.mark.parametrize("encode", [verbatim, run_length])
def test_cut_file_is_refused(encode, plain_sentence):
    content = encode(samples(3))
    for size in (513, 700, len(content) // 2, len(content) - 5):
        with pytest.raises(ImageUnreadable) as error:
            image_files.decode(content[:size], "a.sgi")
        plain_sentence(error.value, "a.sgi")

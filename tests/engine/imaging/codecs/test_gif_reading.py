"""GIF animations: palettes, disposal, transparency, interlacing, sizes, delays and loop counts."""

import itertools
import struct

import numpy as np
import PIL.Image
import pytest

from engine.errors import ImageTooLarge, ImageUnreadable
from engine.imaging.codecs import image_files
from tests import corpus
from tests.engine.imaging.codecs import reference_compositor as reference

COLORS = np.array([(255, 0, 255), (255, 255, 0), (0, 0, 255), (0, 128, 0)], np.uint8)
OTHER_COLORS = np.array([(9, 8, 7), (40, 50, 60), (200, 210, 220), (90, 0, 45)], np.uint8)
LOOP_EXTENSION = b"\x21\xff\x0bNETSCAPE2.0\x03\x01%s\0"


def indices(height, width, seed):
    return np.random.default_rng(seed).integers(0, 4, (height, width), np.uint8)


def encode_lzw(samples):
    """Return 2-bit indices as LZW data. A clear code before each index keeps the codes 3 bits wide."""
    codes = [code for index in samples.ravel() for code in (4, int(index))] + [4, 5]
    bits = sum(code << 3 * place for place, code in enumerate(codes))
    data = bits.to_bytes(-(-3 * len(codes) // 8), "little")
    blocks = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"\x02" + b"".join(bytes((len(block),)) + block for block in blocks) + b"\0"


def frame(samples, left=0, top=0, disposal=0, transparent=None, delay=10, palette=None, interlaced=False):
    flags = disposal << 2 | (transparent is not None)
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, delay, transparent or 0, 0)
    local = b"" if palette is None else palette.tobytes()
    flags = 0x40 * interlaced | (0x81 if local else 0)
    rows, columns = samples.shape
    stored = samples
    if interlaced:  # GIF89a, appendix E: every 8th row, then those between
        stored = np.concatenate([samples[0::8], samples[4::8], samples[2::4], samples[1::2]])
    return control + struct.pack("<BHHHHB", 0x2C, left, top, columns, rows, flags) + local + encode_lzw(stored)


def gif(*blocks, width=18, height=12, background=0, palette=COLORS, end=b";"):
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x81 if len(palette) else 0, background, 0)
    return head + palette.tobytes() + b"".join(blocks) + end


def read(content):
    return image_files.decode(content, "a.gif")


def rgba_frames(image):
    made = []
    for one in (image, *image.frames):
        color = np.broadcast_to(one.pixels, (*one.pixels.shape[:2], 3))
        alpha = np.full(color.shape[:2], 255, np.uint8) if one.alpha is None else one.alpha
        made.append(np.where(alpha[:, :, None] > 0, np.dstack([color, alpha]), 0))
    return made


@pytest.mark.parametrize(
    ("first", "second", "transparent"), list(itertools.product((0, 1, 2, 3), (0, 1, 2, 3), (None, 2)))
)
def test_frames_match_the_reference_compositor(first, second, transparent):
    drawn = [
        (indices(12, 18, 1), 0, 0, first, COLORS),
        (indices(6, 9, 2), 3, 2, second, OTHER_COLORS),
        (indices(7, 7, 3), 8, 4, first, COLORS),
        (indices(4, 12, 4), 6, 0, 1, OTHER_COLORS),
    ]
    content = gif(*(
        frame(samples, left, top, disposal, transparent, palette=None if palette is COLORS else palette)
        for samples, left, top, disposal, palette in drawn
    ))  # fmt: skip
    expected = []
    for samples, left, top, disposal, palette in drawn:
        rgba = np.dstack([palette[samples], np.where(samples == transparent, 0, 255)]).astype(np.uint8)
        expected.append((rgba, left, top, {2: 1, 3: 2}.get(disposal, 0), reference.OVER))
    image = read(content)
    for made, wanted in zip(rgba_frames(image), reference.compose(expected, 18, 12), strict=True):
        np.testing.assert_array_equal(made, wanted)


def test_colors_after_a_gray_frame_are_kept():
    ramp = np.array([(level, level, level) for level in (0, 85, 170, 255)], np.uint8)
    image = read(gif(frame(indices(12, 18, 1), palette=ramp), frame(indices(12, 18, 2)), palette=COLORS))
    np.testing.assert_array_equal(image.pixels, ramp[indices(12, 18, 1)])
    np.testing.assert_array_equal(image.frames[0].pixels, COLORS[indices(12, 18, 2)])


def test_only_gray_palettes_make_a_gray_image():
    ramp = np.array([(level, level, level) for level in (9, 200, 90, 255)], np.uint8)
    image = read(gif(frame(indices(12, 18, 1)), frame(indices(12, 18, 2)), palette=ramp))
    assert image.is_gray
    np.testing.assert_array_equal(image.frames[0].pixels, ramp[indices(12, 18, 2)][:, :, :1])


@pytest.mark.parametrize("height", [1, 2, 5, 8, 12, 17])
def test_interlaced_rows_are_in_order(height):
    samples = indices(height, 18, height)
    content = gif(frame(samples, interlaced=True), height=height)
    np.testing.assert_array_equal(read(content).pixels, COLORS[samples])


def test_small_first_frame_leaves_the_rest_transparent():
    samples = indices(6, 9, 1)
    image = read(gif(frame(samples, 5, 4)))
    assert image.pixels.shape == (12, 18, 3)
    np.testing.assert_array_equal(image.pixels[4:10, 5:14], COLORS[samples])
    expected = np.zeros((12, 18), np.uint8)
    expected[4:10, 5:14] = 255
    np.testing.assert_array_equal(image.alpha, expected)


def test_first_frame_larger_than_the_screen_is_read_completely():
    samples = indices(12, 18, 1)
    np.testing.assert_array_equal(read(gif(frame(samples), width=0, height=0)).pixels, COLORS[samples])


def test_later_frame_outside_the_screen_is_cropped():
    image = read(gif(frame(indices(12, 18, 1)), frame(indices(12, 18, 2), 10, 6), frame(indices(4, 4, 3), 900, 900)))
    np.testing.assert_array_equal(image.frames[0].pixels[6:, 10:], COLORS[indices(12, 18, 2)][:6, :8])
    np.testing.assert_array_equal(image.frames[1].pixels, image.frames[0].pixels)


@pytest.mark.parametrize(("stored", "plays"), [(None, 1), (0, 0), (1, 2), (4, 5), (65535, 65536)])
def test_delays_and_loop_counts_are_read(stored, plays):
    loop = b"" if stored is None else LOOP_EXTENSION % struct.pack("<H", stored)
    image = read(gif(loop, *(frame(indices(12, 18, seed), delay=delay) for seed, delay in enumerate((0, 7, 65535)))))
    assert [one.duration_ms for one in (image, *image.frames)] == [0, 70, 655_350]
    assert image.num_plays == plays


def test_missing_trailer_and_bytes_after_it_are_ignored():
    frames = [frame(indices(12, 18, seed)) for seed in (1, 2)]
    for end in (b"", b";", b";junk" * 100, b"\0\0;", b"junk"):
        assert len(read(gif(*frames, end=end)).frames) == 1


@pytest.mark.parametrize("cut", [3, 30, 90])
def test_truncated_frame_is_refused(cut, plain_sentence):
    with pytest.raises(ImageUnreadable) as error:
        read(gif(frame(indices(12, 18, 1)), frame(indices(12, 18, 2)), end=b"")[:-cut])
    plain_sentence(error.value, "a.gif")


def test_frames_of_a_huge_size_are_refused():
    huge = struct.pack("<BHHHHB", 0x2C, 0, 0, 65_535, 65_535, 0) + encode_lzw(indices(4, 4, 1))
    with pytest.raises(ImageTooLarge):
        read(gif(frame(indices(12, 18, 1)), huge))


def test_still_image_is_the_same_in_pillow():
    image = PIL.Image.fromarray(corpus.texture(3)).quantize(200)
    content = corpus.encoded(image, "GIF", interlace=0)
    np.testing.assert_array_equal(read(content).pixels, np.asarray(image.convert("RGB")))
    assert read(content).num_plays is None

"""BT.601 studio range against figures worked out by hand, and rounding as MATLAB's uint8()."""

import numpy as np
import pytest

from engine.imaging import color

# R, G, B and the Y, Cb, Cr that ITU-R BT.601-7 section 2.5 gives, rounded to 8 bits
KNOWN = {
    "black": ((0, 0, 0), (16, 128, 128)),
    "white": ((255, 255, 255), (235, 128, 128)),
    "red": ((255, 0, 0), (81, 90, 240)),
    "green": ((0, 255, 0), (145, 54, 34)),
    "blue": ((0, 0, 255), (41, 240, 110)),
    "middle gray": ((128, 128, 128), (126, 128, 128)),
}


def random_pixels(dtype, channels=3):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, (40, 50, channels)).astype(dtype)


@pytest.mark.parametrize("name", KNOWN)
def test_known_colours(name):
    rgb, expected = KNOWN[name]
    planes = color.split(np.array([[rgb]], np.uint8))
    assert planes.shape == (3, 1, 1)
    assert planes.dtype == np.float32
    assert tuple(color.quantise(planes)[:, 0, 0]) == expected


def test_luma_of_every_fifth_red_is_the_exact_fraction_rounded():
    green, blue = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    for red in range(0, 256, 5):
        rgb = np.stack([np.full_like(green, red), green, blue], axis=2).astype(np.uint8)
        luma = color.quantise(color.split(rgb)[0])
        parts = 16 * 255_000 + 65_481 * red + 128_553 * green + 24_966 * blue  # Y in 255,000ths of a level
        expected = (parts + 127_500) // 255_000
        clear = np.abs(parts % 255_000 - 127_500) > 5  # within 2e-5 levels of a half float32 decides: 1 in 10,000
        np.testing.assert_array_equal(luma[clear], expected[clear])
        assert np.abs(luma - expected).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_comes_back_exactly_from_its_luma(dtype):
    gray = random_pixels(dtype, channels=1)
    planes = color.split(gray)
    assert planes.shape == (1, 40, 50)
    assert planes.dtype == np.float32
    np.testing.assert_array_equal(color.join(planes, dtype), gray)


def test_gray_has_the_luma_of_rgb_with_equal_samples():
    """BT.601: 16 for black, 235 for white, and 16 + 219 v / 255 between them, not rounded."""
    levels = np.arange(256, dtype=np.uint8)[None, :, None]
    luma = color.split(levels)[0]
    np.testing.assert_allclose(luma[0] * 255, 16 + 219 * np.arange(256) / 255, rtol=0, atol=2e-5)
    np.testing.assert_allclose(luma, color.split(np.repeat(levels, 3, axis=2))[0], rtol=0, atol=2e-7)


def test_gray_beyond_black_and_white_is_clipped():
    luma = np.array([[[0.0, 15 / 255, 16 / 255, 235 / 255, 236 / 255, 1.0]]], np.float32)
    assert color.join(luma)[:, :, 0].tolist() == [[0, 0, 0, 255, 255, 255]]


def test_rgb_comes_back_exactly_from_float_planes():
    rgb = random_pixels(np.uint8)
    np.testing.assert_array_equal(color.join(color.split(rgb)), rgb)


def test_16_bit_rgb_comes_back_within_one_level():
    rgb = random_pixels(np.uint16)
    again = color.join(color.split(rgb), np.uint16)
    assert again.dtype == np.uint16
    assert np.abs(again.astype(np.int32) - rgb).max() <= 1


def test_16_bit_planes_have_the_range_of_8_bit_ones():
    rgb = random_pixels(np.uint8)
    np.testing.assert_allclose(color.split(rgb.astype(np.uint16) * 257), color.split(rgb), rtol=0, atol=1e-6)


def test_joining_saturates_and_has_no_nan():
    planes = np.zeros((3, 2, 2), np.float32)
    planes[0] = [[1.2, -0.3], [np.nan, np.inf]]
    planes[1:] = 128 / 255
    rgb = color.join(planes)
    assert rgb.shape == (2, 2, 3)
    assert rgb.flags.c_contiguous
    assert rgb.tolist() == [[[255] * 3, [0] * 3], [[0] * 3, [255] * 3]]


def test_halves_are_rounded_away_from_zero():
    levels = np.arange(255) + 0.5
    unit = levels / 255
    exact = unit * 255 == levels  # where float64 hits the half exactly
    assert np.count_nonzero(exact) > 100
    np.testing.assert_array_equal(color.quantise(unit[exact]), np.ceil(levels[exact]))


def test_quantising_rounds_to_the_nearest_level():
    levels = np.arange(256)
    for nudge in (-0.49, 0.0, 0.49):
        np.testing.assert_array_equal(color.quantise((levels + nudge) / 255), levels)


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_quantising_saturates(dtype, top):
    unit = np.array([-np.inf, -0.3, 0.0, 1.0, 1.7, np.inf, np.nan], np.float32)
    result = color.quantise(unit, dtype)
    assert result.dtype == dtype
    assert result.tolist() == [0, 0, 0, top, top, top, 0]


def test_16_bits_become_the_nearest_of_8():
    levels = np.arange(65536, dtype=np.uint16)
    np.testing.assert_array_equal(color.in_8_bits(levels), (levels.astype(np.int64) * 2 + 257) // 514)
    shallow = np.arange(256, dtype=np.uint8)
    assert color.in_8_bits(shallow) is shallow

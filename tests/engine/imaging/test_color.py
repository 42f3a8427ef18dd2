"""BT.601 in studio range compared with values computed by hand, and rounding like MATLAB's ``uint8``."""

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
def test_known_colors_are_converted_exactly(name):
    rgb, expected = KNOWN[name]
    planes = color.rgb_to_ycbcr(np.array([[rgb]], np.uint8))
    assert planes.shape == (3, 1, 1)
    assert planes.dtype == np.float32
    assert tuple(color.quantize(planes)[:, 0, 0]) == expected


def test_luma_is_the_exact_fraction_rounded():
    green, blue = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    for red in range(0, 256, 5):
        rgb = np.stack([np.full_like(green, red), green, blue], axis=2).astype(np.uint8)
        luma = color.quantize(color.rgb_to_ycbcr(rgb)[0])
        parts = 16 * 255_000 + 65_481 * red + 128_553 * green + 24_966 * blue  # Y in 255,000ths of a level
        expected = (parts + 127_500) // 255_000
        clear = np.abs(parts % 255_000 - 127_500) > 5  # within 2e-5 levels of a half float32 decides: 1 in 10,000
        np.testing.assert_array_equal(luma[clear], expected[clear])
        assert np.abs(luma - expected).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_survives_a_round_trip_exactly(dtype):
    gray = random_pixels(dtype, channels=1)
    planes = color.rgb_to_ycbcr(gray)
    assert planes.shape == (1, 40, 50)
    assert planes.dtype == np.float32
    np.testing.assert_array_equal(color.ycbcr_to_rgb(planes, dtype), gray)


def test_gray_has_the_luma_of_equal_rgb():
    """The Y value of gray level v is 16 + 219 v / 255, not rounded: 16 for black, 235 for white."""
    levels = np.arange(256, dtype=np.uint8)[None, :, None]
    luma = color.rgb_to_ycbcr(levels)[0]
    np.testing.assert_allclose(luma[0] * 255, 16 + 219 * np.arange(256) / 255, rtol=0, atol=2e-5)
    np.testing.assert_allclose(luma, color.rgb_to_ycbcr(np.repeat(levels, 3, axis=2))[0], rtol=0, atol=2e-7)


def test_gray_beyond_black_and_white_is_clipped():
    luma = np.array([[[0.0, 15 / 255, 16 / 255, 235 / 255, 236 / 255, 1.0]]], np.float32)
    assert color.ycbcr_to_rgb(luma)[:, :, 0].tolist() == [[0, 0, 0, 255, 255, 255]]


def test_rgb_survives_a_round_trip_exactly():
    rgb = random_pixels(np.uint8)
    np.testing.assert_array_equal(color.ycbcr_to_rgb(color.rgb_to_ycbcr(rgb)), rgb)


def test_16_bit_rgb_survives_a_round_trip_within_one_level():
    rgb = random_pixels(np.uint16)
    again = color.ycbcr_to_rgb(color.rgb_to_ycbcr(rgb), np.uint16)
    assert again.dtype == np.uint16
    assert np.abs(again.astype(np.int32) - rgb).max() <= 1


def test_16_bit_planes_have_the_range_of_8_bit_planes():
    rgb = random_pixels(np.uint8)
    planes = color.rgb_to_ycbcr(rgb.astype(np.uint16) * 257)
    np.testing.assert_allclose(planes, color.rgb_to_ycbcr(rgb), rtol=0, atol=1e-6)


def test_ycbcr_to_rgb_saturates_and_replaces_nan():
    planes = np.zeros((3, 2, 2), np.float32)
    planes[0] = [[1.2, -0.3], [np.nan, np.inf]]
    planes[1:] = 128 / 255
    rgb = color.ycbcr_to_rgb(planes)
    assert rgb.shape == (2, 2, 3)
    assert rgb.flags.c_contiguous
    assert rgb.tolist() == [[[255] * 3, [0] * 3], [[0] * 3, [255] * 3]]


def test_halves_are_rounded_away_from_zero():
    levels = np.arange(255) + 0.5
    unit = levels / 255
    exact = unit * 255 == levels  # where float64 hits the half exactly
    assert np.count_nonzero(exact) > 100
    np.testing.assert_array_equal(color.quantize(unit[exact]), np.ceil(levels[exact]))


def test_quantize_rounds_to_the_nearest_level():
    levels = np.arange(256)
    for nudge in (-0.49, 0.0, 0.49):
        np.testing.assert_array_equal(color.quantize((levels + nudge) / 255), levels)


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_quantize_saturates(dtype, top):
    unit = np.array([-np.inf, -0.3, 0.0, 1.0, 1.7, np.inf, np.nan], np.float32)
    result = color.quantize(unit, dtype)
    assert result.dtype == dtype
    assert result.tolist() == [0, 0, 0, top, top, top, 0]


def test_16_bits_are_rounded_to_8():
    levels = np.arange(65536, dtype=np.uint16)
    np.testing.assert_array_equal(color.to_uint8(levels), (levels.astype(np.int64) * 2 + 257) // 514)
    shallow = np.arange(256, dtype=np.uint8)
    assert color.to_uint8(shallow) is shallow

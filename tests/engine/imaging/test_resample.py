"""`imresize` compared with MATLAB's output, and windows compared with the whole result."""

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.imaging.resample import Resize, imresize
from engine.imaging.tiles import Rect

R2019B = (
    "down_down_aa",
    "down_down_noaa",
    "down_down_irregular_aa",
    "down_down_irregular_noaa",
    "down_down_small_aa",
    "down_down_small_noaa",
    "down_down_butterfly_irregular_aa",
    "down_down_butterfly_irregular_noaa",
    "down_down_x2_aa",
    "down_down_x3_aa",
    "down_down_x4_aa",
    "down_down_x5_aa",
    "up_up_irregular_aa",
    "up_up_irregular_noaa",
    "up_up_topleft_noaa",
    "up_up_bottomright_noaa",
)


def pixels_of(path):
    with Image.open(path) as image:
        return np.asarray(image)


def corner_impulses():
    corner = np.zeros((4, 4))
    corner[0, 0], corner[1, 0], corner[0, 1], corner[0, 3] = 100, 10, 1, 100
    return corner


def matlab_input(name, folder):
    """Return the input of an R2019b reference: a ramp, impulses in a corner, or the butterfly."""
    if "butterfly" in name:
        return pixels_of(folder / "butterfly.png") / 255
    if "topleft" in name:
        return corner_impulses()
    if "bottomright" in name:
        return corner_impulses()[::-1, ::-1]
    side = 4 if "small" in name else 15 if "_x3_" in name or "_x5_" in name else 8
    return np.arange(float(side * side)).reshape(side, side)


@pytest.mark.parametrize("name", R2019B)
def test_equals_matlab_r2019b(name, reference_folder):
    folder = reference_folder / "imresize" / "butterfly_r2019b"
    expected = scipy.io.loadmat(folder / f"{name}.mat")[name]

    result = imresize(matlab_input(name, folder), expected.shape[:2], antialias=name.endswith("_aa"))

    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("scale", [2, 3, 4, 5])
def test_factor_equals_matlab_r2019b(scale, reference_folder):
    name = f"down_down_x{scale}_aa"
    folder = reference_folder / "imresize" / "butterfly_r2019b"
    expected = scipy.io.loadmat(folder / f"{name}.mat")[name]

    result = imresize(matlab_input(name, folder), factor=1 / scale)

    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-10)


def test_uint8_equals_matlab_r2015b_exactly(reference_folder):
    folder = reference_folder / "imresize" / "lena_r2015b"
    result = imresize(pixels_of(folder / "lena_512x512.png"), (123, 234))
    np.testing.assert_array_equal(result, pixels_of(folder / "lena_123x234_uint8.png"))


def test_double_equals_matlab_r2015b_exactly(reference_folder):
    folder = reference_folder / "imresize" / "lena_r2015b"
    result = imresize(pixels_of(folder / "lena_512x512.png") / 255, (123, 234))
    levels = np.clip(np.floor(result * 255 + 0.5), 0, 255)
    np.testing.assert_array_equal(levels, pixels_of(folder / "lena_123x234_double.png"))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("number", range(1, 6))
def test_clamped_uint8_equals_old_matlab_exactly(number, scale, reference_folder):
    stem = str(reference_folder / "imresize" / "set5_clamp" / f"img_{number:03}_SRF_{scale}")
    expected = pixels_of(f"{stem}_LR.png")

    result = imresize(pixels_of(f"{stem}_HR.png"), expected.shape[:2], border="clamp")

    np.testing.assert_array_equal(result, expected)


@st.composite
def resizes(draw):
    """Draw a random resize and a window of its result."""
    source = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    target = draw(st.tuples(st.integers(1, 90), st.integers(1, 90)))
    resize = Resize(source, target, border=draw(st.sampled_from(["mirror", "clamp"])), antialias=draw(st.booleans()))
    top, left = draw(st.integers(0, target[0] - 1)), draw(st.integers(0, target[1] - 1))
    height, width = draw(st.integers(1, target[0] - top)), draw(st.integers(1, target[1] - left))
    return resize, Rect(top, left, height, width)


@settings(max_examples=80, deadline=None)
@given(resizes(), st.integers(0, 99))
def test_window_equals_the_whole_result(drawn, seed):
    resize, window = drawn
    image = np.random.default_rng(seed).random(resize.source_size)
    whole = imresize(image, resize.target_size, border=resize.border, antialias=resize.antialias)

    part = resize.apply(image[resize.source_window(window).slices], window)

    np.testing.assert_allclose(part, whole[window.slices], rtol=0, atol=1e-12)


@settings(max_examples=80, deadline=None)
@given(resizes(), st.integers(0, 99))
def test_uint8_window_equals_the_whole_result_exactly(drawn, seed):
    resize, window = drawn
    image = np.random.default_rng(seed).integers(0, 256, resize.source_size, np.uint8)
    whole = imresize(image, resize.target_size, border=resize.border, antialias=resize.antialias)

    part = resize.apply(image[resize.source_window(window).slices], window)

    np.testing.assert_array_equal(part, whole[window.slices])


def test_source_window_is_inside_the_source():
    resize = Resize((30, 20), (90, 60))
    corners = [resize.source_window(Rect(top, left, 5, 5)) for top in (0, 85) for left in (0, 55)]
    whole = Rect(0, 0, 30, 20)
    assert [corner.intersect(whole) for corner in corners] == corners
    assert max(corner.area for corner in corners) <= 49


def test_large_result_has_no_seams():
    image = np.random.default_rng(1).random((300, 7))
    at_once = Resize((300, 7), (600, 14)).apply(image, Rect(0, 0, 600, 14))
    np.testing.assert_allclose(imresize(image, (600, 14)), at_once, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [(40, 60), (10, 15)])
@pytest.mark.parametrize(("border", "padding"), [("mirror", "symmetric"), ("clamp", "edge")])
def test_borders_equal_a_padded_image(border, padding, size):
    image = np.random.default_rng(2).random((20, 30))
    factor = size[0] / 20
    padded = np.pad(image, 10, mode=padding)

    larger = imresize(padded, (round(40 * factor), round(50 * factor)))
    cut = round(10 * factor)

    result = imresize(image, size, border=border)
    np.testing.assert_allclose(result, larger[cut:-cut, cut:-cut], rtol=0, atol=1e-12)


def test_mirror_is_the_default_and_differs_only_at_the_border():
    image = np.random.default_rng(3).random((12, 12))
    mirror, clamp = imresize(image, (36, 36), border="mirror"), imresize(image, (36, 36), border="clamp")
    np.testing.assert_array_equal(imresize(image, (36, 36)), mirror)
    assert np.abs(mirror - clamp).max() > 1e-3
    np.testing.assert_allclose(mirror[6:-6, 6:-6], clamp[6:-6, 6:-6], rtol=0, atol=1e-12)


def test_factor_is_kept_if_the_size_is_rounded_up():
    image = np.random.default_rng(4).random((20, 20))
    result = imresize(image[:15, :15], factor=0.5)
    assert result.shape == (8, 8)
    np.testing.assert_allclose(result[:5, :5], imresize(image, factor=0.5)[:5, :5], rtol=0, atol=1e-12)
    assert np.abs(result - imresize(image[:15, :15], (8, 8))).max() > 1e-3


def test_channels_are_resized_separately():
    image = np.random.default_rng(5).integers(0, 256, (9, 11, 3), np.uint8)
    result = imresize(image, (20, 5))
    for channel in range(3):
        np.testing.assert_array_equal(result[..., channel], imresize(image[..., channel], (20, 5)))


def test_gray_keeps_its_single_channel():
    image = np.random.default_rng(6).random((9, 11, 1))
    np.testing.assert_array_equal(imresize(image, (20, 5))[..., 0], imresize(image[..., 0], (20, 5)))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_dtype_is_kept_and_a_flat_image_stays_flat(dtype):
    result = imresize(np.full((7, 5), 77, dtype), (13, 3))
    assert result.dtype == dtype
    np.testing.assert_allclose(result, 77, rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "high", "expected"),
    [
        (np.uint8, 255, [0, 52, 203, 255]),
        (np.int8, 127, [-12, 26, 101, 127]),
        (np.uint16, 65535, [0, 13312, 52223, 65535]),
        (np.int16, 32767, [-3072, 6656, 26111, 32767]),
        (np.uint32, 4_000_000_000, [0, 812_500_000, 3_187_500_000, 4_294_967_295]),
        (np.int32, 2_000_000_000, [-187_500_000, 406_250_000, 1_593_750_000, 2_147_483_647]),
    ],
)
def test_integers_are_rounded_and_saturate(dtype, high, expected):
    """Compare [0, high], upscaled x2, with samples computed by hand.

    Keys' weights at 1/4 px are -9, 111, 29 and -3, divided by 128, and the border is mirrored. So the samples are
    -12, 26, 102 and 140, divided by 128 and multiplied by `high`. Halves are rounded away from zero, as in MATLAB.
    """
    row = np.array([[0, high]], dtype)
    assert imresize(row, (1, 4)).dtype == dtype
    assert imresize(row, (1, 4))[0].tolist() == expected
    assert imresize(row.T, (4, 1))[:, 0].tolist() == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32])
@pytest.mark.parametrize("size", [(31, 90), (90, 31), (20, 24), (97, 143)])
def test_integers_are_rounded_after_each_pass(dtype, size):
    """MATLAB resizes the axis with the smaller factor first, in float64, and rounds after each pass."""
    rng = np.random.default_rng(0)
    image = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (40, 50), dtype, endpoint=True)

    def one_pass(levels, axis):
        shape = (size[0], levels.shape[1]) if axis == 0 else (levels.shape[0], size[1])
        exact = imresize(levels.astype(np.float64), shape)
        away = np.copysign(np.floor(np.abs(exact) + 0.5), exact)
        return np.clip(away, np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)

    axes = (0, 1) if size[0] / 40 <= size[1] / 50 else (1, 0)
    np.testing.assert_array_equal(imresize(image, size), one_pass(one_pass(image, axes[0]), axes[1]))


@pytest.mark.parametrize("dtype", [bool, np.int64, np.uint64, np.float16, np.complex128])
def test_unsupported_dtype_is_refused(dtype):
    with pytest.raises(TypeError, match=np.dtype(dtype).name):
        imresize(np.zeros((4, 4), dtype), (8, 8))


def test_floats_are_neither_clipped_nor_rounded():
    step = np.where(np.arange(20) < 10, 0.0, 1.0)[None].repeat(20, axis=0)
    result = imresize(step, (60, 60))
    assert result.min() < -0.01
    assert result.max() > 1.01


def test_same_size_gives_the_same_image():
    image = np.random.default_rng(7).random((17, 19))
    np.testing.assert_allclose(imresize(image, (17, 19)), image, rtol=0, atol=1e-12)


def test_size_or_factor_is_required():
    with pytest.raises(TypeError, match="size or a factor"):
        imresize(np.zeros((4, 4)))

"""Creation of ICC profiles from color spaces, and checks of embedded profiles."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from engine.imaging.codecs import profiles
from engine.imaging.color_space import ADOBE_RGB, ColorSpace
from engine.imaging.image import Image

DISPLAY_P3 = ColorSpace(12, 13)


def converted(color: tuple[int, ...], icc: bytes) -> tuple[int, ...]:
    """Return a color converted from a profile to sRGB with Pillow."""
    image = PIL.Image.new("L" if len(color) == 1 else "RGB", (1, 1), color if len(color) > 1 else color[0])
    source, target = ImageCms.getOpenProfile(BytesIO(icc)), ImageCms.createProfile("sRGB")
    result = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    assert result is not None
    pixel = result.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize(
    ("space", "color", "expected"),
    [
        (DISPLAY_P3, (200, 61, 40), (217, 43, 22)),  # CSS Color 4: color(display-p3 .784 .239 .157)
        (ADOBE_RGB, (128, 128, 128), (128, 128, 128)),
        (ADOBE_RGB, (100, 200, 100), (0, 202, 92)),  # outside sRGB
        (ColorSpace(gamma=100_000), (90, 90, 90), (160, 160, 160)),
        (ColorSpace(8, 8), (90, 90, 90), (160, 160, 160)),
    ],
)
def test_profile_of_a_color_space_has_its_colors(space, color, expected):
    icc = profiles.from_color_space(space, is_gray=False)
    assert icc is not None
    assert converted(color, icc) == pytest.approx(expected, abs=2)


def test_profile_of_a_gray_image_is_gray():
    icc = profiles.from_color_space(ColorSpace(gamma=100_000), is_gray=True)
    assert icc is not None
    assert icc[16:20] == b"GRAY"
    assert converted((90,), icc) == pytest.approx((160, 160, 160), abs=1)


def test_profile_bytes_do_not_depend_on_the_date():
    assert profiles.from_color_space(DISPLAY_P3, is_gray=False)[24:36] == bytes((7, 208, 0, 1, 0, 1)) + bytes(6)


def test_collinear_primaries_have_no_profile():
    flat = ColorSpace(chromaticities=(31270, 32900, *(30000, 30000) * 3))
    assert profiles.from_color_space(flat, is_gray=False) is None


def test_color_space_takes_precedence_over_the_profile_of_an_image():
    pixels = np.zeros((1, 1, 3), np.uint8)
    p3 = profiles.from_color_space(DISPLAY_P3, is_gray=False)
    assert profiles.profile_for_image(Image(pixels, icc=b"x", color_space=DISPLAY_P3)) == p3
    assert profiles.profile_for_image(Image(pixels, icc=b"x", color_space=ColorSpace(1, 13))) is None
    assert profiles.profile_for_image(Image(pixels, icc=b"x", color_space=ColorSpace(9, 16))) == b"x"
    assert profiles.profile_for_image(Image(pixels, icc=b"x")) == b"x"


@pytest.mark.parametrize("is_gray", [True, False])
def test_only_profiles_of_the_right_color_model_are_usable(is_gray):
    rgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    gray = profiles.from_color_space(ColorSpace(gamma=45455), is_gray=True)
    assert gray is not None
    assert profiles.validated(rgb, is_gray=is_gray) == (None if is_gray else rgb)
    assert profiles.validated(gray, is_gray=is_gray) == (gray if is_gray else None)
    assert profiles.validated(lab, is_gray=is_gray) is None


def test_damaged_profiles_are_not_usable():
    icc = profiles.srgb_profile()
    assert profiles.validated(icc, is_gray=False) == icc
    assert profiles.validated(icc + b"\0\0", is_gray=False) == icc
    for damaged in (b"", icc[:100], icc[:-20], icc[:128] + bytes(len(icc) - 128), b"\xff" + icc[1:]):
        assert profiles.validated(damaged, is_gray=False) is None

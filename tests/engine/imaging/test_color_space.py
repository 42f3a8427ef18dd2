"""Color spaces that a file declares without an ICC profile."""

import numpy as np
import pytest

from engine.imaging.color_space import ADOBE_RGB, ColorSpace

P3 = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


@pytest.mark.parametrize(
    "space",
    [
        ColorSpace(),
        ColorSpace(1, 13),
        ColorSpace(2, 2),
        ColorSpace(rendering_intent=0, gamma=100_000),
        ColorSpace(gamma=45455),
        ColorSpace(1, 13, chromaticities=P3),
    ],
)
def test_descriptions_of_srgb_are_recognized(space):
    assert space.is_srgb
    assert space.is_convertible


@pytest.mark.parametrize(
    "space",
    [ADOBE_RGB, ColorSpace(12, 13), ColorSpace(1, 1), ColorSpace(gamma=100_000), ColorSpace(chromaticities=P3)],
)
def test_other_color_spaces_are_convertible(space):
    assert not space.is_srgb
    assert space.is_convertible


@pytest.mark.parametrize(
    "space", [ColorSpace(9, 16), ColorSpace(9, 18), ColorSpace(3, 13), ColorSpace(1, 9), ColorSpace(1, 13, False)]
)
def test_hdr_and_unknown_code_points_are_not_convertible(space):
    assert not space.is_srgb
    assert not space.is_convertible
    assert space.is_hdr == (space.transfer in (16, 18))


@pytest.mark.parametrize(
    ("transfer", "slope", "alpha", "power"), [(1, 4.5, 1.099, 0.45), (7, 4, 1.1115, 0.45), (13, 12.92, 1.055, 1 / 2.4)]
)
def test_curves_are_the_inverse_of_those_in_h273(transfer, slope, alpha, power):
    """H.273, table 3, with its rounded constants: linear for dark colors, else a power function."""
    light = np.array([0.001, 0.1, 0.5, 1])
    levels = np.where(light < 0.003, slope * light, alpha * light**power - (alpha - 1))
    curve = ColorSpace(1, transfer).decoding_curve
    assert curve is not None
    np.testing.assert_allclose(curve(levels), light, atol=5e-4)


def test_gamma_becomes_its_reciprocal():
    assert ColorSpace(gamma=50_000).decoding_exponent == 2
    assert ADOBE_RGB.decoding_exponent == pytest.approx(2.19921875, abs=1e-4)  # Adobe RGB (1998), section 4.3.1.2

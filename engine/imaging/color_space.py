"""Color spaces that a file declares without an ICC profile.

References
----------
ITU-T H.273 (code points); W3C, Portable Network Graphics (Third Edition), section 11.3.2; DCF 2.0 (Adobe RGB).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Chromaticities = tuple[int, ...]  # x and y of white, red, green and blue, in units of 1/100000
Curve = NDArray[np.float64]

_UNSPECIFIED, _SRGB_PRIMARIES, _SRGB_TRANSFER = 2, 1, 13
_PQ, _HLG = 16, 18
_D65, _C, _DCI = (31270, 32900), (31000, 31600), (31400, 35100)
_CHROMATICITIES = {
    1: (*_D65, 64000, 33000, 30000, 60000, 15000, 6000),  # BT.709
    4: (*_C, 67000, 33000, 21000, 71000, 14000, 8000),  # BT.470 M
    5: (*_D65, 64000, 33000, 29000, 60000, 15000, 6000),  # BT.470 B/G
    6: (*_D65, 63000, 34000, 31000, 59500, 15500, 7000),  # SMPTE 170M
    7: (*_D65, 63000, 34000, 31000, 59500, 15500, 7000),  # SMPTE 240M
    8: (*_C, 68100, 31900, 24300, 69200, 14500, 4900),  # film
    9: (*_D65, 70800, 29200, 17000, 79700, 13100, 4600),  # BT.2020
    11: (*_DCI, 68000, 32000, 26500, 69000, 15000, 6000),  # DCI-P3
    12: (*_D65, 68000, 32000, 26500, 69000, 15000, 6000),  # Display P3
    22: (*_D65, 63000, 34000, 29500, 60500, 15500, 7700),  # EBU 3213-E
}
_SRGB_CHROMATICITIES = _CHROMATICITIES[_SRGB_PRIMARIES]
_SRGB_GAMMA, _GAMMA_TOLERANCE, _PRIMARY_TOLERANCE = 45455, 500, 200  # 1/100000; files round their values
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}


def _from_srgb(levels: Curve) -> Curve:
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def _from_bt709(levels: Curve) -> Curve:
    return np.where(levels < 0.081242858, levels / 4.5, ((levels + 0.09929683) / 1.09929683) ** (1 / 0.45))


def _from_smpte240(levels: Curve) -> Curve:
    return np.where(levels < 0.0912, levels / 4, ((levels + 0.1115) / 1.1115) ** (1 / 0.45))


_CURVES: dict[int, Callable[[Curve], Curve]] = {
    **dict.fromkeys((1, 6, 11, 12, 14, 15), _from_bt709),
    7: _from_smpte240,
    _SRGB_TRANSFER: _from_srgb,
}


@dataclass(frozen=True)
class ColorSpace:
    """Color space of gray or RGB samples, as declared in a file without an ICC profile.

    Code points take precedence over an sRGB declaration (`rendering_intent`), which takes precedence over
    chromaticities and gamma. Undeclared properties default to sRGB.

    Attributes
    ----------
    primaries, transfer : code points of H.273, or None
    full_range : whether samples have full range instead of narrow (studio) range
    rendering_intent : ICC rendering intent, from 0 to 3, if the file declares sRGB; otherwise None
    chromaticities : x and y of white, red, green and blue, in units of 1/100000, or None
    gamma : encoding exponent (samples = light ** gamma), in units of 1/100000, or None
    mastering_display, light_level : data of the PNG chunks mDCV and cLLI, or None
    """

    primaries: int | None = None
    transfer: int | None = None
    full_range: bool = True
    rendering_intent: int | None = None
    chromaticities: Chromaticities | None = None
    gamma: int | None = None
    mastering_display: bytes | None = None
    light_level: bytes | None = None

    @property
    def code_points(self) -> tuple[int, int] | None:
        """H.273 code points of the primaries and the transfer characteristics, or None if one is missing."""
        return None if self.primaries is None or self.transfer is None else (self.primaries, self.transfer)

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer characteristics are PQ or HLG."""
        return self.transfer in (_PQ, _HLG)

    @property
    def is_convertible(self) -> bool:
        """Whether an ICC profile can describe the color space."""
        has_curve = self.decoding_exponent is not None or self.decoding_curve is not None
        return self.full_range and self.effective_chromaticities is not None and has_curve

    @property
    def is_srgb(self) -> bool:
        """Whether the color space is sRGB, within the rounding of chromaticities and gamma."""
        if not self.full_range or self.effective_chromaticities is None:
            return False
        differences = [abs(a - b) for a, b in zip(self.effective_chromaticities, _SRGB_CHROMATICITIES, strict=True)]
        if max(differences) > _PRIMARY_TOLERANCE:
            return False
        if self.code_points is None and self.rendering_intent is None and self.gamma is not None:
            return abs(self.gamma - _SRGB_GAMMA) <= _GAMMA_TOLERANCE
        return self.decoding_curve is _from_srgb

    @property
    def effective_chromaticities(self) -> Chromaticities | None:
        """Chromaticities that apply to the samples, in units of 1/100000; None if the code point is unknown."""
        if self.primaries not in (None, _UNSPECIFIED):
            return _CHROMATICITIES.get(self.primaries or 0)
        if self.primaries is None and self.rendering_intent is None and self.chromaticities is not None:
            return self.chromaticities
        return _SRGB_CHROMATICITIES

    @property
    def decoding_exponent(self) -> float | None:
        """Exponent that decodes samples to linear light; None if the transfer function is not a power law."""
        if self.transfer is not None:
            return _GAMMAS.get(self.transfer)
        return 100_000 / self.gamma if self.rendering_intent is None and self.gamma else None

    @property
    def decoding_curve(self) -> Callable[[Curve], Curve] | None:
        """Function that decodes samples to linear light, both in [0, 1].

        None for a power law, HDR, or unknown transfer characteristics.
        """
        if self.decoding_exponent is not None:
            return None
        return _from_srgb if self.transfer in (None, _UNSPECIFIED) else _CURVES.get(self.transfer or 0)


ADOBE_RGB = ColorSpace(chromaticities=(*_D65, 64000, 33000, 21000, 71000, 15000, 6000), gamma=45471)

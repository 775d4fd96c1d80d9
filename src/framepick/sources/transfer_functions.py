"""Transfer functions and conversions between primaries, as the standards define them.

Light is linear; 1 is reference white, which is `REFERENCE_WHITE` in high dynamic range. Codes are
shares of the code for white, 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats

Light = NDArray[np.float32]

BT709, BT2020, DCI_P3, DISPLAY_P3 = 1, 9, 11, 12
"""Colour primaries, by their numbers in ITU-T H.273."""

REFERENCE_WHITE = 203.0
"""Luminance of reference white in HDR, in cd/m2 (ITU-R BT.2408)."""
HLG_PEAK = 1000.0
"""Peak luminance of HLG's reference display, in cd/m2, where its system gamma is 1.2."""
PQ_PEAK = 10_000.0
"""Peak luminance of PQ, in cd/m2 (SMPTE ST 2084)."""

SYSTEM_GAMMA = 1.2
LUMINANCE_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)


def srgb_light(codes: Floats) -> Light:
    """Decode sRGB codes to light (IEC 61966-2-1)."""
    light = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def srgb_codes(light: Floats) -> Floats:
    """Encode light as sRGB codes (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def pq_light(codes: Floats) -> Light:
    """Decode PQ codes to the light of the display (SMPTE ST 2084)."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = codes ** (1 / m2)
    light = (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return (light * (PQ_PEAK / REFERENCE_WHITE)).astype(np.float32)


def hlg_light(codes: Floats) -> Light:
    """Decode HLG codes to the light of the scene, at most 1 (ARIB STD-B67, ITU-R BT.2100)."""
    a = 0.17883277
    b = 1 - 4 * a
    c = 0.5 - a * np.log(4 * a)
    light = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    return light.astype(np.float32)


def hlg_gain(luminance: Floats) -> Light:
    """Give display light over scene light at a scene `luminance`, HLG's OOTF (ITU-R BT.2100)."""
    return (luminance ** (SYSTEM_GAMMA - 1) * (HLG_PEAK / REFERENCE_WHITE)).astype(np.float32)


_WHITE_D65 = (0.3127, 0.3290)
_CHROMATICITIES = {
    # x and y of red, green, blue and white
    BT709: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _WHITE_D65),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _WHITE_D65),
    DCI_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),  # SMPTE RP 431-2
    DISPLAY_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _WHITE_D65),  # SMPTE EG 432-1
}
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def matrix_to_bt709(primaries: int) -> Light:
    """Give the matrix (3, 3) that converts linear RGB to BT.709; white stays white."""
    there = _to_xyz(primaries)
    matrix = np.linalg.inv(_to_xyz(BT709)) @ _adaptation(there) @ there
    return np.asarray(matrix, np.float32)


def _to_xyz(primaries: int) -> Floats:
    *corners, white = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in _CHROMATICITIES[primaries])
    columns = np.stack(corners, axis=1)
    return np.asarray(columns * np.linalg.solve(columns, white), np.float64)


def _adaptation(to_xyz: Floats) -> Floats:
    """Give Bradford's chromatic adaptation to D65, in XYZ; the identity if white is D65."""
    here, there = (_BRADFORD @ matrix.sum(axis=1) for matrix in (_to_xyz(BT709), to_xyz))
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag(here / there) @ _BRADFORD, np.float64)


LUMINANCE_709 = _to_xyz(BT709)[1].astype(np.float32)

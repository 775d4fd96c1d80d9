"""From the light that a video codes to sRGB: high dynamic range and wide colour, in plain numpy.

What a display of the video's own kind would show is worked out in linear light, where the white of
paper (203 cd/m2 in ITU-R BT.2408) is 1. One curve on the brightest of R, G and B brings it into the
range of sRGB, so hues hold: shadows and middle tones stay as they are, and highlights share what is
left above. Colours that sRGB does not have lose saturation until it has them, not their luminance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from framepick.types import DeepPixels, Pixels

Transfer = Literal["sdr", "pq", "hlg"]
Light = NDArray[np.float32]

# Numbers of ITU-T H.273: transfer characteristics, and colour primaries.
_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
BT709, BT2020, DCI_P3, DISPLAY_P3 = 1, 9, 11, 12

REFERENCE_WHITE = 203.0
"""cd/m2 of white paper in HDR: ITU-R BT.2408."""
HLG_PEAK = 1000.0
"""cd/m2 of HLG's brightest white on its reference display, for which its system gamma is 1.2."""
PQ_PEAK = 10_000.0
"""cd/m2 of PQ's brightest white: SMPTE ST 2084. What films are graded to (1000, 4000) is in tags
that many lack; the curve is so flat up there that white at 1000 still shows as white."""
KNEE = 0.4
"""Light, as a share of reference white, up to which nothing changes."""

_CODES = 65536
_BLOCK_PIXELS = 1 << 15  # a block's arrays stay in the processor's cache


def transfer_of(color_trc: int) -> Transfer:
    """How light is coded, by the number of ITU-T H.273; unknown numbers count as standard range."""
    return _TRANSFERS.get(color_trc, "sdr")


def gamut_of(color_primaries: int, transfer: Transfer) -> int:
    """Which of the four gamuts told apart here a picture has, by the number of ITU-T H.273.

    HDR without a usable tag has BT.2020, which it nearly always is; all else has BT.709. Television
    of standard definition (5, 6, 7) is left as it is, as players leave it.
    """
    if color_primaries in (BT2020, DCI_P3, DISPLAY_P3):
        return color_primaries
    is_known = color_primaries in (BT709, 5, 6, 7)
    return BT709 if transfer == "sdr" or is_known else BT2020


def to_srgb(
    codes: DeepPixels, white: int, transfer: Transfer, gamut: int, depth: Literal[8, 16] = 8
) -> Pixels | DeepPixels:
    """Turn RGB codes (H, W, 3) uint16 of full range into sRGB, uint8 or uint16 as `depth` says.

    `white` is the code of all there is of R, G or B. Standard range keeps its tones whatever its
    curve: only the colours move, so greys stay.
    """
    if transfer == "sdr" and gamut == BT709:
        return np.take(_stretch(white, depth), codes)
    tables = _tables(transfer, gamut, white)
    encode = _encoding(depth)
    result = np.empty(codes.shape, encode.dtype)
    for rows in _blocks(*codes.shape[:2]):
        part = result[rows]
        light = tables.light(codes[rows].reshape(-1, 3).T)
        part[...] = _encoded(light, encode).T.reshape(part.shape)
    return result


def mobius(light: Light, peak: float, knee: float = KNEE) -> Light:
    """Bend `light` (N,) so that `peak` becomes 1: a line up to `knee`, then a hyperbola.

    The two meet with the same slope. The curve is a Möbius transform, s (x + a) / (x + b).
    """
    a, b, scale = _mobius_numbers(peak, knee)
    bent = np.maximum(light, np.float32(knee))
    return np.where(light > knee, scale * (bent + a) / (bent + b), light).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """What one kind of video needs on its way to linear light of BT.709 primaries."""

    linear: Light
    """(65536,) light of a code; of the scene for HLG, else of the display."""
    matrix: Light | None
    """(3, 3) to BT.709 primaries; None where they are."""
    system: Callable[[Light], Light] | None
    """Gain (N,) from the light of the scene to that of the display, HLG's alone."""
    peak: float
    """Brightest light."""

    def light(self, codes: NDArray[np.uint16]) -> Light:
        """Light (3, N), 0 to 1, of codes (3, N)."""
        light = np.take(self.linear, codes)
        gain = self.system(light) if self.system else None
        if self.matrix is not None:
            light = self.matrix @ light
        if self.peak > 1:
            light *= _tone_gain(light, gain, self.peak)
        return light if self.matrix is None else _in_gamut(light)


@cache
def _tables(transfer: Transfer, gamut: int, white: int) -> _Tables:
    codes = _shares(white)
    matrix = None if gamut == BT709 else matrix_to_bt709(gamut)
    if transfer == "pq":
        return _Tables(_pq(codes), matrix, None, PQ_PEAK / REFERENCE_WHITE)
    if transfer == "hlg":
        return _Tables(_hlg(codes), matrix, _system_gain, HLG_PEAK / REFERENCE_WHITE)
    return _Tables(_srgb_light(codes), matrix, None, 1.0)


def _blocks(height: int, width: int) -> Iterator[slice]:
    step = max(1, _BLOCK_PIXELS // max(1, width))
    return (slice(start, start + step) for start in range(0, height, step))


def _tone_gain(light: Light, gain: Light | None, peak: float) -> Light:
    """What each pixel of light (3, N) is multiplied by (N,): `gain`, then the tone curve."""
    brightest = np.maximum(np.maximum(np.maximum(light[0], light[1]), light[2]), np.float32(1e-6))
    shown = brightest if gain is None else brightest * gain
    return np.minimum(mobius(shown, peak), np.float32(1)) / brightest


def _in_gamut(light: Light) -> Light:
    """Move colours (3, N) with a negative part towards the grey of their luminance."""
    lowest = np.minimum(np.minimum(light[0], light[1]), light[2])
    outside = np.flatnonzero(lowest < 0)
    if len(outside):
        colour = light[:, outside]
        grey = np.maximum(_LUMINANCE_709 @ colour, np.float32(0))
        share = grey / (grey - lowest[outside])
        light[:, outside] = np.maximum(grey + (colour - grey) * share, np.float32(0))
    return light


def _encoded(light: Light, table: NDArray[np.uint8] | NDArray[np.uint16]) -> Pixels | DeepPixels:
    # By its root the light of dark tones has codes enough, and a root costs little.
    index = np.sqrt(np.minimum(light, np.float32(1))) * np.float32(_CODES - 1) + np.float32(0.5)
    return np.take(table, index.astype(np.uint16))


@cache
def _stretch(white: int, depth: Literal[8, 16]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Codes (65536,) of `depth` bits for codes that reach `white`."""
    return _whole(_shares(white), depth)


@cache
def _encoding(depth: Literal[8, 16]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """SRGB codes (65536,) of light by its square root."""
    light = np.linspace(0, 1, _CODES) ** 2
    # IEC 61966-2-1
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return _whole(codes, depth)


def _whole(shares: NDArray[np.float64], depth: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    if depth == 8:
        return np.rint(shares * 255).astype(np.uint8)
    return np.rint(shares * 65535).astype(np.uint16)


def _shares(white: int) -> NDArray[np.float64]:
    """What share of `white` each code (65536,) is, 1 at most."""
    return np.minimum(np.arange(_CODES) / white, 1)


def _srgb_light(codes: NDArray[np.float64]) -> Light:
    """IEC 61966-2-1."""
    light = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def _pq(codes: NDArray[np.float64]) -> Light:
    """SMPTE ST 2084: light of the display, in units of reference white."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = codes ** (1 / m2)
    light = (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return (light * (PQ_PEAK / REFERENCE_WHITE)).astype(np.float32)


def _hlg(codes: NDArray[np.float64]) -> Light:
    """ARIB STD-B67, ITU-R BT.2100: light of the scene, 0 to 1."""
    a = 0.17883277
    b = 1 - 4 * a
    c = 0.5 - a * np.log(4 * a)
    light = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    return light.astype(np.float32)


_HLG_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)  # of BT.2020


def _system_gain(scene: Light) -> Light:
    """ITU-R BT.2100: a display's light is L ** 0.2 times the scene's, with L its luminance."""
    root = np.sqrt(_HLG_LUMINANCE @ scene) * np.float32(_CODES - 1)
    return np.take(_system_gains(), root.astype(np.uint16))


@cache
def _system_gains() -> Light:
    luminance = np.linspace(0, 1, _CODES) ** 2
    return (luminance**0.2 * (HLG_PEAK / REFERENCE_WHITE)).astype(np.float32)


def _mobius_numbers(peak: float, knee: float) -> tuple[np.float32, np.float32, np.float32]:
    """a, b and s of a curve through (knee, knee) with slope 1 and through (peak, 1)."""
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    scale = (b**2 + 2 * b * knee + knee**2) / (b - a)
    return np.float32(a), np.float32(b), np.float32(scale)


_WHITE_D65 = (0.3127, 0.3290)
_CHROMATICITIES = {
    # x and y of red, green, blue and white
    BT709: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _WHITE_D65),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _WHITE_D65),
    DCI_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),  # SMPTE RP 431-2
    DISPLAY_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _WHITE_D65),  # SMPTE EG 432-1
}


def matrix_to_bt709(gamut: int) -> Light:
    """Matrix (3, 3) that takes linear RGB to BT.709; its white stays white."""
    there = _to_xyz(gamut)
    matrix = np.linalg.inv(_to_xyz(BT709)) @ _adaptation(there) @ there
    return matrix.astype(np.float32)


def _to_xyz(gamut: int) -> NDArray[np.float64]:
    *corners, white = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in _CHROMATICITIES[gamut])
    columns = np.stack(corners, axis=1)
    return columns * np.linalg.solve(columns, white)


def _adaptation(to_xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bradford's adaptation of the eye to D65, in XYZ; nothing where white is D65."""
    cones = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    here, there = (cones @ matrix.sum(axis=1) for matrix in (_to_xyz(BT709), to_xyz))
    return np.linalg.inv(cones) @ np.diag(here / there) @ cones


_LUMINANCE_709 = _to_xyz(BT709)[1].astype(np.float32)

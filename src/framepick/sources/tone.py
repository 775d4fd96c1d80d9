"""Converts high dynamic range and wide colour to sRGB, in plain numpy.

Codes are decoded to the linear light of a display of the video's own kind. One tone curve on the
brightest of R, G and B compresses it to the range of sRGB, so that hues stay: shadows and middle
tones are unchanged, and highlights share the range above. Colours outside sRGB lose saturation,
not luminance, until they fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from framepick.sources.transfer_functions import (
    BT709,
    BT2020,
    DCI_P3,
    DISPLAY_P3,
    HLG_PEAK,
    LUMINANCE_709,
    LUMINANCE_2020,
    PQ_PEAK,
    REFERENCE_WHITE,
    Light,
    hlg_gain,
    hlg_light,
    matrix_to_bt709,
    pq_light,
    srgb_codes,
    srgb_light,
)
from framepick.types import DeepPixels, Floats, Pixels, Transfer

Depth = Literal[8, 16]
"""Bits per channel."""

KNEE = 0.4
"""Light, as a share of reference white, up to which nothing changes."""
# For PQ the curve reaches up to all that can be coded. What a film was graded to (1000 cd/m2, 4000)
# is in tags that many lack, and the curve is so flat up there that white at 1000 still shows white.
_PEAKS = {"pq": PQ_PEAK / REFERENCE_WHITE, "hlg": HLG_PEAK / REFERENCE_WHITE, "sdr": 1.0}
_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
_STANDARD_DEFINITION = (5, 6, 7)
_CODES = 65536
_BLOCK_PIXELS = 1 << 15  # a block's arrays stay in the processor's cache


def transfer_of(color_trc: int) -> Transfer:
    """Name the transfer function of a number of ITU-T H.273; unknown ones are standard range."""
    return _TRANSFERS.get(color_trc, "sdr")


def gamut_of(color_primaries: int, transfer: Transfer) -> int:
    """Give the primaries to convert from, by their numbers in ITU-T H.273.

    HDR without a usable tag counts as BT.2020, which it nearly always is; everything else is
    BT.709. Standard definition primaries are not converted, as players do not.
    """
    if color_primaries in (BT2020, DCI_P3, DISPLAY_P3):
        return color_primaries
    is_known = color_primaries in (BT709, *_STANDARD_DEFINITION)
    return BT709 if transfer == "sdr" or is_known else BT2020


def to_srgb(
    codes: DeepPixels, white: int, transfer: Transfer, gamut: int, depth: Depth = 8
) -> Pixels | DeepPixels:
    """Turn RGB codes (H, W, 3) uint16 of full range into sRGB, uint8 or uint16 as `depth` says.

    `white` is the code of all there is of R, G or B. Standard range keeps its tones whatever its
    curve: only the colours move, so greys stay.
    """
    if transfer == "sdr" and gamut == BT709:
        return _stretch(white, depth).take(codes)
    tables = _tables(transfer, gamut, white)
    encode = _encoding(depth)
    result = np.empty(codes.shape, encode.dtype)
    for rows in _blocks(*codes.shape[:2]):
        part = result[rows]
        light = tables.light(codes[rows].reshape(-1, 3).T)
        part[...] = encode.take(_root_index(light)).T.reshape(part.shape)
    return result


def mobius(light: Light, peak: float, knee: float = KNEE) -> Light:
    """Bend `light` (N,) so that `peak` becomes 1: a line up to `knee`, then a hyperbola.

    The two meet with the same slope. The curve is a Möbius transform, s (x + a) / (x + b).
    """
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    scale = (b**2 + 2 * b * knee + knee**2) / (b - a)
    above = np.maximum(light, np.float32(knee))
    bent = np.float32(scale) * (above + np.float32(a)) / (above + np.float32(b))
    return np.where(light > knee, bent, light)


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Tables that convert one kind of video to linear light of BT.709 primaries."""

    linear: Light
    """(65536,) the light of each code: scene light for HLG, else display light."""
    matrix: Light | None
    """(3, 3) conversion to BT.709 primaries; None if the video has them."""
    system: Callable[[Light], Light] | None
    """Gives the gain (N,) from scene light (3, N) to display light; HLG alone has one."""
    peak: float
    """The brightest light there is."""

    def light(self, codes: NDArray[np.uint16]) -> Light:
        """Convert codes (3, N) to light (3, N), at least 0 and practically at most 1."""
        light = self.linear.take(codes)
        gain = self.system(light) if self.system else None
        if self.matrix is not None:
            light = self.matrix @ light
        if self.peak > 1:
            light *= _tone_gain(light, gain, self.peak)
        return light if self.matrix is None else _in_gamut(light)


@cache
def _tables(transfer: Transfer, gamut: int, white: int) -> _Tables:
    curve = {"pq": pq_light, "hlg": hlg_light, "sdr": srgb_light}[transfer]
    matrix = None if gamut == BT709 else matrix_to_bt709(gamut)
    system = _system_gain if transfer == "hlg" else None
    return _Tables(curve(_shares(white)), matrix, system, _PEAKS[transfer])


def _blocks(height: int, width: int) -> Iterator[slice]:
    step = max(1, _BLOCK_PIXELS // max(1, width))
    return (slice(start, start + step) for start in range(0, height, step))


def _system_gain(scene: Light) -> Light:
    return _system_gains().take(_root_index(LUMINANCE_2020 @ scene))


@cache
def _system_gains() -> Light:
    return hlg_gain(_squares())


def _tone_gain(light: Light, gain: Light | None, peak: float) -> Light:
    """What each pixel of light (3, N) is multiplied by (N,): `gain`, then the tone curve."""
    brightest = np.maximum(np.maximum(np.maximum(light[0], light[1]), light[2]), np.float32(1e-6))
    shown = brightest if gain is None else brightest * gain
    bounded: Light = np.minimum(mobius(shown, peak), np.float32(1)) / brightest
    return bounded


def _in_gamut(light: Light) -> Light:
    """Move colours (3, N) with a negative part towards the grey of their luminance."""
    lowest = np.minimum(np.minimum(light[0], light[1]), light[2])
    outside = np.flatnonzero(lowest < 0)
    if len(outside):
        colour = light[:, outside]
        grey = np.maximum(LUMINANCE_709 @ colour, np.float32(0))
        share = grey / (grey - lowest[outside])
        light[:, outside] = np.maximum(grey + (colour - grey) * share, np.float32(0))
    return light


def _root_index(light: Light) -> NDArray[np.uint16]:
    """Where light is found in a table over its square root, which spares dark tones many codes."""
    index = np.sqrt(np.minimum(light, np.float32(1))) * np.float32(_CODES - 1) + np.float32(0.5)
    return index.astype(np.uint16)


def _squares() -> Floats:
    """Light (65536,) at the places of such a table."""
    return np.linspace(0, 1, _CODES) ** 2


@cache
def _encoding(depth: Depth) -> Pixels | DeepPixels:
    """Codes of sRGB (65536,) of light by its square root."""
    return _whole(srgb_codes(_squares()), depth)


@cache
def _stretch(white: int, depth: Depth) -> Pixels | DeepPixels:
    """Codes (65536,) of `depth` bits for codes that reach `white`."""
    return _whole(_shares(white), depth)


def _whole(shares: Floats, depth: Depth) -> Pixels | DeepPixels:
    if depth == 8:
        return np.rint(shares * 255).astype(np.uint8)
    return np.rint(shares * 65535).astype(np.uint16)


def _shares(white: int) -> Floats:
    """What share of `white` each code (65536,) is, 1 at most."""
    return np.minimum(np.arange(_CODES) / white, 1)

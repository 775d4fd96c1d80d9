"""Hand-crafted features of a picture: colour, light, sharpness, composition.

After the choices of Datta et al., "Studying Aesthetics in Photographic Images" (2006), Ke et al.,
"The Design of High-Level Features for Photo Quality Assessment" (2006), and of photo critics
since: saturated colour, contrast, something sharp, a subject that stands out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Vectors

VERSION = "1"
"""Part of the cache key; rises when any feature changes."""

_LUMA = np.array([0.299, 0.587, 0.114])
_HUES = 8
_CELLS = 7
_BOX_SHARE = 0.8


def extract(views: NDArray[np.uint8]) -> Vectors:
    """Features (N, F) of views (N, S, S, 3), S at least 28."""
    return np.stack([_features(view) for view in views]).astype(np.float32)


def _features(view: NDArray[np.uint8]) -> Floats:
    rgb = view / 255.0
    luma = rgb @ _LUMA
    hue, saturation = _hue_and_saturation(rgb)
    edges = _edges(luma)
    parts = [
        _light(luma),
        _colour(rgb, hue, saturation),
        _sharpness(luma, edges),
        _thirds(luma, saturation, edges),
        _subject(edges),
        [float(np.abs(luma - luma[:, ::-1]).mean()), float(np.abs(luma - luma[::-1]).mean())],
    ]
    return np.concatenate([np.asarray(part, np.float64) for part in parts])


def _light(luma: Floats) -> list[float]:
    """Mean, contrast, percentiles, range, clipped shares and entropy."""
    low, quarter, middle, upper, high = np.percentile(luma, [5, 25, 50, 75, 95])
    shares = np.histogram(luma, 32, (0.0, 1.0))[0] / luma.size
    entropy = -(shares * np.log2(np.maximum(shares, 1e-12))).sum()
    return [
        luma.mean(),
        luma.std(),
        low,
        quarter,
        middle,
        upper,
        high,
        high - low,
        (luma < 0.05).mean(),
        (luma > 0.95).mean(),
        entropy,
    ]


def _colour(rgb: Floats, hue: Floats, saturation: Floats) -> Floats:
    """Colourfulness (Hasler and Suesstrunk 2003), saturation, hues and their number, warmth."""
    red_green = rgb[..., 0] - rgb[..., 1]
    yellow_blue = 0.5 * (rgb[..., 0] + rgb[..., 1]) - rgb[..., 2]
    spread = np.hypot(red_green.std(), yellow_blue.std())
    colourful = spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean())
    hues = np.histogram(hue, _HUES, (0.0, 1.0), weights=saturation)[0] / hue.size
    numbers = [
        colourful,
        saturation.mean(),
        saturation.std(),
        np.percentile(saturation, 90),
        red_green.mean(),
        yellow_blue.mean(),
        (hues > 0.2 * max(hues.max(), 1e-12)).sum(),
    ]
    return np.concatenate([numbers, hues])


def _sharpness(luma: Floats, edges: Floats) -> list[float]:
    """Edges in all, in the sharpest and the dullest cells, and how fine they are."""
    cells = np.sort(_cell_means(edges).ravel())
    laplace = np.abs(
        4.0 * luma[1:-1, 1:-1] - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]
    )
    power = np.square(np.abs(np.fft.rfft2(luma - luma.mean())))
    down, across = np.fft.fftfreq(len(luma))[:, None], np.fft.rfftfreq(len(luma))
    frequency = np.hypot(down, across)
    total = power.sum() + 1e-12
    return [
        np.log(edges.mean() + 1e-4),
        np.log(cells[-1] + 1e-4),
        np.log(cells[-len(cells) // 10] + 1e-4),
        np.log(cells[len(cells) // 10] + 1e-4),
        np.log(laplace.var() + 1e-7),
        np.log(laplace.max() + 1e-3),
        *(np.log(power[frequency > limit].sum() / total + 1e-6) for limit in (0.05, 0.12, 0.25)),
    ]


def _thirds(luma: Floats, saturation: Floats, edges: Floats) -> list[float]:
    """Compare the middle third with the rest; measure edges near the rule-of-thirds points."""
    side = len(luma)
    inner = np.zeros((side, side), np.bool_)
    inner[side // 3 : side - side // 3, side // 3 : side - side // 3] = True
    rows = np.arange(side) / side
    near = np.minimum(np.abs(rows - 1 / 3), np.abs(rows - 2 / 3))
    crossing = np.exp(-np.square(np.hypot(near[:, None], near) / 0.1))
    return [
        luma[inner].mean() - luma[~inner].mean(),
        saturation[inner].mean() - saturation[~inner].mean(),
        np.log((edges[inner].mean() + 1e-4) / (edges[~inner].mean() + 1e-4)),
        (edges * crossing).sum() / (edges.sum() + 1e-9) - crossing.mean(),
        luma[: side // 3].mean() - luma[side - side // 3 :].mean(),
    ]


def _subject(edges: Floats) -> list[float]:
    """Locate the centroid of the edges, and the smallest box that holds most of them."""
    total = edges.sum() + 1e-9
    across, down = edges.sum(axis=0) / total, edges.sum(axis=1) / total
    places = np.arange(len(edges)) / len(edges)
    centre = [float(across @ places), float(down @ places)]
    return [abs(centre[0] - 0.5), centre[1], _box_side(across) * _box_side(down)]


def _box_side(shares: Floats) -> float:
    """Share of the side between the ends that leave `_BOX_SHARE` of the weight inside."""
    sums = shares.cumsum()
    rest = (1.0 - _BOX_SHARE) / 2.0
    return float(np.searchsorted(sums, 1.0 - rest) - np.searchsorted(sums, rest)) / len(shares)


def _hue_and_saturation(rgb: Floats) -> tuple[Floats, Floats]:
    """Hue from 0 to 1 round the circle, and saturation, as in HSV."""
    top, span = rgb.max(axis=2), np.ptp(rgb, axis=2)
    angle = np.arctan2(
        np.sqrt(3.0) * (rgb[..., 1] - rgb[..., 2]), 2.0 * rgb[..., 0] - rgb[..., 1] - rgb[..., 2]
    )
    saturation = np.divide(span, top, out=np.zeros_like(span), where=top > 0.0)
    return (angle / (2.0 * np.pi)) % 1.0, saturation


def _edges(luma: Floats) -> Floats:
    down, across = np.gradient(luma)
    return np.asarray(np.hypot(down, across), np.float64)


def _cell_means(values: Floats) -> Floats:
    side = len(values) // _CELLS
    used = values[: side * _CELLS, : side * _CELLS]
    return np.asarray(used.reshape(_CELLS, side, _CELLS, side).mean(axis=(1, 3)), np.float64)

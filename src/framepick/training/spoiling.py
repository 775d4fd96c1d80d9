"""Copies of a photograph that are worse than itself, and copies that are not.

A picture beats its own blurred, dark, over-bright, noisy, pale, over-compressed, tilted or badly
cut copy whatever it shows, so such pairs teach quality without anyone's rating. Sizes of blurs
are shares of the picture's width, so that they mean the same in a photograph and in a film.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy.signal import fftconvolve

from framepick.types import Floats, Pixels


def as_stored(pixels: Pixels, quality: float) -> Pixels:
    """Through JPEG and back, so that sound and spoilt copies have been stored alike."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=round(quality))
    return np.asarray(Image.open(file).convert("RGB"))


def to_bytes(values: Floats) -> Pixels:
    """Round to 0 to 255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def expose(pixels: Pixels, stops: float) -> Pixels:
    """As if `stops` more light had come in."""
    linear = (pixels / 255.0) ** 2.2 * 2.0**stops
    return to_bytes(255.0 * np.clip(linear, 0.0, 1.0) ** (1 / 2.2))


def cut(pixels: Pixels, share: float, across: float, down: float) -> Pixels:
    """A piece of `share` of the sides; `across` and `down` (0 to 1) say where."""
    height, width = (int(side * share) for side in pixels.shape[:2])
    top = int((pixels.shape[0] - height) * down)
    left = int((pixels.shape[1] - width) * across)
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def sound_copy(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """Another crop, side and light of a picture, no worse than itself."""
    piece = cut(pixels, chance.uniform(0.65, 1.0), *chance.uniform(0.3, 0.7, 2))
    return expose(piece[:, :: chance.choice([-1, 1])], chance.uniform(-0.3, 0.3))


def smear(pixels: Pixels, kernel: Floats) -> Pixels:
    """Blur with a kernel (2 M + 1, 2 M + 1) of any sum, mirrored at the edges."""
    margin = len(kernel) // 2
    padded = np.pad(pixels / 1.0, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    return to_bytes(fftconvolve(padded, (kernel / kernel.sum())[..., None], "valid", axes=(0, 1)))


def offsets(reach: float) -> tuple[Floats, Floats]:
    """Rows and columns of a kernel's cells, counted from its middle."""
    margin = int(np.ceil(reach))
    down, across = np.mgrid[-margin : margin + 1, -margin : margin + 1].astype(np.float64)
    return down, across


def defocus(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """A disc of 0.5 to 3 % of the width in radius."""
    reach = 0.005 * 6.0**strength * pixels.shape[1]
    return smear(pixels, np.clip(reach + 0.5 - np.hypot(*offsets(reach)), 0.0, 1.0))


def motion(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """A line of 1.2 to 8 % of the width in length, one pixel thick, in any direction."""
    reach, angle = 0.006 * 6.7**strength * pixels.shape[1], chance.uniform(0.0, np.pi)
    down, across = offsets(reach)
    along = across * np.cos(angle) + down * np.sin(angle)
    beside = down * np.cos(angle) - across * np.sin(angle)
    kernel = np.clip(1.0 - np.abs(beside), 0.0, 1.0) * np.clip(
        reach + 0.5 - np.abs(along), 0.0, 1.0
    )
    return smear(pixels, kernel)


def noise(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """Deviations of 12 to 50, half of it grey."""
    spread = 0.7 * 12.0 * 4.2**strength
    grey = chance.normal(0.0, spread, (*pixels.shape[:2], 1))
    return to_bytes(pixels + grey + chance.normal(0.0, spread, pixels.shape))


def washed(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """Paler, and 35 to 80 % of the contrast gone into a haze."""
    pale = 0.6 * pixels + 0.4 * pixels.mean(axis=2, keepdims=True)
    left = 0.65 - 0.45 * strength
    return to_bytes(left * pale + (1.0 - left) * chance.uniform(120, 220))


def tilt(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """Turned by 8 to 25 degrees, without the empty corners."""
    angle = 8.0 + 17.0 * strength
    turned = np.asarray(
        Image.fromarray(pixels).rotate(angle * chance.choice([-1, 1]), Image.Resampling.BICUBIC)
    )
    height, width = pixels.shape[:2]
    sine, cosine = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    share = min(height, width) / (min(height, width) * cosine + max(height, width) * sine)
    return cut(turned, share, 0.5, 0.5)


def corner(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """One corner of the picture, 70 to 40 % of its sides."""
    return cut(pixels, 0.7 - 0.3 * strength, *chance.integers(0, 2, 2))


def dark(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """1 to 3.5 stops too little."""
    return expose(pixels, -1.0 - 2.5 * strength)


def bright(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """0.8 to 2.5 stops too much."""
    return expose(pixels, 0.8 + 1.7 * strength)


def compression(pixels: Pixels, strength: float, chance: np.random.Generator) -> Pixels:
    """JPEG at quality 15 to 3."""
    return as_stored(pixels, 15.0 / 5.0**strength)


FAULTS: dict[str, Callable[[Pixels, float, np.random.Generator], Pixels]] = {
    "defocus": defocus,
    "motion": motion,
    "dark": dark,
    "bright": bright,
    "noise": noise,
    "washed_out": washed,
    "compression": compression,
    "corner": corner,
    "tilt": tilt,
}
"""Copies of a picture that are worse than itself; strength runs from 0 to 1."""

"""Relative gates: what a frame lacks at full size that its own neighbours have.

Nothing here is absolute. A soft lens, a foggy morning or a blurred background is the same in all
frames around; a smear, a hunt for focus, a fade or a flash is not. Sharpness is that of the
sharpest tenth of the tiles, so that a background out of focus costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.types import CloseUp, Floats

NEIGHBOUR_SECONDS = 0.5
"""So far a frame looks to each side for neighbours that it is compared with."""

BLUR_BELOW = 0.65
"""Sharpness over the neighbours' best. Frames of one moving camera vary by a fifth; a smear of 5
pixels leaves 0.6, one of 8 pixels 0.4."""
FINENESS_BELOW = 0.85
"""Fine over coarse structure against the neighbours' best: a blur lowers it, other subjects do not
all. Both must fall."""
SMEAR_RATIO = 0.7
"""Loss along one axis over the loss along the other from where a blur has a direction."""

SAME_PICTURE = 0.9
"""Correlation of small luma from which two frames show the same picture."""
FADED_BELOW = 0.85
"""Contrast over that of a neighbour showing the same picture."""

OTHER_PICTURE = 0.8
"""Correlation of small luma below which the frames before and after show different pictures."""
BLEND_LEAST = 0.15
"""Least share of each of two pictures in a blend of them."""
BLEND_UNEXPLAINED = 0.05
"""Most of a frame's variance that a blend of two others may leave unexplained."""

FLASH_LEVELS = 0.06
"""Rise of mean luma over the frames both before and after."""
FLASH_NEAR_SECONDS, FLASH_FAR_SECONDS = 0.1, 0.4
"""Where the frames before and after are looked for: a flash is shorter than the nearer bound."""

COMBED_SHARE = 0.004
COMBED_RATIO = 3.0

SMEARED, DEFOCUSED = "smeared by motion", "out of focus"
FADED, BLENDED = "in mid-fade", "in mid-dissolve"
FLASHED, COMBED = "in a flash", "combed by interlacing"

_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Numbers of the frames seen at full size, one row per frame, in order of time."""

    times_seconds: Floats
    shot: NDArray[np.int32]
    sharpness: Floats
    """(N,) fine structure in the sharpest tiles; only ratios mean anything."""
    fineness: Floats
    """(N,) fine over coarse structure in the same tiles."""
    axes: Floats
    """(N, 2) fine structure along x and along y in the same tiles."""
    luma: Floats
    """(N, G * G) small luma, 0 to 1."""
    combing: Floats

    def __len__(self) -> int:
        return len(self.times_seconds)


def look(close_ups: Sequence[CloseUp], shot: NDArray[np.int32]) -> Look:
    """Gather the numbers of N frames in order of time; `shot` (N,) says where they belong."""
    structure = np.stack([one.structure for one in close_ups]).astype(np.float64)  # (N, SCALES, 2)
    scales = structure.sum(axis=2)  # (N, SCALES)
    return Look(
        times_seconds=np.array([one.moment.time_seconds for one in close_ups]),
        shot=shot,
        sharpness=np.sqrt(scales[:, 0] * scales[:, 1]),
        fineness=scales[:, 0] / (scales[:, -1] + _TINY),
        axes=structure[:, 0],
        luma=np.stack([one.luma.ravel() for one in close_ups]).astype(np.float64),
        combing=np.array([one.combing for one in close_ups]),
    )


def relative_gates(seen: Look) -> NDArray[np.str_]:
    """Name what each frame (N,) lacks that its neighbours have, '' where nothing."""
    gates = [
        (FLASHED, _flashed(seen)),
        (FADED, _faded(seen)),
        (BLENDED, _blended(seen)),
        (COMBED, _combed(seen)),
        *_blurred(seen),
    ]
    names = [np.array(name) for name, _ in gates]
    return np.select([mask for _, mask in gates], names, np.array(""))


def _near(seen: Look, same_shot: bool) -> NDArray[np.bool_]:
    """(N, N) True where frame j is a neighbour of frame i."""
    times = seen.times_seconds
    near = np.abs(times[:, None] - times[None]) <= NEIGHBOUR_SECONDS
    return near & (seen.shot[:, None] == seen.shot[None]) if same_shot else near


def _against_best(values: Floats, near: NDArray[np.bool_]) -> Floats:
    """Each of `values` (N,) over the largest among its neighbours."""
    best: Floats = np.where(near, values[None], 0.0).max(axis=1)
    return values / (best + _TINY)


def _blurred(seen: Look) -> list[tuple[str, NDArray[np.bool_]]]:
    near = _near(seen, same_shot=True)
    blurred = (_against_best(seen.sharpness, near) < BLUR_BELOW) & (
        _against_best(seen.fineness, near) < FINENESS_BELOW
    )
    sharpest = np.where(near, seen.sharpness[None], 0.0).argmax(axis=1)
    left = seen.axes / (seen.axes[sharpest] + _TINY)  # (N, 2) of the sharpest neighbour's
    directed = left.min(axis=1) < SMEAR_RATIO * left.max(axis=1)
    return [(SMEARED, blurred & directed), (DEFOCUSED, blurred)]


def _centred(luma: Floats) -> Floats:
    centred: Floats = luma - luma.mean(axis=1, keepdims=True)
    return centred


def _faded(seen: Look) -> NDArray[np.bool_]:
    flat = _centred(seen.luma)
    contrast = np.linalg.norm(flat, axis=1) + _TINY
    alike = (flat @ flat.T) / np.outer(contrast, contrast) > SAME_PICTURE
    paler = contrast[:, None] < FADED_BELOW * contrast[None]
    faded: NDArray[np.bool_] = (alike & paler & _near(seen, same_shot=False)).any(axis=1)
    return faded


def _blended(seen: Look) -> NDArray[np.bool_]:
    flat, times = _centred(seen.luma), seen.times_seconds
    first = np.searchsorted(times, times - NEIGHBOUR_SECONDS)
    last = np.searchsorted(times, times + NEIGHBOUR_SECONDS, side="right") - 1
    return np.array([_is_blend(flat[i], flat[first[i]], flat[last[i]]) for i in range(len(seen))])


def _is_blend(frame: Floats, before: Floats, after: Floats) -> bool:
    lengths = float(np.linalg.norm(before) * np.linalg.norm(after))
    if lengths < _TINY or before @ after > OTHER_PICTURE * lengths:
        return False
    pair = np.stack([before, after], axis=1)
    shares = np.linalg.lstsq(pair, frame, rcond=None)[0]
    rest = frame - pair @ shares
    return bool(
        shares.min() > BLEND_LEAST
        and shares.max() < 1 - BLEND_LEAST / 2
        and rest @ rest < BLEND_UNEXPLAINED * (frame @ frame)
    )


def _flashed(seen: Look) -> NDArray[np.bool_]:
    mean, times = seen.luma.mean(axis=1), seen.times_seconds
    after = times[None] - times[:, None]  # (N, N)
    sides = [
        (side * after >= FLASH_NEAR_SECONDS) & (side * after <= FLASH_FAR_SECONDS)
        for side in (-1, 1)
    ]
    flashed = np.ones(len(seen), np.bool_)
    for side in sides:
        usual = np.array([np.median(mean[row]) if row.any() else np.inf for row in side])
        flashed &= mean > usual + FLASH_LEVELS
    return flashed


def _combed(seen: Look) -> NDArray[np.bool_]:
    near = _near(seen, same_shot=False)
    least = np.where(near, seen.combing[None], np.inf).min(axis=1)
    combed: NDArray[np.bool_] = seen.combing > COMBED_SHARE + COMBED_RATIO * least
    return combed

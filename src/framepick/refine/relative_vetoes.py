"""Relative vetoes: what a frame lacks at full size that its own neighbours have.

Nothing here is absolute. A soft lens, a foggy morning or a blurred background is the same in all
frames around; a smear, a hunt for focus, a fade or a flash is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.config import NEIGHBOUR_SECONDS
from framepick.reasons import ReasonCode
from framepick.refine.blur import Sharpness, blurred, sharpness_of
from framepick.types import DetailMeasures, Floats

SAME_PICTURE = 0.9
"""Correlation of small luma from which two frames show the same picture."""
FADED_BELOW = 0.85
"""Contrast over that of a neighbour showing the same picture."""
FADING_SECONDS, FADING_CHANGE = 0.12, 0.05
"""Least change of contrast, as a share, from so long before to so long after a faded frame."""

OTHER_PICTURE = 0.5
"""Correlation of small luma below which the frames before and after show different pictures: 98 of
100 pairs of photos lie below, views of one scene that a camera crosses mostly above."""
BLEND_SECONDS = (0.25, 0.4)
"""Distances to the frames before and after that a blend is made of: short dissolves, long ones."""
BLEND_LEAST = 0.12
"""Least share of each of two pictures in a blend of them."""
BLEND_UNEXPLAINED = 0.12
"""Most of a frame's variance that a blend of two others may leave unexplained."""
BLEND_PALER = 0.95
"""Contrast over that of the two pictures, by their shares: two pictures over each other are paler
than each, while the frames of a moving camera are as rich as those before and after."""

WIDER_SHARE = 0.3
"""A run of faded or blended frames is taken for so much longer at each end, where it is faint."""

FLASH_LEVELS = 0.06
"""Rise of mean luma over the frames both before and after."""
FLASH_NEAR_SECONDS, FLASH_FAR_SECONDS = 0.1, 0.4
"""Range of distances of the frames before and after: a flash is shorter than the nearer bound."""

COMBED_SHARE, COMBED_RATIO = 0.008, 3.0
"""Combing beyond this, and so many times that of a neighbour showing the same picture. Moiré
of a handheld camera gives up to 0.006, interlaced pictures give 0.03 to 0.6."""

_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class DetailTable:
    """Detail measures of several frames as columns, one row per frame, in order of time."""

    times_seconds: Floats
    shot: NDArray[np.int32]
    sharp: Sharpness
    luma: Floats
    """(N, G * G) small luma, 0 to 1."""
    combing: Floats
    woven: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.times_seconds)


def stack_details(
    detail_measures: Sequence[DetailMeasures], shot: NDArray[np.int32]
) -> DetailTable:
    """Gather the numbers of N frames in order of time; `shot` (N,) says where they belong."""
    return DetailTable(
        times_seconds=np.array([one.moment.time_seconds for one in detail_measures]),
        shot=shot,
        sharp=sharpness_of([one.structure for one in detail_measures]),
        luma=np.stack([one.luma.ravel() for one in detail_measures]).astype(np.float64),
        combing=np.array([one.combing for one in detail_measures]),
        woven=np.array([one.is_woven for one in detail_measures], np.bool_),
    )


def relative_vetoes(details: DetailTable) -> NDArray[np.str_]:
    """Codes of the relative vetoes of N frames, '' where a frame has none."""
    flashed = _flashed(details)
    vetoes = [
        (ReasonCode.FLASH, flashed),
        (
            ReasonCode.DISSOLVE,
            _blended(details),
        ),  # before fades: a blend is paler than its pictures
        (ReasonCode.FADE, _faded(details, flashed)),
        (ReasonCode.COMBING, _combed(details)),
    ]
    # a flash or a comb has more structure than a clean frame and must not be the measure of others
    is_clean = ~np.any([mask for _, mask in vetoes], axis=0)
    vetoes += blurred(details.sharp, _near(details, same_shot=True) & is_clean[None])
    codes = [np.array(code.value) for code, _ in vetoes]
    return np.select([mask for _, mask in vetoes], codes, np.array(""))


def _near(details: DetailTable, same_shot: bool) -> NDArray[np.bool_]:
    """(N, N) True where frame j is a neighbour of frame i."""
    times = details.times_seconds
    near = np.abs(times[:, None] - times[None]) <= NEIGHBOUR_SECONDS
    return near & (details.shot[:, None] == details.shot[None]) if same_shot else near


def _centred(luma: Floats) -> Floats:
    centred: Floats = luma - luma.mean(axis=1, keepdims=True)
    return centred


def _alike(details: DetailTable) -> NDArray[np.bool_]:
    """(N, N) True where frame j is a neighbour of frame i, in any shot, and shows the same."""
    flat = _centred(details.luma)
    contrast = np.linalg.norm(flat, axis=1) + _TINY
    correlation = (flat @ flat.T) / np.outer(contrast, contrast)
    return _near(details, same_shot=False) & (correlation > SAME_PICTURE)


def _faded(details: DetailTable, flashed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Paler than a neighbour with the same picture, and on the way: a fade, no dim scene."""
    contrast = np.linalg.norm(_centred(details.luma), axis=1) + _TINY
    paler = contrast[:, None] < FADED_BELOW * contrast[None]
    paler &= _alike(details) & ~flashed[None]
    return _widened(paler.any(axis=1) & _changes(details.times_seconds, contrast))


def _changes(times_seconds: Floats, contrast: Floats) -> NDArray[np.bool_]:
    before = np.searchsorted(times_seconds, times_seconds - FADING_SECONDS)
    after = np.searchsorted(times_seconds, times_seconds + FADING_SECONDS, side="right") - 1
    return np.asarray(np.abs(np.log(contrast[after] / contrast[before])) > FADING_CHANGE)


def _blended(details: DetailTable) -> NDArray[np.bool_]:
    flat, times = _centred(details.luma), details.times_seconds
    blended = np.zeros(len(details), np.bool_)
    for seconds in BLEND_SECONDS:
        before = np.searchsorted(times, times - seconds)
        after = np.searchsorted(times, times + seconds, side="right") - 1
        blended |= _are_blends(flat, flat[before], flat[after])
    return _widened(blended)


def _are_blends(frames: Floats, before: Floats, after: Floats) -> NDArray[np.bool_]:
    """(N,) True for frames that mix two other pictures, and are paler than each by its share.

    All are centred luma, (N, G * G). Shares are those of least squares, by the normal equations.
    """
    first, second, both = _dots(before, before), _dots(after, after), _dots(before, after)
    of_first, of_second, whole = _dots(frames, before), _dots(frames, after), _dots(frames, frames)
    contrast = np.sqrt(first * second)
    are_two = (contrast >= _TINY) & (both <= OTHER_PICTURE * contrast)
    determinant = np.where(are_two, first * second - both**2, 1.0)
    of_before = (of_first * second - of_second * both) / determinant
    of_after = (of_second * first - of_first * both) / determinant
    rest = whole - of_before * of_first - of_after * of_second
    rich = of_before * np.sqrt(first) + of_after * np.sqrt(second)
    blends: NDArray[np.bool_] = (
        are_two
        & (np.minimum(of_before, of_after) > BLEND_LEAST)
        & (rest < BLEND_UNEXPLAINED * whole)
        & (np.sqrt(whole) < BLEND_PALER * rich)
    )
    return blends


def _dots(first: Floats, second: Floats) -> Floats:
    products: Floats = np.einsum("ng,ng->n", first, second)
    return products


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Lengthen each run of True at both ends by `WIDER_SHARE` of it."""
    wider = mask.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    for start, end in edges.reshape(-1, 2):
        extra = int(np.ceil(WIDER_SHARE * (end - start)))
        wider[max(0, start - extra) : end + extra] = True
    return wider


def _flashed(details: DetailTable) -> NDArray[np.bool_]:
    apart = details.times_seconds[None] - details.times_seconds[:, None]  # (N, N)
    before, after = (
        (side * apart >= FLASH_NEAR_SECONDS) & (side * apart <= FLASH_FAR_SECONDS)
        for side in (-1, 1)
    )
    same = details.shot[:, None] == details.shot[None]
    mean = details.luma.mean(axis=1)
    over_both = [_is_over(mean, frames) for frames in (before, after)]
    # at the ends of a shot only one side is there; a long flash may have been cut off as a shot
    over_one = [_is_over(mean, frames & same) for frames in (before, after)]
    alone = [~(frames & same).any(axis=1) for frames in (before, after)]
    at_an_end = (over_one[0] & (over_one[1] | alone[1])) | (over_one[1] & alone[0])
    flashed: NDArray[np.bool_] = (over_both[0] & over_both[1]) | at_an_end
    return flashed


def _is_over(mean: Floats, frames: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True where `mean` (N,) is well over its median in the `frames` (N, N); False without any."""
    return np.asarray(mean > _medians(mean, frames) + FLASH_LEVELS)


def _medians(values: Floats, among: NDArray[np.bool_]) -> Floats:
    """Median (M,) of those `values` (N,) that are True in each row of `among` (M, N), else inf."""
    order = np.argsort(values)
    rank = np.cumsum(among[:, order], axis=1)  # (M, N), how many lie at or below each value
    count = rank[:, -1:]
    low, high = ((rank >= (count + 1 + side) // 2).argmax(axis=1) for side in (0, 1))
    middle: Floats = (values[order[low]] + values[order[high]]) / 2
    return np.where(count[:, 0] > 0, middle, np.inf)


def _combed(details: DetailTable) -> NDArray[np.bool_]:
    """Combed more than a neighbour that shows the same, or woven beside neighbours that are not.

    Where all are woven the still is deinterlaced, and none has to go.
    """
    least = np.where(_alike(details), details.combing[None], np.inf).min(axis=1)
    risen = details.combing > COMBED_SHARE + COMBED_RATIO * least
    beside_whole = (_near(details, same_shot=True) & ~details.woven[None]).any(axis=1)
    return np.asarray(risen | (details.woven & beside_whole))

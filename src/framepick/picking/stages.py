"""The stages of choosing: peaks that keep every rule, then frames added to reach the count."""

from __future__ import annotations

import numpy as np

from framepick.picking.choice import Choice, Chosen
from framepick.picking.peaks import PercentileOf, candidate_peaks
from framepick.reasons import Reason, ReasonCode
from framepick.types import Floats, Rows, Vectors

CLOSEST_SECONDS = 0.1
"""The spacing is halved down to this, then given up."""


def choose_peaks(choice: Choice, percentile_of: PercentileOf) -> None:
    """Choose peaks that are apart in time and unlike each other, and sort them, best first."""
    candidates = candidate_peaks(choice.curve, choice.eligible, choice.rules.count, percentile_of)
    for row, vector in zip(candidates.tolist(), choice.vectors_of(candidates), strict=True):
        if choice.goes_on and choice.is_spaced(row) and choice.is_new(vector):
            _choose_peak(choice, row)
    choice.sort()


def fill_count(choice: Choice) -> None:
    """Add the best of the other frames while any are missing, the spacing kept while it can be."""
    gap_seconds = choice.rules.min_gap_seconds
    _fill(choice, gap_seconds)
    gap_seconds /= 2
    while choice.goes_on and gap_seconds > CLOSEST_SECONDS:
        _fill(choice, gap_seconds)
        gap_seconds /= 2
    _fill(choice, 0.0)


def _choose_peak(choice: Choice, row: int) -> None:
    found = choice.refine(row, choice.rules.min_gap_seconds)
    if found and choice.is_new(found[1][0]):
        refined, vectors = found
        reason = _peak_reason(choice, row, refined.row)
        choice.chosen.append(Chosen(row, refined, reason, vectors))


def _fill(choice: Choice, gap_seconds: float) -> None:
    """Add the best frames that are `gap_seconds` from all that are chosen."""
    times = choice.curve.times_seconds[choice.eligible]
    scores = choice.curve.smoothed[choice.eligible].copy()  # -inf where a frame is out
    for taken in choice.taken_seconds:
        scores[_around(times, taken, gap_seconds)] = -np.inf
    for rows in (np.array(choice.rows, np.int64), *choice.vetoed):
        scores[_places(choice.eligible, rows)] = -np.inf
    while choice.goes_on and len(scores):
        best = int(np.argmax(scores))
        if scores[best] == -np.inf:
            return
        known_vetoed = len(choice.vetoed)
        _add_filler(choice, int(choice.eligible[best]), gap_seconds)
        scores[best] = -np.inf
        for seconds in (times[best], *choice.taken_seconds[-1:]):
            scores[_around(times, seconds, gap_seconds)] = -np.inf
        for rows in choice.vetoed[known_vetoed:]:
            scores[_places(choice.eligible, rows)] = -np.inf


def _add_filler(choice: Choice, row: int, gap_seconds: float) -> None:
    found = choice.refine(row, gap_seconds)
    if found:
        refined, vectors = found
        is_close = gap_seconds < choice.rules.min_gap_seconds and not choice.is_spaced(refined.row)
        reason = (
            _close_reason(choice, refined.row) if is_close else _filler_reason(choice, vectors[0])
        )
        choice.chosen.append(Chosen(row, refined, reason, vectors))


def _around(times: Floats, centre: float, gap_seconds: float) -> slice:
    """Places in `times` (n,), rising, that are closer than `gap_seconds` to `centre`."""
    first = np.searchsorted(times, centre - gap_seconds, side="right")
    return slice(int(first), int(np.searchsorted(times, centre + gap_seconds, side="left")))


def _places(eligible: Rows, rows: Rows) -> Rows:
    """Places in `eligible`, rising, of those of `rows` that are there."""
    places = np.searchsorted(eligible, rows)
    places = places[places < len(eligible)]
    return places[np.isin(eligible[places], rows)]


def _peak_reason(choice: Choice, peak: int, row: int) -> Reason:
    """Why `peak` is chosen, with the way from it to the `row` that is kept."""
    curve, eligible = choice.curve, choice.eligible
    score, smoothed = curve.smoothed[peak], curve.smoothed[eligible]
    code = ReasonCode.PEAK_OF_SHOT
    if score == smoothed.max():
        code = ReasonCode.HIGHEST_OF_VIDEO
    elif score == smoothed[curve.shot[eligible] == curve.shot[peak]].max():
        code = ReasonCode.HIGHEST_OF_SHOT
    offset = curve.times_seconds[row] - curve.times_seconds[peak]
    return Reason(code, {"offset_seconds": float(offset)})


def _close_reason(choice: Choice, row: int) -> Reason:
    rank, seconds = choice.closest_in_time(row)
    gap = choice.rules.min_gap_seconds
    values = {"of_rank": rank, "distance_seconds": seconds, "min_gap_seconds": gap}
    return Reason(ReasonCode.FILLER_CLOSE, values)


def _filler_reason(choice: Choice, vector: Vectors) -> Reason:
    """Whether content (C,) that is added to reach the count is like that of another pick."""
    if not choice.is_new(vector):
        rank, _ = choice.closest_in_content(vector)
        return Reason(ReasonCode.FILLER_DUPLICATE, {"of_rank": rank})
    return Reason(ReasonCode.FILLER)

"""The stages of choosing: frames that keep every rule, then others added to reach the count."""

from __future__ import annotations

import numpy as np

from framepick.picking.choice import Choice, Chosen
from framepick.picking.coverage import Coverage
from framepick.picking.peaks import PercentileOf, candidates, peaks
from framepick.reasons import Reason, ReasonCode
from framepick.types import Floats, Rows, Vectors

COVERAGE_WEIGHT = 0.5
"""What a frame that shows something of its own is worth more, in points of the score."""
MUCH_WORSE = 1.0
"""A near-duplicate of a pick that scores so much more is the better choice."""
MAX_SAMPLE = 512
"""Frames that stand for the whole video."""
CLOSEST_SECONDS = 0.1
"""The spacing is halved down to this, then given up."""


def choose_set(choice: Choice, percentile_of: PercentileOf) -> None:
    """Choose frames that score high and together stand for the video, and sort them, best first.

    One after the other, the frame of the highest score plus `COVERAGE_WEIGHT` times what it adds to
    the coverage of those chosen is taken, of those that keep the gap and are no near-duplicates. It
    ends where near-duplicates are much better.

    What a set is worth, its scores and its coverage, is monotone and submodular. So where every
    candidate is kept as it is and none is a near-duplicate, the choice is worth at least 63 % of
    the best set if there is no gap, and a third of the best one that keeps it (Nemhauser, Wolsey
    and Fisher 1978, parts I and II).
    """
    rows = candidates(choice.curve, choice.eligible, percentile_of)
    if len(rows) == 0:
        choice.sort()
        return
    vectors = choice.vectors_of(rows)
    coverage = Coverage(choice.vectors_of(_sample(choice.eligible)))
    for one in choice.chosen:
        coverage.add(one.vectors)
    likeness = coverage.likeness(vectors)
    scores, times = choice.curve.smoothed[rows], choice.curve.times_seconds[rows]
    values = scores + COVERAGE_WEIGHT * coverage.gains(likeness)
    is_open, is_new = choice.are_spaced(rows), choice.are_new(vectors)
    is_open &= choice.are_wanted(vectors)
    while choice.goes_on and is_open.any():
        # a shot without a pick is something else, however good near-duplicates are
        is_good = scores >= scores[is_open].max() - MUCH_WORSE
        is_good |= ~np.isin(choice.curve.shot[rows], choice.curve.shot[choice.rows])
        may_be = is_open & is_new & is_good
        if not may_be.any():
            break
        best = int(np.argmax(np.where(may_be, values, -np.inf)))
        if _choose(choice, int(rows[best])):
            coverage.add(choice.chosen[-1].vectors)
            values = scores + COVERAGE_WEIGHT * coverage.gains(likeness)
            is_open = is_open & choice.are_spaced(rows)
            is_new = choice.are_new(vectors)
        else:  # those next to it would be refined to the same frame
            is_open = is_open & (np.abs(times - times[best]) > CLOSEST_SECONDS)
            is_open &= choice.are_untried(rows)
    choice.sort()


def _sample(eligible: Rows) -> Rows:
    """At most `MAX_SAMPLE` of the rows `eligible` (n,), at even steps."""
    count = min(len(eligible), MAX_SAMPLE)
    return eligible[np.arange(count) * len(eligible) // max(count, 1)]


def fill_count(choice: Choice) -> None:
    """Add the best of the other frames while any are missing, the spacing kept while it can be."""
    gap_seconds = choice.gap_seconds
    _fill(choice, gap_seconds)
    gap_seconds /= 2
    while choice.goes_on and gap_seconds > CLOSEST_SECONDS:
        _fill(choice, gap_seconds)
        gap_seconds /= 2
    _fill(choice, 0.0)


def _choose(choice: Choice, row: int) -> bool:
    found = choice.refine(row, choice.gap_seconds)
    if not found or not choice.is_new(found[1][0]):
        return False
    refined, vectors = found
    reason = _score_reason(choice, row, refined.row)
    choice.chosen.append(Chosen(row, refined, reason, vectors))
    return True


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
        is_close = gap_seconds < choice.gap_seconds and not choice.is_spaced(refined.row)
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


def _score_reason(choice: Choice, candidate: int, row: int) -> Reason:
    """Why `candidate` is chosen, with the way from it to the `row` that is kept."""
    curve, eligible = choice.curve, choice.eligible
    score, smoothed, shot = curve.smoothed[candidate], curve.smoothed[eligible], curve.shot
    code = ReasonCode.HIGH_IN_SHOT
    if score == smoothed.max():
        code = ReasonCode.HIGHEST_OF_VIDEO
    elif score == smoothed[shot[eligible] == shot[candidate]].max():
        code = ReasonCode.HIGHEST_OF_SHOT
    elif candidate in peaks(curve.smoothed, shot, eligible):
        code = ReasonCode.PEAK_OF_SHOT
    offset = curve.times_seconds[row] - curve.times_seconds[candidate]
    return Reason(code, {"offset_seconds": float(offset)})


def _close_reason(choice: Choice, row: int) -> Reason:
    rank, seconds = choice.closest_in_time(row)
    gap = choice.gap_seconds
    values = {"of_rank": rank, "distance_seconds": seconds, "min_gap_seconds": gap}
    return Reason(ReasonCode.FILLER_CLOSE, values)


def _filler_reason(choice: Choice, vector: Vectors) -> Reason:
    """Whether content (C,) that is added to reach the count is like that of another pick."""
    if not choice.is_new(vector):
        rank, _ = choice.closest_in_content(vector)
        return Reason(ReasonCode.FILLER_DUPLICATE, {"of_rank": rank})
    return Reason(ReasonCode.FILLER)

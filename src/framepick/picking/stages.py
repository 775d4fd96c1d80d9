"""The stages of choosing: frames that keep every rule, then others added to reach the count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framepick.picking.candidates import Candidates
from framepick.picking.choice import Choice, Chosen
from framepick.picking.peaks import peaks
from framepick.reasons import Reason, ReasonCode
from framepick.types import Floats, Rows, Vectors

MUCH_WORSE = 1.0
"""A near-duplicate of a pick that scores so much more is the better choice."""
CLOSEST_SECONDS = 0.1
"""The spacing is halved down to this, then given up."""


def choose_set(choice: Choice, candidates: Candidates) -> None:
    """Choose frames that score high and together stand for the video, and sort them, best first.

    One after the other, the candidate of the highest value is taken (see `Candidates.values`), of
    those that keep the gap and are no near-duplicates. It ends where near-duplicates are much
    better.

    What a set is worth, the sum of those values, is monotone and submodular. So where every
    candidate is kept as it is and none is a near-duplicate, the choice is worth at least 63 % of
    the best set if there is no gap, and a third of the best one that keeps it (Nemhauser, Wolsey
    and Fisher 1978, parts I and II).
    """
    rows, scores = candidates.rows, candidates.scores
    for one in choice.chosen:
        candidates.take(one)
    values, seconds = candidates.values, choice.curve.times_seconds[rows]
    is_open = choice.are_spaced(rows) & choice.have_room(rows)
    is_new = choice.are_new(candidates.vectors)
    is_open &= choice.are_wanted(candidates.vectors)
    while choice.goes_on and is_open.any():
        # a scene without a pick is something else, however good near-duplicates are
        is_good = scores >= scores[is_open].max() - MUCH_WORSE
        is_good |= ~np.isin(choice.scene[rows], choice.scene[choice.rows])
        may_be = is_open & is_new & is_good
        if not may_be.any():
            break
        best = int(np.argmax(np.where(may_be, values, -np.inf)))
        if _choose(choice, int(rows[best])):
            candidates.take(choice.chosen[-1])
            values = candidates.values
            is_open = is_open & choice.are_spaced(rows) & choice.have_room(rows)
            is_new = choice.are_new(candidates.vectors)
        else:  # those next to it would be refined to the same frame
            is_open = is_open & (np.abs(seconds - seconds[best]) > CLOSEST_SECONDS)
            is_open &= choice.are_untried(rows)
    choice.sort()


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
    _leave_out(scores, choice, [np.array(choice.rows, np.int64), *choice.vetoed])
    while choice.goes_on and len(scores):
        best = int(np.argmax(scores))
        if scores[best] == -np.inf:
            return
        known_vetoed = len(choice.vetoed)
        _add_filler(choice, int(choice.eligible[best]), gap_seconds)
        scores[best] = -np.inf
        for seconds in (times[best], *choice.taken_seconds[-1:]):
            scores[_around(times, seconds, gap_seconds)] = -np.inf
        _leave_out(scores, choice, choice.vetoed[known_vetoed:])


def _leave_out(scores: Floats, choice: Choice, rows: Sequence[Rows]) -> None:
    """Set the scores of some eligible rows to -inf, and of shots and scenes without room."""
    for some in rows:
        scores[_places(choice.eligible, some)] = -np.inf
    scores[~choice.have_room(choice.eligible)] = -np.inf


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

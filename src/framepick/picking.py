"""Which frames to keep: peaks of the score curve, apart in time and unlike each other.

Hard vetoes come first and are never relaxed. Picks that keep every rule lead, best score first;
where they run out, the count is filled in this order, and each pick says why it is there:

1. the best remaining frames that keep the spacing, near-duplicates of earlier picks included: a
   second good frame of a subject serves better than a bad frame of another. So peaks that are poor
   for photographs, and in the lower half of the video's scores, have to wait for this stage too,
2. frames closer than the spacing: at half of it, a quarter and so on, in the end anywhere.

Content vectors are asked for a bounded number of rows, however long the video is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from framepick.config import PickConfig
from framepick.measures import vetoes
from framepick.types import Floats, Pick, RunnerUp, Samples, ScoreCurve, Vectors

MAX_CANDIDATES = 512
"""Peaks whose content vectors are looked at; a larger count raises it to four times the count."""
MIN_CANDIDATES_PER_SHOT = 8
"""Each shot may send so many, or its even share if that is more: one long shot is not all."""

CLOSEST_SECONDS = 0.1
"""The spacing is halved down to this, then given up."""

MAX_VETOED_PEAKS = 64
"""Peaks without a single sound frame near them after which no more are tried."""

POOR_PERCENTILE = 2.0
"""Percentile of the reference photographs under which a peak counts as poor."""

Rows = NDArray[np.int64]
VectorsOf = Callable[[Rows], Vectors]


@dataclass(frozen=True, slots=True)
class RefinedPeak:
    """The frame that is kept for a peak."""

    row: int
    reasons: tuple[str, ...] = ()
    """What was found near the peak, in plain words."""
    runner_up: tuple[int, str] | None = None
    """Row of the frame that comes second, and why it does."""


@dataclass(frozen=True, slots=True, eq=False)
class AllVetoed:
    """Nothing near a peak can be kept."""

    rows: Rows
    """(n,) rows that are all faulty, empty where they are only too close to other picks."""


RefinePeak = Callable[[int, Floats, float], RefinedPeak | AllVetoed]
"""Chooses the frame to keep near a row, given the times of the picks so far and their spacing."""


def keep_peak(row: int, taken_seconds: Floats, gap_seconds: float) -> RefinedPeak:
    """Keep the frame at the peak itself."""
    return RefinedPeak(row)


def pick_best(
    samples: Samples,
    curve: ScoreCurve,
    rules: PickConfig,
    vectors_of: VectorsOf,
    percentile_of: Callable[[Floats], Floats],
    refine_peak: RefinePeak = keep_peak,
) -> tuple[list[Pick], str | None]:
    """Choose the best frames; the second value says why there are fewer than asked, or is None.

    `vectors_of` gives the content vectors (n, C), rows of length 1, of rows (n,); `percentile_of`
    the percentiles (n,) of scores (n,); `settle` the frame to keep near a peak. Ranks run from 1:
    picks that keep all rules by falling smoothed score, then the fillers as the module says. Equal
    scores go to the earlier frame.
    """
    if len(curve) != len(samples):
        raise ValueError(f"the curve has {len(curve)} rows, the samples have {len(samples)}")
    eligible = np.flatnonzero((vetoes(samples.measures) == "") & np.isfinite(curve.raw))
    search = _Selection(curve, rules, vectors_of, refine_peak, eligible)
    _take_peaks(search, percentile_of)
    _take_duplicates(search)
    _take_close(search)
    return _as_picks(search, samples, percentile_of), _shortfall(search, len(samples))


def peaks(smoothed: Floats, shot: NDArray[np.int32], eligible: Rows) -> Rows:
    """Rows of the local maxima of `smoothed` (T,) within each shot, rising.

    Only `eligible` rows (n,), rising, count, and those between them are passed over, so a hill
    whose top is vetoed peaks at the best frame that is left of it. Ends of a shot may be peaks; a
    plateau peaks in its middle.
    """
    if len(eligible) == 0:
        return eligible
    parts = np.cumsum(np.diff(shot[eligible], prepend=shot[eligible[0]]) != 0)
    place = np.arange(len(eligible)) + 1 + parts  # one sea-level gap before each shot
    padded = np.full(place[-1] + 2, -np.inf)
    padded[place] = smoothed[eligible]
    return eligible[np.searchsorted(place, _maxima(padded))]


def _maxima(values: Floats) -> Rows:
    """Rows of `values` (N,) above both neighbours; of a plateau its middle."""
    changes = np.flatnonzero(values[1:] != values[:-1])
    starts, ends = np.append(0, changes + 1), np.append(changes, len(values) - 1)
    levels = values[starts]
    tops = np.flatnonzero((levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:])) + 1
    middles: Rows = (starts[tops] + ends[tops]) // 2
    return middles


@dataclass(slots=True)
class _Selection:
    """The picks so far and what they were chosen from."""

    curve: ScoreCurve
    rules: PickConfig
    vectors_of: VectorsOf
    refine_peak: RefinePeak
    eligible: Rows
    peaks: list[int] = field(default_factory=list)
    """One row per pick, of its peak."""
    refined: list[RefinedPeak] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)
    """(2, C) per pick: of the frame kept, and of its peak, whose copies settle alike."""
    all_vetoed: list[Rows] = field(default_factory=list)
    """Rows around each peak that had no sound frame."""

    @property
    def rows(self) -> list[int]:
        return [one.row for one in self.refined]

    @property
    def missing(self) -> int:
        return self.rules.count - len(self.refined)

    @property
    def goes_on(self) -> bool:
        return self.missing > 0 and len(self.all_vetoed) < MAX_VETOED_PEAKS

    @property
    def taken_seconds(self) -> Floats:
        return self.curve.times_seconds[self.rows]

    def is_spaced(self, row: int) -> bool:
        apart = np.abs(self.taken_seconds - self.curve.times_seconds[row])
        return bool(np.all(apart >= self.rules.min_gap_seconds))

    def nearest(self, vector: Vectors) -> tuple[int, float]:
        """Rank and cosine distance of the pick whose content is closest; (0, 2) without picks."""
        if not self.vectors:
            return 0, 2.0
        distances = 1.0 - (np.stack(self.vectors) @ vector).max(axis=1)
        closest = int(np.argmin(distances))
        return closest + 1, float(distances[closest])

    def is_new(self, vector: Vectors) -> bool:
        return self.nearest(vector)[1] >= self.rules.duplicate_distance

    def take(
        self, row: int, reason_of: _ReasonOf, gap_seconds: float, is_peak: bool = False
    ) -> None:
        """Keep the frame that `row` settles to, if there is one; of a peak, only if it is new."""
        found = self.refine_peak(row, self.taken_seconds, gap_seconds)
        if isinstance(found, AllVetoed):
            if len(found.rows):
                self.all_vetoed.append(found.rows)
            return
        vectors = self.vectors_of(np.array([found.row, row], np.int64))
        if found.row in self.rows or (is_peak and not self.is_new(vectors[0])):
            return
        reason = reason_of(self, row if is_peak else found.row)
        self.reasons.append(f"near the {reason}" if is_peak and found.row != row else reason)
        self.peaks.append(row)
        self.refined.append(found)
        self.vectors.append(vectors)

    def sort(self) -> None:
        """Put the picks in order of the scores of the frames that are kept, best first."""
        order = sorted(range(len(self.rows)), key=lambda n: -self.curve.smoothed[self.rows[n]])
        self.peaks = [self.peaks[n] for n in order]
        self.refined = [self.refined[n] for n in order]
        self.vectors = [self.vectors[n] for n in order]
        self.reasons = [self.reasons[n] for n in order]


_ReasonOf = Callable[[_Selection, int], str]
_BEST_LEFT = "fills the count: best of the remaining frames"


def _take_peaks(search: _Selection, percentile_of: Callable[[Floats], Floats]) -> None:
    curve = search.curve
    found = peaks(curve.smoothed, curve.shot, search.eligible)
    found = found[~_is_poor(curve, found, search.eligible, percentile_of)]
    candidates = _best_of_each_shot(curve, found, max(MAX_CANDIDATES, 4 * search.rules.count))
    for row, vector in zip(candidates.tolist(), search.vectors_of(candidates), strict=True):
        if search.goes_on and search.is_spaced(row) and search.is_new(vector):
            search.take(row, _praise, search.rules.min_gap_seconds, is_peak=True)
    search.sort()


def _is_poor(
    curve: ScoreCurve, rows: Rows, eligible: Rows, percentile_of: Callable[[Floats], Floats]
) -> NDArray[np.bool_]:
    """True for `rows` (n,) that nobody would choose: poor for photographs and for this video."""
    if len(rows) == 0:
        return np.empty(0, np.bool_)
    scores, all_scores = curve.smoothed[rows], curve.smoothed[eligible]
    in_lower_half = scores < (all_scores.min() + all_scores.max()) / 2
    poor: NDArray[np.bool_] = in_lower_half & (percentile_of(scores) < POOR_PERCENTILE)
    return poor


def _take_duplicates(search: _Selection) -> None:
    _fill(search, search.rules.min_gap_seconds, _likeness)


def _take_close(search: _Selection) -> None:
    gap_seconds = search.rules.min_gap_seconds / 2
    while search.goes_on and gap_seconds > CLOSEST_SECONDS:
        _fill(search, gap_seconds, _closeness)
        gap_seconds /= 2
    _fill(search, 0.0, _closeness)


def _fill(search: _Selection, gap_seconds: float, reason_of: _ReasonOf) -> None:
    for row in _spaced(search, gap_seconds):
        search.take(row, reason_of, gap_seconds)


def _spaced(search: _Selection, gap_seconds: float) -> Iterator[int]:
    """Give the best free rows while any are missing, `gap_seconds` from all picks."""
    times = search.curve.times_seconds[search.eligible]
    score = search.curve.smoothed[search.eligible].copy()
    for row in search.rows:
        score[_around(times, search.curve.times_seconds[row], gap_seconds)] = -np.inf
    score[np.isin(search.eligible, search.rows)] = -np.inf
    for rows in search.all_vetoed:
        score[np.isin(search.eligible, rows)] = -np.inf
    known_vetoed = len(search.all_vetoed)
    while search.goes_on and len(score):
        best = int(np.argmax(score))
        if score[best] == -np.inf:
            return
        score[best] = -np.inf
        yield int(search.eligible[best])
        score[_around(times, times[best], gap_seconds)] = -np.inf
        if search.refined:
            refined_seconds = search.curve.times_seconds[search.rows[-1]]
            score[_around(times, refined_seconds, gap_seconds)] = -np.inf
        for rows in search.all_vetoed[known_vetoed:]:
            score[np.isin(search.eligible, rows)] = -np.inf
        known_vetoed = len(search.all_vetoed)


def _around(times: Floats, centre: float, gap_seconds: float) -> slice:
    """Rows closer than `gap_seconds` to `centre`."""
    first = np.searchsorted(times, centre - gap_seconds, side="right")
    return slice(int(first), int(np.searchsorted(times, centre + gap_seconds, side="left")))


def _best_of_each_shot(curve: ScoreCurve, rows: Rows, limit: int) -> Rows:
    """Up to `limit` of `rows`, best first, none of the shots sending more than its share."""
    ordered = rows[np.lexsort((rows, -curve.smoothed[rows]))]
    if len(ordered) <= limit:
        return ordered
    by_shot = np.argsort(curve.shot[ordered], kind="stable")
    numbers = curve.shot[ordered][by_shot]
    place = np.empty(len(ordered), np.int64)  # 0 for the best peak of its shot, then 1, ...
    place[by_shot] = np.arange(len(ordered)) - np.searchsorted(numbers, numbers)
    share = max(MIN_CANDIDATES_PER_SHOT, limit // len(np.unique(numbers)))
    return ordered[place < share][:limit]


def _praise(search: _Selection, row: int) -> str:
    curve, eligible = search.curve, search.eligible
    score, smoothed = curve.smoothed[row], curve.smoothed[eligible]
    if score == smoothed.max():
        return "highest score of the video"
    if score == smoothed[curve.shot[eligible] == curve.shot[row]].max():
        return "highest score of its shot"
    return "peak of its shot"


def _likeness(search: _Selection, row: int) -> str:
    vector = search.vectors_of(np.array([row], np.int64))[0]
    if not search.is_new(vector):
        return f"fills the count: similar to pick {search.nearest(vector)[0]}"
    return _BEST_LEFT


def _closeness(search: _Selection, row: int) -> str:
    if search.is_spaced(row):  # the frame it settled on, if not the row itself
        return _BEST_LEFT
    apart = np.abs(search.taken_seconds - search.curve.times_seconds[row])
    rank = int(np.argmin(apart)) + 1
    return f"fills the count: closer than {search.rules.min_gap_seconds:g} s to pick {rank}"


def _as_picks(
    search: _Selection, samples: Samples, percentile_of: Callable[[Floats], Floats]
) -> list[Pick]:
    scores = search.curve.smoothed[search.rows]
    in_video = _percentiles_in_video(scores, search.curve.smoothed, samples.frame_index)
    percentiles = percentile_of(scores) if len(scores) else scores
    times = samples.times_seconds
    return [
        Pick(
            moment=samples.moment(refined.row),
            row=refined.row,
            rank=index + 1,
            score=float(scores[index]),
            percentile=float(percentiles[index]),
            percentile_in_video=float(in_video[index]),
            reasons=(search.reasons[index], *refined.reasons),
            peak_seconds=None if refined.row == peak else float(times[peak]),
            runner_up=_runner_up(search, samples, refined),
        )
        for index, (peak, refined) in enumerate(zip(search.peaks, search.refined, strict=True))
    ]


def _percentiles_in_video(scores: Floats, smoothed: Floats, frame_index: Rows) -> Floats:
    """Percentiles of `scores` (n,) among the frames seen (T,), each for those left out beside it.

    Frames that were looked at because they promised most would else make the film too good.
    """
    steps = np.diff(frame_index)
    weights = (np.append(1, steps) + np.append(steps, 1)) / 2
    order = np.argsort(smoothed)
    below = np.append(0.0, np.cumsum(weights[order]))
    percentiles: Floats = 100.0 * below / max(below[-1], 1.0)
    return percentiles[np.searchsorted(smoothed[order], scores, side="right")]


def _runner_up(search: _Selection, samples: Samples, refined: RefinedPeak) -> RunnerUp | None:
    if refined.runner_up is None:
        return None
    row, reason = refined.runner_up
    return RunnerUp(samples.moment(row), row, float(search.curve.smoothed[row]), reason)


def _shortfall(search: _Selection, frame_count: int) -> str | None:
    if search.missing == 0:
        return None
    start = f"{len(search.rows)} of {search.rules.count}: "
    other = "other " if search.rows else ""
    if len(search.rows) == frame_count:
        return f"{start}the video has no {other}frames"
    faults = "black, white, flat or damaged"
    if not search.goes_on:
        return (
            f"{start}the best {MAX_VETOED_PEAKS} {other}moments are, at full size, blurred or faded"
        )
    if search.all_vetoed:
        faults = "black, white, flat, damaged or, at full size, blurred or mid-fade"
    return f"{start}all {other}frames of the video are {faults}"

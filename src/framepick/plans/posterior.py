"""What the frames seen so far tell of the rest of a video (pure functions).

The score drifts about the video's mean and forgets where it was within some seconds (an
Ornstein-Uhlenbeck process, interpolated between the nearest frames seen); where it was seen to
swing it is trusted less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framepick.measures import vetoes
from framepick.plans.gops import Flags, Rows
from framepick.types import Floats, Samples, Timeline

MEMORY_SECONDS = 2.0
"""Time after which a score has forgotten all but a third of where it was, in a film's mean pace."""
SWING_SECONDS = 1.5
"""So far to each side of a moment the scores seen tell how much they swing there."""
LOCAL_SECONDS = 0.35
"""Over which scores are averaged before they are compared: a peak is no single frame."""
JOINED_SECONDS = 0.3
"""Frames seen that are no further apart belong to one run."""
RUN_SECONDS = 0.5
"""Runs of this length may hold picks; shorter ones only say where to look."""
CUT_DISTANCE = 0.45
"""Cosine distance of contents from which two frames belong to different shots."""
SAME_SECONDS = 0.3
"""At a film's mean pace; what changes less is the same picture."""
_FAR = 1e6
"""Seconds that part one shot from the next."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The frames seen so far, in order of time."""

    times_seconds: Floats
    """(N,)"""
    film_seconds: Floats
    """(P,) time that runs as fast as the picture changes, and leaps where a shot begins."""
    rows: Rows
    """(N,) of the timeline."""
    values: Floats
    """(N,) scores, averaged over their neighbours where these were seen."""
    in_run: Flags
    """(N,) True where enough of the neighbourhood was seen to pick from it."""
    mean: float
    deviation: float
    """Of the values of key frames, a fair sample of the film."""


def seen(timeline: Timeline, film_seconds: Floats, still: Flags, samples: Samples) -> Seen:
    """Sum up `samples`, some of the timeline; frames that may not be picked count as the worst.

    `film_seconds` (P,) is that of packets, without leaps; `still` (P,) is True for frames that show
    what the frame before showed.
    """
    inside = samples.frame_index < len(
        timeline
    )  # a damaged file may hold other frames than packets
    rows = samples.frame_index[inside]
    times = timeline.times_seconds[rows]
    sound = (vetoes(samples.measures) == "") & np.isfinite(samples.raw)
    worst = float(samples.raw[sound].min()) if sound.any() else 0.0
    raw = np.where(sound, samples.raw, worst)[inside]
    is_cut = samples.content_change[inside] > CUT_DISTANCE
    run = np.cumsum(is_cut | (np.diff(times, prepend=times[:1]) > JOINED_SECONDS))
    first = np.searchsorted(run, np.arange(run[0], run[-1] + 1))
    last = np.append(first[1:], len(run)) - 1
    length = times[last] - times[first]
    run = run - run[0]
    values = _averaged(raw, times, first[run], last[run])
    keys = timeline.key[rows]
    sample = values[keys] if keys.any() else values
    return Seen(
        times_seconds=times,
        film_seconds=film_seconds + _leaps(rows[is_cut], len(timeline)),
        rows=rows,
        values=values,
        in_run=(length >= RUN_SECONDS)[run] | still[np.minimum(rows + 1, len(timeline) - 1)],
        mean=float(sample.mean()),
        deviation=float(sample.std()) + _TINY,
    )


def _leaps(cuts: Rows, count: int) -> Floats:
    """(P,) what film time has leapt by at each row, given the rows after `cuts`."""
    leaps = np.zeros(count)
    leaps[cuts] = _FAR
    return np.cumsum(leaps)


def _averaged(raw: Floats, times: Floats, first: Rows, last: Rows) -> Floats:
    """Mean of each value (N,) and its neighbours from `first` to `last` (N,) of its run."""
    half = LOCAL_SECONDS / 2 + _TINY
    start = np.maximum(np.searchsorted(times, times - half), first)
    stop = np.minimum(np.searchsorted(times, times + half, side="right"), last + 1)
    sums = np.concatenate([[0.0], np.cumsum(raw)])
    means: Floats = (sums[stop] - sums[start]) / (stop - start)
    return means


def posterior(rows: Rows, of: Seen) -> tuple[Floats, Floats]:
    """Mean and standard deviation (M,) of the score at `rows` (M,) of the timeline."""
    right = np.clip(np.searchsorted(of.rows, rows), 1, None)
    right = np.minimum(right, len(of.rows) - 1)
    left = np.maximum(right - 1, 0)
    at, film = of.film_seconds[rows], of.film_seconds[of.rows]
    near, far = _memory(at - film[left]), _memory(film[right] - at)
    both = np.minimum(_memory(film[right] - film[left]), 1 - 1e-6)
    weight_left = (near - both * far) / (1 - both**2)
    weight_right = (far - both * near) / (1 - both**2)
    mean = (
        of.mean
        + weight_left * (of.values[left] - of.mean)
        + weight_right * (of.values[right] - of.mean)
    )
    unknown = np.maximum(1 - weight_left * near - weight_right * far, 1e-6)
    deviation = np.maximum(of.deviation * np.sqrt(unknown), _swing(at, film, of.values - of.mean))
    return mean, deviation


def _memory(seconds: Floats) -> Floats:
    remembered: Floats = np.exp(-np.abs(seconds) / MEMORY_SECONDS)
    return remembered


def _swing(at: Floats, film_seconds: Floats, values: Floats) -> Floats:
    """Standard deviation (M,) of `values` (N,) seen around each of `at` (M,) in film time."""
    first = np.searchsorted(film_seconds, at - SWING_SECONDS)
    last = np.searchsorted(film_seconds, at + SWING_SECONDS)
    count = np.maximum(last - first, 1)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    squares = np.concatenate([[0.0], np.cumsum(values**2)])
    mean = (sums[last] - sums[first]) / count
    swing: Floats = np.sqrt(np.maximum((squares[last] - squares[first]) / count - mean**2, 0.0))
    return swing


def expected_improvement(mean: Floats, deviation: Floats, bar: Floats) -> Floats:
    """Mean of max(score - bar, 0) for a normally distributed score (Mockus, 1975)."""
    lead = (mean - bar) / deviation
    density = np.exp(-0.5 * lead**2) / np.sqrt(2 * np.pi)
    improvement: Floats = deviation * (density + lead * _normal_share(lead))
    return improvement


def _normal_share(values: Floats) -> Floats:
    """Share (M,) of the standard normal distribution below each of `values` (M,)."""
    return 0.5 * np.fromiter(map(math.erfc, values / -math.sqrt(2.0)), np.float64, len(values))


def best_apart(of: Seen, count: int, min_gap_seconds: float) -> Rows:
    """Places in `of` of the `count` best values in runs that keep the spacing, best first."""
    times, film = of.times_seconds, of.film_seconds[of.rows]
    values = np.where(of.in_run, of.values, -np.inf)
    picks: list[int] = []
    while len(picks) < count:
        best = int(np.argmax(values))
        if values[best] == -np.inf:
            break
        picks.append(best)
        soon, same = _around(times, best, min_gap_seconds), _around(film, best, SAME_SECONDS)
        values[min(soon[0], same[0], best) : max(soon[1], same[1], best + 1)] = -np.inf
    return np.array(picks, np.int64)


def _around(seconds: Floats, place: int, gap: float) -> tuple[int, int]:
    """First of rising `seconds` (N,) that lie closer than `gap` to one, and the end of these."""
    first = np.searchsorted(seconds, seconds[place] - gap, side="right")
    return int(first), int(np.searchsorted(seconds, seconds[place] + gap))

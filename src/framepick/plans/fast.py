"""The fast plan: key frames first, then the stretches that promise most for what they cost.

Key frames decode alone. What they and the stretches seen so far tell of the rest is a belief: the
score drifts about the video's mean and forgets where it was within some seconds (an
Ornstein-Uhlenbeck process, interpolated between the nearest frames seen), and where it was seen to
swing it is trusted less. Of all stretches of about a second, the one with the largest expected
improvement of the picks (Mockus, 1975) over its cost comes next. The belief only says where to
look; what is picked was decoded frame by frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from framepick.measures import gates
from framepick.types import Floats, Samples, Span, Timeline

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]

CHUNK_SECONDS = 1.0
"""About the length of the stretches that are decoded one at a time."""
MEMORY_SECONDS = 2.0
"""Time after which a score has forgotten all but a third of where it was."""
SWING_SECONDS = 1.5
"""So far to each side of a stretch the scores seen tell how much they swing there."""
LOCAL_SECONDS = 0.35
"""Over which scores are averaged before they are compared: a peak is no single frame."""
DENSE_FRAMES = 8
"""Frames in a row from which a stretch counts as seen, and may hold picks."""
DECODE_SHARE = 0.5
"""Of the cost of a frame that is decoded and scored; the frames that lead to it cost this much."""
SHARE = 0.05
"""Of all frames that are decoded beyond the key frames."""
SECONDS_PER_PICK = 7.0
"""Of film that are decoded for each pick, however short the film is."""
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class FastPlan:
    """Decides from the frames seen so far which to see next."""

    timeline: Timeline
    count: int
    """Picks that are wanted."""
    min_gap_seconds: float
    effort: float | None = None
    """Frames that may be decoded beyond the key frames; None takes `SHARE` of all, at least
    `SECONDS_PER_PICK` of film for each pick."""

    def next(self, samples: Samples | None) -> Span | None:
        """Give the next stretch to decode, None when the effort is spent or all was seen."""
        if samples is None:
            return Span(frames="key")
        seen = _seen(self.timeline, samples)
        if self._spent(seen.known) >= self._effort:
            return None
        worth = self._improvement(seen) / self._costs(seen.known)
        best = int(np.argmax(worth))
        if worth[best] <= 0:
            return None
        return self._span(int(self._starts[best]), int(self._ends[best]))

    @cached_property
    def _effort(self) -> float:
        if self.effort is not None:
            return self.effort
        least = self.count * SECONDS_PER_PICK * _rate(self.timeline)
        return max(SHARE * len(self.timeline), least)

    @cached_property
    def _keys(self) -> Rows:
        keys = np.flatnonzero(self.timeline.key)
        return keys if len(keys) and keys[0] == 0 else np.concatenate([[0], keys])

    @cached_property
    def _starts(self) -> Rows:
        """Rows where stretches begin: each key frame, and evenly between one and the next."""
        length = max(2.0, CHUNK_SECONDS * _rate(self.timeline))
        ends = np.append(self._keys[1:], len(self.timeline))
        parts = (
            np.linspace(start, end, max(1, round((end - start) / length)) + 1)[:-1]
            for start, end in zip(self._keys, ends, strict=True)
        )
        return np.unique(np.concatenate(list(parts)).round().astype(np.int64))

    @cached_property
    def _ends(self) -> Rows:
        """(M,) rows after the last of each stretch."""
        return np.append(self._starts[1:], len(self.timeline))

    @cached_property
    def _lead(self) -> Rows:
        """(M,) the key frame from which each stretch is decoded."""
        return self._keys[np.searchsorted(self._keys, self._starts, side="right") - 1]

    def _unseen(self, known: Flags) -> Rows:
        """(M,) frames of each stretch that were not seen."""
        return self._ends - self._starts - np.add.reduceat(known.astype(np.int64), self._starts)

    def _costs(self, known: Flags) -> Floats:
        """(M,) in frames: decoding from the key frame on, and scoring what is new."""
        decoding = DECODE_SHARE * (self._ends - self._lead)
        return decoding + (1 - DECODE_SHARE) * self._unseen(known) + _TINY

    def _spent(self, known: Flags) -> float:
        """Frames that were decoded beyond the key frames, as far as `known` (P,) tells."""
        rows = np.flatnonzero(known & ~self.timeline.key)
        if len(rows) == 0:
            return 0.0
        group = np.searchsorted(self._keys, rows, side="right") - 1
        last = np.zeros(len(self._keys), np.int64)
        np.maximum.at(last, group, rows - self._keys[group])
        return float(DECODE_SHARE * last.sum() + (1 - DECODE_SHARE) * len(rows))

    def _improvement(self, seen: _Seen) -> Floats:
        """(M,) by how much each stretch may be expected to better the picks; 0 where seen."""
        times = self.timeline.times_seconds
        first, last = times[self._starts], times[self._ends - 1]
        mean, deviation = _belief((first + last) / 2, seen)
        picks = _provisional(seen, self.count, self.min_gap_seconds)
        short = len(picks) < self.count
        bar = np.full(len(mean), seen.mean if short else seen.values[picks[-1]])
        for row in picks:
            # where no place is left for one more pick, the stretch has to beat the pick there
            time = seen.times_seconds[row]
            apart = np.maximum(np.abs(time - first), np.abs(time - last))
            near = apart < self.min_gap_seconds
            bar[near] = np.maximum(bar[near], seen.values[row])
        improvement = _expected_improvement(mean, deviation, bar)
        nearly_all = self._unseen(seen.known) <= 0.05 * (self._ends - self._starts)
        return np.where(nearly_all, 0.0, improvement)

    def _span(self, start: int, end: int) -> Span:
        times = self.timeline.times_seconds
        return Span(float(times[start]), float(times[end - 1]))


def unseen_around(
    timeline: Timeline, samples: Samples, rows: Sequence[int], reach_seconds: float
) -> Span | None:
    """Give the first stretch that has to be decoded before `rows` of `samples` may be kept.

    Every frame within `reach_seconds` of a pick has to be seen; None where all were.
    """
    times = timeline.times_seconds
    known = np.zeros(len(timeline), np.bool_)
    known[samples.ordinal[samples.ordinal < len(timeline)]] = True
    for row in rows:
        centre = samples.times_seconds[row]
        near = np.abs(times - centre) <= reach_seconds + _TINY
        if not known[near].all():
            missing = times[near & ~known]
            return Span(float(missing[0]), float(missing[-1]))
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The frames seen so far, in order of time."""

    known: Flags
    """(P,) of the timeline."""
    times_seconds: Floats
    """(N,)"""
    values: Floats
    """(N,) scores, averaged over their neighbours where these were seen."""
    dense: Flags
    """(N,) True within `DENSE_FRAMES` or more in a row."""
    mean: float
    deviation: float
    """Of the values of frames that stand alone, as key frames do: a fair sample of the film."""


def _seen(timeline: Timeline, samples: Samples) -> _Seen:
    inside = samples.ordinal < len(timeline)  # a damaged file may hold other frames than packets
    rows = samples.ordinal[inside]
    sound = (gates(samples.measures) == "") & np.isfinite(samples.raw)
    worst = float(samples.raw[sound].min()) if sound.any() else 0.0
    raw = np.where(sound, samples.raw, worst)[inside]
    run = np.cumsum(np.diff(rows, prepend=rows[:1]) > 1).astype(np.int64)
    sizes = np.bincount(run)
    values = _averaged(raw, run, sizes, LOCAL_SECONDS * _rate(timeline))
    keys = timeline.key[rows]
    sample = values[keys] if keys.any() else values
    known = np.zeros(len(timeline), np.bool_)
    known[rows] = True
    return _Seen(
        known=known,
        times_seconds=timeline.times_seconds[rows],
        values=values,
        dense=sizes[run] >= DENSE_FRAMES,
        mean=float(sample.mean()),
        deviation=float(sample.std()) + _TINY,
    )


def _averaged(raw: Floats, run: Rows, sizes: Rows, frames: float) -> Floats:
    """Mean of each value (N,) and its neighbours in the same run, `frames` of them in all."""
    half = max(1, round(frames / 2))
    at = np.arange(len(raw))
    ends = np.cumsum(sizes)
    first = np.maximum(at - half, (ends - sizes)[run])
    last = np.minimum(at + half + 1, ends[run])
    sums = np.concatenate([[0.0], np.cumsum(raw)])
    means: Floats = (sums[last] - sums[first]) / (last - first)
    return means


def _belief(times_seconds: Floats, seen: _Seen) -> tuple[Floats, Floats]:
    """Mean and standard deviation (M,) of the score at `times_seconds` (M,)."""
    right = np.clip(np.searchsorted(seen.times_seconds, times_seconds), 1, None)
    right = np.minimum(right, len(seen.values) - 1)
    left = np.maximum(right - 1, 0)
    near = _memory(times_seconds - seen.times_seconds[left])
    far = _memory(seen.times_seconds[right] - times_seconds)
    both = np.minimum(_memory(seen.times_seconds[right] - seen.times_seconds[left]), 0.999)
    weight_left = (near - both * far) / (1 - both**2)
    weight_right = (far - both * near) / (1 - both**2)
    mean = (
        seen.mean
        + weight_left * (seen.values[left] - seen.mean)
        + weight_right * (seen.values[right] - seen.mean)
    )
    unknown = np.maximum(1 - weight_left * near - weight_right * far, 0.01)
    deviation = np.maximum(seen.deviation * np.sqrt(unknown), _swing(times_seconds, seen))
    return mean, deviation


def _memory(seconds: Floats) -> Floats:
    remembered: Floats = np.exp(-np.abs(seconds) / MEMORY_SECONDS)
    return remembered


def _swing(times_seconds: Floats, seen: _Seen) -> Floats:
    """Standard deviation (M,) of the values seen around each of `times_seconds` (M,)."""
    first = np.searchsorted(seen.times_seconds, times_seconds - SWING_SECONDS)
    last = np.searchsorted(seen.times_seconds, times_seconds + SWING_SECONDS)
    count = np.maximum(last - first, 1)
    centred = seen.values - seen.mean
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    mean = (sums[last] - sums[first]) / count
    swing: Floats = np.sqrt(np.maximum((squares[last] - squares[first]) / count - mean**2, 0.0))
    return swing


def _expected_improvement(mean: Floats, deviation: Floats, bar: Floats) -> Floats:
    """Mean of max(score - bar, 0) for a normally distributed score."""
    lead = (mean - bar) / deviation
    density = np.exp(-0.5 * lead**2) / np.sqrt(2 * np.pi)
    improvement: Floats = deviation * (density + lead * ndtr(lead))
    return improvement


def _provisional(seen: _Seen, count: int, min_gap_seconds: float) -> list[int]:
    """Rows of the best values in dense stretches that keep the spacing, best first."""
    rows = np.flatnonzero(seen.dense)
    rows = rows[np.argsort(-seen.values[rows], kind="stable")]
    picks: list[int] = []
    while len(rows) and len(picks) < count:
        picks.append(int(rows[0]))
        apart = np.abs(seen.times_seconds[rows] - seen.times_seconds[rows[0]])
        rows = rows[apart >= max(min_gap_seconds, _TINY)]
    return picks


def _rate(timeline: Timeline) -> float:
    """Frames per second."""
    times = timeline.times_seconds
    length = float(times[-1] - times[0]) if len(times) > 1 else 0.0
    return (len(times) - 1) / length if length > 0 else 25.0

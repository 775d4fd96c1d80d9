"""Filters live scores: what is expected now, and, a little later, what was.

The forward Kalman filter (`curve.kalman.update`) gives the level at each frame from those before.
Half a second later the frames that followed are known too, and a backward pass over the last
seconds gives the score that the frame is judged by, as in a file. Both start anew after a cut.
Memory does not grow.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from framepick.curve.kalman import (
    DAMPING_PER_SECOND,
    FilterState,
    NoiseModel,
    estimate_noise,
    smooth,
    update,
    with_alike_errors,
)
from framepick.live.observation import Observation, Settled
from framepick.types import Floats

LAG_SECONDS = 0.5
"""How long a frame waits for those that follow it."""
SPAN_SECONDS = 4.0
"""How far back scores are smoothed together."""
NOISE_SECONDS = 30.0
"""The past that the noise is estimated from."""
NOISE_EVERY_SECONDS = 2.0
LEAST_ROWS = 60
"""Scores in the past from which on they alone say how noisy they are."""
START_NOISE = NoiseModel(0.035, 1.15, DAMPING_PER_SECOND)
"""The median of 29 real clips of many kinds, in points of the score."""
_MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class _Score:
    seconds: float
    score: float
    shot: int


class NoiseTracker:
    """How scores scatter: known at the start, then learnt from the recent past."""

    def __init__(self) -> None:
        self._past: deque[_Score] = deque(maxlen=_MOST_ROWS)
        self._next_seconds = 0.0
        self.noise = START_NOISE

    def add(self, one: _Score) -> None:
        """Take in a score, and estimate the noise anew from time to time."""
        self._past.append(one)
        while self._past[0].seconds < one.seconds - NOISE_SECONDS:
            self._past.popleft()
        if one.seconds >= self._next_seconds:
            self._next_seconds = one.seconds + NOISE_EVERY_SECONDS
            self.noise = self._estimate()

    def _estimate(self) -> NoiseModel:
        if len(self._past) < 8:
            return START_NOISE
        times, scores, shots = _columns(self._past)
        found = with_alike_errors(estimate_noise(times, scores, shots), times)
        share = min(1.0, np.isfinite(scores).sum() / LEAST_ROWS)
        return NoiseModel(
            _between(START_NOISE.measurement_variance, found.measurement_variance, share),
            _between(START_NOISE.slope_intensity, found.slope_intensity, share),
            DAMPING_PER_SECOND,
        )


class LiveFilter:
    """Filters the scores of one session."""

    def __init__(self) -> None:
        self._noise = NoiseTracker()
        self._state: FilterState | None = None
        self._shot = 0
        self._span: deque[_Score] = deque()
        self._waiting: deque[Observation] = deque()

    def level(self, seconds: float, score: float, shot: int) -> tuple[float, float]:
        """Take in a score, NaN if it is vetoed; give the level at its time and its variance."""
        one = _Score(seconds, score, shot)
        self._noise.add(one)
        self._span.append(one)
        while self._span[0].seconds < seconds - SPAN_SECONDS:
            self._span.popleft()
        if shot != self._shot:
            self._state, self._shot = None, shot
        if self._state is None and not np.isfinite(score):
            return float("nan"), self._noise.noise.measurement_variance
        self._state = update(self._state, seconds, score, self._noise.noise)
        return float(self._state.mean[0]), float(self._state.covariance[0, 0])

    def settle(self, observation: Observation) -> list[Settled]:
        """Take in an observation; give those that have waited long enough, in order of time."""
        self._waiting.append(observation)
        return self._settled(observation.moment.time_seconds - LAG_SECONDS)

    def flush(self) -> list[Settled]:
        """Give all that still wait, because nothing will follow them."""
        return self._settled(np.inf)

    def reset(self) -> None:
        """Start anew: the source was lost meanwhile."""
        self._state = None
        self._span.clear()
        self._waiting.clear()

    def _settled(self, until_seconds: float) -> list[Settled]:
        ready: list[Observation] = []
        while self._waiting and self._waiting[0].moment.time_seconds <= until_seconds:
            ready.append(self._waiting.popleft())
        if not ready:
            return []
        times, scores, shots = _columns(self._span)
        smoothed, _ = smooth(times, scores, shots, self._noise.noise)
        rows = np.searchsorted(times, [one.moment.time_seconds for one in ready])
        rows = np.minimum(rows, len(times) - 1)
        return [
            Settled(one.moment, one.content, float(smoothed[row]), one.shot, one.veto)
            for one, row in zip(ready, rows.tolist(), strict=True)
        ]


def _columns(scores: deque[_Score]) -> tuple[Floats, Floats, np.typing.NDArray[np.int32]]:
    return (
        np.array([one.seconds for one in scores]),
        np.array([one.score for one in scores]),
        np.array([one.shot for one in scores], np.int32),
    )


def _between(start: float, found: float, share: float) -> float:
    """Go from one variance to another on a scale of ratios."""
    return float(np.exp((1 - share) * np.log(start) + share * np.log(found)))

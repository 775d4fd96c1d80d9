"""Moments that stand out from the recent past."""

from __future__ import annotations

import math
from collections.abc import Sequence

from framepick.live.observation import Settled
from framepick.live.policies.actions import Action, Keep, new_key
from framepick.reasons import ReasonCode
from framepick.types import Moment

LEAST_SPREAD = 0.08
"""Spread of the recent past, in points of the score, that noise alone may make."""


class OnPeak:
    """Keeps peaks of the score that stand out by `prominence` spreads of the recent past.

    Mean and spread forget with a time constant of `memory_seconds`. After a peak is kept, the next
    one has to be as good; what that asks for decays as fast, so that an early best is not best for
    ever. A peak is one once `post_roll_seconds` have passed without a better frame. Two that are
    kept lie at least `gap_seconds` apart.
    """

    def __init__(
        self,
        post_roll_seconds: float,
        prominence: float = 1.0,
        memory_seconds: float = 30.0,
        gap_seconds: float = 3.0,
        warm_up_seconds: float = 3.0,
    ) -> None:
        self._post_roll = post_roll_seconds
        self._prominence, self._memory = prominence, memory_seconds
        self._gap, self._warm_up = gap_seconds, warm_up_seconds
        self._mean = self._variance = 0.0
        self._weight = 0.0
        self._first_seconds = self._last_seconds = 0.0
        self._bar, self._bar_seconds = -math.inf, -math.inf
        self._peak: Settled | None = None

    def update(self, settled: Sequence[Settled], now_seconds: float) -> list[Action]:
        for one in settled:
            if one.veto is None and math.isfinite(one.score):
                self._take(one)
        peak = self._peak
        if peak is None or now_seconds < peak.moment.time_seconds + self._post_roll:
            return []
        return self._keep(peak)

    def press(self, moment: Moment, score: float) -> list[Action]:
        return []

    def finish(self) -> list[Action]:
        return self._keep(self._peak) if self._peak else []

    def _take(self, one: Settled) -> None:
        seconds = one.moment.time_seconds
        if not self._weight:
            self._first_seconds = self._last_seconds = seconds
        if self._stands_out(one) and (self._peak is None or one.score > self._peak.score):
            self._peak = one
        self._learn(one.score, seconds - self._last_seconds)
        self._last_seconds = seconds

    def _learn(self, score: float, step_seconds: float) -> None:
        self._weight = self._weight * math.exp(-step_seconds / self._memory) + 1.0
        share = 1.0 / self._weight
        apart = score - self._mean
        self._mean += share * apart
        self._variance = (1 - share) * (self._variance + share * apart**2)

    def _stands_out(self, one: Settled) -> bool:
        seconds = one.moment.time_seconds
        is_early = seconds - self._first_seconds < self._warm_up
        if is_early or seconds - self._bar_seconds < self._gap:
            return False
        spread = max(math.sqrt(self._variance), LEAST_SPREAD)
        decayed = math.exp(-(seconds - self._bar_seconds) / self._memory)
        bar = self._mean + (self._bar - self._mean) * decayed if decayed else -math.inf
        return one.score >= max(self._mean + self._prominence * spread, bar)

    def _keep(self, peak: Settled) -> list[Action]:
        self._peak = None
        self._bar, self._bar_seconds = peak.score, peak.moment.time_seconds
        return [Keep(new_key(), peak.moment, peak.score, ReasonCode.PEAK_OF_RECENT)]

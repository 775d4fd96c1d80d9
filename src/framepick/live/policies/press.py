"""The frame that was shown when a key was pressed, and better ones beside it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from framepick.live.filtering import LAG_SECONDS
from framepick.live.observation import Settled
from framepick.live.policies.actions import Action, Keep, new_key
from framepick.reasons import ReasonCode
from framepick.types import Moment

BETTER_BY = 0.05
"""Points of the score by which a neighbour has to be better."""
APART_SECONDS = 0.5
"""Least time between what is kept of one press."""


@dataclass(frozen=True, slots=True)
class _Press:
    moment: Moment
    score: float


class OnPress:
    """Keeps the pressed frame first, then at most `neighbours` better ones around it.

    The pressed frame is kept at once or, if `waits`, after the post-roll, so that a clip has it.
    """

    def __init__(
        self,
        pre_roll_seconds: float,
        post_roll_seconds: float,
        waits: bool = False,
        neighbours: int = 2,
    ) -> None:
        self._waits = waits
        self._pre_roll, self._post_roll = pre_roll_seconds, post_roll_seconds
        self._neighbours = neighbours
        self._past: deque[Settled] = deque()
        self._presses: list[_Press] = []

    def update(self, settled: Sequence[Settled], now_seconds: float) -> list[Action]:
        self._past.extend(one for one in settled if one.veto is None)
        until = now_seconds - self._post_roll - LAG_SECONDS
        done = [one for one in self._presses if one.moment.time_seconds <= until]
        self._presses = [one for one in self._presses if one not in done]
        actions = [action for one in done for action in self._kept(one)]
        oldest = min([one.moment.time_seconds for one in self._presses], default=now_seconds)
        while self._past and self._past[0].moment.time_seconds < oldest - self._pre_roll:
            self._past.popleft()
        return actions

    def press(self, moment: Moment, score: float) -> list[Action]:
        self._presses.append(_Press(moment, score))
        return [] if self._waits else self._pressed(self._presses[-1])

    def finish(self) -> list[Action]:
        presses, self._presses = self._presses, []
        return [action for one in presses for action in self._kept(one)]

    def _kept(self, press: _Press) -> list[Action]:
        return [*(self._pressed(press) if self._waits else []), *self._better(press)]

    def _pressed(self, press: _Press) -> list[Action]:
        return [Keep(new_key(), press.moment, press.score, ReasonCode.PRESSED, is_exact=True)]

    def _better(self, press: _Press) -> list[Action]:
        """Give the best of those that are clearly better, apart from each other."""
        taken = [press.moment.time_seconds]
        kept: list[Action] = []
        for one in sorted(self._past, key=lambda one: -one.score):
            seconds = one.moment.time_seconds
            is_near = -self._pre_roll <= seconds - taken[0] <= self._post_roll
            is_apart = min(abs(seconds - other) for other in taken) >= APART_SECONDS
            if len(kept) == self._neighbours or not one.score >= press.score + BETTER_BY:
                break
            if is_near and is_apart:
                taken.append(seconds)
                kept.append(Keep(new_key(), one.moment, one.score, ReasonCode.BETTER_NEIGHBOUR))
        return kept

"""The best moment of each stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framepick.live.filtering import LAG_SECONDS
from framepick.live.observation import Settled
from framepick.live.policies.actions import Action, Drop, Keep, Propose, new_key
from framepick.reasons import ReasonCode
from framepick.types import Moment


@dataclass(slots=True)
class _Window:
    """The best of one stretch so far, and the moment that is held on to."""

    best: Settled
    proposed: int | None = None

    def take(self, one: Settled) -> list[Action]:
        """Take in a frame; let go of a proposal that it beats."""
        if one.score <= self.best.score:
            return []
        self.best, dropped = one, self.proposed
        self.proposed = None
        return [] if dropped is None else [Drop(dropped)]

    def propose(self) -> list[Action]:
        """Hold on to the best so far, if that was not done."""
        if self.proposed is not None:
            return []
        self.proposed = new_key()
        return [Propose(self.proposed, self.best.moment)]

    def keep(self) -> list[Action]:
        """Keep the best."""
        proposed = self.propose()
        key, best = self.proposed or 0, self.best
        return [*proposed, Keep(key, best.moment, best.score, ReasonCode.BEST_OF_WINDOW)]


class BestOfEvery:
    """Keeps the best moment of each window of `window_seconds`.

    A best is held on to once `post_roll_seconds` have passed without a better one, so that windows
    may be longer than the recent past that is kept.
    """

    def __init__(self, window_seconds: float, post_roll_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._post_roll = post_roll_seconds
        self._windows: dict[int, _Window] = {}

    def update(self, settled: Sequence[Settled], now_seconds: float) -> list[Action]:
        actions: list[Action] = []
        for one in settled:
            if one.veto is None:
                actions += self._take(one)
        for number in sorted(self._windows):
            window = self._windows[number]
            if now_seconds >= (number + 1) * self._window_seconds + self._post_roll + LAG_SECONDS:
                actions += self._windows.pop(number).keep()
            elif now_seconds >= window.best.moment.time_seconds + self._post_roll:
                actions += window.propose()
        return actions

    def press(self, moment: Moment, score: float) -> list[Action]:
        return []

    def finish(self) -> list[Action]:
        windows, self._windows = self._windows, {}
        return [action for number in sorted(windows) for action in windows[number].keep()]

    def _take(self, one: Settled) -> list[Action]:
        number = int(one.moment.time_seconds // self._window_seconds)
        window = self._windows.get(number)
        if window is None:
            self._windows[number] = _Window(one)
            return []
        return window.take(one)

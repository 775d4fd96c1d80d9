"""The best view of a sweep and two others, kept while the camera is guided back to the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framepick.live.observation import Observation, Settled
from framepick.live.policies.actions import Action, Drop, Keep, Propose, new_key
from framepick.live.score_map import View
from framepick.live.state import Guide
from framepick.live.sweep import APART, Guidance, Sweep, SweepFrame
from framepick.reasons import ReasonCode
from framepick.types import Moment

MOST_HELD = 9
"""Views that are held on to: three that are wanted, and some that were."""
RECENT_SECONDS = 6.0
"""Moments of so much of the past are known."""
HOLD_STILL = "here: hold still"


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    key: int
    view: View
    moment: Moment


class OnSweep:
    """Follows one sweep; it `is_done` when the camera is held still at the best view.

    Views are held on to while they are among the best three, since the recent past that is kept
    may be shorter than the sweep.
    """

    def __init__(self, post_roll_seconds: float) -> None:
        self._post_roll = post_roll_seconds
        self._sweep = Sweep()
        self._moments: dict[float, Moment] = {}
        self._held: list[_Held] = []
        self.guide: Guide | None = None
        """What the user should do now."""

    @property
    def is_done(self) -> bool:
        """Whether the sweep is over."""
        return self._sweep.is_done

    def observe(self, one: Observation) -> None:
        """Take in a frame as soon as it is scored."""
        seconds = one.moment.time_seconds
        self._moments[seconds] = one.moment
        while next(iter(self._moments)) < seconds - RECENT_SECONDS:
            del self._moments[next(iter(self._moments))]
        frame = SweepFrame(
            seconds, one.view, one.content, one.score, one.level, one.variance, one.veto is not None
        )
        self.guide = _guide(self._sweep.add(frame))

    def update(self, settled: Sequence[Settled], now_seconds: float) -> list[Action]:
        actions: list[Action] = []
        for view in self._sweep.result():
            if now_seconds >= view.seconds + self._post_roll:
                actions += self._hold(view)
        return actions

    def press(self, moment: Moment, score: float) -> list[Action]:
        self._sweep.end()
        return []

    def finish(self) -> list[Action]:
        self._sweep.end()
        views = self._sweep.result()
        actions = [action for view in views for action in self._hold(view)]
        for rank, view in enumerate(views):
            nearest = min(self._held, key=lambda held: _apart(held, view), default=None)
            if nearest and _apart(nearest, view) < APART:
                why = ReasonCode.OTHER_VIEW if rank else ReasonCode.BEST_VIEW
                actions.append(Keep(nearest.key, nearest.moment, view.score, why))
                self._held.remove(nearest)
        return [*actions, *(Drop(held.key) for held in self._held)]

    def _hold(self, view: View) -> list[Action]:
        moment = self._moments.get(view.seconds)
        if moment is None or any(held.view.seconds == view.seconds for held in self._held):
            return []
        new = _Held(new_key(), view, moment)
        # what lies at the same place was seen better now
        passed = [held for held in self._held if _apart(held, view) < APART / 2]
        self._held = [held for held in self._held if held not in passed] + [new]
        passed += self._held[: max(0, len(self._held) - MOST_HELD)]
        self._held = self._held[-MOST_HELD:]
        return [Propose(new.key, moment), *(Drop(held.key) for held in passed)]


def _apart(held: _Held, view: View) -> float:
    return held.view.position.distance(view.position)


def _guide(guidance: Guidance) -> Guide:
    text = HOLD_STILL if guidance.state == "hold still" else guidance.state
    return Guide(text, guidance.dx, guidance.dy)

"""The best moments of the whole session, varied as in sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from framepick.live.observation import Settled
from framepick.live.policies.actions import Action, Drop, Keep, Propose, new_key
from framepick.live.thinned import Thinned
from framepick.picking.candidates import POOR_PERCENT
from framepick.picking.scenes import find_scenes
from framepick.reasons import ReasonCode
from framepick.types import Floats, Moment, Rows

GAP_SECONDS = 0.5
"""Least time between two candidates."""
SPACING_SECONDS = 1.0
"""Least time between two of the best, while there are others."""
SCENE_WORTH = 2.0
"""What another scene is worth in points of the score, at a variety of 1. In a film it is more:
all scenes are to be shown there, and here a better moment of the same view is as welcome."""
REACH_SHARE = 0.45
"""Farthest that a kept frame lies from its candidate, as a share of the gap: none meet."""
HELD_FOR_EACH = 6
"""Candidates that are held on to for each one that is wanted."""
MOST_SCORES = 1_000
"""Scores of the session that tell what is poor."""
STAYING_SECONDS = 4.0
"""A candidate is saved once it was among the best for so long; most are soon beaten."""


@dataclass(slots=True, eq=False)
class _Candidate:
    one: Settled
    key: int = field(default_factory=new_key)
    since_seconds: float | None = None
    """When it came among the best; None while it is not."""
    is_saved: bool = False


class BestOfSession:
    """Keeps the best `count` moments so far, and replaces them as better ones come.

    Candidates are the best frames of about every half second. The set is chosen greedily by score
    and, as far as `variety` says (0 to 1), by whether a candidate shows another scene and is not
    poor. Near-duplicates by `duplicate_distance` of their contents, and what is less than
    `SPACING_SECONDS` away, only fill up.
    """

    def __init__(
        self,
        count: int,
        post_roll_seconds: float,
        variety: float = 0.5,
        duplicate_distance: float = 0.03,
        gap_seconds: float = GAP_SECONDS,
    ) -> None:
        self._count, self._post_roll = count, post_roll_seconds
        self._variety, self._duplicate_distance = variety, duplicate_distance
        self._gap = gap_seconds
        self._peak: Settled | None = None
        self._held: list[_Candidate] = []
        self._scores: Thinned[float] = Thinned(MOST_SCORES)
        self._shown: dict[int, Floats] = {}
        self._shot = 0

    def update(self, settled: Sequence[Settled], now_seconds: float) -> list[Action]:
        actions: list[Action] = []
        for one in settled:
            if one.veto is None and math.isfinite(one.score):
                self._note(one)
                actions += self._take(one, now_seconds)
        peak = self._peak
        waits = max(self._post_roll, self._gap)
        if peak and now_seconds >= peak.moment.time_seconds + waits:
            actions += self._hold(now_seconds)
        return [*actions, *self._save(now_seconds)]

    def press(self, moment: Moment, score: float) -> list[Action]:
        return []

    def finish(self) -> list[Action]:
        actions = self._hold(math.inf) if self._peak else []
        return [*actions, *self._save(math.inf)]

    def _take(self, one: Settled, now_seconds: float) -> list[Action]:
        peak = self._peak
        actions: list[Action] = []
        if peak and (one.shot != peak.shot or _apart(one, peak) >= self._gap):
            actions = self._hold(now_seconds)
        if self._peak is None or one.score > self._peak.score:
            self._peak = one
        return actions

    def _hold(self, now_seconds: float) -> list[Action]:
        """Hold on to the last peak, and choose the set anew."""
        peak, self._peak = self._peak, None
        if peak is None:
            return []
        new = _Candidate(peak)
        self._held.append(new)
        dropped = self._choose(now_seconds)
        if new in dropped:  # it was never held on to
            dropped.remove(new)
            return [Drop(one.key) for one in dropped]
        return [Propose(new.key, peak.moment), *(Drop(one.key) for one in dropped)]

    def _choose(self, now_seconds: float) -> list[_Candidate]:
        """Choose the set; give candidates that are let go of."""
        chosen = self._best()
        dropped = []
        for one in self._held:
            if one in chosen:
                one.since_seconds = now_seconds if one.since_seconds is None else one.since_seconds
            else:
                one.since_seconds = None
                if one.is_saved:
                    dropped.append(one)
        others = sorted(
            (one for one in self._held if one not in chosen and one not in dropped),
            key=lambda one: -one.one.score,
        )
        dropped += others[self._count * (HELD_FOR_EACH - 1) :]
        self._held = [one for one in self._held if one not in dropped]
        return dropped

    def _best(self) -> list[_Candidate]:
        scores = np.array([one.one.score for one in self._held])
        contents = np.stack([one.one.content for one in self._held])
        scene, least = self._scenes(), self._least()
        times = np.array([one.one.moment.time_seconds for one in self._held])
        is_new = np.ones(len(scores), np.bool_)
        chosen: list[int] = []
        while len(chosen) < min(self._count, len(scores)):
            free = ~np.isin(np.arange(len(scores)), chosen)
            free = free & is_new if (free & is_new).any() else free  # else the others fill up
            other_scene = ~np.isin(scene, scene[chosen]) & (scores >= least)
            worth = np.where(free, scores + self._variety * SCENE_WORTH * other_scene, -np.inf)
            best = int(np.argmax(worth))
            chosen.append(best)
            is_new &= 1.0 - contents @ contents[best] >= self._duplicate_distance
            is_new &= np.abs(times - times[best]) >= SPACING_SECONDS
        return [self._held[at] for at in chosen]

    def _scenes(self) -> Rows:
        """Number the scenes of the candidates (n,): what one shot shows is one scene."""
        numbers, place = np.unique([one.one.shot for one in self._held], return_inverse=True)
        shots = np.stack([self._shown[number] for number in numbers.tolist()])
        self._shown = {number: self._shown[number] for number in (*numbers.tolist(), self._shot)}
        lengths = np.linalg.norm(shots, axis=1, keepdims=True)
        return find_scenes((shots / np.maximum(lengths, 1e-6)).astype(np.float32))[place]

    def _least(self) -> float:
        """Score below which a frame is poor for the session: it makes no scene worth showing."""
        scores = self._scores.kept
        return float(np.percentile(scores, POOR_PERCENT)) if scores else -math.inf

    def _note(self, one: Settled) -> None:
        """Take in what a frame tells of its shot and of the session."""
        self._shot = one.shot
        self._shown[one.shot] = self._shown.get(one.shot, 0.0) + one.content.astype(np.float64)
        self._scores.add(one.score)

    def _save(self, now_seconds: float) -> list[Action]:
        actions: list[Action] = []
        for one in self._held:
            since = one.since_seconds
            stays = since is not None and now_seconds >= since + STAYING_SECONDS
            if (stays or now_seconds == math.inf) and since is not None and not one.is_saved:
                one.is_saved = True
                moment, score = one.one.moment, one.one.score
                reach = REACH_SHARE * self._gap
                why = ReasonCode.BEST_OF_SESSION
                actions.append(Keep(one.key, moment, score, why, reach_seconds=reach))
        return actions


def _apart(one: Settled, other: Settled) -> float:
    return one.moment.time_seconds - other.moment.time_seconds

"""The best moments of the whole session, varied as in sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from framepick.live.observation import Settled
from framepick.live.policies.actions import Action, Drop, Keep, Propose, new_key
from framepick.picking.candidates import POOR_PERCENT, SCENE_WORTH
from framepick.picking.scenes import find_scenes
from framepick.reasons import ReasonCode
from framepick.types import Moment, Rows, Vectors

GAP_SECONDS = 0.5
"""Least time between two candidates."""
HELD_FOR_EACH = 6
"""Candidates that are held on to for each one that is wanted."""
MOST_SCORES = 1_000
"""So many scores of the session tell what is poor; then every second one goes."""
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
    poor. Near-duplicates by `duplicate_distance` of their contents only fill up.
    """

    def __init__(
        self,
        count: int,
        post_roll_seconds: float,
        variety: float = 0.5,
        duplicate_distance: float = 0.02,
        gap_seconds: float = GAP_SECONDS,
    ) -> None:
        self._count, self._post_roll = count, post_roll_seconds
        self._variety, self._duplicate_distance = variety, duplicate_distance
        self._gap = gap_seconds
        self._peak: Settled | None = None
        self._held: list[_Candidate] = []
        self._scores: list[float] = []
        self._seen, self._every = 0, 1

    def update(self, settled: Sequence[Settled], now_seconds: float) -> list[Action]:
        actions: list[Action] = []
        for one in settled:
            if one.veto is None and math.isfinite(one.score):
                self._note(one.score)
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
        scene, least = self._scenes(contents), self._least()
        is_new = np.ones(len(scores), np.bool_)
        chosen: list[int] = []
        while len(chosen) < min(self._count, len(scores)):
            free = ~np.isin(np.arange(len(scores)), chosen)
            free = free & is_new if (free & is_new).any() else free  # else near-duplicates fill up
            other_scene = ~np.isin(scene, scene[chosen]) & (scores >= least)
            worth = np.where(free, scores + self._variety * SCENE_WORTH * other_scene, -np.inf)
            best = int(np.argmax(worth))
            chosen.append(best)
            is_new &= 1.0 - contents @ contents[best] >= self._duplicate_distance
        return [self._held[at] for at in chosen]

    def _scenes(self, contents: Vectors) -> Rows:
        """Number the scenes of the candidates (n,): what one shot shows is one scene."""
        _, place = np.unique([one.one.shot for one in self._held], return_inverse=True)
        shots = np.zeros((int(place.max()) + 1, contents.shape[1]), np.float32)
        np.add.at(shots, place, contents)
        lengths = np.linalg.norm(shots, axis=1, keepdims=True)
        return find_scenes(shots / np.maximum(lengths, 1e-6))[place]

    def _least(self) -> float:
        """Score below which a frame is poor for the session: it makes no scene worth showing."""
        return float(np.percentile(self._scores, POOR_PERCENT)) if self._scores else -math.inf

    def _note(self, score: float) -> None:
        self._seen += 1
        if self._seen % self._every == 0:
            self._scores.append(score)
        if len(self._scores) >= MOST_SCORES:
            self._scores = self._scores[1::2]
            self._every *= 2

    def _save(self, now_seconds: float) -> list[Action]:
        actions: list[Action] = []
        for one in self._held:
            since = one.since_seconds
            stays = since is not None and now_seconds >= since + STAYING_SECONDS
            if (stays or now_seconds == math.inf) and since is not None and not one.is_saved:
                one.is_saved = True
                moment, score = one.one.moment, one.one.score
                actions.append(Keep(one.key, moment, score, ReasonCode.BEST_OF_SESSION))
        return actions


def _apart(one: Settled, other: Settled) -> float:
    return one.moment.time_seconds - other.moment.time_seconds

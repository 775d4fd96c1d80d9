"""The order of pictures of one thing, of frames near a peak as of photos of a burst (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.reasons import Reason, ReasonCode
from framepick.refine.face_order import JudgedFace
from framepick.types import Flags, Floats

TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """Pictures of one thing, of which one is kept; one row per picture without a veto."""

    sharpness: Floats
    """(N,) fine structure; only ratios mean anything."""
    scores: Floats
    """(N,)"""
    tie_scores: Floats
    """(N,) what counts where pictures score the same and are as sharp."""
    same_score: float
    """Pictures whose scores differ by so much at most score the same."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceChoice:
    """Which picture is kept for its main face; it may be the one ranked first."""

    place: int
    """Place among the alternatives of the picture that is kept."""
    passed_over: int
    """Place of the picture ranked first."""
    face: JudgedFace | None
    """The main face of the picture that is kept, if it can be judged."""
    better: ReasonCode | None
    """What is better than in the picture ranked first; None if that is kept."""
    worse: Mapping[int, ReasonCode]
    """What is worse in other pictures, by place."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Which of several alternatives to keep, best first."""

    order: NDArray[np.int64]
    """(n,) places of the alternatives that are free to be kept, best first; at least one."""
    contenders: int
    """So many of them, the first, score as high as any: among these sharpness decides."""
    is_restricted: bool
    """Whether other alternatives are not free."""
    face_choice: FaceChoice | None = None
    """Set where faces were compared."""

    @property
    def best(self) -> int:
        """Place of the picture to keep."""
        return self.face_choice.place if self.face_choice else int(self.order[0])

    @property
    def seconds(self) -> NDArray[np.int64]:
        """Places of the pictures that may come second, best first."""
        if self.face_choice is None:
            return self.order[1:]
        after = np.cumsum(self.order == self.best) > 0
        after &= self.order != self.best
        return self.order[after | np.isin(self.order, list(self.face_choice.worse))]


def rank(pictures: Alternatives, free: Flags, equal_sharpness: float) -> Ranking | None:
    """Rank the pictures that are `free` (N,) to be kept; None if none is.

    Those that score the same as the best are ordered by sharpness, in steps of `equal_sharpness`,
    then by `Alternatives.tie_scores`; all others follow.
    """
    if not free.any():
        return None
    contends = free & (pictures.scores >= pictures.scores[free].max() - pictures.same_score)
    sharpness = np.maximum(pictures.sharpness, TINY)
    steps = np.floor(np.log(sharpness / sharpness[contends].max()) / np.log(equal_sharpness))
    places = np.arange(len(sharpness))
    order = np.lexsort((places, -pictures.tie_scores, steps, ~contends))
    return Ranking(order[free[order]], int(contends.sum()), not bool(free.all()))


def sharpest_share(pictures: Alternatives, ranking: Ranking) -> float:
    """Sharpness of the picture that is kept, over that of the sharpest that scores as high."""
    kept, most = pictures.sharpness[ranking.best], pictures.sharpness[_contenders(ranking)].max()
    return float(kept / most) if kept < most else 1.0


def second_reason(
    pictures: Alternatives, ranking: Ranking, other: int, equal_sharpness: float
) -> Reason:
    """Tell why the picture at the place `other` comes after the one that is kept."""
    best = ranking.best
    if ranking.face_choice and (worse := ranking.face_choice.worse.get(other)):
        return Reason(worse)
    if other not in _contenders(ranking):
        difference = float(pictures.scores[best] - pictures.scores[other])
        return Reason(ReasonCode.LOWER_SCORE, {"difference": difference})
    sharpness = np.maximum(pictures.sharpness[[best, other]], TINY)
    left = float(sharpness[1] / sharpness[0])
    is_lower = pictures.tie_scores[other] < pictures.tie_scores[best]
    if left < (equal_sharpness if is_lower else 1.0):
        return Reason(ReasonCode.LESS_SHARP, {"share": 1.0 - left})
    return Reason(ReasonCode.LOWER_RAW_SCORE if is_lower else ReasonCode.LATER)


def _contenders(ranking: Ranking) -> NDArray[np.int64]:
    return ranking.order[: ranking.contenders]

"""A taste: what was judged, what was learnt from it, and how it moves scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from framepick.measures import looks
from framepick.reasons import Reason, ReasonCode
from framepick.taste.learning import Lesson
from framepick.taste.pictures import Judged, Pictures
from framepick.taste.ranker import PersonalScorer
from framepick.taste.reference import Reference
from framepick.types import Floats, Vectors

IN_VIDEO = 0.5
"""What a taste counts in a video, where moments are compared that show nearly the same, over what
it counts among photos: with more, frames are kept that fit it better, at worse moments."""


@dataclass(frozen=True, slots=True)
class TasteCard:
    """The description of a taste."""

    name: str
    model: str
    """The model whose vectors it was learnt from, as `model_id` names it."""
    made_at: str
    """Day it was learnt, as in 2025-03-01."""
    likes: int
    dislikes: int
    way: str
    """The best way to learn it."""
    is_used: bool
    """Whether it helps, and so moves scores."""
    accuracy: Mapping[str, float] = field(default_factory=dict)
    """Share of pairs of a like and a dislike in the right order, each left out once, by way."""
    general_accuracy: float = 0.5
    """The same by the general score."""
    chance: float = 1.0
    """Probability that random judgements are ordered as well."""
    missing_likes: int = 0
    """About so many more likes are needed before it can help; 0 if more alone do not."""


@dataclass(frozen=True, eq=False)
class Taste:
    """A taste in the vectors of one model."""

    card: TasteCard
    judged: Judged
    lesson: Lesson
    reference: Reference
    digest: str = ""
    """Hash of its file."""

    @property
    def label(self) -> str | None:
        """Name it with its content, for results that depend on it; None if it moves nothing."""
        return f"{self.card.name} {self.digest[:12]}" if self.lesson.ranker else None

    def moves_in_video(self, pictures: Pictures) -> Floats:
        """Points of the score (N,) that it moves frames of a video by."""
        found: Floats = IN_VIDEO * self.moves(pictures)
        return found

    def reason(self, points: float) -> Reason:
        """Say that it moved a score by so many points."""
        return Reason(ReasonCode.TASTE, {"name": self.card.name, "points": points})

    @cached_property
    def _scorer(self) -> PersonalScorer | None:
        ranker = self.lesson.ranker
        liked = self.judged.likes.content
        return PersonalScorer(ranker, liked, self.reference) if ranker else None

    def score(self, pictures: Pictures) -> Floats:
        """Personal scores (N,), on the scale of the general ones; those if it moves nothing."""
        return self._scorer.score(pictures) if self._scorer else pictures.scores

    def moves(self, pictures: Pictures) -> Floats:
        """Points of the score (N,) that it moves pictures by."""
        found: Floats = self.score(pictures) - pictures.scores
        return found


def pictures_of_frames(content: Vectors, scores: Floats, measures: np.ndarray) -> Pictures:
    """Give what tastes know of N frames; measures are rows of `MEASURES_DTYPE`."""
    return Pictures(content, looks(measures), scores)

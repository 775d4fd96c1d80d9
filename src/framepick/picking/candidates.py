"""Frames that picks may be made of, and what each would add to those that are chosen."""

from __future__ import annotations

import numpy as np

from framepick.picking.choice import Choice, Chosen
from framepick.picking.coverage import Coverage
from framepick.picking.peaks import PercentileOf, best_first
from framepick.types import Floats, Rows, Vectors

SCENE_WORTH = 10.0
"""What the first pick of a scene is worth in points of the score, at a variety of 1."""
POOR_PERCENT = 10.0
"""Share of the frames of a video whose scores are poor for it: they make no scene worth showing."""
MAX_SAMPLE = 512
"""Frames that stand for the whole video."""


class Candidates:
    """The candidates of a choice; rows n of all its arrays are one candidate."""

    def __init__(
        self, choice: Choice, parts: Rows, vectors: Vectors, percentile_of: PercentileOf
    ) -> None:
        """Take those of the rows `parts` (n,), of contents `vectors` (n, C), that are not poor."""
        curve, eligible = choice.curve, choice.eligible
        order = best_first(curve, parts, eligible, percentile_of)
        self.rows, self.vectors = parts[order], vectors[order]
        self.scores = curve.smoothed[self.rows]
        self._variety = choice.rules.variety
        self._scene = choice.scene
        all_scores = curve.smoothed[eligible]
        least = np.percentile(all_scores, POOR_PERCENT) if len(all_scores) else 0.0
        self._adds_scene = self.scores >= least
        self._coverage = Coverage(choice.vectors_of(_sample(eligible)))
        self._likeness = self._coverage.likeness(self.vectors)

    @property
    def values(self) -> Floats:
        """(N,) score, and the variety times what a candidate adds to the set.

        That is how much of the video it newly stands for, up to a point and more, and `SCENE_WORTH`
        where it is the first of its scene and not poor.
        """
        added = self._coverage.gains(self._likeness) + SCENE_WORTH * self._adds_scene
        return self.scores + self._variety * added

    def take(self, chosen: Chosen) -> None:
        """Take in a frame that is chosen, and the candidate that it was refined from."""
        self._coverage.add(chosen.vectors)
        self._adds_scene &= self._scene[self.rows] != self._scene[chosen.row]


def _sample(eligible: Rows) -> Rows:
    """At most `MAX_SAMPLE` of the rows `eligible` (n,), at even steps."""
    count = min(len(eligible), MAX_SAMPLE)
    return eligible[np.arange(count) * len(eligible) // max(count, 1)]

"""How well frames stand for what a video shows (pure, by content vectors).

A frame stands for another one by how alike their contents are: `1 - distance / REACH`, at least 0.
What a set of frames covers is the sum, over frames of the whole video, of how well the best of the
set stands for each: the facility location function, which is monotone and submodular, so that a
greedy choice has a guarantee (Nemhauser, Wolsey and Fisher 1978). Frames weigh the less the more
others are like them: a long scene counts as much as a short one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Floats, Vectors

REACH = 0.5
"""Cosine distance of content vectors from which two frames have nothing in common."""


class Coverage:
    """What is covered of `sample` (M, C), content vectors that lie evenly in the video."""

    def __init__(self, sample: Vectors) -> None:
        self._sample = sample
        self._weights = 1 / np.maximum(_likeness(sample, sample).sum(axis=1), 1.0)
        self._covered = np.zeros(len(sample), np.float32)

    def likeness(self, vectors: Vectors) -> NDArray[np.float32]:
        """How well frames of content `vectors` (N, C) stand for the sample (M,): (N, M), 0 to 1."""
        return _likeness(vectors, self._sample)

    def gains(self, likeness: NDArray[np.float32]) -> Floats:
        """How much each of the frames of `likeness` (N, M) would add: 1 for a scene of its own."""
        added: Floats = np.maximum(likeness - self._covered, 0) @ self._weights
        return added

    def add(self, vectors: Vectors) -> None:
        """Take in frames of content `vectors` (n, C)."""
        self._covered = np.maximum(self._covered, self.likeness(vectors).max(axis=0))


def _likeness(first: Vectors, second: Vectors) -> NDArray[np.float32]:
    distances = 1 - first @ second.T
    likeness: NDArray[np.float32] = np.clip(1 - distances / REACH, 0, 1).astype(np.float32)
    return likeness

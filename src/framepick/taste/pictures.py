"""What a taste knows of pictures: what they show, how they look, how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from framepick.shape_repr import ShapeRepr
from framepick.types import Flags, Floats, Rows, Vectors

MOST_LOOK = 4.0
"""Looks farther from the mean than so many deviations count as that far."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pictures(ShapeRepr):
    """N pictures, as they are measured."""

    content: Vectors
    """(N, C) content vectors, of length 1."""
    look: Vectors
    """(N, L) measures of light, colour and texture, by `framepick.measures.looks`."""
    scores: Floats
    """(N,) general scores of the pictures on their own."""

    def __post_init__(self) -> None:
        shapes = self.content.ndim, self.look.ndim, self.scores.ndim
        lengths = {len(self.content), len(self.look), len(self.scores)}
        if shapes != (2, 2, 1) or len(lengths) != 1:
            raise ValueError("content, look and scores must have a row for each picture")

    def __len__(self) -> int:
        return len(self.scores)

    def of_rows(self, rows: Rows | Flags | slice) -> Self:
        """Some of the pictures."""
        return type(self)(self.content[rows], self.look[rows], self.scores[rows])


def joined(parts: Sequence[Pictures]) -> Pictures:
    """Give several pictures one after the other."""
    return Pictures(
        np.concatenate([one.content for one in parts]),
        np.concatenate([one.look for one in parts]),
        np.concatenate([one.scores for one in parts]),
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scale(ShapeRepr):
    """Mean and deviation of looks and scores of photographs at large."""

    look_mean: Vectors
    """(L,)"""
    look_deviation: Vectors
    """(L,), above 0."""
    score_mean: float
    score_deviation: float
    """Above 0."""

    def standard(self, pictures: Pictures) -> Pictures:
        """Give pictures with looks and scores in deviations from the mean."""
        look = (pictures.look - self.look_mean) / self.look_deviation
        scores = (pictures.scores - self.score_mean) / self.score_deviation
        return Pictures(pictures.content, np.clip(look, -MOST_LOOK, MOST_LOOK), scores)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Judged(ShapeRepr):
    """Pictures that a person likes or dislikes."""

    pictures: Pictures
    liked: Flags
    """(N,) False for a dislike."""

    def __post_init__(self) -> None:
        if self.liked.shape != (len(self.pictures),):
            raise ValueError("each picture is liked or disliked")

    @property
    def like_count(self) -> int:
        return int(self.liked.sum())

    @property
    def dislike_count(self) -> int:
        return int((~self.liked).sum())

    @property
    def likes(self) -> Pictures:
        return self.pictures.of_rows(self.liked)

"""The smallest change of a picture that moves its score by a step: what it is, and where.

Every change of `EDITS` is tried on the whole view and, by the averages of the network, on each part
alone. Parts are then changed in order of what they move the score by for how much they change,
until the score, as the network gives it for the changed pixels, has moved by the step.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from framepick.explaining.edits import EDITS, Edit
from framepick.explaining.leaving_out import GRID, REACH, window_means, windows
from framepick.explaining.regions import Box, box_around, cell_means, regions_of
from framepick.scoring import NormScorer
from framepick.shape_repr import ShapeRepr
from framepick.types import Flags, Floats, Pixels, Vectors

if TYPE_CHECKING:
    from framepick.encoding.averages import CutNetwork

STEP = 0.15
"""Points: about a fifth of what photographs differ by."""
_TRIED = 3
"""Changes that are made in pixels, the smallest first, until one moves the score by the step."""
_SOFT_EDGE = 4


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SmallestChange(ShapeRepr):
    """A change of a part of a picture that moves the score by a step."""

    edit: Edit
    part: Flags
    """(G, G) the cells that are changed."""
    points: float
    """What the score moves by, measured on the changed pixels."""
    size: float
    """Mean change of a pixel over the whole picture, in levels of 255."""

    @property
    def share(self) -> float:
        """Share of the picture that is changed."""
        return float(self.part.mean())

    @property
    def box(self) -> Box:
        """The box around the largest connected part."""
        return box_around(regions_of(self.part)[0])


@dataclass(frozen=True, slots=True, eq=False)
class LocalEffects:
    """What an edit does where it is made in one part only."""

    edit: Edit
    edited: Pixels
    """(S, S, 3) the whole view, changed."""
    points: Floats
    """(G, G) what the score moves by."""
    sizes: Floats
    """(G, G) mean change of a pixel of each cell, in levels of 255."""


class WhatIf:
    """Tries changes of one view (S, S, 3)."""

    def __init__(self, network: CutNetwork, view: Pixels) -> None:
        self._network, self._view = network, view
        self._scorer = NormScorer.of(network.card)
        self._maps = network.maps(view)
        self._averages = [one.mean(axis=(1, 2))[None] for one in self._maps]
        self.score = float(self._scores(self._averages)[0])
        """The score of the view as it is."""

    def score_of(self, view: Pixels) -> float:
        """Score another view."""
        maps = self._network.maps(view)
        return float(self._scores([one.mean(axis=(1, 2))[None] for one in maps])[0])

    def effects(self, edit: Edit) -> LocalEffects:
        """Tell what an edit does in each part, as the averages of the network have it."""
        edited = edit.apply(self._view)
        rows = [
            whole + window_means(after - before, windows(GRID, REACH, before.shape[1]))
            for whole, before, after in zip(
                self._averages, self._maps, self._network.maps(edited), strict=True
            )
        ]
        points = (self._scores(rows) - self.score).reshape(GRID, GRID)
        difference = np.abs(edited.astype(np.float32) - self._view).mean(axis=2)
        return LocalEffects(edit, edited, points, cell_means(difference, GRID, GRID))

    def changed(self, edited: Pixels, part: Flags) -> Pixels:
        """Give the view with `edited` in the cells of `part` (G, G), with soft edges."""
        share = soft_mask(part, len(self._view))[..., None]
        return np.asarray(np.rint(self._view * (1 - share) + edited * share), np.uint8)

    def smallest(
        self, direction: int, step: float = STEP, edits: Sequence[Edit] = EDITS
    ) -> SmallestChange | None:
        """Find the smallest of `edits` that lifts the score (1) or lowers it (-1) by a step.

        None where none of them moves it so far.
        """
        tried = [self._planned(self.effects(edit), direction, step) for edit in edits]
        plans = sorted((one for one in tried if one), key=lambda plan: plan[0])
        found = (self._realised(effects, direction, step) for _, effects in plans[:_TRIED])
        done = [one for one in found if one]
        return min(done, key=lambda one: one.size, default=None)

    def _planned(
        self, effects: LocalEffects, direction: int, step: float
    ) -> tuple[float, LocalEffects] | None:
        """Tell how large the change has to be, by what its parts do on their own."""
        order = _in_order(effects, direction)
        reached = np.cumsum((effects.points * direction).ravel()[order])
        enough = np.flatnonzero(reached >= step)
        if not len(enough):
            return None
        return float(effects.sizes.ravel()[order][: enough[0] + 1].sum()) / GRID**2, effects

    def _realised(
        self, effects: LocalEffects, direction: int, step: float
    ) -> SmallestChange | None:
        """Change as few parts as are enough, found by halving."""
        order = _in_order(effects, direction)
        made = [self._measured(effects, order)] if len(order) else []

        def is_enough(count: int) -> bool:
            made.append(self._measured(effects, order[:count]))
            return made[-1].points * direction >= step

        bisect_left(range(1, len(order)), True, key=is_enough)
        enough = (one for one in made if one.points * direction >= step)
        return min(enough, key=lambda one: one.size, default=None)

    def _measured(self, effects: LocalEffects, cells: np.ndarray) -> SmallestChange:
        part: Flags = np.zeros((GRID, GRID), np.bool_)
        part.flat[cells] = True
        view = self.changed(effects.edited, part)
        size = float(np.abs(view.astype(np.float32) - self._view).mean())
        return SmallestChange(effects.edit, part, self.score_of(view) - self.score, size)

    def _scores(self, averages: list[Vectors]) -> Floats:
        rows = [np.ascontiguousarray(one, np.float32) for one in averages]
        return self._scorer.norms(self._network.judge(rows).aesthetic)


def soft_mask(part: Flags, side: int) -> Vectors:
    """Give (side, side), 1 in the cells of `part` (G, G), softened at their edges."""
    places = (np.arange(side) * len(part)) // side
    mask = part.astype(np.float32)[places][:, places]
    for axis in (0, 1):
        reach = [(_SOFT_EDGE, _SOFT_EDGE) if one == axis else (0, 0) for one in (0, 1)]
        padded = np.pad(mask, reach, mode="edge")  # a part at one border ends there
        mask = sliding_window_view(padded, 2 * _SOFT_EDGE + 1, axis).mean(axis=-1)
    return np.asarray(mask, np.float32)


def _in_order(effects: LocalEffects, direction: int) -> np.ndarray:
    """Cells that move the score that way, those first that move it most for what they change."""
    gains = (effects.points * direction).ravel()
    worth = gains / np.maximum(effects.sizes.ravel(), 0.1)
    order = np.argsort(-worth, kind="stable")
    return order[gains[order] > 0]

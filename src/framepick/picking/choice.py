"""The frames chosen so far, and what they are chosen from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from framepick.config import PickConfig
from framepick.picking.refining import AllVetoed, RefinedPeak, RefinePeak
from framepick.reasons import Reason
from framepick.types import Flags, Floats, Rows, ScoreCurve, Vectors

MAX_VETOED_CANDIDATES = 64
"""Candidates without a frame near them that can be kept, after which no more are tried."""

VectorsOf = Callable[[Rows], Vectors]
"""Gives the content vectors (n, C), rows of length 1, of rows (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """One frame that is chosen."""

    candidate: int
    """Row that was proposed, such as that of a peak."""
    refined: RefinedPeak
    """The frame that is kept for it."""
    reason: Reason
    """Why it is chosen."""
    vectors: Vectors
    """(2, C) content of the frame that is kept and of the candidate: another candidate with the
    content of either would be refined to a near-duplicate."""

    @property
    def row(self) -> int:
        """Row of the frame that is kept."""
        return self.refined.row


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A frame that is chosen beforehand, whatever its score."""

    candidate: int
    """Row that it was refined from; its own if it was not."""
    refined: RefinedPeak
    reason: Reason
    """Why it is held."""


@dataclass(slots=True, eq=False)
class Choice:
    """Frames chosen one by one; ranks run from 1 in the order of `chosen`."""

    curve: ScoreCurve
    rules: PickConfig
    vectors_of: VectorsOf
    refine_peak: RefinePeak
    eligible: Rows
    """(n,) rows without a hard veto, rising."""
    gap_seconds: float
    """Least time between two frames."""
    scene: Rows
    """(T,) scene of each row; -1 in shots without an eligible row."""
    chosen: list[Chosen] = field(default_factory=list)
    unwanted: Vectors | None = None
    """(n, C) contents that the user vetoed: what shows the same comes last."""
    vetoed: list[Rows] = field(default_factory=list)
    """Rows around each candidate near which no frame can be kept."""

    @property
    def rows(self) -> list[int]:
        """Rows of the frames that are kept."""
        return [one.row for one in self.chosen]

    @property
    def missing(self) -> int:
        """How many frames are still wanted."""
        return max(0, self.rules.count - len(self.chosen))

    @property
    def goes_on(self) -> bool:
        """Whether more candidates are to be tried."""
        return self.missing > 0 and len(self.vetoed) < MAX_VETOED_CANDIDATES

    @property
    def taken_seconds(self) -> Floats:
        """Times (n,) of the frames that are kept."""
        return self.curve.times_seconds[self.rows]

    def hold(self, held: Iterable[Held]) -> None:
        """Choose frames beforehand, each once."""
        for one in held:
            if one.refined.row not in self.rows:
                vectors = self.vectors_of(np.array([one.refined.row, one.candidate], np.int64))
                self.chosen.append(Chosen(one.candidate, one.refined, one.reason, vectors))

    def is_spaced(self, row: int) -> bool:
        """Tell whether a frame keeps the spacing to all that are chosen."""
        return bool(self.are_spaced(np.array([row], np.int64))[0])

    def are_spaced(self, rows: Rows) -> Flags:
        """Tell which of `rows` (n,) keep the spacing to all that are chosen."""
        apart = np.abs(self.curve.times_seconds[rows][:, None] - self.taken_seconds[None])
        return np.asarray(np.all(apart >= self.gap_seconds, axis=1), np.bool_)

    def have_room(self, rows: Rows) -> Flags:
        """Tell which of `rows` (n,) lie in shots and scenes that may be given another pick."""
        room = np.ones(len(rows), np.bool_)
        for group, most in (
            (self.curve.shot, self.rules.per_shot),
            (self.scene, self.rules.per_scene),
        ):
            if most is not None:
                numbers, counts = np.unique(group[self.rows], return_counts=True)
                room &= ~np.isin(group[rows], numbers[counts >= most])
        return room

    def are_new(self, vectors: Vectors) -> Flags:
        """Tell which contents (n, C) are no near-duplicates of what is chosen."""
        new = np.ones(len(vectors), np.bool_)
        for one in self.chosen:
            distances = 1.0 - (vectors @ one.vectors.T).max(axis=1)
            new &= distances >= self.rules.duplicate_distance
        return new

    def are_wanted(self, vectors: Vectors) -> Flags:
        """Tell which contents (n, C) are no near-duplicates of what the user vetoed."""
        if self.unwanted is None:
            return np.ones(len(vectors), np.bool_)
        distances = 1.0 - (vectors @ self.unwanted.T)
        return np.asarray((distances >= self.rules.duplicate_distance).all(axis=1), np.bool_)

    def are_untried(self, rows: Rows) -> Flags:
        """Tell which of `rows` (n,) lie outside the last place where no frame can be kept."""
        return ~np.isin(rows, self.vetoed[-1]) if self.vetoed else np.ones(len(rows), np.bool_)

    def closest_in_time(self, row: int) -> tuple[int, float]:
        """Rank of the chosen frame that is closest in time, and the seconds between."""
        apart = np.abs(self.taken_seconds - self.curve.times_seconds[row])
        place = int(np.argmin(apart))
        return place + 1, float(apart[place])

    def closest_in_content(self, vector: Vectors) -> tuple[int, float]:
        """Rank and cosine distance of the chosen frame of closest content; (0, 2) if none is."""
        if not self.chosen:
            return 0, 2.0
        distances = 1.0 - (np.stack([one.vectors for one in self.chosen]) @ vector).max(axis=1)
        place = int(np.argmin(distances))
        return place + 1, float(distances[place])

    def is_new(self, vector: Vectors) -> bool:
        """Tell whether content (C,) is no near-duplicate of what is chosen."""
        return self.closest_in_content(vector)[1] >= self.rules.duplicate_distance

    def refine(self, candidate: int, gap_seconds: float) -> tuple[RefinedPeak, Vectors] | None:
        """Give the frame to keep near a candidate, with the content (2, C) of both.

        None where no frame near it can be kept, or where that one is chosen already.
        """
        found = self.refine_peak(candidate, self.taken_seconds, gap_seconds)
        if isinstance(found, AllVetoed):
            if len(found.rows):
                self.vetoed.append(found.rows)
            return None
        if found.row in self.rows:
            return None
        return found, self.vectors_of(np.array([found.row, candidate], np.int64))

    def sort(self) -> None:
        """Put what is chosen in order of the scores of the frames that are kept, best first."""
        self.chosen.sort(key=lambda one: -self.curve.smoothed[one.row])

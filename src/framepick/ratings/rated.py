"""The rated set that all readers return."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from framepick.types import Floats


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row of a table that could not be used."""

    line: int
    """Line of the file, from 1."""
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class RatedSet:
    """N rated pictures, in the order of their table."""

    name: str
    """The set's name, or that of its table."""
    paths: tuple[Path, ...]
    """N files that were there when the table was read."""
    score: Floats
    """(N,) higher is better: a mean rating, or log faves / log views."""
    votes: Floats | None
    """(N, B) how many people gave each of `vote_values`; None where the set does not say."""
    vote_values: Floats | None
    """(B,) rising ratings that could be given, such as 1 to 7."""
    category: NDArray[np.str_]
    """(N,) what is shown, empty where unknown."""
    theme: NDArray[np.str_]
    """(N,) pictures that belong together share it; the picture's own name where unknown."""
    split: NDArray[np.str_]
    """(N,) train, dev and the like, empty where unknown."""
    is_free: NDArray[np.bool_]
    """(N,) True where weights fitted on the picture may be shipped; False where unknown."""
    broken: tuple[BrokenRow, ...]
    """Rows of the table that were skipped."""

    def __post_init__(self) -> None:
        for name in ("score", "category", "theme", "split", "is_free"):
            shape = getattr(self, name).shape
            if shape != (len(self.paths),):
                raise ValueError(f"{name} must be ({len(self.paths)},), not {shape}")
        if not np.isfinite(self.score).all():
            raise ValueError("scores must be finite")
        if (self.votes is None) != (self.vote_values is None):
            raise ValueError("votes and vote_values come together")
        if self.votes is not None and self.vote_values is not None:
            expected = (len(self.paths), len(self.vote_values))
            if self.votes.shape != expected:
                raise ValueError(f"votes must be {expected}, not {self.votes.shape}")

    def __len__(self) -> int:
        return len(self.paths)

    def select(self, rows: ArrayLike) -> RatedSet:
        """Select rows by positions, in their order, or by a mask (N,)."""
        index = np.asarray(rows)
        chosen = np.arange(len(self))[index if index.size else slice(0)]
        columns: dict[str, Any] = {
            field.name: value[chosen]
            for field in fields(self)
            if field.name != "vote_values"
            and isinstance(value := getattr(self, field.name), np.ndarray)
        }
        return replace(self, paths=tuple(self.paths[row] for row in chosen), **columns)

"""Which photos of a collection show the same: bursts, and near-duplicates (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from framepick.collection import PhotoFacts
from framepick.photos.layout import layouts
from framepick.types import Flags, Rows, Vectors

DUPLICATE_DISTANCE = 0.03
"""Cosine distance of content vectors up to which two photos show the same, whenever taken."""
SUBJECT_DISTANCE = 0.5
"""The same for photos of one burst, and for those of one layout: the hand moves, and so does the
subject; a blurred photo lies 0.2 to 0.5 from a sharp one."""
SAME_LAYOUT, LAYOUT_PER_DISTANCE = 0.78, 0.25
"""Least likeness of the layouts of near-duplicates, and what a distance of 1 adds to it: the less
two photos show the same, the more alike they have to be."""
BURST_GAP_SECONDS = 2.0
"""Longest time from one photo of a burst to the next."""
_ROWS_TOGETHER = 512


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """What N photos are compared by."""

    content: Vectors
    """(N, C)."""
    layout: Vectors
    """(N, L)."""
    bursts: Rows
    """(N,) number of the burst of each."""

    def similar(self, rows: Rows) -> Iterator[tuple[Rows, Flags]]:
        """Give `rows` (n,) some at a time, with True (k, N) for the photos that show the same."""
        for start in range(0, len(rows), _ROWS_TOGETHER):
            some = rows[start : start + _ROWS_TOGETHER]
            distances = 1.0 - self.content[some] @ self.content.T
            likeness = self.layout[some] @ self.layout.T
            same_view = likeness >= SAME_LAYOUT + LAYOUT_PER_DISTANCE * distances
            same_view |= self.bursts[some, None] == self.bursts[None]
            similar = distances <= np.where(same_view, SUBJECT_DISTANCE, DUPLICATE_DISTANCE)
            similar[np.arange(len(some)), some] = True
            yield some, similar


def similar_photos(photos: Sequence[PhotoFacts]) -> list[list[int]]:
    """Group photos, each by its place; one that is like no other is a group of its own.

    The photo with the most similar ones gathers them, then the one with the most among the rest,
    and so on. So no chain of small differences joins photos that differ, and memory stays flat.
    """
    if not photos:
        return []
    content = np.array([photo.content for photo in photos], np.float32)
    layout = layouts([photo.luma_grid for photo in photos])
    compared = _Compared(content, layout, burst_numbers(photos))
    rows = np.arange(len(photos))
    counts = np.concatenate([alike.sum(axis=1) for _, alike in compared.similar(rows)])
    order = np.lexsort((rows, -counts))
    return _gathered(compared, order[counts[order] > 1], len(photos))


def burst_numbers(photos: Sequence[PhotoFacts]) -> Rows:
    """Number (N,) the series that one camera took without a longer gap.

    Each photo without a time has a number of its own.
    """
    times = np.array([_seconds(photo) for photo in photos], np.float64)
    cameras = np.unique([photo.capture.camera for photo in photos], return_inverse=True)[1]
    order = np.lexsort((times, cameras))
    same_camera = np.diff(cameras[order]) == 0
    # of times that are missing, differences are no numbers, and none is small
    follows = same_camera & (np.diff(times[order]) <= BURST_GAP_SECONDS)
    numbers = np.empty(len(photos), np.int64)
    numbers[order] = np.concatenate([[0], np.cumsum(~follows)])[: len(photos)]
    return numbers


def _gathered(compared: _Compared, order: Rows, count: int) -> list[list[int]]:
    is_free = np.ones(count, np.bool_)
    groups: list[list[int]] = []
    for rows, similar in compared.similar(order):
        for row, alike in zip(rows.tolist(), similar, strict=True):
            if is_free[row]:
                members = np.flatnonzero(alike & is_free)
                is_free[members] = False
                groups.append(members.tolist())
    return groups + [[row] for row in np.flatnonzero(is_free).tolist()]


def _seconds(photo: PhotoFacts) -> float:
    seconds = photo.capture.seconds
    return np.nan if seconds is None else seconds

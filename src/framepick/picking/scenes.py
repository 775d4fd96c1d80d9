"""Shots that show the same form one scene (pure, by content vectors).

Takes, a camera that returns, and shots of one place are found by average linkage: the two groups
of shots that are most alike are merged until none are alike enough. Chains of nearest neighbours
find them, since each ends in two groups that may be merged at once (Murtagh, "A survey of recent
advances in hierarchical clustering algorithms", 1983).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from framepick.types import Rows, Vectors

SCENE_DISTANCE = 0.5
"""Mean cosine distance of content vectors from which shots belong to different scenes."""
TINY = 1e-6
MAX_SHOTS = 4096
"""Where there are more shots, neighbours are taken together."""


def scenes_of(shot: NDArray[np.int32], rows: Rows, vectors: Vectors) -> Rows:
    """Number the scene (T,) of each frame from 0, in order of time.

    Parameters
    ----------
    shot
        (T,) number of the shot of each frame.
    rows, vectors
        Frames (n,), and their contents (n, C), rows of length 1. A shot without one of them belongs
        to no scene: -1.
    """
    numbers, place = np.unique(shot[rows], return_inverse=True)
    scene = np.full(int(shot.max(initial=-1)) + 1, -1, np.int64)
    if len(rows):
        place = place // -(-len(numbers) // MAX_SHOTS)
        sums = np.zeros((int(place.max()) + 1, vectors.shape[1]), np.float32)
        np.add.at(sums, place, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        scene[shot[rows]] = find_scenes(sums / np.maximum(lengths, TINY))[place]
    return scene[shot]


def find_scenes(shots: Vectors) -> Rows:
    """Number the scene (S,) of shots of contents (S, C), from 0 in their order."""
    scene, distances = np.arange(len(shots)), 1.0 - shots @ shots.T
    np.fill_diagonal(distances, np.inf)
    size = np.ones(len(shots), np.float32)
    is_open = np.ones(len(shots), np.bool_)
    chain: list[int] = []
    while is_open.any():
        if not chain:
            chain = [int(np.argmax(is_open))]
        last, near = chain[-1], int(np.argmin(distances[chain[-1]]))
        if len(chain) > 1 and distances[last, chain[-2]] <= distances[last, near]:
            near = chain[-2]
        if distances[last, near] >= SCENE_DISTANCE:  # those before it in the chain have none nearer
            is_open[chain] = False
            chain = []
        elif len(chain) > 1 and near == chain[-2]:
            _merge(distances, size, near, last)
            is_open[last] = False
            scene[scene == last] = near
            del chain[-2:]
        else:
            chain.append(near)
    return _in_order(scene)


def _merge(distances: Vectors, size: Vectors, one: int, other: int) -> None:
    """Merge the group `other` into the group `one`, in place."""
    total = size[one] + size[other]
    mean = (size[one] * distances[one] + size[other] * distances[other]) / total
    distances[one] = distances[:, one] = mean
    distances[other] = distances[:, other] = distances[one, one] = np.inf
    size[one] = total


def _in_order(scene: Rows) -> Rows:
    """Number scenes from 0 by their first shot."""
    _, first, group = np.unique(scene, return_index=True, return_inverse=True)
    order: Rows = np.argsort(np.argsort(first))
    return order[group]

"""Rounds of judging: which pictures to judge next, and pictures like a given one (pure)."""

from __future__ import annotations

import numpy as np

from framepick.taste.pictures import Judged, Pictures
from framepick.taste.ranker import Ranker
from framepick.taste.reference import Reference
from framepick.taste.ways import Examples, Way, fitted
from framepick.types import Floats, Rows, Vectors

ROUND = 12
SAME = 0.999
"""Cosine of content from which two pictures count as one."""
_UNSURE = 0.3
"""Liking of either sign beyond which a judgement tells little."""
_SHARE = 0.3
"""What being unsure of a picture counts, and as much being near a like, over being different from
the pictures of the round (cosine of content)."""
_LOOK_SHARE = 0.05
"""What a deviation of the look counts, in cosine of content, between pictures that are alike."""


def next_to_judge(
    pictures: Pictures, judged: Judged | None, reference: Reference, count: int = ROUND
) -> Rows:
    """Choose pictures (n,) whose judgement tells most: unsure ones, near likes, all different.

    Where nothing was judged, they are different only.
    """
    if judged is None:
        nothing = np.empty((0, pictures.content.shape[1]), np.float32)
        return _varied(pictures.content, np.zeros(len(pictures)), nothing, count)
    worth = _worth(reference.scale.standard(pictures), judged, reference)
    return _varied(pictures.content, worth, judged.pictures.content, count)


def similar_to(pictures: Pictures, one: Pictures, reference: Reference, count: int = ROUND) -> Rows:
    """Give the pictures (n,) most like `one` picture, in content and then in look."""
    standard, wanted = reference.scale.standard(pictures), reference.scale.standard(one)
    alike = (standard.content @ wanted.content[0]).astype(np.float64)
    unlike = np.sqrt(np.mean((standard.look - wanted.look[0]) ** 2, axis=1))
    order = np.argsort(-(alike - _LOOK_SHARE * unlike), kind="stable")
    return np.asarray(order[:count], np.int64)


def any_ranker(judged: Judged, reference: Reference) -> Ranker:
    """Learn from what was judged whether it is known to help or not."""
    return fitted(Way.RIDGE, Examples.of(judged, reference))


def _worth(standard: Pictures, judged: Judged, reference: Reference) -> Floats:
    """What each judgement (N,) would tell."""
    liking = any_ranker(judged, reference).liking(standard)
    unsure = np.exp(-((liking / _UNSURE) ** 2))
    likes = judged.likes.content
    if not len(likes):
        return _SHARE * unsure
    near = np.max(standard.content @ likes.T, axis=1).astype(np.float64)
    found: Floats = _SHARE * (unsure + (near - near.min()) / max(np.ptp(near), 1e-9))
    return found


def _varied(content: Vectors, worth: Floats, known: Vectors, count: int) -> Rows:
    """Take the worthiest pictures (n,), each as different as can be from those taken before."""
    alike = np.max(content @ known.T, axis=1, initial=-1.0)
    free = alike < SAME
    nearest = np.zeros(len(content))
    chosen: list[int] = []
    while len(chosen) < count and free.any():
        at = int(np.argmax(np.where(free, worth - nearest, -np.inf)))
        chosen.append(at)
        likeness = (content @ content[at]).astype(np.float64)
        nearest = np.maximum(nearest, likeness)
        free = free & (likeness < SAME)
    return np.array(chosen, np.int64)

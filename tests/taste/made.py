"""Made pictures in few dimensions, and what they are held against."""

from __future__ import annotations

import numpy as np

from framepick.measures import LOOK
from framepick.taste.network import random_start
from framepick.taste.pictures import Judged, Pictures, Scale
from framepick.taste.reference import Reference

COLUMNS = 8
MEAN, DEVIATION = 4.0, 0.75


def pictures(
    count: int,
    subject: int | None = None,
    seed: int = 0,
    look: float = 0.0,
    score: float = MEAN,
) -> Pictures:
    """Pictures around the axis `subject`, or of anything; their look shifted by `look`."""
    random = np.random.default_rng(seed)
    content = random.standard_normal((count, COLUMNS)) * 0.5
    if subject is not None:
        content[:, subject] += 2.0
    content /= np.linalg.norm(content, axis=1, keepdims=True)
    looks = random.standard_normal((count, len(LOOK))) + look
    scores = score + DEVIATION * random.standard_normal(count)
    return Pictures(content.astype(np.float32), looks.astype(np.float32), scores)


def reference(model: str = "made") -> Reference:
    """Photographs at large: anything."""
    scale = Scale(np.zeros(len(LOOK), np.float32), np.ones(len(LOOK), np.float32), MEAN, DEVIATION)
    subjects = np.eye(2, COLUMNS, dtype=np.float32)
    start = random_start(COLUMNS + len(LOOK) + 1)
    lowest, median = MEAN - 0.84 * DEVIATION, MEAN
    stored = pictures(200, seed=77)
    return Reference(model, stored, scale, lowest, median, ("first", "second"), subjects, start)


def judged(likes: Pictures, dislikes: Pictures) -> Judged:
    rows = [np.concatenate(pair) for pair in zip(_columns(likes), _columns(dislikes), strict=True)]
    liked = np.arange(len(likes) + len(dislikes)) < len(likes)
    return Judged(Pictures(*rows), liked)


def _columns(one: Pictures) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return one.content, one.look, one.scores

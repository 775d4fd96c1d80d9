"""Photos as they are measured, made of few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from framepick.collection import LUMA_GRID, PhotoFacts
from framepick.faces.measures import Expression, Face
from framepick.measures import LOOK
from framepick.photos import MeasuredFile
from framepick.sources.capture import Capture
from framepick.types import Calibration

START = datetime(2024, 5, 1, 9, tzinfo=UTC)
REFERENCE = Calibration("reference", np.linspace(0.0, 10.0, 101))


def face(eyes: float = 0.9) -> Face:
    look = Expression(0.0, eyes, eyes, eyes * 0.3, 0.1, 0.05, 0.5, 0.01)
    return Face(0.4, 0.3, 0.6, 0.6, 120.0, 0.99, look)


def facts(
    angle: float = 0.0,
    seconds: float | None = None,
    *,
    camera: str = "C",
    score: float = 5.0,
    moment: float = 0.0,
    luma: float = 0.5,
    sharpness: float = 1.0,
    veto: str = "",
    faces: Sequence[Face] = (),
    content: Sequence[float] | None = None,
    layout: int | None = None,
    look: Sequence[float] | None = None,
) -> PhotoFacts:
    """A photo whose content vector points to `angle` in degrees, or is `content`.

    Photos of another `layout` are bright and dark elsewhere; without one they are so nowhere.
    """
    if content is None:
        content = [np.cos(np.radians(angle)), np.sin(np.radians(angle))]
    scales = np.array([sharpness, 1.0, 1.0], np.float32)  # a blur takes the finest structure
    structure = np.full((9, 16, 3, 2), 0.01, np.float32) * scales[None, None, :, None]
    grid = np.full((LUMA_GRID, LUMA_GRID), 128, np.uint8)
    if layout is not None:
        grid = np.random.default_rng(layout).integers(0, 256, grid.shape, np.uint8)
    at = None if seconds is None else START + timedelta(seconds=seconds)
    return PhotoFacts(
        size=(90, 60),
        capture=Capture(at, camera),
        score=score,
        moment=moment,
        luma=luma,
        veto=veto,
        content=np.array(content, np.float32),
        look=np.full(len(LOOK), 0.5, np.float32) if look is None else np.array(look, np.float32),
        luma_grid=grid,
        structure=structure,
        faces=tuple(faces),
    )


def unlike(count: int) -> list[PhotoFacts]:
    """Photos that differ from each other, with rising scores."""
    directions = np.eye(count)
    return [facts(score=5 + at / count, content=directions[at].tolist()) for at in range(count)]


def measured(name: str, photo: PhotoFacts) -> MeasuredFile:
    return MeasuredFile(Path(name), f"{abs(hash(name)):040x}", photo)

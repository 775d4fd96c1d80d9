"""Finds the faces of pictures, and tells how they look."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from framepick.encoding.machine import cores
from framepick.faces.crops import (
    Box,
    Floats,
    Pixels,
    cut,
    letterbox,
    tiles,
    to_picture,
    upright_crop,
)
from framepick.faces.detection import SIDE, Detections, decode, merged
from framepick.faces.measures import LEAST_PIXELS, Face, FrameFaces, expression_of, face_of
from framepick.types import SMALL_SIDE, Still

if TYPE_CHECKING:
    from framepick.faces.networks import FaceNetworks

_TILE_SIDE, _TILE_OVERLAP = 360, 64
"""Of the squares that are looked at one by one where the whole picture shows no face: a face has to
take a tenth of what the detector sees."""
_MOST_PIXELS = 2 * LEAST_PIXELS
"""Larger faces that only a square shows are mostly those of cats."""
_MOST_FACES = 4
_LEAST_CONFIDENCE = 0.5


class FaceFinder:
    """Finds faces with `threads` threads, as many as there are cores where it is None.

    In the folder `kept` are its networks as they were compiled, None for none. They are loaded when
    the first picture comes. Pictures longer than `SMALL_SIDE` are made smaller.
    """

    def __init__(self, threads: int | None = None, kept: Path | None = None) -> None:
        self._threads = threads
        self._kept = kept
        self._loaded: FaceNetworks | None = None

    def find(self, still: Still) -> FrameFaces:
        """Find the faces of a frame with 8 bits per channel.

        Raises
        ------
        WeightsError
            The networks are missing or damaged.
        """
        return FrameFaces(still.moment, self.faces_of(still.pixels.astype(np.uint8, copy=False)))

    def faces_of(self, picture: Pixels) -> tuple[Face, ...]:
        """Find the faces of a picture, the most confident first; raises as `find` does."""
        small = _at_most(picture, SMALL_SIDE)
        height, width = small.shape[:2]
        faces = self._faces_in(small, [(0, 0, width, height)])
        if any(face.expression for face in faces) or max(width, height) <= _TILE_SIDE:
            return faces
        found = self._faces_in(small, tiles(width, height, _TILE_SIDE, _TILE_OVERLAP))
        kept = (face for face in found if face.expression and face.side_pixels <= _MOST_PIXELS)
        return tuple(kept) or faces

    def _faces_in(self, picture: Pixels, parts: Sequence[Box]) -> tuple[Face, ...]:
        found = merged([self._detected(picture, part) for part in parts])
        faces = (self._face(picture, found, place) for place in range(len(found.scores)))
        return tuple(face for _, face in zip(range(_MOST_FACES), filter(None, faces), strict=False))

    def _detected(self, picture: Pixels, part: Box) -> Detections:
        """Detect faces in a part of the picture; in pixels of the whole."""
        left, top, right, bottom = part
        square, transform = letterbox(picture[top:bottom, left:right], SIDE)
        found, corner = decode(*self._networks.detect(square)), np.array([left, top], np.float32)
        return Detections(
            to_picture(found.centres * SIDE, transform) + corner,
            found.sizes * SIDE * transform[[0, 1], [0, 1]],
            to_picture(found.points * SIDE, transform) + corner,
            found.scores,
        )

    def _face(self, picture: Pixels, found: Detections, place: int) -> Face | None:
        """Look closely at one of the detections; None where there is no face after all."""
        width_height = (picture.shape[1], picture.shape[0])
        half, score = found.sizes[place] / 2, float(found.scores[place])
        low, high = found.centres[place] - half, found.centres[place] + half
        if (high - low).max() < LEAST_PIXELS:
            return face_of(low, high, width_height, score, None)
        frame = upright_crop((low + high) / 2, high - low, found.points[place, :2])
        points, confidence = self._networks.landmarks(cut(picture, frame))
        if confidence < _LEAST_CONFIDENCE:
            return None
        level = to_picture(points[:, :2], frame)
        low, high = level.min(axis=0), level.max(axis=0)
        strengths = self._networks.expressions(level)
        look = expression_of(points, strengths, _part(picture, low, high))
        return face_of(low, high, width_height, confidence, look)

    @property
    def _networks(self) -> FaceNetworks:
        if self._loaded is None:
            from framepick.faces.networks import FaceNetworks

            self._loaded = FaceNetworks(self._threads or cores(), self._kept)
        return self._loaded


def _part(picture: Pixels, low: Floats, high: Floats) -> Pixels:
    """Give the part of a picture from `low` to `high` (2,), two pixels wide and high at least."""
    height, width = picture.shape[:2]
    left, top = np.clip(low.astype(int), 0, (width - 2, height - 2))
    right, bottom = np.maximum(high.astype(int), (left + 2, top + 2))
    return picture[top:bottom, left:right]


def _at_most(picture: Pixels, side: int) -> Pixels:
    """Make a picture smaller, if it is larger, until its longer side has `side` pixels."""
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))

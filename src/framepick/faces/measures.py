"""What is known of the faces of a frame (values and pure functions). Never who they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.types import Moment, Pixels

LEAST_PIXELS = 40
"""Longer side of a face, in pixels of the picture looked at, from which its expression is told."""
_BLINKS, _SMILES = (9, 10), (44, 45)
"""Places among the strengths of expressions; the left eye or corner of the mouth comes first."""
_LEFT_EYE = (362, 385, 387, 263, 373, 380)
_RIGHT_EYE = (33, 160, 158, 133, 153, 144)
"""Points around an eye: a corner, two of the upper lid, a corner, two of the lower lid."""
_WIDE_OPEN = 0.3
"""`Expression.eye_aspect` of wide open eyes."""
_LIPS, _MOUTH_CORNERS = ((82, 87), (13, 14), (312, 317)), (78, 308)
"""Points at the inner edges of the lips: pairs of the upper and the lower one, and the corners."""
_CHEEKS = (234, 454)
_LUMA = (0.299, 0.587, 0.114)
_CUT_SHARE = 0.05
"""Share of a face's height or width beyond the picture's border from which it is cut off."""

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Expression:
    """How a face looks: where it is turned, and numbers from 0 to 1."""

    yaw_degrees: float
    """0 for a face turned to the camera, 90 for a profile that looks to the picture's right."""
    left_eye_open: float
    right_eye_open: float
    """1 minus the strength of the blink."""
    eye_aspect: float
    """Height over width of the eyes between their lids, the mean of both; 0.1 where they are shut,
    0.2 to 0.4 where they are open."""
    smile: float
    mouth_open: float
    """Height over width of the gap between the lips; 0.25 and more where people laugh or speak."""
    luma: float
    """Mean luma of the face's box."""
    sharpness: float
    """Mean squared difference of neighbouring pixels in it, luma from 0 to 1."""

    @property
    def eyes_open(self) -> float:
        """How far both eyes are open, 0 to 1, by blinks and lids alike."""
        by_lids = min(self.eye_aspect / _WIDE_OPEN, 1.0)
        return (min(self.left_eye_open, self.right_eye_open) + by_lids) / 2


@dataclass(frozen=True, slots=True)
class Face:
    """One face in a picture."""

    left: float
    top: float
    right: float
    bottom: float
    """Borders as shares of the picture's width and height; a face may lie partly outside."""
    side_pixels: float
    """Longer side in pixels of the picture looked at."""
    confidence: float
    """0.5 to 1."""
    expression: Expression | None
    """None for a face that is too small to tell."""

    @property
    def is_cut(self) -> bool:
        """Whether the border of the picture cuts the face off."""
        beyond_x = max(-self.left, self.right - 1) / (self.right - self.left)
        beyond_y = max(-self.top, self.bottom - 1) / (self.bottom - self.top)
        return max(beyond_x, beyond_y) > _CUT_SHARE

    def overlap(self, other: Face) -> float:
        """Intersection over union with the face of another picture."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        common = max(width, 0.0) * max(height, 0.0)
        return common / (self._area + other._area - common)

    @property
    def prominence(self) -> float:
        """Share of the picture that the face takes, halved towards the corners."""
        across, down = (self.left + self.right) / 2 - 0.5, (self.top + self.bottom) / 2 - 0.5
        return self._area * (1 - hypot(across, down) / sqrt(2))

    @property
    def _area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class FrameFaces:
    """The faces of one frame, the most confident first; none where none was found."""

    moment: Moment
    faces: tuple[Face, ...]

    @property
    def main(self) -> Face | None:
        """The main face of the frame."""
        return main_face(self.faces)


def main_face(faces: Iterable[Face]) -> Face | None:
    """Give the face that a picture is about: large, and not at its edge."""
    return max(faces, key=lambda face: face.prominence, default=None)


def expression_of(points: Floats, strengths: Floats, pixels: Pixels) -> Expression:
    """Read `points` (478, 3) of a level face, the `strengths` (52,) of its expressions, its box."""
    luma = pixels @ np.array(_LUMA) / 255
    across = points[_CHEEKS[1]] - points[_CHEEKS[0]]
    left, right = (1 - float(strengths[place]) for place in _BLINKS)
    return Expression(
        yaw_degrees=float(np.degrees(np.arctan2(across[2], across[0]))),
        left_eye_open=left,
        right_eye_open=right,
        eye_aspect=(_aspect(points, _LEFT_EYE) + _aspect(points, _RIGHT_EYE)) / 2,
        smile=float(strengths[list(_SMILES)].mean()),
        mouth_open=_gap_of_lips(points),
        luma=float(luma.mean()),
        sharpness=sum(float(np.square(np.diff(luma, axis=axis)).mean()) for axis in (0, 1)),
    )


def face_of(
    low: Floats, high: Floats, size: tuple[int, int], confidence: float, look: Expression | None
) -> Face:
    """Make a face of its box, `low` to `high` (2,) in pixels of a picture of `size` (W, H)."""
    left, top = (float(at) for at in low / size)
    right, bottom = (float(at) for at in high / size)
    return Face(left, top, right, bottom, float((high - low).max()), confidence, look)


def _gap_of_lips(points: Floats) -> float:
    upper, lower = points[list(zip(*_LIPS, strict=True)), :2]
    left, right = points[list(_MOUTH_CORNERS), :2]
    height = np.linalg.norm(upper - lower, axis=1).mean()
    return float(height / (np.linalg.norm(left - right) + 1e-9))


def _aspect(points: Floats, eye: tuple[int, ...]) -> float:
    corner, upper1, upper2, other, lower2, lower1 = points[list(eye), :2]
    height = np.linalg.norm(upper1 - lower1) + np.linalg.norm(upper2 - lower2)
    return float(height / (2 * np.linalg.norm(corner - other) + 1e-9))

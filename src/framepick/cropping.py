"""Crops of pictures to other shapes: where faces and the subject stay whole.

A crop is as large as its shape allows, so there is one way to move it. Of nine places along that
way the best is kept: by the aesthetic score of what it shows, by how alike its content is to that
of the whole picture, which falls where the subject is cut, and by the room that faces have where
they look. A place that cuts a face which another place keeps whole is out; faces that are small
beside the largest, or blurred in the back, do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import radians, sin

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.faces.measures import Face
from framepick.results import Crop
from framepick.sources.views import resize_view
from framepick.types import Floats, Pixels, Still

PLACES = 9
"""Places that are compared; the middle one is the centre crop."""
CONTENT_WORTH = 12.0
"""Points of the score that a cosine similarity of 1 to the whole picture is worth."""
LOOK_WORTH = 1.0
"""Points that all of the room ahead of a face is worth, for one that is turned to the side."""
LEAST_SHARE = 0.4
"""Faces of at least this share of the largest one's side count."""
OUT_OF_FOCUS = 0.2
"""Detail of a face, over that of the sharpest, below which it is out of focus and does not count:
0.12 where somebody stands far behind, 0.23 slightly behind, 0.4 to 1 side by side."""
BLURRED = 0.045
"""Detail below which a face in the back does not count, though there is no sharper one: the main
subject may be seen from behind. Those behind such a subject have 0.006 to 0.04, 97 % of all faces
0.05 and more."""
IN_THE_BACK = 0.3
"""Share of the picture's height below which a face may be one in the back."""
ABOVE, BELOW, BESIDE = 0.45, 0.2, 0.25
"""What a head has beyond its face, in shares of the face's height and width."""
SHOWN_ALIKE = 0.01
"""Difference of shown shares of heads that nobody sees."""
TINY = 1e-9
_WHOLE = 1e-3  # of the side: a crop of nearly the picture's own shape does not move

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture."""


class Cropper:
    """Finds crops of pictures."""

    def __init__(self, model: AestheticModel) -> None:
        self._model = model

    def crops(self, still: Still, ratios: Sequence[str]) -> tuple[Crop, ...]:
        """Give the best crop of each of `ratios`, such as 16:9, of a picture of 8 bits."""
        picture = still.pixels.astype(np.uint8, copy=False)
        finder = self._model.face_finder
        faces = finder.faces_of(picture) if finder else ()
        boxes = {ratio: places_of(picture, ratio) for ratio in ratios}
        values = self._values(picture, [box for some in boxes.values() for box in some])
        found, at = [], 0
        for ratio, some in boxes.items():
            found.append(best_of(ratio, some, values[at : at + len(some)], faces))
            at += len(some)
        return tuple(found)

    def _values(self, picture: Pixels, boxes: Sequence[Box]) -> Floats:
        """How good the crops `boxes` (N) are by score and content: (N,) points."""
        spec = self._model.encoder.view_spec
        height, width = picture.shape[:2]
        cuts = [
            picture[
                round(top * height) : round(bottom * height),
                round(left * width) : round(right * width),
            ]
            for left, top, right, bottom in boxes
        ]
        views = np.stack([resize_view(np.ascontiguousarray(cut), spec) for cut in (picture, *cuts)])
        vectors = self._model.encode_views(views)
        alike = vectors.content[1:] @ vectors.content[0]
        values: Floats = self._model.scorer.score(vectors)[1:] + CONTENT_WORTH * alike
        return values


def places_of(picture: Pixels, ratio: str) -> list[Box]:
    """The places of the largest crop of a shape, the centre one in the middle."""
    height, width = picture.shape[:2]
    across, down = (int(part) for part in ratio.split(":"))
    share_x = min(1.0, height * across / down / width)
    share_y = min(1.0, width * down / across / height)
    if max(1 - share_x, 1 - share_y) < _WHOLE:
        return [(0.0, 0.0, 1.0, 1.0)]
    offsets = np.linspace(0.0, 1.0, PLACES)
    return [
        (x, y, x + share_x, y + share_y)
        for x, y in zip((1 - share_x) * offsets, (1 - share_y) * offsets, strict=True)
    ]


def best_of(ratio: str, boxes: Sequence[Box], values: Floats, faces: Sequence[Face]) -> Crop:
    """The best of the places `boxes`, worth `values` (N,) before faces are looked at."""
    counted = counted_faces(faces)
    largest = max((face.side_pixels for face in counted), default=0.0)
    values = values + np.array([_room(box, counted) for box in boxes])
    shown = np.array([[_shown(box, face) for face in counted] for box in boxes])  # (N, F)
    total = (shown * [face.side_pixels / largest for face in counted]).sum(axis=1)
    may_be = total >= total.max() - SHOWN_ALIKE
    best = int(np.argmax(np.where(may_be, values, -np.inf)))
    middle = len(boxes) // 2
    left, top, right, bottom = boxes[best]
    return Crop(
        ratio=ratio,
        left=float(left),
        top=float(top),
        width=float(right - left),
        height=float(bottom - top),
        gain=float(values[best] - values[middle]) if may_be[middle] else None,
        keeps_faces=bool((shown[best] > 1 - SHOWN_ALIKE).all()),
    )


def counted_faces(faces: Sequence[Face]) -> list[Face]:
    """Give the faces that a picture is about: large ones, and not those blurred in the back."""
    largest = max((face.side_pixels for face in faces), default=0.0)
    large = [face for face in faces if face.side_pixels >= LEAST_SHARE * largest]
    sharpest = max((_detail(face) for face in large), default=0.0)
    return [face for face in large if not _is_blurred_behind(face, sharpest)]


def _is_blurred_behind(face: Face, sharpest: float) -> bool:
    """Tell whether a face is out of focus beside the sharpest, or blurred in the back.

    One that is too small to tell is not.
    """
    if face.expression is None:
        return False
    may_be_behind = face.bottom - face.top < IN_THE_BACK
    return _detail(face) < max(OUT_OF_FOCUS * sharpest, BLURRED * may_be_behind)


def _detail(face: Face) -> float:
    """How sharp a face is, whatever its size: the larger, the fewer pixels lie at its edges."""
    return face.expression.sharpness * face.side_pixels if face.expression else 0.0


def _shown(box: Box, face: Face) -> float:
    """Share of a head that a crop shows, of what of it lies in the picture.

    Of a head that is cut it is the less the farther it lies from the middle.
    """
    width, height = face.right - face.left, face.bottom - face.top
    left, right = max(face.left - BESIDE * width, 0.0), min(face.right + BESIDE * width, 1.0)
    top, bottom = max(face.top - ABOVE * height, 0.0), min(face.bottom + BELOW * height, 1.0)
    across = min(right, box[2]) - max(left, box[0])
    down = min(bottom, box[3]) - max(top, box[1])
    share = max(across, 0.0) * max(down, 0.0) / max((right - left) * (bottom - top), TINY)
    off_centre = abs(left + right - box[0] - box[2]) + abs(top + bottom - box[1] - box[3])
    return share if share > 1 - SHOWN_ALIKE else share * (1 - off_centre / 4)


def _room(box: Box, faces: Sequence[Face]) -> float:
    """What the room ahead of faces that are turned to the side is worth, at most `LOOK_WORTH`."""
    largest = max(faces, key=lambda face: face.side_pixels, default=None)
    if largest is None or largest.expression is None:
        return 0.0
    centre = (largest.left + largest.right) / 2
    ahead = (box[2] - centre) - (centre - box[0])
    return LOOK_WORTH * sin(radians(largest.expression.yaw_degrees)) * ahead / (box[2] - box[0])

"""Whether open eyes, smiles and open mouths are told, on faces that were looked at one by one.

    FRAMEPICK_DATA=... python -m benchmarks.faces

faces.csv lists the faces: the picture or the frame of a clip below $FRAMEPICK_DATA, the face's box
as shares of the picture's sides, its eyes, smile and mouth by eye (empty where they could not be
told), and a half; the faces of one clip or film are all in the same. The best bound is chosen on
each half and tried on the other; the bound that framepick uses is tried on all.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from framepick.faces.finder import FaceFinder
from framepick.faces.measures import Expression, Face
from framepick.refine.face_order import EYES_OPEN, MOUTH_OPEN, SMILING
from framepick.sources.opening import open_source
from framepick.types import Floats, Pixels, ViewSpec

_SAME_FACE = 0.5


@dataclass(frozen=True)
class Listed:
    """One face of the list."""

    picture: str
    frame_index: int | None
    """None for a photograph."""
    box: Face
    seen: Mapping[str, str]
    """What was seen by eye, by column of the list."""
    half: str


@dataclass(frozen=True)
class Question:
    """Something that is told of a face by one measure and a bound."""

    column: str
    yes: str
    measure: Callable[[Expression], float]
    bound: float


QUESTIONS = (
    Question("eyes", "open", lambda look: look.eyes_open, EYES_OPEN),
    Question("smile", "yes", lambda look: look.smile, SMILING),
    Question("mouth", "open", lambda look: look.mouth_open, MOUTH_OPEN),
)


def read_list(path: Path) -> list[Listed]:
    """Read the list of faces, in its order."""
    with path.open(newline="") as file:
        return [_listed(row) for row in csv.DictReader(file)]


def _listed(row: Mapping[str, str]) -> Listed:
    left, top, right, bottom = (float(row[side]) for side in ("left", "top", "right", "bottom"))
    box = Face(left, top, right, bottom, 0.0, 1.0, None)
    frame_index = int(row["frame_index"]) if row["frame_index"] else None
    return Listed(row["picture"], frame_index, box, row, row["half"])


def pictures(path: Path, listed: list[Listed]) -> Iterator[Pixels]:
    """Give the pictures of `listed` faces, all of the file `path`, in their order."""
    if listed[0].frame_index is None:
        yield from (np.asarray(Image.open(path).convert("RGB")) for _ in listed)
        return
    wanted = tuple(one.frame_index for one in listed if one.frame_index is not None)
    with open_source(path, ViewSpec(32)) as source:
        known = [frame.moment for frame in source.frames()]
        moments = [moment for moment in known if moment.frame_index in wanted]
        found = {one.moment.frame_index: one.pixels for one in source.small_pictures(moments)}
    yield from (found[at].astype(np.uint8) for at in wanted)


def look_of(finder: FaceFinder, picture: Pixels, box: Face) -> Expression | None:
    """Judge the face of a picture that has the `box`; None if none is found and judged there."""
    found = [face for face in finder.faces_of(picture) if face.overlap(box) > _SAME_FACE]
    return found[0].expression if found else None


def best_bound(values: Floats, is_yes: np.ndarray) -> float:
    """Give the middle of the bounds that tell most faces right."""
    known = np.sort(values[np.isfinite(values)])
    bounds = (known[1:] + known[:-1]) / 2
    right = np.array([np.mean((values >= bound) == is_yes) for bound in bounds])
    return float(np.median(bounds[right == right.max()]))


Look = tuple[Listed, Expression | None]


def answer(question: Question, looks: Sequence[Look]) -> None:
    """Print how many of the faces that were told by eye are told right."""
    asked = [(one, look) for one, look in looks if one.seen[question.column]]
    values = np.array([question.measure(look) if look else np.nan for _, look in asked])
    is_yes = np.array([one.seen[question.column] == question.yes for one, _ in asked])
    half = np.array([one.half for one, _ in asked])
    print(f"{question.column}: {len(asked)} faces, {is_yes.sum()} {question.yes}")
    for chosen, tried in (("a", "b"), ("b", "a")):
        bound = best_bound(values[half == chosen], is_yes[half == chosen])
        right = ((values >= bound) == is_yes)[half == tried]
        print(
            f"  bound {bound:.3f}, chosen on half {chosen}: {right.mean():.1%} of {len(right)} "
            f"faces of half {tried}"
        )
    right = (values >= question.bound) == is_yes
    print(f"  bound {question.bound} as used: {right.mean():.1%} of all")
    for (one, _), value, is_right in zip(asked, values, right, strict=True):
        if not is_right:
            seen = one.seen[question.column]
            print(f"    {one.picture} {one.frame_index or ''} {value:.2f}, by eye: {seen}")


def main() -> None:
    """Print how many faces are told right."""
    folder = os.environ.get("FRAMEPICK_DATA")
    if not folder:
        raise SystemExit("error: FRAMEPICK_DATA names no folder; set it to the pictures' folder")
    listed, finder = read_list(Path(__file__).with_suffix(".csv")), FaceFinder()
    looks: list[Look] = []
    for name, group in groupby(listed, key=lambda one: one.picture):
        of_file = list(group)
        found = zip(pictures(Path(folder) / name, of_file), of_file, strict=True)
        looks += [(one, look_of(finder, picture, one.box)) for picture, one in found]
    print(f"{len(looks)} faces, {sum(look is None for _, look in looks)} not found")
    for question in QUESTIONS:
        answer(question, looks)


if __name__ == "__main__":
    main()

"""Whether open eyes are told from shut ones, on faces that were looked at one by one.

    FRAMEPICK_DATA=... python -m benchmarks.eyes

eyes.csv lists the faces: the picture or the frame of a clip below $FRAMEPICK_DATA, the face's box
as shares of the picture's sides, what its eyes are by eye, and a half; the faces of one clip or
film are all in the same. The best bound is chosen on each half and tried on the other; the bound
that framepick uses is tried on all.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from framepick.faces.finder import FaceFinder
from framepick.faces.measures import Face
from framepick.refine.face_order import EYES_OPEN
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
    is_open: bool
    half: str


def read_list(path: Path) -> list[Listed]:
    """Read the list of faces, in its order."""
    with path.open(newline="") as file:
        return [_listed(row) for row in csv.DictReader(file)]


def _listed(row: Mapping[str, str]) -> Listed:
    left, top, right, bottom = (float(row[side]) for side in ("left", "top", "right", "bottom"))
    box = Face(left, top, right, bottom, 0.0, 1.0, None)
    frame_index = int(row["frame_index"]) if row["frame_index"] else None
    return Listed(row["picture"], frame_index, box, row["eyes"] == "open", row["half"])


def pictures(path: Path, listed: list[Listed]) -> Iterator[Pixels]:
    """Give the pictures of `listed` faces, all of the file `path`, in their order."""
    if listed[0].frame_index is None:
        yield from (np.asarray(Image.open(path).convert("RGB")) for _ in listed)
        return
    wanted = tuple(one.frame_index for one in listed if one.frame_index is not None)
    with open_source(path, ViewSpec(32)) as source:
        known = [frame.moment for frame in source.frames()]
        moments = [moment for moment in known if moment.frame_index in wanted]
        stills = {one.moment.frame_index: one.pixels for one in source.small_pictures(moments)}
    yield from (stills[at].astype(np.uint8) for at in wanted)


def eyes_open(finder: FaceFinder, picture: Pixels, box: Face) -> float:
    """Measure the face of a picture that has the `box`; nan if none is found and judged there."""
    found = [face for face in finder.faces_of(picture) if face.overlap(box) > _SAME_FACE]
    look = found[0].expression if found else None
    return look.eyes_open if look else np.nan


def best_bound(values: Floats, is_open: np.ndarray) -> float:
    """Give the middle of the bounds that tell most faces right."""
    known = np.sort(values[np.isfinite(values)])
    bounds = (known[1:] + known[:-1]) / 2
    right = np.array([np.mean((values >= bound) == is_open) for bound in bounds])
    return float(np.median(bounds[right == right.max()]))


def main() -> None:
    """Print how many faces are told right."""
    folder = os.environ.get("FRAMEPICK_DATA")
    if not folder:
        raise SystemExit("error: FRAMEPICK_DATA names no folder; set it to the pictures' folder")
    listed, finder = read_list(Path(__file__).with_suffix(".csv")), FaceFinder()
    measured: list[float] = []
    for name, group in groupby(listed, key=lambda one: one.picture):
        of_file = list(group)
        found = zip(pictures(Path(folder) / name, of_file), of_file, strict=True)
        measured += [eyes_open(finder, picture, one.box) for picture, one in found]
    values, is_open = np.array(measured), np.array([one.is_open for one in listed])
    half = np.array([one.half for one in listed])
    print(
        f"{len(listed)} faces, {is_open.sum()} with open eyes, {np.isnan(values).sum()} not found"
    )
    for chosen, tried in (("a", "b"), ("b", "a")):
        bound = best_bound(values[half == chosen], is_open[half == chosen])
        right = (values >= bound) == is_open
        print(
            f"bound {bound:.3f}, chosen on half {chosen} ({right[half == chosen].mean():.1%}): "
            f"{right[half == tried].mean():.1%} of {(half == tried).sum()} faces of half {tried}"
        )
    right = (values >= EYES_OPEN) == is_open
    print(f"bound {EYES_OPEN} as used: {right.mean():.1%} of all")
    for one, value in zip(listed, values, strict=True):
        if (value >= EYES_OPEN) != one.is_open:
            print(f"  {one.picture} {one.frame_index or ''} {value:.2f}, open: {one.is_open}")


if __name__ == "__main__":
    main()

"""How well explanations hold: deletion and insertion curves, and faults that are planted.

    FRAMEPICK_DATA=... python -m benchmarks.explanations [--photos 200]

Deletion blurs parts away, the most important first; insertion brings them back first into a blurred
picture. Printed is the mean score on the way. A planted fault counts as marked where what is found
has its middle in the fault, and a tilt where the line leans by as much, within two degrees.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from framepick.encoding.averages import CutNetwork
from framepick.explaining.findings import Finding, FindingKind, findings_of
from framepick.explaining.leaving_out import GRID, leave_out
from framepick.explaining.regions import Box
from framepick.explaining.what_if import WhatIf
from framepick.model.card import default_weights
from framepick.sources.photo_files import find_photos
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.types import Floats, Pixels
from tests.explaining.planted import with_blurred_patch, with_bright_spot

_SHARES = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.0])
_BLUR = 12.0
_PATCH = 0.3
_TRIED = 8
_TILT_DEGREES = (3.0, 8.0)
_LEVEL_DEGREES = 2.0


def curves(network: CutNetwork, view: Pixels, maps: Mapping[str, Floats]) -> dict[str, Floats]:
    """Give for each map the mean scores of deletion and insertion (2,)."""
    tried = WhatIf(network, view)
    blurred = np.asarray(cv2.GaussianBlur(view, (0, 0), _BLUR), np.uint8)
    return {
        name: np.array(
            [
                _mean_score(tried, view, blurred, strengths),
                _mean_score(tried, blurred, view, strengths),
            ]
        )
        for name, strengths in maps.items()
    }


def _mean_score(tried: WhatIf, start: Pixels, end: Pixels, strengths: Floats) -> float:
    """Mean score while `end` takes the place of `start`, the strongest parts first."""
    side = len(start)
    even = cv2.resize(strengths.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    ranks = np.empty(side * side)
    ranks[np.argsort(-even.ravel(), kind="stable")] = np.arange(side * side)
    shares = (ranks / (side * side)).reshape(side, side, 1)
    scores = [tried.score_of(np.where(shares < share, end, start)) for share in _SHARES]
    return float(np.trapezoid(scores, _SHARES))


def maps_of(network: CutNetwork, view: Pixels, generator: np.random.Generator) -> dict[str, Floats]:
    """Give the shipped map of a view and those that it is compared with, each (GRID, GRID)."""
    middle = (np.arange(GRID) + 0.5) / GRID - 0.5
    noise = generator.normal(size=(GRID, GRID))
    return {
        "parts left out, as shipped": leave_out(network, view).gains,
        "random": noise,
        "smooth random": np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.5), np.float64),
        "the middle first": -(middle[:, None] ** 2 + middle[None] ** 2),
    }


def planted_box(picture: Pixels, generator: np.random.Generator, is_wanted: int) -> Box:
    """Give the box, of some at random, with the most texture (1), or the darkest (-1)."""
    places = generator.uniform(0.02, 0.98 - _PATCH, (_TRIED, 2))
    boxes = [(float(x), float(y), float(x) + _PATCH, float(y) + _PATCH) for x, y in places]
    grey = picture.mean(axis=2)
    height, width = grey.shape

    def worth(box: Box) -> float:
        part = grey[
            int(box[1] * height) : int(box[3] * height), int(box[0] * width) : int(box[2] * width)
        ]
        return float(np.abs(np.diff(part, axis=1)).mean() if is_wanted > 0 else -part.mean())

    return max(boxes, key=worth)


def tilted(picture: Pixels, degrees: float) -> Pixels:
    """Turn a picture, the right end down, and cut off what is empty."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    turned = cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC)
    sine, cosine = abs(np.sin(np.radians(degrees))), np.cos(np.radians(degrees))
    share = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    left, top = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
    return np.ascontiguousarray(turned[top : height - top, left : width - left])


def _found(picture: Pixels, kind: FindingKind) -> Finding | None:
    return next((one for one in findings_of(picture) if one.kind is kind), None)


def _is_in(finding: Finding | None, box: Box) -> bool:
    if finding is None:
        return False
    x, y = (finding.box[0] + finding.box[2]) / 2, (finding.box[1] + finding.box[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def spots(
    pictures: Sequence[Pixels],
    generator: np.random.Generator,
    kind: FindingKind,
    plant: Callable[[Pixels, Box], Pixels],
    is_wanted: int,
) -> tuple[float, float]:
    """Give the shares of planted pictures that are marked, and of clean ones that have a mark."""
    boxes = [planted_box(picture, generator, is_wanted) for picture in pictures]
    pairs = list(zip(pictures, boxes, strict=True))
    marked = [_is_in(_found(plant(picture, box), kind), box) for picture, box in pairs]
    clean = [_found(picture, kind) is not None for picture in pictures]
    return float(np.mean(marked)), float(np.mean(clean))


def tilts(pictures: Sequence[Pixels], generator: np.random.Generator) -> tuple[float, float]:
    """Give the same for pictures that are tilted."""
    marked = []
    for picture in pictures:
        degrees = float(generator.choice([-1, 1]) * generator.uniform(*_TILT_DEGREES))
        line = _found(tilted(picture, degrees), FindingKind.LEANING)
        marked.append(line is not None and abs(line.values["degrees"] - degrees) < _LEVEL_DEGREES)
    clean = [_found(picture, FindingKind.LEANING) is not None for picture in pictures]
    return float(np.mean(marked)), float(np.mean(clean))


def _curve_table(network: CutNetwork, pictures: Sequence[Pixels]) -> Iterator[str]:
    generator = np.random.default_rng(0)
    views = [resize_view(picture, network.card.view) for picture in pictures]
    rows = [curves(network, view, maps_of(network, view, generator)) for view in views]
    yield "| map | deletion, lower is better | insertion, higher is better |\n|---|---|---|"
    for name in rows[0]:
        deletion, insertion = np.mean([row[name] for row in rows], axis=0)
        yield f"| {name} | {deletion:.2f} | {insertion:.2f} |"


def _fault_table(pictures: Sequence[Pixels]) -> Iterator[str]:
    generator = np.random.default_rng(1)
    yield "| fault | marked | clean photographs with such a mark |\n|---|---|---|"
    rows = {
        "blurred patch": spots(pictures, generator, FindingKind.SOFT, with_blurred_patch, 1),
        "bright spot": spots(pictures, generator, FindingKind.BURNT_OUT, with_bright_spot, -1),
        "tilt": tilts(pictures, generator),
    }
    for name, (marked, clean) in rows.items():
        yield f"| {name} | {marked:.0%} | {clean:.0%} |"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    count = parser.parse_args().photos
    data = Path(os.environ["FRAMEPICK_DATA"])
    found = find_photos([data / name for name in ("photos", "photos2", "oasis")])
    chosen = random.Random(7).sample(found, min(count, len(found)))  # noqa: S311
    pictures = [load_photo(path) for path in chosen]
    print(f"{len(pictures)} photographs\n", flush=True)
    for line in (
        *_fault_table(pictures),
        "",
        *_curve_table(CutNetwork(default_weights()), pictures),
    ):
        print(line, flush=True)


if __name__ == "__main__":
    main()

"""How well heat maps hold: deletion and insertion curves of every method.

    FRAMEPICK_DATA=... python -m benchmarks.explanations [--photos 200] [--without smooth]

Deletion blurs parts away, the most important first; insertion brings them back first into a blurred
picture. Printed is the mean score on the way, and how it differs from that of random parts, with
the standard error of the difference. Gradients take torch and most of the time.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from framepick.aesthetic import load_model
from framepick.encoding.averages import CutNetwork
from framepick.explaining.gradients import GradientMaps
from framepick.explaining.leaving_out import GRID, leave_out
from framepick.model.card import default_weights
from framepick.sources.photo_files import find_photos
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.types import Floats, Pixels

MapOf = Callable[[Pixels], Floats]
"""Tells how important the parts (G, G) of a view (S, S, 3) are."""
ScoresOf = Callable[[list[Pixels]], Floats]
METHODS = ("parts", "guided", "smooth", "random", "smooth random", "the middle first")
_SHARES = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.0])
"""The eight between the ends are one batch."""
_BLUR = 12.0
_TOLD_EACH = 20


def map_makers(generator: np.random.Generator) -> Mapping[str, MapOf]:
    """Give the methods that users have, and those that they are compared with."""
    network, gradients = CutNetwork(default_weights()), GradientMaps(default_weights())
    middle = (np.arange(GRID) + 0.5) / GRID - 0.5
    makers: tuple[MapOf, ...] = (
        lambda view: leave_out(network, view).gains,
        gradients.guided,
        gradients.smooth,
        lambda _: generator.normal(size=(GRID, GRID)),
        lambda _: smoothed_noise(generator),
        lambda _: -(middle[:, None] ** 2 + middle[None] ** 2),
    )
    return dict(zip(METHODS, makers, strict=True))


def smoothed_noise(generator: np.random.Generator) -> Floats:
    """Give a random map whose neighbouring parts are alike."""
    return np.asarray(cv2.GaussianBlur(generator.normal(size=(GRID, GRID)), (0, 0), 1.5))


def curves(scores_of: ScoresOf, view: Pixels, maps: Mapping[str, Floats]) -> Floats:
    """Give the mean scores of deletion and insertion (M, 2) by each of the maps."""
    blurred = np.asarray(cv2.GaussianBlur(view, (0, 0), _BLUR), np.uint8)
    whole, none = scores_of([view, blurred])

    def mean(start: Pixels, end: Pixels, ends: tuple[float, float], order: Floats) -> float:
        between = scores_of([np.where(order < share, end, start) for share in _SHARES[1:-1]])
        return float(np.trapezoid([ends[0], *between, ends[1]], _SHARES))

    orders = [order_of(strengths, len(view)) for strengths in maps.values()]
    return np.array(
        [
            (mean(view, blurred, (whole, none), one), mean(blurred, view, (none, whole), one))
            for one in orders
        ]
    )


def order_of(strengths: Floats, side: int) -> Floats:
    """Give the share (side, side, 1) of pixels that are stronger than each."""
    even = cv2.resize(strengths.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    ranks = np.empty(side * side)
    ranks[np.argsort(-even.ravel(), kind="stable")] = np.arange(side * side)
    return (ranks / (side * side)).reshape(side, side, 1)


def sampled_photos(count: int) -> list[Path]:
    """Give photographs at random, the same ones each time."""
    data = Path(os.environ["FRAMEPICK_DATA"])
    found = find_photos([data / name for name in ("photos", "photos2", "oasis")])
    return random.Random(7).sample(found, min(count, len(found)))  # noqa: S311


def table(names: list[str], rows: Floats) -> Iterator[str]:
    """Print the means of rows (P, M, 2) of P photographs."""
    yield f"{len(rows)} photographs\n"
    yield "| map | deletion | against random | insertion | against random |\n|---|---|---|---|---|"
    means = rows.mean(axis=0)
    against = rows - rows[:, [names.index("random")]]
    errors = against.std(axis=0, ddof=1) / np.sqrt(len(rows))
    for name, mean, gain, error in zip(names, means, against.mean(axis=0), errors, strict=True):
        cells = [f"{mean[at]:.2f} | {gain[at]:+.2f} ± {error[at]:.2f}" for at in (0, 1)]
        yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table, now and then and at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--without", nargs="*", default=[], choices=METHODS)
    options = parser.parse_args()
    makers = map_makers(np.random.default_rng(0))
    names = [name for name in makers if name not in options.without]
    model = load_model()

    def scores_of(views: list[Pixels]) -> Floats:
        return model.scorer.score(model.encode_views(np.stack(views)))

    rows: list[Floats] = []
    for path in sampled_photos(options.photos):
        view = resize_view(load_photo(path), model.encoder.view_spec)
        rows.append(curves(scores_of, view, {name: makers[name](view) for name in names}))
        if len(rows) % _TOLD_EACH == 0 or len(rows) == options.photos:
            print(*table(names, np.array(rows)), sep="\n", flush=True)


if __name__ == "__main__":
    main()

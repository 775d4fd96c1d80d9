"""Makes what tastes are held against: means of similar photographs, and the learnt start.

python -m framepick.training.tastes.making FRAMEPICK_DATA weights/framepick-mobile.safetensors
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from framepick.aesthetic import load_model
from framepick.cache import Cache, PhotoCache, default_folder, default_limit
from framepick.encoding.machine import cores
from framepick.errors import FramepickError
from framepick.files import whole_file
from framepick.taste.pictures import Pictures, Scale
from framepick.taste.reference import SUFFIX, model_id
from framepick.training.tastes.facts import SUBJECTS, Facts, measure_facts
from framepick.training.tastes.meta import learnt_start
from framepick.types import Rows, Vectors

STORED = 400
LEAST_MEMBERS = 3
_ROUNDS = 25
_PENALTY = 3.0


def make(data: Path, weights: Path) -> Path:
    """Write the file beside `weights`; gives its path."""
    model = load_model(weights)
    store = Cache(default_folder(), default_limit())
    kept = store.open_photos(model.encoder.encoder_id) or PhotoCache.off()
    with kept:
        facts = measure_facts(data, model, kept, cores())
    place = weights.with_name(weights.stem + SUFFIX)
    content = _file(facts, model_id(weights))
    with whole_file(place) as partial:
        partial.write_bytes(content)
    return place


def _file(facts: Facts, model: str) -> bytes:
    free = facts.pictures.of_rows(facts.is_free)
    scale = scale_of(free)
    members = clusters(free.content, STORED)
    stored = mean_pictures(free, members)
    lowest, median = np.quantile(free.scores, (0.2, 0.5))
    start = learnt_start(facts, scale, facts.is_free)
    tensors: dict[str, NDArray[Any]] = {
        "content": stored.content.astype(np.float16),
        "look": stored.look,
        "scores": stored.scores.astype(np.float32),
        "look_mean": scale.look_mean,
        "look_deviation": scale.look_deviation,
        "subject_weights": _subject_weights(facts),
        **{f"start.{at}": layer for at, layer in enumerate(start)},
    }
    card = {
        "model": model,
        "subjects": list(SUBJECTS),
        "score_mean": scale.score_mean,
        "score_deviation": scale.score_deviation,
        "lowest_fifth": float(lowest),
        "median": float(median),
        "photographs": len(free),
        "data": "the photographs that the weights were fitted on, all of free licences",
    }
    return save(tensors, {"card": json.dumps(card)})


def scale_of(pictures: Pictures) -> Scale:
    """Give the mean and the deviation of looks and scores."""
    return Scale(
        pictures.look.mean(axis=0),
        pictures.look.std(axis=0),
        float(pictures.scores.mean()),
        float(pictures.scores.std()),
    )


def clusters(content: Vectors, count: int, seed: int = 0) -> list[Rows]:
    """Put similar pictures together by k-means on the sphere, `LEAST_MEMBERS` at least in each."""
    random = np.random.default_rng(seed)
    centres = content[random.choice(len(content), count, replace=False)]
    for _ in range(_ROUNDS):
        nearest = np.argmax(content @ centres.T, axis=1)
        sizes = np.bincount(nearest, minlength=len(centres))
        kept = np.flatnonzero(sizes >= LEAST_MEMBERS)
        if len(kept) < len(centres):
            centres = centres[kept]
            nearest = np.argmax(content @ centres.T, axis=1)
        means = np.stack([_mean(content[nearest == at], old) for at, old in enumerate(centres)])
        centres = means
    nearest = np.argmax(content @ centres.T, axis=1)
    found = [np.flatnonzero(nearest == at) for at in range(len(centres))]
    return [one for one in found if len(one) >= LEAST_MEMBERS]


def _mean(rows: Vectors, otherwise: Vectors) -> Vectors:
    if not len(rows):
        return otherwise
    mean = rows.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def mean_pictures(pictures: Pictures, members: list[Rows]) -> Pictures:
    """Give the mean of each cluster as a picture."""
    return Pictures(
        np.stack([_mean(pictures.content[one], pictures.content[one[0]]) for one in members]),
        np.stack([pictures.look[one].mean(axis=0) for one in members]),
        np.array([pictures.scores[one].mean() for one in members]),
    )


def _subject_weights(facts: Facts) -> Vectors:
    """Ridge regression of each subject on content, in deviations over the photographs."""
    content = facts.pictures.content[facts.is_free].astype(np.float64)
    middle = content - content.mean(axis=0)
    square = middle.T @ middle + _PENALTY * np.eye(content.shape[1])
    found = []
    for name in SUBJECTS:
        flags = facts.subjects[name][facts.is_free].astype(np.float64)
        weights = np.linalg.solve(square, middle.T @ (flags - flags.mean()))
        found.append(weights / (middle @ weights).std())
    return np.stack(found).astype(np.float32)


def main() -> None:
    """Make the file beside the weights named on the command line."""
    parser = argparse.ArgumentParser(description="Make what tastes are held against.")
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    options = parser.parse_args()
    try:
        print(make(options.data, options.weights))
    except FramepickError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()

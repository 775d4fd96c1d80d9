"""The whole evaluation of an aesthetic model, beside the baselines, as one report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from framepick.aesthetic import AestheticModel, load_model
from framepick.errors import SourceError, UsageError
from framepick.evaluation import tables
from framepick.evaluation.agreement import Prediction
from framepick.evaluation.baselines import (
    REFERENCE,
    VIEW,
    Baseline,
    extract_features,
    fitted_scores,
    load_baselines,
    predict,
)
from framepick.evaluation.crossval import is_training_row
from framepick.evaluation.features import cache_folder
from framepick.evaluation.pairs import measure_pairs
from framepick.evaluation.report import Report, Table
from framepick.evaluation.robustness import measure_robustness
from framepick.evaluation.scores import (
    ScoreViews,
    evenly_spaced,
    model_scores,
    photo_views,
    readable,
)
from framepick.evaluation.small_copies import measure_ladder, measure_shrunken
from framepick.evaluation.steadiness import Clip, measure_steadiness, read_clip
from framepick.model.card import default_weights, read_card
from framepick.model.checkpoint import load_checkpoint
from framepick.outputs.text import counted
from framepick.ratings import RatedSet, read_ratings
from framepick.sources.photo_files import find_photos
from framepick.types import ViewSpec

Split = Literal["train", "dev", "all"]
Note = Callable[[str], None]
"""The view of clips and recompressed copies, the same for all methods."""
_VIDEOS = frozenset([".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mts", ".ts", ".webm"])
_MIN_PICTURES = 10
_Methods = Mapping[str, ScoreViews]


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """What to evaluate, and on how much data."""

    split: Split = "train"
    """Rated pictures that count; those of no split belong to train."""
    photos: Path | None = None
    """Photos, or a folder of them, to distort."""
    videos: tuple[Path, ...] = ()
    """Videos, or folders of them, for steadiness."""
    baselines: Path | None = None
    """Folder of pretrained networks to compare with."""
    photo_limit: int = 150
    """Most photos for distortion pairs, and most rated ones for robustness and the ladder."""
    cache: Path = field(default_factory=cache_folder)
    """Folder of cached features of frozen networks."""


def evaluate(
    weights: Path | None,
    data: Path,
    config: EvaluationConfig,
    device: str = "auto",
    note: Note = lambda message: None,
) -> Report:
    """Evaluate weights, the shipped ones where None, on the rated set `data`.

    `note` is called with what is measured next and with what is skipped.

    Raises
    ------
    UsageError, SourceError, WeightsError
        There are too few data; something cannot be read; networks cannot be used.
    """
    path = weights or default_weights()
    model, name = load_model(path, device), read_card(path).name
    baselines = () if config.baselines is None else load_baselines(config.baselines)
    photos = _photos(config, note)
    videos = _videos(config)
    known = _needed(_read(data, note), config, data)
    known = known.select(readable(known.paths, note))
    chosen = _counted(known, config.split, data)
    rated = known.select(chosen)
    note(f"agreement with the ratings of {len(rated)} pictures")
    predictions, scores = {name: predict_by_model(model, path, rated)}, {name: model_scores(model)}
    if baselines:
        fitted = _fitted(baselines, known, config.cache)
        predictions |= {key: found.select(chosen) for key, (found, _) in fitted.items()}
        scores |= {key: score for key, (_, score) in fitted.items()}
    view = max(model.encoder.view_spec, VIEW, key=lambda spec: spec.size)  # none has to enlarge it
    found = tables.agreement_tables(rated, predictions, REFERENCE)
    found += _robustness(scores, rated, view, config, note)
    found += _small_copies(scores, rated, view, config, note)
    found += _pairs(scores, photos, view, note)
    found += _steadiness(scores, videos, view, note)
    broken = f", {len(rated.broken)} broken rows skipped" if rated.broken else ""
    described = f"{rated.name}, split {config.split}, {len(rated)} pictures{broken}"
    return Report(name, model.encoder.encoder_id, described, found)


def predict_by_model(model: AestheticModel, weights: Path, rated: RatedSet) -> Prediction:
    """Predict scores of rated pictures, and votes where network and set have the same bins."""
    parts = [
        model.encode_views(views) for views in photo_views(rated.paths, model.encoder.view_spec)
    ]
    scores = np.concatenate([model.scorer.score(part) for part in parts])[None]
    network, card = load_checkpoint(weights)
    if rated.vote_values is None or not np.array_equal(card.vote_values, rated.vote_values):
        return Prediction(scores)
    aesthetic = torch.from_numpy(np.concatenate([part.aesthetic for part in parts]))
    with torch.inference_mode():
        shares = network.vote_shares(aesthetic).double().numpy()
    return Prediction(scores, shares)


def _read(data: Path, note: Note) -> RatedSet:
    rated = read_ratings(data)
    if rated.broken:
        first, count = rated.broken[0], len(rated.broken)
        note(f"{data}: broken rows skipped: {count}, line {first.line}: {first.reason}")
    return rated


def _needed(rated: RatedSet, config: EvaluationConfig, data: Path) -> RatedSet:
    """Select the rows to evaluate on and, with baselines, those to fit them on."""
    rows = _counted(rated, config.split, data)
    return rated.select(rows if config.baselines is None else rows | is_training_row(rated))


def _counted(rated: RatedSet, split: Split, data: Path) -> NDArray[np.bool_]:
    if split == "all":
        rows = np.ones(len(rated), np.bool_)
    else:
        rows = is_training_row(rated) if split == "train" else rated.split == split
    themes = len(np.unique(rated.theme[rows]))
    if rows.sum() < _MIN_PICTURES or themes < 2:
        raise UsageError(
            f"{data}: split {split} has {rows.sum()} pictures of {themes} themes that can be used; "
            f"at least {_MIN_PICTURES} pictures of 2 themes are needed"
        )
    if np.ptp(rated.score[rows]) == 0.0:
        raise UsageError(f"{data}: all ratings of split {split} are the same; give others")
    return np.asarray(rows, np.bool_)


def _fitted(
    baselines: Sequence[Baseline], rated: RatedSet, cache: Path
) -> dict[str, tuple[Prediction, ScoreViews]]:
    described = extract_features(baselines, rated, cache)
    return {
        one.name: (predict(one, rated, described), fitted_scores(one, rated, described))
        for one in baselines
    }


def _robustness(
    scores: _Methods, rated: RatedSet, view: ViewSpec, config: EvaluationConfig, note: Note
) -> tuple[Table, ...]:
    rows = evenly_spaced(len(rated), config.photo_limit)
    paths = [rated.paths[row] for row in rows]
    note(f"recompressed and resized copies of {counted(len(paths), 'picture')}")
    return tables.robustness_tables(measure_robustness(scores, paths, view), len(paths))


def _small_copies(
    scores: _Methods, rated: RatedSet, view: ViewSpec, config: EvaluationConfig, note: Note
) -> tuple[Table, ...]:
    paths = [rated.paths[row] for row in evenly_spaced(len(rated), config.photo_limit)]
    note(f"copies of {counted(len(paths), 'picture')} on a streaming ladder")
    ladder = tables.ladder_table(measure_ladder(scores, paths, view), len(paths))
    note(f"shrunken copies of {counted(len(rated), 'picture')}")
    return ladder, tables.shrunken_table(measure_shrunken(scores, rated, view))


def _photos(config: EvaluationConfig, note: Note) -> tuple[Path, ...]:
    """List the readable photos to distort."""
    if config.photos is None:
        return ()
    if not config.photos.exists():
        raise SourceError(f"{config.photos}: does not exist; check the path")
    found = find_photos([config.photos])
    some = [found[row] for row in evenly_spaced(len(found), config.photo_limit)]
    paths = tuple(some[row] for row in readable(some, note))
    if not paths:
        raise UsageError(f"{config.photos}: holds no photos; name another folder")
    return paths


def _pairs(
    scores: _Methods, paths: Sequence[Path], view: ViewSpec, note: Note
) -> tuple[Table, ...]:
    if not paths:
        return ()
    note(f"distortion pairs of {counted(len(paths), 'photo')}")
    return tables.pair_tables(measure_pairs(scores, paths, side=view.size))


def _videos(config: EvaluationConfig) -> tuple[Path, ...]:
    """List the named files, and the videos in the named folders."""
    found: list[Path] = []
    for path in config.videos:
        if not path.exists():
            raise SourceError(f"{path}: does not exist; check the path")
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        named = [file for file in inside if file == path or _is_video_name(file)]
        if not named:
            raise UsageError(f"{path}: holds no videos; name another folder")
        found += named
    return tuple(found)


def _is_video_name(file: Path) -> bool:
    return file.suffix.lower() in _VIDEOS and not file.name.startswith(".")


def _steadiness(
    scores: _Methods, paths: Sequence[Path], view: ViewSpec, note: Note
) -> tuple[Table, ...]:
    if not paths:
        return ()
    note("steadiness on video")
    found = measure_steadiness(scores, _clips(paths, view, note))
    return (tables.steadiness_table(found, REFERENCE),)


def _clips(paths: Sequence[Path], view: ViewSpec, note: Note) -> Iterator[Clip]:
    """Yield clips of the readable videos."""
    for path in paths:
        try:
            yield read_clip(path, view)
        except SourceError as error:
            note(f"skipped: {error}")

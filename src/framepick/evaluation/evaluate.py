"""All that is measured of one eye, beside the baselines, as one report."""

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
    Baseline,
    describe_set,
    fitted_scores,
    load_baselines,
    predict,
)
from framepick.evaluation.crossval import is_known
from framepick.evaluation.features import cache_folder
from framepick.evaluation.pairs import judge_pairs
from framepick.evaluation.report import Report, Table
from framepick.evaluation.sameness import judge_sameness
from framepick.evaluation.scores import (
    ScoreViews,
    encode_views,
    model_scores,
    photo_views,
    readable,
    spread_out,
)
from framepick.evaluation.steadiness import Clip, judge_steadiness, read_clip
from framepick.model.card import default_weights, read_card
from framepick.model.checkpoint import load_checkpoint
from framepick.ratings import RatedSet, read_ratings
from framepick.sources.photos import find_photos
from framepick.types import ViewSpec

Split = Literal["train", "dev", "all"]
Tell = Callable[[str], None]
VIEW = ViewSpec(224)
"""Of clips and stored copies, which all methods see alike."""
_VIDEOS = frozenset([".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mts", ".ts", ".webm"])
_LEAST_PICTURES = 10
_Methods = Mapping[str, ScoreViews]


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """What is measured, and on how much."""

    split: Split = "train"
    """Rated pictures that count; those of no split belong to train."""
    photos: Path | None = None
    """Photos, or a folder of them, for fault pairs."""
    videos: tuple[Path, ...] = ()
    """Videos, or folders of them, for steadiness."""
    baselines: Path | None = None
    """Folder of pretrained networks to compare with."""
    photo_limit: int = 150
    """Photos used at most for fault pairs, and rated ones for stored copies."""
    cache: Path = field(default_factory=cache_folder)
    """Where features of frozen networks are kept."""


def evaluate(
    weights: Path | None,
    data: Path,
    config: EvaluationConfig,
    device: str = "auto",
    tell: Tell = lambda message: None,
) -> Report:
    """Measure weights, the shipped ones where None, on the rated set `data`.

    `tell` is called with what is measured next and with what is left out.

    Raises
    ------
    UsageError, SourceError, WeightsError
        There is too little to measure on; something cannot be read; networks cannot be used.
    """
    path = weights or default_weights()
    model, name = load_model(path, device), read_card(path).name
    baselines = () if config.baselines is None else load_baselines(config.baselines)
    photos = _photos(config, tell)
    videos = _videos(config)
    known = _needed(_read(data, tell), config, data)
    known = known.choose(readable(known.paths, tell))
    counted = _counted(known, config.split, data)
    rated = known.choose(counted)
    tell(f"agreement with the ratings of {len(rated)} pictures")
    predictions, scores = {name: predict_by_model(model, path, rated)}, {name: model_scores(model)}
    if baselines:
        fitted = _fitted(baselines, known, config.cache)
        predictions |= {key: found.choose(counted) for key, (found, _) in fitted.items()}
        scores |= {key: score for key, (_, score) in fitted.items()}
    found = tables.agreement_tables(rated, predictions, REFERENCE)
    found += _sameness(scores, rated, config, tell)
    found += _pairs(scores, photos, tell)
    found += _steadiness(scores, videos, tell)
    broken = f", {len(rated.broken)} broken rows left out" if rated.broken else ""
    described = f"{rated.name}, split {config.split}, {len(rated)} pictures{broken}"
    return Report(name, model.encoder.encoder_id, described, found)


def predict_by_model(model: AestheticModel, weights: Path, rated: RatedSet) -> Prediction:
    """Scores of the rated pictures, and votes where the network knows those that the set has."""
    parts = [
        encode_views(model, views) for views in photo_views(rated.paths, model.encoder.view_spec)
    ]
    scores = np.concatenate([model.scorer.score(part) for part in parts])[None]
    network, card = load_checkpoint(weights)
    if rated.vote_values is None or not np.array_equal(card.vote_values, rated.vote_values):
        return Prediction(scores)
    aesthetic = torch.from_numpy(np.concatenate([part.aesthetic for part in parts]))
    with torch.inference_mode():
        shares = network.vote_shares(aesthetic).double().numpy()
    return Prediction(scores, shares)


def _read(data: Path, tell: Tell) -> RatedSet:
    rated = read_ratings(data)
    if rated.broken:
        first, count = rated.broken[0], len(rated.broken)
        tell(f"{data}: broken rows left out: {count}, line {first.line}: {first.reason}")
    return rated


def _needed(rated: RatedSet, config: EvaluationConfig, data: Path) -> RatedSet:
    """What counts, and with baselines also what they are fitted on."""
    rows = _counted(rated, config.split, data)
    return rated.choose(rows if config.baselines is None else rows | is_known(rated))


def _counted(rated: RatedSet, split: Split, data: Path) -> NDArray[np.bool_]:
    if split == "all":
        rows = np.ones(len(rated), np.bool_)
    else:
        rows = is_known(rated) if split == "train" else rated.split == split
    themes = len(np.unique(rated.theme[rows]))
    if rows.sum() < _LEAST_PICTURES or themes < 2:
        raise UsageError(
            f"{data}: split {split} has {rows.sum()} pictures of {themes} themes that can be used; "
            f"at least {_LEAST_PICTURES} pictures of 2 themes are needed"
        )
    if np.ptp(rated.score[rows]) == 0.0:
        raise UsageError(f"{data}: all ratings of split {split} are the same; give others")
    return np.asarray(rows, np.bool_)


def _fitted(
    baselines: Sequence[Baseline], rated: RatedSet, cache: Path
) -> dict[str, tuple[Prediction, ScoreViews]]:
    described = describe_set(baselines, rated, cache)
    return {
        one.name: (predict(one, rated, described), fitted_scores(one, rated, described))
        for one in baselines
    }


def _sameness(
    scores: _Methods, rated: RatedSet, config: EvaluationConfig, tell: Tell
) -> tuple[Table, ...]:
    paths = spread_out(rated.paths, config.photo_limit)
    tell(f"stored copies of {len(paths)} pictures")
    return tables.sameness_tables(judge_sameness(scores, paths, VIEW), len(paths))


def _photos(config: EvaluationConfig, tell: Tell) -> tuple[Path, ...]:
    """Photos to make fault pairs of, those that can be read."""
    if config.photos is None:
        return ()
    if not config.photos.exists():
        raise SourceError(f"{config.photos}: does not exist; check the path")
    paths = spread_out(find_photos([config.photos]), config.photo_limit)
    paths = tuple(paths[place] for place in readable(paths, tell))
    if not paths:
        raise UsageError(f"{config.photos}: holds no photos; name another folder")
    return paths


def _pairs(scores: _Methods, paths: Sequence[Path], tell: Tell) -> tuple[Table, ...]:
    if not paths:
        return ()
    tell(f"fault pairs of {len(paths)} photos")
    return tables.pair_tables(judge_pairs(scores, paths))


def _videos(config: EvaluationConfig) -> tuple[Path, ...]:
    """The files named, and the videos in the folders named."""
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


def _steadiness(scores: _Methods, paths: Sequence[Path], tell: Tell) -> tuple[Table, ...]:
    if not paths:
        return ()
    tell("steadiness on video")
    found = judge_steadiness(scores, _clips(paths, tell))
    return (tables.steadiness_table(found, REFERENCE),)


def _clips(paths: Sequence[Path], tell: Tell) -> Iterator[Clip]:
    """Clips of the videos that can be read."""
    for path in paths:
        try:
            yield read_clip(path, VIEW)
        except SourceError as error:
            tell(f"left out: {error}")

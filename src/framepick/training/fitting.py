"""From a configuration with a [fit] table to a checkpoint whose card tells how good it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from framepick.aesthetic import load_model
from framepick.distortions import STRENGTHS, TECHNICAL
from framepick.errors import SourceError
from framepick.evaluation.agreement import EVERYTHING, Prediction, agreement, spearman_gain
from framepick.evaluation.baselines import PENALTY_PER_FEATURE
from framepick.evaluation.crossval import Rows, cross_validate
from framepick.evaluation.pairs import PairFigures, judge_pairs, mean_won
from framepick.evaluation.sameness import judge_sameness
from framepick.evaluation.scores import BATCH, ScoreViews, Views, model_scores, spread_out
from framepick.evaluation.steadiness import Clip, judge_steadiness, read_clip, times_steadier
from framepick.model.card import Card, DataSet, write_card
from framepick.model.checkpoint import save_checkpoint
from framepick.model.networks import Network
from framepick.ratings import read_ratings
from framepick.training.beauty import Scale
from framepick.training.closed_form import Fitter, fit_votes, install, vectors
from framepick.training.config import TrainConfig
from framepick.training.datasets import Note
from framepick.training.finishing import QUANTILES, normalisation, origin
from framepick.training.fit_config import FitConfig, read_fit_config
from framepick.training.fit_network import first_for_fit, radial
from framepick.training.losses import norms
from framepick.training.material import gather
from framepick.training.outcome import Outcome, check_folder
from framepick.training.pictures import Tell, find_videos
from framepick.types import Calibration, Floats, Vectors, ViewSpec

MIDDLE = STRENGTHS[1]
MOST_STORED = 150
"""Pictures whose stored copies are compared."""


def fit_checkpoint(config: TrainConfig, path: Path, tell: Tell, note: Note) -> Outcome:
    """Fit the radial head as [fit] of `config`, read from the file `path`, says.

    Leaves NAME.safetensors and its card in the folder `out`. `tell` gets work done and all of it,
    `note` what is worth knowing.

    Raises
    ------
    UsageError
        The configuration does not fit its data.
    SourceError, WeightsError
        Data or weights cannot be read.
    OutputError
        Something cannot be written; what was whole stays whole.
    """
    fit = read_fit_config(config, path)
    check_folder(config.out)
    rated = read_ratings(config.data.ratings[0].path) if config.data.ratings else None
    values = () if rated is None or rated.vote_values is None else rated.vote_values
    network = first_for_fit(config, fit, len(values))
    material = gather(config, fit, network, tell, note)
    appeal = radial(network).appeal
    assert appeal is not None  # noqa: S101 - first_for_fit gives classes
    levels = 2 * sum(network.backbone.widths[level] for level in network.levels)
    fitter = Fitter(material, appeal, fit, levels)
    note(f"{fit.rounds} rounds of cross-validation on {len(material.rated)} rated pictures")
    figures = _cross_validated(fitter, tell)
    note("fitting on everything that may be shipped")
    free = np.flatnonzero(material.rated.is_free)
    head = fitter.fit(free, config.seed)
    with torch.no_grad():
        install(network, head, fitter)
    fit_votes(network, material.seen.choose(free), material.rated.choose(free))
    card = _card(config, fit, network, fitter, tuple(float(v) for v in values))
    weights = config.out / f"{config.name}.safetensors"
    save_checkpoint(weights, network, replace(card, figures=figures))
    figures = figures | _measured(config, network, weights, fitter, note)
    write_card(replace(card, figures=figures), weights)
    return Outcome(weights, figures)


def _cross_validated(fitter: Fitter, tell: Tell) -> dict[str, float]:
    """Agreement with ratings on pictures whose themes were left out, and the gain over ridge."""
    rated, seen, fit = fitter.material.rated, fitter.material.seen, fitter.config
    if not fit.rounds:
        return {}
    done = [0]

    def by_model(rows: Rows, out: Rows) -> Floats:
        head = fitter.fit(rows, seed=done[0])
        done[0] += 1
        tell(done[0], None)
        return fitter.score(head, seen.choose(out))

    def by_ridge(rows: Rows, out: Rows) -> Floats:
        return plain_ridge(seen.pooled[rows], rated.score[rows])(seen.pooled[out])

    seeds = range(fit.rounds)
    ours = Prediction(cross_validate(rated, by_model, seeds=seeds))
    ridge = Prediction(cross_validate(rated, by_ridge, seeds=seeds))
    gain = spearman_gain(rated, ours, ridge)
    found = {}
    for row in agreement(rated, ours):
        name = "" if row.category == EVERYTHING else f", {row.category}"
        found[f"cross-validated Spearman{name}"] = row.spearman.value
        if not name:
            found["cross-validated Spearman, low"] = row.spearman.low
            found["cross-validated Spearman, high"] = row.spearman.high
            found["cross-validated Pearson"] = row.pearson.value
            found["cross-validated accuracy"] = row.accuracy.value
            if row.distance:
                found["cross-validated vote distance"] = row.distance.value
    base = agreement(rated, ridge)[0].spearman.value
    found |= {
        "cross-validated Spearman of ridge on the frozen backbone": base,
        "gain over it": gain.value,
        "gain over it, low": gain.low,
        "gain over it, high": gain.high,
    }
    return _finite(found)


def plain_ridge(features: Vectors, ratings: Floats) -> _Linear:
    """Ridge on standardised features (N, F): what an aesthetic model has to beat."""
    scale = Scale.of(features)
    columns, centre = scale(features), ratings.mean()
    penalty = PENALTY_PER_FEATURE * columns.shape[1]
    gram = columns @ columns.T + penalty * np.eye(len(columns))
    return _Linear(scale, columns.T @ np.linalg.solve(gram, ratings - centre), float(centre))


class _Linear:
    """Features (N, F) to scores (N,)."""

    def __init__(self, scale: Scale, weight: Floats, bias: float) -> None:
        self._scale, self._weight, self._bias = scale, weight, bias

    def __call__(self, features: Vectors) -> Floats:
        return np.asarray(self._scale(features) @ self._weight + self._bias, np.float64)


def _measured(
    config: TrainConfig, network: Network, weights: Path, fitter: Fitter, note: Note
) -> dict[str, float]:
    """Figures of the checkpoint in the runtime that users get; pairs and clips are new to it."""
    model = load_model(weights, config.device)
    score = model_scores(model)
    found: dict[str, float] = {}
    photos = fitter.material.held_out
    if photos:
        note(f"fault pairs of {len(photos)} photos of held-out categories")
        found |= _pair_figures(judge_pairs({config.name: score}, photos)[config.name])
    note("stored copies")
    stored = spread_out(fitter.material.rated.paths, MOST_STORED)
    view = ViewSpec(config.network.view)
    for row in judge_sameness({config.name: score}, stored, view)[config.name]:
        found[f"same order, {row.copy}"] = row.spearman
    videos = [video for folder in config.data.videos for video in find_videos(folder.path)]
    if videos:
        note(f"steadiness on {len(videos)} videos")
        found |= _steadiness_figures(score, _ridge_scores(network, fitter), videos, view, note)
    return _finite(found)


def _pair_figures(rows: Sequence[PairFigures]) -> dict[str, float]:
    technical = [row for row in rows if row.kind in TECHNICAL]
    found = {f"pairs won, technical, {s}": mean_won(rows, TECHNICAL, s) for s in STRENGTHS}
    found["triples in order, technical"] = float(np.mean([r.ordered.value for r in technical]))
    found["null pairs, first wins"] = float(np.mean([row.null.value for row in rows]))
    for row in rows:
        found[f"pairs won, {row.kind}, {MIDDLE}"] = row.won[MIDDLE].value
        found[f"triples in order, {row.kind}"] = row.ordered.value
    return found


def _steadiness_figures(
    model: ScoreViews, ridge: ScoreViews, videos: Sequence[Path], view: ViewSpec, note: Note
) -> dict[str, float]:
    """Against ridge on the same frozen backbone, at equal response to blur."""

    def clips() -> Iterator[Clip]:
        for video in videos:
            try:
                yield read_clip(video, view)
            except SourceError as error:
                note(f"passed over: {error}")

    judged = judge_steadiness({"eye": model, "ridge": ridge}, clips())
    steadier = times_steadier(judged["eye"], judged["ridge"])
    return {
        "times steadier than ridge on the frozen backbone": steadier.value,
        "times steadier, low": steadier.low,
        "times steadier, high": steadier.high,
        "fall under blur, share of the response": judged["eye"].fall,
    }


def _ridge_scores(network: Network, fitter: Fitter) -> ScoreViews:
    """Ridge on the frozen backbone, fitted on the same pictures."""
    material = fitter.material
    free = np.flatnonzero(material.rated.is_free)
    ridge = plain_ridge(material.seen.pooled[free], material.rated.score[free])

    def score(views: Views) -> Floats:
        with torch.inference_mode():
            there = torch.from_numpy(views).to(network.pixel_scale.device)
            parts = [network.describe(some)[0] for some in torch.split(there, BATCH)]
        return ridge(torch.cat(parts).cpu().numpy())

    return score


def _card(
    config: TrainConfig,
    fit: FitConfig,
    network: Network,
    fitter: Fitter,
    vote_values: tuple[float, ...],
) -> Card:
    reference = norms(vectors(network, fitter.reference)).double().numpy()
    photos, free = len(fitter.material.photos), int(fitter.material.rated.is_free.sum())
    rated, data = config.data.ratings[0], config.data
    name = rated.name or fitter.material.rated.name
    use = f"{free} rated pictures, and copies of them, fitted on; others of the set measured on"
    sets = [DataSet(name, rated.licence, use)]
    use = f"{photos} unlabelled pictures and copies of them fitted on, {{}} measured on"
    use = use.format(len(fitter.material.held_out))
    sets += [DataSet(one.name or one.path.name, one.licence, use) for one in data.photos]
    sets += [DataSet(one.name or one.path.name, one.licence, "measured on") for one in data.videos]
    return Card(
        name=config.name,
        architecture=network.architecture,
        view=ViewSpec(config.network.view),
        normalisation=normalisation(network),
        licence=config.licence,
        origin=origin(config),
        data=tuple(sets),
        method=_method(config, fit),
        figures={},
        limits=config.limits,
        calibration=Calibration(
            f"{photos} unlabelled photographs and {free} of {name}, fitted on",
            np.quantile(reference, np.linspace(0.0, 1.0, QUANTILES)).round(6),
        ),
        vote_values=vote_values,
    )


def _method(config: TrainConfig, fit: FitConfig) -> str:
    settings = ", ".join(f"{key} {_plainly(value)}" for key, value in asdict(fit).items())
    return (
        "Frozen backbone. Length of the aesthetic vector: softplus(beauty - cost * sum of "
        "softplus(fault)). Beauty is ridge regression on pooled features, statistics of levels, "
        "and the expected worth of the classes that the backbone's own classifier sees, with a "
        "penalty for answers that differ between a picture and its faulty copies; the worths are "
        "a table written by hand. Faults are found by a small network on statistics of levels "
        "and filters, trained on copies in graded strengths. Direction and content vector: "
        "half-whitened principal components. Votes: linear in direction and length, by "
        f"cumulative distance. Seed {config.seed}; {settings}. Made again by framepick train."
    )


def _plainly(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _finite(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items() if math.isfinite(value)}

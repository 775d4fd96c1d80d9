"""Training by fitting: from a configuration with a [fit] table to an evaluated checkpoint."""

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
from framepick.evaluation.crossval import cross_validate
from framepick.evaluation.pairs import PairFigures, mean_won, measure_pairs
from framepick.evaluation.robustness import measure_robustness
from framepick.evaluation.scores import BATCH, ScoreViews, Views, evenly_spaced, model_scores
from framepick.evaluation.steadiness import Clip, measure_steadiness, read_clip, times_steadier
from framepick.model.card import Card, DataSet, write_card
from framepick.model.checkpoint import save_checkpoint
from framepick.model.networks import Network
from framepick.protocols import Progress
from framepick.ratings import read_ratings
from framepick.training.beauty import Standardiser
from framepick.training.closed_form import HeadFitter, fit_votes, install, vectors
from framepick.training.config import TrainConfig
from framepick.training.datasets import Note
from framepick.training.finishing import QUANTILES, normalisation, origin
from framepick.training.fit_config import FitConfig, read_fit_config
from framepick.training.fit_network import network_to_fit, radial
from framepick.training.losses import norms
from framepick.training.moments import cross_validated_moments, moment_figures
from framepick.training.outcome import Outcome, check_folder
from framepick.training.pictures import find_videos
from framepick.training.training_set import load_training_set
from framepick.types import Calibration, Floats, Rows, Vectors, ViewSpec

MIDDLE = STRENGTHS[1]
MAX_DISTORTED = 160
"""Most photos in the measurement of distortion pairs."""
MAX_STORED = 150
"""Most pictures in the measurement of robustness."""


def fit_checkpoint(config: TrainConfig, path: Path, progress: Progress, note: Note) -> Outcome:
    """Fit the radial head as [fit] of `config`, read from the file `path`, says.

    Leaves NAME.safetensors and its card in the folder `out`. `progress` gets work done and all
    of it, `note` what is worth knowing.

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
    network = network_to_fit(config, fit, len(values))
    training_set = load_training_set(config, fit, network, progress, note)
    appeal = radial(network).appeal
    assert appeal is not None  # noqa: S101 - first_for_fit gives classes
    widths = [2 * network.backbone.widths[level] for level in network.levels]
    fitter = HeadFitter(training_set, appeal, fit, widths)
    note(f"{fit.rounds} rounds of cross-validation on {len(training_set.rated)} rated pictures")
    figures = _cross_validated(fitter, progress) | _moments_measured(fitter)
    note("fitting on everything that may be shipped")
    free = np.flatnonzero(training_set.rated.is_free)
    head = fitter.fit(free, config.seed)
    with torch.no_grad():
        install(network, head, fitter)
    fit_votes(network, training_set.features.select(free), training_set.rated.select(free))
    card = _card(config, fit, network, fitter, tuple(float(v) for v in values))
    weights = config.out / f"{config.name}.safetensors"
    save_checkpoint(weights, network, replace(card, figures=figures))
    figures = figures | _measured(config, network, weights, fitter, note)
    write_card(replace(card, figures=figures), weights)
    return Outcome(weights, figures)


def _cross_validated(fitter: HeadFitter, progress: Progress) -> dict[str, float]:
    """Cross-validate by theme: agreement with ratings, and the gain over ridge regression."""
    rated, features, fit = fitter.training_set.rated, fitter.training_set.features, fitter.config
    if not fit.rounds:
        return {}
    done = [0]

    def by_model(rows: Rows, out: Rows) -> Floats:
        head = fitter.fit(rows, seed=done[0])
        done[0] += 1
        progress(done[0], None)
        return fitter.score(head, features.select(out))

    def by_ridge(rows: Rows, out: Rows) -> Floats:
        return plain_ridge(features.pooled[rows], rated.score[rows])(features.pooled[out])

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


def _moments_measured(fitter: HeadFitter) -> dict[str, float]:
    """Cross-validate the moment axis by origin of the clips."""
    footage, fit = fitter.training_set.footage, fitter.config
    if footage is None or not fit.rounds:
        return {}
    found = cross_validated_moments(footage, fitter.level_widths, fit.moment_penalty, seed=0)
    return _finite(moment_figures(footage, found))


def plain_ridge(features: Vectors, ratings: Floats) -> _Linear:
    """Fit ridge regression on standardised features (N, F), the baseline to beat."""
    standardiser = Standardiser.of(features)
    columns, centre = standardiser(features), ratings.mean()
    penalty = PENALTY_PER_FEATURE * columns.shape[1]
    gram = columns @ columns.T + penalty * np.eye(len(columns))
    return _Linear(standardiser, columns.T @ np.linalg.solve(gram, ratings - centre), float(centre))


class _Linear:
    """A linear model from features (N, F) to scores (N,)."""

    def __init__(self, standardiser: Standardiser, weight: Floats, bias: float) -> None:
        self._scale, self._weight, self._bias = standardiser, weight, bias

    def __call__(self, features: Vectors) -> Floats:
        return np.asarray(self._scale(features) @ self._weight + self._bias, np.float64)


def _measured(
    config: TrainConfig, network: Network, weights: Path, fitter: HeadFitter, note: Note
) -> dict[str, float]:
    """Measure the checkpoint in the runtime that users get, on held-out photos and videos."""
    model = load_model(weights, config.device)
    score = model_scores(model)
    found: dict[str, float] = {}
    held_out = fitter.training_set.held_out
    photos = [held_out[row] for row in evenly_spaced(len(held_out), MAX_DISTORTED)]
    if photos:
        note(f"distortion pairs of {len(photos)} photos of held-out categories")
        pairs = measure_pairs({config.name: score}, photos, side=config.network.view)
        found |= _pair_figures(pairs[config.name])
    note("recompressed and resized copies")
    paths = fitter.training_set.rated.paths
    stored = [paths[row] for row in evenly_spaced(len(paths), MAX_STORED)]
    view = ViewSpec(config.network.view)
    for row in measure_robustness({config.name: score}, stored, view)[config.name]:
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
    """Compare with ridge on the same frozen backbone, at equal response to blur."""

    def clips() -> Iterator[Clip]:
        for video in videos:
            try:
                yield read_clip(video, view)
            except SourceError as error:
                note(f"passed over: {error}")

    judged = measure_steadiness({"model": model, "ridge": ridge}, clips())
    steadier = times_steadier(judged["model"], judged["ridge"])
    return {
        "times steadier than ridge on the frozen backbone": steadier.value,
        "times steadier, low": steadier.low,
        "times steadier, high": steadier.high,
        "fall under blur, share of the response": judged["model"].fall,
    }


def _ridge_scores(network: Network, fitter: HeadFitter) -> ScoreViews:
    """Fit ridge regression on the same features and pictures, as a scorer of views."""
    training_set = fitter.training_set
    free = np.flatnonzero(training_set.rated.is_free)
    ridge = plain_ridge(training_set.features.pooled[free], training_set.rated.score[free])

    def score(views: Views) -> Floats:
        with torch.inference_mode():
            there = torch.from_numpy(views).to(network.pixel_scale.device)
            parts = [network.extract_features(some)[0] for some in torch.split(there, BATCH)]
        return ridge(torch.cat(parts).cpu().numpy())

    return score


def _card(
    config: TrainConfig,
    fit: FitConfig,
    network: Network,
    fitter: HeadFitter,
    vote_values: tuple[float, ...],
) -> Card:
    aesthetic = network.without_moment(vectors(network, fitter.reference))
    reference = norms(aesthetic).double().numpy()
    photos, free = len(fitter.training_set.photos), int(fitter.training_set.rated.is_free.sum())
    rated, data = config.data.ratings[0], config.data
    name = rated.name or fitter.training_set.rated.name
    use = f"{free} rated pictures, and copies of them, fitted on; others of the set measured on"
    sets = [DataSet(name, rated.licence, use)]
    use = f"{photos} unlabelled pictures and copies of them fitted on, {{}} measured on"
    use = use.format(len(fitter.training_set.held_out))
    sets += [DataSet(one.name or one.path.name, one.licence, use) for one in data.photos]
    sets += [DataSet(one.name or one.path.name, one.licence, "measured on") for one in data.videos]
    sets += [
        DataSet(one.name or one.path.stem, one.licence, f"{len(more.scores)} rated, fitted on")
        for one, more in zip(data.ratings[1:], fitter.training_set.more_rated, strict=True)
    ]
    if data.footage and (footage := fitter.training_set.footage):
        use = f"{len(footage.ratings)} rated frames of {len(footage.clips)} clips, fitted on"
        sets.append(DataSet(data.footage.name or data.footage.path.name, data.footage.licence, use))
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
        "penalty on differences between a picture and its distorted copies; the worths are "
        "a table written by hand. Faults are found by a small network on statistics of levels "
        "and filters, trained on copies in graded strengths; so that a small source is no fault of "
        "one of its pictures, it deducts as much from all that are equally small. Direction and "
        "content vector: half-whitened principal components. Votes: linear in direction and "
        "length, by "
        f"cumulative distance. Seed {config.seed}; {settings}. Made again by framepick train."
    )


def _plainly(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _finite(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items() if math.isfinite(value)}

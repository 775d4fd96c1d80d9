"""Baselines that an aesthetic model has to beat, evaluated in the same way.

Ridge on hand-made features and on frozen networks, the photo critic (a support vector machine and
a random forest on frozen features), and NIMA as its authors trained it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from framepick.evaluation import handmade
from framepick.evaluation.agreement import Prediction
from framepick.evaluation.crossval import cross_validate, fit_rows
from framepick.evaluation.features import (
    CachedFeatures,
    FeatureExtractor,
    photo_features,
    pooled_features,
)
from framepick.evaluation.scores import ScoreViews, Views, of_any_size
from framepick.model.pretrained import Pretrained, load_backbone
from framepick.ratings import RatedSet
from framepick.types import Floats, Rows, Vectors, ViewSpec

VIEW = ViewSpec(224)
PENALTY_PER_FEATURE = 2000.0 / 1280.0
"""Ridge penalty, proportional to the number of features."""
NETWORKS = {
    "MobileNetV2": ("mobilenet_v2", "mobilenet_v2_imagenet.safetensors"),
    "EfficientNet-Lite0": ("efficientnet_lite0", "efficientnet_lite0_imagenet.safetensors"),
    "NIMA": ("mobilenet_v1", "nima_mobilenet_v1_ava.safetensors"),
}
"""Backbone and file of each frozen network."""
FIRST = "MobileNetV2"
"""The network of the reference method, and of the photo critic."""
REFERENCE = f"ridge on {FIRST}"

Predict = Callable[[Vectors], Floats]
"""Features (N, F) to scores (N,), or to vote shares (N, B)."""
Fit = Callable[[Vectors, Floats], Predict]
"""Features (N, F) and ratings (N,) to a way of scoring."""


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Feature extractors, and a regression on their features."""

    name: str
    extractors: tuple[FeatureExtractor, ...]
    """Their features are concatenated."""
    fit: Fit
    votes: Predict | None = None
    """Maps features (N, F) to vote shares (N, B), where the method predicts votes."""


def load_baselines(folder: Path) -> tuple[Baseline, ...]:
    """Load all baselines, from the pretrained networks in `folder`; REFERENCE is among them.

    Those that need scikit-learn are left out where it is not installed. Raises WeightsError if a
    network is missing or damaged.
    """
    networks = {
        name: load_backbone(backbone, folder / file) for name, (backbone, file) in NETWORKS.items()
    }
    described = {
        name: FeatureExtractor(
            NETWORKS[name][0], _digest(folder / NETWORKS[name][1]), pooled_features(it)
        )
        for name, it in networks.items()
    }
    by_hand = FeatureExtractor("handmade", handmade.VERSION, handmade.extract)
    first = (described[FIRST],)
    critics = (
        (
            Baseline(f"support vector machine on {FIRST}", first, support_vectors),
            Baseline(f"random forest on {FIRST}", first, random_forest),
        )
        if find_spec("sklearn")
        else ()
    )
    return (
        Baseline("ridge on hand-made features", (by_hand,), ridge),
        *critics,
        *(Baseline(f"ridge on {name}", (it,), log_ridge) for name, it in described.items()),
        Baseline("ridge on all three", tuple(described.values()), log_ridge),
        _as_it_is(described["NIMA"], networks["NIMA"]),
    )


def load_nima(folder: Path, cache: Path) -> ScoreViews:
    """Load NIMA as its authors trained it, its features of views cached in the folder `cache`.

    Raises WeightsError if its file is missing or damaged.
    """
    backbone, file = NETWORKS["NIMA"]
    network = load_backbone(backbone, folder / file)
    extractor = FeatureExtractor(backbone, _digest(folder / file), pooled_features(network))
    features, mean_vote = CachedFeatures(extractor, VIEW, cache), _mean_vote(network)

    def score(views: Views) -> Floats:
        found = features(views)
        features.save()
        return mean_vote(found)

    return of_any_size(score, VIEW)


def extract_features(
    baselines: Sequence[Baseline], rated: RatedSet, cache: Path
) -> dict[str, Vectors]:
    """Extract features (N, F) of rated pictures, by extractor; SourceError if one is unreadable."""
    extractors = {it.name: it for baseline in baselines for it in baseline.extractors}
    return photo_features(tuple(extractors.values()), rated.paths, VIEW, cache)


def predict(baseline: Baseline, rated: RatedSet, described: Mapping[str, Vectors]) -> Prediction:
    """Predict all rated pictures, cross-validated by theme: see `cross_validate`."""
    features = _side_by_side(baseline, described)

    def fit_predict(fit: Rows, out: Rows) -> Floats:
        return baseline.fit(features[fit], rated.score[fit])(features[out])

    shares = None
    if baseline.votes is not None and rated.votes is not None:
        shares = baseline.votes(features)
        if shares.shape != rated.votes.shape:
            shares = None
    return Prediction(cross_validate(rated, fit_predict), shares)


def fitted_scores(
    baseline: Baseline, rated: RatedSet, described: Mapping[str, Vectors]
) -> ScoreViews:
    """Fit the baseline on all rows that may be fitted on, as a scorer of views."""
    rows = fit_rows(rated)
    apply = baseline.fit(_side_by_side(baseline, described)[rows], rated.score[rows])

    def score(views: Views) -> Floats:
        return apply(np.hstack([extract(views) for extract in baseline.extractors]))

    return of_any_size(score, VIEW)


def ridge(features: Vectors, targets: Floats) -> Predict:
    """Fit ridge regression on standardised features, in the dual, as F is often above N."""
    mean, spread = _scale(features)
    scaled = (features - mean) / spread
    centre = float(targets.mean())
    penalty = PENALTY_PER_FEATURE * features.shape[1]
    gram = scaled @ scaled.T + penalty * np.eye(len(scaled))
    weight = scaled.T @ np.linalg.solve(gram, targets - centre)  # (F,)
    return lambda others: np.asarray((others - mean) / spread @ weight + centre, np.float64)


def log_ridge(features: Vectors, targets: Floats) -> Predict:
    """Fit ridge on log(1 + feature), because pooled activations have long tails."""
    fitted = ridge(np.log1p(features), targets)
    return lambda others: fitted(np.log1p(others))


def support_vectors(features: Vectors, targets: Floats) -> Predict:
    """Fit support vector regression with a Gaussian kernel, on standardised features."""
    from sklearn.svm import SVR

    mean, spread = _scale(features)
    model = SVR(kernel="rbf", C=1.0, gamma="scale").fit((features - mean) / spread, targets)
    return lambda others: np.asarray(model.predict((others - mean) / spread), np.float64)


def random_forest(features: Vectors, targets: Floats) -> Predict:
    """Fit a regression forest of 300 trees, each split on a tenth of the features."""
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(
        n_estimators=300, max_features=0.1, min_samples_leaf=2, random_state=0
    ).fit(features, targets)
    return lambda others: np.asarray(model.predict(others), np.float64)


def _as_it_is(extractor: FeatureExtractor, network: Pretrained) -> Baseline:
    """Return the mean vote of a network that predicts votes 1, 2, ... itself, unfitted."""
    mean_vote = _mean_vote(network)
    return Baseline(
        "NIMA as it is", (extractor,), lambda features, targets: mean_vote, _vote_shares(network)
    )


def _vote_shares(network: Pretrained) -> Predict:
    def shares(features: Vectors) -> Floats:
        assert network.classifier is not None  # noqa: S101 - its file holds one
        with torch.inference_mode():
            logits = network.classifier(torch.from_numpy(features))
        return np.asarray(functional.softmax(logits, dim=1).numpy(), np.float64)

    return shares


def _mean_vote(network: Pretrained) -> Predict:
    shares = _vote_shares(network)

    def mean_vote(features: Vectors) -> Floats:
        votes = shares(features)
        return np.asarray(votes @ np.arange(1.0, votes.shape[1] + 1.0), np.float64)

    return mean_vote


def _side_by_side(baseline: Baseline, described: Mapping[str, Vectors]) -> Vectors:
    return np.hstack([described[it.name] for it in baseline.extractors])


def _scale(features: Vectors) -> tuple[Floats, Floats]:
    values = features.astype(np.float64)
    return values.mean(axis=0), values.std(axis=0) + 1e-6


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]

"""The shipped weights, measured on photographs and videos that they were not fitted on."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import numpy as np
import pytest

from framepick.aesthetic import AestheticModel, load_model
from framepick.distortions import TECHNICAL
from framepick.evaluation.agreement import Prediction
from framepick.evaluation.crossval import is_training_row
from framepick.evaluation.evaluate import predict_by_model
from framepick.evaluation.pairs import PairFigures, mean_won, measure_pairs
from framepick.evaluation.scores import ScoreViews, Views, model_scores
from framepick.evaluation.steadiness import Steadiness, measure_steadiness, read_clip
from framepick.metrics import spearman
from framepick.model.card import default_weights
from framepick.ratings import RatedSet, read_ratings, theme_folds
from framepick.sources.photo_files import find_photos
from framepick.training.pictures import photo_items
from framepick.types import Floats
from tests.recorded import shipped_encoder

PHOTOS = 16
SIDE = 260
"""Side of the views that the shipped weights take."""
SAMPLES = Path(__file__).parents[1] / "samples"


def noise(views: Views) -> Floats:
    """Numbers from 0 to 1 that change with every change of a view, and mean nothing."""
    return np.array([zlib.crc32(view.tobytes()) / 2.0**32 for view in views])


@pytest.fixture(scope="module")
def model() -> AestheticModel:
    return AestheticModel(shipped_encoder(), load_model(device="cpu").scorer)


@pytest.fixture(scope="module")
def methods(model: AestheticModel) -> dict[str, ScoreViews]:
    return {"model": model_scores(model), "noise": noise}


@pytest.fixture(scope="module")
def data() -> Path:
    folder = os.environ.get("FRAMEPICK_DATA")
    if not folder:
        pytest.skip("FRAMEPICK_DATA names no folder of photographs")
    return Path(folder)


# Ratings


@pytest.fixture(scope="module")
def rated(data: Path) -> RatedSet:
    """Give the rated photographs that may not be fitted on, since they are not free."""
    rated = read_ratings(data / "oasis")
    return rated.select(is_training_row(rated) & ~rated.is_free)


@pytest.fixture(scope="module")
def prediction(model: AestheticModel, rated: RatedSet) -> Prediction:
    return predict_by_model(model, default_weights(), rated)


def test_scores_agree_with_ratings_and_noise_does_not(
    prediction: Prediction, rated: RatedSet
) -> None:
    assert spearman(prediction.scores[0], rated.score) > 0.65
    assert abs(spearman(np.random.default_rng(0).random(len(rated)), rated.score)) < 0.3


def test_predicted_votes_are_nearer_to_those_cast_than_the_votes_of_another_photograph(
    prediction: Prediction, rated: RatedSet
) -> None:
    shares, votes = prediction.vote_shares, rated.votes
    assert shares is not None
    assert votes is not None
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(rated)), abs=1e-5)
    cast = (votes / votes.sum(axis=1, keepdims=True)).cumsum(axis=1)
    apart = np.sqrt(np.square(shares.cumsum(axis=1) - cast).mean(axis=1))
    others = np.sqrt(np.square(np.roll(shares, 1, axis=0).cumsum(axis=1) - cast).mean(axis=1))
    assert apart.mean() < 0.85 * others.mean()


# Distorted copies


@pytest.fixture(scope="module")
def pairs(data: Path, methods: dict[str, ScoreViews]) -> dict[str, tuple[PairFigures, ...]]:
    """Measure some photos of the categories that the recipe holds out."""
    paths = find_photos([data / "photos"])
    themes = np.array([item.theme for item in photo_items(paths, SIDE)], np.str_)
    out = [path for path, fold in zip(paths, theme_folds(themes, 5, 0), strict=True) if fold == 0]
    return measure_pairs(methods, out[:: len(out) // PHOTOS][:PHOTOS], TECHNICAL, side=SIDE)


def test_a_photo_beats_its_distorted_copies_and_noise_cannot_tell(
    pairs: dict[str, tuple[PairFigures, ...]],
) -> None:
    assert mean_won(pairs["model"], TECHNICAL, "middle") > 0.9
    assert mean_won(pairs["model"], TECHNICAL, "strong") > 0.95
    assert 0.25 < mean_won(pairs["noise"], TECHNICAL, "middle") < 0.75


def test_the_more_distorted_of_two_copies_scores_lower(
    pairs: dict[str, tuple[PairFigures, ...]],
) -> None:
    ordered = {name: np.mean([row.ordered.value for row in rows]) for name, rows in pairs.items()}
    assert ordered["model"] > 0.9
    assert ordered["noise"] < 0.4


def test_of_equally_distorted_copies_neither_wins(
    pairs: dict[str, tuple[PairFigures, ...]],
) -> None:
    assert 0.4 < np.mean([row.null.value for row in pairs["model"]]) < 0.6


# Videos


@pytest.fixture(scope="module")
def steadiness(model: AestheticModel, methods: dict[str, ScoreViews]) -> dict[str, Steadiness]:
    spec = model.encoder.view_spec
    names = ("handheld.mp4", "bursts.mp4")
    return measure_steadiness(methods, (read_clip(SAMPLES / name, spec) for name in names))


def test_scores_stand_still_between_like_frames_and_noise_does_not(
    steadiness: dict[str, Steadiness],
) -> None:
    assert len(steadiness["model"].clips) == 2
    assert steadiness["model"].jitter.value < 0.1
    assert steadiness["noise"].jitter.value > 0.3


def test_frames_lose_when_they_are_blurred(steadiness: dict[str, Steadiness]) -> None:
    assert steadiness["model"].fall > 0.5
    assert abs(steadiness["noise"].fall) < 0.6

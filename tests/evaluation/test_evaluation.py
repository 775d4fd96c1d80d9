"""Agreement, cross-validation and the report, on made ratings and a tiny model."""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from framepick.aesthetic import load_model
from framepick.errors import UsageError, WeightsError
from framepick.evaluation import baselines
from framepick.evaluation.agreement import Prediction, agreement, spearman_gain
from framepick.evaluation.baselines import (
    NETWORKS,
    REFERENCE,
    extract_features,
    load_baselines,
    load_nima,
    log_ridge,
    predict,
    random_forest,
    ridge,
    support_vectors,
)
from framepick.evaluation.bootstrap import Interval, interval
from framepick.evaluation.calibration import cross_fitted, cumulative_shares
from framepick.evaluation.crossval import cross_validate, fit_rows, is_training_row
from framepick.evaluation.evaluate import EvaluationConfig, evaluate, predict_by_model
from framepick.evaluation.features import FeatureExtractor, cache_folder, photo_features
from framepick.evaluation.handmade import extract
from framepick.evaluation.report import (
    Cell,
    Report,
    Row,
    Table,
    make_table,
    save_report,
    to_json,
    to_markdown,
    to_text,
)
from framepick.evaluation.statistics import gain_of, mean_of, pearson_of, restricted_to, spearman_of
from framepick.metrics import pearson, spearman
from framepick.model.checkpoint import save_checkpoint
from framepick.model.networks import Network
from framepick.model.tiny import tiny_checkpoint
from framepick.ratings import RatedSet, read_ratings
from framepick.types import Floats, Vectors, ViewSpec
from samples.clipmaker import numbered, write

CHANCE = np.random.default_rng(7)
VALUES = np.arange(1.0, 8.0)


def rated_set(count: int = 240, themes: int = 40, seed: int = 0) -> RatedSet:
    """Pictures whose votes follow from a hidden quality that themes share in part."""
    chance = np.random.default_rng(seed)
    theme = np.arange(count) % themes
    quality = chance.normal(size=themes)[theme] + chance.normal(size=count)
    weights = np.exp(-np.square(VALUES - 4.0 - quality[:, None]) / 2.0)
    votes = np.round(200 * weights / weights.sum(axis=1, keepdims=True))
    return RatedSet(
        name="made",
        paths=tuple(Path(f"{number}.png") for number in range(count)),
        score=votes @ VALUES / votes.sum(axis=1),
        votes=votes,
        vote_values=VALUES,
        category=np.where(theme % 2 == 0, "even", "odd"),
        theme=np.array([f"theme {number}" for number in theme]),
        split=np.where(theme < 32, "train", "dev"),
        is_free=theme % 4 != 0,
        broken=(),
    )


def noise(views: NDArray[np.uint8]) -> Floats:
    """A number between 0 and 1 that has nothing to do with the picture but is always the same."""
    return np.array([zlib.crc32(view.tobytes()) / 2.0**32 for view in views])


def test_correlations_under_weights_are_those_of_repeated_pictures() -> None:
    scores = CHANCE.integers(0, 6, 50).astype(float)  # with ties
    targets = scores + CHANCE.normal(size=50)
    weights = CHANCE.integers(0, 4, (3, 50)).astype(float)
    for statistic, plain in ((spearman_of, spearman), (pearson_of, pearson)):
        found = statistic(scores, targets)(weights)
        for row, value in zip(weights.astype(int), found, strict=True):
            repeated = plain(scores.repeat(row), targets.repeat(row))
            assert value == pytest.approx(repeated, abs=1e-12)


def test_a_constant_score_correlates_with_nothing() -> None:
    assert np.isnan(spearman_of(np.full(9, 0.1), np.arange(9.0))(np.ones((1, 9))))
    assert np.isnan(pearson_of(np.full(9, 0.1), np.arange(9.0))(np.ones((1, 9))))


def test_rounds_are_averaged() -> None:
    targets = np.arange(8.0)
    both = spearman_of(np.stack([targets, -targets]), targets)(np.ones((1, 8)))
    assert both[0] == pytest.approx(0.0)


def test_scores_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        mean_of([0.0, np.nan])


def test_a_figure_of_a_part_sees_that_part_only() -> None:
    values, rows = np.array([1.0, 3.0, 100.0]), np.array([True, True, False])
    assert restricted_to(mean_of(values), rows)(np.ones((1, 3)))[0] == 2.0


def test_whole_themes_are_drawn_so_copies_do_not_narrow_the_interval() -> None:
    values = np.repeat(CHANCE.normal(size=30), 20)
    by_theme = interval(mean_of(values), np.repeat(np.arange(30), 20))
    by_picture = interval(mean_of(values), np.arange(600))
    assert by_theme.high - by_theme.low > 3 * (by_picture.high - by_picture.low)


def test_the_interval_of_a_mean_is_as_wide_as_theory_has_it() -> None:
    values = CHANCE.normal(size=400)
    found = interval(mean_of(values), np.arange(400))
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20.0, rel=0.1)
    assert found == interval(mean_of(values), np.arange(400))
    assert found != interval(mean_of(values), np.arange(400), seed=1)


def test_a_single_theme_gives_no_interval() -> None:
    found = interval(mean_of([1.0, 2.0]), ["a", "a"])
    assert found.value == 1.5
    assert math.isnan(found.low)


def test_a_gain_is_counted_in_the_same_draws() -> None:
    targets = CHANCE.normal(size=200)
    shared = targets + CHANCE.normal(size=200)
    slightly_worse = shared + 0.2 * CHANCE.normal(size=200)
    first, second = spearman_of(shared, targets), spearman_of(slightly_worse, targets)
    gain, alone = interval(gain_of(first, second), np.arange(200)), interval(first, np.arange(200))
    assert gain.high - gain.low < 0.7 * (alone.high - alone.low)
    assert interval(gain_of(first, first), np.arange(200)) == Interval(0.0, 0.0, 0.0)


def test_the_true_ratings_agree_fully() -> None:
    rated = rated_set()
    whole, even, odd = agreement(rated, Prediction(rated.score[None]), draws=200)
    assert whole.spearman.value == whole.spearman.low == pytest.approx(1.0)
    assert whole.accuracy.value > 0.98
    assert whole.distance is not None
    assert whole.distance.value < 0.02
    assert [whole.category, even.category, odd.category] == ["all", "even", "odd"]
    assert whole.count == even.count + odd.count == len(rated)


def test_noise_agrees_no_better_than_chance() -> None:
    rated = rated_set()
    assert rated.votes is not None
    scores = np.random.default_rng(3).normal(size=(1, len(rated)))
    whole = agreement(rated, Prediction(scores), draws=500)[0]
    assert whole.spearman.low < 0.0 < whole.spearman.high
    real = cumulative_shares(rated.votes)
    blind = np.sqrt(np.square(real - real.mean(axis=0)).mean(axis=1)).mean()
    assert whole.distance is not None
    assert whole.distance.value > 0.98 * blind
    majority = max(np.mean(rated.score > 4.0), np.mean(rated.score <= 4.0))
    assert whole.accuracy.value < majority + 0.05


def test_a_score_turned_round_is_no_better_than_noise() -> None:
    rated = rated_set()
    whole = agreement(rated, Prediction(-rated.score[None]), draws=200)[0]
    assert whole.spearman.value == pytest.approx(-1.0)
    assert whole.accuracy.value < 0.6


def test_votes_that_a_method_predicts_are_taken_as_they_are() -> None:
    rated = rated_set()
    assert rated.votes is not None
    noisy = np.random.default_rng(3).normal(size=(1, len(rated)))
    shares = rated.votes / rated.votes.sum(axis=1, keepdims=True)
    whole = agreement(rated, Prediction(noisy, shares), draws=50)[0]
    assert whole.distance is not None
    assert whole.distance.value == pytest.approx(0.0, abs=1e-12)
    assert whole.accuracy.value == 1.0


def test_the_vote_distance_is_the_root_mean_square_of_cumulative_shares() -> None:
    rated = rated_set()
    assert rated.votes is not None
    everyone_says_one = np.eye(7)[np.zeros(len(rated), int)]
    everyone_says_two = np.eye(7)[np.ones(len(rated), int)] * 50.0
    rated = replace(rated, votes=everyone_says_two)
    whole = agreement(rated, Prediction(rated.score[None], everyone_says_one), draws=20)[0]
    assert whole.distance is not None
    assert whole.distance.value == pytest.approx(math.sqrt(1 / 7))


def test_a_set_without_votes_is_split_at_its_median() -> None:
    rated = replace(rated_set(), votes=None, vote_values=None)
    whole = agreement(rated, Prediction(rated.score[None]), draws=50)[0]
    assert whole.distance is None
    assert whole.accuracy.value > 0.97


def test_a_picture_is_not_calibrated_on_itself() -> None:
    folds = np.arange(60) % 3
    scores = CHANCE.normal(size=60)
    targets = scores[:, None] + CHANCE.normal(size=(60, 1))
    changed = np.where(folds[:, None] == 0, 99.0, targets)
    first, second = cross_fitted(scores, targets, folds), cross_fitted(scores, changed, folds)
    assert np.array_equal(first[folds == 0], second[folds == 0])
    assert not np.array_equal(first[folds == 1], second[folds == 1])


def test_a_theme_is_not_calibrated_on_its_own_pictures() -> None:
    theme = np.arange(20) // 10
    rated = replace(
        rated_set(20),
        score=theme.astype(np.float64),
        votes=None,
        vote_values=None,
        theme=theme.astype(str),
    )
    whole = agreement(rated, Prediction(rated.score[None]), draws=20)[0]
    assert whole.accuracy.value == 0.0  # each of the two themes is told by the other's ratings


def test_predicted_cumulative_shares_rise_from_value_to_value() -> None:
    rated = rated_set()
    assert rated.votes is not None
    scores = rated.score + CHANCE.normal(size=len(rated))
    rising = cross_fitted(scores, 1.0 - cumulative_shares(rated.votes), np.arange(240) % 5)
    assert np.all(np.diff(1.0 - rising, axis=1) > -1e-12)


def test_no_theme_is_fitted_on_and_scored() -> None:
    rated = rated_set()
    calls = []

    def fit_predict(fit: NDArray[np.int64], out: NDArray[np.int64]) -> Floats:
        calls.append((fit, out))
        return np.zeros(len(out))

    assert cross_validate(rated, fit_predict, seeds=(0, 1)).shape == (2, len(rated))
    assert len(calls) == 2 * 6
    for fit, out in calls:
        assert not set(rated.theme[fit]) & set(rated.theme[out])
        assert np.all(rated.is_free[fit] & (rated.split[fit] == "train"))
    outside = [fit for fit, out in calls if np.all(rated.split[out] == "dev")]
    assert all(np.array_equal(fit, fit_rows(rated)) for fit in outside)


def test_a_set_in_which_nothing_is_free_is_fitted_on_all_of_train() -> None:
    rated = replace(rated_set(), is_free=np.zeros(240, np.bool_))
    assert np.array_equal(fit_rows(rated), np.flatnonzero(is_training_row(rated)))


def test_a_set_with_nothing_to_fit_on_is_a_usage_error() -> None:
    rated = rated_set().select(rated_set().split == "dev")
    with pytest.raises(UsageError, match="too few"):
        cross_validate(rated, lambda fit, out: np.zeros(len(out)))


def test_ridge_on_features_of_quality_agrees_and_on_noise_does_not() -> None:
    rated = rated_set()
    useful = (rated.score[:, None] + 0.3 * CHANCE.normal(size=(240, 12))).astype(np.float32)
    useless = CHANCE.normal(size=(240, 12)).astype(np.float32)

    def prediction(features: Vectors) -> Prediction:
        return Prediction(
            cross_validate(rated, lambda a, b: ridge(features[a], rated.score[a])(features[b]))
        )

    good, bad = prediction(useful), prediction(useless)
    assert agreement(rated, good, draws=200)[0].spearman.low > 0.9
    assert agreement(rated, bad, draws=200)[0].spearman.low < 0.1
    assert spearman_gain(rated, good, bad, draws=200).low > 0.5


@pytest.mark.parametrize("fit", [support_vectors, random_forest])
def test_the_photo_critics_learn_what_ridge_cannot(fit: object) -> None:
    pytest.importorskip("sklearn")
    features = CHANCE.uniform(-1, 1, (200, 10)).astype(np.float32)
    targets = np.abs(features[:, 0]).astype(np.float64)
    assert callable(fit)
    predicted = fit(features[:150], targets[:150])(features[150:])
    assert spearman(predicted, targets[150:]) > 0.4
    assert abs(spearman(ridge(features[:150], targets[:150])(features[150:]), targets[150:])) < 0.3


def test_a_long_tail_is_tamed_before_ridge() -> None:
    features = np.exp(CHANCE.normal(0.0, 2.0, (100, 1))).astype(np.float32)
    targets = np.log1p(features[:, 0]).astype(np.float64)
    fitted = log_ridge(features, targets)(features)
    assert fitted == pytest.approx(targets, abs=0.1)
    assert pearson(ridge(features, targets)(features), targets) < 0.95


def test_hand_made_features_see_colour_light_and_sharpness() -> None:
    coloured = CHANCE.integers(0, 256, (56, 56, 3)).astype(np.uint8)
    grey = np.repeat(coloured.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    dark = (coloured // 4).astype(np.uint8)
    flat = np.full((56, 56, 3), 128, np.uint8)
    found = extract(np.stack([coloured, grey, dark, flat]))
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    luma_mean, colourfulness, edges = 0, 11, 26
    assert found[2, luma_mean] < found[0, luma_mean]
    assert found[1, colourfulness] < 0.05 < found[0, colourfulness]
    assert found[3, edges] < found[0, edges]


def photos(folder: Path, count: int = 24) -> list[Path]:
    """Blobs of light, each brighter than the one before."""
    folder.mkdir(exist_ok=True)
    chance = np.random.default_rng(5)
    paths = []
    for number in range(count):
        small = Image.fromarray(chance.integers(0, 256, (9, 9, 3)).astype(np.uint8))
        pixels = np.asarray(small.resize((80, 60), Image.Resampling.BICUBIC)) / 255.0
        pixels = 255.0 * (0.1 + 0.8 * number / count + 0.2 * (pixels - 0.5))
        paths.append(folder / f"{number:03}.png")
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(paths[-1])
    return paths


def test_features_are_computed_once_and_kept(tmp_path: Path) -> None:
    paths, seen = photos(tmp_path / "photos", 5), []

    def mean_colour(views: NDArray[np.uint8]) -> Vectors:
        seen.append(len(views))
        return np.asarray(views.mean(axis=(1, 2)), np.float32)

    def features(digest: str) -> Vectors:
        extractor = FeatureExtractor("colour", digest, mean_colour)
        return photo_features((extractor,), paths, ViewSpec(16), tmp_path / "cache")["colour"]

    first = features("a")
    assert np.array_equal(features("a"), first)
    assert sum(seen) == 5
    paths.append(photos(tmp_path / "more", 6)[5])
    assert np.array_equal(features("a")[:5], first)
    assert sum(seen) == 6
    features("b")  # other weights
    assert sum(seen) == 12
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(b"PK\x03\x04 broken")
    assert np.array_equal(features("a")[:5], first)
    assert sum(seen) == 18


def test_nima_judges_views_it_has_seen_without_its_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (pretrained := os.environ.get("FRAMEPICK_PRETRAINED")):
        pytest.skip("FRAMEPICK_PRETRAINED names no folder of networks")
    views = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    first = load_nima(Path(pretrained), tmp_path)(views)
    assert np.ptp(first) > 0.0

    def no_network(network: object) -> Callable[[object], Vectors]:
        def refuse(views: object) -> Vectors:
            raise AssertionError("the network was asked again")

        return refuse

    monkeypatch.setattr(baselines, "pooled_features", no_network)
    nima = load_nima(Path(pretrained), tmp_path)
    assert np.array_equal(nima(views[::-1]), first[::-1])
    with pytest.raises(AssertionError, match="asked again"):
        nima(255 - views)


def test_an_extractor_asked_twice_for_one_array_works_once() -> None:
    seen = []

    def count(views: NDArray[np.uint8]) -> Vectors:
        seen.append(len(views))
        return np.zeros((len(views), 1), np.float32)

    extractor, views = FeatureExtractor("one", "a", count), np.zeros((20, 8, 8, 3), np.uint8)
    extractor(views)
    others = [views.copy() for _ in range(6)]
    for other in others:
        extractor(other)
    extractor(views)
    assert seen == [16, 4] * 7
    for other in [views.copy() for _ in range(8)]:
        extractor(other)
    extractor(views)
    assert seen == [16, 4] * 16


def test_the_cache_lies_where_the_user_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "framepick"


def made_report() -> Report:
    rows: list[tuple[str, list[Cell]]] = [
        ("one", [Interval(0.5, 0.4, 0.6), 3, None]),
        ("t|wo", [math.inf, math.nan, "yes"]),
    ]
    table = make_table("Figures", ("a", "b", "c"), rows, "A note.")
    return Report("model", "id", "set", (table,))


def test_a_report_reads_alike_on_the_terminal_and_as_markdown() -> None:
    text, markdown = to_text(made_report()), to_markdown(made_report())
    assert "one   0.500 [0.400, 0.600]  3  -" in text
    assert "| one | 0.500 [0.400, 0.600] | 3 | - |" in markdown
    assert "| t\\|wo | inf | - | yes |" in markdown
    assert "A note." in text
    assert "A note." in markdown


def test_a_report_saves_every_figure_and_is_valid_json(tmp_path: Path) -> None:
    save_report(made_report(), tmp_path / "new")
    found = json.loads((tmp_path / "new" / "figures.json").read_text())
    assert found == json.loads(to_json(made_report()))
    one, two = found["tables"][0]["rows"]
    assert one == {"name": "one", "a": {"value": 0.5, "low": 0.4, "high": 0.6}, "b": 3, "c": None}
    assert two["a"] is None
    assert (tmp_path / "new" / "figures.md").read_text() == to_markdown(made_report())


def test_a_row_that_does_not_fit_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        Table("t", ("a", "b"), (Row("one", (1,)),))


@pytest.fixture
def tiny_weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(path, *tiny_checkpoint(0))
    return path


def rating_table(folder: Path, scores: NDArray[np.float64]) -> Path:
    table = folder / "ratings.csv"
    lines = [f"photos/{number:03}.png,{score}" for number, score in enumerate(scores)]
    table.write_text("\n".join(["path,score", *lines]) + "\n")
    return table


def test_a_model_is_measured_from_end_to_end(tmp_path: Path, tiny_weights: Path) -> None:
    photos(tmp_path / "photos")
    table = rating_table(tmp_path, np.arange(24.0))
    clips = tmp_path / "clips"
    clips.mkdir()
    write(clips / "numbered.mp4", numbered(20))
    (clips / "broken.mp4").write_bytes(b"no video")
    (tmp_path / "photos" / "003.png").write_bytes(b"no picture")
    told: list[str] = []
    config = EvaluationConfig(photos=tmp_path / "photos", videos=(clips,), photo_limit=2)
    report = evaluate(tiny_weights, table, config, "cpu", told.append)
    assert report.weights == "tiny-0"
    tables = {table.title: table for table in report.tables}
    spearman_cell = tables["Agreement with ratings"].rows[0].cells[1]
    assert isinstance(spearman_cell, Interval)
    assert spearman_cell.value > 0.95  # brighter is better to the tiny model
    assert "Distortion pairs of tiny-0" in tables
    assert tables["Steadiness on video"].rows[0].cells[0] in (0, 1)
    assert tables["Agreement with ratings"].rows[0].cells[0] == 23
    for name in ("broken.mp4", "003.png"):
        assert any(name in message for message in told)
    assert "Agreement with ratings" in to_text(report)


def test_votes_of_a_network_count_where_it_knows_those_of_the_set(tmp_path: Path) -> None:
    paths = photos(tmp_path / "photos", 10)
    plain, card = tiny_checkpoint(0)
    architecture = replace(card.architecture, votes=7)
    card = replace(card, architecture=architecture, vote_values=tuple(VALUES.tolist()))
    network = Network(card.architecture).requires_grad_(False)
    network.load_state_dict(plain.state_dict(), strict=False)
    assert network.votes is not None
    network.votes.linear.weight.zero_()
    network.votes.linear.bias.copy_(20.0 * (torch.arange(7) == 2))
    save_checkpoint(tmp_path / "votes.safetensors", network, card)
    rated = replace(rated_set(10), paths=tuple(paths))
    assert rated.votes is not None
    model = load_model(tmp_path / "votes.safetensors", "cpu")
    found = predict_by_model(model, tmp_path / "votes.safetensors", rated)
    assert found.vote_shares == pytest.approx(np.tile(np.eye(7)[2], (10, 1)), abs=1e-6)
    others = replace(rated, vote_values=VALUES + 1.0)
    assert predict_by_model(model, tmp_path / "votes.safetensors", others).vote_shares is None


def test_a_model_measured_on_noise_shows_no_agreement(tmp_path: Path, tiny_weights: Path) -> None:
    photos(tmp_path / "photos")
    table = rating_table(tmp_path, np.random.default_rng(0).normal(size=24))
    report = evaluate(tiny_weights, table, EvaluationConfig(photo_limit=2), "cpu")
    cell = report.tables[0].rows[0].cells[1]
    assert isinstance(cell, Interval)
    assert cell.low < 0.0 < cell.high


def test_too_small_a_split_is_a_usage_error(tmp_path: Path, tiny_weights: Path) -> None:
    photos(tmp_path / "photos", 5)
    table = rating_table(tmp_path, np.arange(5.0))
    with pytest.raises(UsageError, match="split dev has 0 pictures"):
        evaluate(tiny_weights, table, EvaluationConfig(split="dev"), "cpu")
    with pytest.raises(UsageError, match="at least 10"):
        evaluate(tiny_weights, table, EvaluationConfig(), "cpu")


def test_missing_networks_are_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"mobilenet_v2_imagenet\.safetensors"):
        load_baselines(tmp_path)


@pytest.mark.slow
def test_the_baselines_reach_their_known_figures(tmp_path: Path) -> None:
    data, networks = os.environ.get("FRAMEPICK_DATA"), os.environ.get("FRAMEPICK_PRETRAINED")
    if not data or not networks:
        pytest.skip("FRAMEPICK_DATA and FRAMEPICK_PRETRAINED name no folders of data and networks")
    rated = read_ratings(Path(data) / "oasis")
    rated = rated.select(is_training_row(rated))
    baselines = {one.name: one for one in load_baselines(Path(networks))}
    wanted = [baselines[name] for name in (REFERENCE, "ridge on all three", "NIMA as it is")]
    described = extract_features(wanted, rated, tmp_path)
    assert set(described) == {backbone for backbone, _ in NETWORKS.values()}
    found = [predict(one, rated, described) for one in wanted]
    first, three, nima = (spearman_of(one.scores, rated.score) for one in found)
    one = np.ones((1, len(rated)))
    assert first(one)[0] == pytest.approx(0.64, abs=0.02)
    assert three(one)[0] == pytest.approx(0.69, abs=0.015)
    assert nima(one)[0] == pytest.approx(0.346, abs=0.01)
    assert spearman_gain(rated, found[1], found[0]).low > 0.0

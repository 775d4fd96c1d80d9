"""Copies on a ladder and shrunken ones tell scores apart that see faults, beauty, or neither."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framepick.aesthetic import load_model
from framepick.evaluation.evaluate import EvaluationConfig, evaluate
from framepick.evaluation.scores import evenly_spaced, model_scores
from framepick.evaluation.small_copies import (
    LADDER,
    measure_ladder,
    measure_shrunken,
    on_rung,
    shrunken,
)
from framepick.model.card import default_weights
from framepick.ratings import RatedSet, read_ratings
from framepick.sources.photos import load_view
from framepick.types import ViewSpec
from samples.clipmaker import load, names
from tests.evaluation.test_evaluation_views import brightness, constant, noise, sharpness

VIEW = ViewSpec(224)


METHODS = {"sharpness": sharpness, "brightness": brightness, "noise": noise, "constant": constant}


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> RatedSet:
    """Pieces of real pictures, rated by how bright they are."""
    folder = tmp_path_factory.mktemp("rated")
    rows = ["path,score,theme"]
    for name in names():
        pixels = load(name)
        for number in range(8):
            top, left = (number // 4) * pixels.shape[0] // 2, (number % 4) * pixels.shape[1] // 4
            piece = pixels[top:, left:][: pixels.shape[0] // 2, : pixels.shape[1] // 4]
            Image.fromarray(piece).resize((380, 320)).save(folder / f"{name}{number}.png")
            rows.append(f"{name}{number}.png,{piece.mean()},{name}")
    (folder / "rated.csv").write_text("\n".join(rows))
    return read_ratings(folder / "rated.csv")


def test_a_score_that_falls_with_detail_follows_the_ladder_and_noise_does_not(
    rated: RatedSet,
) -> None:
    paths = [rated.paths[row] for row in evenly_spaced(len(rated), 24)]
    found = measure_ladder(METHODS, paths, VIEW)
    assert found["sharpness"].value > 0.9
    assert found["noise"].value == pytest.approx(0.0, abs=0.2)
    assert found["constant"].value == 0.0
    assert found["noise"].low < found["noise"].value < found["noise"].high


def test_a_score_of_what_is_shown_stays_on_shrunken_copies_and_noise_agrees_with_nothing(
    rated: RatedSet,
) -> None:
    found = {name: rows[0] for name, rows in measure_shrunken(METHODS, rated, VIEW).items()}
    assert found["brightness"].originals.value > 0.98
    assert found["brightness"].share.value == pytest.approx(1.0, abs=0.02)
    assert abs(found["noise"].shrunken.value) < 0.35
    assert found["noise"].count == len(rated)
    assert np.isnan(found["constant"].share.value)


def test_a_score_of_nothing_but_single_pixels_is_lost_on_shrunken_copies(rated: RatedSet) -> None:
    views = np.stack([load_view(path, VIEW) for path in rated.paths])
    by_noise = replace(rated, score=noise(views))
    found = measure_shrunken({"noise": noise}, by_noise, VIEW)["noise"][0]
    assert found.originals.value == pytest.approx(1.0)
    assert abs(found.share.value) < 0.35


def test_pictures_that_may_not_be_fitted_on_count_apart(rated: RatedSet) -> None:
    is_free = np.arange(len(rated)) % 2 == 0
    score = np.where(is_free, rated.score, -rated.score)
    mixed = replace(rated, is_free=is_free, score=score)
    everything, left_out = measure_shrunken({"bright": brightness}, mixed, VIEW)["bright"]
    assert (everything.pictures, left_out.pictures) == ("all", "left out of fits")
    assert everything.count == 2 * left_out.count
    assert abs(everything.originals.value) < 0.35
    assert left_out.originals.value < -0.98


def test_rungs_get_smaller_and_more_compressed_and_nothing_is_enlarged() -> None:
    sides, qualities = zip(*LADDER, strict=True)
    assert len(LADDER) == 12
    assert list(sides) == sorted(set(sides), reverse=True)
    assert list(qualities) == sorted(set(qualities), reverse=True)
    pixels = np.random.default_rng(0).integers(0, 256, (200, 100, 3), dtype=np.uint8)
    assert shrunken(pixels, 50).shape == (100, 50, 3)
    assert shrunken(pixels, 101) is pixels
    apart = [np.abs(on_rung(pixels, 100, q).astype(int) - pixels).mean() for q in (95, 40)]
    assert apart[0] < apart[1]


def test_the_shipped_weights_follow_the_ladder_and_know_shrunken_pictures() -> None:
    if not (data := os.environ.get("FRAMEPICK_DATA")):
        pytest.skip("FRAMEPICK_DATA names no folder of rated pictures")
    oasis = read_ratings(Path(data) / "oasis")
    oasis = oasis.select(np.flatnonzero(oasis.split == "train")[::8])
    scores = {"shipped": model_scores(load_model(device="cpu")), "noise": noise}
    ladder = measure_ladder(scores, oasis.paths[:12], VIEW)
    assert ladder["shipped"].value > 0.7
    assert abs(ladder["noise"].value) < 0.3
    small = measure_shrunken(scores, oasis, VIEW)
    assert small["shipped"][0].shrunken.value > 0.2
    assert abs(small["noise"][0].shrunken.value) < 0.3


def test_both_stand_in_the_report(rated: RatedSet) -> None:
    config = EvaluationConfig(photo_limit=2)
    report = evaluate(default_weights(), rated.paths[0].parent, config, "cpu")
    titles = [table.title for table in report.tables]
    assert "Copies on a streaming ladder" in titles
    assert "Shrunken copies" in titles

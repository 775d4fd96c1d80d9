"""Distortion pairs, steadiness and robustness, measured for scores of known quality."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from framepick.aesthetic import load_model
from framepick.errors import SourceError
from framepick.evaluation import evaluate as evaluation
from framepick.evaluation.baselines import REFERENCE, Baseline, ridge
from framepick.evaluation.evaluate import EvaluationConfig, evaluate
from framepick.evaluation.features import FeatureExtractor
from framepick.evaluation.handmade import extract
from framepick.evaluation.pairs import mean_won, measure_pairs, pair_figures
from framepick.evaluation.report import Table
from framepick.evaluation.robustness import COPIES, measure_robustness
from framepick.evaluation.scores import evenly_spaced, model_scores
from framepick.evaluation.steadiness import (
    Clip,
    ClipFigures,
    clip_figures,
    measure_steadiness,
    read_clip,
    steadiness,
    times_steadier,
)
from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint
from framepick.types import Floats, ViewSpec
from samples.clipmaker import Scene, View, flat, load, names, numbered, render, write

SIDE = 32
FALLS = np.ones(4)


def sharpness(views: NDArray[np.uint8]) -> Floats:
    """Mean square step from pixel to pixel."""
    luma = views.mean(axis=3)
    return np.asarray(np.square(np.diff(luma, axis=2)).mean(axis=(1, 2)), np.float64)


def brightness(views: NDArray[np.uint8]) -> Floats:
    return np.asarray(views.mean(axis=(1, 2, 3)), np.float64)


def noise(views: NDArray[np.uint8]) -> Floats:
    """A number between 0 and 1 that has nothing to do with the picture but is always the same."""
    return np.array([zlib.crc32(view.tobytes()) / 2.0**32 for view in views])


def constant(views: NDArray[np.uint8]) -> Floats:
    return np.ones(len(views))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Real pictures cut to many pieces, so that there is detail to lose."""
    folder, paths = tmp_path_factory.mktemp("pictures"), []
    for name in names():
        pixels = load(name)
        high, wide = pixels.shape[0] // 2, pixels.shape[1] // 2
        for number in range(4):
            top, left = (number // 2) * high, (number % 2) * wide
            paths.append(folder / f"{name}{number}.png")
            Image.fromarray(pixels[top : top + high, left : left + wide]).save(paths[-1])
    return paths


def test_a_sharp_picture_beats_its_blurred_copy_and_strength_shows_in_order(
    pictures: list[Path],
) -> None:
    found = measure_pairs({"sharpness": sharpness}, pictures[:16], ("defocus",))["sharpness"][0]
    assert found.count == 16
    assert all(found.won[strength].value > 0.95 for strength in ("middle", "strong"))
    assert found.ordered.value > 0.9
    assert found.ordered_all.value > 0.8


def test_noise_wins_half_of_the_pairs_and_orders_a_sixth(pictures: list[Path]) -> None:
    kinds = ("defocus", "noise", "washed_out", "tilt")
    found = measure_pairs({"noise": noise}, pictures[:16], kinds)["noise"]
    won = [row.won[strength].value for row in found for strength in row.won]
    assert np.mean(won) == pytest.approx(0.5, abs=0.15)
    assert mean_won(found, kinds, "middle") < 0.65
    assert np.mean([row.ordered.value for row in found]) == pytest.approx(1 / 6, abs=0.12)
    assert np.mean([row.null.value for row in found]) == pytest.approx(0.5, abs=0.19)
    assert tuple(row.kind for row in found) == kinds


def test_a_score_that_is_always_the_same_ties_and_orders_nothing() -> None:
    found = pair_figures("tilt", np.ones((9, 4)), np.ones((9, 2)))
    assert all(won.value == 0.5 for won in found.won.values())
    assert found.ordered.value == found.ordered_all.value == 0.0
    assert found.null.value == 0.5


def test_order_is_told_apart_with_and_without_the_undistorted_side() -> None:
    grades = np.array([[1.0, 3.0, 2.0, 0.0], [4.0, 3.0, 2.0, 1.0], [4.0, 3.0, 3.0, 1.0]])
    found = pair_figures("noise", grades, np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    assert found.ordered.value == pytest.approx(2 / 3)
    assert found.ordered_all.value == pytest.approx(1 / 3)
    assert [won.value for won in found.won.values()] == pytest.approx([2 / 3, 2 / 3, 1.0])
    assert found.null.value == pytest.approx(2 / 3)
    assert found.null.low < 2 / 3 < found.null.high


def test_pairs_follow_from_the_seed_and_not_from_what_else_is_measured(
    pictures: list[Path],
) -> None:
    alone = measure_pairs({"s": sharpness}, pictures[:4], ("noise",))["s"]
    together = measure_pairs({"n": noise, "s": sharpness}, pictures[:4], ("tilt", "noise"))["s"]
    assert alone[0] == together[1]
    assert measure_pairs({"s": sharpness}, pictures[:4], ("noise",), seed=1)["s"] != alone


def test_views_of_another_size_are_resized_to_those_of_the_model(tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(path, *tiny_checkpoint(0))
    score = model_scores(load_model(path, "cpu"))
    large = np.stack([np.full((64, 64, 3), level, np.uint8) for level in (40, 200)])
    dark, bright = score(large)
    assert dark < bright
    assert np.array_equal(score(large), score(np.ascontiguousarray(large[:, ::2, ::2])))


def moving_clip(count: int = 16, seed: int = 0) -> Clip:
    """A sharp picture under a faint grain that changes with every frame."""
    chance = np.random.default_rng(seed)
    picture = np.kron(chance.integers(40, 216, (16, 16, 1)), np.ones((14, 14, 3)))
    views = picture + chance.normal(0.0, 1.0, (count, 224, 224, 3))
    return Clip(
        name=f"made {seed}",
        views=views.clip(0, 255).astype(np.uint8),
        frame_index=np.arange(count),
        times_seconds=np.arange(count) / 25.0,
        change=np.full(count, 0.002),
    )


def test_the_jitter_of_independent_noise_is_its_deviation() -> None:
    clip = replace(moving_clip(6), views=np.arange(4000).astype(np.uint8).reshape(-1, 1, 1, 1))
    clip = replace(
        clip,
        frame_index=np.arange(4000),
        times_seconds=np.cumsum(np.random.default_rng(1).uniform(0.01, 0.1, 4000)),  # uneven
        change=np.zeros(4000),
    )
    drift = 5.0 * clip.times_seconds
    values = np.random.default_rng(2).normal(0.0, 0.3, 4000)
    assert clip_figures(clip, values, FALLS).jitter == pytest.approx(0.3, rel=0.05)
    assert clip_figures(clip, values + drift, FALLS).jitter == pytest.approx(0.3, rel=0.05)
    assert clip_figures(clip, drift, FALLS).jitter == pytest.approx(0.0, abs=1e-6)
    assert clip_figures(clip, drift, FALLS).movement == pytest.approx(float(drift.std()))


def test_only_near_identical_frames_that_follow_each_other_count() -> None:
    clip = moving_clip(5)
    scores = np.zeros(5)
    assert clip_figures(clip, scores, FALLS).triples == 3
    late = replace(clip, times_seconds=np.array([0.0, 0.04, 0.08, 0.5, 0.54]))
    assert clip_figures(late, scores, FALLS).triples == 1
    cut = replace(clip, change=np.array([0.0, 0.0, 0.0, 0.2, 0.0]))
    assert clip_figures(cut, scores, FALLS).triples == 1
    skipped = replace(clip, frame_index=np.array([0, 1, 2, 9, 10]))
    assert clip_figures(skipped, scores, FALLS).triples == 1
    still = replace(clip, views=np.repeat(clip.views[:1], 5, axis=0))
    assert clip_figures(still, scores, FALLS).triples == 0
    assert math.isnan(clip_figures(still, scores, FALLS).jitter)


def test_noise_is_unsteady_and_noise_on_top_costs_steadiness() -> None:
    clips = [moving_clip(seed=seed) for seed in range(3)]

    def shaky(views: NDArray[np.uint8]) -> Floats:
        return sharpness(views) * (1.0 + 0.2 * noise(views))

    def louder(views: NDArray[np.uint8]) -> Floats:
        return 1000.0 * sharpness(views) - 7.0

    scores = {"sharpness": sharpness, "shaky": shaky, "louder": louder, "noise": noise}
    found = measure_steadiness(scores, clips)
    assert times_steadier(found["sharpness"], found["shaky"]).low > 2.0
    assert times_steadier(found["louder"], found["sharpness"]).value == pytest.approx(1.0)
    assert found["noise"].jitter.value > 20 * found["sharpness"].jitter.value
    assert found["sharpness"].fall > 0.9
    assert abs(found["noise"].fall) < 0.6
    assert found["noise"].jitter_of_movement.value == pytest.approx(1.0, abs=0.4)


def test_a_score_that_does_not_respond_to_blur_has_no_steadiness_to_show() -> None:
    found = measure_steadiness({"good": sharpness, "flat": constant}, [moving_clip()])
    assert found["flat"].jitter.value == math.inf
    assert times_steadier(found["flat"], found["good"]).value == 0.0
    assert times_steadier(found["good"], found["flat"]).value == math.inf
    assert math.isnan(times_steadier(found["flat"], found["flat"]).value)


def test_each_clip_counts_alike() -> None:
    small, large = (
        ClipFigures(name, 5, jitter, 1.0, -1.0, 2.0) for name, jitter in (("a", 1.0), ("b", 4.0))
    )
    too_short = ClipFigures("c", 1, 1000.0, 1.0, 9.0, 9.0)
    found = steadiness([small, too_short, large])
    assert found.clips == (small, large)
    assert found.fall == -0.5
    assert found.jitter.value == pytest.approx(1.0)
    assert found.movement.value == pytest.approx(0.5)
    assert found.response == 2.0


def test_steadiness_is_compared_on_equal_clips_only() -> None:
    one = steadiness([ClipFigures("a", 5, 1.0, 1.0, 1.0, 1.0)])
    other = steadiness([ClipFigures("b", 5, 1.0, 1.0, 1.0, 1.0)])
    with pytest.raises(ValueError, match="same clips"):
        times_steadier(one, other)


def test_static_clips_and_clips_of_three_frames_do_not_crash(tmp_path: Path) -> None:
    write(tmp_path / "static.mp4", [flat((90, 90, 90), (64, 48))] * 8)
    write(tmp_path / "three.mp4", numbered(3))
    clips = [read_clip(tmp_path / name, ViewSpec(SIDE)) for name in ("static.mp4", "three.mp4")]
    assert [len(clip.views) for clip in clips] == [8, 3]
    found = measure_steadiness({"brightness": brightness}, clips)["brightness"]
    assert len(found.clips) <= 1
    assert measure_steadiness({"brightness": brightness}, [])["brightness"].clips == ()


def test_a_long_clip_is_read_in_runs_from_end_to_end(tmp_path: Path) -> None:
    write(tmp_path / "long.mp4", numbered(200))
    clip = read_clip(tmp_path / "long.mp4", ViewSpec(SIDE), frames=48)
    assert len(clip.views) == 48
    assert clip.frame_index[0] == 0
    assert clip.frame_index[-1] == 199
    assert np.count_nonzero(np.diff(clip.frame_index) > 1) == 2


def test_a_file_that_is_no_video_is_an_error_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        read_clip(tmp_path / "broken.mp4", ViewSpec(SIDE))


def test_brightness_survives_storage_and_noise_does_not(pictures: list[Path]) -> None:
    found = measure_robustness(
        {"brightness": brightness, "noise": noise, "constant": constant}, pictures, ViewSpec(SIDE)
    )
    assert [row.copy for row in found["brightness"]] == list(COPIES)
    assert all(row.spearman > 0.99 and row.change < 0.05 for row in found["brightness"])
    assert all(row.spearman < 0.8 and row.change > 0.5 for row in found["noise"])
    assert all(math.isnan(row.spearman) and math.isnan(row.change) for row in found["constant"])


def test_one_picture_tells_nothing_of_order_and_spread(pictures: list[Path]) -> None:
    rows = measure_robustness({"brightness": brightness}, pictures[:1], ViewSpec(SIDE))
    assert [row.copy for row in rows["brightness"]] == list(COPIES)
    assert all(math.isnan(row.spearman) and math.isnan(row.change) for row in rows["brightness"])


def test_a_coarser_copy_changes_a_score_of_detail_more(pictures: list[Path]) -> None:
    rows = measure_robustness({"s": sharpness}, pictures, ViewSpec(224))["s"]
    change = {row.copy: row.change for row in rows}
    assert change["half size"] > change["0.7 of the size"] > 0.0
    assert change["JPEG 50"] > change["JPEG 90"] > 0.0


def test_pictures_are_chosen_evenly() -> None:
    assert evenly_spaced(10, 20).tolist() == list(range(10))
    assert evenly_spaced(10, 5).tolist() == [0, 2, 4, 6, 8]
    assert evenly_spaced(10, 3).tolist() == [0, 3, 6]
    assert evenly_spaced(0, 10).tolist() == []


def test_baselines_stand_in_the_same_tables(
    tmp_path: Path, pictures: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "ratings.csv"
    light = [brightness(np.asarray(Image.open(path))[None])[0] for path in pictures]
    rows = [f"{path},{score}" for path, score in zip(pictures, light, strict=True)]
    table.write_text("\n".join(["path,score", *rows]) + "\n")
    weights = tmp_path / "tiny.safetensors"
    save_checkpoint(weights, *tiny_checkpoint(0))
    by_hand = FeatureExtractor("handmade", "1", extract)
    monkeypatch.setattr(
        evaluation, "load_baselines", lambda folder: (Baseline(REFERENCE, (by_hand,), ridge),)
    )
    clip = tmp_path / "clip.mp4"
    scene = Scene(load(names()[0]), 1.0, camera=((0, View(0.5)), (1, View(0.52))))
    write(clip, render([scene], 160, 120, rate=25))
    config = EvaluationConfig(
        photos=pictures[0].parent,
        videos=(clip,),
        baselines=tmp_path,
        photo_limit=2,
        cache=tmp_path / "cache",
    )
    report = evaluate(weights, table, config, "cpu")
    tables: dict[str, Table] = {found.title: found for found in report.tables}
    assert tables["Agreement with ratings"].columns[-1] == f"gain over {REFERENCE}"
    assert len(tables["Distortion pairs at middle strength"].rows) == 2
    assert [row.name for row in tables["Steadiness on video"].rows][1] == REFERENCE
    assert list((tmp_path / "cache").iterdir())

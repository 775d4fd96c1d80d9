"""The main job on the committed samples, judged by what is known of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framepick.aesthetic import AestheticModel
from framepick.config import PickConfig, PlanName, VideoConfig
from framepick.model.card import default_weights, read_card
from framepick.protocols import Encoder
from framepick.results import Pick
from framepick.scoring import NormScorer
from framepick.session import Session, open_session
from framepick.types import Calibration, Embeddings, FrameBatch, Samples, Vectors, ViewSpec
from tests.recorded import recorded, shipped_encoder

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH: list[dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text())["videos"]
SLACK_SECONDS = 0.1
"""A frame so close to a good moment shows what it shows: faults begin gently."""
[BURSTS] = [video for video in TRUTH if "clean" in video]
WITH_MOMENTS = [video for video in TRUTH if video["moments"]]
ANY_SCALE = Calibration("none", np.array([0.0, 1.0]))


class OddEncoder:
    """Scores the frames of a batch by any function of their views."""

    encoder_id = "odd"
    batch_size = 32

    def __init__(self, size: int, score: Callable[[Any], Vectors]) -> None:
        self.view_spec = ViewSpec(size)
        self._score = score

    def encode(self, batch: FrameBatch) -> Embeddings:
        aesthetic = self._score(batch.views)[:, None].astype(np.float32)
        # small pictures tell what is shown well enough
        small = batch.views[:, ::8, ::8].reshape(len(batch.views), -1)[:, :128].astype(np.float32)
        small += 1.0
        content = small / np.linalg.norm(small, axis=1, keepdims=True)
        return Embeddings(aesthetic, content, batch.moments, self.encoder_id)


def model_of(encoder: Encoder) -> AestheticModel:
    """Score as the shipped weights ask for where the encoder is theirs, else by the norm."""
    is_shipped = encoder is shipped_encoder()
    scorer = NormScorer.of(read_card(default_weights())) if is_shipped else NormScorer(ANY_SCALE)
    return AestheticModel(encoder, scorer)


def times_picked(video: dict[str, Any], encoder: Encoder, count: int) -> list[float]:
    model = model_of(encoder)
    config = VideoConfig(PickConfig(count), plan="exact", refine=None)
    with Session(recorded(SAMPLES / video["file"], encoder.view_spec.size), model) as search:
        search.explore(config)
        return [pick.moment.time_seconds for pick in search.select(config).picks]


def moments_missed(video: dict[str, Any], times: list[float]) -> int:
    return sum(
        not any(
            moment["start_seconds"] - SLACK_SECONDS <= t <= moment["end_seconds"] + SLACK_SECONDS
            for t in times
        )
        for moment in video["moments"]
    )


def test_good_moments_are_a_small_part_of_each_sample() -> None:
    assert len(WITH_MOMENTS) >= 3
    for video in WITH_MOMENTS:
        good = sum(m["end_seconds"] - m["start_seconds"] for m in video["moments"])
        assert good < 0.3 * video["seconds"]


@pytest.mark.parametrize("video", WITH_MOMENTS, ids=lambda video: video["file"])
def test_the_shipped_encoder_hits_every_good_moment(video: dict[str, Any]) -> None:
    times = times_picked(video, shipped_encoder(), count=len(video["moments"]))
    assert moments_missed(video, times) == 0, times


def _noise(source: np.random.Generator, views: Any) -> Vectors:
    return 1 + source.random(len(views), dtype=np.float32)


def test_noise_in_place_of_the_encoder_misses_good_moments() -> None:
    failed = 0
    for seed in range(20):
        encoder = OddEncoder(32, partial(_noise, np.random.default_rng(seed)))
        failed += any(
            moments_missed(video, times_picked(video, encoder, len(video["moments"])))
            for video in WITH_MOMENTS
        )
    assert failed >= 19


def frames_kept(encoder: Encoder, config: VideoConfig) -> list[int]:
    model = model_of(encoder)
    source = recorded(SAMPLES / BURSTS["file"], encoder.view_spec.size)
    with Session(source, model) as search:
        search.explore(config)
        return [pick.moment.frame_index for pick in search.select(config).picks]


def shots_with_a_clean_pick(frame_indices: list[int]) -> int:
    return sum(
        any(first <= n <= last for n in frame_indices for first, last in shot["frames"])
        for shot in BURSTS["clean"]
    )


def test_the_frame_kept_at_each_peak_is_one_of_the_clean_ones() -> None:
    kept = frames_kept(shipped_encoder(), VideoConfig(PickConfig(4)))
    # of the last shot a frame that is tilted by 13 degrees may win: it scores 0.1 less only
    assert shots_with_a_clean_pick(kept) >= 3, kept
    smeared, lit, faded, _ = BURSTS["clean"]
    clean = [frames for shot in (smeared, lit, faded) for frames in shot["frames"]]
    others = [n for n in kept if n < 234]
    assert all(any(first <= n <= last for first, last in clean) for n in others), kept


def best_by(plan: PlanName, encoder: Encoder, name: str) -> tuple[Pick, Samples, int]:
    """Give the one pick of a sample, the frames looked at, and how many there are."""
    model = model_of(encoder)
    config = VideoConfig(PickConfig(1), plan=plan)
    with open_session(SAMPLES / name, model) as search:
        search.explore(config)
        [pick] = search.select(config).picks
        return pick, search.samples, search.source.info.packet_count


@pytest.mark.parametrize("video", WITH_MOMENTS, ids=lambda video: video["file"])
def test_the_fast_plan_hits_a_good_moment_from_a_part_of_the_frames(video: dict[str, Any]) -> None:
    pick, samples, count = best_by("fast", shipped_encoder(), video["file"])
    assert moments_missed(video, [pick.moment.time_seconds]) == len(video["moments"]) - 1
    assert len(samples) < 0.75 * count
    around = np.abs(samples.times_seconds - pick.moment.time_seconds) <= 0.5
    assert np.all(np.diff(samples.frame_index[around]) == 1), "a frame near the pick was not seen"


def test_noise_in_place_of_the_encoder_misses_a_clean_frame_in_most_runs() -> None:
    hits = []
    for seed in range(10):
        encoder = OddEncoder(32, partial(_noise, np.random.default_rng(seed)))
        hits.append(shots_with_a_clean_pick(frames_kept(encoder, VideoConfig(PickConfig(4)))))
    assert np.mean(np.array(hits) == 4) < 0.5, hits  # what is left is the work of refine alone


def _flatness(views: Any) -> Vectors:
    return np.asarray(130.0 - views.std(axis=(1, 2, 3)), dtype=np.float32)


def _darkness(views: Any) -> Vectors:
    return np.asarray(256.0 - views.mean(axis=(1, 2, 3)), dtype=np.float32)


def _brightness(views: Any) -> Vectors:
    return np.asarray(1.0 + views.mean(axis=(1, 2, 3)), dtype=np.float32)


class DamageLover(OddEncoder):
    """Scores the frames of the known fault highest, whatever they look like."""

    def __init__(self, video: dict[str, Any]) -> None:
        super().__init__(32, _brightness)
        self._faults = video["faults"]

    def encode(self, batch: FrameBatch) -> Embeddings:
        plain = super().encode(batch)
        loved = [
            100.0
            * any(f["start_seconds"] <= m.time_seconds < f["end_seconds"] for f in self._faults)
            for m in batch.moments
        ]
        aesthetic = 1.0 + np.array(loved, dtype=np.float32)[:, None]
        return Embeddings(aesthetic, plain.content, batch.moments, self.encoder_id)


@pytest.mark.parametrize("video", TRUTH, ids=lambda video: video["file"])
def test_a_fault_is_never_picked_whatever_the_encoder_likes(video: dict[str, Any]) -> None:
    likings = [OddEncoder(32, score) for score in (_flatness, _darkness, _brightness)]
    for encoder in (*likings, DamageLover(video)):
        times = times_picked(video, encoder, count=40)
        assert len(times) == 40
        for fault in video["faults"]:
            inside = [t for t in times if fault["start_seconds"] <= t < fault["end_seconds"]]
            assert not inside, (fault, inside)

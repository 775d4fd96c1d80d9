"""Which frame around a peak is kept, on made-up videos and on small real ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from framepick.config import PickConfig, RefineConfig
from framepick.detail import COLUMNS, GRID, ROWS, SCALES
from framepick.picking import MAX_VETOED_CANDIDATES, AllVetoed, RefinedPeak, pick_best
from framepick.reasons import Reason, ReasonCode
from framepick.refine import MeasuredFrames, Refiner, Windows
from framepick.refine.window import SAME_DEVIATIONS
from framepick.results import Pick
from framepick.sources.opening import open_source
from framepick.types import DetailMeasures, Floats, Moment, Samples, ScoreCurve
from samples.clipmaker import write
from tests.conftest import VIEW
from tests.filmed import RATE, filmed, on_frames
from tests.reasons import is_filler, missing, reason
from tests.test_picking import Video, hills, peak, rows_of

NONE_TAKEN = np.empty(0)
PICTURE = np.random.default_rng(0).uniform(0.2, 0.8, (GRID, GRID)).astype(np.float32)


class Stage:
    """A made-up video whose frames are as sharp as is said.

    Rows of `blurred` have lost half of their fine structure, those of `faded` half of their
    contrast; `missing` cannot be found again. `fineness` (T,) is fine over coarse structure.
    """

    def __init__(
        self,
        scores: ArrayLike,
        sharpness: ArrayLike | None = None,
        *,
        rate: float = 10.0,
        times: ArrayLike | None = None,
        shot: ArrayLike | None = None,
        margin: float = 0.5,
        blurred: Sequence[int] = (),
        faded: Sequence[int] = (),
        missing: Sequence[int] = (),
        fineness: ArrayLike = 0.4,
        vetoed: dict[int, str] | None = None,
    ) -> None:
        video = Video(
            scores, rate, shot, vetoed=vetoed, content=_unlike(len(np.atleast_1d(scores)))
        )
        count = len(video.samples)
        seconds = video.samples.times_seconds if times is None else np.asarray(times, np.float64)
        self.samples: Samples = replace(video.samples, times_seconds=seconds)
        self.curve: ScoreCurve = replace(
            video.curve,
            times_seconds=seconds,
            variance=np.full(count, (margin / SAME_DEVIATIONS) ** 2),
        )
        self.vectors_of = video.vectors_of
        self.sharpness = np.ones(count) if sharpness is None else np.asarray(sharpness, np.float64)
        self.fineness = np.broadcast_to(np.asarray(fineness, np.float64), count)
        self.blurred, self.faded, self.missing = set(blurred), set(faded), set(missing)
        self.asked: list[int] = []

    def detail_measures(self, moments: Sequence[Moment]) -> Iterator[DetailMeasures]:
        # in another order than asked for, as a source may
        for moment in sorted(moments, key=lambda moment: -moment.frame_index):
            self.asked.append(moment.frame_index)
            if moment.frame_index not in self.missing:
                yield self._detail(moment)

    def _detail(self, moment: Moment) -> DetailMeasures:
        row = moment.frame_index
        left = 0.5 if row in self.blurred else 1.0
        fine = np.zeros((ROWS, COLUMNS, SCALES, 2), np.float32)
        fine[:, :, :2] = 0.01 * self.sharpness[row] * left
        fine[:, :, 2] = 0.01 * self.sharpness[row] / self.fineness[row]
        luma = PICTURE * np.float32(0.5) if row in self.faded else PICTURE
        return DetailMeasures(moment, fine, luma, 0.0)

    def refiner(self, **rules: float) -> Refiner:
        frames = MeasuredFrames(self.detail_measures)
        return Refiner(Windows(frames, self.samples, self.curve, RefineConfig(**rules)))

    def refine_peak(
        self, row: int, taken: ArrayLike = NONE_TAKEN, gap: float = 1.0, **rules: float
    ) -> RefinedPeak | AllVetoed:
        return self.refiner(**rules)(row, np.asarray(taken, np.float64), gap)

    def row(self, row: int, taken: ArrayLike = NONE_TAKEN, gap: float = 1.0) -> int:
        found = self.refine_peak(row, taken, gap)
        assert isinstance(found, RefinedPeak)
        return found.row

    def pick(self, count: int = 3, gap: float = 1.0) -> tuple[list[Pick], Refiner, Reason | None]:
        refiner = self.refiner()
        picks, shortfall = pick_best(
            self.samples,
            self.curve,
            PickConfig(count, gap, 0.0),
            self.vectors_of,
            lambda scores: scores,
            refiner,
        )
        return picks, refiner, shortfall


def _unlike(count: int) -> np.ndarray:
    vectors = np.random.default_rng(1).normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors)


def bump(count: int, places: dict[int, float], base: float = 1.0) -> Floats:
    values = np.full(count, base)
    for place, value in places.items():
        values[place] = value
    return values


FLAT = hills({10: 5.0}, 21, width=1000.0)
"""A hill so flat that all score the same."""


def test_the_sharpest_of_those_that_score_as_high_is_kept() -> None:
    assert Stage(FLAT, bump(21, {7: 1.3, 13: 1.2})).row(10) == 7


def test_a_sharper_frame_whose_score_is_lower_is_not() -> None:
    stage = Stage(hills({10: 5.0}, 21, width=2.0), bump(21, {7: 1.3, 9: 1.1}))
    assert stage.row(10) == 9


def test_the_deviation_is_the_bound() -> None:
    scores = bump(21, {10: 5.0, 8: 4.51, 12: 4.49}, base=1.0)
    stage = Stage(scores, bump(21, {8: 1.2, 12: 1.5}), margin=0.5)
    assert stage.row(10) == 8


def test_of_equally_sharp_frames_the_higher_score_is_kept() -> None:
    scores = FLAT.copy()
    scores[6:11] += [0.01, 0.01, 0.02, 0.01, 0.0]
    assert Stage(scores, bump(21, {8: 1.29, 12: 1.3})).row(10) == 8
    # of wholly equal ones the earlier
    assert Stage(np.full(21, 3.0)).row(10) == 5


def test_frames_beyond_reach_and_of_other_shots_are_not_kept() -> None:
    assert Stage(FLAT, bump(21, {4: 9.0, 16: 9.0, 15: 1.5})).row(10) == 15
    shot = [0] * 9 + [1] * 12
    assert Stage(FLAT, bump(21, {8: 1.9, 9: 1.5}), shot=shot).row(10) == 9


def test_blurred_frames_are_never_kept() -> None:
    blurred = [10, 11, 12]
    stage = Stage(FLAT, bump(21, {11: 1.2}), blurred=blurred)
    refiner = stage.refiner()
    found = refiner(10, NONE_TAKEN, 1.0)
    assert isinstance(found, RefinedPeak)
    assert found.row not in blurred
    assert refiner.relative_vetoes == dict.fromkeys(blurred, Reason(ReasonCode.OUT_OF_FOCUS))
    offset = pytest.approx(found.row / 10 - 1.0)
    expected = reason(ReasonCode.PEAK_VETOED, veto="out_of_focus", offset_seconds=offset)
    assert found.reasons == (expected,)


def test_hard_vetoes_hold_beside_the_peak_too() -> None:
    stage = Stage(FLAT, bump(21, {8: 1.5, 9: 1.4}), vetoed={8: "damaged"})
    assert stage.row(10) == 9


def test_a_damaged_frame_sets_no_measure_for_its_neighbours() -> None:
    # blocks of a decoder's making have much fine structure
    blocks = Stage(FLAT, bump(21, {9: 9.0}), fineness=bump(21, {9: 0.9}, base=0.4))
    spoiled = Stage(
        FLAT, bump(21, {9: 9.0}), fineness=bump(21, {9: 0.9}, base=0.4), vetoed={9: "damaged"}
    )
    assert blocks.row(10) == 9
    refiner = spoiled.refiner()
    assert isinstance(refiner(10, NONE_TAKEN, 1.0), RefinedPeak)
    assert refiner.relative_vetoes == {}


def test_a_frame_that_was_not_scored_is_not_kept() -> None:
    stage = Stage(FLAT.copy(), bump(21, {8: 1.5, 9: 1.4}))
    stage.curve.raw[8] = np.nan
    assert stage.row(10) == 9


def test_where_all_are_faulty_nothing_is_kept() -> None:
    # a single sharp frame within reach is black: it shows what the others lack
    blurred = [row for row in range(21) if row not in (9, 16)]
    found = Stage(FLAT, blurred=blurred, vetoed={9: "black"}).refine_peak(10)
    assert isinstance(found, AllVetoed)
    assert found.rows.tolist() == list(range(5, 16))


def test_a_fade_is_vetoed_as_one() -> None:
    count = 31
    stage = Stage(np.full(count, 3.0), faded=range(12, 20))
    refiner = stage.refiner()
    refiner(11, NONE_TAKEN, 1.0)
    assert Reason(ReasonCode.FADE) in refiner.relative_vetoes.values()


def test_a_missing_peak_gives_way_to_its_neighbours() -> None:
    assert Stage(FLAT, bump(21, {10: 2.0, 12: 1.5}), missing=[10]).row(10) == 12


def test_where_nothing_can_be_found_again_the_peak_stays() -> None:
    # as without refine: a seek that lands elsewhere must not cost a file all its picks
    stage = Stage(hills({20: 5.0, 70: 4.0}), missing=range(100))
    picks, _, shortfall = stage.pick(count=2)
    assert rows_of(picks) == [20, 70]
    assert shortfall is None
    assert {pick.reasons[-1].code for pick in picks} == {ReasonCode.NOT_REFINED_NOT_FOUND}
    assert [pick.runner_up for pick in picks] == [None, None]


@pytest.mark.parametrize("gap", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rate", [10.0, 29.97, 24.0])
def test_the_spacing_to_earlier_picks_is_kept(gap: float, rate: float) -> None:
    count = 80
    stage = Stage(np.full(count, 3.0), np.linspace(1, 2, count), rate=rate)
    times = stage.samples.times_seconds
    for other in range(30, 50):
        found = stage.refine_peak(35, [times[other]], gap)
        if isinstance(found, RefinedPeak):
            apart = abs(times[found.row] - times[other])
            assert apart >= gap
            assert found.row != other
        else:
            assert len(found.rows) == 0
            reach = times[np.abs(times - times[35]) <= 0.5]
            assert np.abs(reach - times[other]).max() < gap


def test_one_that_is_only_too_close_is_not_called_faulty() -> None:
    found = Stage(FLAT).refine_peak(10, [1.0], gap=2.0)
    assert isinstance(found, AllVetoed)
    assert len(found.rows) == 0


def test_a_frame_at_the_very_spacing_is_allowed() -> None:
    stage = Stage(FLAT, bump(21, {8: 1.2, 9: 1.1}))
    assert stage.row(10, [1.8], gap=1.0) == 8
    assert stage.row(10, [1.9], gap=1.0) == 8
    assert stage.row(10, [1.75], gap=1.0) != 8


def test_the_runner_up_is_apart_and_its_reason_is_true() -> None:
    stage = Stage(FLAT, bump(21, {7: 1.5, 8: 1.3, 12: 1.2}), rate=20.0)
    found = stage.refine_peak(10)
    assert isinstance(found, RefinedPeak)
    assert found.row == 7
    assert found.runner_up == (12, reason(ReasonCode.LESS_SHARP, share=pytest.approx(0.2)))
    assert found.reasons == (reason(ReasonCode.SHARPEST, frame_count=21),)


def test_a_runner_up_that_is_as_sharp_scores_lower_by_itself() -> None:
    scores = bump(21, {10: 3.2}, base=3.0)
    found = Stage(scores, bump(21, {10: 1.3, 14: 1.29})).refine_peak(10)
    assert isinstance(found, RefinedPeak)
    assert found.runner_up == (14, Reason(ReasonCode.LOWER_RAW_SCORE))


def test_a_sharper_runner_up_is_not_called_less_sharp() -> None:
    scores = bump(21, {10: 5.0}, base=1.0)
    found = Stage(scores, bump(21, {12: 1.8})).refine_peak(10)
    assert isinstance(found, RefinedPeak)
    assert found.row == 10
    assert found.reasons == (Reason(ReasonCode.HIGHEST_NEARBY),)
    assert found.runner_up == (12, reason(ReasonCode.LOWER_SCORE, difference=pytest.approx(4.0)))


def test_a_frame_that_is_not_the_sharpest_is_not_called_so() -> None:
    scores = bump(21, {10: 5.3}, base=5.0)
    found = Stage(scores, bump(21, {10: 1.28, 13: 1.3})).refine_peak(10)
    assert isinstance(found, RefinedPeak)
    assert found.row == 10
    assert found.reasons == (reason(ReasonCode.AMONG_SHARPEST, frame_count=11),)


def test_a_video_of_one_frame() -> None:
    stage = Stage([2.0])
    found = stage.refine_peak(0)
    assert found == RefinedPeak(0, (Reason(ReasonCode.ONLY_FRAME_NEARBY),), None)
    picks, _, shortfall = stage.pick(count=2)
    assert rows_of(picks) == [0]
    assert shortfall == missing(ReasonCode.NO_OTHER_FRAMES, 1, 2)


def test_windows_end_with_the_video() -> None:
    stage = Stage(FLAT, bump(21, {0: 1.2, 20: 1.3}))
    assert stage.row(0) == 0
    assert stage.row(3) == 0
    assert stage.row(20) == 20


def test_pictures_without_any_structure_are_no_trouble() -> None:
    found = Stage(FLAT, np.zeros(21)).refine_peak(10)
    assert isinstance(found, RefinedPeak)
    assert found.runner_up is not None


def test_time_counts_and_not_frames() -> None:
    times = np.r_[np.arange(10) * 0.2, 2.0 + np.arange(30) * 0.02, 2.8, 3.4, 4.0]
    scores = np.full(43, 3.0)
    assert Stage(scores, bump(43, {5: 2.0, 8: 1.5}), times=times).row(9) == 8
    assert Stage(scores, bump(43, {9: 2.0, 34: 1.5, 35: 1.7}), times=times).row(10) == 9
    assert Stage(scores, bump(43, {41: 1.5}), times=times).row(42) == 42


def test_frames_are_seen_once() -> None:
    stage = Stage(FLAT)
    refiner = stage.refiner()
    for row in (10, 12, 8, 10):
        refiner(row, NONE_TAKEN, 0.0)
    assert len(stage.asked) == len(set(stage.asked))


def test_a_soft_peak_gives_way_where_the_rest_is_sharp() -> None:
    scores = hills({20: 5.0, 50: 4.5, 80: 4.0}, width=3.0)
    fineness = np.full(100, 0.4)
    fineness[40:60] = 0.1
    picks, refiner, _ = Stage(scores, fineness=fineness).pick(count=2)
    assert rows_of(picks) == [20, 80]
    assert set(refiner.relative_vetoes) == set(range(45, 56))
    assert set(refiner.relative_vetoes.values()) == {Reason(ReasonCode.SOFT)}


@pytest.mark.parametrize("fineness", [0.1, 0.06, 0.2])
def test_a_video_that_is_soft_throughout_keeps_its_picks(fineness: float) -> None:
    scores = hills({20: 5.0, 50: 4.5, 80: 4.0}, width=3.0)
    varied = fineness * (1 + 0.2 * np.sin(np.arange(100)))
    picks, refiner, _ = Stage(scores, fineness=varied).pick(count=3)
    assert len(picks) == 3
    assert [pick.row // 30 for pick in picks] == [0, 1, 2]
    assert refiner.relative_vetoes == {}


def test_another_peak_takes_the_place_of_one_whose_frames_are_all_vetoed() -> None:
    scores = hills({20: 5.0, 50: 9.0, 80: 4.0}, width=1.0)
    blurred = [row for row in range(43, 58) if row not in (47, 53)]
    stage = Stage(scores, blurred=blurred, vetoed={47: "black", 53: "black"})
    picks, refiner, shortfall = stage.pick(count=2)
    assert rows_of(picks) == [20, 80]
    assert set(refiner.relative_vetoes) == set(range(45, 56)) - {47, 53}
    assert shortfall is None


def test_picks_are_sorted_by_the_scores_of_the_frames_kept() -> None:
    scores = hills({20: 5.0, 70: 5.2}, width=3.0)
    picks, _, _ = Stage(scores, blurred=[69, 70, 71]).pick(count=2)
    assert [pick.score for pick in picks] == sorted((p.score for p in picks), reverse=True)
    assert rows_of(picks) == [20, 68]
    assert picks[1].peak_seconds == 7.0
    assert picks[0].peak_seconds is None
    assert picks[1].reasons[0] == peak(ReasonCode.HIGHEST_OF_VIDEO, -0.2)
    assert picks[1].reasons[1].code == ReasonCode.PEAK_VETOED
    assert picks[1].reasons[1].values["offset_seconds"] == pytest.approx(-0.2)


def test_no_frame_that_is_kept_is_called_vetoed() -> None:
    for seed in range(30):
        stage = random_stage(seed)
        picks, refiner, _ = stage.pick(count=8, gap=0.3)
        assert not set(rows_of(picks)) & set(refiner.relative_vetoes)


def random_stage(seed: int) -> Stage:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 250))
    rate = float(rng.choice([5, 24, 29.97]))
    steps = rng.choice([1.0, 1.0, 1.0, 3.0], count) / rate
    return Stage(
        np.cumsum(rng.normal(size=count)).round(int(rng.integers(0, 3))),
        rng.uniform(0.7, 1.5, count),
        times=np.cumsum(steps) - steps[0],
        shot=np.sort(rng.integers(0, 4, count)),
        margin=float(rng.choice([0.01, 1.0])),
        blurred=np.flatnonzero(rng.random(count) < rng.choice([0, 0.3, 0.95])).tolist(),
        faded=np.flatnonzero(rng.random(count) < rng.choice([0, 0.1])).tolist(),
        missing=np.flatnonzero(rng.random(count) < rng.choice([0, 0.2])).tolist(),
        fineness=rng.choice([0.1, 0.4], count) if seed % 3 == 0 else 0.4,
        vetoed=dict.fromkeys(np.flatnonzero(rng.random(count) < 0.1).tolist(), "black"),
    )


@pytest.mark.parametrize("seed", range(40))
def test_every_promise_holds_for_random_videos(seed: int) -> None:
    stage = random_stage(seed)
    rng = np.random.default_rng(seed)
    count, gap = int(rng.integers(1, 12)), float(rng.choice([0.0, 0.4, 2.0]))
    picks, refiner, shortfall = stage.pick(count, gap)
    rows, times = rows_of(picks), stage.samples.times_seconds
    assert len(rows) == len(set(rows)) <= count
    assert (shortfall is None) == (len(rows) == count)
    assert not set(rows) & set(refiner.relative_vetoes)
    assert not any(stage.samples.measures["black_share"][rows])
    strict = [p for p in picks if not is_filler(p)]
    assert picks[: len(strict)] == strict
    assert [p.score for p in strict] == sorted((p.score for p in strict), reverse=True)
    kept = np.sort([p.moment.time_seconds for p in strict])
    assert np.all(np.diff(kept) >= gap)
    for pick in picks:
        peak = pick.moment.time_seconds if pick.peak_seconds is None else pick.peak_seconds
        assert abs(pick.moment.time_seconds - peak) <= 0.5 + 1e-6
        assert stage.curve.shot[pick.row] == stage.curve.shot[np.searchsorted(times, peak)]
        assert pick.score == stage.curve.smoothed[pick.row]
        if pick.runner_up:
            other = pick.runner_up
            assert other.row != pick.row
            assert abs(other.moment.time_seconds - pick.moment.time_seconds) >= 0.1 or (
                other.moment.time_seconds == peak
            )
            assert stage.curve.shot[other.row] == stage.curve.shot[pick.row]
    for pick in picks:
        if pick.reasons[0].code == ReasonCode.FILLER_CLOSE:
            values = pick.reasons[0].values
            close = picks[int(values["of_rank"]) - 1]
            apart = abs(pick.moment.time_seconds - close.moment.time_seconds)
            assert apart == values["distance_seconds"]
            assert apart < gap
    again, _, _ = random_stage(seed).pick(count, gap)
    assert again == picks


def test_a_long_video_whose_peaks_are_all_vetoed_ends_in_time() -> None:
    count = 100_000
    scores = np.random.default_rng(0).normal(size=count)
    stage = Stage(scores, rate=25.0, blurred=[])
    stage.vectors_of = lambda rows: np.eye(8, dtype=np.float32)[rows % 8]
    tries = []

    def veto(row: int, taken: Floats, gap: float) -> AllVetoed:
        tries.append(row)
        return AllVetoed(np.arange(max(0, row - 12), min(count, row + 13)))

    start = time.perf_counter()
    picks, shortfall = pick_best(
        stage.samples, stage.curve, PickConfig(20), stage.vectors_of, lambda s: s, veto
    )
    assert time.perf_counter() - start < 5.0
    assert picks == []
    assert len(tries) == MAX_VETOED_CANDIDATES
    assert shortfall == missing(ReasonCode.BEST_VETOED, 0, 20, tried=64)


def test_a_long_video_whose_frames_are_all_too_close_ends_in_time() -> None:
    count = 30_000
    stage = Stage(np.random.default_rng(0).normal(size=count), rate=25.0)
    stage.vectors_of = lambda rows: np.eye(8, dtype=np.float32)[rows % 8]

    def first_only(row: int, taken: Floats, gap: float) -> RefinedPeak | AllVetoed:
        return AllVetoed(np.empty(0, np.int64)) if len(taken) else RefinedPeak(row)

    start = time.perf_counter()
    picks, _ = pick_best(
        stage.samples, stage.curve, PickConfig(2), stage.vectors_of, lambda s: s, first_only
    )
    assert time.perf_counter() - start < 10.0
    assert len(picks) == 1


def curve_of(samples: Samples, scores: Floats) -> ScoreCurve:
    zeros = np.zeros(len(samples), np.int32)
    return ScoreCurve(samples.times_seconds, scores, scores, np.full(len(samples), 0.04), zeros)


def test_the_frame_kept_of_a_film_is_a_sharp_one(tmp_path: Path) -> None:
    # clean are only 22 to 26, while the scores have their peak in the smear before
    smeared = [*range(10, 22), *range(27, 40)]
    write(tmp_path / "a.mp4", filmed("coffee", blur=on_frames(smeared, 16.0)), rate=RATE, gop=12)
    with open_source(tmp_path / "a.mp4", VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        count = len(moments)
        samples = replace(
            Stage(np.zeros(count), rate=RATE).samples,
            pts=np.array([m.pts for m in moments]),
            time_base=moments[0].time_base,
        )
        scores = hills({18: 3.0}, count, width=100.0)
        frames = MeasuredFrames(source.detail_measures)
        refiner = Refiner(Windows(frames, samples, curve_of(samples, scores), RefineConfig()))
        found = refiner(18, NONE_TAKEN, 1.0)
        assert isinstance(found, RefinedPeak)
        assert 22 <= found.row <= 26
        assert set(range(10, 22)) <= set(refiner.relative_vetoes)
        [still] = source.stills([samples.moment(found.row)])
        assert still.moment.frame_index == found.row

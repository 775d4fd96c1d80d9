from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from framepick.config import PickConfig
from framepick.measures import vetoes
from framepick.picking import (
    MAX_CANDIDATES,
    MAX_VETOED_CANDIDATES,
    AllVetoed,
    Held,
    RefinedPeak,
    RefinePeak,
    keep_peak,
    peaks,
    pick_best,
    shortfall_of_part,
)
from framepick.picking.picks import percentiles_in_video
from framepick.reasons import Reason, ReasonCode
from framepick.results import Pick
from framepick.types import MEASURES_DTYPE, Floats, Samples, ScoreCurve, Vectors
from tests.reasons import FILLERS, is_filler, missing, reason

VETO = {
    "damaged": "is_damaged",
    "black": "black_share",
    "white": "white_share",
    "title": "is_title",
}


class Video:
    """Scores, shots and content of a made-up video, and the rows whose content was asked for."""

    def __init__(
        self,
        scores: ArrayLike,
        rate: float = 10.0,
        shot: ArrayLike | None = None,
        content: Vectors | None = None,
        vetoed: dict[int, str] | None = None,
    ) -> None:
        smoothed = np.asarray(scores, np.float64)
        count = len(smoothed)
        numbers = np.zeros(count, np.int32) if shot is None else np.asarray(shot, np.int32)
        measures = np.zeros(count, MEASURES_DTYPE)
        measures["luma_spread"] = 0.2
        for row, name in (vetoed or {}).items():
            if name == "flat":
                measures["luma_spread"][row] = 0.0
            else:
                measures[VETO[name]][row] = 1
        frame_index = np.arange(count)
        times = frame_index / rate
        zeros = np.zeros(count)
        self.samples = Samples(
            Fraction(1, 1000),
            frame_index,
            (times * 1000).astype(int),
            times,
            smoothed,
            zeros,
            measures,
        )
        self.curve = ScoreCurve(times, smoothed, smoothed, zeros, numbers)
        self.content = np.eye(count, dtype=np.float32) if content is None else content
        self.asked: list[int] = []

    def vectors_of(self, rows: NDArray[np.int64]) -> Vectors:
        self.asked += rows.tolist()
        return self.content[rows]

    def pick(self, count: int = 5, gap: float | None = 1.0, distance: float = 0.1) -> list[Pick]:
        return self.pick_and_say(count, gap, distance)[0]

    def pick_and_say(
        self,
        count: int = 5,
        gap: float | None = 1.0,
        distance: float = 0.1,
        refine_peak: RefinePeak = keep_peak,
        held: Sequence[Held] = (),
        unwanted: Sequence[int] = (),
    ) -> tuple[list[Pick], Reason | None]:
        rules = PickConfig(count, gap, distance)
        return pick_best(
            self.samples,
            self.curve,
            rules,
            self.vectors_of,
            lambda scores: 10.0 * scores,
            refine_peak,
            held,
            np.array(unwanted, np.int64),
        )


def rows_of(picks: list[Pick]) -> list[int]:
    return [pick.row for pick in picks]


def peak(code: ReasonCode, offset_seconds: float = 0.0) -> Reason:
    """Say why a peak is picked, and how far after it the frame is that is kept."""
    return reason(code, offset_seconds=pytest.approx(offset_seconds))


def hills(centres: dict[int, float], count: int = 100, width: float = 6.0) -> Floats:
    """A curve whose peaks lie at `centres`, each with its height."""
    rows = np.arange(count)
    curve: Floats = np.max([h - np.abs(rows - c) / width for c, h in centres.items()], axis=0)
    return curve


def test_the_highest_peaks_win_best_first() -> None:
    video = Video(hills({15: 5.0, 50: 9.0, 82: 7.0}, width=2.0))
    picks, shortfall = video.pick_and_say(count=3)
    assert rows_of(picks) == [50, 82, 15]
    assert [pick.rank for pick in picks] == [1, 2, 3]
    assert [pick.score for pick in picks] == [9.0, 7.0, 5.0]
    assert [pick.reasons for pick in picks] == [
        (peak(ReasonCode.HIGHEST_OF_VIDEO),),
        (peak(ReasonCode.PEAK_OF_SHOT),),
        (peak(ReasonCode.PEAK_OF_SHOT),),
    ]
    assert shortfall is None


def test_a_pick_keeps_its_moment_and_its_percentiles() -> None:
    video = Video(np.arange(1.0, 11.0))
    (pick,) = video.pick(count=1)
    assert pick.moment == video.samples.moment(9)
    assert (pick.percentile, pick.percentile_in_video) == (100.0, 100.0)
    assert Video(np.full(10, 3.0)).pick(count=1)[0].percentile == 30.0


def test_the_percentile_in_the_video_counts_all_its_frames() -> None:
    video = Video([9, 8, 1, 2], rate=0.1, vetoed={0: "black", 1: "flat"})
    assert video.pick(count=1)[0].percentile_in_video == 50.0
    video = Video([0, 0, 1, 2], rate=0.1, vetoed={0: "black", 1: "flat"})
    assert video.pick(count=1)[0].percentile_in_video == 100.0


def test_a_frame_seen_alone_stands_for_those_left_out_beside_it() -> None:
    # one of ten in the poor half, all of the good half
    frame_index = np.array([*range(0, 100, 10), *range(100, 200)])
    scores = np.array([*np.arange(10) / 10, *(1 + np.arange(100) / 100)])
    found = percentiles_in_video(np.array([0.95, 1.495, 1.995]), scores, frame_index)
    assert np.allclose(found, [48, 73, 100], atol=2)


def test_the_best_of_each_shot_is_named() -> None:
    scores = [*hills({10: 4}, 40, width=2.0), *hills({20: 8}, 40, width=2.0)]
    video = Video(scores, shot=[0] * 40 + [1] * 40)
    picks = video.pick(count=2)
    assert rows_of(picks) == [60, 10]
    assert picks[1].reasons == (peak(ReasonCode.HIGHEST_OF_SHOT),)


def test_peaks_at_the_ends_of_a_shot_count() -> None:
    smoothed = np.array([3.0, 2, 1, 2, 5, 1, 0, 0, 7, 6, 6.5])
    shot = np.array([0] * 5 + [1] * 6, np.int32)
    assert peaks(smoothed, shot, np.arange(11)).tolist() == [0, 4, 5, 8, 10]


def test_a_plateau_has_one_peak_in_its_middle() -> None:
    smoothed = np.array([1.0, 4, 4, 4, 2, 3, 3, 3])
    assert peaks(smoothed, np.zeros(8, np.int32), np.arange(8)).tolist() == [2, 6]


def test_a_hill_whose_top_is_vetoed_peaks_beside_it() -> None:
    smoothed = np.array([1.0, 2, 4, 6, 5, 3, 1])
    eligible = np.array([0, 1, 2, 4, 5, 6])
    assert peaks(smoothed, np.zeros(7, np.int32), eligible).tolist() == [4]


def test_scattered_vetoes_on_a_slope_make_no_peaks() -> None:
    smoothed = np.arange(30.0)
    assert peaks(smoothed, np.zeros(30, np.int32), np.arange(0, 30, 2)).tolist() == [28]


@pytest.mark.parametrize("veto", ["damaged", "black", "white", "flat", "title"])
def test_a_vetoed_frame_is_never_picked_however_good(veto: str) -> None:
    scores = hills({15: 5.0, 50: 9.0, 82: 7.0})
    scores[48:53] += 1000
    video = Video(scores, vetoed=dict.fromkeys(range(48, 53), veto))
    picks = video.pick(count=3)
    assert not set(rows_of(picks)) & set(range(48, 53))
    assert picks[0].row in (47, 53)


def test_picks_keep_their_distance_in_time() -> None:
    video = Video(hills({50: 9.0, 57: 8.5, 80: 7.0}, width=2.0))
    assert rows_of(video.pick(count=2, gap=1.0)) == [50, 80]
    assert rows_of(video.pick(count=2, gap=0.5)) == [50, 57]


def same_as(count: int, pairs: dict[int, int]) -> Vectors:
    content = np.eye(count, dtype=np.float32)
    for row, other in pairs.items():
        content[row] = content[other]
    return content


def test_near_duplicates_give_way_to_something_else() -> None:
    content = same_as(100, dict.fromkeys(range(75, 90), 50))
    for height, second in ((6.1, 15), (5.9, 82)):  # unless they are much better
        scores = hills({15: height, 50: 9.0, 82: 7.0}, width=1.5)
        assert rows_of(Video(scores, content=content).pick(count=2)) == [50, second]


def test_a_slope_that_scores_higher_wins_over_another_peak() -> None:
    picks = Video(hills({15: 5.0, 50: 9.0})).pick(count=2)
    assert rows_of(picks) == [50, 40]
    assert picks[1].reasons == (peak(ReasonCode.HIGH_IN_SHOT),)


def test_the_count_is_filled_with_the_best_of_the_poor_frames() -> None:
    picks = Video(np.maximum(hills({15: 0.1, 50: 9.0}, width=1.0), 0.0)).pick(count=2)
    assert rows_of(picks) == [50, 15]
    assert picks[1].reasons == (Reason(ReasonCode.FILLER),)


def test_in_a_short_video_picks_may_be_closer_unless_a_gap_is_given() -> None:
    video = Video(hills({20: 9.0}, count=40), content=same_as(40, {}))
    close = np.diff(np.sort(rows_of(video.pick(count=4, gap=None))))
    apart = np.diff(np.sort(rows_of(video.pick(count=4, gap=1.0))))
    assert (close.min(), apart.min()) == (4, 10)


def test_another_scene_is_worth_half_a_point() -> None:
    content = same_as(100, dict.fromkeys(range(60), 0) | dict.fromkeys(range(60, 100), 60))
    for loss, second in ((0.3, 80), (0.7, 40)):
        scores = np.where(np.arange(100) < 60, 5.0, 5.0 - loss)
        scores[[20, 40, 80]] += 0.5
        picks = Video(scores, content=content).pick(count=2, distance=0.0)
        assert sorted(rows_of(picks)) == sorted([20, second])


def test_a_good_near_duplicate_fills_before_a_bad_frame_of_something_else() -> None:
    content = same_as(100, dict.fromkeys(range(11, 20), 50))
    video = Video(np.maximum(hills({15: 8.0, 50: 9.0}, width=0.5), 0.0), content=content)
    picks = video.pick(count=2)
    assert rows_of(picks) == [50, 15]
    assert picks[1].reasons == (reason(ReasonCode.FILLER_DUPLICATE, of_rank=1),)


def test_near_duplicates_that_keep_the_spacing_fill_the_count() -> None:
    video = Video(hills({15: 5.0, 50: 9.0}), content=same_as(100, dict.fromkeys(range(100), 0)))
    picks = video.pick(count=3)
    assert rows_of(picks) == [50, 40, 60]
    assert picks[1].reasons == (reason(ReasonCode.FILLER_DUPLICATE, of_rank=1),)


def test_then_with_frames_closer_than_the_spacing() -> None:
    video = Video(hills({5: 5.0}, count=10), content=same_as(10, {}))
    picks, shortfall = video.pick_and_say(count=3, gap=1.0)
    assert rows_of(picks) == [5, 0, 8]
    for pick, apart in zip(picks[1:], (0.5, 0.3), strict=True):
        seconds = pytest.approx(apart)
        expected = reason(
            ReasonCode.FILLER_CLOSE, of_rank=1, distance_seconds=seconds, min_gap_seconds=1.0
        )
        assert pick.reasons == (expected,)
    assert shortfall is None


def test_a_spacing_that_cannot_be_kept_is_halved_until_the_count_fits() -> None:
    video = Video(hills({50: 9.0}), content=same_as(100, {}))
    times = np.sort([pick.moment.time_seconds for pick in video.pick(count=4, gap=1000.0)])
    assert np.diff(times).min() >= 1.9


def test_fewer_picks_come_with_the_reason() -> None:
    vetoed = dict.fromkeys(range(3, 10), "black")
    picks, shortfall = Video(np.arange(10.0), vetoed=vetoed).pick_and_say(count=5)
    assert sorted(rows_of(picks)) == [0, 1, 2]
    assert shortfall == missing(ReasonCode.ALL_HARD_VETOED, 3, 5)
    assert Video([1.0]).pick_and_say(2)[1] == missing(ReasonCode.NO_OTHER_FRAMES, 1, 2)
    flat = Video([1.0], vetoed={0: "flat"})
    assert flat.pick_and_say(2) == ([], missing(ReasonCode.ALL_HARD_VETOED, 0, 2))
    assert Video([]).pick_and_say(2) == ([], missing(ReasonCode.NO_OTHER_FRAMES, 0, 2))


def test_a_time_that_was_not_scored_is_never_picked() -> None:
    video = Video([1.0, 2.0, 9.0, 3.0])
    video.curve.raw[2] = np.nan
    assert sorted(rows_of(video.pick(count=4))) == [0, 1, 3]


def test_equal_scores_go_to_the_earlier_frame() -> None:
    video = Video(hills({20: 5.0, 50: 5.0, 80: 5.0}))
    assert rows_of(video.pick(count=3)) == [20, 50, 80]


def random_video(seed: int) -> Video:
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 300))
    kinds = random.normal(size=(int(random.integers(1, 12)), 16))
    content = kinds[np.sort(random.integers(0, len(kinds), count))]
    content = content + random.normal(0, random.choice([0.01, 0.2, 1.0]), content.shape)
    content /= np.linalg.norm(content, axis=1, keepdims=True)
    scores = np.cumsum(random.normal(size=count)).round(int(random.integers(0, 3)))
    names = ("damaged", "black", "white", "flat", "title")
    share = random.choice([0.0, 0.1, 0.9])
    vetoed = {
        row: str(random.choice(names))
        for row in np.flatnonzero(random.random(count) < share).tolist()
    }
    scores[list(vetoed)] += 1e3  # the worst case: what is vetoed has the best scores
    shot = np.sort(random.integers(0, 5, count))
    return Video(scores, float(random.choice([5, 25])), shot, content.astype(np.float32), vetoed)


@pytest.mark.parametrize("seed", range(60))
def test_every_promise_holds_for_random_videos(seed: int) -> None:
    video = random_video(seed)
    random = np.random.default_rng(seed)
    count, gap = int(random.integers(1, 20)), float(random.choice([0.0, 0.4, 2.0]))
    picks, shortfall = video.pick_and_say(count, gap)
    rows = rows_of(picks)
    free = np.flatnonzero(vetoes(video.samples.measures) == "")
    assert set(rows) <= set(free.tolist())
    assert len(rows) == len(set(rows)) == min(count, len(free))
    assert (shortfall is None) == (len(rows) == count)
    assert [pick.rank for pick in picks] == list(range(1, len(rows) + 1))
    assert all(len(pick.reasons) == 1 for pick in picks)

    strict = [pick for pick in picks if not is_filler(pick)]
    assert rows_of(picks[: len(strict)]) == rows_of(strict)
    scores = [pick.score for pick in strict]
    assert scores == sorted(scores, reverse=True)
    times = np.sort([pick.moment.time_seconds for pick in strict])
    assert np.all(np.diff(times) >= gap)
    vectors = video.content[rows_of(strict)]
    alike = 1 - vectors @ vectors.T + 2 * np.eye(len(strict))
    assert len(strict) == 0 or alike.min() >= 0.1 - 1e-6
    assert picks == random_video(seed).pick(count, gap)


@pytest.mark.parametrize("seed", range(20))
def test_the_spacing_is_relaxed_only_after_the_near_duplicates(seed: int) -> None:
    picks = random_video(seed).pick(6, gap=0.4)
    codes = [pick.reasons[0].code for pick in picks]
    stages = [(code in FILLERS) + (code == ReasonCode.FILLER_CLOSE) for code in codes]
    assert stages == sorted(stages)


def test_an_hour_of_film_is_picked_from_a_few_vectors() -> None:
    count, random = 108_000, np.random.default_rng(0)
    scores = np.cumsum(random.normal(size=count)) / 50 + random.normal(size=count)
    content = np.zeros((count, 64), np.float32)
    content[:, 0] = 1.0  # nothing but near-duplicates: the longest search
    shot = np.arange(count) // 3000
    video = Video(scores, 30.0, shot, content)
    picks = video.pick(count=20)
    assert len(picks) == 20
    assert len(video.asked) <= 2 * MAX_CANDIDATES


def test_one_long_shot_does_not_crowd_out_the_others() -> None:
    count = 12_000
    scores = np.where(np.arange(count) % 2, 5.0, 4.0)
    content = np.zeros((count, 8), np.float32)
    shot = np.r_[np.zeros(count - 50), np.ones(50)].astype(int)
    content[np.arange(count), shot] = 1.0
    scores[shot == 1] = hills({25: 4.5}, 50)
    picks = Video(scores, 25.0, shot, content).pick(count=2)
    assert picks[1].row == count - 25
    assert picks[1].reasons == (peak(ReasonCode.HIGHEST_OF_SHOT),)


def test_the_curve_must_fit_the_samples() -> None:
    video, other = Video(np.zeros(4)), Video(np.zeros(5))
    with pytest.raises(ValueError, match="rows"):
        pick_best(video.samples, other.curve, PickConfig(), video.vectors_of, lambda scores: scores)


@pytest.mark.parametrize("rules", [(0, 1.0, 0.1), (5, -1.0, 0.1), (5, np.nan, 0.1), (5, 1.0, 3.0)])
def test_impossible_rules_are_refused(rules: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        PickConfig(*rules)


SHARPEST = reason(ReasonCode.SHARPEST, frame_count=3)
LATER = Reason(ReasonCode.LATER)


def moved(steps: dict[int, int], reach: int = 0) -> RefinePeak:
    """Keep for rows of `steps` the frame so many rows on, for all others the row itself."""

    def refine_peak(row: int, taken: Floats, gap: float) -> RefinedPeak:
        return RefinedPeak(row + steps.get(row, reach), (SHARPEST,), (row, LATER))

    return refine_peak


def test_of_a_refined_peak_the_frame_that_is_kept_is_picked() -> None:
    video = Video(hills({15: 5.0, 50: 9.0}, width=1.0))
    picks, _ = video.pick_and_say(count=2, refine_peak=moved({50: 3}))
    assert rows_of(picks) == [53, 15]
    assert picks[0].moment == video.samples.moment(53)
    assert picks[0].peak_seconds == 5.0
    assert picks[0].reasons == (peak(ReasonCode.HIGHEST_OF_VIDEO, 0.3), SHARPEST)
    assert picks[0].score == video.curve.smoothed[53]
    assert picks[0].percentile == 10 * picks[0].score
    assert picks[1].peak_seconds is None
    assert picks[1].reasons == (peak(ReasonCode.PEAK_OF_SHOT), SHARPEST)
    runner_up = picks[0].runner_up
    assert runner_up is not None
    assert (runner_up.moment, runner_up.row) == (video.samples.moment(50), 50)
    assert (runner_up.score, runner_up.reason) == (9.0, LATER)


def test_ranks_follow_the_frames_that_are_kept() -> None:
    video = Video(hills({15: 8.5, 50: 9.0}))
    picks, _ = video.pick_and_say(count=2, refine_peak=moved({50: 6}))
    assert rows_of(picks) == [15, 56]
    assert [pick.rank for pick in picks] == [1, 2]
    assert picks[1].reasons[0] == peak(ReasonCode.HIGHEST_OF_VIDEO, 0.6)


def test_a_peak_that_is_refined_to_a_near_duplicate_gives_way() -> None:
    scores = hills({15: 6.5, 50: 9.0, 82: 7.0}, width=1.5)
    video = Video(scores, content=same_as(100, dict.fromkeys(range(76, 91), 50)))
    picks, _ = video.pick_and_say(count=2, refine_peak=moved({82: 2}))
    assert rows_of(picks) == [50, 15]


def test_a_copy_of_a_peak_that_is_refined_already_is_not_refined_again() -> None:
    # 82 shows what 50 shows, and would be refined as that was, to what looks like 54
    copies = same_as(100, dict.fromkeys(range(78, 86), 50) | {86: 54})
    video = Video(hills({15: 6.5, 50: 9.0, 82: 7.0}, width=1.0), content=copies)
    refined: list[int] = []

    def refine_peak(row: int, taken: Floats, gap: float) -> RefinedPeak:
        refined.append(row)
        return RefinedPeak(row + 4)

    picks, _ = video.pick_and_say(count=2, refine_peak=refine_peak)
    assert rows_of(picks) == [54, 19]
    assert refined == [50, 15]


def test_the_spacing_holds_between_the_frames_that_are_kept() -> None:
    # 50 is refined to 55, from which 63 is too close though it keeps clear of 50
    video = Video(hills({20: 3.0, 50: 9.0, 63: 8.0}, width=2.0))
    picks, _ = video.pick_and_say(count=2, refine_peak=moved({50: 5}))
    assert rows_of(picks) == [65, 55]


def test_the_reason_of_a_filler_is_true_of_the_frame_that_is_kept() -> None:
    # the row itself is close to pick 1; the frame that is kept for it is not
    video = Video(hills({5: 5.0}, count=12))

    def refine_peak(row: int, taken: Floats, gap: float) -> RefinedPeak | AllVetoed:
        if row == 5:
            return RefinedPeak(1)
        return AllVetoed(np.arange(11, 12)) if row == 11 else RefinedPeak(11)

    picks, _ = video.pick_and_say(count=2, gap=1.0, refine_peak=refine_peak)
    assert rows_of(picks) == [1, 11]
    assert picks[1].reasons == (Reason(ReasonCode.FILLER),)


def test_vetoed_rows_are_not_tried_again() -> None:
    tried = []

    def refine_peak(row: int, taken: Floats, gap: float) -> RefinedPeak | AllVetoed:
        tried.append(row)
        return AllVetoed(np.arange(40, 61)) if 40 <= row <= 60 else RefinedPeak(row)

    video = Video(hills({15: 5.0, 50: 9.0}))
    picks, _ = video.pick_and_say(count=3, gap=0.5, refine_peak=refine_peak)
    assert len(picks) == 3
    assert [row for row in tried if 40 <= row <= 60] == [50]


def test_where_all_frames_are_vetoed_the_reason_says_so() -> None:
    def nothing(row: int, taken: Floats, gap: float) -> AllVetoed:
        return AllVetoed(np.arange(row - 5, row + 6))

    picks, shortfall = Video(hills({15: 5.0, 50: 9.0})).pick_and_say(count=3, refine_peak=nothing)
    assert picks == []
    assert shortfall == missing(ReasonCode.ALL_VETOED, 0, 3)
    many = Video(np.arange(3000) % 20, content=np.ones((3000, 1), np.float32))
    picks, shortfall = many.pick_and_say(count=3, refine_peak=nothing)
    assert shortfall == missing(ReasonCode.BEST_VETOED, 0, 3, tried=MAX_VETOED_CANDIDATES)


def test_frames_near_a_pick_that_are_vetoed_at_full_size_are_not_called_black() -> None:
    # all that is near the pick is vetoed, which shows only as frames too close to it
    def only_one(row: int, taken: Floats, gap: float) -> RefinedPeak | AllVetoed:
        return AllVetoed(np.empty(0, np.int64)) if len(taken) else RefinedPeak(5)

    picks, shortfall = Video(np.arange(10.0)).pick_and_say(count=2, refine_peak=only_one)
    assert rows_of(picks) == [5]
    assert shortfall == missing(ReasonCode.ALL_VETOED, 1, 2)


@pytest.mark.parametrize("code", [ReasonCode.NO_OTHER_FRAMES, ReasonCode.ALL_HARD_VETOED])
def test_what_was_not_explored_may_hold_the_missing_picks(code: ReasonCode) -> None:
    told = missing(code, 1, 5)
    late = shortfall_of_part(told, explored=1, frame_count=3, has_budget=True)
    assert late == missing(ReasonCode.TIME_UP, 1, 5, explored=1, frame_count=3)
    fast = shortfall_of_part(told, explored=1, frame_count=3, has_budget=False)
    assert fast == missing(ReasonCode.PARTLY_EXPLORED, 1, 5, explored=1, frame_count=3)


def test_candidates_that_are_all_vetoed_are_so_however_much_was_explored() -> None:
    told = missing(ReasonCode.BEST_VETOED, 1, 5, tried=64)
    assert shortfall_of_part(told, explored=1, frame_count=3, has_budget=True) == told


def test_fillers_keep_clear_of_picks_and_of_vetoed_rows() -> None:
    tried = []

    def refine_peak(row: int, taken: Floats, gap: float) -> RefinedPeak | AllVetoed:
        tried.append(row)
        if 60 <= row <= 80:
            return AllVetoed(np.arange(60, 81))
        return RefinedPeak(row - 5 if row == 90 else row)

    # one long slope: a peak at its end, and fillers down the hill
    picks, _ = Video(np.arange(100.0)).pick_and_say(count=4, refine_peak=refine_peak)
    assert rows_of(picks) == [99, 89, 59, 49]
    assert tried == [99, 89, 79, 59, 49]
    tried.clear()
    Video(np.arange(101.0)).pick_and_say(count=4, refine_peak=refine_peak)
    assert tried == [100, 90, 75, 59, 49]


def test_no_frame_is_kept_twice() -> None:
    picks, _ = Video(np.arange(20.0)).pick_and_say(count=3, refine_peak=lambda *_: RefinedPeak(5))
    assert rows_of(picks) == [5]


def random_refiner(video: Video, seed: int) -> RefinePeak:
    """Keep a frame near the row and the spacing, veto a share of the rows; as a refiner may."""
    random = np.random.default_rng(seed)
    share = random.choice([0.0, 0.3, 0.9])
    is_bad = random.random(len(video.samples)) < share
    taste = random.random(len(video.samples))
    times = video.curve.times_seconds
    clean = (vetoes(video.samples.measures) == "") & ~is_bad

    def refine_peak(row: int, taken: Floats, gap: float) -> RefinedPeak | AllVetoed:
        reach = np.flatnonzero(np.abs(times - times[row]) <= 0.5)
        reach = reach[video.curve.shot[reach] == video.curve.shot[row]]
        near = reach[clean[reach]]
        if len(near) == 0:
            return AllVetoed(reach)
        apart = np.abs(times[near][:, None] - taken[None])
        free = near[np.all((apart >= gap) & (apart > 0), axis=1)]
        if len(free) == 0:
            return AllVetoed(np.empty(0, np.int64))
        return RefinedPeak(int(free[np.argmax(taste[free])]))

    return refine_peak


@pytest.mark.parametrize("seed", range(60))
def test_every_promise_holds_for_random_videos_that_are_refined(seed: int) -> None:
    video = random_video(seed)
    random = np.random.default_rng(seed)
    count, gap = int(random.integers(1, 20)), float(random.choice([0.0, 0.4, 2.0]))
    picks, shortfall = video.pick_and_say(count, gap, refine_peak=random_refiner(video, seed))
    rows = rows_of(picks)
    free = set(np.flatnonzero(vetoes(video.samples.measures) == "").tolist())
    assert set(rows) <= free
    assert len(rows) == len(set(rows)) <= count
    assert (shortfall is None) == (len(rows) == count)
    assert [pick.rank for pick in picks] == list(range(1, len(rows) + 1))

    strict = [pick for pick in picks if not is_filler(pick)]
    assert picks[: len(strict)] == strict
    scores = [pick.score for pick in strict]
    assert scores == sorted(scores, reverse=True)
    times = np.array([pick.moment.time_seconds for pick in picks])
    assert np.all(np.diff(np.sort(times[: len(strict)])) >= gap)
    vectors = video.content[rows_of(strict)]
    alike = 1 - vectors @ vectors.T + 2 * np.eye(len(strict))
    assert len(strict) == 0 or alike.min() >= 0.1 - 1e-6
    for place, pick in enumerate(picks):
        peak = pick.moment.time_seconds if pick.peak_seconds is None else pick.peak_seconds
        assert abs(peak - pick.moment.time_seconds) <= 0.5
        if pick.reasons[0].code == ReasonCode.FILLER_CLOSE:
            values = pick.reasons[0].values
            named = int(values["of_rank"]) - 1
            assert named < place
            assert abs(times[named] - times[place]) == values["distance_seconds"]
            assert abs(times[named] - times[place]) < gap
        elif is_filler(pick):
            assert place == 0 or np.abs(times[:place] - times[place]).min() >= gap
    again = random_video(seed)
    assert picks == again.pick_and_say(count, gap, refine_peak=random_refiner(again, seed))[0]


def test_held_frames_are_picked_first_and_others_go_with_them() -> None:
    video = Video(hills({15: 5.0, 50: 9.0, 82: 7.0}, width=2.0))
    held = [Held(45, RefinedPeak(45), Reason(ReasonCode.INCLUDED)) for _ in range(2)]
    picks, shortfall = video.pick_and_say(count=3, held=held)
    assert shortfall is None
    assert sorted(rows_of(picks)) == [45, 55, 82]  # 50 is closer than the gap
    assert [pick.reasons for pick in picks if pick.row == 45] == [(Reason(ReasonCode.INCLUDED),)]


def test_a_held_frame_may_have_a_veto_and_more_may_be_held_than_asked_for() -> None:
    video = Video(hills({15: 5.0, 50: 9.0}), vetoed={15: "black"})
    held = [Held(row, RefinedPeak(row), Reason(ReasonCode.PINNED)) for row in (15, 50, 80)]
    picks, shortfall = video.pick_and_say(count=2, held=held)
    assert shortfall is None
    assert sorted(rows_of(picks)) == [15, 50, 80]
    assert [pick.score for pick in picks] == sorted((pick.score for pick in picks), reverse=True)


def test_what_shows_the_same_as_an_unwanted_frame_comes_last() -> None:
    content = np.eye(100, dtype=np.float32)
    content[38:63] = content[80]
    video = Video(hills({15: 5.0, 50: 9.0, 30: 6.0}, width=2.0), content=content)
    picks, _ = video.pick_and_say(count=2, unwanted=[80])
    assert rows_of(picks) == [30, 15]
    assert rows_of(video.pick(count=2)) == [50, 30]

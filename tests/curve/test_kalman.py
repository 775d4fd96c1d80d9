from __future__ import annotations

import tracemalloc
from decimal import Decimal, localcontext

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter
from numpy.typing import NDArray
from scipy.linalg import expm

from framepick.curve import parallel_scan
from framepick.curve.kalman import (
    MAX_GAP_SECONDS,
    FilterState,
    NoiseModel,
    diffusion,
    estimate_noise,
    smooth,
    transition,
    update,
)
from framepick.types import Floats

NOISE = NoiseModel(measurement_variance=0.04, slope_intensity=2.0, damping_per_second=1.5)


def one_shot(count: int) -> NDArray[np.int32]:
    return np.zeros(count, np.int32)


def wandering(seed: int, times: Floats, noise: NoiseModel = NOISE) -> tuple[Floats, Floats]:
    """True and noisy scores drawn from the model itself, in tiny steps of Euler's."""
    random = np.random.default_rng(seed)
    fine = np.arange(times[0], times[-1] + 0.02, 0.005)
    slope, score, scores = 0.0, 5.0, []
    for kick in random.normal(0, np.sqrt(noise.slope_intensity * 0.005), len(fine)):
        scores.append(score)
        score += slope * 0.005
        slope += -noise.damping_per_second * slope * 0.005 + kick
    true = np.interp(times, fine, scores)
    return true, true + random.normal(0, np.sqrt(noise.measurement_variance), len(times))


def clip(seed: int, count: int) -> tuple[Floats, Floats, NDArray[np.int32], NoiseModel]:
    """Times, scores, shots and noise of all kinds: gaps, equal time stamps, scores not observed."""
    random = np.random.default_rng(seed)
    step = 10 ** random.uniform(-3, 0.5)
    steps = random.exponential(step, count) if seed % 2 else np.full(count, step)
    steps[random.random(count) < 0.05] = random.choice([0.0, 1e-7])
    steps[random.random(count) < 0.01] = random.uniform(5, 20)
    shot = np.cumsum(random.random(count) < random.choice([0.5, 0.1, 0.0])).astype(np.int32)
    raw = 5 + np.cumsum(random.normal(0, 0.1, count)) + random.normal(0, 0.2, count)
    raw[random.random(count) < random.choice([0.0, 0.2, 0.8])] = np.nan
    raw[: random.integers(0, count // 4)] = np.nan
    noise = NoiseModel(*(10 ** random.uniform([-4.0, -3.0, -0.5], [1.0, 2.0, 1.0])))
    return np.cumsum(steps), raw, shot, noise


def together(times: Floats, raw: Floats, shot: NDArray[np.int32]) -> list[slice]:
    """Rows of each shot, parted at long gaps, that have a score."""
    edges = np.flatnonzero((np.diff(shot) != 0) | (np.diff(times) > MAX_GAP_SECONDS)) + 1
    parts = zip([0, *edges.tolist()], [*edges.tolist(), len(raw)], strict=True)
    return [slice(a, b) for a, b in parts if np.isfinite(raw[a:b]).any()]


def by_filterpy(times: Floats, raw: Floats, noise: NoiseModel) -> tuple[Floats, Floats]:
    """Scores and variances of one shot as another implementation gives them."""
    kalman = KalmanFilter(dim_x=2, dim_z=1)
    kalman.x = np.array([[raw[np.isfinite(raw)][0]], [0.0]])
    kalman.P = np.diag([1e6 * noise.measurement_variance, noise.slope_variance])
    kalman.H, kalman.R = np.array([[1.0, 0.0]]), np.array([[noise.measurement_variance]])
    steps = np.diff(times, prepend=times[0])
    matrices = {"Fs": transition(steps, noise), "Qs": diffusion(steps, noise)}
    scores = [score if np.isfinite(score) else None for score in raw.tolist()]
    means, covariances, _, _ = kalman.batch_filter(scores, **matrices)
    means, covariances, _, _ = kalman.rts_smoother(means, covariances, **matrices)
    return means[:, 0, 0], covariances[:, 0, 0]


def exactly(times: Floats, raw: Floats, noise: NoiseModel) -> tuple[Floats, Floats]:
    """Scores and variances of one shot by the textbook, in decimal numbers of 60 digits."""
    with localcontext(prec=60):
        variance, intensity, damping = map(
            Decimal, (noise.measurement_variance, noise.slope_intensity, noise.damping_per_second)
        )
        mean = np.array([Decimal(raw[np.isfinite(raw)][0]), Decimal(0)])
        spread = np.diag([10**6 * variance, intensity / (2 * damping)])
        states = []
        for row, score in enumerate(raw.tolist()):
            forward, ahead = np.diag([Decimal(1)] * 2), spread
            if row:
                step = damping * (Decimal(times[row]) - Decimal(times[row - 1]))
                lost, refined = 1 - (-step).exp(), 1 - (-2 * step).exp()
                cross = lost**2 / (2 * damping**2)
                drift = (step - 2 * lost + refined / 2) / damping**3
                gained = np.array([[drift, cross], [cross, refined / (2 * damping)]])
                forward = np.array([[Decimal(1), lost / damping], [Decimal(0), 1 - lost]])
                mean, ahead = forward @ mean, forward @ spread @ forward.T + intensity * gained
            states.append([mean, ahead, mean, ahead, forward])
            if np.isfinite(score):
                gain = ahead[:, 0] / (ahead[0, 0] + variance)
                states[-1][2] = mean = mean + gain * (Decimal(score) - mean[0])
                states[-1][3] = ahead - np.outer(gain, ahead[0])
            spread = states[-1][3]
        scores = [(mean, spread)]
        for (_, _, filtered, known, _), (mean_ahead, ahead, _, _, forward) in zip(
            states[-2::-1], states[:0:-1], strict=True
        ):
            (a, b), (c, d) = ahead
            inverse = np.array([[d, -b], [-c, a]]) / (a * d - b * c)
            back = known @ forward.T @ inverse
            mean = filtered + back @ (scores[-1][0] - mean_ahead)
            scores.append((mean, known + back @ (scores[-1][1] - ahead) @ back.T))
        pairs = [(float(mean[0]), float(spread[0, 0])) for mean, spread in scores[::-1]]
    means, variances = np.array(pairs).T
    return means, variances


@pytest.mark.parametrize("seed", range(24))
def test_scores_are_those_of_the_textbook_in_exact_numbers(seed: int) -> None:
    times, raw, shot, noise = clip(seed, 90)
    smoothed, variance = smooth(times, raw, shot, noise)
    for rows in together(times, raw, shot):
        mean, spread = exactly(times[rows], raw[rows], noise)
        assert variance[rows] == pytest.approx(spread, rel=1e-10, abs=0)
        assert np.all(np.abs(smoothed[rows] - mean) <= 1e-10 * (np.sqrt(spread) + np.abs(mean)))


@pytest.mark.parametrize("seed", range(24))
def test_scores_are_those_of_another_implementation(seed: int) -> None:
    times, raw, shot, noise = clip(100 + seed, 600)
    smoothed, variance = smooth(times, raw, shot, noise)
    for rows in together(times, raw, shot):
        mean, spread = by_filterpy(times[rows], raw[rows], noise)
        # the other loses eight digits where the first scores are not observed
        assert variance[rows] == pytest.approx(spread, rel=1e-7, abs=0)
        assert smoothed[rows] == pytest.approx(mean, rel=1e-8, abs=0)


def test_scores_do_not_depend_on_what_is_joined_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(4):
        times, raw, shot, noise = clip(seed, 200)
        at_once = smooth(times, raw, shot, noise)
        for block in (1, 7, 64, 199):
            monkeypatch.setattr(parallel_scan, "BLOCK_ROWS", block)
            for joined, whole in zip(smooth(times, raw, shot, noise), at_once, strict=True):
                assert np.allclose(joined, whole, rtol=1e-9, atol=0)
        monkeypatch.undo()


def test_a_shot_among_twenty_thousand_is_as_it_is_alone() -> None:
    random = np.random.default_rng(4)
    shot = np.repeat(np.arange(20_000, dtype=np.int32), random.integers(2, 6, 20_000))
    times = np.cumsum(random.exponential(0.05, len(shot)))
    raw = random.normal(0, 50, 20_000)[shot] + random.normal(0, 1, len(shot))
    smoothed, variance = smooth(times, raw, shot, NOISE)
    for number in (0, 1, 3_000, 11_111, 19_999):
        rows = shot == number
        alone, its_variance = smooth(times[rows], raw[rows], shot[rows], NOISE)
        assert smoothed[rows] == pytest.approx(alone, rel=1e-11, abs=0)
        assert variance[rows] == pytest.approx(its_variance, rel=1e-11, abs=0)


def test_the_end_of_a_long_shot_is_as_exact_as_its_start() -> None:
    times = np.arange(108_000) / 30
    smoothed, variance = smooth(times, 3.0 - 0.25 * times, one_shot(len(times)), NOISE)
    assert np.allclose(smoothed[3000:-3000], 3.0 - 0.25 * times[3000:-3000], rtol=1e-9, atol=0)
    assert np.ptp(variance[3000:-3000]) <= 1e-12 * variance[50_000]
    assert variance[-1] == pytest.approx(variance[0], rel=1e-5)


def test_a_step_is_the_exact_solution_of_the_model() -> None:
    drift = np.array([[0.0, 1.0], [0.0, -NOISE.damping_per_second]])
    kick = np.diag([0.0, NOISE.slope_intensity])
    for step in (1e-3, 0.02, 0.4, 3.0):
        # Van Loan 1978: both matrices from one exponential
        block = expm(np.block([[-drift, kick], [np.zeros((2, 2)), drift.T]]) * step)
        forward = block[2:, 2:].T
        steps = np.array([step])
        assert transition(steps, NOISE)[0] == pytest.approx(forward, rel=1e-8)
        assert diffusion(steps, NOISE)[0] == pytest.approx(forward @ block[:2, 2:], rel=1e-5)


def test_two_half_steps_are_one_step() -> None:
    for step in (1e-7, 1e-4, 0.013, 0.0134, 0.5, 20.0):
        halves, whole = np.array([step / 2]), np.array([step])
        half, noise = transition(halves, NOISE)[0], diffusion(halves, NOISE)[0]
        assert half @ half == pytest.approx(transition(whole, NOISE)[0], rel=1e-12)
        twice = half @ noise @ half.T + noise
        assert twice == pytest.approx(diffusion(whole, NOISE)[0], rel=1e-8, abs=0)


def test_the_noise_of_tiny_steps_stays_a_covariance() -> None:
    for noise in diffusion(np.geomspace(1e-9, 100, 200), NOISE):
        assert np.linalg.eigvalsh(noise / noise.max()).min() >= -1e-15
    assert diffusion(np.zeros(1), NOISE)[0] == pytest.approx(np.zeros((2, 2)), abs=0)
    assert transition(np.zeros(1), NOISE)[0] == pytest.approx(np.eye(2), abs=0)


def test_smoothing_comes_closer_to_the_truth_than_the_raw_scores() -> None:
    times = np.arange(0, 40, 1 / 25)
    for seed in range(5):
        true, raw = wandering(seed, times)
        smoothed, _ = smooth(times, raw, one_shot(len(times)))
        assert np.std(smoothed - true) < 0.6 * np.std(raw - true)


def test_the_variance_tells_how_far_the_truth_is() -> None:
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.3, 1500))
    true, raw = wandering(3, times)
    smoothed, variance = smooth(times, raw, one_shot(len(times)), NOISE)
    assert np.mean((smoothed - true) ** 2 / variance) == pytest.approx(1.0, abs=0.2)


def test_noise_is_estimated_from_the_scores() -> None:
    times = np.arange(0, 400, 1 / 15)
    figures = np.array(
        [
            (model.measurement_variance, model.slope_intensity)
            for seed in range(6)
            for model in [estimate_noise(times, wandering(seed, times)[1], one_shot(len(times)))]
        ]
    )
    assert figures[:, 0].mean() == pytest.approx(NOISE.measurement_variance, rel=0.3)
    assert figures[:, 1].mean() == pytest.approx(NOISE.slope_intensity, rel=0.5)


def test_noise_that_neighbours_share_counts_as_noise() -> None:
    times, random = np.arange(0, 200, 1 / 30), np.random.default_rng(1)
    groups = np.repeat(random.normal(0, 0.3, len(times) // 5 + 1), 5)[: len(times)]
    model = estimate_noise(times, np.sin(times / 5) + groups, one_shot(len(times)))
    assert model.measurement_variance == pytest.approx(0.09, rel=0.25)


def test_cuts_do_not_count_as_noise() -> None:
    times = np.arange(0, 60, 1 / 25)
    shot = (times // 2).astype(np.int32)
    raw = wandering(2, times)[1]
    levels = np.random.default_rng(5).uniform(-20, 20, shot.max() + 1)[shot]
    assert estimate_noise(times, raw + levels, shot).measurement_variance < 0.1


@pytest.mark.parametrize("keep_every", [3, 10])
@pytest.mark.parametrize("seed", range(4))
def test_left_out_scores_lie_within_two_standard_deviations(keep_every: int, seed: int) -> None:
    times = np.arange(0, 60, 1 / 25)
    _, raw = wandering(seed, times)
    kept = np.arange(len(times)) % keep_every == 0
    thinned = np.where(kept, raw, np.nan)
    shot = (times // 12).astype(np.int32)
    noise = estimate_noise(times, thinned, shot)
    smoothed, variance = smooth(times, thinned, shot, noise)
    half_width = 2 * np.sqrt(variance + noise.measurement_variance)
    inside = np.abs(raw - smoothed)[~kept] <= half_width[~kept]
    assert 0.9 <= inside.mean() <= 0.995
    assert half_width.mean() < 1.2 * np.std(raw)


def test_a_score_that_was_not_observed_is_predicted_less_surely() -> None:
    times = np.arange(0, 6, 0.1)
    raw = np.sin(times)
    raw[20:40] = np.nan
    smoothed, variance = smooth(times, raw, one_shot(60), NOISE)
    assert np.all(np.isfinite(smoothed))
    assert variance[30] > 3 * variance[10]
    assert abs(smoothed[30] - np.sin(3.0)) < 2 * np.sqrt(variance[30])


def test_a_cut_parts_the_curve() -> None:
    times = np.arange(0, 4, 0.04)
    shot = (times >= 2).astype(np.int32)
    raw = np.where(shot == 1, 9.0, 1.0)
    smoothed, _ = smooth(times, raw, shot, NOISE)
    assert smoothed == pytest.approx(raw, abs=1e-3)
    alone, _ = smooth(times[shot == 1], raw[shot == 1], one_shot(50), NOISE)
    assert smoothed[shot == 1] == pytest.approx(alone, abs=0)


def test_a_long_gap_parts_the_curve_like_a_cut() -> None:
    times: Floats = np.r_[np.arange(0, 2, 0.1), np.arange(0, 2, 0.1) + 13]
    raw = np.repeat([0.0, 4.0], 20)
    gap, _ = smooth(times, raw, one_shot(40), NOISE)
    cut, _ = smooth(times, raw, np.repeat([0, 1], 20).astype(np.int32), NOISE)
    assert gap == pytest.approx(cut, abs=0)


def test_a_shot_of_one_sample_keeps_its_score() -> None:
    times = np.array([0.0, 0.5, 1.0])
    smoothed, variance = smooth(
        times, np.array([1.0, 8.0, 3.0]), np.arange(3, dtype=np.int32), NOISE
    )
    assert smoothed == pytest.approx([1.0, 8.0, 3.0])
    assert variance == pytest.approx([NOISE.measurement_variance] * 3, rel=1e-4)


def test_a_shot_without_samples_is_what_the_video_says() -> None:
    raw = np.array([1.0, 2.0, np.nan, np.nan, 3.0])
    smoothed, variance = smooth(
        np.arange(0, 2.5, 0.5), raw, np.array([0, 0, 1, 1, 2], np.int32), NOISE
    )
    assert smoothed[2:4] == pytest.approx([2.0, 2.0])
    assert np.all(variance[2:4] > 2 / 3)


def test_equal_time_stamps_are_averaged() -> None:
    smoothed, variance = smooth(np.zeros(4), np.array([1.0, 2.0, 3.0, 6.0]), one_shot(4), NOISE)
    assert smoothed == pytest.approx([3.0] * 4, rel=1e-5)
    assert variance == pytest.approx([NOISE.measurement_variance / 4] * 4, rel=1e-4)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9, 200])
@pytest.mark.parametrize("level", [0.0, 5.0, -1e6, 1e-9])
def test_constant_scores_stay_as_they_are(count: int, level: float) -> None:
    times = np.arange(count) / 30
    smoothed, variance = smooth(times, np.full(count, level), one_shot(count))
    assert smoothed == pytest.approx(np.full(count, level), rel=1e-6, abs=1e-12)
    assert np.all(np.isfinite(variance))
    assert np.all(variance >= 0)


def test_nothing_observed_gives_finite_figures() -> None:
    smoothed, variance = smooth(np.arange(5.0), np.full(5, np.nan), one_shot(5))
    assert np.all(np.isfinite(smoothed) & np.isfinite(variance))


def test_estimates_are_sound_for_odd_curves() -> None:
    random = np.random.default_rng(11)
    for _ in range(200):
        count = int(random.integers(1, 80))
        times = np.sort(random.choice(np.round(random.uniform(0, 20, count), 1), count))
        shot = np.sort(random.integers(0, 4, count)).astype(np.int32)
        raw = random.normal(0, 10.0 ** random.integers(-6, 6), count) ** random.integers(1, 4)
        raw[random.random(count) < 0.2] = np.nan
        smoothed, variance = smooth(times, raw, shot)
        assert np.all(np.isfinite(smoothed))
        assert np.all(variance > 0)


def test_the_live_filter_ends_where_the_backward_pass_begins() -> None:
    times: Floats = np.cumsum(np.random.default_rng(2).uniform(0, 0.2, 60))
    _, raw = wandering(9, times)
    raw[[7, 8, 30]] = np.nan
    state: FilterState | None = None
    for moment, score in zip(times, raw, strict=True):
        state = update(state, float(moment), float(score), NOISE)
    assert state is not None
    smoothed, variance = smooth(times, raw, one_shot(60), NOISE)
    assert state.mean[0] == pytest.approx(smoothed[-1], rel=1e-4)
    assert state.covariance[0, 0] == pytest.approx(variance[-1], rel=1e-4)
    assert state.time_seconds == times[-1]


def test_the_live_filter_starts_anew_after_a_long_gap() -> None:
    state = update(None, 0.0, 1.0, NOISE)
    later = update(state, 11.0, 7.0, NOISE)
    assert later.mean == pytest.approx([7.0, 0.0])
    assert update(state, 1.0, 7.0, NOISE).mean[0] < 7.0


def test_a_live_update_leaves_the_old_state_as_it_was() -> None:
    state = update(None, 0.0, 1.0, NOISE)
    mean, covariance = state.mean.copy(), state.covariance.copy()
    update(state, 0.5, 9.0, NOISE)
    assert np.array_equal(state.mean, mean)
    assert np.array_equal(state.covariance, covariance)


def test_time_must_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        update(update(None, 2.0, 1.0, NOISE), 1.0, 1.0, NOISE)
    with pytest.raises(ValueError, match="fall"):
        smooth(np.array([0.0, 2.0, 1.0]), np.zeros(3), one_shot(3))


@pytest.mark.parametrize("broken", [0.0, -1.0, np.nan, np.inf])
def test_a_noise_model_needs_positive_figures(broken: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        NoiseModel(broken, 1.0, 1.0)
    with pytest.raises(ValueError, match="positive"):
        NoiseModel(1.0, broken, 1.0)


@pytest.mark.parametrize("shot_seconds", [0.1, 5.0, 3600.0])
def test_an_hour_of_scores_is_smoothed_in_little_memory(shot_seconds: float) -> None:
    times = np.arange(108_000) / 30
    raw, shot = np.sin(times), (times // shot_seconds).astype(np.int32)
    tracemalloc.start()
    smooth(times, raw, shot)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000

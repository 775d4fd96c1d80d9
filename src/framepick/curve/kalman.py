"""Estimates the score at each time from the noisy scores around it.

A Kalman filter follows the state (score, slope). The slope is an Ornstein-Uhlenbeck process,
dv = -damping v dt + noise, and the score its integral: a score that moves on for a while and then
settles. Transition and noise over any time step follow in closed form, so uneven time stamps need
no special case. The backward pass is that of Rauch, Tung and Striebel (1965). Each shot stands
alone; a long gap parts it likewise. `parallel_scan.py` goes over all samples of a video at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from framepick.curve.parallel_scan import filtered, smoothed
from framepick.types import Floats

DAMPING_PER_SECOND = 2.0
"""Rate at which a slope dies away; the score's own changes last about half a second."""
MIN_LAG_SECONDS = 0.3
"""Shortest lag that noise is measured at: compression makes the errors of closer frames alike."""
LAG_RATIO = 2.0
"""The second lag in units of the first."""
MIN_PAIRS = 8
"""Fewer pairs of samples at a lag say nothing of its mean squared difference."""
MIN_PROCESS_SHARE = 0.1
"""Least share of the squared difference at the first lag that the score's own motion has."""
MIN_NOISE_SHARE = 0.05
"""Least share that measurement noise has."""
MAX_GAP_SECONDS = 10.0
"""After a longer gap the filter starts anew."""

_TINY_VARIANCE = 1e-12
_UNKNOWN = 1e6  # variance of a score before its first sample, in measurement variances


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """How scores scatter and how they move."""

    measurement_variance: float
    """Variance of a raw score around the true one."""
    slope_intensity: float
    """Variance that the slope gains per second, in squared scores per second cubed."""
    damping_per_second: float

    def __post_init__(self) -> None:
        values = (self.measurement_variance, self.slope_intensity, self.damping_per_second)
        if not all(np.isfinite(values)) or min(values) <= 0:
            raise ValueError(f"a noise model needs positive, finite figures, not {values}")

    @property
    def slope_variance(self) -> float:
        """Variance of the slope in the long run."""
        return self.slope_intensity / (2.0 * self.damping_per_second)


@dataclass(frozen=True, slots=True, eq=False)
class FilterState:
    """What is known of the score at one time."""

    mean: Floats
    """(2,) score and slope per second."""
    covariance: Floats
    """(2, 2)"""
    time_seconds: float


def update(
    state: FilterState | None, time_seconds: float, score: float, noise: NoiseModel
) -> FilterState:
    """Take in one score, for live use; pass None as the state at the start and after a cut.

    A score of NaN is not observed: the state is carried forward. After a gap of more than
    `MAX_GAP_SECONDS` the filter starts anew. Raises ValueError where time runs backwards.
    """
    gap = 0.0 if state is None else time_seconds - state.time_seconds
    if gap < 0:
        raise ValueError(f"time runs backwards, by {-gap:.3f} s to {time_seconds:.3f} s")
    observed = bool(np.isfinite(score))
    if state is None or gap > MAX_GAP_SECONDS:
        mean, covariance = np.array([score if observed else 0.0, 0.0]), _unknown(noise)
    else:
        mean, covariance = _predict(state, gap, noise)
    if observed:
        mean, covariance = _correct(mean, covariance, score, noise.measurement_variance)
    return FilterState(mean, covariance, time_seconds)


def smooth(
    times_seconds: Floats, raw: Floats, shot: NDArray[np.int32], noise: NoiseModel | None = None
) -> tuple[Floats, Floats]:
    """Give the expected score (T,) and its variance (T,) at each time, given all of its shot.

    `times_seconds` (T,) must not fall. Where `raw` (T,) is NaN, nothing was observed and the result
    is the prediction from the samples around; where all of a shot is, it is what all observed
    scores of the video say. `noise` is estimated from the scores themselves unless given.
    """
    if np.any(np.diff(times_seconds) < 0):
        raise ValueError("times_seconds must not fall")
    noise = noise or estimate_noise(times_seconds, raw, shot)
    observed = np.isfinite(raw)
    scores = raw[observed]
    if not len(scores):
        return np.zeros(len(raw)), np.full(len(raw), noise.measurement_variance)
    starts = _starts(times_seconds, shot)
    level, is_known = _levels(raw, observed, starts)
    forward, gained = _steps(times_seconds, starts, noise)
    centred = np.where(observed, raw - level, np.nan)
    so_far = filtered(forward[..., :-1], gained[..., :-1], centred, noise.measurement_variance)
    mean, covariance = smoothed(*so_far, forward[..., 1:], gained[..., 1:])
    return (
        np.where(is_known, level + mean[0, 0], scores.mean()),
        np.where(is_known, covariance[0, 0], scores.var() + noise.measurement_variance),
    )


def estimate_noise(times_seconds: Floats, raw: Floats, shot: NDArray[np.int32]) -> NoiseModel:
    """Estimate the noise from mean squared differences of scores within shots, at two lags.

    At lag L the expected squared difference is 2 r + q (d L - 1 + exp(-d L)) / d^3, with r the
    measurement variance, q the slope's intensity and d its damping: two lags give r and q. Where
    there are too few pairs, half of the scores' variance counts as noise.
    """
    observed = np.isfinite(raw)
    times, scores, numbers = times_seconds[observed], raw[observed], shot[observed]
    steps = np.diff(times)[np.diff(numbers) == 0]
    first = _first_lag(steps[steps > 0])
    near = _structure(times, scores, numbers, first)
    far = _structure(times, scores, numbers, LAG_RATIO * first)
    if near is None:
        variance = float(scores.var()) if len(scores) else 0.0
        near, far = (2.0 * variance, _growth(first)), None
    difference, growth = near
    process = difference / 2 if far is None else growth * (far[0] - difference) / (far[1] - growth)
    process = float(
        np.clip(process, MIN_PROCESS_SHARE * difference, (1 - MIN_NOISE_SHARE) * difference)
    )
    return NoiseModel(
        max((difference - process) / 2, _TINY_VARIANCE),
        max(process / growth, _TINY_VARIANCE),
        DAMPING_PER_SECOND,
    )


def with_alike_errors(noise: NoiseModel, times_seconds: Floats) -> NoiseModel:
    """Give the noise to smooth with where errors of close frames are alike, as an encoder's are.

    Samples within `MIN_LAG_SECONDS` tell together as much as one with an error of its own, so each
    counts as if its variance were so many times as large.
    """
    steps = np.diff(times_seconds)
    steps = steps[steps > 0]
    alike = _first_lag(steps) / float(np.median(steps)) if len(steps) else 1.0
    return replace(noise, measurement_variance=alike * noise.measurement_variance)


def transition(steps_seconds: Floats, noise: NoiseModel) -> Floats:
    """Give the matrices (N, 2, 2) that carry the state over time steps (N,)."""
    damping = noise.damping_per_second
    matrices = np.zeros((2, 2, len(steps_seconds)))
    matrices[0, 0] = 1.0
    matrices[0, 1] = -np.expm1(-damping * steps_seconds) / damping
    matrices[1, 1] = np.exp(-damping * steps_seconds)
    return np.moveaxis(matrices, -1, 0)


def diffusion(steps_seconds: Floats, noise: NoiseModel) -> Floats:
    """Give the exact covariances (N, 2, 2) that the state gains over time steps (N,)."""
    damping, intensity = noise.damping_per_second, noise.slope_intensity
    lost = -np.expm1(-damping * steps_seconds)  # share of the slope that a step takes away
    matrices = np.empty((2, 2, len(steps_seconds)))
    matrices[0, 0] = intensity / damping**3 * _cubic_remainder(damping * steps_seconds)
    matrices[0, 1] = matrices[1, 0] = intensity / (2 * damping**2) * lost**2
    matrices[1, 1] = -intensity / (2 * damping) * np.expm1(-2 * damping * steps_seconds)
    return np.moveaxis(matrices, -1, 0)


def _cubic_remainder(a: Floats) -> Floats:
    """Compute a - 2 (1 - exp(-a)) + (1 - exp(-2 a)) / 2, which is a^3 / 3 for small a."""
    exact = a + 2 * np.expm1(-a) - np.expm1(-2 * a) / 2
    series = a**3 * (1 / 3 - a * (1 / 4 - a * (7 / 60 - a * (1 / 24 - a * 31 / 2520))))
    result: Floats = np.where(a < 0.02, series, exact)  # the exact form cancels there
    return result


def _growth(lag: float | Floats) -> float:
    """Mean squared change of the score over `lag` seconds for a slope of intensity 1."""
    a = DAMPING_PER_SECOND * np.asarray(lag)
    return float(np.mean(a + np.expm1(-a))) / DAMPING_PER_SECOND**3


def _first_lag(steps: Floats) -> float:
    """Fewest whole steps that last `MIN_LAG_SECONDS`."""
    step = float(np.median(steps)) if len(steps) else MIN_LAG_SECONDS
    return step * float(np.ceil(MIN_LAG_SECONDS / step - 1e-6))


def _structure(
    times: Floats, scores: Floats, shot: NDArray[np.int32], lag: float
) -> tuple[float, float] | None:
    """Mean squared difference at about `lag`, and the growth there; None where pairs are few."""
    later = np.searchsorted(times, times + lag - 1e-3)
    first = np.flatnonzero(later < len(times))
    second = later[first]
    fits = (shot[first] == shot[second]) & (times[second] - times[first] <= 1.5 * lag)
    first, second = first[fits], second[fits]
    if len(first) < MIN_PAIRS:
        return None
    squared = float(np.mean((scores[second] - scores[first]) ** 2))
    return squared, _growth(times[second] - times[first])


def _predict(state: FilterState, gap_seconds: float, noise: NoiseModel) -> tuple[Floats, Floats]:
    step = np.array([gap_seconds])
    forward, gained = transition(step, noise)[0], diffusion(step, noise)[0]
    return forward @ state.mean, forward @ state.covariance @ forward.T + gained


def _correct(
    mean: Floats, covariance: Floats, score: float, variance: float
) -> tuple[Floats, Floats]:
    """Take in a score; in Joseph's form, which leaves a covariance whatever is rounded."""
    gain = covariance[:, 0] / (covariance[0, 0] + variance)
    kept = np.eye(2) - np.outer(gain, (1.0, 0.0))
    corrected = kept @ covariance @ kept.T + variance * np.outer(gain, gain)
    return mean + gain * (score - mean[0]), corrected


def _starts(times_seconds: Floats, shot: NDArray[np.int32]) -> NDArray[np.int64]:
    """First rows of what is smoothed together: shots, parted at long gaps; in the end, T."""
    parted = (np.diff(shot) != 0) | (np.diff(times_seconds) > MAX_GAP_SECONDS)
    return np.concatenate([[0], np.flatnonzero(parted) + 1, [len(shot)]])


def _steps(
    times_seconds: Floats, starts: NDArray[np.int64], noise: NoiseModel
) -> tuple[Floats, Floats]:
    """Transitions and diffusions (2, 2, T + 1) to each row and to the end, anew at `starts`."""
    steps = np.diff(times_seconds, prepend=times_seconds[:1], append=times_seconds[-1:])
    forward = np.moveaxis(transition(steps, noise), 0, -1)
    gained = np.moveaxis(diffusion(steps, noise), 0, -1)
    forward[..., starts], gained[..., starts] = 0.0, _unknown(noise)[..., None]
    return forward, gained


def _levels(
    raw: Floats, observed: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[Floats, NDArray[np.bool_]]:
    """First score that was observed in the stretch of each row, (T,), and whether there is one."""
    rows = np.where(observed, np.arange(len(raw)), len(raw))
    first = np.minimum.reduceat(rows, starts[:-1])
    level = np.append(raw, 0.0)[first]
    lengths = np.diff(starts)
    return np.repeat(level, lengths), np.repeat(first < len(raw), lengths)


def _unknown(noise: NoiseModel) -> Floats:
    """Covariance of a state before its first score; its mean is that score, at rest."""
    return np.diag([_UNKNOWN * noise.measurement_variance, noise.slope_variance])

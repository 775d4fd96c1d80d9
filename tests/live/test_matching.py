"""One moment in two streams of a camera."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.live.matching import time_between
from framepick.types import Floats


def filmed(times: Floats, seed: int, noise: float = 0.02) -> Floats:
    """Give small pictures of a scene in which something wanders about."""
    x = 8 + 5 * np.sin(1.3 * times) + 2 * np.sin(4.1 * times)
    grid = np.arange(16)
    blob = np.exp(-((grid[None] - x[:, None]) ** 2) / 4)
    still = np.random.default_rng(7).uniform(0, 1, (16, 16))
    pictures = still + blob[:, None, :] * np.linspace(0.2, 1, 16)[:, None]
    noisy = pictures + np.random.default_rng(seed).normal(0, noise, pictures.shape)
    return np.asarray(noisy.reshape(len(times), -1))


@pytest.mark.parametrize("late", [-1.4, -0.3, 0.0, 0.5, 1.7])
def test_the_time_between_two_streams_is_found(late: float) -> None:
    scored, saved = np.arange(0, 4, 0.1), np.arange(-2, 6, 0.04)
    found = time_between(scored, filmed(scored, 1), saved, filmed(saved - late, 2))
    assert found == pytest.approx(late, abs=0.041)


def test_light_and_contrast_may_differ() -> None:
    scored, saved = np.arange(0, 4, 0.15), np.arange(-2, 6, 0.04)
    dim = 0.6 * filmed(saved - 0.8, 2) + 0.1
    assert time_between(scored, filmed(scored, 1), saved, dim) == pytest.approx(0.8, abs=0.041)


def test_streams_of_different_cameras_say_nothing() -> None:
    times = np.arange(0, 4, 0.1)
    rng = np.random.default_rng(3)
    assert time_between(times, filmed(times, 1), times, rng.normal(size=(40, 256))) is None


def test_where_nothing_moves_nothing_is_known() -> None:
    times = np.arange(0, 4, 0.1)
    still = np.ones((40, 256))
    assert time_between(times, still, times, still) is None

"""Frames of live sessions, as tests need them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from framepick.live.observation import Settled
from framepick.live.policies import Action, Policy
from framepick.reasons import ReasonCode
from framepick.sources.live.client import MICROSECONDS
from framepick.types import Moment, Vectors

RATE = 10
"""Frames a second."""


def moment(index: int, rate: float = RATE) -> Moment:
    seconds = index / rate
    return Moment(index, round(seconds / MICROSECONDS), MICROSECONDS, seconds)


def direction(number: int, size: int = 8) -> Vectors:
    """Give one of `size` contents that have nothing in common."""
    vector = np.zeros(size, np.float32)
    vector[number % size] = 1.0
    return vector


def settled(
    index: int,
    score: float,
    shows: int = 0,
    veto: ReasonCode | None = None,
    rate: float = RATE,
) -> Settled:
    wobble = direction(shows) + 0.25 * direction(7) * math.sin(index)  # no near-duplicates
    content = (wobble / np.linalg.norm(wobble)).astype(np.float32)
    return Settled(moment(index, rate), content, score, shows, veto)


def played(
    policy: Policy,
    score: Callable[[float], float],
    seconds: float,
    shows: Callable[[float], int] = lambda _: 0,
    first: int = 0,
) -> Iterator[tuple[float, Action]]:
    """Play frames to a policy, half a second after they were shown; give what it does and when."""
    for index in range(first, first + round(seconds * RATE)):
        time = index / RATE
        now = time + 0.5
        for action in policy.update([settled(index, score(time), shows(time))], now):
            yield now, action

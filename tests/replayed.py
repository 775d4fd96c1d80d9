"""Films of known scores, and plans replayed on them: nothing is decoded here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np

from framepick.plans.candidates import Candidates
from framepick.protocols import Plan, PlanState, ProcessedRequest
from framepick.types import MEASURES_DTYPE, Floats, FrameRequest, Samples, Timeline

RATE = 25


def film(seed: int, seconds: float = 180.0, gop_seconds: float = 2.0) -> tuple[Timeline, Floats]:
    """Give a film of shots, with a key frame at each cut, and the score of every frame."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    scores, key = np.empty(count), np.zeros(count, np.bool_)
    start = 0
    while start < count:
        length = min(count - start, round(rng.uniform(1.5, 9.0) * RATE))
        level, wave, phase = rng.normal(3.5, 0.9), rng.uniform(1.5, 6.0), rng.uniform(0, 6.3)
        local = np.arange(length) / RATE
        swing = rng.uniform(0.1, 0.8) * np.sin(2 * np.pi * local / wave + phase)
        scores[start : start + length] = level + swing
        if gop_seconds < seconds:
            key[start : start + length : max(1, round(gop_seconds * RATE))] = True
        start += length
    key[0] = True
    scores += rng.normal(0, 0.05, count)
    size = np.where(key, 20_000, 1000).astype(np.int64)
    return Timeline(np.arange(count) / RATE, key, size), scores


def slides(seed: int, seconds: float = 180.0) -> tuple[Timeline, Floats, np.ndarray]:
    """Give a film of pictures that stand still, score and picture number of every frame."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    starts = np.cumsum(rng.integers(4 * RATE, 12 * RATE, 100))
    number = np.searchsorted(starts, np.arange(count), side="right")
    scores = rng.normal(3.5, 0.9, 101)[number] + rng.normal(0, 0.01, count)
    key = np.arange(count) % (8 * RATE) == 0
    key[1:] |= np.diff(number) > 0
    return Timeline(np.arange(count) / RATE, key, np.where(key, 20_000, 40)), scores, number


def seen_by(
    timeline: Timeline, scores: Floats, known: np.ndarray, shot: np.ndarray | None = None
) -> Samples:
    """Samples of the frames `known`, none of them with a fault; contents differ between shots."""
    rows = np.flatnonzero(known)
    shot = np.zeros(len(timeline)) if shot is None else shot
    measures = np.zeros(len(rows), MEASURES_DTYPE)
    measures["luma_spread"] = measures["colour_spread"] = 0.2
    return Samples(
        time_base=Fraction(1, RATE),
        frame_index=rows,
        pts=rows,
        times_seconds=timeline.times_seconds[rows],
        raw=scores[rows],
        content_change=(np.diff(shot[rows], prepend=shot[rows[:1]]) != 0).astype(float),
        measures=measures,
    )


def asked(timeline: Timeline, request: FrameRequest) -> np.ndarray:
    """Flags of the frames that `request` asks for."""
    if request.is_everything:
        return np.ones(len(timeline), np.bool_)
    assert request.frame_indices
    flags = np.zeros(len(timeline), np.bool_)
    flags[list(request.frame_indices)] = True
    return flags


def candidates(
    timeline: Timeline, count: int = 5, min_gap_seconds: float = 1.0, reach_seconds: float = 0.6
) -> Candidates:
    """Candidates of a video from which `count` picks are wanted."""
    return Candidates(timeline, count, min_gap_seconds, reach_seconds)


Peaks = Callable[[Samples | None], Sequence[int]]


def no_peaks(samples: Samples | None) -> Sequence[int]:
    """Find nothing to pick."""
    return ()


def state_of(samples: Samples | None, peaks: Peaks = no_peaks, seconds: float = 0.0) -> PlanState:
    """Give the state before the first request, `samples` left by an earlier run."""
    return PlanState(samples, lambda: peaks(samples), seconds)


def replay(
    plan: Plan,
    timeline: Timeline,
    scores: Floats,
    lost: np.ndarray | None = None,
    known: np.ndarray | None = None,
    shot: np.ndarray | None = None,
    passed: Callable[[FrameRequest], None] = lambda request: None,
    clock: Callable[[], float] = lambda: 0.0,
    peaks: Peaks = no_peaks,
) -> tuple[np.ndarray, list[FrameRequest]]:
    """Process the requests of a plan; give which frames were decoded, and the requests.

    Frames that are `lost` never come; `known` ones are there from the start. `passed` is called
    after each request, so that the `clock` may go on.
    """
    known = np.zeros(len(timeline), np.bool_) if known is None else known.copy()
    lost = np.zeros(len(timeline), np.bool_) if lost is None else lost
    requests: list[FrameRequest] = []
    state = state_of(
        seen_by(timeline, scores, known, shot) if known.any() else None, peaks, clock()
    )
    while request := plan.next(state):
        start = clock()
        known |= asked(timeline, request) & ~lost
        requests.append(request)
        passed(request)
        samples = seen_by(timeline, scores, known, shot)
        state = state.after(ProcessedRequest(request, start, clock()), samples)
        state = replace(state, peaks=partial(peaks, samples))
        assert len(requests) < 1000
    return known, requests


def gain(timeline: Timeline, scores: Floats, known: np.ndarray, count: int = 5) -> float:
    """Give the sum of the best `count` seen scores a second apart, over the film's mean."""
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(-scores[rows])]
    total = 0.0
    for _ in range(count):
        total += float(scores[rows[0]] - scores.mean())
        times = timeline.times_seconds
        rows = rows[np.abs(times[rows] - times[rows[0]]) >= 1.0]
    return total

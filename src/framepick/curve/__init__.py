"""The score curve of a video: shots, and the scores smoothed within them (pure functions)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from framepick.curve.kalman import estimate_noise, smooth, with_alike_errors
from framepick.curve.shots import find_shots
from framepick.measures import vetoes
from framepick.types import Floats, Samples, ScoreCurve

MAX_STEP_SECONDS = 0.3
"""Frames further apart than this, with unexplored ones in between, are smoothed separately."""
CUT_CHANGE = 0.45
"""Cosine distance of content vectors from which two frames always belong to different shots."""
NEAR_SECONDS = 0.25


def to_curve(samples: Samples) -> ScoreCurve:
    """Find the shots and smooth the raw scores within them; vetoed frames do not count.

    Stretches with longer gaps of unexplored frames between them are treated separately: nothing is
    known about what lies in between.
    """
    shot = np.zeros(len(samples), np.int32)
    first = 0
    for rows in _stretches(samples):
        content = None if samples.leading_content is None else samples.leading_content[rows]
        found = find_shots(
            samples.times_seconds[rows],
            samples.content_change[rows],
            samples.measures[rows],
            content,
        )
        shot[rows] = first + found
        first += int(found[-1]) + 1
    observed = np.where(vetoes(samples.measures) == "", samples.raw, np.nan)
    times = samples.times_seconds
    noise = with_alike_errors(estimate_noise(times, observed, shot), times)
    smoothed, variance = smooth(times, observed, shot, noise)
    return ScoreCurve(times, samples.raw, smoothed, variance, shot)


def _stretches(samples: Samples) -> Iterator[slice]:
    """Give the rows of each stretch: divided at gaps of unexplored frames, and at cuts beside them.

    A cut next to a gap would else leave a shot too short to be recognised as one.
    """
    times = samples.times_seconds
    gap = np.diff(samples.frame_index) > 1
    edges = np.sort(np.concatenate([times[:-1][gap], times[1:][gap]]))
    is_cut = (samples.content_change[1:] > CUT_CHANGE) & _near(times[1:], edges)
    parted = (gap & (np.diff(times) > MAX_STEP_SECONDS)) | is_cut
    ends = np.concatenate([[0], np.flatnonzero(parted) + 1, [len(times)]])
    for start, end in pairwise(ends.tolist()):
        if end > start:
            yield slice(start, end)


def _near(times: Floats, marks: Floats) -> NDArray[np.bool_]:
    """Which of `times` (N,) lie close to one of `marks`, rising."""
    after = np.append(marks, np.inf)[np.searchsorted(marks, times)]
    before = np.append(-np.inf, marks)[np.searchsorted(marks, times, side="right")]
    is_near: NDArray[np.bool_] = np.minimum(after - times, times - before) <= NEAR_SECONDS
    return is_near

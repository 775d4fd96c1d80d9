"""Picks made of the frames that were chosen, however they were (pure functions)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framepick.picking.choice import Chosen
from framepick.picking.peaks import PercentileOf
from framepick.picking.refining import RefinedPeak
from framepick.results import Pick, RunnerUp
from framepick.types import Floats, Rows, Samples, ScoreCurve


def as_picks(
    chosen: Sequence[Chosen], samples: Samples, curve: ScoreCurve, percentile_of: PercentileOf
) -> list[Pick]:
    """Picks of the frames `chosen`, with ranks from 1 in their order."""
    scores = curve.smoothed[[one.row for one in chosen]]
    let_in = ~samples.measures["is_excluded"]
    in_video = percentiles_in_video(scores, curve.smoothed[let_in], samples.frame_index[let_in])
    percentiles = percentile_of(scores) if len(scores) else scores
    return [
        Pick(
            moment=samples.moment(one.row),
            row=one.row,
            rank=index + 1,
            score=float(scores[index]),
            percentile=float(percentiles[index]),
            percentile_in_video=float(in_video[index]),
            reasons=(one.reason, *one.refined.reasons),
            peak_seconds=_peak_seconds(one, samples),
            runner_up=_runner_up(one.refined, samples, curve),
        )
        for index, one in enumerate(chosen)
    ]


def percentiles_in_video(scores: Floats, smoothed: Floats, frame_index: Rows) -> Floats:
    """Percentiles (n,) of `scores` (n,) in the video, by the scores (T,) of the explored frames.

    Each explored frame stands for those beside it that were not: frames that were explored because
    they promised most would else make the video too good.
    """
    steps = np.diff(frame_index)
    weights = (np.append(1, steps) + np.append(steps, 1)) / 2
    order = np.argsort(smoothed)
    below = np.append(0.0, np.cumsum(weights[order]))
    percentiles: Floats = 100.0 * below / max(below[-1], 1.0)
    return percentiles[np.searchsorted(smoothed[order], scores, side="right")]


def _peak_seconds(one: Chosen, samples: Samples) -> float | None:
    return None if one.row == one.candidate else float(samples.times_seconds[one.candidate])


def _runner_up(refined: RefinedPeak, samples: Samples, curve: ScoreCurve) -> RunnerUp | None:
    if refined.runner_up is None:
        return None
    row, reason = refined.runner_up
    return RunnerUp(samples.moment(row), row, float(curve.smoothed[row]), reason)

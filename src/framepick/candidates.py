"""Frames beside the picks, made of a selection: the best of each scene, and alternates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from framepick.measures import vetoes
from framepick.picking.alternates import alternates, best_of_scenes, scenes_of
from framepick.picking.choice import VectorsOf
from framepick.picking.picks import percentiles_in_video
from framepick.reasons import Reason
from framepick.results import Candidate, Pick
from framepick.types import Floats, Moment, Samples, ScoreCurve

PercentileOf = Callable[[Floats], Floats]
MOST_PICTURES = 60
"""Candidates that are decoded for a picture: each costs a seek."""


def candidates_of(
    picks: Sequence[Pick],
    samples: Samples,
    curve: ScoreCurve,
    relative_vetoes: Mapping[int, Reason],
    vectors_of: VectorsOf,
    percentile_of: PercentileOf,
) -> list[Candidate]:
    """Give the best frame of each scene that no pick is from, then the alternates of each pick.

    Frames with a veto are none; `relative_vetoes` are by row.
    """
    scenes = scenes_of(samples, curve)
    clean = (vetoes(samples.measures) == "") & np.isfinite(curve.smoothed)
    clean[list(relative_vetoes)] = False
    eligible = np.flatnonzero(clean)
    picked = [pick.row for pick in picks]
    best = best_of_scenes(scenes, curve.smoothed, eligible)
    rows: list[tuple[int, int | None, int]] = [
        (row, None, 1) for row in best[~np.isin(scenes[best], scenes[picked])].tolist()
    ]
    for pick in picks:
        found = alternates(pick.row, picked, curve, scenes, eligible, vectors_of)
        rows += [(row, pick.rank, place) for place, row in enumerate(found, start=1)]
    scores = curve.smoothed[[row for row, _, _ in rows]]
    let_in = ~samples.measures["is_excluded"]
    in_video = percentiles_in_video(scores, curve.smoothed[let_in], samples.frame_index[let_in])
    percentiles = percentile_of(scores) if len(scores) else scores
    return [
        Candidate(
            samples.moment(row),
            row,
            int(scenes[row]) + 1,
            float(score),
            float(percentile),
            float(share),
            rank,
            place,
        )
        for (row, rank, place), score, percentile, share in zip(
            rows, scores, percentiles, in_video, strict=True
        )
    ]


def moments_to_show(candidates: Sequence[Candidate]) -> list[Moment]:
    """Give the moments of candidates that are worth a picture: alternates, then scenes by score."""
    alternates = [one.moment for one in candidates if one.of_rank is not None]
    scenes = [one for one in candidates if one.of_rank is None]
    best = sorted(scenes, key=lambda one: -one.score)
    moments = [*alternates, *(one.moment for one in best)]
    return list(dict.fromkeys(moments))[:MOST_PICTURES]

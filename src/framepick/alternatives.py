"""Frames that an editor chooses from: picks, the best of each other scene, and alternates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from framepick.measures import vetoes
from framepick.picking.alternates import Alternates, best_of_scenes
from framepick.picking.peaks import PercentileOf
from framepick.picking.picks import percentiles_in_video
from framepick.reasons import Reason
from framepick.results import Candidate, Pick
from framepick.types import Moment, Rows, Samples, ScoreCurve

MOST_PICTURES = 60
"""Candidates that are decoded for a picture: each costs a seek."""


class _Found(NamedTuple):
    """A candidate before its scores are looked up."""

    kind: Literal["pick", "scene", "alternate"]
    row: int
    of_rank: int | None = None
    place: int | None = None


def clean_rows(samples: Samples, curve: ScoreCurve, relative_vetoes: Mapping[int, Reason]) -> Rows:
    """Give the rows (n,) without any veto, rising; `relative_vetoes` are by row."""
    clean = (vetoes(samples.measures) == "") & np.isfinite(curve.smoothed)
    clean[list(relative_vetoes)] = False
    return np.flatnonzero(clean)


def candidates_of(
    picks: Sequence[Pick], samples: Samples, others: Alternates, percentile_of: PercentileOf
) -> list[Candidate]:
    """Give the picks, the best frame of each scene without one, then the alternates of each.

    `others` finds the alternates, and knows the scenes.
    """
    found = list(_found(picks, others))
    rows = [one.row for one in found]
    scores = others.curve.smoothed[rows]
    let_in = ~samples.measures["is_excluded"]
    in_video = percentiles_in_video(
        scores, others.curve.smoothed[let_in], samples.frame_index[let_in]
    )
    percentiles = percentile_of(scores) if len(scores) else scores
    return [
        Candidate(
            kind=one.kind,
            moment=samples.moment(one.row),
            row=one.row,
            scene=int(others.scenes[one.row]) + 1,
            score=float(scores[at]),
            percentile=float(percentiles[at]),
            percentile_in_video=float(in_video[at]),
            of_rank=one.of_rank,
            place=one.place,
        )
        for at, one in enumerate(found)
    ]


def _found(picks: Sequence[Pick], others: Alternates) -> Iterator[_Found]:
    for pick in picks:
        yield _Found("pick", pick.row, pick.rank)
    scenes = others.scenes
    best = best_of_scenes(scenes, others.curve.smoothed, others.eligible)
    taken = scenes[[pick.row for pick in picks]]
    for row in best[~np.isin(scenes[best], taken)].tolist():
        yield _Found("scene", row)
    for pick in picks:
        for place, row in enumerate(others.of(pick.row), start=1):
            yield _Found("alternate", row, pick.rank, place)


def moments_to_show(candidates: Sequence[Candidate]) -> list[Moment]:
    """Give the moments of candidates that are worth a picture: alternates, then scenes by score."""
    alternates = [one.moment for one in candidates if one.kind == "alternate"]
    scenes = [one for one in candidates if one.kind == "scene"]
    best = sorted(scenes, key=lambda one: -one.score)
    moments = [*alternates, *(one.moment for one in best)]
    return list(dict.fromkeys(moments))[:MOST_PICTURES]

"""Which frames to keep: those that score high, apart in time, unlike each other.

Hard vetoes come first and are never relaxed. Each scene is given its best frame before any gets a
second one, unless that frame is poor for the video; how firmly, `variety` says. Picks that keep
every rule lead, best score first; where they run out, the count is filled in this order, and each
pick says why it is there:

1. the best remaining frames that keep the spacing, near-duplicates of earlier picks included: a
   second good frame of a subject serves better than a frame of another that scores a point less.
   So frames that are poor for photographs, and in the lower half of the video's scores, have to
   wait for this stage too,
2. frames closer than the spacing: at half of it, a quarter and so on, in the end anywhere.

Content vectors are asked for a bounded number of rows, however long the video is.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from framepick.config import PickConfig
from framepick.measures import vetoes
from framepick.picking.candidates import Candidates
from framepick.picking.choice import MAX_VETOED_CANDIDATES, Choice, Held, VectorsOf
from framepick.picking.peaks import MAX_CANDIDATES, PercentileOf, best_of_parts, peaks
from framepick.picking.picks import as_picks
from framepick.picking.refining import AllVetoed, RefinedPeak, RefinePeak, keep_peak
from framepick.picking.scenes import scenes_of
from framepick.picking.shortfall import shortfall, shortfall_of_part
from framepick.picking.stages import choose_set, fill_count
from framepick.reasons import Reason
from framepick.results import Pick
from framepick.types import Flags, Rows, Samples, ScoreCurve

__all__ = [
    "MAX_CANDIDATES",
    "MAX_VETOED_CANDIDATES",
    "AllVetoed",
    "Held",
    "RefinePeak",
    "RefinedPeak",
    "keep_peak",
    "peaks",
    "pick_best",
    "shortfall_of_part",
]


def pick_best(
    samples: Samples,
    curve: ScoreCurve,
    rules: PickConfig,
    vectors_of: VectorsOf,
    percentile_of: PercentileOf,
    refine_peak: RefinePeak = keep_peak,
    held: Iterable[Held] = (),
    unwanted: Rows | None = None,
    passed_over: Flags | None = None,
) -> tuple[list[Pick], Reason | None]:
    """Choose the best frames; the second value says why there are fewer than asked, or is None.

    Ranks run from 1: picks that keep all rules by falling smoothed score, then the frames that
    were added to reach the count. Equal scores go to the earlier frame.

    Parameters
    ----------
    samples, curve
        The frames to choose from, and their scores; row n of both is one frame.
    vectors_of
        Gives content vectors by row.
    percentile_of
        Places scores among the reference photographs.
    refine_peak
        Gives the frame to keep near each candidate.
    held
        Frames that are chosen beforehand; others are chosen to go with them.
    unwanted
        Rows (n,) of frames that the user vetoed: their near-duplicates come last.
    passed_over
        (T,) True for rows that are not chosen, though they have no veto.

    Raises
    ------
    ValueError
        Samples and curve do not have the same rows.
    """
    if len(curve) != len(samples):
        raise ValueError(f"the curve has {len(curve)} rows, the samples have {len(samples)}")
    may_be = (vetoes(samples.measures) == "") & np.isfinite(curve.raw)
    eligible = np.flatnonzero(may_be if passed_over is None else may_be & ~passed_over)
    gap_seconds = rules.gap_seconds(curve.times_seconds)
    parts = best_of_parts(curve, eligible)
    vectors = vectors_of(parts)
    scene = scenes_of(curve.shot, parts, vectors)
    choice = Choice(curve, rules, vectors_of, refine_peak, eligible, gap_seconds, scene)
    choice.unwanted = None if unwanted is None else vectors_of(unwanted)
    choice.hold(held)
    choose_set(choice, Candidates(choice, parts, vectors, percentile_of))
    fill_count(choice)
    picks = as_picks(choice.chosen, samples, curve, percentile_of)
    return picks, shortfall(choice, len(samples))

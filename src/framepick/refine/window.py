"""The frames around one candidate, measured at full size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from framepick.measures import vetoes
from framepick.reasons import Reason, ReasonCode
from framepick.refine.order import Alternatives
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.types import DetailMeasures, Flags, Floats, Rows, Samples, ScoreCurve

LOCAL_FRAMES = 2
"""Frames to each side whose raw scores count as those of a frame itself."""
SAME_DEVIATIONS = 0.25
"""Frames whose smoothed scores differ by so many standard deviations at most score the same: errors
of close frames are alike, so that their differences are surer than the scores."""
_SAME_SECONDS = 1e-6
"""Times closer than this are one."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What is known of the frames around one candidate; one row per frame that may be kept."""

    peak: int
    """Row of the candidate."""
    peak_seconds: float
    reachable: Rows
    """All rows within reach, those with vetoes and without measures too."""
    rows: Rows
    """(N,) those without a veto, rising."""
    times_seconds: Floats
    fineness: Floats
    """(N,) fine over coarse structure."""
    frames: Alternatives
    """The frames to choose from, by smoothed scores; mean raw scores of a frame and those next to
    it, which smoothing levels out, settle ties."""
    relative_vetoes: Mapping[int, Reason]
    """Relative vetoes of the rows within reach that have no hard veto."""
    measured_count: int
    """Frames within reach that were measured at full size."""


def window_around(
    peak: int,
    samples: Samples,
    curve: ScoreCurve,
    details: Mapping[int, DetailMeasures],
    reach_seconds: float,
) -> Window:
    """Gather what `details`, by row, tell of the frames around the row `peak`, in its shot."""
    reachable = rows_within(curve.times_seconds, peak, reach_seconds)
    reachable = reachable[curve.shot[reachable] == curve.shot[peak]]
    rows = np.array(sorted(details), np.int64)
    measured = stack_details([details[row] for row in rows.tolist()], curve.shot[rows])
    codes = relative_vetoes(measured)
    within = np.isin(rows, reachable)
    within_unvetoed = within & (vetoes(samples.measures[rows]) == "")
    clean = within_unvetoed & (codes == "") & np.isfinite(curve.raw[rows])
    vetoed = within_unvetoed & (codes != "")
    pairs = zip(rows[vetoed].tolist(), codes[vetoed].tolist(), strict=True)
    return Window(
        peak=peak,
        peak_seconds=float(curve.times_seconds[peak]),
        reachable=reachable,
        rows=rows[clean],
        times_seconds=curve.times_seconds[rows[clean]],
        fineness=measured.sharp.fineness[clean],
        frames=Alternatives(
            sharpness=measured.sharp.sharpness[clean],
            scores=curve.smoothed[rows[clean]],
            tie_scores=_local_scores(curve, rows[clean]),
            same_score=SAME_DEVIATIONS * float(np.sqrt(curve.variance[peak])),
        ),
        relative_vetoes={row: Reason(ReasonCode(code)) for row, code in pairs},
        measured_count=int(within.sum()),
    )


def free_places(window: Window, taken_seconds: Floats, gap_seconds: float) -> Flags:
    """Tell which frames (N,) of a window are `gap_seconds` from all of `taken_seconds` (n,)."""
    apart = np.abs(window.times_seconds[:, None] - taken_seconds[None])
    free: Flags = np.all((apart >= gap_seconds) & (apart > 0), axis=1)
    return free


def rows_within(times_seconds: Floats, row: int, seconds: float) -> Rows:
    """Rows whose time lies within `seconds` of that of `row`."""
    centre = times_seconds[row]
    first = np.searchsorted(times_seconds, centre - seconds - _SAME_SECONDS)
    last = np.searchsorted(times_seconds, centre + seconds + _SAME_SECONDS, side="right")
    return np.arange(first, last)


def _local_scores(curve: ScoreCurve, rows: Rows) -> Floats:
    """Mean raw score (n,) of up to `LOCAL_FRAMES` frames to each side in the same shot."""
    near = rows[:, None] + np.arange(-LOCAL_FRAMES, LOCAL_FRAMES + 1)[None]
    inside = np.clip(near, 0, len(curve) - 1)
    counts = (inside == near) & (curve.shot[inside] == curve.shot[rows][:, None])
    counts &= np.isfinite(curve.raw[inside])
    total = np.where(counts, curve.raw[inside], 0.0).sum(axis=1)
    means: Floats = total / np.maximum(counts.sum(axis=1), 1)
    return means

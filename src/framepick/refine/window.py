"""The frames around one candidate, measured at full size, and which of them to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framepick.measures import vetoes
from framepick.reasons import Reason, ReasonCode
from framepick.refine.face_order import JudgedFace
from framepick.refine.relative_vetoes import relative_vetoes, stack_details
from framepick.types import DetailMeasures, Floats, Rows, Samples, ScoreCurve

LOCAL_FRAMES = 2
"""Frames to each side whose raw scores count as those of a frame itself."""
SAME_DEVIATIONS = 0.25
"""Frames whose smoothed scores differ by so many standard deviations at most score the same: errors
of close frames are alike, so that their differences are surer than the scores."""
TINY = 1e-12
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
    sharpness: Floats
    fineness: Floats
    """(N,) fine over coarse structure."""
    smoothed: Floats
    local: Floats
    """(N,) mean raw score of the frame and those next to it: smoothing levels these out."""
    deviation: float
    """Standard deviation of the smoothed score at the candidate."""
    relative_vetoes: Mapping[int, Reason]
    """Relative vetoes of the rows within reach that have no hard veto."""
    measured_count: int
    """Frames within reach that were measured at full size."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceChoice:
    """Which frame is kept for its main face; it may be the one ranked first."""

    place: int
    """Place in the window of the frame that is kept."""
    passed_over: int
    """Place of the frame ranked first."""
    face: JudgedFace | None
    """The main face of the frame that is kept, if it can be judged."""
    better: ReasonCode | None
    """What is better than in the frame ranked first; None if that is kept."""
    worse: Mapping[int, ReasonCode]
    """What is worse in other frames, by place."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Which frames of a window to keep, best first."""

    order: NDArray[np.int64]
    """(n,) places in the window that keep the spacing to other picks, best first; at least one."""
    contenders: int
    """So many of them, the first, score as high as any: among these sharpness decides."""
    is_restricted: bool
    """Whether other frames of the window are too close to other picks."""
    face_choice: FaceChoice | None = None
    """Set where faces were compared."""

    @property
    def best(self) -> int:
        """Place in the window of the frame to keep."""
        return self.face_choice.place if self.face_choice else int(self.order[0])

    @property
    def seconds(self) -> NDArray[np.int64]:
        """Places of the frames that may come second, best first."""
        if self.face_choice is None:
            return self.order[1:]
        after = np.cumsum(self.order == self.best) > 0
        after &= self.order != self.best
        return self.order[after | np.isin(self.order, list(self.face_choice.worse))]


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
        sharpness=measured.sharpness[clean],
        fineness=measured.fineness[clean],
        smoothed=curve.smoothed[rows[clean]],
        local=_local_scores(curve, rows[clean]),
        deviation=float(np.sqrt(curve.variance[peak])),
        relative_vetoes={row: Reason(ReasonCode(code)) for row, code in pairs},
        measured_count=int(within.sum()),
    )


def rank(
    window: Window, taken_seconds: Floats, gap_seconds: float, equal_sharpness: float
) -> Ranking | None:
    """Rank the frames that are `gap_seconds` from all of `taken_seconds` (n,); None if none is.

    Frames that score within `SAME_DEVIATIONS` of the best are ordered by sharpness, in steps
    of `equal_sharpness`, then by their raw scores; all others follow.
    """
    apart = np.abs(window.times_seconds[:, None] - taken_seconds[None])
    free: NDArray[np.bool_] = np.all((apart >= gap_seconds) & (apart > 0), axis=1)
    if not free.any():
        return None
    contends = free & (
        window.smoothed >= window.smoothed[free].max() - SAME_DEVIATIONS * window.deviation
    )
    sharpness = np.maximum(window.sharpness, TINY)
    steps = np.floor(np.log(sharpness / sharpness[contends].max()) / np.log(equal_sharpness))
    order = np.lexsort((window.rows, -window.local, steps, ~contends))
    return Ranking(order[free[order]], int(contends.sum()), not bool(free.all()))


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

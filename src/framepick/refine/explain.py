"""Why a frame of a window is kept, and why another one comes second."""

from __future__ import annotations

import numpy as np

from framepick.reasons import Reason, ReasonCode
from framepick.refine.window import TINY, Ranking, Window


def kept_reason(window: Window, ranking: Ranking) -> Reason:
    """How the best frame of a ranking compares with the others of its window."""
    if veto := window.relative_vetoes.get(window.peak):
        offset = float(window.times_seconds[ranking.best]) - window.peak_seconds
        values = {"veto": veto.code.value, "offset_seconds": offset}
        return Reason(ReasonCode.PEAK_VETOED, values)
    if window.measured_count == 1:
        return Reason(ReasonCode.ONLY_FRAME_NEARBY)
    if ranking.contenders == 1:
        code = ReasonCode.HIGHEST_FREE if ranking.is_restricted else ReasonCode.HIGHEST_NEARBY
        return Reason(code)
    contenders = window.sharpness[ranking.order[: ranking.contenders]]
    is_sharpest = contenders[0] == contenders.max()
    code = ReasonCode.SHARPEST if is_sharpest else ReasonCode.AMONG_SHARPEST
    return Reason(code, {"frame_count": ranking.contenders})


def runner_up(
    window: Window, ranking: Ranking, apart_seconds: float, equal_sharpness: float
) -> tuple[int, Reason] | None:
    """Row of the frame that comes second, and why it does; None where there is none.

    It is `apart_seconds` or more from the frame that is kept. Where no other frame could be kept,
    it is the candidate itself, if that has a relative veto.
    """
    times = window.times_seconds[ranking.order]
    apart = np.flatnonzero(np.abs(times - times[0]) >= apart_seconds)
    if len(apart):
        place = int(apart[0])
        row = int(window.rows[ranking.order[place]])
        return row, _second_reason(window, ranking, place, equal_sharpness)
    if veto := window.relative_vetoes.get(window.peak):
        return window.peak, veto
    return None


def _second_reason(window: Window, ranking: Ranking, place: int, equal_sharpness: float) -> Reason:
    best, other = ranking.best, int(ranking.order[place])
    if place >= ranking.contenders:
        difference = float(window.smoothed[best] - window.smoothed[other])
        return Reason(ReasonCode.LOWER_SCORE, {"difference": difference})
    sharpness = np.maximum(window.sharpness[[best, other]], TINY)
    left = float(sharpness[1] / sharpness[0])
    is_lower = window.local[other] < window.local[best]
    if left < (equal_sharpness if is_lower else 1.0):
        return Reason(ReasonCode.LESS_SHARP, {"share": 1.0 - left})
    return Reason(ReasonCode.LOWER_RAW_SCORE if is_lower else ReasonCode.LATER)

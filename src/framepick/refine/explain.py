"""Why a frame of a window is kept, and why another one comes second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framepick.reasons import Reason, ReasonCode
from framepick.refine.order import FaceChoice, Ranking, second_reason, sharpest_share
from framepick.refine.window import Window


def kept_reasons(window: Window, ranking: Ranking, equal_sharpness: float) -> tuple[Reason, ...]:
    """How the best frame of a ranking compares with the others of its window."""
    of_face = tuple(_face_reasons(window, ranking.face_choice)) if ranking.face_choice else ()
    is_sharp = sharpest_share(window.frames, ranking) >= equal_sharpness
    if is_sharp or ranking.best == ranking.order[0]:
        return (_kept_reason(window, ranking), *of_face)
    return of_face


def _face_reasons(window: Window, choice: FaceChoice) -> Iterator[Reason]:
    if choice.face and not choice.face.face.is_cut:  # what lies beyond the border is a guess
        eyes = "open" if choice.face.has_open_eyes else "shut"
        yield Reason(ReasonCode.MAIN_FACE, {"eyes": eyes, "mouth": choice.face.mouth})
    if choice.better:
        times = window.times_seconds
        offset = float(times[choice.place] - times[choice.passed_over])
        yield Reason(choice.better, {"offset_seconds": offset})


def _kept_reason(window: Window, ranking: Ranking) -> Reason:
    if veto := window.relative_vetoes.get(window.peak):
        offset = float(window.times_seconds[ranking.best]) - window.peak_seconds
        values = {"veto": veto.code.value, "offset_seconds": offset}
        return Reason(ReasonCode.PEAK_VETOED, values)
    if window.measured_count == 1:
        return Reason(ReasonCode.ONLY_FRAME_NEARBY)
    if ranking.contenders == 1:
        code = ReasonCode.HIGHEST_FREE if ranking.is_restricted else ReasonCode.HIGHEST_NEARBY
        return Reason(code)
    is_sharpest = sharpest_share(window.frames, ranking) >= 1
    code = ReasonCode.SHARPEST if is_sharpest else ReasonCode.AMONG_SHARPEST
    return Reason(code, {"frame_count": ranking.contenders})


def runner_up(
    window: Window, ranking: Ranking, apart_seconds: float, equal_sharpness: float
) -> tuple[int, Reason] | None:
    """Row of the frame that comes second, and why it does; None where there is none.

    It is `apart_seconds` or more from the frame that is kept. Where no other frame could be kept,
    it is the candidate itself, if that has a relative veto.
    """
    times, seconds = window.times_seconds, ranking.seconds
    apart = seconds[np.abs(times[seconds] - times[ranking.best]) >= apart_seconds]
    if len(apart):
        other = int(apart[0])
        reason = second_reason(window.frames, ranking, other, equal_sharpness)
        return int(window.rows[other]), reason
    if veto := window.relative_vetoes.get(window.peak):
        return window.peak, veto
    return None
